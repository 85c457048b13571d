"""All users of an account against one server or several: a bar while it runs, the worst first."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, ProgressBar, Static

from wallet.app.host import Host
from wallet.app.outcomes import remember_later
from wallet.app.screens.cluster import asking
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.report_table import ReportTable
from wallet.app.widgets.server_fields import Asked, ServerFields
from wallet.connection.causes.expectation import settled
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.connection.check.many import AT_ONCE_SETTING, ask_all, at_once_of
from wallet.connection.check.question import How
from wallet.errors import LockedError, WalletError
from wallet.nats.nkeys import decode_public
from wallet.tasks.keys_under_test import chains_in, subject_of, wish_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


class TestAccountDialog(Dialog[None]):
    """Enter tests, F5 tests again, Esc cancels what runs, then leaves."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    app: Host
    ACCEPT_LABEL = "Test all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Test again", show=False),
    ]
    DEFAULT_CSS = """
    TestAccountDialog {
        #box { width: 100; }
        #progress { display: block; }
        #progress Bar { width: 32; }
    }
    """

    def __init__(
        self, vault: Vault, name: str, users: list[KeyRecord], server_url: str, left_out: str = ""
    ) -> None:
        """`left_out` says in words which users are not tested."""
        super().__init__()
        self._left_out = left_out
        self._subjects = {user.public: subject_of(user) for user in users}
        self.vault, self.name_shown, self.users = vault, name, users
        self.server_url = server_url
        self._at_once = at_once_of(vault.records)
        self._server_fields = ServerFields(vault.records, server_url, at_once=self._at_once)
        self._reports: list[Report] = []
        self._numbers: Counter[Verdict] = Counter()

    def title_text(self) -> str:
        return f"Test the {len(self.users):,} users of {self.name_shown}"

    def fields(self) -> ComposeResult:
        yield self._server_fields
        yield Static(self._said_before(), id="said-before", classes="explain", markup=False)
        yield ProgressBar(len(self.users), id="progress", show_eta=False)
        yield ReportTable()

    def _said_before(self) -> str:
        """Who is to be refused, and who is not tried at all."""
        unwanted = [user for user in self.users if wish_of(user).wanted is Wanted.REFUSED]
        said = f"{len(unwanted):,} to be refused: revoked or expired." if unwanted else ""
        return f"{said} {self._left_out}".strip()

    def buttons(self) -> ComposeResult:
        yield Button("F5 Test all", id="accept", variant="primary", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#said-before").display = bool(self._said_before())
        self.query_one(ServerFields).focus_server()

    def cancelled(self) -> None:
        self.say("Cancelled; what was found so far is below. F5 tests again.")
        self._show(self._reports)

    def accept(self) -> None:
        asked = self.query_one(ServerFields).asked()
        self._reports, self._numbers = [], Counter()
        total = len(self.users) * len(asked.places)
        self.query_one(ProgressBar).update(progress=0, total=total)
        self.attempt(partial(self._check, asked))

    async def _check(self, asked: Asked) -> None:
        keys = [decode_public(user.public) for user in self.users]
        try:
            reports = await ask_all(
                asked.places,
                keys,
                self.vault.open_seed,
                How(asked.timeout, 0, chains_in(self.vault), probe=asked.probe),
                cluster=asking(self) if asked.cluster else None,
                at_once=asked.at_once or self._at_once,
                on_report=self._heard,
            )
        except WalletError:
            self._show(self._reports)
            raise
        self._show(reports)
        remember_later(self.app, self.vault, *settled(reports, self._subjects))
        self._keep(asked.at_once)

    def _heard(self, report: Report) -> None:
        self._reports.append(report)
        # A cluster's other servers are not known before the first have answered.
        bar = self.query_one(ProgressBar)
        bar.update(progress=len(self._reports), total=max(bar.total or 0, len(self._reports)))
        self._numbers[report.verdict] += 1  # counted as they come: there may be very many
        self.query_one(ReportTable).count(self._numbers)

    def _show(self, reports: list[Report]) -> None:
        names = {user.public: user.name for user in self.users}
        self.query_one(ReportTable).show(settled(reports, self._subjects), names)

    def _keep(self, at_once: int | None) -> None:
        """Remember how many run at a time, when that was changed."""
        app, vault = self.app, self.vault
        if at_once is None or at_once == self._at_once:
            return
        self._at_once = at_once

        def save() -> None:
            try:
                with vault.change(minor=True) as records:
                    records.set_setting(AT_ONCE_SETTING, str(at_once))
            except LockedError:
                return
            except WalletError as error:
                app.call_from_thread(app.tell, error)

        app.run_worker(save, thread=True, exit_on_error=False)
