"""Tags and notes of a key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static, TextArea

from wallet.app.desk import Desk
from wallet.app.screens.keys.key_dialog import KeyDialog
from wallet.errors import UsageError
from wallet.shell import LONGEST_WORD, command
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


class NotesDialog(KeyDialog):
    """The dialog ends with the id of the key."""

    ACCEPT_LABEL = "Save"
    KEEPS_TEXT = True
    edits = True
    DEFAULT_CSS = """
    NotesDialog TextArea { height: 8; }
    """

    def title_text(self) -> str:
        return f"Tags and notes of {self.record.name}"

    def fields(self) -> ComposeResult:
        yield Static("Tags, with blanks between them; filter by tag:NAME", classes="explain")
        yield Input(" ".join(self.record.tags), id="tags")
        yield Static("Notes (Tab leaves the field, Ctrl+S saves)", classes="explain")
        yield TextArea(self.record.notes, id="notes", tab_behavior="focus")

    def as_command(self) -> str:
        tags, notes = self._typed()
        added = [("--add", tag) for tag in tags if tag not in self.record.tags]
        removed = [("--remove", tag) for tag in self.record.tags if tag not in tags]
        commands = []
        if added or removed:
            commands.append(command("tag", self.record.path, *added, *removed))
        if notes != self.record.notes or not commands:
            if "\n" in notes or len(notes) > LONGEST_WORD:
                raise UsageError(f"A command takes a note of one line, {LONGEST_WORD:,} at most.")
            commands.append(command("note", self.record.path, notes))
        return " && ".join(commands)

    def _typed(self) -> tuple[list[str], str]:
        tags = self.query_one("#tags", Input).value.replace(",", " ").split()
        return tags, self.query_one("#notes", TextArea).text

    def accept(self) -> None:
        key = self.record.id
        tags, notes = self._typed()

        def change(issuing: Issuing, records: Records) -> None:
            # Only what was changed here: somebody else may have changed the other.
            if tags != list(self.record.tags):
                issuing.set_tags(key, tags)
            if notes != self.record.notes:
                records.set_notes(key, notes)

        self.change(change)


def open_notes(desk: Desk) -> None:
    """Show the selected key's tags and notes, to be changed."""
    if record := desk.chosen():
        desk.edit(NotesDialog(desk.vault, record))
