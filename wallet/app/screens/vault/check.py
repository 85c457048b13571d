"""Looking through all that the vault's file holds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.errors import WalletError
from wallet.shell import command
from wallet.show.signs import Sign
from wallet.vault.db.soundness import Problem
from wallet.vault.vault import Vault


class CheckDialog(Dialog[str]):
    """Shows what is wrong, or that nothing is; changes nothing."""

    TITLE_TEXT = "Check of the vault"
    DEFAULT_CSS = """
    CheckDialog LineList { display: none; }
    CheckDialog.-problems LineList { display: block; }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault

    def fields(self) -> ComposeResult:
        yield Static("Looking through all of it…", id="about", classes="explain", markup=False)
        yield LineList(id="lines")

    def buttons(self) -> ComposeResult:
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#cancel"))
        self.run_worker(self._check, thread=True, exit_on_error=False)

    def _check(self) -> None:
        try:
            count, problems = self.vault.records.count(), self.vault.check_contents()
        except WalletError as error:
            self.app.call_from_thread(self.say, str(error))
            return
        self.app.call_from_thread(self._show, count, problems)

    def _show(self, count: int, problems: list[Problem]) -> None:
        if not self.is_running:
            return
        about = self.query_one("#about", Static)
        if problems:
            about.update(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}:")
            self.add_class("-problems")
            self.query_one(LineList).show([line for each in problems for line in _lines(each)])
        else:
            keys = f"{count:,} key{'' if count == 1 else 's'}"
            about.update(f"Sound: {keys}, each seed its key's own.")

    def as_command(self) -> str:
        return command("check")

    def accept(self) -> None:
        self.dismiss(None)


def _lines(problem: Problem) -> list[MarkedLine]:
    return [MarkedLine(Sign.BAD, problem.why, "bad"), MarkedLine(" ", f"  {problem.fix}")]
