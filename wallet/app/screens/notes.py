"""Tags and notes of a key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static, TextArea

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


class NotesDialog(Dialog[int]):
    """The dialog ends with the id of the key."""

    ACCEPT_LABEL = "Save"
    DEFAULT_CSS = """
    NotesDialog TextArea { height: 8; }
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record

    def title_text(self) -> str:
        return f"Tags and notes of {self.record.name}"

    def fields(self) -> ComposeResult:
        yield Static("Tags, with blanks between them; filter by tag:NAME", classes="explain")
        yield Input(" ".join(self.record.tags), id="tags")
        yield Static("Notes (Tab leaves the field, Ctrl+S saves)", classes="explain")
        yield TextArea(self.record.notes, id="notes", tab_behavior="focus")

    def accept(self) -> None:
        key = self.record.id
        tags = self.query_one("#tags", Input).value.replace(",", " ").split()
        notes = self.query_one("#notes", TextArea).text

        def job() -> int:
            with self.vault.change() as records:
                issuing = Issuing(records)
                # Only what was changed here: somebody else may have changed the other.
                if tags != list(self.record.tags):
                    issuing.set_tags(key, tags)
                    self._not_signed = {**issuing.left, **issuing.told}
                if notes != self.record.notes:
                    records.set_notes(key, notes)
            return key

        self.work(job)


def open_notes(desk: Desk) -> None:
    """Show the selected key's tags and notes, to be changed."""
    if record := desk.chosen():
        desk.edit(NotesDialog(desk.vault, record))
