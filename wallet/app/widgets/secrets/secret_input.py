"""A field for a passphrase that keeps what is typed in one buffer, and shows dots.

Textual's own `Input` holds a `str` that Python never clears, and copies it to the clipboard
on Ctrl+C even where it is masked. This one collects keys into a bytearray made beforehand,
has no selection and nothing to copy, and is overwritten when it leaves the screen. A paste
still arrives from Textual as one `str`; that copy is beyond our reach.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wallet.secrets import sodium
from wallet.secrets.passphrase import MAX_BYTES, Passphrase
from wallet.secrets.recovery_code import RecoveryCode, complete_groups

if TYPE_CHECKING:
    from wallet.secrets.strength import Strength

DOT = "•"

READ = "read, and wiped here"


class SecretInput(Widget, can_focus=True):
    """One line of secret text, at most 1,024 bytes in UTF-8.

    Keys: Left, Right, Home, End, Backspace, Delete, and Ctrl+U to clear it all.
    """

    ALLOW_SELECT = False
    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"secret-input--placeholder"}
    DEFAULT_CSS = """
    SecretInput {
        height: 3;
        width: 1fr;
        padding: 0 1;
        border: tall $border-blurred;
        background: $surface;
        color: $foreground;
        pointer: text;
        &:focus { border: tall $border; }
        &.-refused, &.-refused:focus { border: tall $error; }
        & > .secret-input--placeholder { color: $text-disabled; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Left", show=False),
        Binding("right", "move(1)", "Right", show=False),
        Binding("home,ctrl+a", "home", "Beginning", show=False),
        Binding("end,ctrl+e", "end", "End", show=False),
        Binding("backspace,ctrl+h", "backspace", "Delete left", show=False),
        Binding("delete,ctrl+d", "delete", "Delete right", show=False),
        Binding("ctrl+u", "clear", "Clear", show=False),
        Binding("enter", "submit", "Submit", show=False),
        # Nothing is ever copied from here, whatever a screen or the app binds to these.
        Binding("ctrl+c,super+c,ctrl+x,ctrl+insert", "nothing", "Nothing", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Something was typed or deleted; `refused` says why a key or paste was not taken."""

        field: SecretInput
        refused: str = ""

        @property
        def control(self) -> SecretInput:
            return self.field

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the field."""

        field: SecretInput

        @property
        def control(self) -> SecretInput:
            return self.field

    def __init__(
        self,
        *,
        placeholder: str = "hidden as you type",
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._buffer = bytearray(MAX_BYTES)
        self._length = 0  # bytes in use
        self._cursor = 0  # a byte offset, always at a character's beginning
        self._placeholder = placeholder
        self._was_read = False
        self._is_legible = False
        self.tooltip = "What you type is shown as dots. Ctrl+U clears it."

    @property
    def empty(self) -> bool:
        """Whether nothing has been typed."""
        return self._length == 0

    def passphrase(self) -> Passphrase:
        """Copy what was typed into a buffer that the caller wipes; the field keeps its own.

        Raises `PassphraseRefusedError` for what cannot be a passphrase.
        """
        typed = self._copy()
        try:
            return Passphrase(typed)
        finally:
            sodium.wipe(typed)

    def recovery_code(self) -> RecoveryCode:
        """Read what was typed as a recovery code, which the caller wipes.

        Raises `MistypedCodeError`.
        """
        typed = self._copy()
        try:
            return RecoveryCode.read(typed)
        finally:
            sodium.wipe(typed)

    def code_groups(self) -> tuple[list[bool], int]:
        """Judge each group of a recovery code that was typed so far: whether it fits its check; and
        count the characters of the next."""
        typed = self._copy()
        try:
            return complete_groups(typed)
        finally:
            sodium.wipe(typed)

    def strength(self) -> Strength:
        """Judge what was typed so far as a passphrase."""
        from wallet.secrets.rules import judge  # with lists of words that no opening needs

        typed = self._copy()
        try:
            return judge(typed)
        finally:
            sodium.wipe(typed)

    def same_as(self, other: SecretInput | Passphrase) -> bool:
        """Whether another field, or a passphrase, holds the same."""
        mine = self._copy()
        theirs = other._copy() if isinstance(other, SecretInput) else bytearray(other.raw)
        try:
            return sodium.same(mine, theirs)
        finally:
            sodium.wipe(mine, theirs)

    def unlike(self, other: SecretInput | Passphrase) -> str:
        """Say why this is no repetition of another field, or of a passphrase; empty if it is."""
        if self.same_as(other):
            return ""
        if self.empty:
            return "Type it once more."
        return "The two are not the same. Type the second once more."

    def clear(self) -> None:
        """Overwrite what was typed."""
        sodium.wipe(self._buffer)
        self._length = self._cursor = 0
        self._was_read = False
        self.refresh()

    def show_or_hide(self, *, legible: bool | None = None) -> None:
        """Show what is typed in the place of dots, until this is called again or the field is left.

        For a person who asks for it, and copies from paper what no one remembers.
        """
        self._is_legible = not self._is_legible if legible is None else legible
        self.refresh()

    def clear_read(self) -> None:
        """Overwrite what was typed, and say in its place that it was read: it is not refused."""
        self.clear()
        self._was_read, self._is_legible = True, False

    def insert(self, text: str) -> str:
        """Put text at the cursor; gives a sentence when it was not taken, all or nothing."""
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
            return "That was left out: it holds more than one line, or a control character."
        size = sum(width_in_utf8(character) for character in text)
        if self._length + size > MAX_BYTES:
            return f"That was left out: a passphrase has at most {MAX_BYTES} bytes."
        # In place, from the end, so that no second buffer ever holds the text.
        for at in range(self._length - 1, self._cursor - 1, -1):
            self._buffer[at + size] = self._buffer[at]
        for character in text:
            for byte in character.encode():
                self._buffer[self._cursor] = byte
                self._cursor += 1
        self._length += size
        return ""

    def check_consume_key(self, key: str, character: str | None) -> bool:  # noqa: ARG002
        """Whether a key is text for this field, which no binding may take."""
        return character is not None and character.isprintable()

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._changed(self.insert(event.character))

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._changed(self.insert(event.text.rstrip("\r\n")))

    def _on_unmount(self) -> None:
        self.clear()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.show_or_hide(legible=False)

    def action_move(self, steps: int) -> None:
        self._cursor = self._next(self._cursor) if steps > 0 else self._previous(self._cursor)
        self.refresh()

    def action_home(self) -> None:
        self._cursor = 0
        self.refresh()

    def action_end(self) -> None:
        self._cursor = self._length
        self.refresh()

    def action_backspace(self) -> None:
        self._remove(self._previous(self._cursor), self._cursor)

    def action_delete(self) -> None:
        self._remove(self._cursor, self._next(self._cursor))

    def action_clear(self) -> None:
        self.clear()
        self._changed("")

    def action_submit(self) -> None:
        self.post_message(self.Submitted(self))

    def action_nothing(self) -> None:
        self.notify("A passphrase is never copied from here.", markup=False)

    @property
    def placeholder_style(self) -> Style:
        return self.get_component_rich_style("secret-input--placeholder")

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        style = self.rich_style
        if y != 0 or width < 1:
            return Strip.blank(width, style)
        at = _count(self._buffer, 0, self._cursor)
        dots = at + _count(self._buffer, self._cursor, self._length)
        if not dots and (self._was_read or not self.has_focus):
            words = READ if self._was_read else self._placeholder
            return Strip([Segment(words, self.placeholder_style)]).adjust_cell_length(width, style)
        # The cursor stays in sight in what is longer than the field.
        first = max(0, at - width + 1)
        cursor = style + Style(reverse=True) if self.has_focus else style
        if self._is_legible:
            return Strip(self._letters(first, width, at, cursor)).adjust_cell_length(width, style)
        line = (DOT * dots + " ")[first : first + width]
        at -= first
        return Strip(
            [Segment(line[:at], style), Segment(line[at], cursor), Segment(line[at + 1 :], style)]
        ).adjust_cell_length(width, style)

    def _letters(self, first: int, width: int, at: int, cursor: Style) -> list[Segment]:
        """Draw what is typed, each character alone as `SecretText` does: no `str` holds it whole.

        A dot stands for what is no ASCII.
        """
        styles = cycle((self.rich_style, self.rich_style + Style(dim=False)))
        letters, number = [], 0
        for offset in range(self._length + 1):
            byte = self._buffer[offset] if offset < self._length else ord(" ")
            if byte & 0xC0 == 0x80:
                continue
            if first <= number < first + width:
                style = cursor if number == at else next(styles)
                letters.append(Segment(chr(byte) if byte < 0x80 else DOT, style))
            number += 1
        return letters

    def _copy(self) -> bytearray:
        with memoryview(self._buffer) as view:
            return bytearray(view[: self._length])

    def _changed(self, refused: str) -> None:
        self._was_read = False
        self.set_class(bool(refused), "-refused")
        self.refresh()
        self.post_message(self.Changed(self, refused))

    def _remove(self, start: int, end: int) -> None:
        if start == end:
            return
        size = end - start
        for at in range(end, self._length):
            self._buffer[at - size] = self._buffer[at]
        for at in range(self._length - size, self._length):
            self._buffer[at] = 0
        self._length -= size
        self._cursor = start
        self._changed("")

    def _previous(self, at: int) -> int:
        at = max(0, at - 1)
        while at and self._buffer[at] & 0xC0 == 0x80:
            at -= 1
        return at

    def _next(self, at: int) -> int:
        at = min(self._length, at + 1)
        while at < self._length and self._buffer[at] & 0xC0 == 0x80:
            at += 1
        return at


def width_in_utf8(character: str) -> int:
    point = ord(character)
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4


def _count(buffer: bytearray, start: int, end: int) -> int:
    """Count the characters that begin between two offsets, without a copy of them."""
    return sum(buffer[at] & 0xC0 != 0x80 for at in range(start, end))
