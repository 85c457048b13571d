"""Every dialog, and a lock while something is half typed in it: what comes back, and what must not.

`FORMS` come back with their text, focus and marks; each kind of `NEVER` does not, for a reason.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from textual import events
from textual.widgets import Input, TextArea

from tests.app.hands import drawn, focus_is, type_text, until, whole
from tests.app.held_work import hold_until_esc
from tests.app.test_dialogs_fit import all_dialogs, kinds
from tests.app.test_export import signed
from tests.app.test_main import PASSPHRASE, Hands, changed, empty, opened
from tests.vault.support import made_once
from wallet.app.lock import drawn_texts
from wallet.app.lock.lock_keeper import LOST
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.details.details import Details
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.nats.claims.shared_subjects import EXPORTS, with_destination, with_entry
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.sharing.account_links import change_shared
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

__all__ = ["empty", "signed"]  # fixtures

T = TypeVar("T")
OTHER = "seven brown otters paint"
SIZE = (100, 24)
HALF = "hxlf"  # what is typed


class Form(NamedTuple):
    """A form that an action opens on a key, by `way` of lists where it opens one."""

    name: str  # the dialog's class
    key: str
    action: str
    field: str
    way: tuple[Callable[[Any], object], ...] = ()
    marked: tuple[str, ...] = ()


def first_line(dialog: Any) -> None:
    dialog.query_one("#entries").highlighted = 0
    dialog.accept()


def last_line(dialog: Any) -> None:
    dialog.query_one("#entries").highlighted = len(dialog.shown) - 1
    dialog.accept()


def to_backups(page: Any) -> None:
    page._open("backups")


NOT_ABOUT_KEYS = {"import", "jump", "servers", "merge", "key_file", "vault"}
IN_OTHER_WAYS = {
    *("NotesDialog", "NewKeyDialog", "RehearseDialog", "PushDialog", "EntryDialog"),
    *("CopyVaultDialog", "ServerProfileDialog", "ImportDialog", "TagManyDialog"),
}
"""Forms that find their key, or none, in ways of their own: the others do as `NotesDialog`."""
BOTH = ("billing", "reports")
FORMS = (
    Form("NotesDialog", "billing", "notes", "notes"),
    Form("RenameDialog", "billing", "rename", "name"),
    Form("MoveDialog", "billing", "move", "under"),
    Form("NewKeyDialog", "billing", "new", "name"),
    Form("JumpDialog", "billing", "jump", "path"),
    Form("ClaimsDialog", "billing", "claims", "expires"),
    Form("RotateDialog", "billing", "rotate", "to"),
    Form("ExportDialog", "billing", "export", "to"),
    Form("ImportDialog", "billing", "import", "path"),
    Form("TestKeyDialog", "billing", "test", "may"),
    Form("TestAccountDialog", "orders", "test_account", "server"),
    Form("PushDialog", "orders", "push", "server"),
    Form("RehearseDialog", "billing", "rehearse", "file"),
    Form("RevokeInAccountDialog", "orders", "revoke", "whom"),
    Form("PairDialog", "orders", "share", "subject", (lambda page: page.action_pair(),)),
    Form("EntryDialog", "orders", "share", "subject", (lambda page: page.action_import(),)),
    Form("EntryDialog", "orders", "share", "subject", (first_line,)),
    Form("MappingDialog", "orders", "share", "source", (lambda page: page.action_map(),)),
    Form("MappingDialog", "orders", "share", "weight", (last_line,)),
    Form(
        *("RevokeActivationsDialog", "orders", "share", "importer"),
        (lambda page: page.action_revoke(),),
    ),
    Form(
        *("ServerProfileDialog", "billing", "servers", "name"),
        (lambda page: page.action_add(),),
    ),
    Form("MergeDialog", "billing", "merge", "file"),
    Form("KeyFileDialog", "billing", "key_file", "new-key-file"),
    Form(
        "CopyVaultDialog",
        "billing",
        "vault",
        "to",
        (to_backups, lambda page: page._open_form("copy")),
    ),
    Form(
        "BackupPlanDialog",
        "billing",
        "vault",
        "place",
        (to_backups, lambda page: page._open_form("plan")),
    ),
    Form("TagManyDialog", "billing", "notes", "add", marked=BOTH),
    Form("MoveManyDialog", "billing", "move", "under", marked=BOTH),
)

NOTHING = "nothing is written in it"
SECRET = "what is written in it is a secret, or the way to one"
CONFIRMS = "its text lets something be deleted: whoever deletes it types it"
A_NUMBER = "one number, of which it offers the usual ones"
NEVER = {
    "BackupsDialog": NOTHING,
    "ChangePassphraseDialog": SECRET,
    "CheckDialog": NOTHING,
    "ClusterDialog": NOTHING,
    "ConflictDialog": NOTHING,
    "CopyAsDialog": NOTHING,
    "DamageDialog": NOTHING,
    "DeleteBackupDialog": NOTHING,
    "DeleteDialog": CONFIRMS,
    "DeleteManyDialog": CONFIRMS,
    "HealthDialog": NOTHING,
    "HelpDialog": NOTHING,
    "ImportedDialog": NOTHING,
    "InspectDialog": NOTHING,
    "KeysDialog": NOTHING,
    "LeaveDialog": NOTHING,
    "LeftoverDialog": NOTHING,
    "MergeConflictDialog": NOTHING,
    "OutdatedBackupsDialog": SECRET,
    "PartedDialog": NOTHING,
    "PlanDialog": NOTHING,
    "PressKeyDialog": NOTHING,
    "RecoveryDialog": SECRET,
    "RemoveEntryDialog": NOTHING,
    "RemoveMappingDialog": NOTHING,
    "RemoveServerDialog": NOTHING,
    "RestoreDialog": SECRET,
    "RetireManyDialog": NOTHING,
    "RevealDialog": NOTHING,
    "RevokeDialog": NOTHING,
    "RevokeManyDialog": NOTHING,
    "RotationDialog": NOTHING,
    "ServersDialog": NOTHING,
    "SettingDialog": A_NUMBER,
    "SettingsDialog": NOTHING,
    "SharedSubjectsDialog": NOTHING,
    "ThrowAwayDialog": NOTHING,
    "UndoDialog": NOTHING,
    "VanishedDialog": NOTHING,
    "VaultDialog": NOTHING,
}


@pytest.fixture
def shared(signed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault whose account acme/orders exports a subject and maps another.

    Textual's caches stay: to fill them anew after each lock takes a third of the time.
    """
    monkeypatch.setattr(drawn_texts, "forget", lambda _app: None)
    return made_once(signed, share_subjects)


