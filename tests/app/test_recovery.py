"""Recovery codes and key files in the app, by keys: made, typed back, used, replaced, removed."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.app.hands import drawn, focus_is, paste_text, released, tap, type_text, until
from tests.app.test_main import PASSPHRASE, Hands, dialog, make_empty, opened, sees
from tests.app.test_unlock import said
from tests.vault.support import made_once
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault.create import CreateScreen
from wallet.app.screens.vault.key_file import KeyFileDialog
from wallet.app.screens.vault.outdated_backups import OutdatedBackupsDialog
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.screens.vault.restoration import RestoreDialog
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.screens.vault.vault_page import VaultDialog
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.errors import KeyFileNeededError, WrongPassphraseError
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk import files, key_file_access
from wallet.vault.backups import older_saves
from wallet.vault.file import key_file_place
from wallet.vault.file.container import KdfCost
from wallet.vault.file.first_look import header_at
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault

NEW = "quite another passphrase, öffne dich"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){6}[0-9A-Z]{5}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made_once(tmp_path / "keys" / "vault.nkw", make_empty)


@pytest.fixture
def code(path: Path) -> str:
    """The text of a code that the vault has."""
    with Passphrase(PASSPHRASE) as passphrase, RecoveryCode.generate() as code:
        with Vault.unlock(path, passphrase) as vault:
            vault.change_recovery(passphrase, code)
        return code.text().decode()


@pytest.fixture
def key(path: Path, tmp_path: Path) -> Path:
    """A key file that the vault needs."""
    key = tmp_path / "vault.key"
    with (
        key_file_access.make(key) as key_file,
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as vault,
    ):
        vault.change_passphrase(passphrase, passphrase, key_file=key_file)
    return key


def opens(path: Path, opener: Opener) -> bool:
    try:
        with opener:
            Vault.unlock(path, opener, read_only=True).lock()
    except (WrongPassphraseError, KeyFileNeededError):
        return False
    return True


def shown_code(app: App[Any]) -> str:
    return app.screen.query_one(SecretText)._secret.decode()


async def type_back(pilot: Pilot[Any], text: str) -> None:
    """Leave the code that is shown, and type one back."""
    await pilot.press("enter")
    await until(pilot, lambda: focus_is(pilot.app, "again"), "the field to type it back")
    await type_text(pilot, text)


async def page(pilot: Hands, part: str, kind: type) -> None:
    """`V`, and a button of the vault's page."""
    await dialog(pilot, "V", "The vault", "save")
    await pilot.click(f"#{part}")
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), "the dialog")
    await until(pilot, lambda: focus_is(pilot.app, "old"), "its first field")


async def until_told(pilot: Hands, text: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, VaultDialog), "the dialog's end")
    lines = list(pilot.app.screen.query("#about, #news").results(Static))
    await until(pilot, lambda: text in " ".join(str(each.content) for each in lines), text)


# Making, replacing, removing


