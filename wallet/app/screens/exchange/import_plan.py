"""The plan of an import as a list; it asks about conflicts, and then carries the plan out."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Button, ProgressBar, Static

from wallet.app.counted_work import Count
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.exchange.conflict import ConflictDialog, Settled
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.exchange.plan.import_execution import Result, apply
from wallet.exchange.plan.import_plan import Conflict, ImportPlan, PlannedKey
from wallet.exchange.plan.key_comparison import plan_again
from wallet.exchange.readers.material import Bad, Findings
from wallet.show.signs import Sign
from wallet.vault.vault import Vault

_MARKS = {
    "add": MarkedLine("+", "add", "good"),
    "change": MarkedLine("~", "change", "good"),
    "same": MarkedLine("=", "here already"),
    "ask": MarkedLine("?", "to settle", "warn"),
    "wait": MarkedLine("…", "waits for the above", "warn"),
    "leave out": MarkedLine("–", "left out"),
}
_COUNTED = {
    "add": "to add",
    "change": "to change",
    "same": "here already",
    "ask": "to settle",
    "wait": "waiting for those",
    "leave out": "left out",
}
_ORDER = ["ask", "wait", "add", "change", "leave out", "same"]


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import beside its plan, whose findings the holder has to wipe."""

    plan: ImportPlan
    result: Result


class PlanDialog(Dialog[Imported]):
    """The dialog ends with what was done. Leaving it changes nothing."""

    NO_COMMAND = "`import --dry-run` shows the same, and `import` does it"
    TITLE_TEXT = "What would be imported"
    ACCEPT_LABEL = "Import"
    DEFAULT_CSS = """
    PlanDialog {
        #box { width: 100; }
        #count { padding: 0 1; text-style: bold; height: auto; }
    }
    """

    def __init__(self, vault: Vault, plan: ImportPlan) -> None:
        super().__init__()
        self.vault, self.plan = vault, plan
        self._handed_on = False

    def fields(self) -> ComposeResult:
        yield TextIfAny(id="count")
        yield LineList(id="lines")
        yield ProgressBar(id="progress", show_eta=False)

    def on_mount(self) -> None:
        self._show()
        nothing = self.query_one("#accept", Button).disabled
        self.set_focus(self.query_one("#cancel" if nothing else "#accept"))

    def on_unmount(self) -> None:
        if not self._handed_on and not self._working:
            self.plan.findings.wipe()

    def _show(self) -> None:
        plan = self.plan
        numbers = [(name, plan.count(name)) for name in _ORDER]
        counts = [f"{number:,} {_COUNTED.get(name, name)}" for name, number in numbers if number]
        if plan.bad:
            counts.append(f"{len(plan.bad):,} not readable")
        self.query_one("#count", Static).update(" · ".join(counts) or "Nothing to import.")
        items = sorted(plan.items, key=lambda item: _ORDER.index(item.what))
        lines = [*(line for bad in plan.bad for line in bad_lines(bad))]
        lines += [line for item in items for line in _lines(item)]
        lines += note_lines(plan.findings)
        self.query_one(LineList).show(lines)
        button = self.query_one("#accept", Button)
        open_ones = len(plan.open_conflicts)
        settle = "Settle 1 conflict" if open_ones == 1 else f"Settle {open_ones:,} conflicts"
        button.label = settle if open_ones else self.ACCEPT_LABEL
        button.disabled = not open_ones and plan.changes_nothing

    # --- conflicts ----------------------------------------------------------------------

    def accept(self) -> None:
        if self.query_one("#accept", Button).disabled:
            return
        if self.plan.open_conflicts:
            self._ask(self.plan.open_conflicts)
        else:
            self._carry_out()

    def _ask(self, conflicts: list[Conflict]) -> None:
        """Ask about the first of these, then about the rest, then look again what is left."""
        if not conflicts or self.plan.choices.for_all is not None:
            self._plan_again()
            return
        first, *rest = conflicts

        def settled(answer: Settled | None) -> None:
            if answer is None:
                self._plan_again()
                return
            self.plan.choices.choose(first, answer.choice)
            if answer.for_all:
                self.plan.choices.for_all = answer.choice
            self._ask(rest)

        self.app.push_screen(ConflictDialog(first, len(conflicts)), settled)

    def _plan_again(self) -> None:
        self.plan = plan_again(self.vault.records, self.plan)
        self._show()

    # --- doing it -----------------------------------------------------------------------

    def _carry_out(self) -> None:
        total = len(self.plan.to_do)
        count = Count("done", total, stopped="Stopped. Nothing was imported.", then="saving…")

        def job() -> Imported:
            with self.vault.change() as records:
                result = apply(records, self.plan, count.note)
            return Imported(self.plan, result)

        self.work(job, "importing…", count)

    def _done(self, result: Imported) -> None:
        self._handed_on = self.is_running
        if not self._handed_on:
            self.plan.findings.wipe()
        super()._done(result)

    def _failed(self, problem: str) -> None:
        if not self.is_running:
            self.plan.findings.wipe()
        super()._failed(problem)


def bad_lines(bad: Bad) -> list[MarkedLine]:
    """Lines for something that could not be read: where it is, and beneath it why."""
    return [MarkedLine(Sign.BAD, bad.path, "bad"), MarkedLine(" ", f"  {bad.why}")]


def note_lines(findings: Findings) -> list[MarkedLine]:
    """Lines for what is to be known of files that could be read."""
    return [
        MarkedLine(Sign.DOUBTFUL, f"{note.path}: {note.why}", "warn") for note in findings.notes
    ]


def _lines(item: PlannedKey) -> list[MarkedLine]:
    candidate, mark = item.candidate, _MARKS[item.what]
    has = [
        "signing key" if candidate.signing else candidate.public.kind.value,
        "with seed" if candidate.cell is not None else "public key",
        "with JWT" if candidate.claims is not None else "",
    ]
    where = item.path or candidate.public.short
    source = item.where.rsplit("/", 1)[-1]
    text = f"{mark.text}: {where}  ({', '.join(filter(None, has))})  {source}"
    notes = [item.conflict.sentence] if item.conflict else item.notes
    return [
        MarkedLine(mark.mark, text, mark.how),
        *(MarkedLine(" ", f"  {note}") for note in notes),
    ]
