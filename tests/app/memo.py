"""What Textual works out anew for each app, remembered for all the apps of a process of tests.

Each function here stands for one of Textual's own, and gives what that gave when it was asked the
same: how a style sheet is read, which of its rules hold for a widget, who handles a message. It
saves more than an eighth of the processor's time of such a test; `test_memo.py` holds what is
remembered against Textual's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any
from weakref import ref

from textual import _callback
from textual.cache import LRUCache
from textual.css.model import RuleSet, SelectorType
from textual.css.styles import RenderStyles, RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode, NoScreen
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

# --- style sheets

parse_rules_anew = Stylesheet._parse_rules
parse_anew = Stylesheet.parse
apply_anew = Stylesheet.apply
update_nodes_anew = Stylesheet.update_nodes
_replace_rules = Stylesheet.replace_rules

_rules_of_sources: LRUCache[tuple[object, ...], list[RuleSet]] = LRUCache(4096)
_sheets: LRUCache[tuple[object, ...], _Rules] = LRUCache(512)
_replaced: dict[int, RulesMap] = {}


def parse_rules(
    sheet: Stylesheet,
    css: str,
    read_from: tuple[str, str],
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """Parse a style sheet once: the same text and variables give the same rules, and no app
    changes what it was given."""
    how = (read_from, is_default_rules, tie_breaker, scope)
    key = (css, *how, _variables(sheet))
    rules = _rules_of_sources.get(key)
    if rules is None:
        rules = _rules_of_sources[key] = parse_rules_anew(sheet, css, *how)
    return rules


def parse(sheet: Stylesheet) -> None:
    """Put the rules of the same sources together once: each new kind of widget adds a source."""
    key = (_variables(sheet), *sheet.source.items())
    known = _sheets.get(key)
    if known is None:
        parse_anew(sheet)
        known = _sheets[key] = _Rules(sheet._rules)
    sheet._rules, sheet._rules_map = known.rules, None
    sheet._require_parse = False
    vars(sheet)["known"] = known


def update_nodes(sheet: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
    """Look at those above the widgets of a batch once: nothing else happens meanwhile."""
    known = _known(sheet)
    outer, known.batch = known.batch, {}
    try:
        update_nodes_anew(sheet, nodes, animate)
    finally:
        known.batch = None
        if outer is not None:  # one batch set off another: something did change
            outer.clear()
            known.batch = outer


def apply(
    sheet: Stylesheet,
    node: DOMNode,
    *,
    animate: bool = False,
    cache: dict[tuple[object, ...], RulesMap] | None = None,
) -> None:
    """Match the rules once for widgets that are alike, and stand below the like."""
    known = _known(sheet)
    key = known.seen(node), known.rules_for(node)
    match = _matches.get(key)
    if match is None:
        apply_anew(sheet, node, animate=animate, cache=None)
        match = _matches[key] = _Match(node, _replaced.pop(id(node), None))
    else:
        match.tell(node)
        if match.rules is not None:
            _put(node, match, animate=animate)
        if vars(node).get("matched") is not match:  # else its parts have theirs from then
            _put_parts(sheet, node, match)
    vars(node)["matched"] = match


def _put(node: DOMNode, match: _Match, *, animate: bool) -> None:
    """Give a widget the rules that hold for it: one by one only where they change what is drawn."""
    assert match.rules is not None
    styles = node.styles.base
    now: dict[str, object] = styles._rules  # type: ignore[assignment]
    if "transitions" in match.rules:
        _replace_rules(node, match.rules, animate=animate)
        return
    if now != match.put:
        if now or node._is_mounted:
            _replace_rules(node, match.rules, animate=animate)
            return
        now.update(match.put)
        styles._updates += 1
        if "display" in now and node.parent:
            node._nodes.updated()
        if "pointer" in now:
            with contextlib.suppress(NoScreen):
                node.screen.update_pointer_shape()
    node.notify_style_update()


def _put_parts(sheet: Stylesheet, node: DOMNode, match: _Match) -> None:
    """Give a widget the styles of its parts: those of widgets alike are alike."""
    if match.parts is None:
        sheet._process_component_classes(node)
        match.found_parts(node)
        return
    before = vars(node).get("matched")
    node._component_styles = _Parts(node, match.parts)
    if match.parts != (before.parts if before else {}):
        node.refresh()


class _Parts(dict[str, RenderStyles]):
    """The styles of a widget's parts, each made when it is asked for: most never are."""

    def __init__(self, node: DOMNode, rules: dict[str, RulesMap]) -> None:
        super().__init__()
        self._node, self._rules = ref(node), rules

    def __contains__(self, name: object) -> bool:
        return name in self._rules or super().__contains__(name)

    def __missing__(self, name: str) -> RenderStyles:
        part, node = DOMNode(classes=name), self._node()
        assert node is not None
        part._attach(node)
        part.styles.base._rules.update(self._rules[name])
        self[name] = part.styles
        return part.styles

    def copy(self) -> dict[str, RenderStyles]:
        for name in self._rules:
            self[name]
        return super().copy()

    def clear(self) -> None:
        super().clear()
        self._rules = {}


