"""The main screen: keys in a tree, the selected one beside it. Layout and wiring only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from wallet.app.actions import ACTIONS, ActionCommands
from wallet.app.host import Host
from wallet.app.screens.claims import ClaimsDialog
from wallet.app.screens.copy_as import CopyAsDialog
from wallet.app.screens.delete import DeleteDialog
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.export import ExportDialog
from wallet.app.screens.help import HelpDialog
from wallet.app.screens.import_outcome import ImportedDialog
from wallet.app.screens.import_plan import Imported, PlanDialog
from wallet.app.screens.import_sources import ImportDialog
from wallet.app.screens.inspect import InspectDialog
from wallet.app.screens.move import MoveDialog
from wallet.app.screens.new_key import NewKeyDialog
from wallet.app.screens.notes import NotesDialog
from wallet.app.screens.rehearse import RehearseDialog
from wallet.app.screens.rename import RenameDialog
from wallet.app.screens.reveal import RevealDialog
from wallet.app.screens.revoke import RevokeDialog
from wallet.app.screens.test_account import TestAccountDialog
from wallet.app.screens.test_key import TestKeyDialog
from wallet.app.screens.vault_page import VaultDialog
from wallet.app.widgets.details import Details
from wallet.app.widgets.key_tree import KeyTree
from wallet.errors import LockedError, NoSuchKeyError, WalletError
from wallet.exchange.plan.plan import Plan
from wallet.nats.client_snippets import DEFAULT_SERVER
from wallet.nats.nkeys import Kind
from wallet.tasks.keys_under_test import left_out_beneath, left_out_words, users_beneath
from wallet.text import plain
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.signing.authority import has_operator
from wallet.vault.vault import Vault

REFRESH_SECONDS = 2.0
T = TypeVar("T")


class MainScreen(Screen[None]):
    """What an unlocked wallet shows."""

    app: Host
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionCommands}
    DEFAULT_CSS = """
    MainScreen {
        #header { height: 1; background: $panel; }
        #path { width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #since { width: auto; padding: 0 1; color: $text-success; }
        #note { height: auto; padding: 0 1; background: $warning-muted; color: $text-warning; }
        #keys { width: 2fr; min-width: 30; max-width: 60; border: round $border-blurred; }
        #keys:focus-within { border: round $border; }
        #filter { height: 1; border: none; padding: 0 1; display: none; }
        KeyTree { height: 1fr; }
        Details { width: 3fr; border: round $border-blurred; }
        Details:focus-within { border: round $border; }
    }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self._told = ""  # the last error of looking for changes
        self._generation = vault.generation  # of the records that are shown
        self._since = datetime.now()  # noqa: DTZ005, RUF100  # shown in the person's own time

    def compose(self) -> ComposeResult:
        with Horizontal(id="header"):
            yield Static("", id="path")
            yield Static(f"● unlocked {self._since:%H:%M}", id="since")
        if self.app.demo:
            yield Static(f"{self.app.demo.note}", id="note", markup=False)
        with Horizontal():
            with Vertical(id="keys") as keys:
                keys.border_title = "Keys"
                yield Input(id="filter", placeholder="name, path, tag or key", compact=True)
                yield KeyTree(self.vault.records)
            yield Details()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(KeyTree).focus()
        self._show(self.selected)
        self.set_interval(REFRESH_SECONDS, self._look_for_changes)

    @property
    def selected(self) -> KeyRecord | None:
        return self.query_one(KeyTree).selected

    # --- following the cursor, the filter and other windows -----------------------------

    @on(KeyTree.Highlighted)
    def _highlighted(self) -> None:
        self._show(self.selected)

    @on(KeyTree.Selected)
    def _tree_selected(self) -> None:
        self.action_inspect()

    @on(KeyTree.Searched)
    def _searched(self, event: KeyTree.Searched) -> None:
        typed = self.query_one("#filter", Input).value.strip()
        found = f"{event.matches:,}{'' if event.complete else '+'} found"
        self.query_one("#keys").border_subtitle = found if typed else ""

    @on(KeyTree.Failed)
    def _failed(self, event: KeyTree.Failed) -> None:
        self.app.tell(event.error)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        self.query_one(KeyTree).filter(event.value)
        if not event.value.strip():
            self.query_one("#keys").border_subtitle = ""
        self._show(self.selected)

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self._leave_filter()

    def on_key(self, event: object) -> None:
        key = getattr(event, "key", "")
        if self.focused is self.query_one("#filter") and key in {"escape", "down"}:
            if key == "escape":
                self._clear_filter()
            self._leave_filter()
            event.stop()  # type: ignore[attr-defined]
        elif key == "escape" and self.query_one("#filter", Input).value:
            self._clear_filter()

    def _leave_filter(self) -> None:
        if not self.query_one("#filter", Input).value.strip():
            self._clear_filter()
        self.query_one(KeyTree).focus()

    def _clear_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False

    def _show(self, record: KeyRecord | None) -> None:
        path = f" {plain(record.path, 300).replace('/', ' ▸ ')}" if record else ""
        self.query_one("#path", Static).update(
            Content.assemble(("nkey-wallet", "bold"), "  ", path)
        )
        self.query_one(Details).show(record, self.vault.records)

    def _look_for_changes(self) -> None:
        """Another window or a script may have changed the vault."""
        if self.app.screen is self and not self.vault.locked:
            self.run_worker(self._refresh_vault, thread=True, group="refresh", exclusive=True)

    def _refresh_vault(self) -> None:
        try:
            self.vault.refresh()
            # Not what `refresh` says: a change that failed may have brought in newer records too.
            newer = self.vault.generation != self._generation
        except LockedError:
            return  # the app sees that for itself
        except WalletError as error:
            if self.vault.vanished:
                self.app.call_from_thread(self.app.file_vanished)
            elif str(error) != self._told:  # once, and not with every look
                self._told = str(error)
                self.app.call_from_thread(self.app.tell, error)
            return
        self._told = ""
        if newer:
            self.app.call_from_thread(self.reload)

    def reload(self, select: int | None = None) -> None:
        """Show the records as they are now, with the selection kept."""
        if self.vault.locked:
            return
        tree = self.query_one(KeyTree)
        self._generation = self.vault.generation
        tree.load(self.vault.records)
        if select is not None:
            tree.select(select)
            if not tree.filtered:  # it was dropped where it hid the key
                self._clear_filter()
        self._show(self.selected)

    # --- actions ------------------------------------------------------------------------

    def action_copy(self) -> None:
        if record := self._chosen():
            self.app.copy_public(record.public, f"Public key of {record.name}")

    def action_copy_as(self) -> None:
        if record := self._chosen():
            self.app.push_screen(CopyAsDialog(self.vault, record, self._server()))

    def action_export(self) -> None:
        if record := self._chosen():
            self.app.push_screen(ExportDialog(self.vault, record), self._say_if_any)

    def action_test(self) -> None:
        if not (record := self._chosen()):
            return
        if record.kind is not Kind.USER:
            self._tell(f"{record.name} is no user: only users connect. Select a user to test it.")
        elif not record.has_seed:
            self._tell(f"The seed of {record.name} is not in this vault: it cannot sign.")
        else:
            dialog = TestKeyDialog(self.vault, record, self._server())
            self.app.push_screen(dialog, lambda _: self.reload())

    def action_test_account(self) -> None:
        if not (record := self._chosen()):
            return
        # In a thread: an operator may have a hundred thousand users.
        self.run_worker(partial(self._test_users_of, record), thread=True, exit_on_error=False)

    def _test_users_of(self, record: KeyRecord) -> None:
        records = self.vault.records
        try:
            if record.kind is Kind.USER and record.parent is not None:
                record = records.get(record.parent)
        except NoSuchKeyError as error:  # another window deleted it
            self.app.call_from_thread(self.app.tell, error)
            return
        users = users_beneath(records, record)
        if users:
            left_out = left_out_words(left_out_beneath(records, record))
            dialog = TestAccountDialog(self.vault, record.path, users, self._server(), left_out)
            self.app.call_from_thread(self.app.push_screen, dialog)
        else:
            said = f"{record.name} has no users with a seed to test."
            self.app.call_from_thread(self._tell, said)

    def action_rehearse(self) -> None:
        self.app.push_screen(RehearseDialog(self.vault, self.selected))

    def action_inspect(self) -> None:
        if record := self.selected:
            self.app.push_screen(InspectDialog(self.vault, record))
        else:
            self.query_one(KeyTree).action_toggle()

    def action_reveal(self) -> None:
        if not (record := self._chosen()):
            return
        if record.has_seed:
            self.app.push_screen(RevealDialog(self.vault, record))
        else:
            self._tell(f"The seed of {record.name} is not in this vault.")

    def action_new(self) -> None:
        self._ask(NewKeyDialog(self.vault, self.selected))

    def action_import(self) -> None:
        self.app.push_screen(ImportDialog(self.vault), self._planned)

    def _planned(self, plan: Plan | None) -> None:
        if plan is not None:
            self.app.push_screen(PlanDialog(self.vault, plan), self._imported)

    def _imported(self, imported: Imported | None) -> None:
        if imported is not None:
            self.reload()
            self.app.push_screen(ImportedDialog(self.vault, imported))

    def action_rename(self) -> None:
        if record := self._chosen():
            self._ask(RenameDialog(self.vault, record))

    def action_move(self) -> None:
        if not (record := self._chosen()):
            return
        if record.kind in PARENTS:
            self._ask(MoveDialog(self.vault, record))
        else:
            self._tell(f"A key of kind {record.kind.value} always stands at the top.")

    def action_claims(self) -> None:
        if not (record := self._chosen()):
            return
        if record.kind not in {Kind.OPERATOR, Kind.ACCOUNT, Kind.USER}:
            self._tell(f"A {record.kind.value} key has no JWT: there is nothing to allow it.")
        elif record.signing and record.kind is Kind.OPERATOR:
            self._tell(f"{record.name} signs accounts for its operator; it has no role of its own.")
        elif record.kind is Kind.ACCOUNT and not has_operator(self.vault.records, record):
            self._tell(f"{record.name} has no operator, so no JWT. Users beneath it have limits.")
        else:
            self._ask(ClaimsDialog(self.vault, record))

    def action_revoke(self) -> None:
        if not (record := self._chosen()):
            return
        if record.kind is Kind.USER and record.has_jwt:
            self._ask(RevokeDialog(self.vault, record))
        elif record.kind is Kind.USER:
            self._tell(
                f"{record.name} has no JWT that could be revoked: take it out of the server's "
                "configuration."
            )
        else:
            self._tell("Users are revoked. Select one.")

    def action_notes(self) -> None:
        if record := self._chosen():
            self._ask(NotesDialog(self.vault, record))

    def action_retire(self) -> None:
        if not (record := self._chosen()):
            return
        status = "active" if record.status == "retired" else "retired"

        def job() -> None:
            try:
                with self.vault.change() as records:
                    records.set_status(record.id, status)
            except WalletError as error:
                self.app.call_from_thread(self.app.tell, error)
                return
            self.app.call_from_thread(self.reload)
            self.app.call_from_thread(self._tell, f"{record.name} is {status} now.")

        self.run_worker(job, thread=True)

    def action_delete(self) -> None:
        if not (record := self._chosen()):
            return
        try:
            cost = self.vault.records.cost_of_deleting(record.id)
        except NoSuchKeyError:
            self.reload()
            return
        dialog = DeleteDialog(self.vault, record, cost)
        self.app.push_screen(dialog, self._deleted)

    def _deleted(self, said: str | None) -> None:
        self._say_if_any(said)
        self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "filter" and isinstance(self.focused, Input):
            return False  # there a slash is a slash, as in a path
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)  # now: `focus` would let keys typed meanwhile go to the tree

    def action_vault(self, part: str = "") -> None:
        self.app.push_screen(VaultDialog(self.vault, part), lambda _: self.reload())

    def action_help(self) -> None:
        self.app.push_screen(HelpDialog())

    def action_lock(self) -> None:
        self.app.lock()

    def _ask(self, dialog: Dialog[int]) -> None:
        """Open a dialog that ends with the id of the key to select."""
        self.app.push_screen(dialog, lambda key: None if key is None else self.reload(key))

    def _chosen(self) -> KeyRecord | None:
        if self.selected is None:
            self._tell("Select a key first, or press n to make one.")
        return self.selected

    def _server(self) -> str:
        servers = self.vault.records.servers()
        if servers:
            return servers[0]
        return self.app.demo.server_url if self.app.demo else DEFAULT_SERVER

    def _say(self, text: str) -> None:
        self.app.notify(text, markup=False)

    def _say_if_any(self, text: str | None) -> None:
        if text is not None:
            self._say(text)

    def _tell(self, text: str) -> None:
        self.app.notify(text, severity="warning", markup=False)
