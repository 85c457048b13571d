"""A tab of the details: its name, its title, which keys have it, and the text in it.

A new one is a module beside this one with its function, and a row in `all_tabs.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.content import Content
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


class TextBody(Static):
    """The text of the open tab, which a function makes of the key; it may name actions:
    `‹revoke›`."""

    app: Host

    def show(self, text: Text, record: KeyRecord, records: Records) -> None:
        """Show one key. Raises nothing but what reading `records` raises."""
        self.update(with_keys_in(self.app, text(record, records)))


@dataclass(frozen=True, slots=True)
class Tab:
    """`name` is a widget's id. A key that `applies` refuses does not have the tab.

    Where the titles of all do not fit, each is `short`. One without `text` has its own widget.
    """

    name: str
    title: str
    short: str
    applies: Callable[[KeyRecord], bool]
    text: Text | None


def every_key(_record: KeyRecord) -> bool:
    """Whether a key has this tab: each has."""
    return True


def users(record: KeyRecord) -> bool:
    """Whether it is a user's key: users alone connect."""
    return record.kind is Kind.USER


def with_claims(record: KeyRecord) -> bool:
    """Whether a JWT, or what stands in for one, says anything of the key."""
    return record.kind in WITH_JWT


def with_rights(record: KeyRecord) -> bool:
    """Whether it has rights, or gives its users some: an operator does neither."""
    return record.kind in {Kind.USER, Kind.ACCOUNT}
