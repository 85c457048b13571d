"""Dialogs of the main screen where things go less well: low screens, errors, other windows."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.widgets import Input, Select

from tests.app.hands import drawn, paste_text, tap, thread_at_work, type_text, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    add,
    changed,
    closed,
    dialog,
    filled_vault,
    find,
    goto,
    opened,
    records_of,
    sees,
    selected,
)
from tests.vault.support import empty_vault, issue
from wallet.app.actions import ACTIONS
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.keys.new_key import NewKeyDialog
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.health import HealthDialog
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


@filled_vault
def vault(records: Records) -> None:
    """A vault with acme/{metrics,orders}, and two users in orders."""
    acme = add(records, Kind.OPERATOR, "acme")
    add(records, Kind.ACCOUNT, "metrics", acme)
    orders = add(records, Kind.ACCOUNT, "orders", acme)
    add(records, Kind.USER, "billing", orders)
    add(records, Kind.USER, "reports", orders)


async def pressed(pilot: Hands, *keys: str) -> str:
    """Press keys one after another, and see what is drawn then."""
    for key in keys:
        await pilot.press(key)
    await pilot.pause()
    return drawn(pilot.app)


def typed(pilot: Hands, field: str) -> str:
    return pilot.app.screen.query_one(f"#{field}", Input).value


async def palette(pilot: Hands) -> None:
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the palette")


def problem_of(app: App[None]) -> str:
    """The error shown inside the dialog, or nothing."""
    line = app.screen.query_one("#problem")
    return str(line.render()) if line.has_class("-shown") else ""


# --- low screens ------------------------------------------------------------------------


async def test_all_of_the_help_can_be_read_by_keys_on_a_low_screen(vault: Path) -> None:
    async with opened(vault, (80, 24)) as pilot:
        await dialog(pilot, "question_mark", "Close")
        screen = drawn(pilot.app)
        for _ in range(4):
            screen += await pressed(pilot, "pagedown")
        assert [action.help for action in ACTIONS if action.help not in screen] == []
        await until(pilot, lambda: "Move" not in drawn(pilot.app), "the end of the help")
        await pressed(pilot, "home")
        await sees(pilot, "Go between the tree")


async def test_a_note_takes_no_seed(vault: Path) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
    async with opened(vault, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "Tags and notes of billing")
        await goto(pilot, "notes")
        await type_text(pilot, f"its seed: {text}")
        await pilot.press("ctrl+s")
        await sees(pilot, "There is a seed in it")
        assert records_of(pilot).find("billing").notes == ""


async def test_long_notes_can_be_read_to_their_end_from_inspect(vault: Path) -> None:
    with changed(vault) as records:
        notes = "\n".join(f"line {number} of the notes" for number in range(60))
        records.set_notes(records.find("billing").id, notes)
    async with opened(vault, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "enter", "Copy public key", "line 1 of the notes")
        await pilot.press("end")
        await sees(pilot, "line 59 of the notes", "Copy public key")
        await pilot.press("up", "pageup", "home")
        await sees(pilot, "Public key  U")


async def test_the_buttons_of_every_dialog_are_on_a_low_screen(vault: Path) -> None:
    async with opened(vault, (80, 24)) as pilot:
        await find(pilot, "billing")
        for key in ("question_mark", "enter", "y", "t", "T", "C", "v", "n", "R", "m", "a", "d"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), f"a dialog on {key}")
            await pilot.pause()
            for button in pilot.app.screen.query("#buttons Button"):
                if button.display:
                    assert button.region.bottom <= 24, (key, button)
                    assert button.region.height > 0, (key, button)
            await pilot.press("escape")
            await closed(pilot)
            assert selected(pilot) == "billing"
            assert isinstance(pilot.app.focused, KeyTree)


# --- errors stay inside, and nothing typed is lost --------------------------------------


async def test_a_name_that_is_taken_leaves_the_dialog_open_with_what_was_typed(
    vault: Path,
) -> None:
    async with opened(vault) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "reports")
        await pilot.press("enter")
        await until(pilot, lambda: problem_of(pilot.app), "the error")
        assert typed(pilot, "name") == "reports"
        assert getattr(pilot.app.focused, "id", None) == "name"
        await type_text(pilot, "-2")
        await pilot.press("enter")
        await closed(pilot)
        assert selected(pilot) == "reports-2"


@pytest.mark.parametrize("where", ["acme/nowhere", "acme"])
async def test_a_key_is_not_moved_where_it_cannot_hang(vault: Path, where: str) -> None:
    async with opened(vault) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "m", "Under which account")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await paste_text(pilot, where)
        await pilot.press("enter")
        await until(pilot, lambda: problem_of(pilot.app), "the error")
        assert typed(pilot, "under") == where
        assert records_of(pilot).find("billing").path == "acme/orders/billing"


async def test_an_account_is_moved_with_its_users_and_a_user_may_stand_alone(vault: Path) -> None:
    with changed(vault) as records:
        add(records, Kind.OPERATOR, "umbrella")
    async with opened(vault) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "m", "Under which operator")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await paste_text(pilot, "umbrella")
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "umbrella ▸ orders")
        assert records_of(pilot).find("billing").path == "umbrella/orders/billing"
        await find(pilot, "billing")
        await dialog(pilot, "m", "Under which account")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("billing").path == "billing"


async def test_a_pasted_key_of_another_kind_keeps_what_was_typed(vault: Path) -> None:
    with Seed.generate(Kind.USER) as seed:
        public = seed.public.text
    async with opened(vault) as pilot:
        await dialog(pilot, "n", "New key")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewKeyDialog), "the dialog")
        pilot.app.screen.query_one("#kind", Select).value = Kind.USER
        await sees(pilot, "Under (operator/account)")
        await goto(pilot, "under")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "acme/metrics")
        pilot.app.screen.query_one("#kind", Select).value = Kind.CURVE
        await until(pilot, lambda: not pilot.app.screen.query_one("#under").display, "the kind")
        await goto(pilot, "name")
        await type_text(pilot, "phone")
        await goto(pilot, "pasted")
        await paste_text(pilot, public)
        await pilot.press("enter")
        await until(pilot, lambda: "kind user" in problem_of(pilot.app), "the question")
        await sees(pilot, "Under (operator/account)")
        assert (typed(pilot, "name"), typed(pilot, "under")) == ("phone", "acme/metrics")
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert records_of(pilot).find("phone").path == "acme/metrics/phone"


async def test_a_known_key_is_refused_and_its_seed_fills_in_a_public_one(vault: Path) -> None:
    with Seed.generate(Kind.SERVER) as seed:
        text, public = seed.encode().decode(), seed.public
        with changed(vault) as records:
            held = records.add_public(public, name="n7").id
    async with opened(vault) as pilot:
        for pasted, done in ((public.text, False), (text, True)):
            await dialog(pilot, "n", "New key")
            await goto(pilot, "pasted")
            await paste_text(pilot, pasted)
            await pilot.press("enter")
            await until(pilot, lambda: "kind server" in problem_of(pilot.app), "the kind")
            await pilot.press("ctrl+s")
            if not done:
                await until(pilot, lambda: "kind" not in problem_of(pilot.app), "the refusal")
                await until(pilot, lambda: problem_of(pilot.app), "the refusal")
                await pilot.press("escape")
            await closed(pilot)
        record = records_of(pilot).by_public(public.text)
        assert record is not None
        assert (record.id, record.name, record.has_seed) == (held, "n7", True)
        assert text not in drawn(pilot.app)


# --- while it is being saved ------------------------------------------------------------


async def test_enter_pressed_twice_makes_one_key_and_esc_waits_for_it(vault: Path) -> None:
    async with opened(vault) as pilot:
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "once")
        with changed(vault):  # another window is saving: this one has to wait
            await pressed(pilot, "enter", "enter", "ctrl+s", "escape")
            await sees(pilot, "this is being saved")
        await closed(pilot)
        assert [key.name for key in records_of(pilot).all() if "once" in key.name] == ["once"]


async def test_a_palette_over_a_dialog_that_is_done_does_not_keep_it(vault: Path) -> None:
    async with opened(vault) as pilot:
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "once")
        with changed(vault):
            await pressed(pilot, "enter")
            await palette(pilot)
        await until(pilot, lambda: records_of(pilot).count() == 6, "the key")
        await until(pilot, lambda: not thread_at_work(), "the end of the saving")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CommandPalette)  # not taken from under the fingers
        await pilot.press("escape")
        await closed(pilot)
        assert selected(pilot) == "once"


async def test_a_palette_over_a_seed_does_not_keep_it_on_the_screen(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.app.screens.keys.reveal.SECONDS", 1)
    async with opened(vault) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "v", "Whoever sees this seed")
        await goto(pilot, "accept")
        await pilot.press("enter")
        await sees(pilot, "Hidden again in", " SU")
        await palette(pilot)
        await until(pilot, lambda: " SU" not in drawn(pilot.app), "the end of the seed")
        await pilot.press("escape")
        await closed(pilot)


async def test_many_keys_are_counted_while_they_are_made_and_esc_makes_none(vault: Path) -> None:
    async with opened(vault) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "n", "How many")
        await type_text(pilot, "device")
        await goto(pilot, "count")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "100000")
        await pilot.press("enter")
        await sees(pilot, "100,000 keys: about", "MB more in the vault")
        await pilot.press("enter")
        await sees(pilot, "of 100,000")
        first = drawn(pilot.app)
        await until(pilot, lambda: drawn(pilot.app) != first, "progress")
        await pilot.press("escape")
        await sees(pilot, "None was made")
        assert records_of(pilot).count() == 5
        assert (typed(pilot, "name"), typed(pilot, "count")) == ("device", "100000")
        await goto(pilot, "count")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "3")
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).count() == 8


async def test_what_cannot_be_a_count_is_told_as_it_is_typed(vault: Path) -> None:
    async with opened(vault) as pilot:
        await dialog(pilot, "n", "How many")
        await goto(pilot, "count")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "ten")
        await sees(pilot, "A number from 1 to 100,000")
        assert typed(pilot, "count") == "ten"
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "1,200")
        await until(pilot, lambda: "A number from" not in drawn(pilot.app), "its end")


def _count_after_changes(path: Path) -> int:
    """How many keys there are, once the change that runs has ended."""
    with changed(path) as records:
        return records.count()


async def test_a_lock_while_many_are_made_leaves_the_app_alive_and_makes_none(
    vault: Path,
) -> None:
    async with opened(vault) as pilot:
        await dialog(pilot, "n", "How many")
        await goto(pilot, "count")
        await pressed(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "100000")
        await pilot.press("enter")
        await sees(pilot, "100,000 keys: about", "MB more in the vault")
        await pilot.press("enter")
        await sees(pilot, "of 100,000")
        pilot.app.lock()  # type: ignore[attr-defined]  # as after some idle minutes
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        assert await asyncio.to_thread(_count_after_changes, vault) == 5
        await until(pilot, lambda: not thread_at_work(), "the end of the making")
        await pilot.pause()
        assert isinstance(pilot.app.screen, UnlockScreen)


# --- with a filter, and with other windows ----------------------------------------------


async def filtered(pilot: Hands, text: str) -> None:
    """Filter, and go to the tree with the filter kept."""
    await pilot.press("slash")
    await type_text(pilot, text)
    keys = pilot.app.screen.query_one("#keys")  # a notice may lie over its count
    await until(pilot, lambda: " found" in str(keys.border_subtitle), "the count of matches")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.focused, KeyTree), "the tree")


async def test_a_new_key_that_the_filter_hides_ends_the_filter(vault: Path) -> None:
    async with opened(vault) as pilot:
        await filtered(pilot, "billing")
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "shipping")
        await pilot.press("enter")
        await closed(pilot)
        screen = await sees(pilot, "orders ▸ shipping", "reports")
        await until(pilot, lambda: " found" not in drawn(pilot.app), "the end of the filter")
        assert typed(pilot, "filter") == "", screen


async def test_a_filter_that_still_fits_is_kept_after_a_change(vault: Path) -> None:
    async with opened(vault) as pilot:
        await filtered(pilot, "orders")
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "shipping")
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "orders ▸ shipping", "4 found")
        assert typed(pilot, "filter") == "orders"
        pilot.app.clear_notifications()  # they name all accounts
        await until(pilot, lambda: "metrics" not in drawn(pilot.app), "the filter's rows alone")


async def test_until_a_server_is_known_an_account_is_led_to_one_and_nothing_said_of_pushes(
    tmp_path: Path,
) -> None:
    path = empty_vault(tmp_path / "keys" / "vault.nkw", PASSPHRASE)
    with changed(path) as records:
        issue(Issuing(records), Kind.OPERATOR, "acme")
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "orders")
        await pilot.press("enter")
        await closed(pilot)
        screen = await sees(pilot, "Next: n on acme/orders makes a user in it.")
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "billing")
        await pilot.press("enter")
        await closed(pilot)
        screen += await sees(
            pilot, "Next: e on acme writes the configuration of a server that trusts it."
        )
        await find(pilot, "orders")
        screen += await sees(pilot, "↑ to deploy: export its", "no server is known yet")
        assert not re.search(r"to push|pushes|push it", screen)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HealthDialog), "health")
        await sees(pilot, "not proved")
        await pilot.press(*["down"] * 6)
        assert "push" not in await sees(pilot, "e on acme writes it")
    async with opened(path, (80, 24)) as pilot:
        screen = await sees(
            pilot, "Next: e on acme writes the configuration of a server that trusts it."
        )
        assert "Not written since" not in screen
    with changed(path) as records:
        records.servers.set_profile(ServerProfile("prod", ("nats://127.0.0.1:4222",)))
    async with opened(path, (80, 24)) as pilot:
        await sees(pilot, "Not proved on servers: acme/orders. P pushes.")


async def test_an_empty_filter_is_put_away_by_esc(vault: Path) -> None:
    async with opened(vault) as pilot:
        await pilot.press("slash")
        await sees(pilot, "name, path, tag or key")
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "name, path, tag" not in drawn(pilot.app), "the field's end")
        assert isinstance(pilot.app.focused, KeyTree)


async def test_a_key_that_another_window_deleted_is_no_accident(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the tree goes on showing what is gone, as it does between two looks.
    monkeypatch.setattr("wallet.app.screens.main.REFRESH_SECONDS", 3600)
    async with opened(vault) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        with changed(vault) as records:
            records.delete(records.find("orders").id)
        await type_text(pilot, "-2")
        await pilot.press("enter")
        await until(pilot, lambda: "no longer in this vault" in problem_of(pilot.app), "the error")
        await pilot.press("escape")
        await closed(pilot)
        assert selected(pilot) == "billing"
        for key in ("n", "R", "m", "a", "y", "v", "enter"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), f"a dialog on {key}")
            await pilot.press("escape")
            await closed(pilot)
        for key in ("T", "u"):
            await pilot.press(key)
            await sees(pilot, "no longer in this vault")
            pilot.app.clear_notifications()
            await until(pilot, lambda: "no longer in" not in drawn(pilot.app), "the notice's end")
        await pilot.press("d")
        await until(pilot, lambda: "billing" not in drawn(pilot.app), "the end of the key")
        assert isinstance(pilot.app.screen, MainScreen)


# --- keys typed ahead -------------------------------------------------------------------


@pytest.mark.parametrize("key", ["v", "d"])
async def test_enter_typed_right_after_the_key_meets_the_careful_answer(
    vault: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with changed(vault) as records, Seed.generate(Kind.USER) as seed:
        records.add_public(seed.public, name="stranger")
    left: list[object] = []
    async with opened(vault) as pilot:
        await find(pilot, "billing" if key == "v" else "stranger")
        before = records_of(pilot).count()
        pop = pilot.app.pop_screen

        def leave() -> AwaitComplete:
            left.append(pilot.app.screen)
            return pop()

        monkeypatch.setattr(pilot.app, "pop_screen", leave)
        tap(pilot, key)
        tap(pilot, "enter")
        await until(pilot, lambda: left, "the question, and its answer")
        await closed(pilot)
        assert {event.what for event in records_of(pilot).history.events()} == {"made"}
        assert records_of(pilot).count() == before
