"""The part of the main screen that comes back, after a lock, to where the person was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from wallet.app.desk import ActionTarget
from wallet.app.host import Host
from wallet.app.lock.half_typed import HalfTyped, is_secret
from wallet.app.lock.kept_place import KeptPlace
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.details.details import Details
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.errors import WalletError
from wallet.vault.key_record import KeyRecord
from wallet.vault.tree.marks import identified
from wallet.vault.vault import Vault


class PlacedScreen(Screen[None]):
    """It knows its place and what is half typed, and takes both again."""

    app: Host

    def __init__(self, vault: Vault, place: KeptPlace | None, kept: HalfTyped | None) -> None:
        super().__init__()
        self.vault = vault
        self._vault_id = vault.vault_id
        self._place = place
        self._kept = kept or HalfTyped()
        self._came_back = False
        self._opening_again = False
        self._doing = ("", "")  # the action that runs, and the public key that was selected then

    @property
    def selected(self) -> KeyRecord | None:
        return self.query_one(KeyTree).selected

    async def action_do(self, name: str) -> None:
        """Do the action of this name in the table, or say why it cannot be done now."""
        raise NotImplementedError

    def warn(self, text: str) -> None:
        raise NotImplementedError

    # Before a lock

    def place(self) -> KeptPlace:
        """Tell where the person is, to come back to after a lock."""
        selected, details = self.selected, self.query_one(Details)
        public = selected.public if selected else ""
        focus = self.focused.id if isinstance(self.focused, Input) else ""
        return KeptPlace(
            *(self._vault_id, public, details.tab, self.query_one(KeyTree).folding),
            *(details.scroll_offset.y, focus or ""),
        )

    def half_typed(self) -> HalfTyped:
        """The filter, the marks, and what is half typed in the form that an action opened."""
        if not self._came_back:  # locked again before it stood
            return self._kept
        typed = self.query_one("#filter", Input).value
        subject = self.query_one(Details).subject
        dialogs = [screen for screen in self.app.screen_stack if isinstance(screen, Dialog)]
        form = next(
            (one.half_typed() for one in dialogs if one.KEEPS_TEXT and one.opened_by[0]),
            HalfTyped(),
        )
        # What has not had a place since the last lock waits for it.
        kept = form if form.now else self._kept
        return replace(
            kept,
            filter="" if is_secret(typed) else typed,
            subject="" if is_secret(subject) else subject,
            marks=self.query_one(MarkingTree).marks.pairs,
        )

    def note_action(self, name: str, about: ActionTarget = ActionTarget.SELECTED) -> None:
        """Note which action runs now, on which key, for the form that it may open."""
        public = self.selected.public if self.selected else ""
        self._doing = name, public if about is ActionTarget.SELECTED else about.value

    # After it

    def come_back(self) -> None:
        """Filter and select as before, and open the form again in which something was typed."""
        if text := self._kept.filter:
            field = self.query_one("#filter", Input)
            field.display, field.value = True, text
            self.query_one(KeyTree).filter(text)
        if self._place is not None:
            self.query_one(Details).tab = self._place.tab
            if self.select_key(self._place.public):
                scroll = partial(self.query_one(Details).scroll_to, y=self._place.scrolled)
                self.call_after_refresh(scroll, animate=False)
            for field in self.query(Input) if self._place.focus else ():
                if field.id == self._place.focus:
                    self.set_focus(field)
                    field.call_later(field.action_end)  # the focus marks the whole text
        self.query_one(Details).subject = self._kept.subject
        self._mark_again()
        self._came_back = True
        if self._kept.action:
            self.call_after_refresh(self._open_again, self.app.hold_keys())

    def _mark_again(self) -> None:
        """Mark what was marked, and say once how many of these keys are gone."""
        marks = [(key_id, public) for key_id, public in self._kept.marks]
        with suppress(WalletError):
            here = identified(
                self.vault.records, [key for key, _ in marks], [public for _, public in marks]
            )
            if here:
                self.query_one(MarkingTree).mark_again(here)
            if gone := len(marks) - len(here):
                keys = "1 marked key is" if gone == 1 else f"{gone:,} marked keys are"
                self.warn(f"{keys} gone: deleted elsewhere, meanwhile.")

    def hand_over(self, dialog: Dialog[Any]) -> None:
        """Tell a dialog what opened it, and give it back what was half typed in it."""
        dialog.opened_by = self._doing
        same = (self._kept.action, self._kept.public) == self._doing
        if not self._kept.now or not (same or self._opening_again):
            return  # it waits for its own form
        kept, self._kept = self._kept, HalfTyped()
        self._opening_again = False
        if same and (kept.step or kept.form == type(dialog).__name__):
            dialog.kept = kept
        else:
            self.warn("What was half typed has no place here any more: another form opened.")

    def select_key(self, public: str) -> bool:
        """Put the cursor on a key by its public half, where it is here."""
        with suppress(WalletError):
            record = self.vault.records.by_public(public)
            return record is not None and self.query_one(KeyTree).select(record.id)
        return False

    def _open_again(self, let_keys_go: Callable[[], None]) -> None:
        public, gone = self._kept.public, ""
        if public == ActionTarget.MARKED.value:
            marks = self.query_one(MarkingTree).marks
            gone = "" if marks else "The keys that you wrote about are gone"
        elif public and not self.select_key(public):
            gone = "The key that you wrote about is gone"
        if gone:
            self.warn(f"{gone}: deleted elsewhere, meanwhile.")
            self._kept = HalfTyped()
            let_keys_go()
            return
        self._opening_again = True

        async def open_again() -> None:
            try:
                await self.action_do(self._kept.action)
            finally:
                let_keys_go()

        self.run_worker(open_again())
