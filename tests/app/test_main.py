"""The main screen, driven by keys: browse, filter, make, change, copy, test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.app.hands import drawn, focus_is, paste_text, tap, type_text, until
from tests.vault.support import empty_vault, made_once
from wallet.app.actions import ACTIONS
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.records import Records
from wallet.vault.vault import Vault

PASSPHRASE = "my dog likes to eat cheese"
Hands = Pilot[None]


def add(records: Records, kind: Kind, name: str, under: int | None = None) -> int:
    with Seed.generate(kind) as seed:
        return records.add(seed, name=name, under=under).id


@contextmanager
def changed(path: Path) -> Iterator[Records]:
    """A change of the vault by another process, as far as the app can tell."""
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as other,
        other.change() as records,
    ):
        yield records


def filled_vault(fill: Callable[[Records], object]) -> Callable[[Path], Path]:
    """A fixture that gives a vault with what `fill` puts into it, the same for all of a process."""

    def make(path: Path) -> None:
        empty_vault(path, PASSPHRASE)
        with changed(path) as records:
            fill(records)

    def vault(tmp_path: Path) -> Path:
        return made_once(tmp_path / "keys" / "vault.nkw", make)

    vault.__doc__ = fill.__doc__
    return pytest.fixture(vault)


def make_empty(path: Path) -> None:
    empty_vault(path, PASSPHRASE)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A vault without a key."""
    return made_once(tmp_path / "keys" / "vault.nkw", make_empty)


@filled_vault
def path(records: Records) -> None:
    """A vault with acme/{metrics,orders}, two users in orders, and a server key."""
    acme = add(records, Kind.OPERATOR, "acme")
    add(records, Kind.ACCOUNT, "metrics", acme)
    orders = add(records, Kind.ACCOUNT, "orders", acme)
    add(records, Kind.USER, "billing", orders)
    add(records, Kind.USER, "reports", orders)
    add(records, Kind.SERVER, "n1")


@asynccontextmanager
async def opened(path: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Hands]:
    """The app on the main screen of an unlocked vault."""
    app = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen) and app.screen.is_mounted)
        await until(pilot, lambda: app.screen.query(KeyTree), "the tree")
        yield pilot


async def sees(pilot: Hands, *texts: str) -> str:
    """Wait until all texts are on the screen."""
    screen = drawn(pilot.app)
    for text in texts:
        if text not in screen:
            await until(pilot, partial(_shows, pilot, text), f"“{text}”")
            screen = drawn(pilot.app)
    return screen


def _shows(pilot: Hands, text: str) -> bool:
    return text in drawn(pilot.app)


async def find(pilot: Hands, name: str) -> None:
    """Put the cursor on a key by its name, as a jump does.

    By the filter it takes five keys, and each of their frames costs as much as what it shows.
    """
    await pilot.pause()
    tree = pilot.app.screen.query_one(KeyTree)
    assert tree.select(records_of(pilot).find(name).id), name
    tree.focus()
    await until(pilot, lambda: selected(pilot) == name, name)
    await pilot.pause()


async def goto(pilot: Hands, field: str) -> None:
    """Go to a field with Tab, or with Shift+Tab where that is the shorter way.

    All the presses take their turn: a frame for each would cost as much as a dialog.
    """
    await pilot.pause()
    chain = pilot.app.screen.focus_chain
    assert pilot.app.focused is not None
    here, there = chain.index(pilot.app.focused), [widget.id for widget in chain].index(field)
    forwards, back = (there - here) % len(chain), (here - there) % len(chain)
    for _ in range(min(forwards, back)):
        tap(pilot, "tab" if forwards <= back else "shift+tab")
    await until(pilot, lambda: focus_is(pilot.app, field), f"the focus on {field}")
    await pilot.pause()


def selected(pilot: Hands) -> str:
    record = pilot.app.screen.query_one(KeyTree).selected
    return "" if record is None else record.name


