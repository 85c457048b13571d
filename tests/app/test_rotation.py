"""Rotation by keys in the app: begun in one session, finished or undone in another."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.app.hands import drawn, type_text, until
from tests.app.test_chain import empty as empty
from tests.app.test_chain import path as path
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    closed,
    dialog,
    find,
    goto,
    opened,
    records_of,
    sees,
    selected,
)
from tests.cli.conftest import Deploy
from tests.cli.conftest import deploy as deploy
from tests.server.test_issued_jwts import is_let_in
from wallet.exchange import configurations
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.rotation.stages import begin
from wallet.tasks.sharing.account_pairs import PairingWish, pair
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


def creds_of(vault: Path, ref: str, to: Path) -> Path:
    """A user's creds in a file, from outside the app."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened_vault:
        record = opened_vault.records.find(ref)
        token = opened_vault.records.tokens.get(record.id)
        with opened_vault.open_seed(record.public) as seed:
            to.write_bytes(write_creds(token or "", seed))
    return to


def configuration_of(records: Records) -> str:
    return configurations.operator(records, records.find("acme"))


async def choose(pilot: Hands, way: int) -> None:
    """In the dialog that asks how: take the way at this place, and go to what comes next."""
    await until(pilot, lambda: isinstance(pilot.app.focused, OptionList), "the ways")
    await pilot.press("home", *["down"] * way, "enter")
    await until(pilot, lambda: not isinstance(pilot.app.focused, OptionList), "the next field")


async def press_button(pilot: Hands, name: str) -> None:
    await goto(pilot, name)
    await pilot.press("enter")


async def leave(pilot: Hands) -> None:
    await pilot.press("escape")
    await closed(pilot)


@pytest.mark.skipif(sys.platform == "win32", reason="reloads a server by a signal")
async def test_a_planned_rotation_goes_on_in_another_session(
    path: Path, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = creds_of(path, "billing", tmp_path / "old.creds")
    async with opened(path, (120, 40)) as pilot:
        server = deploy(configuration_of(records_of(pilot)))
        old = records_of(pilot).find("billing").public
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing", "The old key, U", "works on, as billing-old,")
        await choose(pilot, 0)
        await pilot.press("enter")
        await sees(pilot, "Rotation of acme/orders/billing", "billing-old still works")
        await sees(pilot, "take it out: “Take the old key out” below")
        await leave(pilot)
        assert selected(pilot) == "billing"
        assert records_of(pilot).find("acme/orders/billing-old").public == old
        await sees(pilot, "rotating out")
    new_creds = creds_of(path, "acme/orders/billing", tmp_path / "new.creds")
    assert await is_let_in(server.url, old_creds)
    assert await is_let_in(server.url, new_creds)

    async with opened(path, (120, 40)) as pilot:
        await sees(pilot, "Rotations with something open: acme/orders/billing.")
        await find(pilot, "billing-old")
        await dialog(pilot, "r", "Rotation of acme/orders/billing")
        await press_button(pilot, "accept")
        await sees(pilot, "No server is known, by a test or a push", "To deploy")
        await leave(pilot)
        assert records_of(pilot).find("billing-old").revoked
        server.reload(configuration_of(records_of(pilot)))
        assert not await is_let_in(server.url, old_creds)
        assert await is_let_in(server.url, new_creds)
        await dialog(pilot, "r", "on my word")
        await press_button(pilot, "word")
        await sees(pilot, "Nothing is open.")
        await leave(pilot)
        assert records_of(pilot).rotations.open() == []


async def test_a_planned_rotation_is_undone_in_another_session(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        old = records_of(pilot).find("billing").public
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await choose(pilot, 0)
        await pilot.press("enter")
        await sees(pilot, "still works")
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotation of acme/orders/billing")
        await press_button(pilot, "undo")
        await sees(pilot, "No server is known, by a test or a push")
        await leave(pilot)
        assert records_of(pilot).find("acme/orders/billing").public == old
        assert records_of(pilot).find("billing-undone").revoked


async def test_a_leaked_key_is_out_only_once_the_button_is_pressed(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await choose(pilot, 1)
        await sees(pilot, "is out at once")
        assert records_of(pilot).count() == 4
        await pilot.press("enter")
        await sees(pilot, "1. Servers let acme/orders/billing-old in until they have the JWT")
        await leave(pilot)
        assert records_of(pilot).find("billing-old").revoked


async def test_a_handover_asks_who_gets_the_key(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await choose(pilot, 2)
        await pilot.press("ctrl+s")
        await sees(pilot, "Who gets the new key?")
        assert records_of(pilot).count() == 4
        await type_text(pilot, "Zoë, ops")
        await pilot.press("ctrl+s")
        await sees(pilot, "Handover, for Zoë, ops: both keys work.")
        await leave(pilot)
        (handed,) = records_of(pilot).rotations.open()
        assert handed.recipient == "Zoë, ops"


async def test_of_an_account_it_is_told_what_hangs_on_it_and_esc_changes_nothing(
    path: Path,
) -> None:
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "r", "Rotate orders", "to them it is another one")
        await leave(pilot)
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await leave(pilot)
        assert records_of(pilot).count() == 4
        assert "rotating" not in drawn(pilot.app)


async def test_an_account_is_rotated_and_the_old_one_shut_in_another_session(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        old = records_of(pilot).find("orders").public
        await find(pilot, "orders")
        await dialog(pilot, "r", "Rotate orders", "On it hang")
        await choose(pilot, 0)
        await pilot.press("enter")
        await sees(pilot, "Rotation of acme/orders", "orders-old still works")
    async with opened(path, (120, 40)) as pilot:
        await sees(pilot, "Rotations with something open: acme/orders.")
        await find(pilot, "orders-old")
        await dialog(pilot, "r", "Rotation of acme/orders")
        await press_button(pilot, "accept")
        await sees(pilot, "lives on on the servers")
        await leave(pilot)
        gone = records_of(pilot).find("orders-old")
        assert (gone.public, gone.status) == (old, "retired")
        assert records_of(pilot).find("acme/orders/billing").has_jwt


async def test_importers_change_over_by_a_button_of_their_own_in_another_session(
    path: Path,
) -> None:
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as opened_vault,
        opened_vault.change() as records,
    ):
        shared = Issuing(records)
        parts = shared.add(Seed.generate(Kind.ACCOUNT), name="parts", under=records.find("acme").id)
        pair(shared, records.find("orders"), parts, PairingWish("orders.>", "stream", False))
        old = records.find("orders").public

    def imported_from(records: Records) -> str:
        claims = records.tokens.claims(records.find("parts").id)
        return str(claims.nats["imports"][0]["account"]) if claims else ""

    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "r", "Rotate orders")
        await choose(pilot, 0)
        await pilot.press("enter")
        await sees(pilot, "Rotation of acme/orders", "Let importers over")
        assert imported_from(records_of(pilot)) == old
        await leave(pilot)
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "orders-old")
        await dialog(pilot, "r", "Rotation of acme/orders")
        await press_button(pilot, "importers")
        await until(pilot, lambda: not pilot.app.screen.query("#importers"), "the button to go")
        await leave(pilot)
        assert imported_from(records_of(pilot)) == records_of(pilot).find("acme/orders").public


async def test_what_is_open_at_many_servers_is_read_by_keys_on_a_small_screen(path: Path) -> None:
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as opened_vault,
        opened_vault.change() as records,
    ):
        billing = records.find("billing").public
        for number in range(9):
            url = f"nats://server-{number}:4222"
            records.results.add(billing, url, True, "accepted", "", datetime.now(UTC))
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await choose(pilot, 1)
        await pilot.press("enter")
        await sees(pilot, "Servers let acme/orders/billing-old in")
        assert "To deploy" not in drawn(pilot.app)
        await pilot.press("end")
        await sees(pilot, "To deploy (copy it below)")


