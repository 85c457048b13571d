"""The place of the main screen that a person comes back to after a lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from wallet.app.desk import ActionTarget, Desk
from wallet.app.lock.half_typed import HalfTyped, is_secret
from wallet.app.lock.kept_place import KeptPlace
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.details.details import Details
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.errors import WalletError
from wallet.vault.tree.marks import identified
from wallet.vault.tree.outline import Folding


class MainPlace:
    """The place of a person on the main screen, and what is half typed there."""

    def __init__(
        self, screen: Screen[None], desk: Desk, place: KeptPlace | None, kept: HalfTyped | None
    ) -> None:
        """`screen` and `desk` are both the main screen; with `place` and `kept` it was left so."""
        self._screen = screen
        self._desk = desk
        self._vault_id = desk.vault.vault_id
        self._place = place
        self._kept = kept or HalfTyped()
        self._came_back = False
        self._opening_again = False
        self._doing = ("", "")  # the action that runs, and the public key that was selected then

    @property
    def folding(self) -> Folding | None:
        """The branches that were unfolded, to begin with."""
        return self._place.folding if self._place else None

    # Before a lock

    def to_keep(self) -> KeptPlace:
        """Tell where the person is, to come back to after a lock."""
        selected, details = self._desk.selected, self._screen.query_one(Details)
        public = selected.public if selected else ""
        focus = self._screen.focused.id if isinstance(self._screen.focused, Input) else ""
        tree = self._screen.query_one(KeyTree)
        return KeptPlace(
            *(self._vault_id, public, details.tab, tree.folding),
            *(details.scroll_offset.y, tree.line, focus or ""),
        )

    def half_typed(self) -> HalfTyped:
        """The filter, the marks, and what is half typed in the form that an action opened."""
        if not self._came_back:  # locked again before it stood
            return self._kept
        typed = self._screen.query_one("#filter", Input).value
        subject = self._screen.query_one(Details).subject
        dialogs = [screen for screen in self._screen.app.screen_stack if isinstance(screen, Dialog)]
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
            marks=self._screen.query_one(MarkingTree).marks.pairs,
        )

    def note_action(self, name: str, about: ActionTarget = ActionTarget.SELECTED) -> None:
        """Note which action runs now, on which key, for the form that it may open."""
        public = self._desk.selected.public if self._desk.selected else ""
        self._doing = name, public if about is ActionTarget.SELECTED else about.value

    # After it

    def come_back(self) -> None:
        """Filter and select as before, and open the form again in which something was typed."""
        if text := self._kept.filter:
            field = self._screen.query_one("#filter", Input)
            field.display, field.value = True, text
            self._screen.query_one(KeyTree).filter(text)
        if self._place is not None:
            self._screen.query_one(Details).tab = self._place.tab
            if not self._place.public:
                self._screen.query_one(KeyTree).go_to(self._place.line)
            elif self._desk.select_key(self._place.public):
                scroll = partial(self._screen.query_one(Details).scroll_to, y=self._place.scrolled)
                self._screen.call_after_refresh(scroll, animate=False)
            for field in self._screen.query(Input) if self._place.focus else ():
                if field.id == self._place.focus:
                    self._screen.set_focus(field)
                    field.call_later(field.action_end)  # the focus marks the whole text
        self._screen.query_one(Details).subject = self._kept.subject
        self._mark_again()
        self._came_back = True
        if self._kept.action:
            self._screen.call_after_refresh(self._open_again, self._desk.app.hold_keys())

    def _mark_again(self) -> None:
        """Mark what was marked, and say once how many of these keys are gone."""
        marks = [(key_id, public) for key_id, public in self._kept.marks]
        with suppress(WalletError):
            here = identified(
                self._desk.vault.records, [key for key, _ in marks], [public for _, public in marks]
            )
            if here:
                self._screen.query_one(MarkingTree).mark_again(here)
            if gone := len(marks) - len(here):
                keys = "1 marked key is" if gone == 1 else f"{gone:,} marked keys are"
                self._desk.warn(f"{keys} gone: deleted elsewhere, meanwhile.")

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
            self._desk.warn("What was half typed has no place here any more: another form opened.")

    def _open_again(self, let_keys_go: Callable[[], None]) -> None:
        public, gone = self._kept.public, ""
        if public == ActionTarget.MARKED.value:
            marks = self._screen.query_one(MarkingTree).marks
            gone = "" if marks else "The keys that you wrote about are gone"
        elif public and not self._desk.select_key(public):
            gone = "The key that you wrote about is gone"
        if gone:
            self._desk.warn(f"{gone}: deleted elsewhere, meanwhile.")
            self._kept = HalfTyped()
            let_keys_go()
            return
        self._opening_again = True

        async def open_again() -> None:
            try:
                await self._desk.action_do(self._kept.action)
            finally:
                let_keys_go()

        self._screen.run_worker(open_again())