async def test_a_first_start_offers_a_code_without_asking_for_the_passphrase_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "vault.nkw"
    app = WalletApp(path, cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen), "the first screen")
        for _ in range(2):
            await paste_text(pilot, PASSPHRASE)
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecoveryDialog), "the offer")
        screen: Any = app.screen
        passphrase = screen._passphrase
        assert isinstance(passphrase, Passphrase)
        buffer = passphrase.raw
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.has_class("-shown"), "the code")
        code = shown_code(app)
        assert code in drawn(app)
        await type_back(pilot, code.lower())
        assert code not in drawn(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
        await until(pilot, lambda: not any(buffer), "the passphrase to go")
    assert opens(path, RecoveryCode.read(code.encode()))
    assert opens(path, Passphrase(PASSPHRASE))


async def test_a_code_is_made_once_it_was_typed_back_and_its_page_written(
    path: Path, tmp_path: Path
) -> None:
    to = tmp_path / "page.txt"
    async with opened(path) as pilot:
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.has_class("-shown"), "the code")
        code = shown_code(pilot.app)
        await paste_text(pilot, str(to))
        wrong = code[:6] + ("2" if code[6] != "2" else "3") + code[7:]
        await type_back(pilot, wrong)
        await until(pilot, lambda: "Group 2 is mistyped" in drawn(pilot.app), "the word on it")
        await pilot.press("enter")
        await until(pilot, lambda: "Group 2 of the code" in drawn(pilot.app), "the refusal")
        await pilot.press("ctrl+u")
        await paste_text(pilot, code[:8])
        assert "1✓ 2: 2 of 5" in drawn(pilot.app)
        await paste_text(pilot, code[8:])
        assert "All seven fit" in drawn(pilot.app)
        assert code not in drawn(pilot.app)
        await pilot.press("enter")
        await until_told(pilot, "or with its recovery code")
    assert code in to.read_text(encoding="utf-8")
    if sys.platform != "win32":
        assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert opens(path, RecoveryCode.read(code.encode()))


