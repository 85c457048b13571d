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
                self.say(str(error))

        def work() -> None:
            try:
                record(vault, what, publics, detail)
            except NotRecordedError as error:
                app.call_from_thread(self.not_recorded, str(error))
            except WalletError as error:
                app.call_from_thread(self._failed, str(error))
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