async def dialog(pilot: Hands, key: str, *texts: str) -> None:
    """Press a key that opens a dialog, and wait until it takes input."""
    await pilot.press(key)
    await sees(pilot, *texts)
    await until(pilot, lambda: pilot.app.focused is not None, "the dialog's focus")


async def closed(pilot: Hands) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the dialog's end")


async def look_no_more(pilot: Hands) -> None:
    """Let the screen see by itself no longer what other windows change."""
    for timer in list(pilot.app.screen._timers):
        timer.stop()
    await pilot.pause()  # a look may be about to begin


def records_of(pilot: Hands) -> Records:
    app: Any = pilot.app
    records: Records = app.vault.records
    return records


# --- looking ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_keys_are_in_a_tree_and_the_selected_one_beside_it(
    path: Path, size: tuple[int, int]
) -> None:
    async with opened(path, size) as pilot:
        screen = await sees(pilot, "acme", "operator", "billing", "Standalone", "n1", "locks in")
        assert "Operator key" in screen
        await pilot.press("down", "down", "down")
        screen = await sees(pilot, "acme ▸ orders ▸ billing", "User key")
        public = records_of(pilot).find("billing").public
        assert public[:30] in screen


async def test_an_empty_wallet_says_what_to_press(empty: Path) -> None:
    async with opened(empty) as pilot:
        await sees(pilot, "There are no keys here yet", "Press n")
        for key in "ctvdymRau":
            await pilot.press(key)
            assert isinstance(pilot.app.screen, MainScreen)
        await sees(pilot, "Select a key first")


async def test_the_filter_shows_what_fits_as_it_is_typed_and_esc_clears_it(path: Path) -> None:
    async with opened(path) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the filter")
        await type_text(pilot, "billing")
        screen = await sees(pilot, "1 found", "billing", "User key")
        assert "reports" not in screen
        await pilot.press("escape")
        await sees(pilot, "reports", "n1")
        assert selected(pilot) == "billing"


async def test_what_is_typed_right_after_the_slash_is_the_filters_and_no_command(
    path: Path,
) -> None:
    async with opened(path) as pilot:
        # d would delete, n make, L lock: all in one burst, as a terminal hands it over.
        await type_text(pilot, "/dnLorders/bil")
        await until(
            pilot, lambda: pilot.app.screen.query_one("#filter", Input).value == "dnLorders/bil"
        )
        assert isinstance(pilot.app.screen, MainScreen)
        pilot.app.screen.query_one("#filter", Input).value = "orders/bil"
        await sees(pilot, "1 found")


async def test_a_filter_that_finds_nothing_says_so(path: Path) -> None:
    async with opened(path) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the filter")
        await type_text(pilot, "no-such-key")
        await sees(pilot, "0 found")
        await pilot.press("escape")
        await sees(pilot, "billing")


async def test_enter_shows_everything_but_the_seed(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "enter", "Copy public key")
        screen = await sees(pilot, "acme/orders/billing", "Beneath it", "in the vault, sealed")
        assert records_of(pilot).find("billing").public in screen
        await pilot.press("escape")
        await closed(pilot)


async def test_help_lists_every_action_of_the_one_table(path: Path) -> None:
    async with opened(path, (100, 120)) as pilot:
        await dialog(pilot, "question_mark", "Close")
        screen = drawn(pilot.app)
        assert all(action.help in screen for action in ACTIONS)
        await pilot.press("escape")
        await closed(pilot)


async def test_the_palette_offers_every_action_and_no_screenshot(path: Path) -> None:
    async with opened(path, (100, 120)) as pilot:  # all of it is on the screen, in any order
        await pilot.press("ctrl+p")
        screen = await sees(pilot, "Reveal seed", "Leave")
        assert "Screenshot" not in screen
        await type_text(pilot, "Rename")
        await sees(pilot, "Give the key another name")
        await pilot.press("enter")
        await sees(pilot, "is to be called")