class FullOnceLocked(files.System):
    """A disk that a save waits for, and that is full then."""

    def __init__(self) -> None:
        self.begun, self.locked = threading.Event(), threading.Event()

    def write(self, descriptor: int, data: memoryview) -> int:
        self.begun.set()
        assert self.locked.wait(20)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_page_goes_whose_code_a_full_disk_kept_out_after_a_lock(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody printed it, and it opened nothing."""
    to, full = tmp_path / "page.txt", FullOnceLocked()
    async with opened(path) as pilot:
        app: Any = pilot.app
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.has_class("-shown"), "the code")
        code = shown_code(app)
        await paste_text(pilot, str(to))
        await type_back(pilot, code)
        assert to.exists()
        monkeypatch.setattr(files, "system", full)
        await pilot.press("enter")
        await until(pilot, full.begun.is_set, "the save")
        app.lock()
        await sees(pilot, "is locked")
        assert to.exists()  # its code may come to count yet
        full.locked.set()
        await until(pilot, lambda: not to.exists(), "the page to go")
    assert not opens(path, RecoveryCode.read(code.encode()))


async def test_a_code_that_is_typed_is_shown_where_a_person_asks_for_it_and_no_longer(
    path: Path, code: str
) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "Ctrl+R: by the recovery code")
        await paste_text(pilot, "a passphrase")
        await pilot.press("f2")
        assert "a passphrase" not in drawn(app)
        await pilot.press("ctrl+r")
        await paste_text(pilot, code)
        assert code not in drawn(app)
        await pilot.press("f2")
        assert code in drawn(app)
        await pilot.press("left", "backspace")
        assert code[:-2] + code[-1] in drawn(app)
        await pilot.press("f2")
        assert code[:5] not in drawn(app)
        await pilot.press("f2", "ctrl+r")
        await paste_text(pilot, "a passphrase")
        assert "a passphrase" not in drawn(app)


@pytest.mark.parametrize("locks", [False, True])
async def test_a_code_that_is_not_typed_back_opens_nothing_and_leaves_no_page(
    path: Path, tmp_path: Path, locks: bool
) -> None:
    to, before = tmp_path / "page.txt", path.read_bytes()
    async with opened(path) as pilot:
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.has_class("-shown"), "the code")
        screen = pilot.app.screen
        assert isinstance(screen, RecoveryDialog)
        assert screen._code is not None
        buffer = screen._code.raw
        await paste_text(pilot, str(to))
        await type_back(pilot, "nothing of it")
        assert to.exists()
        if locks:
            app: Any = pilot.app
            app.lock()
        else:
            await pilot.press("escape")
            await sees(pilot, "The code that was shown opens nothing: it was not typed back.")
        await until(pilot, lambda: not to.exists(), "the page to go")
        await until(pilot, lambda: not any(buffer), "the code to go")
        if locks:
            await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
            await paste_text(pilot, PASSPHRASE)
            await pilot.press("enter")
            await sees(pilot, "The code that was shown opens nothing")
    assert path.read_bytes() == before


@pytest.mark.parametrize("typed_back", [False, True])
async def test_a_first_start_says_that_a_code_which_was_not_typed_back_opens_nothing(
    tmp_path: Path, typed_back: bool
) -> None:
    app = WalletApp(tmp_path / "new" / "vault.nkw", cost=KdfCost.MINIMUM)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen), "the first screen")
        for _ in range(2):
            await paste_text(pilot, PASSPHRASE)
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecoveryDialog), "the offer")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.has_class("-shown"), "the code")
        if typed_back:
            await type_back(pilot, shown_code(app)[:9])
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
        await sees(pilot, "The code that was shown opens nothing", "V makes")


async def test_a_code_that_was_shown_in_another_s_place_leaves_that_one_good(
    path: Path, code: str
) -> None:
    async with opened(path) as pilot:
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.has_class("-shown"), "the code")
        await pilot.press("escape")
        await until_told(pilot, "opens nothing: it was not typed back. The one from before is")
    assert opens(path, RecoveryCode.read(code.encode()))


async def test_a_passphrase_that_was_made_and_not_taken_is_said_to_open_nothing(path: Path) -> None:
    async with opened(path) as pilot:
        await page(pilot, "passphrase", ChangePassphraseDialog)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: pilot.app.screen.has_class("-generated"), "the passphrase")
        await pilot.press("escape")
        await until_told(pilot, "The passphrase that was shown opens nothing")


async def test_a_wrong_passphrase_shows_no_code(path: Path) -> None:
    async with opened(path) as pilot:
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, "a guess that is wrong")
        await pilot.press("enter")
        await until(pilot, lambda: "not the current passphrase" in drawn(pilot.app), "the refusal")
        assert not CODE.search(drawn(pilot.app))
        assert isinstance(pilot.app.screen, RecoveryDialog)


async def test_a_code_is_removed(path: Path, code: str) -> None:
    async with opened(path) as pilot:
        await page(pilot, "recovery", RecoveryDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.click("#remove")
        await until_told(pilot, "has no recovery code")
    assert not opens(path, RecoveryCode.read(code.encode()))
    assert opens(path, Passphrase(PASSPHRASE))


# Opening by it


async def by_code(pilot: Pilot[Any], text: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the unlock screen")
    await pilot.press("ctrl+r")
    await paste_text(pilot, text)
    await pilot.press("enter")


async def test_the_code_opens_it_and_asks_for_a_new_passphrase(path: Path, code: str) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await by_code(pilot, code)
        await until(pilot, lambda: focus_is(app, "new"), "the dialog")
        assert code not in drawn(app)
        for _ in range(2):
            await paste_text(pilot, NEW)
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
    assert opens(path, Passphrase(NEW))
    assert not opens(path, Passphrase(PASSPHRASE))
    assert opens(path, RecoveryCode.read(code.encode()))


async def test_a_code_that_is_tried_does_not_look_refused(
    path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, goes_on = WalletApp(path), threading.Event()
    unlock = Vault.unlock

    def slow(*given: Any, **more: Any) -> Vault:
        goes_on.wait(30)
        return unlock(*given, **more)

    monkeypatch.setattr(Vault, "unlock", slow)
    async with app.run_test(size=(80, 24)) as pilot:
        try:
            await by_code(pilot, code)
            await until(pilot, lambda: "The code is whole: opening" in drawn(app), "the word")
            assert "read, and wiped here" in drawn(app)
            assert "All seven fit" in drawn(app)
        finally:
            goes_on.set()
        await until(pilot, lambda: focus_is(app, "new"), "the dialog")


@pytest.mark.parametrize("way", ["escape", "lock"])
async def test_without_a_new_passphrase_it_is_closed_again(path: Path, code: str, way: str) -> None:
    before = path.read_bytes()
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await by_code(pilot, code)
        await until(pilot, lambda: focus_is(app, "new"), "the dialog")
        vault, screen = app.vault, app.screen
        assert vault is not None
        assert isinstance(screen, ChangePassphraseDialog)
        assert screen._code is not None
        buffer = screen._code.raw
        if way == "escape":
            await pilot.press("escape")
        else:
            app.lock()
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        assert vault.locked
        await until(pilot, lambda: not any(buffer), "the code to go")
    assert path.read_bytes() == before


async def test_a_mistyped_code_is_told_with_its_group_and_can_be_mended(
    path: Path, code: str
) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        last = "7" if code[-1] != "7" else "8"
        await by_code(pilot, code[:-1] + last)
        assert "Group 7 of the code" in said(app)
        assert "Group 7 is mistyped" in drawn(app)
        await pilot.press("backspace")
        await type_text(pilot, code[-1])
        await pilot.press("enter")
        await until(pilot, lambda: focus_is(app, "new"), "the dialog")


async def test_another_vaults_code_is_told(path: Path, code: str) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await by_code(pilot, RecoveryCode.generate().text().decode())
        await until(pilot, lambda: "another vault" in said(app), "the refusal")
        await pilot.press("ctrl+r")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")


async def test_a_vault_without_a_code_says_so(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        assert "Ctrl+R" not in drawn(app)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert "no recovery code" in said(app)


async def test_a_code_from_the_command_line_is_tried_at_once(path: Path, code: str) -> None:
    app = WalletApp(path, code=RecoveryCode.read(code.encode()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: focus_is(app, "new"), "the dialog")
        assert isinstance(app.screen, ChangePassphraseDialog)


# The key file


async def test_a_key_file_is_set_made_and_removed(path: Path, tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    async with opened(path) as pilot:
        await page(pilot, "key-file", KeyFileDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await paste_text(pilot, str(key))
        await pilot.press("enter")
        await until_told(pilot, "its passphrase and key file together")
        assert not opens(path, Passphrase(PASSPHRASE))
        with key_file_access.read(key) as key_file:
            assert opens(path, Passphrase(PASSPHRASE).with_key_file(key_file))
        await released(pilot)
        await pilot.pause()  # the news that came moves the buttons
        await pilot.click("#key-file")
        await until(pilot, lambda: focus_is(pilot.app, "old"), "the dialog")
        assert pilot.app.screen.query_one("#key-file", Input).value == str(key)
        await paste_text(pilot, PASSPHRASE)
        await pilot.click("#remove")
        await until_told(pilot, "opens the vault alone again")
    assert opens(path, Passphrase(PASSPHRASE))


async def test_a_new_key_file_is_not_made_for_a_wrong_passphrase(
    path: Path, tmp_path: Path
) -> None:
    key, before = tmp_path / "vault.key", path.read_bytes()
    async with opened(path) as pilot:
        await page(pilot, "key-file", KeyFileDialog)
        await paste_text(pilot, "a guess that is wrong")
        await pilot.press("enter")
        await paste_text(pilot, str(key))
        await pilot.press("enter")
        await until(pilot, lambda: "not the current passphrase" in drawn(pilot.app), "the refusal")
    assert not key.exists()
    assert path.read_bytes() == before


async def test_the_key_file_is_named_once_and_its_path_remembered(path: Path, key: Path) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: "no key file was named" in said(app), "the refusal")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("tab")
        await paste_text(pilot, str(key))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
        app.lock()
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys again")
    assert key_file_place.remembered(header_at(path).vault_id) == key


async def test_a_wrong_key_file_is_told_without_a_word_on_the_passphrase(
    path: Path, key: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(bytes(64))
    app = WalletApp(path, key_file=other)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        assert app.screen.query_one("#key-file", Input).value == str(other)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: "together" in said(app), "the refusal")
        app.screen.query_one("#key-file", Input).value = str(tmp_path)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be used" in said(app), "the refusal of a directory")


async def test_the_passphrase_is_changed_where_a_key_file_is_needed(path: Path, key: Path) -> None:
    key_file_place.remember(header_at(path).vault_id, key)
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the unlock screen")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
        await page(pilot, "passphrase", ChangePassphraseDialog)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter", "enter")
        for _ in range(2):
            await paste_text(pilot, NEW)
            await pilot.press("enter")
        await until_told(pilot, "The passphrase is changed")
    with key_file_access.read(key) as key_file:
        assert opens(path, Passphrase(NEW).with_key_file(key_file))
    assert not opens(path, Passphrase(NEW))


@pytest.mark.parametrize("way", ["code", "key file"])
async def test_a_backup_from_before_other_ways_in_is_opened_by_those_of_its_time(
    path: Path, tmp_path: Path, way: str
) -> None:
    code, key = RecoveryCode.generate(), tmp_path / "vault.key"
    typed = code.text().decode() if way == "code" else PASSPHRASE
    with (
        key_file_access.make(key) as key_file,
        Passphrase(PASSPHRASE).with_key_file(key_file) as passphrase,
        Passphrase(NEW) as new,
        Vault.unlock(path, passphrase) as vault,
    ):
        vault.change_passphrase(passphrase, passphrase, key_file=key_file)
        vault.change_recovery(passphrase, code)
        with vault.change():
            pass
        before = vault.generation
        vault.change_passphrase(passphrase, new, key_file=None)
        (backup,) = (
            each for each in vault.backups() if each.generation == before and each.why.kept
        )
    app = WalletApp(path, passphrase=Passphrase(NEW))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the keys")
        assert app.vault is not None
        app.push_screen(RestoreDialog(app.vault, backup.path))
        await until(pilot, lambda: focus_is(app, "passphrase"), "the question")
        await paste_text(pilot, typed)
        if way == "key file":
            await pilot.press("tab")
            await paste_text(pilot, str(key))
        await pilot.press("enter")
        await until(pilot, lambda: f"It is save {before}" in drawn(app), "the comparison")


async def test_the_vaults_page_says_what_opens_it_and_fits_80_by_24(path: Path, code: str) -> None:
    async with opened(path) as pilot:
        await dialog(pilot, "V", "The vault", "save")
        shown = drawn(pilot.app)
        for word in ("Passphrase…", "Recovery…", "Key file…", "Check", "Backups…", "Close"):
            assert word in shown
        about = str(pilot.app.screen.query_one("#about", Static).content)
        assert "or with its recovery code" in about


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_backups_that_open_by_ways_in_of_before_are_offered_to_be_deleted(
    path: Path, size: tuple[int, int]
) -> None:
    async with opened(path, size) as pilot:
        await page(pilot, "passphrase", ChangePassphraseDialog)
        assert not pilot.app.screen_stack[-2].query_one("#outdated").display
        for text in (PASSPHRASE, NEW, NEW):
            await paste_text(pilot, text)
            await pilot.press("enter")
        await until_told(pilot, "passphrase is changed")
        await until(pilot, lambda: "passphrase, key file or code of before" in drawn(pilot.app))
        pilot.app.screen.set_focus(pilot.app.screen.query_one("#outdated"))
        await released(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutdatedBackupsDialog), "the offer")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not the current passphrase" in drawn(pilot.app), "a refusal")
        assert older_saves.every_backup(path)
        for _ in PASSPHRASE:
            tap(pilot, "backspace")
        await paste_text(pilot, NEW)
        await pilot.press("ctrl+s")
        await until_told(pilot, "Deleted")
        assert not pilot.app.screen.query_one("#outdated").display
    assert list(older_saves.every_backup(path)) == []
    assert opens(path, Passphrase(NEW))
