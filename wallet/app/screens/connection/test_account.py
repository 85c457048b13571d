"""Tests all users of an account against one server or several; shows the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, ProgressBar, Static

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.connection.cluster import consent_from
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.many.many_dialog import with_marked
from wallet.app.widgets.forms.server_fields import FieldValues, ServerFields
from wallet.app.widgets.results.report_table import ReportTable
from wallet.connection.causes.expectation import settle_all
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.connection.check.request import CheckOptions
from wallet.errors import WalletError
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.connection.key_tests import AT_ONCE_SETTING, at_once_of, check_keys
from wallet.tasks.connection.keys_under_test import (
    key_under_test,
    left_out_beneath,
    left_out_words,
    users_beneath,
    wish_of,
)
from wallet.tasks.connection.results import NOT_KEPT, remember
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


class TestAccountDialog(Dialog[None]):
    """Enter tests, F5 tests again, Esc cancels what runs, then leaves."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    app: Host
    KEEPS_TEXT = True
    CUT_OFF = "What was found until then is not kept."
    ACCEPT_LABEL = "Test all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Test again", show=False, id="dialog.again"),
    ]
    DEFAULT_CSS = """
    TestAccountDialog {
        #box { width: 100; }
        #progress Bar { width: 32; }
    }
    """

    def __init__(
        self, vault: Vault, name: str, users: list[KeyRecord], server_url: str, left_out: str = ""
    ) -> None:
        """The users beneath what is called `name`; without a name, those that are marked.

        `left_out` says in words which ones are not tested."""
        super().__init__()
        self._left_out = left_out
        self._keys_under_test = {user.public: key_under_test(user) for user in users}
        self.vault, self.name_shown, self.users = vault, name, users
        self.server_url = server_url
        self._at_once = at_once_of(vault.records)
        self._server_fields = ServerFields(vault.records, server_url, at_once=self._at_once)
        self._reports: list[Report] = []
        self._numbers: Counter[Verdict] = Counter()

    def title_text(self) -> str:
        users = f"user{'s' * (len(self.users) != 1)}"
        if not self.name_shown:
            return f"Test the {len(self.users):,} marked {users}"
        return f"Test the {len(self.users):,} {users} of {self.name_shown}"

    def fields(self) -> ComposeResult:
        yield self._server_fields
        yield Static(self._beforehand(), id="said-before", classes="explain", markup=False)
        yield ProgressBar(len(self.users), id="progress", show_eta=False)
        yield ReportTable()

    def _beforehand(self) -> str:
        """Say who is to be refused, and who is not tried at all."""
        unwanted = [user for user in self.users if wish_of(user).wanted is Wanted.REFUSED]
        refused = f"{len(unwanted):,} to be refused: revoked or expired." if unwanted else ""
        return f"{refused} {self._left_out}".strip()

    def buttons(self) -> ComposeResult:
        yield Button(
            f"{self.app.key_of('dialog.again', 'f5')} Test all",
            id="accept",
            variant="primary",
            compact=True,
        )
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#said-before").display = bool(self._beforehand())
        self.query_one(ServerFields).focus_server()

    def cancelled(self) -> None:
        again = self.app.key_of("dialog.again", "f5")
        self.say(f"Cancelled; what was found so far is below. {again} tests again.")
        self._show_so_far()

    def as_command(self) -> str:
        refs = [self.name_shown] if self.name_shown else [user.path for user in self.users]
        return command("test", *refs, *self.query_one(ServerFields).flags())

    def accept(self) -> None:
        values = self.query_one(ServerFields).values()
        self._reports, self._numbers = [], Counter()
        total = len(self.users) * len(values.servers)
        bar = self.query_one(ProgressBar)
        bar.add_class("-shown")
        bar.update(progress=0, total=total)
        self.attempt(partial(self._check, values))

    async def _check(self, values: FieldValues) -> None:
        try:
            reports = await check_keys(
                self.vault,
                self._keys_under_test,
                values.servers,
                CheckOptions(values.timeout, round_trips=0, probe=values.probe),
                cluster=consent_from(self) if values.cluster else None,
                at_once=values.at_once or self._at_once,
                on_report=self._add,
            )
        except WalletError:
            self._show_so_far()
            raise
        self._show(reports)
        self.app.in_background(partial(remember, self.vault, *reports), NOT_KEPT)
        self._keep_at_once(values.at_once)

    def _add(self, report: Report) -> None:
        self._reports.append(report)
        # A cluster's other servers are not known before the first have answered.
        bar = self.query_one(ProgressBar)
        bar.update(progress=len(self._reports), total=max(bar.total or 0, len(self._reports)))
        self._numbers[report.verdict] += 1  # counted as they come: there may be very many
        self.query_one(ReportTable).count(self._numbers)

    def _show(self, reports: list[Report]) -> None:
        names = {user.public: user.name for user in self.users}
        self.query_one(ReportTable).show(reports, names)

    def _show_so_far(self) -> None:
        self._show(settle_all(self._reports, self._keys_under_test))

    def _keep_at_once(self, at_once: int | None) -> None:
        """Remember how many run at a time, when that was changed."""
        if at_once is not None and at_once != self._at_once:
            self._at_once = at_once
            self.app.keep_setting(AT_ONCE_SETTING, str(at_once))


def open_account_test(desk: Desk, server: str = "") -> None:
    """Ask where the users beneath the selected key, or beside it, are to be tested.

    A `server` that was chosen is offered.
    """
    if record := desk.chosen():
        # In a thread: an operator may have a hundred thousand users.
        desk.app.open_in_background(partial(_find_users, desk, record, server))


def _find_users(desk: Desk, record: KeyRecord, server: str) -> None:
    records = desk.vault.records
    if record.kind is Kind.USER and record.parent is not None:
        record = records.get(record.parent)
    users = users_beneath(records, record)
    if users:
        left_out = left_out_words(left_out_beneath(records, record))
        url = server or desk.server_url(record)
        dialog = TestAccountDialog(desk.vault, record.path, users, url, left_out)
        desk.app.call_from_thread(desk.open, dialog)
    else:
        text = f"{record.name} has no users with a seed to test."
        desk.app.call_from_thread(desk.refuse, text)


def test_marked(desk: Desk) -> None:
    """Ask where the marked users are to be tested; what cannot be tested is left out."""
    with_marked(desk, partial(_open_marked_test, desk))


def _open_marked_test(desk: Desk, keys: Sequence[KeyRecord]) -> None:
    users = [key for key in keys if key.kind is Kind.USER and key.has_seed]
    others = [key.path for key in keys if key.kind is not Kind.USER]
    without = left_out_words(key for key in keys if key.kind is Kind.USER and not key.has_seed)
    no_users = f"No users: {few(others)}." if others else ""
    left_out = f"{without} {no_users}".strip()
    if users:
        desk.open(TestAccountDialog(desk.vault, "", users, desk.server_url(users[0]), left_out))
    else:
        desk.refuse(f"Users with a seed are tested, and none is marked. {left_out}")
