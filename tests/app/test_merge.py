"""Joining a copy that a sync service left beside the vault, by keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.hands import drawn, focus_is, paste_text, released, type_text, until
from tests.app.test_main import PASSPHRASE, Hands, add, changed, dialog, filled_vault, opened, sees
from wallet.app.screens.vault.merge import MergeConflictDialog, MergeDialog
from wallet.app.screens.vault.vault_page import VaultDialog
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.copies import conflict_copies
from wallet.vault.copies.conflict_copies import ConflictCopy, is_conflict_name
from wallet.vault.file.container import KdfCost
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

NAME = "vault (Ana's conflicted copy 2026-11-26).nkw"


@filled_vault
def path(records: Records) -> None:
    """A vault with an operator and an account."""
    operator = add(records, Kind.OPERATOR, "acme")
    add(records, Kind.ACCOUNT, "orders", operator)


@pytest.fixture
def beside(path: Path) -> Path:
    """A copy beside it, to be changed apart."""
    return Path(shutil.copy(path, path.with_name(NAME)))


@contextmanager
def contents_of(path: Path) -> Iterator[Records]:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        yield vault.records


def limit(path: Path, conn: int) -> None:
    with changed(path) as records:
        issuing, account = Issuing(records), records.find("acme/orders")
        nats = issuing.claims(account.id)
        issuing.edit(account.id, {**nats, "limits": {**nats["limits"], "conn": conn}})


async def merge_dialog(pilot: Hands) -> None:
    await dialog(pilot, "V", "The vault", "save")
    await pilot.click("#merge")
    await until(pilot, lambda: isinstance(pilot.app.screen, MergeDialog), "the dialog")


async def enter(pilot: Hands) -> None:
    await released(pilot)
    await pilot.press("enter")


async def joined(pilot: Hands) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, VaultDialog), "the merge")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_conflict_copy_is_told_of_and_joined_by_keys(
    path: Path, beside: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, name in ((path, "mine"), (beside, "theirs")):
        with changed(file) as records:
            add(records, Kind.SERVER, name)
    async with opened(path, size) as pilot:
        await sees(pilot, "changed apart, and")
        await merge_dialog(pilot)
        assert pilot.app.screen.query_one("#file", Input).value == str(beside)
        await until(pilot, lambda: focus_is(pilot.app, "accept"), "the button")
        await enter(pilot)
        await sees(pilot, "comes in: theirs")
        assert "Join them" in drawn(pilot.app)
        await enter(pilot)
        await joined(pilot)
        await sees(pilot, "Joined.")
    with contents_of(path) as records:
        assert {record.name for record in records.all()} == {"acme", "orders", "mine", "theirs"}
    looked: list[list[ConflictCopy]] = []
    left_beside = conflict_copies.left_beside

    def look(vault: Vault) -> list[ConflictCopy]:
        looked.append(left_beside(vault))
        return looked[-1]

    monkeypatch.setattr(conflict_copies, "left_beside", look)
    async with opened(path, size) as pilot:
        await until(pilot, lambda: looked, "the look for such files")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert looked == [[]]
        assert "changed apart" not in drawn(pilot.app)


async def test_what_both_changed_is_asked_and_leaving_changes_nothing(
    path: Path, beside: Path
) -> None:
    limit(path, 5)
    limit(beside, 7)
    before = path.read_bytes()
    async with opened(path, (100, 30)) as pilot:
        await merge_dialog(pilot)
        await enter(pilot)
        await sees(pilot, "Settle 1 conflict")
        await enter(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, MergeConflictDialog), "a question")
        assert "conn 5" in drawn(pilot.app)
        assert "conn 7" in drawn(pilot.app)
        await pilot.press("escape")
        await sees(pilot, "Settle 1 conflict")
        assert path.read_bytes() == before
        await enter(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, MergeConflictDialog), "a question")
        await pilot.press("t")
        await sees(pilot, "Join them")
        await enter(pilot)
        await joined(pilot)
    with contents_of(path) as records:
        claims = records.tokens.claims(records.find("acme/orders").id)
        assert claims is not None
        assert claims.nats["limits"]["conn"] == 7


async def test_a_key_deleted_there_and_changed_here_is_asked_about(
    path: Path, beside: Path
) -> None:
    for file in (path, beside):
        with changed(file) as records:
            records.set_notes(records.find("acme").id, file.name)
    with changed(path) as records:
        records.set_notes(records.find("acme/orders").id, "in use")
    with changed(beside) as records:
        records.delete(records.find("acme/orders").id)
    async with opened(path, (100, 30)) as pilot:
        await merge_dialog(pilot)
        await enter(pilot)
        await sees(pilot, "stays: acme/orders")
        await enter(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, MergeConflictDialog), "a question")
        await sees(pilot, "Delete it")
        await enter(pilot)  # the focus is on keeping it
        await sees(pilot, "Join them")
        await enter(pilot)
        await joined(pilot)
    with contents_of(path) as records:
        assert records.find("acme/orders").notes == "in use"


async def test_a_file_with_another_passphrase_asks_for_it(path: Path, tmp_path: Path) -> None:
    other, words = tmp_path / "other.nkw", "quite another passphrase"
    with (
        Passphrase(words) as passphrase,
        Vault.create(other, passphrase, KdfCost.MINIMUM) as vault,
        vault.change() as records,
    ):
        add(records, Kind.SERVER, "stranger")
        add(records, Kind.SERVER, "another")
    async with opened(path, (100, 30)) as pilot:
        await merge_dialog(pilot)
        await paste_text(pilot, str(other))
        await enter(pilot)
        await sees(pilot, "other keys than the vault", "its own passphrase")
        await type_text(pilot, words)
        await enter(pilot)
        await sees(pilot, "does not prove to be a version of this vault", "2 come in")
        await enter(pilot)
        await joined(pilot)
    with contents_of(path) as records:
        assert records.find("stranger").has_seed


@pytest.mark.parametrize(
    "name",
    [
        "vault (conflicted copy 2026-11-26).nkw",
        "vault (Ana's conflicted copy 2026-11-26).nkw",
        "vault (Anas in Konflikt stehende Kopie 2026-11-26).nkw",
        "vault (conflicted copy 2026-11-26 090807).nkw",
        "vault.sync-conflict-20261126-090807-ABCDEFG.nkw",
        "vault_conflict-20261126-090807.nkw",
        "vault-LAPTOP.nkw",
        "vault (1).nkw",
        "vault 2.nkw",
        "vault (SFConflict ana@example.com 2026-11-26-09-08-07).nkw",
        "vault.Conflict.nkw",
    ],
)
def test_the_names_that_sync_services_give_are_known(name: str) -> None:
    assert is_conflict_name(name, "vault.nkw")


@pytest.mark.parametrize(
    "name", ["vault.nkw", "vault.nkw.bak", "vault.nkw.lock", "other.nkw", "vault.txt"]
)
def test_other_names_are_no_conflict_copies(name: str) -> None:
    assert not is_conflict_name(name, "vault.nkw")
