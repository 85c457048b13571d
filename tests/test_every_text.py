"""The texts of the whole program, read where they stand: brackets, quotes and articles."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wallet
from wallet.text import an

ROOT = Path(wallet.__file__).parent
_PLACE = "{}"  # where a value stands
_NAMES_A_KIND = re.compile(r"\b(?:kind|role)\b")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each literal with its line, whole where it stands in pieces; those of a format are not."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Constant) and id(node) not in parts:
            text = _whole(node)
            if text.strip(_PLACE):
                parts |= {id(part) for part in _pieces(node)}
                yield node.lineno, text


def _pieces(node: ast.expr) -> Iterator[ast.expr]:
    """The literals that a text is added up from, and what stands between them."""
    yield node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _pieces(node.left)
        yield from _pieces(node.right)
    elif isinstance(node, ast.JoinedStr):
        yield from node.values


def _whole(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _whole(node.left) + _whole(node.right)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_whole, node.values))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return _PLACE


def is_prose(text: str) -> bool:
    """Whether people read it: a pattern, a style sheet and a single word are for programs."""
    return " " in text.strip() and "\\" not in text and "[^" not in text


def test_every_bracket_and_quote_of_a_text_is_closed() -> None:
    open_ones = [
        f"{file}:{line} {text!r}"
        for file, tree in sources()
        for line, text in texts(tree)
        if is_prose(text)
        and (
            text.count("(") != text.count(")")
            or text.count("“") != text.count("”")
            or text.count("`") % 2
        )
    ]
    assert open_ones == []


def test_no_article_stands_before_a_kind_of_key_that_is_not_known() -> None:
    """Where the kind is a value, `an` gives its article: “a operator” was told."""
    guessed = []
    for file, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.JoinedStr):
                continue
            for before, after in zip(node.values, node.values[1:], strict=False):
                if not isinstance(before, ast.Constant) or not isinstance(
                    after, ast.FormattedValue
                ):
                    continue
                article = re.search(r"\ban? $", str(before.value), re.IGNORECASE)
                if article and _NAMES_A_KIND.search(ast.unparse(after.value)):
                    guessed.append(f"{file}:{node.lineno} {article[0]}{ast.unparse(after.value)}")
    assert guessed == []


@pytest.mark.parametrize(
    ("noun", "with_article"),
    [
        ("operator", "an operator"),
        ("account", "an account"),
        ("user", "a user"),
        ("signing key", "a signing key"),
        ("server", "a server"),
        ("cluster", "a cluster"),
        ("curve", "a curve"),
    ],
)
def test_each_kind_of_key_has_its_article(noun: str, with_article: str) -> None:
    assert an(noun) == with_article
