"""Looking after the vault in the app: its passphrase and what a guess costs."""

from __future__ import annotations

import time
from pathlib import Path

from textual.widgets import Input

from tests.app.hands import drawn, focus_is, paste_text, released, type_text, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    add,
    changed,
    dialog,
    filled_vault,
    find,
    opened,
    records_of,
    sees,
)
from tests.vault.support import issue
from wallet.app.app import WalletApp
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.vault.backups import BackupsDialog
from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault.vault_page import VaultDialog
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.errors import WrongPassphraseError
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.copies import seed_copies
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

NEW = "quite another passphrase, öffne dich"


@filled_vault
def path(records: Records) -> None:
    """A vault with a user that stands alone."""
    add(records, Kind.USER, "billing")


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


REFUSED = (
    ("not the one of now", NEW, NEW, "not the current passphrase"),
    (PASSPHRASE, NEW, "something else here", "not the same"),
    (PASSPHRASE, NEW, "", "Type it once more"),
    (PASSPHRASE, "short", "short", "At least 15"),
    (PASSPHRASE, PASSPHRASE, PASSPHRASE, "the present one"),
    (PASSPHRASE, "", "", "choose another cost"),
    ("", NEW, NEW, "Type the current passphrase"),
)
"""The passphrase of now, a new one twice, and what is told of them."""


async def test_what_cannot_be_changed_is_told_and_the_old_passphrase_stays(path: Path) -> None:
    before = path.read_bytes()
    async with opened(path, (80, 40)) as pilot:
        for old, new, again, told in REFUSED:
            await change_dialog(pilot)
            for text in (old, new, again):
                await paste_text(pilot, text)
                await pilot.press("enter")
            await sees(pilot, told)
            assert new not in drawn(pilot.app) or not new, told
            while isinstance(pilot.app.screen, Dialog):
                await pilot.app.screen.dismiss(None)
            assert path.read_bytes() == before, told


async def test_a_passphrase_that_the_wallet_made_is_shown_and_typed_once_more(path: Path) -> None:
    async with opened(path, (80, 40)) as pilot:
        await change_dialog(pilot)
        await pilot.press("ctrl+g")
        screen = pilot.app.screen
        assert isinstance(screen, ChangePassphraseDialog)
        assert screen._generated is not None
        made = screen._generated.raw.decode()
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(
            pilot, lambda: getattr(pilot.app.focused, "id", "") == "again", "the last field"
        )
        await paste_text(pilot, made)
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


# --- backups ----------------------------------------------------------------------------


async def backups_dialog(pilot: Hands) -> None:
    """`V`, then the button: the list of older saves, with the focus in it."""
    await dialog(pilot, "V", "The vault", "save")
    await pilot.click("#backups")
    await sees(pilot, "older saves")
    await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "backups", "the list")


async def test_a_backup_is_restored_by_keys_after_what_goes_and_comes_is_shown(path: Path) -> None:
    with changed(path) as records:
        records.delete(records.find("billing").id)
        add(records, Kind.SERVER, "n1")
    async with opened(path) as pilot:
        await backups_dialog(pilot)
        await pilot.press("enter")
        await sees(pilot, "goes: n1", "comes back: billing")
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "cancel", "No first")
        assert [record.name for record in records_of(pilot).all()] == ["n1"]
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "Restored from")
        assert [record.name for record in records_of(pilot).all()] == ["billing"]
        await pilot.press("escape")
        await sees(pilot, "● billing")
    assert any(".restore.bak" in file.name for file in path.parent.iterdir())


async def test_a_restore_shows_who_stays_let_in_and_which_server_goes(path: Path) -> None:
    with changed(path) as records:
        acme = issue(Issuing(records), Kind.OPERATOR, "acme")
        orders = issue(Issuing(records), Kind.ACCOUNT, "orders", acme)
    with changed(path) as records:
        issue(Issuing(records), Kind.USER, "later", orders)
        records.servers.set_profile(ServerProfile("new", ("nats://new:4222",)))
    async with opened(path, (120, 40)) as pilot:
        await backups_dialog(pilot)
        await pilot.press("enter")
        await sees(
            pilot,
            "goes: acme/orders/later",
            "goes: server new",
            "stays let in by servers, revoked by none: acme/orders/later",
            "tests and settings",
        )