async def test_names_from_elsewhere_are_text_and_never_markup(empty: Path) -> None:
    with changed(empty) as records:
        add(records, Kind.USER, "[b]x[] $error")
    async with opened(empty, (160, 50)) as pilot:
        await sees(pilot, "[b]x[] $error")
        await pilot.press("down")
        for key, text in (("enter", "Copy public"), ("R", "called"), ("y", "Copy"), ("d", "Keep")):
            await dialog(pilot, key, text)
            await sees(pilot, "[b]x[] $error")
            await pilot.press("escape")
            await closed(pilot)


async def test_what_a_script_changes_meanwhile_appears_by_itself(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        with changed(path) as records:
            add(records, Kind.SERVER, "made-by-a-script")
        await sees(pilot, "made-by-a-script")
        assert selected(pilot) == "billing"


# --- making and changing ----------------------------------------------------------------


async def test_a_new_key_goes_under_what_is_selected(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "n", "New key", "acme/orders")
        await type_text(pilot, "shipping")
        await pilot.press("enter")
        await closed(pilot)
        await until(pilot, lambda: selected(pilot) == "shipping", "the new key under the cursor")
        assert records_of(pilot).find("shipping").path == "acme/orders/shipping"


async def test_the_first_key_of_an_empty_wallet_is_an_operator(empty: Path) -> None:
    async with opened(empty) as pilot:
        await dialog(pilot, "n", "New key", "operator")
        await type_text(pilot, "acme")
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("acme").kind is Kind.OPERATOR


async def test_several_keys_are_made_at_once(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "n", "How many")
        await type_text(pilot, "device")
        pilot.app.screen.query_one("#count", Input).value = "12"
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("acme/orders/device-12").kind is Kind.USER
        assert records_of(pilot).count() == 6 + 12


async def test_a_pasted_seed_is_taken_and_never_shown(path: Path) -> None:
    with Seed.generate(Kind.USER) as seed:
        text, public = seed.encode().decode(), seed.public.text
    async with opened(path) as pilot:
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "mine")
        pilot.app.screen.query_one("#pasted").focus()
        await pilot.pause()
        await paste_text(pilot, text)
        assert text[:10] not in drawn(pilot.app)
        await pilot.press("enter")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, MainScreen) or "now that" in drawn(pilot.app),
        )
        if not isinstance(pilot.app.screen, MainScreen):
            await pilot.press("ctrl+s")
        await closed(pilot)
        record = records_of(pilot).find("mine")
        assert (record.public, record.has_seed) == (public, True)


async def test_a_pasted_public_key_is_kept_without_a_seed(path: Path) -> None:
    with Seed.generate(Kind.SERVER) as seed:
        public = seed.public.text
    async with opened(path) as pilot:
        await dialog(pilot, "n", "New key")
        pilot.app.screen.query_one("#pasted").focus()
        await pilot.pause()
        await paste_text(pilot, public)
        await pilot.press("enter")
        await sees(pilot, "that is a key of kind server".capitalize())
        await pilot.press("ctrl+s")
        await closed(pilot)
        record = records_of(pilot).find(public)
        assert (record.kind, record.has_seed) == (Kind.SERVER, False)
        for key, said in (("t", "no user"), ("v", "is not in this vault")):
            await pilot.press(key)
            await sees(pilot, said)


NOT_MADE = (
    ("#name", "billing", "already called billing"),
    ("#name", "a/b", "/"),
    ("#count", "0", "from 1 to"),
    ("#under", "acme/nowhere", "nowhere"),
    ("#pasted", "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZZ", "seed"),
)
"""A field of a new key, what stands in it, and a word of what is said of it."""


