"""Shows what an account exports, imports and maps, and opens the dialogs that change it."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.lock.half_typed import HalfTyped
from wallet.app.screens.claims.pair import PairDialog
from wallet.app.screens.claims.shared_entry import EntryDialog, MappingDialog
from wallet.app.screens.claims.unshare import (
    RemoveEntryDialog,
    RemoveMappingDialog,
    RevokeActivationsDialog,
)
from wallet.app.screens.dialog import Dialog
from wallet.errors import UsageError
from wallet.nats.claims.shared_subjects import EXPORTS, IMPORTS, Entry, is_private, mappings
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.show.columns import aligned
from wallet.show.shared_subjects import export_row, import_row, mapping_rows
from wallet.tasks.sharing.account_links import (
    ListedExport,
    ListedImport,
    listed_exports,
    listed_imports,
)
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import sharing_account
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault

_Mapped = tuple[str, Entry]  # a subject, and one of its destinations
Shown = ListedExport | ListedImport | _Mapped
_CELL = 34  # of a line, so that it fits a narrow terminal
_KEYS = (
    "{pair} shares with an account of this wallet · {export} exports, {import} imports, {map} maps "
    "· Enter changes, {remove} removes · {revoke} takes activations back · {push}, outside, pushes"
)


class SharedSubjectsDialog(Dialog[None]):
    """Enter changes the line under the cursor; other keys make, remove and take back."""

    CHANGING = frozenset({"pair", "accept", "remove", "export", "import", "map", "revoke"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "pair", "Share", id="shares.pair"),
        Binding("o", "export", "Export", id="shares.export"),
        Binding("i", "import", "Import", id="shares.import"),
        Binding("m", "map", "Map", id="shares.map"),
        Binding("x", "revoke", "Take back", id="shares.revoke"),
        Binding("delete,d", "remove", "Remove", id="shares.remove"),
    ]
    DEFAULT_CSS = """
    SharedSubjectsDialog {
        #box { width: 110; }
        OptionList { height: auto; max-height: 50vh; border: none; }
        #about { height: auto; min-height: 2; padding: 0 1; }
    }
    """

    def __init__(self, vault: Vault, account: KeyRecord) -> None:
        super().__init__()
        self.vault, self.account = vault, account
        self.shown: list[Shown] = []
        self._more: list[str] = []
        self._kept_in_form: HalfTyped | None = None

    def title_text(self) -> str:
        return f"What {self.account.path} shares"

    def fields(self) -> ComposeResult:
        yield OptionList(id="entries", markup=False)
        yield Static("", id="about", markup=False)
        yield Static(self._keys, classes="explain", markup=False)

    @property
    def _keys(self) -> str:
        """The keys that make, change and remove, as they are now."""
        own = {
            each.action: self.app.key_of(each.id, each.key.split(",")[-1])
            for each in self.BINDINGS
            if isinstance(each, Binding) and each.id
        }
        return _KEYS.format(**own, push=self.app.key_of("main.push", "P"))

    def buttons(self) -> ComposeResult:
        yield Button("Share…", id="pair", compact=True)
        yield Button("Change…", id="accept", compact=True)
        yield Button("Remove…", id="remove", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._list()
        if self.shown:
            self.set_focus(self.query_one(OptionList))

    def _list(self) -> None:
        """Read what the account shares now, and keep the cursor in its place."""
        records = self.vault.records
        exported, imported = (
            listed_exports(records, self.account),
            listed_imports(records, self.account),
        )
        mapped = mappings(present_claims(records, self.account.id))
        self.shown = [*exported, *imported]
        rows = [("exports", *export_row(one)[1:]) for one in exported]
        rows += [("imports", *import_row(one)[1:]) for one in imported]
        for source, destinations in mapped.items():
            self.shown += [(source, one) for one in destinations]
            rows += [("maps", *row) for row in mapping_rows(source, destinations)]
        self._more = [row[-1] for row in rows]
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        options.clear_options()
        lines = aligned([[plain(cell, _CELL) for cell in row[:-1]] for row in rows]) if rows else []
        options.add_options(Option(line) for line in lines)
        options.highlighted = min(at, len(rows) - 1) if rows else None
        if bool(rows) != options.display or not rows:
            options.display = bool(rows)
            self.set_focus(options if rows else self.query_one("#pair"))
        for name in ("accept", "remove"):
            self.query_one(f"#{name}").disabled = not rows
        self._tell_more()

    @on(OptionList.OptionHighlighted)
    def _tell_more(self) -> None:
        """Say below the list what has no room in the line under the cursor."""
        at = self.query_one(OptionList).highlighted
        more = self._more[at] if at is not None and at < len(self._more) else ""
        if not self._more:
            key = self.app.key_of("shares.pair", "n")
            more = f"It shares nothing yet. Press {key} to share with another account here."
        if not self._more and self.app.only_looking:
            more = "It shares nothing yet."
        self.query_one("#about", Static).update(more)

    def _at_cursor(self) -> Shown:
        at = self.query_one(OptionList).highlighted
        if at is None or not 0 <= at < len(self.shown):
            key = self.app.key_of("shares.pair", "n")
            raise UsageError(f"There is no line to choose. Press {key} to share a subject.")
        return self.shown[at]

    def take_back(self, kept: HalfTyped) -> None:
        """Open again the form in which something was half typed, which takes the rest."""
        action, _, line = kept.step.partition(" ")
        if line:
            lines = [_step_of(shown) for shown in self.shown]
            if line not in lines:
                self.say("What you wrote about is gone: removed or changed elsewhere, meanwhile.")
                return
            self.query_one(OptionList).highlighted = lines.index(line)
        self._kept_in_form = kept
        getattr(self, f"action_{action}")()

    def _open(self, dialog: Dialog[str], step: str = "") -> None:
        """Open a form; with a `step`, the action that opens the like again after a lock."""
        if step:
            dialog.opened_by, dialog.step = self.opened_by, step
            dialog.kept, self._kept_in_form = self._kept_in_form, None
        self.say(self.app.only_looking_words if self.app.only_looking else "")
        if not self.app.only_looking:
            self.app.push_screen(dialog, self._tell)

    def _tell(self, news: str | None) -> None:
        if news is not None and not self.vault.locked:
            self._list()
            self.app.notify(news, markup=False)

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id not in {"accept", "cancel", None}:
            event.stop()
            getattr(self, f"action_{event.button.id}")()

    def as_command(self) -> str:
        names = ("exports", "imports", "mappings")
        return " && ".join(command(name, self.account.path) for name in names)

    def accept(self) -> None:
        shown = self._at_cursor()
        step = f"accept {_step_of(shown)}"
        if isinstance(shown, tuple):
            self._open(MappingDialog(self.vault, self.account, *shown), step)
        else:
            name = EXPORTS if isinstance(shown, ListedExport) else IMPORTS
            self._open(EntryDialog(self.vault, self.account, name, shown.entry), step)

    def action_pair(self) -> None:
        self._open(PairDialog(self.vault, self.account), "pair")

    def action_export(self) -> None:
        self._open(EntryDialog(self.vault, self.account, EXPORTS), "export")

    def action_import(self) -> None:
        self._open(EntryDialog(self.vault, self.account, IMPORTS), "import")

    def action_map(self) -> None:
        self._open(MappingDialog(self.vault, self.account), "map")

    def action_remove(self) -> None:
        try:
            shown = self._at_cursor()
        except UsageError as error:
            self.say(error.told)
            return
        if isinstance(shown, tuple):
            self._open(RemoveMappingDialog(self.vault, self.account, *shown))
        else:
            self._open(RemoveEntryDialog(self.vault, self.account, shown))

    def action_revoke(self) -> None:
        try:
            shown = self._at_cursor()
        except UsageError as error:
            self.say(error.told)
            return
        if isinstance(shown, ListedExport) and is_private(shown.entry):
            dialog = RevokeActivationsDialog(self.vault, self.account, shown)
            self._open(dialog, f"revoke {_step_of(shown)}")
        else:
            self.say("Activations are of private exports. Put the cursor on one.")


def _step_of(shown: Shown) -> str:
    """Name a line by what it is, for it to be found again where it is still so: no text of it."""
    what = shown if isinstance(shown, tuple) else (type(shown).__name__, shown.entry)
    return hashlib.blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()


def shares_nothing(records: Records, record: KeyRecord) -> str:
    """Say why a key has no account that could share anything, if so it is."""
    try:
        _account_of(records, record)
    except UsageError as error:
        return str(error)
    return ""


def _account_of(records: Records, record: KeyRecord) -> KeyRecord:
    if record.parent is not None and (record.kind is Kind.USER or record.signing):
        record = records.get(record.parent)
    return sharing_account(records, record)


def open_shared_subjects(desk: Desk) -> None:
    """Show what the account of the selected key shares."""
    if record := desk.chosen():
        account = _account_of(desk.vault.records, record)
        desk.open(SharedSubjectsDialog(desk.vault, account), lambda _: desk.reload())
