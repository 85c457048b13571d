"""The first start: one screen that makes the vault, by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.hands import drawn, released, type_text, until
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.create import CreateScreen
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file import kdf
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

OWN = "my dog likes to eat cheese"


@pytest.fixture
def app(tmp_path: Path) -> WalletApp:
    return WalletApp(tmp_path / "new" / "vault.nkw", cost=KdfCost.MINIMUM)


def said(app: WalletApp) -> str:
    return str(app.screen.query_one("#said", Static).content)


def field(app: WalletApp, name: str) -> SecretInput:
    return app.screen.query_one(f"#{name}", SecretInput)


def generated(app: WalletApp) -> str:
    """The passphrase on the screen."""
    return app.screen.query_one(SecretText)._secret.decode()


async def until_open(pilot: Pilot[Any]) -> None:
    """Wait for the vault, and leave the offer of a recovery code."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, RecoveryDialog), "making the vault")
    await pilot.press("escape")
    await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")


def opens(app: WalletApp, text: str) -> bool:
    with Passphrase(text) as passphrase:
        Vault.unlock(app.path, passphrase).lock()
    return True


async def test_a_passphrase_typed_twice_makes_a_vault_that_it_opens(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, OWN)
        await pilot.press("enter")
        assert field(app, "second").has_focus
        await type_text(pilot, OWN)
        await pilot.press("enter")
        await until_open(pilot)
        assert app.vault is not None
        assert not app.vault.locked
    assert opens(app, OWN)


async def test_it_tells_what_forgetting_means_and_where_the_file_will_be(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = " ".join(drawn(app).replace("│", " ").split())
        assert "Forget it, and every seed" in shown
        assert "Its file will be /" in shown


@pytest.mark.parametrize("mode", ["own", "generated"])
async def test_everything_is_in_sight_at_80_by_24(app: WalletApp, mode: str) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        if mode == "generated":
            await pilot.press("ctrl+o")
        else:
            await type_text(pilot, "short")
        await pilot.press("enter")
        await pilot.pause()
        for part in app.screen.query("Static, SecretInput, SecretText, Button"):
            if part.display and part.region.area:
                assert app.screen.region.contains_region(part.region), part.id


async def test_its_strength_is_shown_as_it_is_typed(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        for more in ("nats", "-operator-2024", "", " gravel", " unpaid tulip"):
            await type_text(pilot, more)
            seen.append(str(app.screen.query_one("#strength", Static).content))
        assert "11 more" in seen[0]
        assert "first that anybody would try" in seen[1]
        assert "▰▱▱▱ weak" in seen[3] or "▱▱▱▱" not in seen[3]
        assert "▰▰" in seen[4]
        await pilot.press("ctrl+u")
        assert str(app.screen.query_one("#strength", Static).content) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [("too short", "15 characters"), ("password1234567", "first"), ("abcabcabcabcabc", "repeats")],
)
async def test_a_weak_one_is_refused_with_its_reason_and_makes_nothing(
    app: WalletApp, text: str, why: str
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, text)
        await pilot.press("enter")
        await pilot.pause()
        assert drawn(app).count(why) == 1, "beside its strength, and nowhere again"
        assert "-bad" in app.screen.query_one("#strength", Static).classes
        assert field(app, "first").has_focus
        # Not by the way round the first field either.
        await pilot.press("tab")
        await type_text(pilot, text)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CreateScreen)
        assert not app.screen.working
    assert not app.path.exists()


async def test_two_different_ones_make_nothing_and_the_second_is_asked_again(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, OWN)
        await pilot.press("enter")
        await type_text(pilot, OWN + "!")
        await pilot.press("enter")
        await pilot.pause()
        assert "not the same" in said(app)
        assert not app.path.exists()
        assert field(app, "second").empty
        assert field(app, "second").has_focus
        await type_text(pilot, OWN)
        await pilot.press("enter")
        await until_open(pilot)


async def test_a_second_one_that_is_not_typed_yet_is_asked_for(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, OWN)
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert "Type it once more" in said(app)
        assert "not the same" not in said(app)
        assert field(app, "second").has_focus