async def test_what_was_typed_stays_when_it_cannot_be_made(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        before = records_of(pilot).count()
        for field, text, said in NOT_MADE:
            await dialog(pilot, "n", "New key")
            await type_text(pilot, "kept")
            target = pilot.app.screen.query_one(field)
            if isinstance(target, Input):
                target.value = text
            else:
                target.focus()
                await pilot.pause()
                await type_text(pilot, text)
            await pilot.press("ctrl+s")
            problem = pilot.app.screen.query_one("#problem", Static)
            await until(pilot, partial(problem.has_class, "-shown"), f"the error for {text}")
            assert said in str(problem.content), text
            typed = pilot.app.screen.query_one("#name", Input).value
            assert typed == (text if field == "#name" else "kept")
            assert text not in drawn(pilot.app) or field != "#pasted"
            assert records_of(pilot).count() == before, text
            await pilot.press("escape")
            await closed(pilot)


async def test_rename_move_notes_and_retire(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "invoices")
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "orders ▸ invoices")

        await dialog(pilot, "m", "Under which account")
        pilot.app.screen.query_one("#under", Input).value = "acme/metrics"
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "metrics ▸ invoices")

        await dialog(pilot, "a", "Tags, with blanks")
        await type_text(pilot, "prod eu")
        await pilot.press("tab")
        await type_text(pilot, "Owned by finance.")
        await pilot.press("ctrl+s")
        await closed(pilot)
        record = records_of(pilot).find("invoices")
        assert set(record.tags) == {"prod", "eu"}
        assert record.notes == "Owned by finance."

        for status in ("retired", "active"):
            await pilot.press("u")
            await sees(pilot, f"invoices is {status} now")
            assert records_of(pilot).find("invoices").status == status


async def test_a_key_at_the_top_cannot_be_moved(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "n1")
        await pilot.press("m")
        await sees(pilot, "always stands at the top")


async def test_deleting_says_what_it_costs_and_asks_for_the_name(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "d", "Delete orders?", "Type orders")
        await type_text(pilot, "order")
        await pilot.press("enter")
        await sees(pilot, "Nothing was deleted")
        assert records_of(pilot).count() == 6
        await type_text(pilot, "s")
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).count() == 3
        await until(pilot, lambda: "billing" not in drawn(pilot.app), "the end of its users' rows")


async def test_what_came_beneath_a_key_meanwhile_is_not_deleted_with_it(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "metrics")
        await dialog(pilot, "d", "Type metrics")
        with changed(path) as records:
            add(records, Kind.USER, "late", records.find("metrics").id)
        await type_text(pilot, "metrics")
        await pilot.press("enter")
        await sees(pilot, "Nothing was deleted")
        await pilot.press("escape")
        await closed(pilot)
        await sees(pilot, "late")


async def test_notes_written_meanwhile_survive_a_change_of_tags(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "Tags, with blanks")
        with changed(path) as records:
            records.set_notes(records.find("billing").id, "from elsewhere")
        await type_text(pilot, "prod")
        await pilot.press("ctrl+s")
        await closed(pilot)
        record = records_of(pilot).find("billing")
        assert (record.tags, record.notes) == (("prod",), "from elsewhere")


async def test_names_that_look_like_markup_do_not_break_a_title(empty: Path) -> None:
    with changed(empty) as records:
        operator = add(records, Kind.OPERATOR, "x[")
        account = add(records, Kind.ACCOUNT, "y]", operator)
        add(records, Kind.USER, "z] [red]boo", account)
    async with opened(empty, (100, 40)) as pilot:
        await pilot.press("down")
        await dialog(pilot, "enter", "Copy public key")
        assert "x[/y]" in drawn(pilot.app)
        await pilot.press("escape")
        await closed(pilot)
        await pilot.press("down")
        await dialog(pilot, "t", "Test x[/y]/z] [red]boo")
        await pilot.press("escape")
        await closed(pilot)


async def test_esc_deletes_nothing(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "d", "Type orders")
        await type_text(pilot, "orders")
        await pilot.press("escape")
        await closed(pilot)
        assert records_of(pilot).count() == 6


# --- copying and revealing --------------------------------------------------------------


