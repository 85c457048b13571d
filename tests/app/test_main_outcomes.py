"""Testing a key from the main screen: every outcome told apart, again and again, over TLS too."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Collapsible, Static, Tabs

from tests.app.hands import drawn, paste_text, tap, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    add,
    changed,
    closed,
    dialog,
    enter_server,
    filled_vault,
    find,
    goto,
    opened,
    records_of,
    sees,
)
from tests.app.test_main_dialogs import pressed, problem_of, typed
from tests.server.conftest import Authority
from tests.server.hostile import NASTY
from tests.server.listeners import serving
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault import key_record
from wallet.vault.records import Records
from wallet.vault.vault import Vault

LOW, HIGH = (80, 24), (110, 50)


@filled_vault
def vault(records: Records) -> None:
    """A vault with an operator, an account, and the users billing and reports in it."""
    acme = add(records, Kind.OPERATOR, "acme")
    orders = add(records, Kind.ACCOUNT, "orders", acme)
    add(records, Kind.USER, "billing", orders)
    add(records, Kind.USER, "reports", orders)


def lets_in(path: Path, name: str) -> str:
    """A server's configuration that knows one key of the vault."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        return server_authorization([NamedKey(vault.records.find(name).public, name)])


@pytest.fixture
def knows_billing(vault: Path, tmp_path: Path) -> Iterator[LocalServer]:
    (tmp_path / "knows").mkdir()
    server = LocalServer(tmp_path / "knows", lets_in(vault, "billing"))
    yield server
    server.stop()


@pytest.fixture
def checks_nothing(tmp_path: Path) -> Iterator[LocalServer]:
    (tmp_path / "nothing").mkdir()
    server = LocalServer(tmp_path / "nothing", "")
    yield server
    server.stop()


