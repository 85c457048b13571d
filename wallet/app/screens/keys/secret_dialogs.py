"""Dialogs that hand out a secret: noted in the vault first, or the person says it need not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual.widgets import Button

from wallet.app.screens.dialog import Dialog
from wallet.errors import NotRecordedError, WalletError
from wallet.vault.db.journal.kinds import What
from wallet.vault.disclosure import record
from wallet.vault.vault import Vault

Result = TypeVar("Result")


class NotedDialog(Dialog[Result]):
    """A dialog that notes in the vault what it hands out; without a note only when told twice."""

    _unrecorded = False
    _label = ""  # of the first button while all can be noted

    def foretell(self, *, secret: bool) -> None:
        """Say beforehand that nothing can be noted while the vault is only looked at.

        `secret` is whether what is chosen now would be: the first button goes on without a note.
        """
        if not self.app.only_looking or self._unrecorded == secret:
            return
        button = self.query_one("#accept", Button)
        self._unrecorded, self._label = secret, self._label or str(button.label)
        button.label = f"{self._label}, without a note" if secret else self._label
        button.refresh(layout=True)
        self.say(
            "You are only looking, so it cannot be noted in the vault that this secret leaves it. "
            "‹only_look› ends that."
            if secret
            else ""
        )

    @property
    def enter_leads_to(self) -> str:
        """Without a note nothing leaves by one slip of Enter."""
        return "cancel" if self._unrecorded else super().enter_leads_to

    def note_then(
        self,
        vault: Vault,
        what: What,
        publics: Sequence[str],
        detail: str,
        go_on: Callable[[], None],
    ) -> None:
        """Save the note in a thread, and then `go_on`; or say why not, and offer to."""
        if self._unrecorded:
            go_on()
            return
        app = self.app
        self._working = True
        self.say("")

        def noted() -> None:
            self._working = False
            if not self.is_running or vault.locked:
                return
            try:
                go_on()
            except WalletError as error:
                self.say(error.told)

        def work() -> None:
            try:
                record(vault, what, publics, detail)
            except NotRecordedError as error:
                app.call_from_thread(self.not_recorded, str(error))
            except WalletError as error:
                app.call_from_thread(self._failed, error.told)
            else:
                app.call_from_thread(noted)

        self.run_worker(work, thread=True, exit_on_error=False)

    def not_recorded(self, why: str) -> None:
        """Say that no note could be saved; the first button goes on without one now."""
        self._failed(why)
        if self.is_running:
            self._unrecorded = True
            button = self.query_one("#accept", Button)
            button.label = f"{button.label}, without a note"
            button.refresh(layout=True)
            self.set_focus(self.query_one("#cancel", Button))