@pytest.fixture
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop clipboard: an xclip that keeps what it is given in a file."""
    place = tmp_path / "bin"
    place.mkdir()
    held = tmp_path / "clipboard"
    script = place / "xclip"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *-o*) cat {held} ;; *) cat > {held} ;; esac\n', encoding="utf-8"
    )
    script.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    return held


async def test_c_copies_the_public_key_and_says_how_it_went(path: Path, clipboard: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("c")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        assert clipboard.read_text() == records_of(pilot).find("billing").public
        await sees(pilot, "Copied: Public key of billing")


async def test_without_any_clipboard_it_says_nowhere_and_why(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("c")
        await sees(pilot, "Not copied")


async def test_copy_as_server_configuration(path: Path, clipboard: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "y", "Copy billing as", "Python client")
        await pilot.press("down")
        await sees(pilot, "authorization {")
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        public = records_of(pilot).find("billing").public
        assert clipboard.read_text() == server_authorization(
            [NamedKey(public, "acme/orders/billing")]
        )


async def test_a_text_to_copy_is_shown_to_its_end_on_a_narrow_screen(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "billing")
        end = records_of(pilot).find("billing").public[-8:]
        await dialog(pilot, "y", "Copy billing as", end)


async def test_a_seed_is_copied_only_after_the_button_and_leaves_at_lock(
    path: Path, clipboard: Path
) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, "y", "Seed (secret)")
        await pilot.press("down")
        screen = await sees(pilot, "for 20 seconds")
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "accept", "the button")
        assert not clipboard.exists()
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        text = clipboard.read_text()
        with Seed.decode(text) as seed:
            assert seed.public.text == records_of(pilot).find("n1").public
        assert text not in screen + drawn(pilot.app)
        await sees(pilot, "is on the clipboard, cleared in")
        await pilot.press("L")
        await until(pilot, lambda: text not in clipboard.read_text(), "the end of the secret")


async def test_a_seed_is_shown_after_asking_and_hides_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.app.screens.keys.reveal.SECONDS", 2)
    async with opened(path) as pilot:
        await find(pilot, "billing")
        app: Any = pilot.app
        with app.vault.open_seed(records_of(pilot).find("billing").public) as seed:
            text = seed.encode().decode()
        await dialog(pilot, "v", "Whoever sees this seed")
        assert text[:20] not in drawn(pilot.app)
        pilot.app.screen.query_one("#accept").focus()
        await pilot.press("enter")
        await sees(pilot, "Hidden again in", text[:20])
        shown = pilot.app.screen.query_one(SecretText)
        assert not shown.allow_select
        await closed(pilot)
        assert not shown.shown
        assert text[:20] not in drawn(pilot.app)


# --- testing ----------------------------------------------------------------------------


@pytest.fixture
def server(path: Path, tmp_path: Path) -> Iterator[LocalServer]:
    """A nats-server that knows billing."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        public = vault.records.find("billing").public
    directory = tmp_path / "server"
    directory.mkdir()
    running = LocalServer(directory, server_authorization([NamedKey(public, "billing")]))
    yield running
    running.stop()


async def enter_server(pilot: Hands, url: str) -> None:
    pilot.app.screen.query_one("#server", Input).value = url
    await pilot.press("enter")


async def test_a_key_is_accepted_stage_by_stage_and_that_is_remembered(
    path: Path, server: LocalServer
) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "t", "Test acme/orders/billing", "127.0.0.1:4222")
        await enter_server(pilot, server.url)
        screen = await sees(pilot, "✓ ACCEPTED")
        for stage in ("resolve", "connect", "info", "tls", "authenticate", "ping"):
            assert stage in screen
        await until(pilot, lambda: records_of(pilot).servers.recent() == [server.url], "the memory")
        await pilot.press("escape")
        await closed(pilot)
        await sees(pilot, "Last test   ✓ accepted")
        await dialog(pilot, "t", server.url)


async def test_a_refused_key_comes_with_causes_and_text_to_paste(
    path: Path, server: LocalServer, clipboard: Path
) -> None:
    async with opened(path, (100, 50)) as pilot:
        await find(pilot, "reports")
        await dialog(pilot, "t", "Test acme/orders/reports")
        await enter_server(pilot, server.url)
        await sees(pilot, "✗ REFUSED", "key-unknown", "possible", "Add this to the `users`")
        await pilot.press("f6")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        assert records_of(pilot).find("reports").public in clipboard.read_text()
        assert clipboard.read_text().startswith("{ nkey: U")


