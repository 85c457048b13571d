"""A tab of the details: its name, its title, which keys have it, and the widget in it.

A new one is a module beside this one with its widget, and a row in `all_tabs.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from wallet.app.host import Host
from wallet.app.key_repairs import with_keys
from wallet.app.widgets.details.fact_table import FactTable
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

Text = Callable[[KeyRecord, Records], Content | FactTable]


def with_keys_in(app: Host, part: Content | FactTable) -> Content | FactTable:
    """Put the keys of the actions that a part of the details names in their places."""
    put = partial(with_keys, app)
    return put(part) if isinstance(part, Content) else part.changed(put)


class TabBody(Widget):
    """The widget in a tab; a subclass fills itself in `show`, which is called only while the tab
    is open: when another key is selected, and when the vault has changed."""

    DEFAULT_CSS = """
    TabBody { height: auto; layout: vertical; }
    """

    def show(self, record: KeyRecord, records: Records) -> None:
        """Show one key. Raises nothing but what reading `records` raises."""
        raise NotImplementedError


class TextBody(TabBody):
    """A text that a function makes of the key; it may name actions: `‹revoke›`."""

    app: Host

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static()

    def show(self, record: KeyRecord, records: Records) -> None:
        self.query_one(Static).update(with_keys_in(self.app, self._text(record, records)))


@dataclass(frozen=True, slots=True)
class Tab:
    """`name` is a widget's id. A key that `applies` refuses does not have the tab.

    Where the titles of all do not fit, each is `short`.
    """

    name: str
    title: str
    short: str
    applies: Callable[[KeyRecord], bool]
    body: Callable[[], TabBody]


def every_key(_record: KeyRecord) -> bool:
    """Whether a key has this tab: each has."""
    return True


def users(record: KeyRecord) -> bool:
    """Whether it is a user's key: users alone connect."""
    return record.kind is Kind.USER


def with_claims(record: KeyRecord) -> bool:
    """Whether a JWT, or what stands in for one, says anything of the key."""
    return record.kind in WITH_JWT
