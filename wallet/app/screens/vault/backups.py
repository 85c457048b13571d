"""The older saves of the vault: to look through, to restore one, to delete one, to make a copy."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.lock.half_typed import HalfTyped
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.vault.restoration import RestoreDialog
from wallet.app.widgets.forms.completed_input import path_input
from wallet.errors import UsageError
from wallet.nats.claims.edit import whole
from wallet.shell import command
from wallet.show.backup_changes import changes_in
from wallet.system.disk import paths
from wallet.tasks.health.copies_elsewhere import copy_vault
from wallet.text import plain
from wallet.vault.backups import sizes
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.backups.older_saves import Backup
from wallet.vault.vault import Vault
from wallet.when import with_local_second


class BackupsDialog(Dialog[str]):
    """Lists the backups; Enter on one begins to restore it."""

    TITLE_TEXT = "Backups"
    CHANGING = frozenset({"plan", "delete"})
    ACCEPT_LABEL = "Restore…"
    DEFAULT_CSS = """
    BackupsDialog {
        #box { width: 100; }
        OptionList { height: auto; max-height: 58vh; }
        &.-low OptionList { max-height: 5; }
    }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self.backups: list[Backup] = []

    def fields(self) -> ComposeResult:
        yield Static("", id="about", classes="explain", markup=False)
        yield OptionList(id="backups", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Restore…", id="accept", compact=True)
        yield Button("Make a copy…", id="copy", compact=True)
        yield Button("How many…", id="plan", compact=True)
        yield Button("Delete…", id="delete", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._list()
        self.set_focus(self.query_one(OptionList))

    def _list(self) -> None:
        self.backups = self.vault.backups()
        several = f"{len(self.backups)} older saves, the newest first" if self.backups else "None"
        self.query_one("#about", Static).update(
            f"{several}, and what was done last in each. Enter shows what restoring changes."
            if self.backups
            else f"{several}."
        )
        options = self.query_one(OptionList)
        options.clear_options()
        changes = changes_in(self.vault.records, self.backups)
        options.add_options(
            Option(f"{_line(backup)}\n  {change}" if change else _line(backup))
            for backup, change in zip(self.backups, changes, strict=True)
        )
        if self.backups:
            options.highlighted = 0

    def _chosen(self) -> Backup:
        at = self.query_one(OptionList).highlighted
        if at is None or not 0 <= at < len(self.backups):
            raise UsageError("There is no backup to choose. Every change of the vault leaves one.")
        return self.backups[at]

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def take_back(self, kept: HalfTyped) -> None:
        """Open again the form in which something was half typed, which takes the rest."""
        self._open_form(kept.step.rpartition(" ")[2], kept)

    def _open_form(self, name: str, kept: HalfTyped | None = None) -> None:
        form = CopyVaultDialog(self.vault) if name == "copy" else BackupPlanDialog(self.vault)
        form.opened_by, form.step, form.kept = self.opened_by, f"{self.step} {name}", kept
        self.app.push_screen(form, self._tell)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in {"copy", "plan"}:
            event.stop()
            self._open_form(event.button.id)
        elif event.button.id == "delete":
            event.stop()
            try:
                dialog = DeleteBackupDialog(self.vault, self._chosen())
            except UsageError as error:
                self.say(error.told)
            else:
                self.app.push_screen(dialog, self._tell)

    def _tell(self, news: str | None) -> None:
        if news is not None and not self.vault.locked:
            self._list()
            self.app.notify(news, markup=False)

    def as_command(self) -> str:
        return command("backups")

    def accept(self) -> None:
        dialog = RestoreDialog(self.vault, self._chosen().path)
        self.app.push_screen(dialog, lambda news: None if news is None else self.finish(news))


class DeleteBackupDialog(Dialog[str]):
    """Asks before one backup is deleted for ever."""

    NO_COMMAND = "`backups` names the files, and they are deleted as any other"
    STARTS_AT = "#cancel"
    TITLE_TEXT = "Delete this backup?"

    def __init__(self, vault: Vault, backup: Backup) -> None:
        super().__init__()
        self.vault, self.backup = vault, backup

    def fields(self) -> ComposeResult:
        path = plain(str(self.backup.path), 400)
        yield Static(path, classes="field-label", markup=False)
        yield Static(f"{_line(self.backup)}.", classes="explain", markup=False)
        yield Static("What only this file holds is lost with it.", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Delete", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)

    def accept(self) -> None:
        if not self.vault.delete_backups([self.backup]):
            raise UsageError(
                "It was not deleted: it is no longer a backup of this vault, or the system does "
                "not allow it."
            )
        self.finish("Deleted one backup.")


class CopyVaultDialog(Dialog[str]):
    """Saves a verified copy of the vault at a place of the person's choice."""

    TITLE_TEXT = "Copy the vault"
    KEEPS_TEXT = True
    ACCEPT_LABEL = "Copy"

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault

    def fields(self) -> ComposeResult:
        yield Static(
            "To which file? It is read back whole, and opens with the current passphrase.",
            classes="explain",
        )
        yield path_input(id="to", placeholder="/media/stick/vault.nkw")

    def as_command(self) -> str:
        return command("backup", self.query_one("#to", Input).value.strip() or "FILE")

    def accept(self) -> None:
        text = self.query_one("#to", Input).value.strip()
        if not text:
            raise UsageError("Name a file that is not there yet.")
        to = paths.given(text).absolute()

        def job() -> str:
            copy_vault(self.vault, to)
            return f"Saved {plain(str(to), 300)}, and read all of it back."

        self.work(job, "copying")


class BackupPlanDialog(Dialog[str]):
    """Asks how many older saves are to be kept, and where."""

    TITLE_TEXT = "How many backups are kept"
    KEEPS_TEXT = True
    ACCEPT_LABEL = "Keep so many"

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault

    def fields(self) -> ComposeResult:
        plan = Plan.of(self.vault.records.settings)
        yield Static(
            "The save before is always kept. Those kept for a reason stay until you delete them.",
            classes="explain",
        )
        for name, label, value in (
            ("number", "The last changes (0: none)", str(plan.number)),
            ("days", "And then one a day, for so many days", str(plan.days)),
            ("size", "All of them together: 500M, 2G; 0 for no limit", sizes.written(plan.size)),
            ("place", "In which directory; empty: beside the vault", str(plan.place or "")),
        ):
            yield Static(label, classes="field-label", markup=False)
            yield (path_input if name == "place" else Input)(value, id=name)

    def as_command(self) -> str:
        typed = {name: self.query_one(f"#{name}", Input).value.strip() for name in _PLANNED}
        return command("backups", *((f"--{name}", text) for name, text in typed.items()))

    def accept(self) -> None:
        text = {name: self.query_one(f"#{name}", Input).value.strip() for name in _PLANNED}
        plan = Plan(
            whole(text["number"]),
            whole(text["days"]),
            sizes.read(text["size"]),
            paths.given(text["place"]).absolute() if text["place"] else None,
        )

        def job() -> str:
            with self.vault.change(minor=True) as records:
                plan.keep_in(records.settings)
            return Plan.of(self.vault.records.settings).sentence

        self.work(job)


_PLANNED = ("number", "days", "size", "place")


def _line(backup: Backup) -> str:
    """Describe a backup in a line: when, which save, how large, and why it stays."""
    return (
        f"{with_local_second(backup.saved)} · save {backup.generation} · "
        f"{max(1, backup.size >> 10):,} kB{f' · {backup.why.words}' if backup.why.words else ''}"
    )