async def test_all_users_of_an_account_are_tested_and_the_refused_come_first(
    path: Path, server: LocalServer
) -> None:
    async with opened(path, (110, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "T", "Test the 2 users of acme/orders")
        await enter_server(pilot, server.url)
        await sees(pilot, "✗ 1 refused", "✓ 1 accepted", "key-unknown")
        screen = await sees(pilot, "reports", "accepted  billing")
        assert screen.index("reports") < screen.index("accepted  billing")
        await pilot.press("escape")
        await closed(pilot)
        await find(pilot, "n1")
        await pilot.press("T")
        await sees(pilot, "has no users with a seed to test")


async def test_a_test_of_many_can_be_cancelled_and_says_what_is_wrong(path: Path) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with opened(path, (110, 40)) as pilot:
            await find(pilot, "orders")
            await dialog(pilot, "T", "Test the 2 users")
            await enter_server(pilot, "http://x")
            await sees(pilot, "nats://host:4222")
            await enter_server(pilot, f"nats://127.0.0.1:{silent.getsockname()[1]}")
            await pilot.press("escape")
            await sees(pilot, "Cancelled")
            await pilot.press("escape")
            await closed(pilot)


async def test_a_server_that_checks_nothing_is_a_warning(path: Path, tmp_path: Path) -> None:
    server = LocalServer(tmp_path, "")
    try:
        async with opened(path, (100, 40)) as pilot:
            await find(pilot, "reports")
            await dialog(pilot, "t", "Test acme/orders/reports")
            await enter_server(pilot, server.url)
            screen = await sees(pilot, "! NOT CHECKED", "checks no keys")
            assert "ACCEPTED" not in screen
    finally:
        server.stop()


async def test_esc_cancels_a_test_and_then_leaves(path: Path) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with opened(path) as pilot:
            await find(pilot, "reports")
            await dialog(pilot, "t", "Test acme/orders/reports")
            await enter_server(pilot, f"nats://127.0.0.1:{silent.getsockname()[1]}")
            await sees(pilot, "… info")
            await pilot.press("escape")
            await sees(pilot, "Cancelled")
            await pilot.press("escape")
            await closed(pilot)


def _is_said(problem: Static, text: str) -> bool:
    return text in str(problem.content)


NOT_TESTED = (
    ("#server", "http://x", "nats://host:4222"),
    ("#timeout", "-1", "number of seconds"),
    ("#ca", "/no/such/file.pem", "file.pem"),
    ("#ca", "~nobody-of-that-name/ca.pem", "no such home directory"),
)
"""A field of a test, what stands in it, and what is said of it."""


async def test_a_test_that_cannot_be_made_says_why(path: Path) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "reports")
        await dialog(pilot, "t", "Test acme/orders/reports")
        for name, text, said in NOT_TESTED:
            field = pilot.app.screen.query_one(name, Input)
            before, field.value = field.value, text
            await pilot.press("f5")
            problem = pilot.app.screen.query_one("#problem", Static)
            await until(pilot, partial(_is_said, problem, said), f"what is said of {text}")
            field.value = before


# --- leaving ----------------------------------------------------------------------------


async def test_q_leaves_and_locks(path: Path) -> None:
    async with opened(path) as pilot:
        app: Any = pilot.app
        vault = app.vault
        await pilot.press("q")
    assert vault.locked


async def test_news_of_another_window_that_come_while_it_leaves_are_no_accident(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, MainScreen)
        await look_no_more(pilot)  # a look of its own would cancel this one
        with changed(path) as records:
            add(records, Kind.SERVER, "n2")
        monkeypatch.setattr(pilot.app, "_exit", True)
        await screen.query_one(KeyTree).remove()  # as in leaving: a screen goes after its parts
        look = screen.run_worker(screen._refresh_vault, thread=True)
        await until(pilot, lambda: look.is_finished, "the look at the file")
        assert isinstance(look.error, NoMatches)
