"""The texts that a person writes in a dialog: kept over a lock, and not thrown away unasked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import ClassVar, TypeVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Select, TextArea

from wallet.app.host import Host
from wallet.app.key_repairs import in_keys
from wallet.app.lock.half_typed import HalfTyped, changed, choices_of, fill, texts_of, written
from wallet.app.lock.left_work import End
from wallet.app.screens.dialog_keys import DialogKeys
from wallet.app.terminal.keys_in_turn import once_past

Result = TypeVar("Result")
_FEW = 16  # characters in one field, as a name has: less is typed again as quickly as asked about
_FEW_IN_SEVERAL = 6  # where a form was begun
_FEW_OF_NOTES = 4


class DialogTexts(DialogKeys[Result]):
    """It knows what its fields held when it opened, and what was written in them since."""

    app: Host
    KEEPS_TEXT: ClassVar[bool] = False  # over a lock, where it is a form to write in
    SEARCHES: ClassVar[bool] = False  # or lets a word, a place be typed that is at hand: no text
    LOOKS: ClassVar[bool] = False  # what it does in a thread changes nothing
    CUT_OFF: ClassVar[str] = ""  # to be known where the lock ended what Esc may cancel

    opened_by = ("", "")  # an action's name, and the public key of what was selected then
    step = ""  # the action of the dialog below that opened this one, if that did
    kept: HalfTyped | None = None  # what was half typed in such a form when the wallet locked
    tell_end: Callable[[End], None] | None = None  # of the work that a lock left running
    _working = False
    _begun: threading.Lock | None = None  # whoever takes it first, work or a lock, has its way
    _never_began = False
    _cancellable = False  # what works does so here, and awaits
    _texts_before: Mapping[str, str] = MappingProxyType({})  # of the fields when it opened
    _typed_in: frozenset[str] = frozenset()  # the ids of fields that a person wrote in

    def say(self, problem: str) -> None:
        """Show what is wrong; an empty text takes it away."""
        raise NotImplementedError

    def begin_texts(self) -> None:
        """Note what the fields hold at first, and give back what a lock kept."""
        self._texts_before = texts_of(self)
        if self.kept is not None:
            self.call_after_refresh(self._give_back, self.kept, self.app.hold_keys())

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _note_typing(self, event: Input.Changed | TextArea.Changed) -> None:
        """Note where a person writes: a text that comes of a choice is set without the focus."""
        if event.control.has_focus and event.control.id:
            self._typed_in |= {event.control.id}

    @property
    def is_untouched(self) -> bool:
        """Whether every field holds what it held when the dialog opened."""
        return texts_of(self) == self._texts_before

    def forget_typing(self) -> None:
        """Take what was written as used: it may be thrown away."""
        self._typed_in = frozenset()

    @property
    def loses_text(self) -> bool:
        """Whether so much was written that nobody throws it away unasked."""
        if self.SEARCHES or self._working or not self._typed_in:
            return False
        now, before = texts_of(self), self._texts_before
        counts = {name: written(before.get(name, ""), now.get(name, "")) for name in self._typed_in}
        total, fields = sum(counts.values()), sum(map(bool, counts.values()))
        notes = max((counts.get(area.id or "", 0) for area in self.query(TextArea)), default=0)
        return total > (_FEW if fields == 1 else _FEW_IN_SEVERAL) or notes >= _FEW_OF_NOTES

    @property
    def at_work(self) -> bool:
        """Whether something was begun here that has not ended."""
        return self._working

    def hold_back(self) -> None:
        """Let work that has not begun in its thread not begin any more."""
        if self._begun is not None and self._begun.acquire(blocking=False):
            self._never_began = True

    @property
    def ended_by_lock(self) -> str:
        """Say that the lock ends what is at work; nothing where that goes on in a thread."""
        if self._never_began:
            return "the lock came before it; nothing was changed."
        if self._cancellable:
            return f"the lock ended it. {in_keys(self.app, self.CUT_OFF)}".strip()
        return "the lock ended it; nothing was changed." if self.LOOKS else ""

    @property
    def title_shown(self) -> str:
        """The title of the box."""
        return str(self.query_one("#box").border_title or "")

    def half_typed(self) -> HalfTyped:
        """The fields that were changed since the dialog opened, for a lock."""
        if self._working and not self.ended_by_lock:  # being saved, and not half typed any more
            return HalfTyped()
        before, now = self._texts_before, changed(self._texts_before, texts_of(self))
        action, public = self.opened_by
        # All of these, for what a choice begins with may be another the next time, as a server may.
        same = {name: text for name, text in texts_of(self).items() if name == "server"}
        always = {**choices_of(self), **changed({}, same)}
        return HalfTyped(
            form=type(self).__name__,
            action=action,
            public=public,
            step=self.step,
            focus=(self.focused.id or "") if self.focused else "",
            before={name: before.get(name, "") for name in now},
            now={**always, **now} if now else {},
        )

    def _give_back(self, kept: HalfTyped, let_keys_go: Callable[[], None]) -> None:
        """Let what was half typed be taken back, and then what the person types by now."""
        self.take_back(kept)
        heard: list[Widget] = [*self.query(Select)]
        heard += [self.focused] if self.focused is not None else []
        self._fill_again(kept, heard, let_keys_go)

    def _fill_again(
        self, kept: HalfTyped, unheard: Sequence[Widget], let_keys_go: Callable[[], None]
    ) -> None:
        """Fill the fields once more when the dialog has followed its choices and the focus.

        A choice may write into fields, and a field that gets the focus marks all of its text.
        """
        if unheard:
            then = partial(self._fill_again, kept, unheard[1:], let_keys_go)
            once_past(unheard[0], self, then)
            return
        if kept.form == type(self).__name__:
            fill(self, kept.now)
        let_keys_go()

    def take_back(self, kept: HalfTyped) -> None:
        """Put into the fields what was half typed, and say where they changed meanwhile."""
        fill(self, kept.now)
        self._typed_in |= kept.before.keys()
        for widget in self.query(f"#{kept.focus}") if kept.focus else ():
            self.set_focus(widget)
        if any(self._texts_before.get(name) != text for name, text in kept.before.items()):
            self.say("It was changed elsewhere while you were away: this would replace that.")
