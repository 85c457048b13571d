"""All users of an account against one server: a bar while it runs, the refused first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, ProgressBar, Static

from wallet.app.screens.dialog import Dialog
from wallet.connection.held import chains_in
from wallet.connection.many import check_many
from wallet.connection.report import Report, Verdict
from wallet.connection.target import Target
from wallet.errors import WalletError
from wallet.nkeys import decode_public
from wallet.text import plain
from wallet.vault.record import KeyRecord
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.app.app import WalletApp

SHOWN = 500  # lines; the count above them is of all
SIGNS = {
    Verdict.ACCEPTED: ("✓", "$text-success"),
    Verdict.REFUSED: ("✗", "$text-error"),
    Verdict.UNCHECKED: ("!", "$text-warning"),
    Verdict.FAILED: ("✗", "$text-error"),
}


class TestAccountDialog(Dialog[None]):
    """Enter tests, F5 tests again, Esc cancels what runs, then leaves."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    app: WalletApp
    ACCEPT_LABEL = "Test all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Test again", show=False),
    ]
    DEFAULT_CSS = """
    TestAccountDialog {
        #box { width: 100; }
        #progress { margin: 0 1; width: 1fr; }
        #count { padding: 0 1; text-style: bold; height: auto; }
        #rows { height: auto; max-height: 16; padding: 0 1; }
        #rows Static { width: 1fr; }
    }
    """

    def __init__(self, vault: Vault, name: str, users: list[KeyRecord], server_url: str) -> None:
        super().__init__()
        self.vault, self.name_shown, self.users = vault, name, users
        self.server_url = server_url
        self._reports: list[Report] = []

    def title_text(self) -> str:
        return f"Test the {len(self.users):,} users of {self.name_shown}"

    def fields(self) -> ComposeResult:
        yield Input(self.server_url, id="server", placeholder="nats://host:4222 or tls://host:4222")
        yield ProgressBar(len(self.users), id="progress", show_eta=False)
        yield Static("", id="count", markup=False)
        with VerticalScroll(id="rows"):
            yield Static("", id="table")

    def buttons(self) -> ComposeResult:
        yield Button("F5 Test all", id="accept", variant="primary", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def action_cancel(self) -> None:
        if self._working:
            self.workers.cancel_node(self)
            self._working = False
            self.say("Cancelled; what was found so far is below. F5 tests again.")
            self._show(self._reports)
        else:
            self.dismiss(None)

    def accept(self) -> None:
        target = Target.parse(self.query_one("#server", Input).value)
        self.say("")
        self._reports = []
        self.query_one(ProgressBar).update(progress=0)
        self._working = True
        self.run_worker(self._check(target), exclusive=True, group="check")

    async def _check(self, target: Target) -> None:
        keys = [decode_public(user.public) for user in self.users]
        try:
            reports = await check_many(
                target,
                keys,
                self.vault.open_seed,
                on_report=self._heard,
                chains=chains_in(self.vault),
            )
        except WalletError as error:
            self.say(str(error))
            self._show(self._reports)
        else:
            self._show(reports)
        self._working = False

    def _heard(self, report: Report) -> None:
        self._reports.append(report)
        self.query_one(ProgressBar).update(progress=len(self._reports))
        self._count(self._reports)

    def _count(self, reports: list[Report]) -> None:
        counts = [
            f"{SIGNS[verdict][0]} {number:,} {verdict.value}"
            for verdict in (Verdict.REFUSED, Verdict.FAILED, Verdict.UNCHECKED, Verdict.ACCEPTED)
            if (number := sum(report.verdict is verdict for report in reports))
        ]
        self.query_one("#count", Static).update("   ".join(counts))

    def _show(self, reports: list[Report]) -> None:
        self._count(reports)
        names = {user.public: user.name for user in self.users}
        lines = [_row(names[report.public], report) for report in reports[:SHOWN]]
        self.query_one("#table", Static).update(Content("\n").join(lines))


def _row(name: str, report: Report) -> Content:
    sign, style = SIGNS[report.verdict]
    cause = report.causes[0].code if report.causes else ""
    account = report.identity.account if report.identity else ""
    said = cause or (f"account {account}" if account else "")
    return Content.assemble(
        (sign, style),
        f" {report.verdict.value:<10}{plain(name, 30):<31}",
        (f"{report.public[:8]}…  ", "dim"),
        plain(said, 40),
    )