async def test_the_dialog_names_the_server_at_which_it_is_not_proved_yet(path: Path) -> None:
    urls = [f"nats://server-{number}:4222" for number in range(2)]
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as opened_vault:
        billing = opened_vault.records.find("billing")
        with opened_vault.change() as records:
            for url in urls:
                records.results.add(billing.public, url, True, "accepted", "", datetime.now(UTC))
        rotation = begin(opened_vault, billing, Manner.LEAKED).rotation
        with opened_vault.change() as records:
            records.rotations.note_test(rotation.id, urls[0], refused=True)
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotation of")
        await sees(pilot, f"Not proved at: {urls[1]}")


async def test_only_an_account_whose_seed_is_gone_is_lost_and_gets_another(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "r", "Rotate orders")
        assert "Lost:" not in drawn(pilot.app)
        await leave(pilot)
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as opened_vault,
        opened_vault.change() as records,
        records.database.change() as sql,
    ):
        old = records.find("orders")
        sql.execute("DELETE FROM seeds WHERE key = ?", (old.id,))
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "r", "Rotate orders", "Lost: nobody has the seed any more")
        await choose(pilot, 0)
        await pilot.press("enter")
        await sees(pilot, "Rotation of acme/orders", "Lost: both keys work.")
        await leave(pilot)
        new = records_of(pilot).find("acme/orders")
        assert new.public != old.public
        assert new.has_seed
        assert records_of(pilot).find("acme/orders/billing").has_jwt


async def test_the_start_says_which_leaked_key_is_in_force_again(path: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as opened_vault:
        billing = opened_vault.records.find("billing")
        begin(opened_vault, billing, Manner.LEAKED)
        with opened_vault.change() as records:
            Issuing(records).revoking.allow_again(billing.id)
    async with opened(path, (120, 40)) as pilot:
        await sees(pilot, "Rotated out, and in force here again")
        await find(pilot, "billing-old")
        await dialog(pilot, "r", "was to be out, and is in force here again")
        await press_button(pilot, "accept")
        await sees(pilot, "1. Servers let acme/orders/billing-old in")
        await leave(pilot)
        assert records_of(pilot).find("billing-old").revoked
