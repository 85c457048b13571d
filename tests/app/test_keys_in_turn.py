"""Keys typed faster than the app follows: each has its effect before the next one's turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.app.hands import until, whole
from tests.app.test_main import PASSPHRASE, Hands, add, changed, opened, records_of, sees
from tests.terminal import terminal
from tests.vault.support import empty_vault
from wallet.app.app import WalletApp
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.terminal import keys_in_turn
from wallet.errors import NoSuchKeyError
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

OWN = "seven brown otters paint"
NAMED_KEYS = {"\t": "tab", "\r": "enter", "\x1b": "escape"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault with two users in an account."""
    path = empty_vault(tmp_path / "vault.nkw", PASSPHRASE)
    with changed(path) as records:
        orders = add(records, Kind.ACCOUNT, "orders")
        add(records, Kind.USER, "billing", orders)
        add(records, Kind.USER, "reports", orders)
    return path


def at_once(pilot: Hands, text: str) -> None:
    """Hand over all keys of a text, before the first of them is looked at."""
    for character in text:
        named = NAMED_KEYS.get(character)
        key = events.Key(named or _character_to_key(character), None if named else character)
        pilot.app.post_message(key)


def has(pilot: Hands, name: str) -> bool:
    try:
        return records_of(pilot).find(name).name == name
    except NoSuchKeyError:
        return False


async def test_the_first_start_takes_both_passphrases_typed_at_once(tmp_path: Path) -> None:
    app = WalletApp(tmp_path / "vault.nkw", cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        at_once(pilot, f"{OWN}\t{OWN}\r")
        await until(pilot, lambda: isinstance(app.screen, RecoveryDialog), "making the vault")
        await until(pilot, lambda: all(map(whole, app.screen_stack)), "all of both screens")
    with Passphrase(OWN) as passphrase:
        Vault.unlock(app.path, passphrase).lock()


@pytest.mark.slow
def test_the_first_start_takes_them_at_once_from_a_real_terminal(tmp_path: Path) -> None:
    with terminal("--vault", str(tmp_path / "vault.nkw")) as shown:
        shown.wait_for("The same again")
        shown.type(f"{OWN}\t{OWN}\r")
        shown.wait_for("no keys here yet")


async def test_letters_typed_after_n_are_the_name_of_the_new_key(path: Path) -> None:
    async with opened(path) as pilot:
        at_once(pilot, "nquiet-dog-laptop\r")
        await until(pilot, lambda: has(pilot, "quiet-dog-laptop"), "the new key")
        assert records_of(pilot).find("quiet-dog-laptop").kind is Kind.USER


async def test_keys_typed_after_leaving_are_for_nobody(path: Path) -> None:
    async with opened(path) as pilot:
        at_once(pilot, "qtnd\r")
        await until(pilot, lambda: not pilot.app.is_running, "the end")
    assert pilot.app.return_code == 0


async def test_a_filter_and_a_key_after_it_typed_at_once_act_on_the_key_that_is_found(
    path: Path,
) -> None:
    async with opened(path) as pilot:
        at_once(pilot, "/report\rt")
        await sees(pilot, "Test orders/reports")


async def test_a_widget_that_is_stuck_with_a_key_does_not_take_the_keyboard(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_in_turn, "LONGEST_WAIT", 0.1)
    never = asyncio.Event()

    async def stuck(self: Input, event: events.Key) -> None:
        await never.wait()

    async with opened(path) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the filter")
        monkeypatch.setattr(Input, "_on_key", stuck)
        at_once(pilot, "ab")
        pilot.app.post_message(events.Key("ctrl+q", None))
        await until(pilot, lambda: not pilot.app.is_running, "the end")
        never.set()
