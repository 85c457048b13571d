"""The page of what needs a look: each with why it matters, and the way to mend it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import WorkerCancelled, get_current_worker

from wallet.app.desk import Desk
from wallet.app.key_repairs import folded, in_keys
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.dialog_command import in_vault
from wallet.app.widgets.results.sign_styles import styled
from wallet.codes import HealthCode
from wallet.errors import WalletError
from wallet.exchange.readers.nsc_store import known_places
from wallet.shell import command
from wallet.show.health_groups import by_cause
from wallet.show.short_texts import ending
from wallet.show.verdict_signs import OF_FLAW
from wallet.tasks.health.key_health import HealthNote
from wallet.tasks.health.vault_health import health_notes
from wallet.text import plain
from wallet.vault.vault import Vault
from wallet.when import here_too

_MOST_SHOWN = 500
_CODE = 22  # cells
MENDS = {
    HealthCode.EXPIRED: "claims",
    HealthCode.EXPIRES_SOON: "claims",
    HealthCode.MAY_EVERYTHING: "claims",
    HealthCode.NOT_TRUSTED: "inspect",
    HealthCode.REVOKED_LET_IN: "push",
    HealthCode.RETIRED_LET_IN: "revoke",
    HealthCode.REVOCATION_NOT_PROVED: "push",
    HealthCode.NOT_PROVED: "push",
    HealthCode.NOT_WRITTEN: "export",
    HealthCode.IMPORT_IDLE: "share",
    HealthCode.CONFIGURATION_OUTDATED: "export",
    HealthCode.CONFIGURATION_LETS_IN: "copy_as",
    HealthCode.LAST_REFUSED: "test",
    HealthCode.REVOKED_UNCHECKED: "test",
    HealthCode.NEVER_TESTED: "test",
    HealthCode.IDENTITY_SIGNS: "new",
    HealthCode.OLD_KEY: "rotate",
    HealthCode.SAME_SEED: "rotate",
    HealthCode.NO_SEED: "import",
    HealthCode.PLAIN_SEED: "import",
    HealthCode.WEAK_DERIVATION: "passphrase",
    HealthCode.NO_BACKUP: "vault",
    HealthCode.NO_COPY: "vault",
    HealthCode.NO_RECOVERY: "recovery",
    HealthCode.OUTDATED_BACKUPS: "vault",
    HealthCode.KEY_FILE_BESIDE: "key_file",
}
"""The action that mends what a code names; of the others the command is copied."""
_IN_WORDS = {
    HealthCode.CONFIGURATION_LETS_IN: "a list lets it in",
    HealthCode.DELETED_LET_IN: "deleted, at servers",
    HealthCode.IDENTITY_SIGNS: "signs by itself",
    HealthCode.NOT_WRITTEN: "not handed out",
    HealthCode.OUTDATED_BACKUPS: "old backups open",
}
"""The codes that do not speak for themselves."""
_OF_A_KEY = {
    "claims",
    "copy_as",
    "export",
    "inspect",
    "new",
    "push",
    "revoke",
    "rotate",
    "share",
    "test",
}


class HealthChoice(NamedTuple):
    """A note that was chosen: to go to its key, or to mend it."""

    note: HealthNote
    mend: bool


class HealthDialog(Dialog[HealthChoice]):
    """Lists what is wrong, then advice. Enter goes to the key, `m` mends."""

    TITLE_TEXT = "What needs a look"
    ACCEPT_LABEL = "Go to the key"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("m", "mend", "Mend", id="health.mend")]
    DEFAULT_CSS = """
    HealthDialog {
        #box { width: 100; }
        OptionList { height: auto; max-height: 42vh; }
        &.-low OptionList { max-height: 4; }
        #detail { height: auto; padding: 0 1; }
    }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self.notes: list[HealthNote] = []

    def fields(self) -> ComposeResult:
        yield Static("Looking…", id="about", classes="explain", markup=False)
        yield OptionList(id="notes")
        yield Static("", id="detail")

    def buttons(self) -> ComposeResult:
        yield Button(self.ACCEPT_LABEL, id="accept", variant="primary", compact=True)
        yield Button(f"Mend ({self.app.key_of('health.mend', 'm')})", id="mend", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(OptionList))
        self.run_worker(self._look, thread=True, exit_on_error=False)

    def _look(self) -> None:
        worker, app = get_current_worker(), self.app

        def note(_number: int) -> None:
            if worker.is_cancelled:  # the page was closed
                raise WorkerCancelled

        try:
            notes = health_notes(self.vault, known_places(), datetime.now(UTC), note)
        except WorkerCancelled:
            return
        except WalletError as error:
            app.call_from_thread(self._failed, error.told)
            return
        app.call_from_thread(self._show, notes)

    def _show(self, notes: list[HealthNote]) -> None:
        if not self.is_running:
            return
        self.notes = [note for group in by_cause(notes) for note in group][:_MOST_SHOWN]
        problems = sum(note.problem for note in notes)
        words = "1 problem" if problems == 1 else f"{problems:,} problems"
        more = f" Shown are the first {_MOST_SHOWN}." if len(notes) > _MOST_SHOWN else ""
        about = f"{words}, {len(notes) - problems:,} pieces of advice.{more}"
        self.query_one("#about", Static).update(about if notes else "All is well.")
        options = self.query_one(OptionList)
        options.add_options(Option(_line(note)) for note in self.notes)
        if self.notes:
            options.highlighted = 0

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        note = self._chosen()
        if note is None:
            return
        fix = folded(in_keys(self.app, note.fix))
        lines = [Content(here_too(plain(note.why, 2000))), Content("")]
        lines += [Content(plain(line, 2000)) for line in fix.split("\n") if line]
        self.query_one("#detail", Static).update(Content("\n").join(lines))

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "mend":
            event.stop()
            self.action_mend()

    def _chosen(self) -> HealthNote | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None or not 0 <= at < len(self.notes) else self.notes[at]

    def as_command(self) -> str:
        return command("health")

    def accept(self) -> None:
        note = self._chosen()
        if note is not None:
            in_vault = note.public and self.vault.records.by_public(note.public)
            self.finish(HealthChoice(note, mend=not in_vault))

    def action_mend(self) -> None:
        if (note := self._chosen()) is not None:
            self.finish(HealthChoice(note, mend=True))


def _line(note: HealthNote) -> Content:
    """The cause in words, and whom it is about."""
    about = ending(note.path, 60) if note.path else plain(note.public or "the vault")
    what = _IN_WORDS.get(note.code) or note.code.replace("-", " ")
    sign = styled(OF_FLAW[note.problem])
    return Content.assemble(sign, f" {what:<{_CODE}} ", (about, "bold"))


def open_health(desk: Desk) -> None:
    """Show what needs a look."""
    desk.open(HealthDialog(desk.vault), partial(_follow, desk))


async def _follow(desk: Desk, choice: HealthChoice | None) -> None:
    """Go to the key that a note is about, and do what mends it where that was asked for."""
    if choice is None:
        return
    note = choice.note
    try:
        about = note.at if choice.mend and note.at is not None else note.public
        record = desk.vault.records.by_public(about) if about else None
        if record is not None:
            desk.reload(record.id)
        if not choice.mend:
            return
        action = MENDS.get(note.code)
        if action is None or (action in _OF_A_KEY and record is None):
            commands = note.fix.partition("\n")[2]
            what = "The command" if commands else "What to do"
            desk.app.copy_public(in_vault(commands or note.fix, desk.app.path), what)
        else:
            await desk.action_do(action)
    except WalletError as error:  # locked or gone meanwhile
        desk.refuse(str(error))