def share_subjects(signed: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(signed, passphrase) as vault:
        private = {"subject": "jobs.>", "type": "stream", "token_req": True}

        def share(issuing: Issuing, account: KeyRecord) -> None:
            nats = with_entry(issuing.claims(account.id), EXPORTS, private, None)
            sign_shared(issuing, account, with_destination(nats, "a", "b", 50, ""))

        change_shared(vault, vault.records.find("acme/orders").public, share)


def test_every_dialog_is_in_the_table() -> None:
    assert {kind.__name__ for kind in kinds(Dialog)} == {form.name for form in FORMS} | set(NEVER)


def select(pilot: Hands, name: str) -> None:
    app: Any = pilot.app
    assert app.screen.query_one(KeyTree).select(app.vault.records.find(name).id)


async def write_half(pilot: Hands, form: Form) -> str:
    """Open a form and type into its field; gives what stands there then."""
    app: Any = pilot.app
    if form.marked:
        for name in form.marked:
            select(pilot, name)
            app.screen.mark()
    select(pilot, form.key)
    await app.screen.action_do(form.action)
    for step in (*form.way, None):
        await until(pilot, lambda: isinstance(app.screen, Dialog) and whole(app.screen), "a dialog")
        if step is not None:
            step(app.screen)
    assert type(app.screen).__name__ == form.name
    if form.field == "to" and form.name == "RotateDialog":
        app.screen.query_one("#ways").highlighted = 2
        await until(pilot, lambda: app.screen.query_one("#to").has_class("-shown"), "the field")
    field = app.screen.query_one(f"#{form.field}")
    app.screen.set_focus(field)
    for character in HALF:
        app.post_message(events.Key(character, character))
    await until(pilot, lambda: HALF in text_of(field), f"what is typed in {form}")
    return text_of(field)


def text_of(field: Input | TextArea) -> str:
    return field.text if isinstance(field, TextArea) else field.value


async def lock(pilot: Hands, *, idle: bool = False) -> None:
    """Lock by the key, or because nobody is there."""
    app: Any = pilot.app
    if idle:
        app.idle._touched -= 60 * app.idle.minutes
        app._look_at_the_clock()
    else:
        app.action_lock()
    await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock")
    assert HALF not in drawn(app)


async def unlock(pilot: Hands, passphrase: str = PASSPHRASE) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: isinstance(app.focused, SecretInput), "the field")
    app.post_message(events.Paste(passphrase))
    app.post_message(events.Key("enter", None))
    await until(pilot, lambda: app.vault is not None, "the unlocking")
    await until(pilot, lambda: not app._holds and app._turn_limit is None, "all of it")


