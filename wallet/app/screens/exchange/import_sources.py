"""Keys from other tools' files: which ones, or a text that is pasted. Ends with a plan."""

from __future__ import annotations

import shlex
from contextlib import suppress
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from wallet.app.counted_work import Count
from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.exchange.import_outcome import ImportedDialog
from wallet.app.screens.exchange.import_plan import Imported, PlanDialog
from wallet.app.widgets.forms.completed_input import CompletedInput, FilePaths, KeyPaths, parents_in
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_paste import SecretPaste
from wallet.errors import UsageError, WalletError
from wallet.exchange.plan.import_plan import ImportPlan
from wallet.exchange.plan.key_comparison import make_plan
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.nsc_store import known_places
from wallet.exchange.readers.sources import SourceReader
from wallet.secrets import sodium
from wallet.shell import command
from wallet.system.disk import paths
from wallet.text import plain
from wallet.vault.vault import Vault


class ImportDialog(Dialog[ImportPlan]):
    """Reads in the background; Esc stops that. Nothing is changed here."""

    STARTS_AT = "#path"
    TITLE_TEXT = "Import"
    ACCEPT_LABEL = "Look"
    KEEPS_TEXT = True
    LOOKS = True
    SEARCHES = True

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self._places = [_short(place) for place in known_places()]

    def fields(self) -> ComposeResult:
        yield Static("File or directory", classes="field-label")
        yield CompletedInput(
            id="path",
            placeholder=".nk, .creds, JWT, nsc store, context, server configuration",
            suggester=_Sources(self._places),
        )
        if self._places:
            here = "On this machine: " + " · ".join(self._places)
            yield Static(plain(here, 300), classes="explain", markup=False)
        yield Static("Or paste it here", classes="field-label")
        yield SecretPaste(id="paste", placeholder="seeds, keys, JWTs or creds; not shown")
        yield Static("Under", classes="field-label")
        yield CompletedInput(
            id="under",
            placeholder="for keys that no file gives a place; may stay empty",
            suggester=KeyPaths(partial(parents_in, self.vault.records)),
        )

    @on(Input.Changed)
    def _typed(self) -> None:
        self.say("")  # what was wrong with the path before

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def on_secret_input_changed(self, event: SecretInput.Changed) -> None:
        self.say(event.refused)

    def as_command(self) -> str:
        named = [str(path) for path in _paths(self.query_one("#path", Input).value)]
        pasted = [] if self.query_one("#paste", SecretPaste).empty else ["-"]  # from a pipe, there
        under = self.query_one("#under", Input).value.strip()
        where = [("--under", under)] if under else []
        return command("import", *(named + pasted or ["PATH"]), *where)

    def accept(self) -> None:
        paths = _paths(self.query_one("#path", Input).value)
        under = self.query_one("#under", Input).value.strip()
        field = self.query_one("#paste", SecretPaste)
        if not paths and field.empty:
            raise UsageError("Name a file or directory, or paste a key.")
        for path in paths:
            _require_there(path)
        parent = self.vault.records.find_parent(under) if under else None
        pasted = None if field.empty else field.content()
        count = Count("files read", stopped="Stopped. Nothing was changed.")

        def job() -> ImportPlan:
            findings = Findings()
            try:
                reading = SourceReader(findings, count.note)
                for path in paths:
                    reading.path(path)
                if pasted is not None:
                    reading.text(pasted)
                with suppress(WalletError):  # whatever is wrong with the file, importing tells
                    self.vault.refresh()  # what was saved elsewhere since the dialog opened
                return make_plan(self.vault.records, findings, under=parent)
            except BaseException:
                findings.wipe()
                raise
            finally:
                sodium.wipe(pasted or bytearray())

        self.work(job, "reading…", count)

    def _done(self, result: ImportPlan) -> None:
        if not self.is_running:  # locked meanwhile
            result.findings.wipe()
        super()._done(result)


class _Sources(FilePaths):
    """Suggests files, and before anything fits the places where other tools keep keys."""

    def __init__(self, places: list[str]) -> None:
        super().__init__()
        self._places = places

    async def get_suggestion(self, value: str) -> str | None:
        known = next((place for place in self._places if place.startswith(value)), None)
        return known or await super().get_suggestion(value)


def open_import(desk: Desk) -> None:
    """Ask for the files; show the plan for them, and then what was done."""

    def planned(plan: ImportPlan | None) -> None:
        if plan is not None:
            desk.open(PlanDialog(desk.vault, plan), imported)

    def imported(done: Imported | None) -> None:
        if done is not None:
            desk.reload()
            desk.open(ImportedDialog(desk.vault, done))

    desk.open(ImportDialog(desk.vault), planned)


def _paths(typed: str) -> list[Path]:
    """Take what was typed as one path, blanks and all, or as several, as a shell would."""
    typed = typed.strip()
    if not typed:
        return []
    whole = paths.given(typed)
    if paths.is_there(whole):
        return [whole]
    try:
        return [paths.given(part) for part in shlex.split(typed)]
    except ValueError:
        return [whole]


def _require_there(path: Path) -> None:
    """Raise `UsageError` for a path that leads nowhere: mistyped, and still there to be mended."""
    try:
        if paths.is_there(path):
            return
    except WalletError:  # not allowed to look is not absent: reading it says why
        return
    raise UsageError(f"There is no {plain(str(path), 300)}. Mend the path, or leave it out.")


def _short(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
