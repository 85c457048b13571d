"""Looking after the vault in the app: its passphrase and what a guess costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.hands import drawn, type_text, until
from tests.app.test_main import PASSPHRASE, Hands, add, changed, dialog, opened, sees
from wallet.app.screens.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault_page import VaultDialog
from wallet.errors import WrongPassphraseError
from wallet.nkeys import Kind
from wallet.passphrase import Passphrase
from wallet.vault.container import KdfCost
from wallet.vault.vault import Vault

NEW = "quite another passphrase, öffne dich"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault with a user that stands alone."""
    path = tmp_path / "keys" / "vault.nkw"
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(path, passphrase, KdfCost.MINIMUM).lock()
    with changed(path) as records:
        add(records, Kind.USER, "billing")
    return path


def opens(path: Path, text: str) -> bool:
    try:
        with Passphrase(text) as passphrase:
            Vault.unlock(path, passphrase).lock()
    except WrongPassphraseError:
        return False
    return True


async def change_dialog(pilot: Hands) -> None:
    """`V`, then the button: the dialog that changes the passphrase."""
    await dialog(pilot, "V", "The vault", "save")
    await pilot.click("#passphrase")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChangePassphraseDialog), "the dialog")
    await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "old", "its first field")


async def fill(pilot: Hands, old: str, new: str, again: str) -> None:
    for text in (old, new, again):
        await type_text(pilot, text)
        await pilot.press("enter")


async def test_the_passphrase_is_changed_by_keys(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await change_dialog(pilot)
        await fill(pilot, PASSPHRASE, NEW, NEW)
        await until(pilot, lambda: isinstance(pilot.app.screen, VaultDialog), "the change")
        await sees(pilot, "The passphrase is changed")
    assert opens(path, NEW)
    assert not opens(path, PASSPHRASE)


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("not the one of now", NEW, NEW, "not the passphrase of now"),
        (PASSPHRASE, NEW, "something else here", "not the same"),
        (PASSPHRASE, "short", "short", "At least 15"),
        (PASSPHRASE, PASSPHRASE, PASSPHRASE, "the present one"),
        (PASSPHRASE, "", "", "choose another cost"),
        ("", NEW, NEW, "Type the passphrase of now"),
    ],
)
async def test_what_cannot_be_changed_is_told_and_the_old_passphrase_stays(
    path: Path, old: str, new: str, again: str, told: str
) -> None:
    before = path.read_bytes()
    async with opened(path, (80, 40)) as pilot:
        await change_dialog(pilot)
        await fill(pilot, old, new, again)
        await sees(pilot, told)
        assert new not in drawn(pilot.app) or not new
    assert path.read_bytes() == before


async def test_a_passphrase_that_the_wallet_made_is_shown_and_typed_once_more(path: Path) -> None:
    async with opened(path, (80, 40)) as pilot:
        await change_dialog(pilot)
        await pilot.press("ctrl+g")
        screen = pilot.app.screen
        assert isinstance(screen, ChangePassphraseDialog)
        assert screen._generated is not None
        made = screen._generated.raw.decode()
        await type_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(
            pilot, lambda: getattr(pilot.app.focused, "id", "") == "again", "the last field"
        )
        await type_text(pilot, made)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, VaultDialog), "the change")
    assert opens(path, made)


async def test_the_page_is_left_by_esc_and_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    async with opened(path) as pilot:
        await change_dialog(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, VaultDialog), "the page")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, VaultDialog), "the tree")
    assert path.read_bytes() == before