def nobody() -> str:
    """The address of a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"nats://127.0.0.1:{unused.getsockname()[1]}"


@asynccontextmanager
async def key_test(path: Path, name: str, size: tuple[int, int] = HIGH) -> AsyncIterator[Hands]:
    """The dialog that tests a key, open."""
    async with opened(path, size) as pilot:
        await find(pilot, name)
        await dialog(pilot, "t", f"Test acme/orders/{name}")
        yield pilot


async def replace(pilot: Hands, field: str, text: str) -> None:
    """Type another text into a field, by keys."""
    await goto(pilot, field)
    for key in ("end", "ctrl+u"):
        tap(pilot, key)
    await paste_text(pilot, text)
    await until(pilot, lambda: typed(pilot, field) == text, f"the text in {field}")


async def to_tab(pilot: Hands, steps: int) -> None:
    """Go from the tree to the tabs beside it, and some tabs to the right."""
    await pressed(pilot, "tab")
    assert isinstance(pilot.app.focused, Tabs)
    await pressed(pilot, *["right"] * steps)


def results_of(pilot: Hands, name: str) -> list[key_record.TestResult]:
    records = records_of(pilot)
    return records.results.of_key(records.find(name).public)


# --- the outcomes -----------------------------------------------------------------------


async def test_every_outcome_has_its_own_sign_and_word_and_stays_with_the_key(
    vault: Path, knows_billing: LocalServer, checks_nothing: LocalServer
) -> None:
    outcomes = (
        (knows_billing.url, "✓ ACCEPTED"),
        (nobody(), "✗ NO ANSWER ABOUT THE KEY"),
        (checks_nothing.url, "! NOT CHECKED"),
    )
    async with key_test(vault, "billing") as pilot:
        for number, (url, shown) in enumerate(outcomes, 1):
            await replace(pilot, "server", url)
            await pilot.press("enter")
            screen = await sees(pilot, shown)
            assert [other for _, other in outcomes if other in screen] == [shown]
            await until(pilot, partial(_has_results, pilot, number), "the memory")
        await pilot.press("escape")
        await closed(pilot)
        screen = await sees(pilot, "! unchecked")  # no success, and no refusal either
        await to_tab(pilot, 3)
        screen = await sees(pilot, "! unchecked", "✗ failed", "✓ accepted")
        assert screen.index("! unchecked") < screen.index("✗ failed") < screen.index("✓ accepted")


def _has_results(pilot: Hands, number: int) -> bool:
    return len(results_of(pilot, "billing")) == number


async def test_f5_asks_again_and_the_answer_is_the_new_one(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "billing") as pilot:
        await enter_server(pilot, knows_billing.url)
        await sees(pilot, "✓ ACCEPTED")
        knows_billing.stop()
        await pilot.press("f5")
        screen = await sees(pilot, "✗ NO ANSWER ABOUT THE KEY", "nothing-listens (certain)")
        assert "ACCEPTED" not in screen
        assert "✓ authenticate" not in screen


async def test_a_refusal_can_be_read_to_its_end_on_a_low_screen(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "reports", LOW) as pilot:
        await enter_server(pilot, knows_billing.url)
        screen = await sees(pilot, "✗ REFUSED", "key-unknown")
        for _ in range(6):
            screen += await pressed(pilot, "pagedown")
        report = pilot.app.screen.query_one("#causes", Static).render()
        last = str(report).strip().splitlines()[-1].split()
        assert all(word in screen for word in last)
        assert "✓ connect" in screen


async def test_what_a_hostile_server_says_is_shown_as_text(vault: Path) -> None:
    for nasty in (NASTY[0], NASTY[3], NASTY[4], NASTY[8]):

        async def greet(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: str = nasty
        ) -> None:
            info = {"server_id": said, "server_name": said, "version": said, "nonce": "x" * 11}
            writer.write(b"INFO " + json.dumps(info | {"auth_required": True}).encode() + b"\r\n")
            await reader.read(4096)
            writer.write(b"-ERR '" + said.encode("utf-8", "replace") + b"'\r\n")

        async with serving(greet) as port, key_test(vault, "billing") as pilot:
            await enter_server(pilot, f"nats://127.0.0.1:{port}")
            await until(pilot, lambda: pilot.app.screen.query("#verdict.-shown"), "the verdict")
            screen = drawn(pilot.app)
            assert not {"\x1b", "\x07", "\u202e", "\u2066"} & set(screen)
            if "[" in nasty and "\x1b" not in nasty:
                assert nasty in screen  # brackets and all: as text


# --- while it runs ----------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections, and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"nats://127.0.0.1:{listening.getsockname()[1]}"


async def test_a_second_press_begins_no_second_test_and_a_cancelled_one_leaves_no_trace(
    vault: Path, silent: str, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "billing") as pilot:
        await enter_server(pilot, silent)
        await sees(pilot, "… info")
        await pressed(pilot, "f5", "enter", "f5")
        checks = [worker for worker in pilot.app.workers if worker.group == "attempt"]
        assert len(checks) == 1
        await pilot.press("escape")
        await sees(pilot, "Cancelled")
        assert results_of(pilot, "billing") == []
        await replace(pilot, "server", knows_billing.url)
        await pilot.press("f5")
        screen = await sees(pilot, "✓ ACCEPTED")
        assert "Cancelled" not in screen


async def test_a_time_limit_that_is_reached_is_no_refusal(vault: Path, silent: str) -> None:
    async with key_test(vault, "billing") as pilot:
        await goto_tls(pilot)
        await replace(pilot, "timeout", "0.3")
        await replace(pilot, "server", silent)
        await pilot.press("enter")
        screen = await sees(pilot, "✗ NO ANSWER ABOUT THE KEY", "no answer in time")
        assert "REFUSED" not in screen


async def test_a_lock_while_a_key_is_tested_ends_the_test(vault: Path, silent: str) -> None:
    async with key_test(vault, "billing") as pilot:
        await enter_server(pilot, silent)
        await sees(pilot, "… info")
        pilot.app.lock()  # type: ignore[attr-defined]  # as after some idle minutes
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        await until(
            pilot, lambda: not [w for w in pilot.app.workers if w.group == "attempt"], "its end"
        )
        assert "billing" not in drawn(pilot.app)


# --- TLS --------------------------------------------------------------------------------


async def goto_tls(pilot: Hands) -> None:
    """Open the part with the files and the time limit, by keys."""
    await goto(pilot, "server")
    await pressed(pilot, "tab", "enter")
    await until(pilot, lambda: not pilot.app.screen.query_one(Collapsible).collapsed, "the part")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "ca").mkdir()
    return Authority(tmp_path / "ca")


@pytest.fixture
def over_tls(vault: Path, tmp_path: Path, authority: Authority) -> Iterator[str]:
    """The tls:// address of a server that knows billing and wants a client certificate."""
    (tmp_path / "tls").mkdir()
    block = authority.issue().block("verify: true", f'ca_file: "{authority.file}"')
    server = LocalServer(tmp_path / "tls", lets_in(vault, "billing") + block)
    yield f"tls://localhost:{server.url.rsplit(':', 1)[1]}"
    server.stop()


