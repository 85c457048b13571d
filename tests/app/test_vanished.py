"""The vault's file vanishes while the app has it open: said once, written only when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.hands import drawn, paste_text, until
from tests.app.test_main import PASSPHRASE, Hands, add, changed, opened, records_of, sees
from tests.vault.support import empty_vault
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = empty_vault(tmp_path / "disk" / "vault.nkw", PASSPHRASE)
    with changed(path) as records:
        add(records, Kind.SERVER, "n1")
    return path


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that the app looked at, which it does ten times a second here."""
    looks: list[Path] = []
    refresh = Vault.refresh

    def noted(vault: Vault) -> bool:
        looks.append(vault.path)
        return refresh(vault)

    monkeypatch.setattr(Vault, "refresh", noted)
    monkeypatch.setattr("wallet.app.screens.main.REFRESH_SECONDS", 0.1)
    return looks


async def looked_again(pilot: Hands, looks: list[Path]) -> None:
    """Wait until the app has looked twice, and has told what it saw: the third look has begun."""
    before = len(looks)
    await until(pilot, lambda: len(looks) >= before + 3, "looking at the file")


def vanish(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def names(path: Path) -> list[str]:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        return [record.name for record in vault.records.all()]


async def told(pilot: Hands) -> None:
    await sees(pilot, "file is gone", "Not now")


async def test_a_vanished_file_is_told_and_written_anew_on_a_word(path: Path) -> None:
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        assert not path.exists()
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "anew, and read it back")
    assert names(path) == ["n1"]


async def test_it_is_told_once_and_nothing_is_written_unasked(
    path: Path, looks: list[Path]
) -> None:
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree")
        await pilot.press("V")
        await sees(pilot, "Write anew")
        assert not path.exists()
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree again")
        await looked_again(pilot, looks)
        assert isinstance(pilot.app.screen, MainScreen)
        assert not path.exists()


async def test_over_a_lock_the_last_copy_stays_and_can_still_be_written(path: Path) -> None:
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree")
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        await sees(pilot, "waits here, sealed")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await told(pilot)
        assert [record.name for record in records_of(pilot).all()] == ["n1"]
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "anew, and read it back")
    assert names(path) == ["n1"]


async def test_a_file_that_comes_back_during_the_lock_is_the_one_that_opens(
    path: Path, looks: list[Path]
) -> None:
    content = path.read_bytes()
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        pilot.app.action_lock()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        path.write_bytes(content)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree")
        await looked_again(pilot, looks)
        assert "file is gone" not in drawn(pilot.app)
    assert path.read_bytes() == content


async def test_leaving_asks_before_the_last_copy_goes(path: Path) -> None:
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree")
        await pilot.press("q")
        await sees(pilot, "Leave and lose it")
        await pilot.press("shift+tab", "shift+tab", "enter")
        await sees(pilot, "anew, and read it back")
    assert names(path) == ["n1"]


async def test_its_button_for_later_leads_back_to_the_keys(path: Path) -> None:
    """Textual calls each class's handler: one that calls another by hand ends two screens."""
    async with opened(path) as pilot:
        vanish(path)
        await told(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree")
        await pilot.press("V")
        await sees(pilot, "Write anew", "Close")
        await pilot.press("enter")  # Close
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the tree again")
