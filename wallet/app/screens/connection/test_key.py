"""Tests one key against a server: stages as they happen, the verdict, and what to change."""

from __future__ import annotations

from contextlib import aclosing, suppress
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.connection.cluster import consent_from
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.dialog_command import in_vault
from wallet.app.widgets.forms.server_fields import FieldValues, ServerFields
from wallet.app.widgets.results.experiment_list import ExperimentList
from wallet.app.widgets.results.fix_buttons import fix_buttons
from wallet.app.widgets.results.outcome import Outcome
from wallet.app.widgets.results.pulse import Pulse
from wallet.app.widgets.results.report_table import ReportTable
from wallet.connection.causes.expectation import settle
from wallet.connection.causes.experiment_results import Finding, applied
from wallet.connection.causes.report import Report
from wallet.connection.check.experiments import Experiment, ExperimentSetup, experiments_for
from wallet.connection.check.experiments import run as run_experiment
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.check.watch import watch
from wallet.errors import WalletError
from wallet.nats.nkeys import Kind, decode_public
from wallet.shell import command
from wallet.tasks.connection.key_tests import check_key, check_keys, setup_of
from wallet.tasks.connection.keys_under_test import key_under_test, keyring_of, wish_of
from wallet.tasks.connection.results import NOT_KEPT, remember
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault


