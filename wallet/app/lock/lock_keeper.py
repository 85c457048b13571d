"""The keeping of where a person was, and of what was half typed, over a lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.css.query import NoMatches

from wallet.app.host import Host
from wallet.app.lock.left_work import LeftWork
from wallet.app.widgets.lock_warning import LockWarning

if TYPE_CHECKING:
    from wallet.app.lock.half_typed import HalfTyped
    from wallet.app.lock.kept_place import KeptPlace
    from wallet.vault.vault import Vault

LOST = "What was half typed is gone: the vault has another passphrase or other keys by now."


class LockKeeper:
    """Keeps both in memory alone, for the next unlocking, and once."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._place: KeptPlace | None = None
        self._half_typed: bytes | None = None  # sealed under the key that the vault had then
        self._left_work = LeftWork(app)
        app.lost_to_lock = []

    def keep(self, vault: Vault) -> None:
        """Keep both, before the vault forgets its keys."""
        from wallet.app.screens.dialog_texts import DialogTexts
        from wallet.app.screens.main import MainScreen

        self._half_typed = None
        dialogs = [one for one in self._app.screen_stack if isinstance(one, DialogTexts)]
        left = tuple(self._left_work.leave(dialogs))
        for screen in self._app.screen_stack:
            if isinstance(screen, MainScreen):
                with suppress(NoMatches):  # it does not stand whole yet: nothing was done in it
                    self._place = screen.place.to_keep()
                    half_typed = replace(screen.place.half_typed(), left=left)
                    if not half_typed.nothing and not vault.locked:
                        self._half_typed = half_typed.sealed(vault)

    def hand_out(self, vault: Vault) -> tuple[KeptPlace | None, HalfTyped]:
        """Hand out both, once: nothing where another vault lies there, or it has other keys now.

        That is said then, and what came of the work that the lock found running.
        """
        from wallet.app.lock.half_typed import HalfTyped

        place, sealed = self._place, self._half_typed
        self.forget()
        self._app.call_later(self._tell_lost)
        same = place is not None and place.vault_id == vault.vault_id
        half_typed = HalfTyped.unsealed(vault, sealed)
        if half_typed is None:
            self._app.call_later(self._say_lost)
        else:
            self._app.call_later(self._left_work.tell, half_typed.left)
        return place if same else None, half_typed or HalfTyped()

    def _tell_lost(self) -> None:
        lost, self._app.lost_to_lock = self._app.lost_to_lock, []
        for sentence in lost:
            self._app.note_lost(sentence)

    def _say_lost(self) -> None:
        self._app.notify(LOST, severity="warning", timeout=15, markup=False)

    def forget(self) -> None:
        """Keep nothing any more."""
        self._place = self._half_typed = None


def warn_of_lock(app: Host) -> None:
    """Say in the dialog on top, which may hide the header, that the wallet locks soon."""
    warning = app.idle.clock if app.vault is not None and app.idle.soon else ""
    for screen in app.screen_stack[-1:]:  # none once the app ends
        for line in screen.query(LockWarning):
            line.show(warning)


def ask_about_text(app: Host, then: Callable[[], None]) -> None:
    from wallet.app.screens.throw_away import ThrowAwayDialog

    if not isinstance(app.screen, ThrowAwayDialog):
        app.push_screen(ThrowAwayDialog(), lambda away: then() if away else None)


def loses_text(app: Host) -> bool:
    """Whether leaving now would throw away what is half written in a dialog."""
    from wallet.app.screens.dialog_texts import DialogTexts

    forms = (one for one in app.screen_stack if isinstance(one, DialogTexts))
    return any(form.loses_text for form in forms)