def replace_rules(node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
    """Note what was found to hold for a widget."""
    _replaced[id(node)] = rules
    _replace_rules(node, rules, animate=animate)


def _variables(sheet: Stylesheet) -> frozenset[tuple[str, str]]:
    kept = vars(sheet).get("frozen")
    if kept is None or kept[0] is not sheet._variables:
        kept = vars(sheet)["frozen"] = sheet._variables, frozenset(sheet._variables.items())
    frozen: frozenset[tuple[str, str]] = kept[1]
    return frozen


def _known(sheet: Stylesheet) -> _Rules:
    rules = sheet.rules
    known: _Rules | None = vars(sheet).get("known")
    if known is None or known.rules is not rules:  # by Textual's own `reparse`
        known = vars(sheet)["known"] = _Rules(rules)
    return known


class _Match:
    """What Textual found for a widget: the rules that hold, and what else it notes of them."""

    def __init__(self, node: DOMNode, rules: RulesMap | None) -> None:
        self.rules = rules
        self.put = dict(node.styles.base._rules)  # as Textual keeps them
        self.parts: dict[str, RulesMap] | None = None  # not looked for yet
        self._noted = noted(node)

    def found_parts(self, node: DOMNode) -> None:
        """Note the styles of a widget's parts, once they were looked for."""
        styles_of = node._component_styles
        self.parts = {name: styles.base._rules for name, styles in styles_of.items()}

    def tell(self, node: DOMNode) -> None:
        for name, value in zip(_NOTED, self._noted, strict=True):
            setattr(node, name, value)


_NOTED = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")


def noted(node: DOMNode) -> list[bool]:
    """Which kinds of rules Textual has noted that a widget goes by."""
    return [getattr(node, name) for name in _NOTED]


class _Rules:
    """The rules of some style sheets, and all that they ask of a widget and of those above it.

    Each new kind of widget brings a sheet: what holds for the others stays as it was matched.
    """

    def __init__(self, rules: list[RuleSet]) -> None:
        self.rules = rules
        self.batch: dict[DOMNode, int] | None = None
        self._of_names: dict[str, list[int]] = {}
        self._rules_for: dict[tuple[object, ...], int] = {}
        asks_more = False
        for number, rule in enumerate(rules):
            for name in rule.selector_names:
                self._of_names.setdefault(name, []).append(number)
            if id(rule) in _rules_seen:
                continue
            _rules_seen[id(rule)] = rule
            for selector in (one for each in rule.selector_set for one in each.selectors):
                prefix = _PREFIXES.get(selector.type)
                name = "*" if prefix is None else prefix + selector.name
                asked = _asked.setdefault(name, set())
                asks_more |= not asked.issuperset(selector.pseudo_classes)
                asked.update(selector.pseudo_classes)
        if asks_more:
            _asked_of.clear()

    def rules_for(self, node: DOMNode) -> int:
        """A number for the rules that may hold for a widget or its parts, in their order."""
        who = type(node), node._id, frozenset(node._classes)
        number = self._rules_for.get(who)
        if number is None:
            parts = {f".{name}" for name in node._get_component_classes()}
            names = {*node._selector_names, *parts}
            places = {each for name in names for each in self._of_names.get(name, ())}
            chosen = tuple(id(self.rules[place]) for place in sorted(places))
            number = self._rules_for[who] = _choices.setdefault(chosen, len(_choices))
        return number

    def seen(self, node: DOMNode) -> int:
        """A number for all of a widget and those above it that a selector can tell from another."""
        if self.batch is not None and node in self.batch:
            return self.batch[node]
        parent = node._parent
        above = self.seen(parent) if isinstance(parent, DOMNode) else 0
        who = type(node), node._id, frozenset(node._classes)
        asked = _asked_of.get(who)
        if asked is None:
            names = node._selector_names | node._css_type_names
            pseudo_classes = {each for name in names for each in _asked.get(name, ())}
            asked = _asked_of[who] = sorted(pseudo_classes - _OF_ALL)
        if isinstance(node, Widget):
            key = (above, who, node.disabled, *map(node.has_pseudo_class, asked))
        else:
            key = (above, who, *map(node.has_pseudo_class, (*asked, *_OF_ALL)))
        number = _numbers.setdefault(key, len(_numbers) + 1)
        if self.batch is not None and _STEADY.issuperset(asked):
            self.batch[node] = number
        return number


_matches: dict[tuple[int, int], _Match] = {}
_numbers: dict[tuple[object, ...], int] = {}
_choices: dict[tuple[int, ...], int] = {}
_rules_seen: dict[int, RuleSet] = {}  # kept, for each is known by its address
_asked: dict[str, set[str]] = {}
_asked_of: dict[tuple[object, ...], list[str]] = {}

_OF_ALL = {"ansi", "dark", "disabled", "enabled", "inline", "light", "nocolor"}
"""What holds for a widget where it holds above it: asked of the app, or of the one disabled."""

_STEADY = {"blur", "focus", "focus-within", "hover"}
"""What holds for a widget while a batch gets its styles: which child is the first may change."""

_PREFIXES = {SelectorType.TYPE: "", SelectorType.CLASS: ".", SelectorType.ID: "#"}


# --- messages

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


dispatch_methods_anew = MessagePump._get_dispatch_methods
_handlers: dict[tuple[type, type, str], list[tuple[type, Any]] | None] = {}


def dispatch_methods(
    pump: MessagePump, name: str, message: Message
) -> Iterator[tuple[type, Callable[[Message], Any]]]:
    """Look for the handlers of a message once for each class, unless a selector chooses them."""
    kinds = type(pump), type(message), name
    if kinds not in _handlers:
        _handlers[kinds] = _named_handlers(*kinds)
    handlers = _handlers[kinds]
    if handlers is None:
        yield from dispatch_methods_anew(pump, name, message)
        return
    for owner, method in handlers:
        if message._no_default_action:
            return
        yield owner, method.__get__(pump, owner)


def _named_handlers(pump: type, message: type, name: str) -> list[tuple[type, Any]] | None:
    """The handlers that a class and its bases have by their name; None where one is decorated."""
    handlers: list[tuple[type, Any]] = []
    for base in pump.__mro__:
        if not (base.__dict__.get("_decorated_handlers") or {}).keys().isdisjoint(message.__mro__):
            return None
        method = base.__dict__.get(f"_{name}") or base.__dict__.get(name)
        if method is not None and not getattr(method, "_textual_on", None):
            handlers.append((base, method))
    return handlers
