"""Does this server take this key? Stages as they happen, then the verdict and what to change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Collapsible, Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.experiment_list import ExperimentList
from wallet.connection.check import Event, check
from wallet.connection.experiments import Circumstances, Experiment, experiments_for
from wallet.connection.experiments import run as run_experiment
from wallet.connection.findings import Finding, applied
from wallet.connection.held import chain_of, chains_in
from wallet.connection.history import known_good, remember
from wallet.connection.report import Cause, Report, Stage, StageResult, StageStarted, Verdict
from wallet.connection.target import Target, TlsFiles
from wallet.errors import LockedError, UsageError, WalletError
from wallet.nkeys import decode_public
from wallet.text import plain
from wallet.vault.record import KeyRecord
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.app.app import WalletApp

# Told apart by word and sign; colour only underlines it.
VERDICTS = {
    Verdict.ACCEPTED: ("✓ ACCEPTED", "success"),
    Verdict.REFUSED: ("✗ REFUSED", "error"),
    Verdict.UNCHECKED: ("! NOT CHECKED", "warning"),
    Verdict.FAILED: ("✗ NO ANSWER ABOUT THE KEY", "error"),
}


class TestKeyDialog(Dialog[None]):
    """Enter tests, F5 tests again, Esc cancels what runs, then leaves."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    app: WalletApp
    ACCEPT_LABEL = "Test"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Test again", show=False),
        Binding("f6", "copy_fix", "Copy what to change", show=False),
        Binding("f7", "experiment(0)", "First experiment", show=False),
        Binding("f8", "experiment(1)", "Second experiment", show=False),
        Binding("f9", "experiment(2)", "Third experiment", show=False),
    ]
    DEFAULT_CSS = """
    TestKeyDialog {
        #box { width: 90; }
        #server { margin: 0; }
        #tls { height: auto; border: none; padding: 0; background: $surface; }
        #tls Vertical { height: auto; }
        #tls Input { margin: 0; }
        #timeout-row { height: auto; }
        #stages { height: auto; padding: 0 1; }
        #verdict { height: auto; padding: 0 1; text-style: bold; display: none; }
        #verdict.-shown { display: block; }
        #verdict.success { color: $text-success; background: $success-muted; }
        #verdict.warning { color: $text-warning; background: $warning-muted; }
        #verdict.error { color: $text-error; background: $error-muted; }
        #causes { height: auto; padding: 0 1; }
        #found { height: auto; padding: 0 1; margin: 1 0; display: none; }
        #found.-shown { display: block; }
        #copy-fix { display: none; }
        #copy-fix.-shown { display: block; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord, server_url: str) -> None:
        super().__init__()
        self.vault, self.record, self.server_url = vault, record, server_url
        self._results: dict[Stage, StageResult] = {}
        self._under_way: Stage | None = None
        self._fix = ""
        self._found: list[Finding] = []
        self._asked: tuple[Report, Circumstances] | None = None

    def title_text(self) -> str:
        return f"Test {self.record.path}"

    def fields(self) -> ComposeResult:
        yield Input(self.server_url, id="server", placeholder="nats://host:4222 or tls://host:4222")
        with Collapsible(title="TLS files and time limit", collapsed=True, id="tls"), Vertical():
            yield Input(id="ca", placeholder="CA file (PEM), when the system does not know it")
            yield Input(id="cert", placeholder="our certificate (PEM), for mutual TLS")
            yield Input(id="key", placeholder="our certificate's key (PEM)")
            with Horizontal(id="timeout-row"):
                yield Input(
                    "5", id="timeout", type="number", placeholder="seconds for the whole check"
                )
        yield Static("", id="stages")
        yield Static("", id="verdict", markup=False)
        yield Static("", id="found", markup=False)
        yield Static("", id="causes")
        yield ExperimentList()

    def buttons(self) -> ComposeResult:
        yield Button("F6 Copy what to change", id="copy-fix", compact=True)
        yield Button("F5 Test", id="accept", variant="primary", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        server = self.query_one("#server", Input)
        server.focus()
        server.cursor_position = len(server.value)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "copy-fix":
            event.stop()
            self.action_copy_fix()
        else:
            super().on_button_pressed(event)

    def action_cancel(self) -> None:
        if self._working:
            self.workers.cancel_node(self)
            self._working = False
            self._under_way = None
            self._show_stages()
            self.say("Cancelled. F5 tests again.")
        else:
            self.dismiss(None)

    def action_copy_fix(self) -> None:
        if self._fix:
            self.app.copy_public(self._fix, "What to change")

    def accept(self) -> None:
        target = Target.parse(self.query_one("#server", Input).value)
        tls = TlsFiles(*(self._path(name) for name in ("ca", "cert", "key")))
        tls.context()
        timeout = self._timeout()
        self._results, self._under_way, self._fix = {}, None, ""
        self.say("")
        self.query_one("#verdict").remove_class("-shown")
        self.query_one("#copy-fix").remove_class("-shown")
        self.query_one("#causes", Static).update("")
        self._found, self._asked = [], None
        self._show_findings()
        self._working = True
        self.run_worker(self._check(target, tls, timeout), exclusive=True, group="check")

    async def _check(self, target: Target, tls: TlsFiles, timeout: float) -> None:
        public = self.record.public
        try:
            report = await check(
                target,
                decode_public(public),
                lambda: self.vault.open_seed(public),
                tls=tls,
                timeout=timeout,
                on_stage=self._heard,
                chain=chain_of(self.vault.records, self.record),
            )
        except WalletError as error:
            self.say(str(error))
        else:
            good = known_good(self.vault, report)
            open_seed = self.vault.open_seed
            around = Circumstances(
                target,
                decode_public(public),
                open_seed,
                tls,
                timeout,
                good,
                chains_in(self.vault),
            )
            self._asked = report, around
            self._show_report(report)
            self._remember(report)
        self._working = False

    def action_experiment(self, place: int) -> None:
        self.query_one(ExperimentList).choose(place)

    def on_experiment_list_chosen(self, event: ExperimentList.Chosen) -> None:
        if self._asked and not self._working:
            self.say("")
            self._working = True
            self.run_worker(
                self._experiment(event.experiment, *self._asked), exclusive=True, group="check"
            )

    async def _experiment(
        self, experiment: Experiment, report: Report, around: Circumstances
    ) -> None:
        try:
            finding = await run_experiment(experiment, report, around)
        except WalletError as error:
            self.say(str(error))
        else:
            self._found.append(finding)
            after = applied(report, finding)
            self._asked = after, around
            self._show_findings()
            self._show_report(after)
            if after.verdict is not report.verdict:
                self._remember(after)
        self._working = False

    def _show_findings(self) -> None:
        found = self.query_one("#found", Static)
        found.update("\n".join(f"Tried: {finding.why}" for finding in self._found))
        found.set_class(bool(self._found), "-shown")
        report, around = self._asked or (None, None)
        done = {finding.code for finding in self._found}
        settled = any(finding.settled for finding in self._found)
        left = experiments_for(report, around.good if around else None) if report else []
        offered = [one for one in left if one.code not in done and not settled]
        self.query_one(ExperimentList).offer(offered)

    def _heard(self, event: Event) -> None:
        if isinstance(event, StageStarted):
            self._under_way = event.stage
        else:
            self._under_way = None
            self._results[event.stage] = event
        self._show_stages()

    def _show_stages(self) -> None:
        lines = [_stage(s, self._results.get(s), s is self._under_way) for s in Stage]
        self.query_one("#stages", Static).update(Content("\n").join(lines))

    def _show_report(self, report: Report) -> None:
        word, style = VERDICTS[report.verdict]
        verdict = self.query_one("#verdict", Static)
        verdict.set_classes(f"{style} -shown")
        verdict.update(f"{word}  {report.summary}")
        causes = [_cause(cause) for cause in report.causes]
        who = report.identity
        if report.ok and who and (who.permissions or who.expires):
            until = f", until {who.expires:%Y-%m-%d %H:%M}" if who.expires else ""
            causes.insert(0, Content(f"Permissions: {who.permissions or 'all'}{until}"))
        self.query_one("#causes", Static).update(Content("\n\n").join(causes))
        self._fix = _text_to_paste(report.causes[0].fix) if report.causes else ""
        self.query_one("#copy-fix").set_class(bool(self._fix), "-shown")
        self._show_findings()
        verdict.call_after_refresh(verdict.scroll_visible, animate=False, top=True)

    def _remember(self, report: Report) -> None:
        """Keep the result with the key, in a thread: it is a change of the vault."""
        app, vault = self.app, self.vault

        def save() -> None:
            try:
                remember(vault, report)
            except LockedError:
                return  # nothing is kept in a vault that was locked meanwhile
            except WalletError as error:
                app.call_from_thread(app.tell, error)

        app.run_worker(save, thread=True, exit_on_error=False)

    def _path(self, name: str) -> Path | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return Path(text).expanduser() if text else None
        except RuntimeError:
            raise UsageError(f"There is no such home directory: {plain(text)}") from None

    def _timeout(self) -> float:
        try:
            seconds = float(self.query_one("#timeout", Input).value)
        except ValueError:
            seconds = 0
        if not 0 < seconds <= 300:
            raise UsageError("The time limit is a number of seconds, up to 300.")
        return seconds


def _stage(stage: Stage, result: StageResult | None, running: bool) -> Content:  # noqa: FBT001
    if result is None:
        return Content.styled(f"{'…' if running else ' '} {stage.value}", "" if running else "dim")
    mark, style = {True: ("✓", "$text-success"), False: ("✗", "$text-error"), None: ("–", "dim")}[
        result.ok
    ]
    time = f"{result.ms:9.1f} ms" if result.ms is not None else " " * 12
    return Content.assemble(
        (mark, style), f" {stage.value:<13}", (time, "dim"), f"  {result.detail}"
    )


def _cause(cause: Cause) -> Content:
    sure = "certain" if cause.certain else "possible"
    return Content.assemble(
        (f"{cause.code}", "bold"), (f" ({sure})", "dim"), f"\n{cause.why}\n→ {cause.fix}"
    )


def _text_to_paste(fix: str) -> str:
    """The block below the sentence, where there is one; else the sentence."""
    _, _, block = fix.partition("\n")
    return f"{block}\n" if block else fix