async def leave_all(pilot: Hands) -> None:
    """Close what is open, and take the marks away."""
    app: Any = pilot.app
    while app.screen.is_modal:
        await app.screen.dismiss(None)
    app.screen.clear_marks()
    app.clear_notifications()


async def assert_back(pilot: Hands, form: Form, text: str) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: type(app.screen).__name__ == form.name, f"{form} again")
    field = app.screen.query_one(f"#{form.field}")
    await until(pilot, lambda: text_of(field) == text, f"the text of {form}")
    assert focus_is(app, form.field), form
    main = next(one for one in app.screen_stack if isinstance(one, MainScreen))
    assert len(main.query_one(MarkingTree).marks) == len(form.marked), form
    if form.name == "RotateDialog":
        assert app.screen.manner is Manner.HANDOVER


@pytest.mark.parametrize("part", range(3))
async def test_each_form_comes_back_with_text_focus_and_marks(shared: Path, part: int) -> None:
    async with opened(shared, SIZE) as pilot:
        for number, form in enumerate(FORMS[part::3]):
            text = await write_half(pilot, form)
            await lock(pilot, idle=bool(number % 2))
            await unlock(pilot)
            await assert_back(pilot, form, text)
            await leave_all(pilot)


async def test_on_the_main_screen_the_scrolled_tab_the_subject_and_the_focus_come_back(
    shared: Path,
) -> None:
    async with opened(shared, (80, 20)) as pilot:
        app: Any = pilot.app
        select(pilot, "orders")
        await pilot.pause()
        app.screen.query_one(Details).scroll_to(y=4, animate=False)
        await until(pilot, lambda: app.screen.query_one(Details).scroll_offset.y == 4, "scrolling")
        before = details_of(app)
        await lock(pilot)
        await unlock(pilot)
        await until(pilot, lambda: details_of(app) == before, "the same lines")

        select(pilot, "billing")
        await app.screen.action_do("may")
        await type_text(pilot, f"{HALF}.>")
        await lock(pilot, idle=True)
        await unlock(pilot)
        await until(pilot, lambda: focus_is(app, "subject"), "the focus")
        assert app.focused.value == f"{HALF}.>"
        await until(pilot, lambda: f"may subscribe to {HALF}.>" in drawn(app), "the answer")

        await pilot.press("escape", "slash")
        await type_text(pilot, HALF[:1])
        await lock(pilot)
        await unlock(pilot)
        await until(pilot, lambda: focus_is(app, "filter"), "the filter")
        await type_text(pilot, HALF[1:])
        assert app.screen.query_one("#filter").value == HALF


def details_of(app: Any) -> list[str]:
    """The lines that are shown of the selected key."""
    left = app.screen.query_one(Details).region.x
    return [line[left:] for line in drawn(app).splitlines()[4:-4]]


# Meanwhile


async def is_gone(pilot: Hands, form: Form, words: str) -> None:
    """Nothing of a form is back, and that is said."""
    app: Any = pilot.app
    await until(pilot, lambda: words in drawn(app), f"what is said of {form}")
    await pilot.pause()
    assert isinstance(app.screen, MainScreen), form
    assert HALF not in drawn(app), form


def with_the_vault(path: Path, do: Callable[[Vault], T]) -> T:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        return do(vault)


def restored(path: Path, backup: Path) -> None:
    def put_back(vault: Vault) -> None:
        with VaultCopy.of(vault, backup) as copy:
            restore(vault, copy)

    with_the_vault(path, put_back)


def add_strangers(records: Records) -> None:
    """Make keys that get the ids of those that a restored backup took away."""
    issuing = Issuing(records)
    under = None
    for kind in (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER, Kind.USER):
        with Seed.generate(kind) as seed:
            added = issuing.add(seed, under=under)
        under = added.id if kind is not Kind.USER else under


