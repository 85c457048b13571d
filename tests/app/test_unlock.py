"""Unlocking, by keys: the right passphrase, wrong ones, one attempt at a time, bad files."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.hands import drawn, type_text, until, whole
from tests.vault.support import empty_vault, made_once
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import WORKING, WRONG, UnlockScreen
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file import kdf
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

PASSPHRASE = "öffne dich, sesame street"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault with one key in it."""
    return made_once(tmp_path / "keys" / "vault.nkw", make_one_key)


def make_one_key(place: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase:
        vault = Vault.create(place, passphrase, KdfCost.MINIMUM)
    with vault, vault.change() as records, Seed.generate(Kind.SERVER) as seed:
        records.add(seed, name="only-key")


class Gate:
    """Holds every vault that is unlocked until the gate is opened, and counts the attempts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.vaults: list[Vault] = []
        self.attempts = 0
        real = Vault.unlock

        def held(path: Path, passphrase: Passphrase, **options: Any) -> Vault:
            self.attempts += 1
            vault = real(path, passphrase, **options)
            self.vaults.append(vault)
            assert self.open.wait(60)
            return vault

        monkeypatch.setattr(Vault, "unlock", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


def said(app: App[Any]) -> str:
    """The unlock screen's one line of news."""
    return str(app.screen.query_one("#said", Static).content)


async def unlock(pilot: Pilot[Any], text: str = PASSPHRASE) -> None:
    """Type a passphrase and wait for what comes of it."""
    await type_text(pilot, text)
    await pilot.press("enter")
    await until(
        pilot,
        lambda: not isinstance(pilot.app.screen, UnlockScreen) or not pilot.app.screen.working,
        "the attempt's end",
    )
    await pilot.pause()


async def test_the_right_passphrase_opens_the_wallet(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert str(path.name) in drawn(app) or "…" in drawn(app)
        await unlock(pilot)
        assert isinstance(app.screen, MainScreen)
        assert app.vault is not None
        assert app.vault.records.find("only-key").kind is Kind.SERVER
        vault = app.vault
    assert vault.locked, "leaving the app locks the vault"


async def test_a_wrong_passphrase_says_only_that(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await unlock(pilot, "open sesame, please do")
        assert said(app) == WRONG
        assert WRONG in drawn(app)
        assert app.screen.query_one(SecretInput).empty
        assert app.vault is None
        await unlock(pilot)
        assert isinstance(app.screen, MainScreen)


async def test_what_cannot_be_a_passphrase_is_just_wrong_too(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test() as pilot:
        app.post_message(events.Paste("a line separator: \u2028"))
        await unlock(pilot, "")
        assert said(app) == WRONG


async def test_enter_without_a_passphrase_tries_nothing(path: Path, gate: Gate) -> None:
    app = WalletApp(path)
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert gate.attempts == 0
        assert "Type the passphrase" in said(app)


async def test_it_shows_that_it_works_and_takes_no_second_attempt_meanwhile(
    path: Path, gate: Gate
) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, PASSPHRASE)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: gate.attempts, "the attempt")
        await type_text(pilot, "another one")
        await pilot.press("enter", "tab", "enter")
        await pilot.pause()
        assert WORKING in drawn(app)
        assert gate.attempts == 1
        # The keys pressed meanwhile went nowhere, and the app still answers.
        assert app.screen.query_one(SecretInput).empty
        await pilot.resize_terminal(100, 30)
        gate.open.set()
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        await until(pilot, lambda: whole(app.screen), "all of the screen")
        assert gate.attempts == 1


async def test_a_passphrase_given_at_the_start_is_tried_once_and_wiped(path: Path) -> None:
    given = Passphrase(PASSPHRASE)
    raw = given.raw
    app = WalletApp(path, passphrase=given)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert not any(raw)
        app.lock()
        await pilot.pause()
        assert isinstance(app.screen, UnlockScreen)
        assert not app.screen.working


async def test_a_wrong_passphrase_given_at_the_start_asks_for_another(path: Path) -> None:
    given = Passphrase("not the one at all")
    raw = given.raw
    app = WalletApp(path, passphrase=given)
    async with app.run_test() as pilot:
        await until(pilot, lambda: said(app) == WRONG, "the answer")
        assert not any(raw)
        await unlock(pilot)
        assert isinstance(app.screen, MainScreen)


async def test_locking_while_it_works_leaves_no_open_vault(path: Path, gate: Gate) -> None:
    app = WalletApp(path)
    async with app.run_test() as pilot:
        await type_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        # A derivation that still ran would stop with the screen, and open no vault at all.
        await until(pilot, lambda: gate.vaults, "the vault")
        # Suspending drops the screen that waits; so does being idle.
        before = app.screen
        app.lock()
        await until(pilot, lambda: app.screen is not before and app.screen.is_mounted, "the lock")
        waiting = app.screen
        gate.open.set()
        await until(pilot, lambda: gate.vaults[0].locked, "locking")
        assert app.screen is waiting
        assert app.vault is None


async def test_an_attempt_that_ends_as_the_wallet_locks_opens_nothing(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        screen = app.screen
        assert isinstance(screen, UnlockScreen)
        with Passphrase(PASSPHRASE) as passphrase:
            vault = Vault.unlock(path, passphrase)
            app.lock()  # the screen is no longer shown, and not yet gone
            screen._opened(vault, threading.Event(), passphrase)
        assert vault.locked
        assert app.vault is None


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda path: path.write_bytes(b"a shopping list\n" * 200), "not a"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "end"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), ""),
        (lambda path: flip(path, 200), "damaged"),
        (lambda path: flip(path, 5000), "changed after"),
        (lambda path: path.unlink(), "start the wallet again"),
    ],
)
async def test_a_file_that_does_not_open_is_explained_in_a_sentence(
    path: Path, harm: Any, expected: str
) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        harm(path)
        await unlock(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert said(app).endswith(".")
        assert said(app) != WRONG
        assert expected.lower() in said(app).lower()
        assert not app.screen.working


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.fixture
def older(path: Path) -> Path:
    """The same vault, put back to what it was before its last save."""
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        for name in ("later", "latest"):
            with vault.change() as records, Seed.generate(Kind.SERVER) as seed:
                records.add(seed, name=name)
    shutil.copy(copy, path)
    return path


async def test_an_older_file_is_opened_only_after_a_choice(older: Path) -> None:
    app = WalletApp(older)
    async with app.run_test(size=(80, 24)) as pilot:
        await unlock(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert app.vault is None
        assert "older" in said(app)
        assert app.focused is not None
        assert app.focused.id == "decline", "the careful answer comes first"
        await pilot.click("#accept")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")


@pytest.mark.parametrize("way", ["enter", "escape"])
async def test_an_older_file_can_be_left_closed(older: Path, way: str) -> None:
    app = WalletApp(older)
    async with app.run_test(size=(80, 24)) as pilot:
        await unlock(pilot)
        screen = app.screen
        assert isinstance(screen, UnlockScreen)
        kept = screen._given
        assert kept is not None
        await pilot.press(way)
        await pilot.pause()
        assert "Left closed" in said(app)
        assert kept.raw == b"", "the passphrase is not kept for later"
        assert isinstance(app.focused, SecretInput)


async def test_a_path_with_markup_in_it_is_shown_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "[b]x[/b][" / "v.nkw"
    empty_vault(place, PASSPHRASE)
    app = WalletApp(place)
    async with app.run_test(size=(200, 24)) as pilot:
        await pilot.pause()
        assert str(app.screen.query_one("#path", Static).content) == str(place)
        assert "[b]x[/b][" in str(app.screen.query_one("#path", Static).render())


async def test_escape_stops_an_attempt_and_leaves_nothing_of_the_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = empty_vault(tmp_path / "vault.nkw", PASSPHRASE)
    tried: list[Passphrase] = []
    really = Vault.unlock

    def watched(path: Path, passphrase: Passphrase, **how: bool) -> Vault:
        tried.append(passphrase)
        return really(path, passphrase, **how)

    monkeypatch.setattr(Vault, "unlock", watched)
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        with kdf._one_at_a_time:  # the stretching waits for its turn: it cannot end before Esc
            await type_text(pilot, PASSPHRASE)
            await pilot.press("enter")
            await until(pilot, lambda: tried, "trying")
            assert "Esc stops" in said(app)
            await pilot.press("escape")
            assert "Stopped" in said(app)
            await until(pilot, lambda: tried[0].raw == b"", "wiping")
        assert isinstance(app.focused, SecretInput)
        assert app.vault is None
        await type_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the second attempt")


async def test_a_lock_while_the_screen_of_the_keys_is_not_whole_yet_locks(path: Path) -> None:
    app = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        await until(pilot, lambda: whole(app.screen), "all of the screen")
        vault = app.vault
        assert vault is not None
        await app.screen.query_one("#filter").remove()
        app.lock()
        assert vault.locked
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the question")


@pytest.mark.parametrize("makes", [True, False])
async def test_the_path_of_the_vault_is_shown_whole_on_more_lines(
    tmp_path: Path, makes: bool
) -> None:
    place = tmp_path / ("a-directory-of-my-own-" * 3) / "vault-of-the-house.nkw"
    if not makes:
        empty_vault(place, PASSPHRASE)
    app = WalletApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#path"), "the screen")
        await pilot.pause()
        shown = "".join(line.strip(" │▏▕╮╯") for line in drawn(app).splitlines())
        assert str(place) in shown, drawn(app)
