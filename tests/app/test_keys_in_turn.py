"""Keys typed faster than the app follows: each has its effect before the next one's turn."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Input

from tests.app.hands import drawn, until, whole
from tests.app.test_main import PASSPHRASE, Hands, add, changed, opened, records_of, sees
from tests.terminal import terminal
from tests.vault.support import empty_vault, made_once
from wallet.app.app import WalletApp
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.terminal import keys_in_turn
from wallet.errors import NoSuchKeyError
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

OWN = "seven brown otters paint"
NAMED_KEYS = {"\t": "tab", "\r": "enter", "\x1b": "escape"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault with two users in an account."""
    return made_once(tmp_path / "vault.nkw", make_two_users)


def make_two_users(path: Path) -> None:
    empty_vault(path, PASSPHRASE)
    with changed(path) as records:
        orders = add(records, Kind.ACCOUNT, "orders")
        add(records, Kind.USER, "billing", orders)
        add(records, Kind.USER, "reports", orders)


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


async def test_what_is_typed_ahead_arrives_however_late_each_message_is_handled(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(1)
    dispatch, compose = MessagePump._dispatch_message, Widget._compose
    slow = False

    async def dispatch_late(self: MessagePump, message: Message) -> None:
        if slow:
            await asyncio.sleep(chance.choice((0, 0, 0.01)))
        await dispatch(self, message)

    async def compose_late(self: Widget) -> None:
        if slow:
            await asyncio.sleep(0.01)
            time.sleep(chance.choice((0, 0, 0, 0, 0.05)))
        await compose(self)
        if slow:
            await asyncio.sleep(0.01)

    monkeypatch.setattr(MessagePump, "_dispatch_message", dispatch_late)
    monkeypatch.setattr(Widget, "_compose", compose_late)
    async with opened(path) as pilot:
        app: Any = pilot.app
        for key, field in {"n": "name", "a": "tags", "R": "name", ":": "path"}.items():
            at_once(pilot, ":orders/billing\r")
            await until(pilot, lambda: not app.screen.is_modal and not app._typed_ahead, "the key")
            slow = True
            at_once(pilot, f"{key}xd9")
            await until(pilot, lambda: app.screen.is_modal, "the dialog")
            await until(pilot, partial(typed_into, app, field), "what was typed")
            slow = False
            app.screen.dismiss(None)
            await until(pilot, lambda: not app.screen.is_modal, "the dialog's end")


def typed_into(app: Any, field: str) -> bool:
    return text_in(app, field).endswith("xd9")


def slow_threads(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let what is done in the background begin so much later, as it does on a busy machine."""
    in_background = Host.in_background

    def later(self: Host, job: Callable[[], object], lost: str = "") -> None:
        def wait_and_work() -> None:
            time.sleep(seconds)
            job()

        in_background(self, wait_and_work, lost)

    monkeypatch.setattr(Host, "in_background", later)


@pytest.mark.parametrize("key", ["T", "P"])
async def test_what_is_typed_after_a_key_whose_dialog_comes_late_arrives_in_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    with changed(path) as records:
        add(records, Kind.OPERATOR, "acme")
        Issuing(records).move(records.find("orders").id, records.find("acme").id)
    slow_threads(monkeypatch, 0.3)
    async with opened(path) as pilot:
        app: Any = pilot.app
        at_once(pilot, f":orders/billing\r{key}xd9")  # x revokes and d deletes, were it too early
        await until(pilot, lambda: "xd9" in drawn(app), "what was typed")
        assert isinstance(app.screen, Dialog)
        assert len(app.screen_stack) == 3  # nothing but this dialog was opened


@pytest.mark.parametrize(("key", "field"), [("a", "notes"), ("R", "name")])
async def test_what_is_typed_the_moment_the_wallet_is_open_goes_on_with_what_was_half_typed(
    path: Path, monkeypatch: pytest.MonkeyPatch, key: str, field: str
) -> None:
    async with opened(path) as pilot:
        app: Any = pilot.app
        at_once(pilot, f":orders/billing\r{key}" + "\t" * (key == "a") + "half")
        await until(pilot, lambda: app.screen.query(f"#{field}"), "the form")
        await until(pilot, lambda: "half" in text_in(app, field), "what was typed")
        app.lock()
        await sees(pilot, "is locked")
        show = WalletApp.opened

        def open_and_type(self: WalletApp, vault: Vault) -> None:
            show(self, vault)
            at_once(pilot, " of it, and qd")  # each letter is a key of the main screen

        monkeypatch.setattr(WalletApp, "opened", open_and_type)
        at_once(pilot, f"{PASSPHRASE}\r")
        await until(pilot, lambda: app.screen.query(f"#{field}"), "the form")
        await until(pilot, lambda: "half of it, and qd" in text_in(app, field), "all of it")
        assert len(app.screen_stack) == 3


def text_in(app: Any, field: str) -> str:
    fields = app.screen.query(f"#{field}")
    return "".join(getattr(one, "text", "") or getattr(one, "value", "") for one in fields)


async def test_what_was_typed_for_a_dialog_that_does_not_come_in_time_is_no_command(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_in_turn, "LONGEST_WAIT", 0.2)
    async with opened(path) as pilot:
        app: Any = pilot.app
        let_go = app.hold_keys()
        at_once(pilot, "nd")
        await until(pilot, lambda: not app._typed_ahead and app._turn_limit is None, "the end")
        assert isinstance(app.screen, MainScreen)
        let_go()
        at_once(pilot, "?")
        await sees(pilot, "All keys")


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
