"""After a restore another key may have the id of one that a dialog is open about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.app.test_main import (
    PASSPHRASE,
    changed,
    dialog,
    empty,
    find,
    look_no_more,
    opened,
    records_of,
    sees,
)
from tests.app.test_marks import fleet
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

__all__ = ["empty", "fleet"]


def new_user(records: Records, name: str) -> int:
    """Make a user in acme/orders; gives its id."""
    with Seed.generate(Kind.USER) as seed:
        return Issuing(records).add(seed, name=name, under=records.find("orders").id).id


def revoked_user(records: Records, name: str) -> int:
    """Make a user in acme/orders and revoke it; gives its id."""
    key = new_user(records, name)
    Issuing(records).revoking.revoke(key)
    return key


def backed_up(path: Path, place: Path) -> Path:
    """Make a backup in `place`, of before the key that the test is about; gives its path."""
    backup = place / "backup.nkw"
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        vault.back_up(backup)
    return backup


async def test_a_dialog_about_a_key_lets_no_other_key_in_that_has_its_id_by_now(
    fleet: Path, tmp_path: Path
) -> None:
    backup = backed_up(fleet, tmp_path)
    with changed(fleet) as records:
        mine = revoked_user(records, "mine")
    async with opened(fleet, (160, 40)) as pilot:
        await find(pilot, "mine")
        await dialog(pilot, "x", "mine")
        restored_with_a_stranger(fleet, backup, mine, revoked_user)
        await pilot.press("ctrl+s")
        await sees(pilot, "That key is no longer in this vault.")
        assert records_of(pilot).find("stranger").revoked


def restored_with_a_stranger(
    path: Path, backup: Path, key: int, make: Callable[[Records, str], int]
) -> None:
    """Restore a backup elsewhere, and `make` a user that gets the id `key`."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        with VaultCopy.of(vault, backup) as copy:
            restore(vault, copy)
        with vault.change() as records:
            assert make(records, "stranger") == key


async def test_a_rotation_takes_out_no_other_key_that_has_the_id_by_now(
    fleet: Path, tmp_path: Path
) -> None:
    backup = backed_up(fleet, tmp_path)
    with changed(fleet) as records:
        mine = new_user(records, "mine")
    async with opened(fleet, (160, 40)) as pilot:
        await find(pilot, "mine")
        await dialog(pilot, "r", "Rotate mine")
        restored_with_a_stranger(fleet, backup, mine, new_user)
        await pilot.press("ctrl+s")
        await sees(pilot, "That key is no longer in this vault.")
        assert not records_of(pilot).rotations.open()


async def test_no_other_key_is_retired_that_has_the_id_by_now(fleet: Path, tmp_path: Path) -> None:
    backup = backed_up(fleet, tmp_path)
    with changed(fleet) as records:
        mine = new_user(records, "mine")
    async with opened(fleet, (160, 40)) as pilot:
        await find(pilot, "mine")
        await look_no_more(pilot)  # else the cursor may be on the other by then, and it is meant
        restored_with_a_stranger(fleet, backup, mine, new_user)
        await pilot.press("u")
        await sees(pilot, "That key is no longer in this vault.")
        assert records_of(pilot).find("stranger").status == "active"
