"""Copying from the app: what is told, the countdown, and that nothing ever hangs it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.hands import drawn, until
from tests.app.inpty import SEED
from tests.app.test_main import make_empty
from tests.vault.support import made_once
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.widgets.secrets.countdown import Countdown
from wallet.secrets.passphrase import Passphrase
from wallet.system import clipboard_helpers

PASSPHRASE = "my dog likes to eat cheese"
HELPER = """
case "$*" in
  *-out*) [ -s "$HELD" ] || exit 1; cat "$HELD" ;;
  *) cat > "$HELD" ;;
esac
"""


class Desktop:
    """A clipboard in a file, and a helper for it that can be broken."""

    def __init__(self, directory: Path) -> None:
        self.held = directory / "held"
        self.helper = directory / "bin" / "xclip"
        self.helper.parent.mkdir()
        self.behave(HELPER)

    def behave(self, body: str) -> None:
        self.helper.write_text(f"#!/bin/sh\nHELD={self.held}\n{body}", encoding="utf-8")
        self.helper.chmod(0o755)

    @property
    def content(self) -> str:
        return self.held.read_text(encoding="utf-8") if self.held.exists() else ""


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = Desktop(tmp_path)
    monkeypatch.setenv("PATH", f"{made.helper.parent}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("TERM", "xterm-256color")
    return made


@pytest.fixture
def app(tmp_path: Path) -> WalletApp:
    place = tmp_path / "keys" / "vault.nkw"
    made_once(place, make_empty)
    return WalletApp(place, passphrase=Passphrase(PASSPHRASE))


async def opened(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "unlocking")
    await pilot.pause()


def told(app: WalletApp, text: str) -> bool:
    """Whether a toast says a text, wherever its lines are broken."""
    return any(text in f"{each.title} {each.message}" for each in app._notifications)


async def test_a_copied_public_key_is_told_with_its_way(app: WalletApp, desktop: Desktop) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_public("UABC", "Public key of [b]billing[/b]")
        await until(pilot, lambda: told(app, "Copied: Public key of [b]billing[/b]"), "telling")
        assert told(app, "by xclip")
        await until(pilot, lambda: "Public key of [b]billing[/b]" in drawn(app), "drawing")
        assert desktop.content == "UABC"


async def test_a_copy_that_did_not_work_is_told_with_the_reason(
    app: WalletApp, desktop: Desktop
) -> None:
    desktop.behave("exit 1")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_public("UABC", "Public key")
        await until(pilot, lambda: told(app, "Not copied: Public key"), "telling")
        assert told(app, "xclip failed")


async def test_a_helper_that_hangs_never_hangs_the_app(
    app: WalletApp, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard_helpers, "TIME_LIMIT", 8.0)  # longer than what is done meanwhile
    desktop.behave("sleep 600")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_public("UABC", "Public key")
        # While it hangs the app draws, takes keys, and locks.
        await pilot.press("question_mark")
        await pilot.pause()
        assert not isinstance(app.screen, MainScreen)
        await pilot.press("escape")
        assert not told(app, "Not copied")
        await until(pilot, lambda: told(app, "did not answer"), "telling")


async def test_a_secret_counts_down_and_is_cleared(
    app: WalletApp, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WalletApp, "secret_seconds", 2)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        text = bytearray(SEED.encode())
        app.copy_secret(text, "Seed of billing")
        await until(pilot, lambda: "Seed of billing is on the clipboard" in drawn(app), "telling")
        assert desktop.content == SEED
        assert not any(text), "the copier wipes what it was given"
        assert SEED[:10] not in drawn(app)
        await until(pilot, lambda: "cleared in 1 s" in drawn(app), "counting down")
        await until(pilot, lambda: desktop.content == "", "clearing")
        await until(pilot, lambda: told(app, "no longer on the clipboard"), "telling")
        assert not app.screen.query(Countdown)


@pytest.mark.parametrize("end", ["lock", "leave"])
async def test_a_secret_that_was_on_its_way_at_a_lock_or_the_end_does_not_stay(
    app: WalletApp, desktop: Desktop, end: str
) -> None:
    began, ended = desktop.held.with_name("began"), desktop.held.with_name("ended")
    slow = f'touch {began}; sleep 1; cat > "$HELD"; touch {ended} ;;'
    desktop.behave(HELPER.replace('cat > "$HELD" ;;', slow))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, began.exists, "the helper's start")
        if end == "lock":
            app.lock()
            await until(pilot, ended.exists, "the helper's end")
            await until(pilot, lambda: desktop.content == "", "clearing")
            assert not told(app, "Copied")
        else:
            app.exit()
    deadline = time.monotonic() + 30
    while not (ended.exists() and desktop.content == ""):
        assert time.monotonic() < deadline, "the secret stayed on the clipboard"
        await asyncio.sleep(0.05)


async def test_the_countdown_follows_to_the_screen_on_top(app: WalletApp, desktop: Desktop) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, lambda: app.screen.query(Countdown), "telling")
        await pilot.press("question_mark")
        await until(
            pilot,
            lambda: not isinstance(app.screen, MainScreen) and app.screen.query(Countdown),
            "following",
        )


async def test_what_somebody_copied_since_stays(
    app: WalletApp, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WalletApp, "secret_seconds", 1)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, lambda: app.screen.query(Countdown), "telling")
        desktop.held.write_text("a shopping list")
        await until(pilot, lambda: not app.screen.query(Countdown), "the end")
        await until(pilot, lambda: told(app, "no longer on the clipboard"), "telling")
        assert desktop.content == "a shopping list"


async def test_a_public_key_copied_over_a_secret_ends_the_countdown(
    app: WalletApp, desktop: Desktop
) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, lambda: app.screen.query(Countdown), "telling")
        app.copy_public("UABC", "Public key")
        await until(pilot, lambda: not app.screen.query(Countdown), "the end")
        assert desktop.content == "UABC"


async def test_locking_clears_a_copied_secret_at_once(app: WalletApp, desktop: Desktop) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, lambda: app.screen.query(Countdown), "telling")
        await pilot.press("L")
        await until(pilot, lambda: desktop.content == "", "clearing")
        assert not app.screen.query(Countdown)


async def test_a_clipboard_that_does_not_answer_is_told_when_a_secret_may_stay(
    app: WalletApp, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WalletApp, "secret_seconds", 1)
    monkeypatch.setattr(clipboard_helpers, "TIME_LIMIT", 0.5)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        desktop.behave(f'case "$*" in *-out*) sleep 600;; esac\n{HELPER}')
        app.copy_secret(bytearray(SEED.encode()), "Seed of billing")
        await until(pilot, lambda: told(app, "may still be on it"), "the warning")


async def test_a_secret_that_cannot_be_copied_is_told_and_wiped(
    app: WalletApp, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_TTY", "/dev/pts/3")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        text = bytearray(SEED.encode())
        app.copy_secret(text, "Seed of billing")
        await until(pilot, lambda: told(app, "Not copied: Seed of billing"), "telling")
        assert told(app, "Over SSH")
        assert not any(text)
        assert not app.screen.query(Countdown)
        assert desktop.content == ""


async def test_selected_text_is_copied_by_the_same_ways(app: WalletApp, desktop: Desktop) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_to_clipboard("some selected words")
        await until(pilot, lambda: desktop.content == "some selected words", "copying")
        await until(pilot, lambda: told(app, "Copied: Selection"), "telling")


async def test_two_copies_arrive_in_their_order(app: WalletApp, desktop: Desktop) -> None:
    desktop.behave(f'[ -e "$HELD.slow" ] || {{ : > "$HELD.slow"; sleep 0.3; }}\n{HELPER}')
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot)
        app.copy_public("first", "First")
        await until(pilot, lambda: (desktop.held.parent / "held.slow").exists(), "the first")
        app.copy_public("second", "Second")
        await until(pilot, lambda: told(app, "Copied: Second"), "the second")
        assert desktop.content == "second"
