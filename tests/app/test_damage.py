"""A vault that fails its check, or was changed apart: told, with a choice, by keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Button, Static

from tests.app.hands import drawn, offered, released, thread_at_work, type_text, until
from tests.vault.support import TEXT, add, make, names_in, unlock
from tests.vault.test_forks import On, make_forked, on
from tests.vault.test_soundness import OWN_PARENT, damaged, tree
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.damage import DamageDialog
from wallet.app.screens.vault.fork import PartedDialog
from wallet.app.screens.vault.merge import MergeDialog
from wallet.app.screens.vault.outdated_backups import OutdatedBackupsDialog
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.damage_notice import DamageNotice
from wallet.errors import ContentsDamagedError
from wallet.secrets.passphrase import Passphrase
from wallet.vault.backups import older_saves
from wallet.vault.db import image
from wallet.vault.db.soundness import Problem
from wallet.vault.vault import Vault

__all__ = ["on"]  # the fixture


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def said(app: WalletApp) -> str:
    return str(app.screen.query_one("#said", Static).content)


def choice(app: WalletApp) -> bool:
    return isinstance(app.screen, UnlockScreen) and app.screen.has_class("-choice")


def notice(app: WalletApp) -> str:
    return " ".join(str(one.content) for s in app.screen_stack for one in s.query(DamageNotice))


async def test_a_large_damaged_vault_says_so_and_saves_nothing_until_told_to(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "CHECKED_AT_ONCE", 0)
    tree(path)
    damaged(path, OWN_PARENT)
    before = path.read_bytes()
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "orders" in notice(app), "looking through")
        vault = app.vault
        assert vault is not None
        with pytest.raises(ContentsDamagedError):
            add(vault, "more")
        assert path.read_bytes() == before
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await type_text(pilot, "damage in")
        await offered(pilot, "Damage in this vault")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DamageDialog), "the dialog")
        assert app.focused is not None
        assert app.focused.id == "cancel", "the careful answer comes first"
        await pilot.click("#accept")
        await pilot.pause()
        add(vault, "more")
        assert "orders" in notice(app), "the notice stays"


async def test_a_small_damaged_vault_opens_to_be_looked_at_after_a_choice(path: Path) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: choice(app), "the choice")
        await pilot.pause()
        assert "damaged" in said(app)
        assert str(app.screen.query_one("#accept", Button).label) == "Open it all the same"
        await pilot.click("#accept")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        await until(pilot, lambda: notice(app) != "", "looking through")
        assert app.vault is not None
        with pytest.raises(ContentsDamagedError):
            add(app.vault, "more")


async def test_a_sound_vault_gets_no_notice(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_through: list[list[Problem]] = []
    check_contents = Vault.check_contents

    def check_and_note(vault: Vault) -> list[Problem]:
        looked_through.append(check_contents(vault))
        return looked_through[-1]

    monkeypatch.setattr(Vault, "check_contents", check_and_note)
    tree(path)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        await until(pilot, lambda: looked_through == [[]], "looking through")
        await until(pilot, lambda: not thread_at_work(), "its end")
        await pilot.pause()
        assert notice(app) == ""


async def test_a_fork_is_opened_only_after_a_choice(path: Path, tmp_path: Path, on: On) -> None:
    make_forked(path, tmp_path / "there.nkw", on)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: choice(app), "the choice")
        await pilot.pause()
        assert "changed apart" in said(app)
        assert app.focused is not None
        assert app.focused.id == "decline"
        await pilot.click("#accept")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")


@pytest.mark.parametrize("keep", [True, False])
async def test_an_open_window_asks_before_its_keys_go_over_a_fork(
    path: Path, tmp_path: Path, on: On, keep: bool
) -> None:
    make(path, "both").lock()
    there = tmp_path / "there.nkw"
    shutil.copyfile(path, there)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert app.vault is not None
        add(app.vault, "only here")
        with unlock(there, accept_older=True) as vault:
            add(vault, "only there")
        shutil.copyfile(there, path)
        await until(pilot, lambda: isinstance(app.screen, PartedDialog), "the question")
        assert path.read_bytes() == there.read_bytes()
        # The careful answer comes first.
        await until(pilot, lambda: getattr(app.focused, "id", "") == "cancel", "the focus")
        if keep:
            await pilot.press("shift+tab")
            assert getattr(app.focused, "id", "") == "accept"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the end of the dialog")
        assert (path.read_bytes() == there.read_bytes()) is not keep
        if keep:
            assert names_in(app.vault) == {"both", "only here"}


@pytest.mark.parametrize(
    ("size", "here"), [((80, 24), 1), ((160, 50), 3)], ids=["a lower number here", "a higher one"]
)
async def test_an_open_window_joins_a_fork_by_a_key(
    path: Path, tmp_path: Path, on: On, size: tuple[int, int], here: int
) -> None:
    make(path, "both").lock()
    there, further = (tmp_path / name for name in ("there.nkw", "further.nkw"))
    for copy in (there, further):
        shutil.copyfile(path, copy)
    with unlock(further, accept_older=True) as vault:  # an earlier fork, of a higher number
        for number in range(4):
            add(vault, f"further {number}")
    older_saves.put_away(further, path, older_saves.Why.FORK)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert app.vault is not None
        ours = {f"only here {number}" for number in range(here)}
        for name in sorted(ours):
            add(app.vault, name)
        with unlock(there, accept_older=True) as vault:
            add(vault, "only there")
        shutil.copyfile(there, path)
        await until(pilot, lambda: isinstance(app.screen, PartedDialog), "the question")
        await pilot.press("J")
        await until(pilot, lambda: isinstance(app.screen, MergeDialog), "the dialog")
        await until(pilot, lambda: getattr(app.focused, "id", "") == "accept", "the file")
        await released(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "comes in: only there" in drawn(app), "the plan")
        await released(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the end of the dialog")
        assert names_in(app.vault) == {"both", *ours, "only there"}


async def test_a_fork_that_comes_back_is_joined_though_it_is_kept_already(
    path: Path, tmp_path: Path, on: On
) -> None:
    make(path, "both").lock()
    there = tmp_path / "there.nkw"
    shutil.copyfile(path, there)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert app.vault is not None
        add(app.vault, "only here")
        with unlock(there, accept_older=True) as vault:
            add(vault, "only there")
        for key in ("ctrl+s", "J"):
            shutil.copyfile(there, path)
            await until(pilot, lambda: isinstance(app.screen, PartedDialog), "the question")
            await until(pilot, lambda: getattr(app.focused, "id", "") == "cancel", "the focus")
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, PartedDialog), "the save")
        await until(pilot, lambda: isinstance(app.screen, MergeDialog), "the dialog")
        await until(pilot, lambda: getattr(app.focused, "id", "") == "accept", "the file")
        await released(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "comes in: only there" in drawn(app), "the plan")


async def test_a_window_that_had_nothing_to_save_over_says_so(
    path: Path, tmp_path: Path, on: On
) -> None:
    make(path, "both").lock()
    there, back = tmp_path / "there.nkw", tmp_path / "back.nkw"
    shutil.copyfile(path, there)
    app = WalletApp(path, passphrase=Passphrase(TEXT))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert app.vault is not None
        add(app.vault, "only here")
        shutil.copyfile(path, back)
        with unlock(there, accept_older=True) as vault:
            add(vault, "only there")
        shutil.copyfile(there, path)
        await until(pilot, lambda: isinstance(app.screen, PartedDialog), "the question")
        shutil.copyfile(back, path)
        before = app.vault.generation
        await until(pilot, lambda: getattr(app.focused, "id", "") == "cancel", "the focus")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the end of the dialog")
        assert app.vault.generation == before
        news = " ".join(one.message for one in app._notifications)
        assert ("nothing was saved" in news, "kept as a backup" in news) == (True, False)


async def test_a_fork_that_was_never_joined_is_named_before_it_is_deleted(
    path: Path, tmp_path: Path, on: On
) -> None:
    with make(path, "both") as vault:
        there = tmp_path / "there.nkw"
        shutil.copyfile(path, there)
        with unlock(there, accept_older=True) as other:
            add(other, "only there")
        kept = older_saves.put_away(there, path, older_saves.Why.FORK)
        with Passphrase(TEXT) as old, Passphrase("another passphrase for this") as new:
            vault.change_passphrase(old, new)
    app = WalletApp(path, passphrase=Passphrase("another passphrase for this"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "unlocking")
        assert app.vault is not None
        await app.push_screen(OutdatedBackupsDialog(app.vault))
        said = " ".join(str(one.content) for one in app.screen.query(Static))
        assert f"never joined with it: {kept}" in said