async def test_a_generated_one_is_a_key_away_and_confirmed_by_typing_it(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await pilot.pause()
        passphrase = generated(app)
        assert len(passphrase.split(" ")) == 6
        assert passphrase in drawn(app), "it can be read and written down"
        assert "Make it: typed again" in drawn(app)
        assert "Make it: written down" in drawn(app)
        assert field(app, "second").has_focus
        await type_text(pilot, "something else")
        await pilot.press("enter")
        await pilot.pause()
        assert "not the same" in said(app)
        assert not app.path.exists()
        await type_text(pilot, passphrase)
        await pilot.press("enter")
        await until_open(pilot)
    assert opens(app, passphrase)


async def test_a_generated_one_is_not_accepted_by_enter_alone(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, CreateScreen)
        assert not app.screen.working
        assert not app.path.exists()


async def test_a_generated_one_can_be_accepted_by_saying_it_is_written_down(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await pilot.pause()
        passphrase = generated(app)
        await pilot.press("tab", "tab", "enter")
        await until_open(pilot)
    assert opens(app, passphrase)


async def test_another_or_a_longer_one_can_be_asked_for(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        for key in ("ctrl+g", "ctrl+g", "ctrl+o"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(generated(app))
        assert len(set(seen)) == 3
        assert len(seen[2].split(" ")) == 7
        assert seen[0] not in drawn(app)


async def test_escape_goes_back_to_thinking_of_one_and_forgets_the_generated_one(
    app: WalletApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await pilot.pause()
        passphrase = generated(app)
        buffers = [app.screen.query_one(SecretText)._secret]
        assert isinstance(app.screen, CreateScreen)
        assert app.screen._generated is not None
        buffers.append(app.screen._generated.raw)
        await pilot.press("escape")
        await pilot.pause()
        assert passphrase not in drawn(app)
        assert not any(any(buffer) for buffer in buffers)
        assert field(app, "first").has_focus
        await type_text(pilot, OWN)
        await pilot.press("enter")
        await type_text(pilot, OWN)
        await pilot.press("enter")
        await until_open(pilot)
    assert opens(app, OWN)


async def test_what_stands_in_the_way_of_the_file_is_said_and_can_be_put_right(
    app: WalletApp,
) -> None:
    app.path.parent.write_text("a file where the directory should be")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: said(app).endswith(".") and not working(app), "an answer")
        assert isinstance(app.screen, CreateScreen)
        app.path.parent.unlink()
        await released(pilot)
        await pilot.press("tab", "tab", "enter")
        await until_open(pilot)


async def test_a_file_that_appeared_meanwhile_is_never_written_over(app: WalletApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        app.path.parent.mkdir()
        app.path.write_bytes(b"somebody else's")
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: "already" in said(app), "an answer")
    assert app.path.read_bytes() == b"somebody else's"


def working(app: WalletApp) -> bool:
    return isinstance(app.screen, CreateScreen) and app.screen.working


async def test_escape_stops_the_making_and_leaves_nothing_there(tmp_path: Path) -> None:
    app = WalletApp(tmp_path / "new" / "vault.nkw", cost=KdfCost.MINIMUM)
    # The stretching waits for its turn, so that it cannot end before Esc is pressed.
    async with app.run_test(size=(80, 24)) as pilot:
        with kdf._one_at_a_time:
            await type_text(pilot, OWN)
            await pilot.press("enter")
            await type_text(pilot, OWN)
            await pilot.press("enter")
            await until(pilot, lambda: "Esc stops" in said(app), "making it")
            await pilot.press("escape")
            await until(pilot, lambda: "Stopped" in said(app), "stopping")
            assert app.vault is None
            assert not app.path.exists()
        assert isinstance(app.focused, SecretInput)


async def test_a_vault_that_is_made_as_the_wallet_locks_stays_closed(tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    app = WalletApp(path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen), "the first screen")
        screen = app.screen
        assert isinstance(screen, CreateScreen)
        with Passphrase("a passphrase for these tests") as passphrase:
            vault = Vault.create(path, passphrase, KdfCost.MINIMUM)
            app.lock()  # the screen is no longer shown, and not yet gone
            screen._open(vault, passphrase)
        assert vault.locked
        assert app.vault is None


async def test_on_a_low_terminal_both_fields_stand_under_their_labels(app: WalletApp) -> None:
    async with app.run_test(size=(60, 16)) as pilot:
        await until(pilot, lambda: "hidden as you type" in drawn(app), "the form")
        screen = drawn(app)
        for words in ("Forget it", "New passphrase", "The same again", "Make the wallet", "Ctrl+Q"):
            assert words in screen
        await type_text(pilot, "short")
        await until(pilot, lambda: "more. Several words" in drawn(app), "its strength")
        assert "New passphrase" in drawn(app)
        assert "The same again" in drawn(app)
