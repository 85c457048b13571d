"""The outcome of a test: its stages as they happen, the verdict, the causes, what to try."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from wallet.app.host import Host
from wallet.app.widgets.results.cause_text import cause_texts, said_on, text_to_paste
from wallet.app.widgets.results.experiment_list import ExperimentList
from wallet.app.widgets.results.sign_styles import styled
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.codes import Code
from wallet.connection.causes.experiment_results import Finding
from wallet.connection.causes.report import (
    Report,
    Stage,
    StageResult,
    StageStarted,
    SubjectAnswer,
)
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.connection.check.attempt import Event
from wallet.connection.check.experiments import Experiment
from wallet.connection.protocol.server_info import Identity
from wallet.errors import WalletError
from wallet.show import verdict_signs
from wallet.show.named_keys import by_names
from wallet.show.signs import Sign
from wallet.when import here_too, with_local

# Told apart by word and sign; colour only underlines it.
VERDICTS = {
    Verdict.ACCEPTED: "ACCEPTED",
    Verdict.REFUSED: "REFUSED",
    Verdict.UNCHECKED: "NOT CHECKED",
    Verdict.UNPROVED: "TAKEN, CHECK NOT PROVED",
    Verdict.FAILED: "NO ANSWER ABOUT THE KEY",
}
# Of a key that is to be refused, by whether it was.
KEPT_OUT = {
    True: "REFUSED, AS IT SHOULD BE",
    False: "LET IN, AND SHOULD NOT BE",
    None: "NOT KNOWN TO BE REFUSED",
}
CLASSES = {Sign.GOOD: "success", Sign.BAD: "error"}  # any other is a warning


class Outcome(Vertical):
    """`fix` is the text to paste that the likeliest cause comes with, or nothing."""

    DEFAULT_CSS = """
    Outcome {
        height: auto;

        #stages { height: auto; padding: 0 1; }
        #verdict { height: auto; padding: 0 1; text-style: bold; display: none; }
        #verdict.-shown { display: block; }
        #verdict.success { color: $text-success; background: $success-muted; }
        #verdict.warning { color: $text-warning; background: $warning-muted; }
        #verdict.error { color: $text-error; background: $error-muted; }
        #causes { height: auto; padding: 0 1; }
        #found { height: auto; padding: 0 1; margin: 1 0; display: none; }
        #found.-shown { display: block; }
    }
    """

    app: Host

    def __init__(self) -> None:
        super().__init__()
        self.fix = ""
        self._results: dict[Stage, StageResult] = {}
        self._under_way: Stage | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="verdict", markup=False)
        yield Static("", id="found", markup=False)
        yield TextIfAny(id="causes")
        yield ExperimentList()
        yield TextIfAny(id="stages")  # above them until there is a verdict

    def clear(self) -> None:
        """Show nothing, as before the first test."""
        self._results, self._under_way, self.fix = {}, None, ""
        self.query_one("#verdict").remove_class("-shown")
        self.query_one("#stages", Static).update("")
        self.query_one("#causes", Static).update("")
        self.show_findings([], [])

    def follow(self, event: Event) -> None:
        """Show a stage that began or ended."""
        if isinstance(event, StageStarted):
            self._under_way = event.stage
        else:
            self._under_way = None
            self._results[event.stage] = replace(event, detail=self._named(event.detail))
        self._show_stages()

    def stop(self) -> None:
        """Show that no stage is under way any more."""
        self._under_way = None
        self._show_stages()

    def show(self, report: Report) -> None:
        """Show the verdict, and all that is behind it."""
        sign, words = verdict_signs.sign_of(report), VERDICTS[report.verdict]
        if report.wish.wanted is Wanted.REFUSED:
            words = KEPT_OUT[report.as_wanted]
            if report.as_wanted is None and report.verdict is Verdict.REFUSED:
                words = "REFUSED, " + ("AS EXPECTED" if report.is_explained else "NOT PROVED WHY")
        verdict = self.query_one("#verdict", Static)
        verdict.set_classes(f"{CLASSES.get(sign, 'warning')} -shown")
        verdict.update(f"{sign} {words}  {self._named(report.summary)}")
        told = replace(
            report,
            summary=self._named(report.summary),
            causes=tuple(replace(one, why=self._named(one.why)) for one in report.causes),
        )
        parts = cause_texts(said_on(self.screen, self.app), told)
        if report.may:
            parts.insert(0, Content("\n").join(_answer(answer) for answer in report.may))
        if report.monitor and "problem" in report.monitor:
            problem = f"Monitoring at {report.monitor['url']}: {report.monitor['problem']}"
            parts.append(Content(problem))
        if report.ok and report.identity:
            parts.insert(0, _permissions(report.identity))
        self.query_one("#causes", Static).update(Content("\n\n").join(parts))
        cause = report.causes[0] if report.causes else None
        is_right = report.wish.wanted is Wanted.REFUSED and (
            report.as_wanted is True or report.is_explained
        )
        # Of a refusal that is not proved another test is the next thing, and no change.
        to_change = cause and not is_right and cause.code is not Code.REFUSAL_NOT_PROVED
        self.fix = text_to_paste(cause.fix) if cause and to_change else ""
        verdict.call_after_refresh(verdict.scroll_visible, animate=False, top=True)

    def show_findings(self, findings: list[Finding], offered: list[Experiment]) -> None:
        """Show what experiments told, and offer those that would tell more."""
        tried = self.query_one("#found", Static)
        told = (here_too(self._named(finding.why)) for finding in findings)
        tried.update("\n".join(f"Tried: {why}" for why in told))
        tried.set_class(bool(findings), "-shown")
        self.query_one(ExperimentList).offer(offered)

    def _named(self, text: str) -> str:
        """A text with the paths of this vault's keys in the place of their public keys."""
        with suppress(WalletError):  # locked meanwhile
            if self.app.vault is not None:
                return by_names(self.app.vault.records, text)
        return text

    def _show_stages(self) -> None:
        lines = [_stage(s, self._results.get(s), running=s is self._under_way) for s in Stage]
        for stages in self.query("#stages").results(Static):  # none once a lock took the screen
            stages.update(Content("\n").join(lines))


def _stage(stage: Stage, result: StageResult | None, *, running: bool) -> Content:
    if result is None:
        return Content.styled(f"{'…' if running else ' '} {stage.value}", "" if running else "dim")
    time = f"{result.ms:9.1f} ms" if result.ms is not None else " " * 12
    return Content.assemble(
        styled(verdict_signs.OF_STAGE[result.ok]),
        f" {stage.value:<13}",
        (time, "dim"),
        f"  {result.detail}",
    )


def _permissions(who: Identity) -> Content:
    until = f", until {with_local(who.expires)}" if who.expires else ""
    return Content(f"Permissions: {who.permissions or 'all'}{until}")


def _answer(answer: SubjectAnswer) -> Content:
    return Content.assemble(
        styled(verdict_signs.OF_ANSWER[answer.allowed]),
        f" {answer.action:<9}  {answer.subject}  ",
        (answer.how, "dim"),
    )
