"""The field for passphrases, driven by keys: what it takes, and that it gives nothing away."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.selection import SELECT_ALL
from textual.widgets import Input

from tests.app.hands import drawn, type_text
from wallet.app.widgets.secrets.secret_input import DOT, SecretInput
from wallet.secrets.passphrase import MAX_BYTES, Passphrase


class FieldApp(App[None]):
    """One field, and what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[SecretInput.Changed | SecretInput.Submitted] = []

    def compose(self) -> ComposeResult:
        yield SecretInput()
        yield Input()

    def on_mount(self) -> None:
        self.query_one(SecretInput).focus()

    def on_secret_input_changed(self, message: SecretInput.Changed) -> None:
        self.messages.append(message)

    def on_secret_input_submitted(self, message: SecretInput.Submitted) -> None:
        self.messages.append(message)

    @property
    def field(self) -> SecretInput:
        return self.query_one(SecretInput)

    @property
    def typed(self) -> bytes:
        if self.field.empty:
            return b""
        with self.field.passphrase() as passphrase:
            return bytes(passphrase.raw)


async def test_keys_are_collected_in_the_order_they_come() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "Hi ö€𝄞")
        assert app.typed == "Hi ö€𝄞".encode()
        assert drawn(app).count(DOT) == 6


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["backspace"], "abc€"),
        (["left", "backspace"], "abcd"),
        (["left", "left", "left", "x"], "abxc€d"),
        (["home", "delete"], "bc€d"),
        (["home", "backspace", "left", "x"], "xabc€d"),
        (["home", "end", "right", "delete", "x"], "abc€dx"),
        (["left", "delete"], "abc€"),
        (["left", "left", "delete"], "abcd"),
        (["ctrl+a", "x", "ctrl+e", "y"], "xabc€dy"),
        (["ctrl+u"], ""),
        (["ctrl+u", "x"], "x"),
        (["left", "ctrl+u", "x"], "x"),
    ],
)
async def test_editing_keys_do_what_they_do_elsewhere(keys: list[str], left: str) -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "abc€d")
        await pilot.press(*keys)
        assert app.typed.decode() == left


async def test_only_dots_are_drawn_one_for_each_character() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "sesame€")
        await pilot.pause()
        shown = drawn(app)
        assert shown.count(DOT) == 7
        assert "s" not in shown.replace("hidden as you type", "")
        assert "€" not in shown


async def test_what_is_longer_than_the_field_scrolls_with_the_cursor() -> None:
    app = FieldApp()
    async with app.run_test(size=(20, 10)) as pilot:
        await type_text(pilot, "x" * 50)
        await pilot.pause()
        assert 10 < drawn(app).count(DOT) < 20
        await pilot.press("home", "y")
        assert app.typed == b"y" + b"x" * 50


async def test_a_paste_is_taken_whole_and_its_line_end_dropped() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "ad")
        await pilot.press("left")
        app.post_message(events.Paste("bc\r\n"))
        await pilot.pause()
        assert app.typed == b"abcd"


@pytest.mark.parametrize("text", ["two\nlines", "a\ttab", "bell\a", "\x1b[31m", "x" * 1025])
async def test_a_paste_that_is_no_passphrase_is_left_out_whole_and_said(text: str) -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        app.post_message(events.Paste(text))
        await pilot.pause()
        assert app.typed == b"a"
        last = app.messages[-1]
        assert isinstance(last, SecretInput.Changed)
        assert "left out" in last.refused
        assert text not in last.refused
        await pilot.press("b")
        assert app.typed == b"ab"
        assert isinstance(app.messages[-1], SecretInput.Changed)


async def test_the_field_is_full_at_a_passphrases_length() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.post_message(events.Paste("x" * MAX_BYTES))
        await pilot.pause()
        await pilot.press("y")
        assert app.typed == b"x" * MAX_BYTES
        await pilot.press("backspace", "y")
        assert app.typed == b"x" * (MAX_BYTES - 1) + b"y"


async def test_enter_submits_and_tab_leaves() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "enter")
        assert isinstance(app.messages[-1], SecretInput.Submitted)
        await pilot.press("tab")
        assert isinstance(app.focused, Input)


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+x", "super+c", "ctrl+insert"])
async def test_no_key_copies_what_was_typed(key: str) -> None:
    """Textual's own masked Input puts the clear text on the clipboard here."""
    app = FieldApp()
    copied: list[str] = []
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
    async with app.run_test() as pilot:
        await type_text(pilot, "sesame")
        await pilot.press(key)
        await pilot.pause()
        assert copied == []
        assert app.clipboard == ""
        assert app.typed == b"sesame"
        # The control: an Input of Textual's does it, masked or not.
        other = app.query_one(Input)
        other.password = True
        other.value = "sesame"
        other.focus()
        await pilot.press("ctrl+a", "ctrl+shift+a", "home", "shift+end", "ctrl+c")
        assert copied == ["sesame"]


async def test_nothing_in_the_field_can_be_selected() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "sesame")
        assert not app.field.allow_select
        await pilot.mouse_down(SecretInput, Offset(2, 1))
        await pilot.hover(SecretInput, Offset(8, 1))
        await pilot.mouse_up(SecretInput, Offset(8, 1))
        assert app.screen.get_selected_text() in (None, "")
        assert app.field.get_selection(SELECT_ALL) is None or "sesame" not in str(
            app.field.get_selection(SELECT_ALL)
        )


async def test_the_buffer_is_overwritten_in_place_when_cleared_and_when_removed() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        buffer = app.field._buffer
        assert len(buffer) == MAX_BYTES
        await type_text(pilot, "sesame")
        await pilot.press("left", "backspace")
        assert app.field._buffer is buffer
        assert bytes(buffer).rstrip(b"\0") == b"sesae"
        app.field.clear()
        assert not any(buffer)
        await type_text(pilot, "open")
        await app.field.remove()
        assert not any(buffer)


async def test_two_fields_and_a_passphrase_can_be_compared() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "sesame")
        other = SecretInput()
        await app.mount(other)
        assert not app.field.same_as(other)
        other.insert("sesame")
        assert app.field.same_as(other)
        with Passphrase("sesame") as same, Passphrase("sesamo") as different:
            assert app.field.same_as(same)
            assert not app.field.same_as(different)