async def test_a_backup_from_before_a_change_of_the_passphrase_asks_for_that(path: Path) -> None:
    with Passphrase(PASSPHRASE) as old, Passphrase(NEW) as new, Vault.unlock(path, old) as vault:
        vault.change_passphrase(old, new)
        with vault.change() as records:
            add(records, Kind.SERVER, "n1")
    app = WalletApp(path, passphrase=Passphrase(NEW))
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.focused, KeyTree), "the tree")
        await backups_dialog(pilot)
        await pilot.press("end", "enter")
        await sees(pilot, "other keys than the vault")
        await paste_text(pilot, NEW)
        await pilot.press("enter")
        await sees(pilot, "does not open")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await sees(pilot, "goes: n1")
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "Restored from")
    assert opens(path, NEW)
    assert not opens(path, PASSPHRASE)


async def test_a_copy_into_a_home_of_nobody_is_refused_in_words(path: Path) -> None:
    async with opened(path, (100, 34)) as pilot:
        await backups_dialog(pilot)
        await pilot.click("#copy")
        await sees(pilot, "To which file")
        await paste_text(pilot, "~nobody-of-that-name/vault.nkw")
        await pilot.press("enter")
        await sees(pilot, "There is no such home directory here")


async def test_a_copy_of_the_vault_is_made_and_opens(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "stick.nkw"
    async with opened(path) as pilot:
        await backups_dialog(pilot)
        await pilot.click("#copy")
        await sees(pilot, "To which file")
        await paste_text(pilot, str(path))
        await pilot.press("enter")
        await sees(pilot, "already")
        await pilot.press("ctrl+u")
        await paste_text(pilot, str(copy))
        await pilot.press("enter")
        await sees(pilot, "read all of it back")
    assert opens(copy, PASSPHRASE)


async def test_a_backup_is_deleted_only_on_the_second_word(path: Path) -> None:
    with changed(path) as records:
        add(records, Kind.SERVER, "n1")
    before = set(path.parent.glob("*.bak"))
    async with opened(path) as pilot:
        await backups_dialog(pilot)
        await pilot.press("end")
        await pilot.click("#delete")
        await sees(pilot, "Delete this backup?")
        await until(pilot, lambda: focus_is(pilot.app, "cancel"), "No first")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BackupsDialog), "the dialog's end")
        assert set(path.parent.glob("*.bak")) == before
        await released(pilot)
        await pilot.click("#delete")
        await sees(pilot, "Delete this backup?")
        await until(pilot, lambda: focus_is(pilot.app, "cancel"), "No first")
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "Deleted one backup")
    assert len(set(path.parent.glob("*.bak"))) == len(before) - 1


async def test_the_check_says_that_all_is_sound(path: Path) -> None:
    async with opened(path) as pilot:
        await dialog(pilot, "V", "The vault", "save")
        await pilot.click("#check")
        await sees(pilot, "Sound: 1 key, each seed its key's own")


async def test_deleting_tells_where_the_seed_still_stands_and_makes_backups_anew(
    path: Path,
) -> None:
    with changed(path) as records:
        add(records, Kind.SERVER, "n1")
    async with opened(path) as pilot:
        await find(pilot, "billing")
        public = records_of(pilot).find("billing").public
        await dialog(pilot, "d", "Its seed stands in 1 of 2 backups")
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") in {"name", "anew"})
        pilot.app.screen.query_one("#name").focus()
        await type_text(pilot, "billing")
        await pilot.click("#anew")
        await pilot.click("#accept")
        await sees(pilot, "Deleted billing. 2 backups made anew")
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        assert seed_copies.find(vault, {public}).holding == ()
        assert vault.backups()


async def test_each_backup_says_what_was_done_last_in_it(path: Path) -> None:
    time.sleep(1.1)  # saves are told apart by the second
    with changed(path) as records:
        add(records, Kind.SERVER, "n1")
        add(records, Kind.SERVER, "n2")
    time.sleep(1.1)
    with changed(path) as records:
        records.rename(records.find("n1").id, "n3")
    async with opened(path, (100, 40)) as pilot:
        await backups_dialog(pilot)
        screen = await sees(pilot, "what was done last in each", "made n1, n2")
        assert "renamed" not in screen, "that is in none of them"


async def test_how_many_backups_are_kept_is_a_setting(path: Path, tmp_path: Path) -> None:
    async with opened(path, (100, 40)) as pilot:
        await backups_dialog(pilot)
        await pilot.click("#plan")
        await sees(pilot, "How many backups are kept")
        for name, value in (("number", "3"), ("days", "0"), ("size", "much")):
            field = pilot.app.screen.query_one(f"#{name}", Input)
            assert field.value
            field.value = value
        await pilot.press("ctrl+s")
        await sees(pilot, "is no size")
        pilot.app.screen.query_one("#size", Input).value = "500M"
        await pilot.press("ctrl+s")
        await sees(pilot, "The last 3 changes are kept")
        assert Plan.of(records_of(pilot).settings) == Plan(3, 0, 500 << 20, None)