@pytest.mark.parametrize("size", [LOW, HIGH])
async def test_the_files_for_tls_are_asked_for_one_after_the_other(
    vault: Path, over_tls: str, authority: Authority, size: tuple[int, int]
) -> None:
    ours = authority.issue("billing")
    async with key_test(vault, "billing", size) as pilot:
        await enter_server(pilot, over_tls)
        await sees(pilot, "tls-untrusted", "the CA field")
        await goto_tls(pilot)
        await replace(pilot, "ca", str(authority.file))
        await pilot.press("enter")
        await sees(pilot, "tls-client-cert")
        await replace(pilot, "cert", str(ours.cert))
        await pilot.press("enter")
        await until(pilot, lambda: "needs its key" in problem_of(pilot.app), "the error")
        assert typed(pilot, "cert") == str(ours.cert)
        await replace(pilot, "key", str(ours.key))
        await pilot.press("enter")
        await sees(pilot, "✓ ACCEPTED")
        assert problem_of(pilot.app) == ""


# --- beside the tree --------------------------------------------------------------------


async def test_the_tab_stays_and_follows_the_cursor_and_keys_work_there_too(vault: Path) -> None:
    with changed(vault) as records:
        records.set_notes(records.find("billing").id, "pays the bills")
        records.set_notes(records.find("reports").id, "writes\nreports")
        records.set_tags(records.find("reports").id, ["prod", "[b]eu"])
    async with opened(vault, LOW) as pilot:
        await find(pilot, "billing")
        await to_tab(pilot, 4)
        await sees(pilot, "pays the bills", "no tags")
        await pressed(pilot, "shift+tab")
        assert isinstance(pilot.app.focused, KeyTree)
        await pilot.press("j")
        screen = await sees(pilot, "#prod #[b]eu", "writes", "reports")
        assert "pays the bills" not in screen
        await to_tab(pilot, 0)
        await dialog(pilot, "a", "Tags and notes of reports")


async def test_a_click_selects_a_key_and_shows_it(vault: Path) -> None:
    async with opened(vault, LOW) as pilot:
        await sees(pilot, "reports")
        lines = drawn(pilot.app).splitlines()
        line = next(number for number, text in enumerate(lines) if "reports" in text)
        await pilot.click(offset=(lines[line].index("reports"), line))
        await sees(pilot, "orders ▸ reports", "User key")
        await pilot.click(offset=(lines[line].index("reports"), line), times=2)
        await sees(pilot, "Copy public key", "Beneath it")


# --- experiments ------------------------------------------------------------------------


async def test_an_experiment_tells_that_only_this_key_is_the_reason(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "billing") as pilot:
        await enter_server(pilot, knows_billing.url)
        await sees(pilot, "✓ ACCEPTED")
        assert "F7 Ask" not in drawn(pilot.app)
        await until(pilot, lambda: results_of(pilot, "billing"), "the memory")
        await pilot.press("escape")
        await closed(pilot)
        await find(pilot, "reports")
        await dialog(pilot, "t", "Test acme/orders/reports")
        await enter_server(pilot, knows_billing.url)
        await sees(pilot, "F7 Ask with acme/orders/billing", "jwt-missing")
        await pilot.press("f7")
        screen = await sees(pilot, "The reason is", "✗ REFUSED")
        assert "jwt-missing" not in screen
        await until(pilot, lambda: "F7 Ask" not in drawn(pilot.app), "the end of the offers")


async def test_an_experiment_that_excludes_nothing_leaves_the_others(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "reports", (110, 60)) as pilot:
        await enter_server(pilot, knows_billing.url)
        await sees(pilot, "F7 Ask without a key", "F8 Ask with a fresh key")
        await pilot.press("f8")
        await sees(pilot, "a key made this moment", "F7 Ask without a key")
        await until(pilot, lambda: "Ask with a fresh key" not in drawn(pilot.app), "its end")
        await pilot.press("f7")
        await sees(pilot, "lets nobody in", "jwt-missing")
        await until(pilot, lambda: "F7 Ask" not in drawn(pilot.app), "the end of the offers")
        await pilot.press("f5")
        await sees(pilot, "F8 Ask with a fresh key")


async def test_a_refusal_on_a_low_screen_offers_its_experiments_to_the_keys(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "reports", LOW) as pilot:
        await enter_server(pilot, knows_billing.url)
        await sees(pilot, "✗ REFUSED")
        await pilot.press("f7")
        await sees(pilot, "lets nobody in")
