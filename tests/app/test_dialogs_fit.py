"""In every dialog all buttons and the footer are on the screen, however small that is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, Collapsible, Input, Static, TextArea

from tests.app.hands import drawn, until
from tests.app.test_export import signed
from tests.app.test_main import empty, opened
from wallet.app.actions import ACTIONS
from wallet.app.screens.claims.claims import ClaimsDialog
from wallet.app.screens.claims.pair import PairDialog
from wallet.app.screens.claims.revoke import RevokeDialog, RevokeInAccountDialog
from wallet.app.screens.claims.shared_entry import EntryDialog, MappingDialog
from wallet.app.screens.claims.shared_subjects import SharedSubjectsDialog
from wallet.app.screens.connection.cluster import ClusterDialog
from wallet.app.screens.connection.push import PushDialog
from wallet.app.screens.connection.rehearsal import RehearseDialog
from wallet.app.screens.connection.server_profile import ServerProfileDialog
from wallet.app.screens.connection.servers import ServersDialog
from wallet.app.screens.connection.test_account import TestAccountDialog
from wallet.app.screens.connection.test_key import TestKeyDialog
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.exchange.conflict import ConflictDialog
from wallet.app.screens.exchange.copy_as import CopyAsDialog
from wallet.app.screens.exchange.export import ExportDialog
from wallet.app.screens.exchange.import_plan import PlanDialog
from wallet.app.screens.exchange.import_sources import ImportDialog
from wallet.app.screens.help import HelpDialog
from wallet.app.screens.keys.deletion import DeleteDialog
from wallet.app.screens.keys.full_details import InspectDialog
from wallet.app.screens.keys.jump import JumpDialog
from wallet.app.screens.keys.moves import MoveDialog
from wallet.app.screens.keys.new_key import NewKeyDialog
from wallet.app.screens.keys.notes import NotesDialog
from wallet.app.screens.keys.rename import RenameDialog
from wallet.app.screens.keys.reveal import RevealDialog
from wallet.app.screens.keys.rotations import RotateDialog, RotationDialog
from wallet.app.screens.leave import LeaveDialog
from wallet.app.screens.many.delete_many import DeleteManyDialog
from wallet.app.screens.many.move_many import MoveManyDialog
from wallet.app.screens.many.retire_many import RetireManyDialog
from wallet.app.screens.many.revoke_many import RevokeManyDialog
from wallet.app.screens.many.tag_many import TagManyDialog
from wallet.app.screens.settings.keys_page import KeysDialog
from wallet.app.screens.settings.one_setting import SettingDialog
from wallet.app.screens.settings.settings_page import SettingsDialog
from wallet.app.screens.throw_away import ThrowAwayDialog
from wallet.app.screens.vault.backups import (
    BackupPlanDialog,
    BackupsDialog,
    CopyVaultDialog,
    DeleteBackupDialog,
)
from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault.check import CheckDialog
from wallet.app.screens.vault.damage import DamageDialog
from wallet.app.screens.vault.fork import PartedDialog
from wallet.app.screens.vault.health import HealthDialog
from wallet.app.screens.vault.key_file import KeyFileDialog
from wallet.app.screens.vault.merge import MergeDialog
from wallet.app.screens.vault.outdated_backups import OutdatedBackupsDialog
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.screens.vault.restoration import RestoreDialog
from wallet.app.screens.vault.vanished_file import VanishedDialog
from wallet.app.screens.vault.vault_page import VaultDialog
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.key_footer import KeyFooter
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.connection.check.cluster import Named
from wallet.errors import ForkedError
from wallet.exchange.plan.import_plan import Choice, Conflict
from wallet.exchange.plan.key_comparison import make_plan
from wallet.exchange.readers.material import Findings
from wallet.nats.client_snippets import DEFAULT_SERVER
from wallet.tasks.deployment.differences import chosen_accounts
from wallet.tasks.rotation import stages
from wallet.tasks.settings import LOCK
from wallet.text import width
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.db.soundness import Problem
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

__all__ = ["empty", "signed"]  # fixtures

_BOX = 4  # cells of a box to tick, and a blank
Make = Callable[[Vault], Dialog[Any]]


def all_dialogs(app: Any, vault: Vault) -> Iterator[Dialog[Any]]:
    records = vault.records
    user, account = records.find("billing"), records.find("acme/orders")
    yield HelpDialog([(action, "") for action in ACTIONS])
    yield NewKeyDialog(vault, user)
    for about_key in (RenameDialog, MoveDialog, NotesDialog, InspectDialog, RevealDialog):
        yield about_key(vault, user)
    yield DeleteDialog(vault, account, records.cost_of_deleting(account.id))
    yield RotateDialog(vault, user)
    rotation = stages.begin(vault, records.find("reports"), Manner.PLANNED).rotation
    yield RotationDialog(vault, rotation)
    for record in (user, account, records.find("acme")):
        yield ClaimsDialog(vault, record)
        yield ExportDialog(vault, [record])
        yield CopyAsDialog(vault, record, DEFAULT_SERVER)
    yield RevokeDialog(vault, user)
    yield RevokeInAccountDialog(vault, account)
    yield SharedSubjectsDialog(vault, account)
    yield PairDialog(vault, account)
    yield EntryDialog(vault, account, "exports")
    yield EntryDialog(vault, account, "imports")
    yield MappingDialog(vault, account)
    yield TestKeyDialog(vault, user, DEFAULT_SERVER)
    yield TestAccountDialog(vault, "orders", [user], DEFAULT_SERVER)
    yield PushDialog(vault, chosen_accounts(records, [account.public]), DEFAULT_SERVER)
    yield RehearseDialog(vault, user)
    yield ClusterDialog(Named([], ["10.0.0.1:4222", "10.0.0.2:4222"]))
    yield ImportDialog(vault)
    yield PlanDialog(vault, make_plan(records, Findings()))
    yield ConflictDialog(Conflict("U" * 56, "acme/orders/x", "jwt", "Two differ.", (*Choice,)), 3)
    yield VaultDialog(vault)
    yield BackupsDialog(vault)
    yield BackupPlanDialog(vault)
    yield CopyVaultDialog(vault)
    backup = vault.backups()[0]
    yield DeleteBackupDialog(vault, backup)
    yield RestoreDialog(vault, backup.path)
    yield ChangePassphraseDialog(vault)
    yield RecoveryDialog(vault)
    yield KeyFileDialog(vault)
    yield MergeDialog(vault)
    yield CheckDialog(vault)
    yield HealthDialog(vault)
    marked = [user, records.find("shop/till")]
    for many in (DeleteManyDialog, MoveManyDialog, RetireManyDialog, TagManyDialog):
        yield many(vault, marked)
    yield RevokeManyDialog(vault, [user])
    yield SettingsDialog(app, vault)
    yield ServersDialog(vault)
    yield ServerProfileDialog(vault)
    yield KeysDialog(app, vault)
    yield SettingDialog(vault, LOCK)
    yield OutdatedBackupsDialog(vault)
    yield LeaveDialog()
    yield ThrowAwayDialog()
    yield JumpDialog(lambda _text, _most: [user])
    yield DamageDialog(vault, [Problem("some", "A long reason. " * 60, "A way out.")])
    yield PartedDialog(vault, ForkedError("It parted from this window. " * 8, generation=3, seen=4))
    yield VanishedDialog(vault, leaving=True)
    with vault.change() as records:
        Issuing(records).revoking.revoke(user.id)
        records.history.note(What.MERGED, detail="another copy")
    yield RevokeDialog(vault, vault.records.get(user.id))


NOT_HERE = {"ImportedDialog", "LeftoverDialog", "MergeConflictDialog", "RemoveEntryDialog"}
NOT_HERE |= {"RemoveMappingDialog", "RevokeActivationsDialog", "PressKeyDialog", "UndoDialog"}
NOT_HERE |= {"RemoveServerDialog"}
"""They need what another program wrote, and have no more buttons than the others."""


def faults(dialog: Dialog[Any]) -> list[str]:
    """The buttons that are not whole on the screen, and what lies over one."""
    name, screen = type(dialog).__name__, dialog.region
    problems = []
    for button in dialog.query("#buttons Button").results(Button):
        if not button.display:
            continue
        seen = dialog._compositor.get_widget_at(*button.region.offset)[0] if button.region else None
        whole = screen.contains_region(button.region) and button.region.width >= len(
            str(button.label)
        )
        if not whole or seen is not button:
            problems.append(f"{name}: {button.label} at {button.region}, over it {seen}")
    footer, painted = dialog.query_one(KeyFooter), drawn(dialog.app)
    if footer.region.bottom != screen.bottom or " esc " not in painted.splitlines()[-1]:
        problems.append(f"{name}: its footer")
    field, fields = dialog.focused, dialog.query_one("#fields").region
    if isinstance(field, Input | TextArea) and not fields.contains_region(field.region):
        problems.append(f"{name}: what has the focus is at {field.region}")
    if "‹" in painted:
        problems.append(f"{name}: an action without its key")
    problems += [
        f"{name}: a line for nothing, {text}"
        for text in dialog.query("#fields Static").results(Static)
        if text.region.area and type(text) in {Static, TextIfAny} and not str(text.content)
    ]
    return problems


def cut_words(dialog: Dialog[Any]) -> list[str]:
    """The hints, labels and boxes to tick whose words do not fit beside each other."""
    name = type(dialog).__name__
    cut = [
        f"{name}: {field.placeholder}"
        for field in dialog.query(Input)
        if field.content_size.width and width(field.placeholder) > field.content_size.width
    ]
    for label in dialog.query("LabelledRow > Static, .line > Static").results(Static):
        if label.size.height > 1 or 0 < label.content_size.width < width(str(label.content)):
            cut.append(f"{name}: {label.content}")
    for tick in dialog.query(Tick):
        if tick.size.height > 1 or 0 < tick.content_size.width < width(str(tick.label)) + _BOX:
            cut.append(f"{name}: {tick.label}")
    return cut


async def cut_unfolded(pilot: Pilot[Any], dialog: Dialog[Any]) -> list[str]:
    """The same with all unfolded, and folded again."""
    folds = [fold for fold in dialog.query(Collapsible) if fold.collapsed]
    for fold in folds:
        fold.collapsed = False
    if folds:
        await pilot.pause()
    cut = cut_words(dialog)
    for fold in folds:
        fold.collapsed = True
    if folds:
        await pilot.pause()
    return cut


async def shown(pilot: Pilot[Any], dialog: Dialog[Any]) -> None:
    pilot.app.push_screen(dialog)
    await until(pilot, lambda: dialog.is_active and dialog.focused is not None, "the dialog")
    await pilot.pause()


Look = Callable[[Pilot[Any], Dialog[Any]], Awaitable[list[str]]]


async def walked(path: Path, size: tuple[int, int], half: int, look: Look | None = None) -> None:
    """Open every second dialog, and see that all its buttons are on the screen.

    `look` looks for problems of its own in each, and may close it. To open all of them takes five
    seconds: whoever looks at each at one of these sizes does it in the same walk.
    """
    problems = []
    async with opened(path, size) as pilot:
        app: Any = pilot.app
        app.clear_notifications()
        for dialog in islice(all_dialogs(app, app.vault), half, None, 2):
            await shown(pilot, dialog)
            problems += faults(dialog)
            if size[0] == 80:
                problems += await cut_unfolded(pilot, dialog)
            if look is not None:
                problems += await look(pilot, dialog)
            if app.screen is dialog:
                dialog.dismiss(None)
            await until(pilot, lambda: not app.screen.is_modal, "the dialog's end")
    assert problems == []


@pytest.mark.parametrize("half", range(2))
async def test_all_buttons_of_every_dialog_are_on_a_large_screen(signed: Path, half: int) -> None:
    """On smaller ones: test_throwing_away.py at 80×24, test_lock_warning.py at 60×16.

    To open all of them anew costs less than to let the terminal grow under each.
    """
    await walked(signed, (100, 80), half)


async def test_no_dialog_is_left_out(signed: Path) -> None:
    async with opened(signed) as pilot:
        app: Any = pilot.app
        names = {type(dialog).__name__ for dialog in all_dialogs(app, app.vault)} | NOT_HERE
    assert {kind.__name__ for kind in kinds(Dialog)} <= names


def kinds(base: type[Any]) -> Iterator[type[Any]]:
    """The dialogs that are no base of others."""
    for kind in base.__subclasses__():
        if kind.__subclasses__():
            yield from kinds(kind)
        elif kind.__module__.startswith("wallet."):
            yield kind


async def test_notices_of_the_start_cover_no_button_of_the_vaults_page(signed: Path) -> None:
    async with opened(signed) as pilot:
        pilot.app.notify("Servers may lack the new JWT of acme/orders: P pushes it.")
        pilot.app.notify(
            "1 rotation is open: acme/orders/reports. r on it shows what is to be done."
        )
        dialog = VaultDialog(pilot.app.vault)  # type: ignore[attr-defined]
        await shown(pilot, dialog)
        await until(pilot, lambda: "rotation is open" in drawn(pilot.app), "the notices")
        assert faults(dialog) == []


async def test_a_notice_below_a_box_that_grows_makes_room_for_its_buttons(signed: Path) -> None:
    async with opened(signed, (80, 24)) as pilot:
        dialog = LeaveDialog()
        await shown(pilot, dialog)
        pilot.app.notify("Servers may lack the new JWT of acme/orders.", timeout=600)
        await until(pilot, lambda: "may lack" in drawn(pilot.app), "the notice")
        dialog.query_one("#fields").mount(Static("one line more\n" * 30))
        await until(pilot, lambda: "one line more" in drawn(pilot.app), "the text")
        async with asyncio.timeout(20):  # not only when something else comes up
            await until(pilot, lambda: faults(dialog) == [], "all in sight")


async def test_a_dialog_as_high_as_the_screen_comes_to_rest_above_a_notice(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layouts = 0
    lay_out = Screen._refresh_layout

    def counted(screen: Screen[Any], *size: Any, **how: Any) -> None:
        nonlocal layouts
        layouts += 1
        lay_out(screen, *size, **how)

    monkeypatch.setattr(Screen, "_refresh_layout", counted)
    async with opened(signed, (60, 16)) as pilot:
        app: Any = pilot.app
        billing = app.vault.records.find("billing")
        for form in (CopyAsDialog(app.vault, billing, ""), LeaveDialog()):
            await shown(pilot, form)
            app.notify("Servers may lack the new JWT of acme/orders.", timeout=1)
            await until(pilot, lambda: "may lack" in drawn(app), "the notice")
            await pilot.pause()
            app.clear_notifications()
            form.dismiss(None)
            await until(pilot, lambda: not app.screen.is_modal, "the dialog's end")
    assert 0 < layouts < 300


async def test_on_a_low_terminal_a_new_key_s_whole_form_is_in_sight(signed: Path) -> None:
    async with opened(signed, (60, 16)) as pilot:
        vault = pilot.app.vault  # type: ignore[attr-defined]
        await shown(pilot, NewKeyDialog(vault, vault.records.find("billing")))
        screen = drawn(pilot.app)
        for words in ("Kind", "Name", "How many", "Under (operator", "Seed or public", "a new one"):
            assert words in screen


async def test_four_buttons_stand_in_one_row_where_their_words_fit(signed: Path) -> None:
    async with opened(signed, (80, 24)) as pilot:
        app: Any = pilot.app
        for dialog in (
            ServersDialog(app.vault),
            SharedSubjectsDialog(app.vault, app.vault.records.find("acme/orders")),
        ):
            await shown(pilot, dialog)
            rows = {button.region.y for button in dialog.query("#buttons Button") if button.display}
            assert len(rows) == 1, type(dialog).__name__
            assert faults(dialog) == []
            dialog.dismiss(None)
            await until(pilot, lambda: not app.screen.is_modal, "the dialog's end")
