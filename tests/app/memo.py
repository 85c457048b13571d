"""What Textual works out anew for each app, remembered for all the apps of a process of tests."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from textual import _callback
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_rules: dict[tuple[Any, ...], list[RuleSet]] = {}


def rules(
    sheet: Stylesheet,
    css: str,
    read_from: tuple[str, str],
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """Parse a style sheet once: the same text and variables give the same rules, and no app
    changes what it was given.

    It is a twentieth of what a test of the app takes, and a third of what its start does.
    """
    how = (read_from, is_default_rules, tie_breaker, scope)
    key = (css, *how, frozenset(sheet._variables.items()))
    if key not in _rules:
        _rules[key] = _parse(sheet, css, *how)
    return _rules[key]


_count = _callback._count_parameters
_counts: dict[CodeType, int] = {}


def count_parameters(function: Callable[..., Any]) -> int:
    """Look at the parameters of a function once, and not for each lambda made of the same code."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return _count(function)
    if code not in _counts:
        _counts[code] = _count(function)
    return _counts[code]
