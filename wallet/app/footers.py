"""The footers of the main screen: at each moment the keys that are for it, likeliest first.

They name actions of the one table in `wallet/app/actions.py`, or keys that a widget has itself.
Where the screen is narrow those at the end are left out, help never.
"""

from __future__ import annotations

from enum import Enum

from textual.widget import Widget
from textual.widgets import Input, Tabs

from wallet.app.actions import NAMED
from wallet.app.desk import Desk
from wallet.app.widgets.key_footer import FooterKey
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.nats.nkeys import Kind


class Moment(Enum):
    """The kind of the selected row, or a place where something is typed: it decides the footer."""

    EMPTY = "no key in the vault yet"
    NO_MATCH = "a filter that nothing fits"
    HEADING = "a heading"
    OPERATOR = "an operator"
    ACCOUNT = "an account"
    USER = "a user"
    SIGNING_KEY = "a signing key"
    ALONE = "a server, cluster or curve key"
    MARKED = "marked keys, whatever is selected"
    FILTER = "the filter's box"
    SUBJECT = "the box for a subject"
    TABS = "the titles of the tabs"


ABOUT_MARKS = (
    "The keys below are for all that are marked now, any other for the selected one alone. "
    "J and K mark on, Esc takes the marks away."
)
MAKES_USER = ("⏎", "A user")
_NOTED = {"export", "reveal"}  # that a seed leaves is written in the vault first

FOOTERS: dict[Moment, tuple[str | tuple[str, str], ...]] = {
    Moment.EMPTY: ("new", MAKES_USER, "import", "vault", "health", "lock", "quit"),
    Moment.NO_MATCH: (("esc", "Clear the filter"), "filter", "new", "import", "quit"),
    Moment.HEADING: (("← →", "Fold"), "new", "import", "filter", "health", "lock", "quit"),
    Moment.OPERATOR: (
        *("copy", "new", "claims", "export", "push", "test_account", "rotate"),
        *("mark", "filter", "copy_as", "notes", "delete", "quit"),
    ),
    Moment.ACCOUNT: (
        *("copy", "new", "claims", "share", "test_account", "push", "export"),
        *("mark", "filter", "copy_as", "revoke", "rotate", "notes", "delete", "quit"),
    ),
    Moment.USER: (
        *("copy", "copy_as", "test", "claims", "revoke", "export", "rotate"),
        *("mark", "filter", "new", "may", "notes", "move", "delete", "quit"),
    ),
    Moment.SIGNING_KEY: (
        *("copy", "claims", "rotate", "export", "reveal", "new"),
        *("mark", "filter", "notes", "rename", "delete", "quit"),
    ),
    Moment.ALONE: (
        *("copy", "copy_as", "export", "reveal", "rotate", "new"),
        *("mark", "filter", "notes", "rename", "delete", "quit"),
    ),
    Moment.MARKED: (
        *("copy", "test", "export", "notes", "move", "retire", "revoke", "delete"),
        *("mark", ("J K", "Mark on"), ("esc", "Clear marks"), "filter", "quit"),
    ),
    Moment.FILTER: (("⏎", "To the keys"), ("tab", "Complete"), ("esc", "Clear it")),
    Moment.SUBJECT: (("⏎", "Ask"), ("esc", "Back to the keys")),
    Moment.TABS: (
        *(("← →", "Other tab"), ("↑ ↓", "Scroll"), ("esc", "Back to the keys")),
        *("copy", "copy_as", "claims", "notes", "quit"),
    ),
}
_KINDS = {Kind.OPERATOR: Moment.OPERATOR, Kind.ACCOUNT: Moment.ACCOUNT, Kind.USER: Moment.USER}


def moment_at(focused: Widget | None, tree: MarkingTree) -> Moment:
    """The moment at which this widget has the keys, and the tree is as it is."""
    if isinstance(focused, Input):
        return Moment.FILTER if focused.id == "filter" else Moment.SUBJECT
    if isinstance(focused, Tabs):
        return Moment.TABS
    if tree.marks:
        return Moment.MARKED
    record = tree.selected
    if record is not None:
        return Moment.SIGNING_KEY if record.signing else _KINDS.get(record.kind, Moment.ALONE)
    if tree.has_lines:
        return Moment.HEADING
    return Moment.NO_MATCH if tree.filtered else Moment.EMPTY


def footer_of(desk: Desk, moment: Moment) -> list[FooterKey]:
    """The keys to show at a moment, help last; dim where they cannot be pressed now."""
    typing = moment in {Moment.FILTER, Moment.SUBJECT}
    names = [*FOOTERS[moment], *([] if typing else ["help"])]
    if desk.vault.only_looking and not typing:
        names = ["only_look", *(name for name in names if not _is_noted(name))]
    return [
        FooterKey(*name) if isinstance(name, tuple) else _action_key(desk, name) for name in names
    ]


def _is_noted(name: str | tuple[str, str]) -> bool:
    """Whether a key changes the vault, or is for what is noted there: the likeliest of it."""
    if isinstance(name, tuple):
        return name == MAKES_USER
    return NAMED[name].changes or name in _NOTED


def _action_key(desk: Desk, name: str) -> FooterKey:
    action = NAMED[name]
    label = _word_now(desk, name) or action.short or action.label
    key = desk.app.shown_key(action.binding())
    return FooterKey(key, label, f"screen.{action.call}", bool(action.refusal(desk)))


def _word_now(desk: Desk, name: str) -> str:
    """Name what an action does now, where that is not what its label says."""
    record = desk.selected
    if name == "only_look":
        return "Only looking"
    if desk.marks:
        return "Tag" if name == "notes" else ""
    return "Allow" if name == "revoke" and record is not None and record.revoked else ""
