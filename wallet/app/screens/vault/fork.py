"""The vault's file was changed apart from this window: which of the two goes on."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.errors import ForkedError, WalletError
from wallet.text import plain
from wallet.vault.vault import Vault


class PartedDialog(Dialog[str]):
    """The dialog ends with a sentence on what was saved; closing it changes nothing.

    It `joins` where the person wants to join the two: the backup with what the
    file held is the `fork_file` then.
    """

    NO_COMMAND = "`--accept-older` opens it with any command, and `merge` joins"
    STARTS_AT = "#cancel"
    TITLE_TEXT = "The file is another than this window's"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J", "join", "Join", show=False, id="parted.join")
    ]

    def __init__(self, vault: Vault, why: WalletError) -> None:
        super().__init__()
        self.vault, self._why = vault, why
        self.joins = False
        self.fork_file: Path | None = None

    def fields(self) -> ComposeResult:
        yield Static(plain(str(self._why), 600), classes="explain", markup=False)
        lock = self.app.key_of("main.lock", "L")
        yield Static(
            "Nothing is saved meanwhile. To go on with this window's keys, save them over the "
            f"file: it is kept as a backup that stays. To go on with the file's, lock ({lock}), "
            "and unlock.",
            classes="explain",
            markup=False,
        )
        if self._can_join:
            yield Static(
                f"To go on with both, join them ({self._join_key}): this window's are saved, and "
                "then you see first what would come in of the file's.",
                classes="explain",
                markup=False,
            )

    @property
    def _join_key(self) -> str:
        return self.app.key_of("parted.join", "J")

    @property
    def _can_join(self) -> bool:
        return isinstance(self._why, ForkedError)  # an older file holds nothing that is not here

    def buttons(self) -> ComposeResult:
        if self._can_join:
            yield Button(
                f"{self._join_key} Join the two…", id="join", variant="primary", compact=True
            )
        yield Button("Save this window's", id="accept", variant="warning", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "join":
            event.stop()
            self.action_join()
        elif not self._working:
            self.joins = False  # what was to be joined could not be saved, and was chosen anew

    def action_join(self) -> None:
        if self._can_join and not self._working:
            self.joins = True
            self.action_accept()

    def accept(self) -> None:
        def job() -> str:
            self.fork_file = self.vault.save_over()
            if self.fork_file is None:
                return (
                    "The file follows this window again: it was taken over, and nothing was saved."
                )
            return f"Saved as save {self.vault.generation:,}. The other file is kept as a backup."

        self.work(job, "saving…")
