"""The end of an import: what it did, and which plain files still hold the seeds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.screens.exchange.import_plan import Imported, bad_lines, note_lines
from wallet.app.screens.exchange.leftovers import LeftoverDialog
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.exchange.leftovers import leftovers, verified_backup, withheld
from wallet.exchange.readers.material import PlainFile
from wallet.show.signs import Sign
from wallet.vault.vault import Vault


class ImportedDialog(Dialog[None]):
    """Lists what was imported; where plain files hold seeds, a button goes through them."""

    NO_COMMAND = "`import` tells the same, and asks on a terminal about the files"
    TITLE_TEXT = "Imported"
    DEFAULT_CSS = """
    ImportedDialog {
        #box { width: 100; }
        #count { padding: 0 1; text-style: bold; height: auto; }
    }
    """

    def __init__(self, vault: Vault, imported: Imported) -> None:
        super().__init__()
        self.vault, self.imported = vault, imported
        self.findings = imported.plan.findings
        self.left = leftovers(vault.records, self.findings)
        self._deleted = 0

    def fields(self) -> ComposeResult:
        result, bad = self.imported.result, [*self.imported.plan.bad, *self.imported.result.bad]
        counts = [
            f"{len(result.added):,} added",
            f"{len(result.changed):,} changed",
            *([f"{len(bad):,} not imported"] if bad else []),
            *([f"{len(result.meanwhile):,} changed elsewhere"] if result.meanwhile else []),
            *(
                [f"{result.servers:,} server{'s' * (result.servers != 1)} remembered"]
                if result.servers
                else []
            ),
        ]
        yield Static(" · ".join(counts), id="count", markup=False)
        yield LineList(id="lines")
        if self.left:
            yield Static(
                f"{_files(len(self.left))} these seeds in plain text. They can be deleted, one "
                "question each, once a backup of the vault has been read back.",
                id="about",
                classes="explain",
                markup=False,
            )

    def buttons(self) -> ComposeResult:
        if self.left:
            yield Button("Go through the files", id="accept", compact=True)
        yield Button("Close", id="cancel", variant="primary", compact=True)

    def on_mount(self) -> None:
        result, plan = self.imported.result, self.imported.plan
        lines = [line for bad in [*plan.bad, *result.bad] for line in bad_lines(bad)]
        lines += [
            MarkedLine(Sign.DOUBTFUL, f"{path}: {why}", "warn")
            for path, why in [*result.meanwhile.items(), *result.left.items()]
        ]
        lines += note_lines(plan.findings)
        lines += [MarkedLine("+", record.path, "good") for record in result.added]
        lines += [MarkedLine("~", record.path, "good") for record in result.changed]
        lines += [MarkedLine("!", f"seed in plain text: {file.path}", "warn") for file in self.left]
        for file, why in withheld(self.vault.records, self.findings):
            lines.append(MarkedLine("!", f"seed in plain text, to stay: {file.path}", "warn"))
            lines.append(MarkedLine(" ", f"  {why}"))
        self.query_one(LineList).show(lines)
        self.set_focus(self.query_one("#cancel"))

    def on_unmount(self) -> None:
        self.findings.wipe()

    def accept(self) -> None:
        if not self.left:
            return

        def job() -> None:
            backup = verified_backup(self.vault, self.left)
            self.app.call_from_thread(self._go_through, str(backup))

        self.work(job, "making a backup, and reading it back…")

    def _done(self, result: None) -> None:
        """The backup is verified; the questions have begun."""

    def _go_through(self, backup: str) -> None:
        self._working = False
        if self.is_running:
            self.query_one("#box").border_subtitle = ""
            self._ask(list(self.left), backup)

    def _ask(self, files: list[PlainFile], backup: str) -> None:
        if not files:
            self._end()
            return
        first, *rest = files

        def answered(deleted: bool | None) -> None:  # noqa: FBT001 (a dialog's result)
            if deleted is None:
                self._end()
                return
            self._deleted += deleted
            self._ask(rest, backup)

        dialog = LeftoverDialog(self.vault, self.findings, first, backup, len(files))
        self.app.push_screen(dialog, answered)

    def _end(self) -> None:
        self.left = [] if self._deleted else self.left
        files_in_words = "1 file was" if self._deleted == 1 else f"{self._deleted:,} files were"
        self.query_one("#about", Static).update(f"{files_in_words} deleted.")
        self.query_one("#accept").display = not self._deleted


def _files(count: int) -> str:
    return "1 file on the disk holds" if count == 1 else f"{count:,} files on the disk hold"