async def test_after_a_restore_no_form_comes_back_on_a_key_that_has_the_id_by_now(
    shared: Path, tmp_path: Path
) -> None:
    full, first = tmp_path / "full.nkw", tmp_path / "first.nkw"

    def back_up(vault: Vault) -> set[int]:
        vault.back_up(full)
        shutil.copy(vault.backups()[-1].path, first)  # from before there was a key
        return {record.id for record in vault.records.all()}

    ids = with_the_vault(shared, back_up)
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        for form in FORMS:
            if form.name not in IN_OTHER_WAYS:
                continue
            text = await write_half(pilot, form)
            await lock(pilot)
            restored(shared, first)
            with changed(shared) as records:
                add_strangers(records)
                assert {record.id for record in records.all()} < ids
            await unlock(pilot)
            if form.action in NOT_ABOUT_KEYS:
                await assert_back(pilot, form, text)
            else:
                await is_gone(pilot, form, "gone")
            await leave_all(pilot)
            restored(shared, full)
            app.vault.refresh()
            app.screen.reload()


async def test_keys_renamed_revoked_and_deleted_by_the_command_line_meanwhile(
    shared: Path, tmp_path: Path
) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")

    def nkey_wallet(*arguments: str) -> None:
        flags = ["--vault", str(shared), "--passphrase-file", str(file)]
        subprocess.run([sys.executable, "-m", "wallet", *flags, *arguments], check=True)

    forms = {form.name: form for form in FORMS}
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        renamed = forms["NotesDialog"]
        text = await write_half(pilot, renamed)
        await lock(pilot)
        nkey_wallet("rename", "billing", "invoices")
        await unlock(pilot)
        await assert_back(pilot, renamed, text)
        assert app.screen.record.name == "invoices"
        await leave_all(pilot)

        revoked = forms["ClaimsDialog"]._replace(key="reports")
        text = await write_half(pilot, revoked)
        await lock(pilot)
        nkey_wallet("revoke", "reports")
        await unlock(pilot)
        await assert_back(pilot, revoked, text)
        assert app.screen.record.revoked
        await leave_all(pilot)

        deleted = forms["TestKeyDialog"]._replace(key="reports")
        await write_half(pilot, deleted)
        await lock(pilot)
        nkey_wallet("delete", "reports", "--yes")
        await unlock(pilot)
        await is_gone(pilot, deleted, "The key that you wrote about is gone")


async def test_another_passphrase_meanwhile_and_it_is_said_that_the_text_is_gone(
    shared: Path,
) -> None:
    async with opened(shared, SIZE) as pilot:
        await write_half(pilot, FORMS[0])
        await lock(pilot)
        with (
            Passphrase(PASSPHRASE) as old,
            Passphrase(OTHER) as new,
            Vault.unlock(shared, old) as vault,
        ):
            vault.change_passphrase(old, new)
        await unlock(pilot, OTHER)
        await is_gone(pilot, FORMS[0], LOST)


async def test_what_is_not_to_come_back_does_not(shared: Path) -> None:
    reasons, seen = set(), set()
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        for dialog in all_dialogs(app, app.vault):
            name = type(dialog).__name__
            if name not in NEVER or name in seen:
                continue
            seen.add(name)
            app.screen.place.hand_over(dialog)
            app.push_screen(dialog)
            await until(pilot, partial(lambda one: one.is_active and one.focused, dialog), name)
            fields = [*dialog.query(Input), *dialog.query(TextArea)]
            assert bool(fields) == (NEVER[name] != NOTHING) or NEVER[name] == SECRET, name
            for field in [*fields, *dialog.query(SecretInput)]:
                if field.display and not field.disabled:
                    dialog.set_focus(field)
                    await type_text(pilot, HALF)
            assert not dialog.KEEPS_TEXT
            assert app._lock_keeper._half_typed is None
            await dialog.dismiss(None)
            reasons.add(NEVER[name])
    assert reasons == {NOTHING, SECRET, CONFIRMS, A_NUMBER}


# Work that the lock finds running


