"""Lists what is wrong with a vault, and asks whether to save over it all the same."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.text import plain
from wallet.vault.db.soundness import Problem
from wallet.vault.vault import Vault


class DamageDialog(Dialog[None]):
    """Each problem with its way out; closing it changes nothing."""

    NO_COMMAND = "`check` tells the problems, and `--accept-damaged` opens it with any command"
    STARTS_AT = "#cancel"
    TITLE_TEXT = "Damage in this vault"

    def __init__(self, vault: Vault, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.vault, self.problems = vault, problems

    def fields(self) -> ComposeResult:
        for problem in self.problems:
            yield Static(plain(problem.why, 2000), classes="explain", markup=False)
        fixes = " ".join(dict.fromkeys(problem.fix for problem in self.problems))
        yield Static(
            f"{plain(fixes, 500)} Where you save over it, the file as it is now is kept as a "
            "backup, and so is every other one.",
            classes="explain",
            markup=False,
        )

    def buttons(self) -> ComposeResult:
        yield Button("Save over it from now on", id="accept", variant="warning", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def accept(self) -> None:
        self.vault.saves_over_damage = True
        self.finish(None)
