"""The first start where no vault is, but the backup of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.hands import drawn, paste_text, until
from tests.vault.support import TEXT, add, make, names_in, unlock
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.backup_only import BackupThereScreen
from wallet.app.screens.vault.create import CreateScreen
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.file.container import KdfCost

OWN = "my dog likes to eat cheese"


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    path = tmp_path / "vault.nkw"
    make(path, "a", "b", "c").lock()
    path.unlink()
    return path


async def test_a_backup_is_told_of_and_opens_with_two_keys_of_the_keyboard(lost: Path) -> None:
    app = WalletApp(lost, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, BackupThereScreen)
        shown = drawn(app)
        assert "save 3" in shown
        assert "vault.nkw.bak" in shown
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "asking")
        await paste_text(pilot, TEXT)
        await pilot.press("enter")
        await until(pilot, lambda: "older" in drawn(app), "the question")
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "opening")
        assert app.vault is not None
        assert names_in(app.vault) == {"a", "b"}


async def test_an_older_backup_can_be_chosen(lost: Path) -> None:
    app = WalletApp(lost, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "asking")
    with unlock(lost, accept_older=True) as vault:
        assert names_in(vault) == {"a"}


async def test_starting_anew_keeps_the_backup_aside(lost: Path) -> None:
    content = files.backup_path(lost).read_bytes()
    app = WalletApp(lost, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, CreateScreen), "the form")
        await paste_text(pilot, OWN)
        await pilot.press("enter")
        await paste_text(pilot, OWN)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecoveryDialog), "making it")
        assert app.vault is not None
        add(app.vault, "new")
        add(app.vault, "newer")
    (aside,) = [each for each in older_saves.every_backup(lost) if each.why is Why.ASIDE]
    assert aside.path.read_bytes() == content


async def test_a_backup_that_nobody_can_read_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    files.backup_path(path).write_bytes(b"half of a vault")
    app = WalletApp(path, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "cannot be read" in drawn(app)
        app.screen.query_one("#open").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert "None of them" in drawn(app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, CreateScreen), "the form")
    assert files.backup_path(path).read_bytes() == b"half of a vault"


async def test_the_screen_fits_a_small_terminal(lost: Path) -> None:
    app = WalletApp(lost, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(60, 20)):
        shown = drawn(app)
        assert "Open this backup" in shown
        assert "Start anew" in shown