class TestKeyDialog(Dialog[None]):
    """Enter tests, F5 tests again, Esc cancels what runs, then leaves."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    app: Host
    ACCEPT_LABEL = "Test"
    KEEPS_TEXT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Test again", show=False, id="dialog.again"),
        Binding("f6", "copy_fix", "Copy what to change", show=False, id="dialog.copy_fix"),
        Binding("f7", "experiment(0)", "Find out more", id="dialog.experiment_1"),
        Binding("f8", "experiment(1)", "Second experiment", show=False, id="dialog.experiment_2"),
        Binding("f9", "experiment(2)", "Third experiment", show=False, id="dialog.experiment_3"),
    ]
    DEFAULT_CSS = """
    TestKeyDialog {
        #box { width: 90; }
        ReportTable { display: none; }
        ReportTable.-shown { display: block; margin: 0 0 1 0; }
        #copy-fix { display: none; }
        #copy-fix.-shown { display: block; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord, server_url: str) -> None:
        super().__init__()
        self.vault, self.record, self.server_url = vault, record, server_url
        self._server_fields = ServerFields(vault.records, server_url, public=record.public)
        self._findings: list[Finding] = []
        self._latest: tuple[Report, ExperimentSetup] | None = None
        self._wish = wish_of(record)

    def title_text(self) -> str:
        return f"Test {self.record.path}"

    def fields(self) -> ComposeResult:
        yield self._server_fields
        yield ReportTable()
        yield Outcome()
        yield Pulse()

    def buttons(self) -> ComposeResult:
        yield from fix_buttons(self.app, "Test")

    def on_mount(self) -> None:
        self.query_one(ServerFields).focus_server()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "copy-fix":
            event.stop()
            self.action_copy_fix()

    def cancelled(self) -> None:
        self.query_one(Outcome).stop()
        again = self.app.key_of("dialog.again", "f5")
        self.say(f"Cancelled. {again} tests again.")

    def action_copy_fix(self) -> None:
        if fix := self.query_one(Outcome).fix:
            self.app.copy_public(in_vault(fix, self.app.path), "What to change")

    def as_command(self) -> str:
        return command("test", self.record.path, *self.query_one(ServerFields).flags())

    def accept(self) -> None:
        values = self.query_one(ServerFields).values()
        self._findings, self._latest = [], None
        self.workers.cancel_group(self, "watch")
        self.query_one(Pulse).restart()
        self.query_one(Outcome).clear()
        self.recommended.forget()
        self.query_one(ReportTable).remove_class("-shown")
        self.query_one("#copy-fix").remove_class("-shown")
        options = CheckOptions(values.timeout, asks=values.asks, probe=values.probe)
        self.attempt(
            partial(self._several, values, options)
            if values.several
            else partial(self._check, values.servers[0], options)
        )

    async def _check(self, server: Server, options: CheckOptions) -> None:
        on_stage = self.query_one(Outcome).follow
        report = await check_key(self.vault, self.record, server, options, on_stage)
        self._latest = report, setup_of(self.vault, report, server, options.timeout)
        self._show(report)
        self._remember(settle(report, self._wish))
        if report.ok:
            self.run_worker(self._watch(server, options), exclusive=True, group="watch")

    async def _watch(self, server: Server, options: CheckOptions) -> None:
        """Ping once a second while the screen stays open; a lock ends it too."""
        key = decode_public(self.record.public)
        pulse = self.query_one(Pulse)
        with suppress(WalletError):
            async with aclosing(watch(server, key, keyring_of(self.vault), options)) as samples:
                async for sample in samples:
                    pulse.add(sample)

    async def _several(self, values: FieldValues, options: CheckOptions) -> None:
        """Test at several servers: a line for each, and in full the one where it went worst."""
        reports = await check_keys(
            self.vault,
            {self.record.public: key_under_test(self.record)},
            values.servers,
            options,
            cluster=consent_from(self) if values.cluster else None,
        )
        table = self.query_one(ReportTable)
        table.add_class("-shown")
        table.show(reports)
        self._show_settled(reports[0])
        self._remember(*reports)

    def _show(self, report: Report) -> None:
        """Show a report, judged by whether the key was to be taken."""
        self._show_settled(settle(report, self._wish))

    def _show_settled(self, report: Report) -> None:
        outcome = self.query_one(Outcome)
        outcome.show(report)
        self.query_one("#copy-fix").set_class(bool(outcome.fix), "-shown")
        self._show_findings()

    def _remember(self, *reports: Report) -> None:
        """Keep the reports in the vault, also when this dialog is closed meanwhile."""
        self.app.in_background(partial(remember, self.vault, *reports), NOT_KEPT)

    # --- experiments --------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "experiment":
            return any(parameters[0] in range(one.offered) for one in self.query(ExperimentList))
        return super().check_action(action, parameters)

    def action_experiment(self, place: int) -> None:
        self.query_one(ExperimentList).choose(place)

    def on_experiment_list_chosen(self, event: ExperimentList.Chosen) -> None:
        if self._latest and not self._working:
            self.attempt(partial(self._experiment, event.experiment, *self._latest))

    async def _experiment(
        self, experiment: Experiment, report: Report, setup: ExperimentSetup
    ) -> None:
        finding = await run_experiment(experiment, report, setup)
        self._findings.append(finding)
        after = applied(report, finding)
        self._latest = after, setup
        self._show(after)
        if after.verdict is not report.verdict or after.proof:
            self._remember(settle(after, self._wish))

    def _show_findings(self) -> None:
        report, setup = self._latest or (None, None)
        done = {finding.code for finding in self._findings}
        is_settled = any(finding.settled for finding in self._findings)
        left = experiments_for(report, setup.good if setup else None) if report else []
        offered = [one for one in left if one.code not in done and not is_settled]
        self.query_one(Outcome).show_findings(self._findings, offered)
        self.show_keys()


def not_testable(_records: Records, record: KeyRecord) -> str:
    """Say why a key cannot be tested, if so it is: it does not connect, or cannot sign."""
    if record.kind is not Kind.USER:
        return f"{record.name} is no user: only users connect. Select a user to test it."
    if not record.has_seed:
        return f"The seed of {record.name} is not in this vault: it cannot sign."
    return ""


def open_key_test(desk: Desk, server: str = "") -> None:
    """Ask where the selected user is to be tested; a `server` that was chosen is offered."""
    if record := desk.chosen():
        url = server or desk.server_url(record)
        desk.open(TestKeyDialog(desk.vault, record, url), lambda _: desk.reload())