class Held:
    """Work of a dialog that lasts until it is let go, or cancelled."""

    def __init__(self) -> None:
        self.begun, self.ended = False, ""
        self._event = asyncio.Event()

    async def __call__(self, *_args: object, **_flags: object) -> Any:
        self.begun = True
        try:
            await self._event.wait()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        self.ended = "done"


@pytest.mark.parametrize(
    ("name", "where", "also"),
    [
        ("TestKeyDialog", "connection.test_key.check_key", ""),
        ("TestAccountDialog", "connection.test_account.check_keys", "not kept"),
        ("PushDialog", "connection.push.push", "What was sent until then is there"),
        ("RehearseDialog", "connection.rehearsal.rehearse", ""),
    ],
)
async def test_what_the_lock_ends_is_said_and_its_form_comes_back(
    shared: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str, also: str
) -> None:
    held = Held()
    monkeypatch.setattr(f"wallet.app.screens.{where}", held)
    form = next(form for form in FORMS if form.name == name)
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        text = await write_half(pilot, form)
        title = app.screen.title_shown
        if form.field == "server":
            app.screen.query_one("#server").value = text = f"nats://{HALF}.example"
        app.screen.action_accept()
        await until(pilot, lambda: held.begun, "its beginning")
        await lock(pilot)
        await until(pilot, lambda: held.ended, "its end")
        assert held.ended == "cancelled"
        await unlock(pilot)
        await assert_back(pilot, form, text)
        await until(pilot, lambda: f"{title}: the lock ended it" in drawn(app), "what is said")
        assert also in drawn(app)


@pytest.mark.parametrize("late", [False, True])
async def test_of_a_change_that_outlasts_the_lock_it_is_said_how_it_ended(
    shared: Path, *, late: bool
) -> None:
    """`late`, it ends when the wallet is open again."""
    begun, go_on = threading.Event(), threading.Event()
    form = next(form for form in FORMS if form.name == "RenameDialog")
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        other = app.vault.records.find("reports").id
        await write_half(pilot, form)

        def rename() -> int:
            begun.set()
            go_on.wait(30)
            return int(other)

        app.screen.work(rename)
        await until(pilot, begun.is_set, "its beginning")
        await lock(pilot)
        if late:
            await unlock(pilot)
            await until(pilot, lambda: "at work when the wallet locked, and still" in drawn(app))
            go_on.set()
        else:
            go_on.set()
            await until(pilot, lambda: app._lock_keeper._left_work._ends, "its end")
            await unlock(pilot)
        await until(pilot, lambda: "and was done" in drawn(app), "its end")
        assert "“Rename”" in drawn(app)
        assert isinstance(app.screen, MainScreen)  # it is saved: nothing of it is half typed
        selected = app.screen.query_one(KeyTree).selected
        assert selected is not None
        assert selected.name == "billing"


async def test_a_change_that_the_lock_came_before_is_not_made_and_its_form_comes_back(
    shared: Path,
) -> None:
    begun = threading.Event()
    form = next(form for form in FORMS if form.name == "RenameDialog")
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        text = await write_half(pilot, form)
        app.screen.work(begun.set)
        await lock(pilot)  # in the same moment: no thread has begun yet
        await unlock(pilot)
        await assert_back(pilot, form, text)
        await until(pilot, lambda: "the lock came before it; nothing was" in drawn(app), "the word")
        assert not begun.is_set()


async def test_an_export_and_an_import_that_the_lock_stops_are_told(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = next(form for form in FORMS if form.name == "ExportDialog")._replace(marked=BOTH)
    async with opened(shared, SIZE) as pilot:
        app: Any = pilot.app
        held = hold_until_esc(monkeypatch)
        await write_half(pilot, form)
        app.screen.query_one("#to").value = str(tmp_path / "out")
        app.screen.action_accept()
        await until(pilot, lambda: held, "the first file")
        await lock(pilot)
        await unlock(pilot)
        await until(pilot, lambda: "stopped before its end" in drawn(app), "what is said")
        await leave_all(pilot)

        held.clear()
        form = next(form for form in FORMS if form.name == "ImportDialog")
        await write_half(pilot, form)
        app.screen.query_one("#path").value = str(tmp_path)
        app.screen.action_accept()
        await until(pilot, lambda: held, "the first file that is read")
        await lock(pilot)
        await unlock(pilot)
        await assert_back(pilot, form, str(tmp_path))
        await until(pilot, lambda: "nothing was changed" in drawn(app), "what is said")
