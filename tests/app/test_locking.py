"""Every occasion on which the wallet locks, and what is left on the screen and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tests.app.hands import drawn, offered, paste_text, type_text, until
from tests.vault.support import made_once
from wallet.app.actions import retire
from wallet.app.app import WalletApp
from wallet.app.lock.idle import Idle
from wallet.app.preferences.settings import THEME_SETTING
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.errors import LockedError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.settings import LOCK
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

PASSPHRASE = "my dog likes to eat cheese"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Dialog(ModalScreen[str]):
    """A dialog in the middle of being filled in."""

    def compose(self) -> ComposeResult:
        yield Static("a dialog of the unlocked wallet")
        yield Input(id="half")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault with a few keys."""
    return made_once(tmp_path / "keys" / "vault.nkw", make_a_few)


def make_a_few(place: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase:
        vault = Vault.create(place, passphrase, KdfCost.MINIMUM)
    with vault, vault.change() as records:
        for number in range(30):
            with Seed.generate(Kind.SERVER) as seed:
                records.add(seed, name=f"machine-{number}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(path: Path, clock: Clock) -> Iterator[WalletApp]:
    """The app on that vault, about to unlock it by itself."""
    made = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    made.idle = Idle(clock)
    yield made
    assert made.vault is None, "a vault was left open"


async def opened(pilot: Pilot[Any]) -> Vault:
    """Wait for the main screen; the vault that is open."""
    app = pilot.app
    assert isinstance(app, WalletApp)
    await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
    await pilot.pause()
    assert app.vault is not None
    return app.vault


async def until_locked(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "locking")
    await pilot.pause()


def assert_locked(app: App[Any], vault: Vault) -> None:
    """Nothing of the open wallet is left: not its keys, its screens, or its words."""
    assert isinstance(app, WalletApp)
    assert vault.locked
    assert app.vault is None
    with pytest.raises(LockedError):
        _ = vault.records
    assert isinstance(app.screen, UnlockScreen)
    assert len(app.screen_stack) == 2, app.screen_stack  # Textual's empty one is beneath
    assert "machine" not in drawn(app)


async def test_the_lock_key_locks(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        await pilot.press("L")
        await until_locked(pilot)
        assert_locked(app, vault)


async def test_unlocking_again_shows_the_wallet_again(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        first = await opened(pilot)
        for _ in range(3):
            await pilot.press("L")
            await until_locked(pilot)
            await paste_text(pilot, PASSPHRASE)
            await pilot.press("enter")
            assert await opened(pilot) is not first


async def test_dialogs_and_what_is_half_typed_are_lost(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        await app.push_screen(Dialog())
        await app.push_screen(Dialog())
        await type_text(pilot, "half of something")
        await pilot.pause()
        assert "half of something" in drawn(app)
        half = app.screen.query_one("#half", Input)
        app.lock()
        await until_locked(pilot)
        assert_locked(app, vault)
        assert "half of" not in drawn(app)
        await until(pilot, lambda: not half.is_running, "the dialog's end")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await opened(pilot)
        assert len(app.screen_stack) == 2
        assert "half of" not in drawn(app)


async def test_the_palette_is_closed_by_locking_and_offers_nothing_of_the_wallet_then(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        app.lock()
        await until_locked(pilot)
        assert_locked(app, vault)
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert titles >= {"Theme", "Quit"}
        assert not [title for title in titles if "Lock" in title]


@pytest.mark.parametrize("shown", [True, False])
async def test_toasts_and_copied_texts_go_too(app: WalletApp, shown: bool) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        app.notify("a toast about a key", timeout=60)
        app._clipboard = "copied within the app"
        if shown:
            await until(pilot, lambda: "a toast about a key" in drawn(app), "the toast")
        app.lock()
        await until_locked(pilot)
        assert "assphrase" in drawn(app)
        assert "a toast" not in drawn(app)
        assert app.clipboard == ""


async def test_what_a_lock_kept_from_being_done_is_told_after_the_unlocking(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query(KeyTree), "the tree")
        await pilot.press("j", "j")
        screen: Any = app.screen
        await until(pilot, lambda: screen.selected is not None, "a key")
        retire(screen)
        app.lock()  # before its thread has begun
        await until(pilot, lambda: app.lost_to_lock, "the loss")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock")
        assert "retired" not in drawn(app)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: "It is not retired: the wallet locked" in drawn(app), "it")
        assert app.lost_to_lock == []
        assert app.vault is not None
        assert all(record.status == "active" for record in app.vault.records.all())


async def test_keys_pressed_while_it_locks_do_no_harm(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        for _ in range(10):
            app.post_message(events.Key("down", None))
        app.post_message(events.Key("L", "L"))
        for _ in range(10):
            app.post_message(events.Key("down", None))
            app.post_message(events.Key("c", "c"))
        await until_locked(pilot)
        assert_locked(app, vault)


async def test_a_screen_that_asks_a_locked_vault_is_let_go_and_the_app_lives(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        app.screen.call_later(lambda: vault.records)
        app.screen.call_later(vault.lock)
        app.screen.call_later(lambda: vault.records)
        await until_locked(pilot)
        assert_locked(app, vault)


async def test_a_wallet_locked_while_its_screen_is_still_being_made_asks_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened_and_locked(self: WalletApp, vault: Vault) -> None:
        show(self, vault)
        self.lock()

    show = WalletApp.opened
    monkeypatch.setattr(WalletApp, "opened", opened_and_locked)
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(3):
            asking = app.screen
            await paste_text(pilot, PASSPHRASE)
            await pilot.press("enter")
            await until(pilot, partial(shows_another, app, asking), "locking")
            await until_locked(pilot)
            assert app.vault is None
            assert "Passphrase" in drawn(app)


def shows_another(app: WalletApp, screen: object) -> bool:
    return app.screen is not screen


# Being idle


async def test_five_idle_minutes_lock_and_the_reason_is_told(app: WalletApp, clock: Clock) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        clock.seconds += 5 * 60 - 1
        app._look_at_the_clock()
        assert not vault.locked
        clock.seconds += 1
        await until_locked(pilot)  # by the app's own timer
        assert_locked(app, vault)
        assert "nobody touched a key for 5 minutes" in drawn(app)


@pytest.mark.parametrize(
    "touch",
    [
        events.Key("down", None),
        events.Paste("text"),
        events.MouseMove(None, 1, 1, 1, 1, 0, False, False, False),
    ],
)
async def test_who_touches_a_key_or_the_mouse_is_not_idle(
    app: WalletApp, clock: Clock, touch: events.Event
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        clock.seconds += 299
        app.post_message(touch)
        await pilot.pause()
        clock.seconds += 299
        app._look_at_the_clock()
        assert not vault.locked


async def test_a_half_typed_passphrase_does_not_wait_for_ever(path: Path, clock: Clock) -> None:
    app = WalletApp(path)
    app.idle = Idle(clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "half a passphr")
        field = app.screen.query_one(SecretInput)
        buffer = field._buffer
        assert any(buffer)
        clock.seconds += 300
        await until(pilot, lambda: not any(buffer), "forgetting")
        assert isinstance(app.screen, UnlockScreen)
        assert app.screen.query_one(SecretInput).empty


async def test_the_idle_minutes_are_a_setting_of_the_vault(app: WalletApp, clock: Clock) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        await pilot.press("comma", "enter", "ctrl+a", "ctrl+k", "1", "enter")
        await until(
            pilot,
            lambda: vault.records.settings.get(LOCK.name, "") == "1",
            "keeping the setting",
        )
        app.lock()
        await until_locked(pilot)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        vault = await opened(pilot)
        clock.seconds += 60
        await until_locked(pilot)
        assert_locked(app, vault)


@pytest.mark.parametrize("kept", ["0", "-3", "never", "", "9" * 20])
async def test_a_senseless_setting_does_not_keep_it_open(
    path: Path, clock: Clock, kept: str
) -> None:
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as vault,
        vault.change() as records,
    ):
        records.settings.set(LOCK.name, kept)
    app = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    app.idle = Idle(clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert app.idle.minutes == 5


async def test_a_passphrase_changed_elsewhere_locks_with_that_reason(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        vault.lock()  # as Vault.refresh does, when it finds that out
        await until_locked(pilot)
        assert_locked(app, vault)
        assert "changed elsewhere" in drawn(app)


async def test_ctrl_z_locks_even_where_nothing_can_be_suspended(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        await pilot.press("ctrl+z")
        await until_locked(pilot)
        assert_locked(app, vault)


# Themes


async def test_a_theme_that_was_picked_is_kept_in_the_vault(app: WalletApp, path: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        vault = await opened(pilot)
        commands = {c.title: c for c in app.get_system_commands(app.screen)}
        commands["Theme"].callback()
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the picker")
        await type_text(pilot, "textual-light")
        await offered(pilot, "textual-light")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "textual-light", "the theme")
        await until(
            pilot,
            lambda: vault.records.settings.get(THEME_SETTING, "") == "textual-light",
            "keeping it",
        )
    again = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    async with again.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert again.theme == "textual-light"


async def test_a_theme_that_no_longer_exists_is_passed_over(path: Path) -> None:
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as vault,
        vault.change() as records,
    ):
        records.settings.set(THEME_SETTING, "mauve-and-orange")
    app = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert app.theme != "mauve-and-orange"
