"""What was half typed at a lock comes back after unlocking, and is nowhere else meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Select, TextArea

from tests.app.hands import drawn, focus_is, paste_text, type_text, until
from tests.app.test_export import signed
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    changed,
    closed,
    dialog,
    empty,
    find,
    opened,
    records_of,
    sees,
    selected,
)
from tests.vault.support import empty_vault
from wallet.app.app import WalletApp
from wallet.app.lock.half_typed import HalfTyped, is_secret
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.main import MainScreen
from wallet.errors import AlteredError, LockedError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

__all__ = ["empty", "signed"]  # fixtures

OTHER = "seven brown otters paint"


async def locked(pilot: Hands) -> None:
    pilot.app.lock()  # type: ignore[attr-defined]
    await sees(pilot, "nkey-wallet is locked")


async def unlocked(pilot: Hands, passphrase: str = PASSPHRASE) -> None:
    await paste_text(pilot, passphrase)
    await pilot.press("enter")
    app: Any = pilot.app
    await until(pilot, lambda: app.vault is not None, "the unlocking")
    await until(pilot, lambda: app.screen.query("KeyTree, #fields"), "what was there")


async def form_again(pilot: Hands) -> Dialog[object]:
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, Dialog), "the form")
    screen = app.screen
    assert isinstance(screen, Dialog)
    return screen


async def test_half_written_notes_come_back_with_the_focus_where_it_was(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "Notes")
        await pilot.press("tab")
        await type_text(pilot, "ask ops about")
        await locked(pilot)
        assert "ask ops" not in drawn(pilot.app)
        await unlocked(pilot)
        form = await form_again(pilot)
        await until(pilot, lambda: form.query_one(TextArea).text == "ask ops about", "the notes")
        await until(pilot, lambda: focus_is(pilot.app, "notes"), "the focus")
        await type_text(pilot, " the port")
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert records_of(pilot).find("billing").notes == "ask ops about the port"


async def test_a_form_with_a_choice_comes_back_whole_but_the_seed_in_it(signed: Path) -> None:
    with Seed.generate(Kind.SERVER) as seed:
        secret = seed.encode().decode()
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "n", "How many")
        await type_text(pilot, "half-a-na")
        screen = pilot.app.screen
        screen.query_one(Select).value = Kind.SERVER
        await pilot.press("down", "down")
        await type_text(pilot, secret)
        await locked(pilot)
        kept = pilot.app._lock_keeper._half_typed  # type: ignore[attr-defined]
        assert b"half" not in (kept or b"half")
        await unlocked(pilot)
        form = await form_again(pilot)
        await until(pilot, lambda: form.query_one("#name", Input).value == "half-a-na", "the name")
        await until(pilot, lambda: form.query_one(Select).value == Kind.SERVER, "the kind")
        assert form.query_one("#pasted").empty  # type: ignore[attr-defined]


async def test_permissions_half_said_come_back_as_form_and_as_json(signed: Path) -> None:
    async with opened(signed, (120, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        form = pilot.app.screen
        await type_text(pilot, "90d")
        await locked(pilot)
        await unlocked(pilot)
        form = await form_again(pilot)
        await until(pilot, lambda: form.query_one("#expires", Input).value == "90d", "the form")
        await pilot.click("#switch")
        await until(pilot, lambda: form.has_class("-json"), "the JSON")
        form.query_one(TextArea).text = '{"sub": {"allow": ["half"]'
        await locked(pilot)
        await unlocked(pilot)
        again = await form_again(pilot)
        await until(pilot, lambda: again.has_class("-json"), "the JSON again")
        await until(pilot, lambda: "half" in again.query_one(TextArea).text, "its text")
        assert again.query_one("#expires", Input).value == "90d"


async def test_a_subject_that_is_half_shared_comes_back_above_its_list(signed: Path) -> None:
    async with opened(signed, (120, 40)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "s", "What acme/orders shares")
        await dialog(pilot, "o", "Another export of acme/orders")
        await type_text(pilot, "jobs.hal")
        name = pilot.app.focused.id if pilot.app.focused else ""
        await locked(pilot)
        await unlocked(pilot)
        await sees(pilot, "Another export of acme/orders", "jobs.hal")
        await until(pilot, lambda: focus_is(pilot.app, str(name)), "the focus")
        await pilot.press("escape")
        await sees(pilot, "What acme/orders shares")


async def test_the_filter_and_the_row_in_it_come_back(signed: Path) -> None:
    async with opened(signed) as pilot:
        await pilot.press("slash")
        await type_text(pilot, "orders")
        await sees(pilot, "3 found")
        await pilot.press("enter", "end")
        assert selected(pilot) == "reports"
        await locked(pilot)
        assert "orders" not in drawn(pilot.app)
        await unlocked(pilot)
        await sees(pilot, "3 found")
        assert selected(pilot) == "reports"
        assert pilot.app.screen.query_one("#filter", Input).value == "orders"


async def test_a_form_that_nobody_wrote_in_does_not_come_back(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await locked(pilot)
        assert pilot.app._lock_keeper._half_typed is None  # type: ignore[attr-defined]
        await unlocked(pilot)
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_it_comes_back_once(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await type_text(pilot, "-two")
        await locked(pilot)
        await unlocked(pilot)
        await form_again(pilot)
        await pilot.press("escape")
        await closed(pilot)
        await locked(pilot)
        await unlocked(pilot)
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_another_passphrase_meanwhile_and_it_is_gone(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await type_text(pilot, "-two")
        await locked(pilot)
        with (
            Passphrase(PASSPHRASE) as old,
            Passphrase(OTHER) as new,
            Vault.unlock(signed, old) as vault,
        ):
            vault.change_passphrase(old, new)
        await unlocked(pilot, OTHER)
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)
        assert pilot.app._lock_keeper._half_typed is None  # type: ignore[attr-defined]


async def test_another_vault_in_its_place_and_it_is_gone(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await type_text(pilot, "-two")
        await locked(pilot)
        signed.unlink()
        for other in signed.parent.iterdir():
            other.unlink()
        empty_vault(signed, PASSPHRASE)
        await unlocked(pilot)
        await sees(pilot, "There are no keys here yet")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_of_a_key_that_was_deleted_meanwhile_it_is_said(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await type_text(pilot, "-two")
        await locked(pilot)
        with changed(signed) as records:
            records.delete(records.find("billing").id)
        await unlocked(pilot)
        await sees(pilot, "deleted elsewhere")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_notes_that_were_changed_elsewhere_meanwhile_are_not_replaced_silently(
    signed: Path,
) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "Notes")
        await pilot.press("tab")
        await type_text(pilot, "mine")
        await locked(pilot)
        with changed(signed) as records:
            records.set_notes(records.find("billing").id, "theirs")
        await unlocked(pilot)
        await sees(pilot, "changed elsewhere while you were away", "mine")


@pytest.mark.parametrize("where", ["notes", "filter"])
async def test_a_seed_in_a_field_for_something_else_is_not_kept(signed: Path, where: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        secret = seed.encode().decode()
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        if where == "notes":
            await dialog(pilot, "a", "Notes")
            await pilot.press("tab")
        else:
            await pilot.press("slash")
        await type_text(pilot, secret)
        await locked(pilot)
        assert pilot.app._lock_keeper._half_typed is None  # type: ignore[attr-defined]


def test_jwts_creds_and_seeds_are_told_from_notes() -> None:
    with Seed.generate(Kind.USER) as seed:
        assert is_secret(f"look: {seed.encode().decode()}!")
    assert is_secret("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOi")
    assert is_secret("-----BEGIN NATS USER JWT-----")
    assert not is_secret("orders.> ask ops about SUAGREEMENT, and eyJ")


def test_what_was_sealed_opens_in_its_vault_alone_and_not_while_it_is_locked(
    empty: Path, tmp_path: Path
) -> None:
    with Passphrase(PASSPHRASE) as passphrase:
        other = Vault.create(tmp_path / "other" / "vault.nkw", passphrase, KdfCost.MINIMUM)
        with Vault.unlock(empty, passphrase) as vault, other:
            sealed = HalfTyped(filter="orders").sealed(vault)
            assert b"orders" not in sealed
            again = HalfTyped.unsealed(vault, sealed)
            assert again is not None
            assert again.filter == "orders"
            assert HalfTyped.unsealed(other, sealed) is None
            with pytest.raises(AlteredError):
                other.unseal_text(sealed)
        with pytest.raises(LockedError):
            vault.unseal_text(sealed)
        assert HalfTyped.unsealed(vault, sealed) is None


async def test_leaving_forgets_it(signed: Path) -> None:
    async with opened(signed) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        await pilot.press("slash")
        await type_text(pilot, "orders")
        await locked(pilot)
        assert app._lock_keeper._half_typed is not None
        app.exit()
    assert app._lock_keeper._half_typed is None


async def test_marks_come_back_and_those_of_keys_that_are_gone_are_told(signed: Path) -> None:
    async with opened(signed) as pilot:
        for name in ("billing", "reports"):
            await find(pilot, name)
            await pilot.press("space")
        await sees(pilot, "2 marked")
        await locked(pilot)
        with changed(signed) as records:
            records.delete(records.find("billing").id)
        await unlocked(pilot)
        await sees(pilot, "1 marked", "1 marked key is gone")


async def test_the_path_of_an_export_comes_back(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing")
        await pilot.press("ctrl+u", "ctrl+k")
        await type_text(pilot, "/media/stick/a.creds")
        await locked(pilot)
        await unlocked(pilot)
        form = await form_again(pilot)
        await until(
            pilot, lambda: form.query_one("#to", Input).value == "/media/stick/a.creds", "the path"
        )


async def test_a_profile_half_made_comes_back_above_the_servers_without_a_password(
    signed: Path,
) -> None:
    async with opened(signed) as pilot:
        await dialog(pilot, "S", "Servers")
        await pilot.press("n")
        await sees(pilot, "New server")
        await type_text(pilot, "prod")
        await pilot.press("tab")
        await type_text(pilot, "nats://me:hunter2@prod.example")
        await locked(pilot)
        await unlocked(pilot)
        await sees(pilot, "New server", "prod")
        form = await form_again(pilot)
        await until(pilot, lambda: form.query_one("#name", Input).value == "prod", "the name")
        assert form.query_one("#urls", Input).value == ""


async def test_the_fields_of_a_test_come_back(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "t", "Test acme")
        form = pilot.app.screen
        form.query_one("#server", Input).value = "nats://prod.example:4222"
        form.query_one("#may", Input).value = "orders.>"
        await locked(pilot)
        await unlocked(pilot)
        again = await form_again(pilot)
        await until(pilot, lambda: again.query_one("#may", Input).value == "orders.>", "the field")
        assert again.query_one("#server", Input).value == "nats://prod.example:4222"
