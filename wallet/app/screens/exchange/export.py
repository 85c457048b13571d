"""Writes keys as the files of other programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input, ProgressBar, Select, Static

from wallet.app.counted_work import Count
from wallet.app.desk import Desk
from wallet.app.screens.keys.secret_dialogs import NotedDialog
from wallet.app.screens.many.many_dialog import with_marked
from wallet.app.widgets.forms.choice_field import ChoiceField
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import NotRecordedError, UsageError
from wallet.exchange import remainder, runtime_secrets
from wallet.exchange.export import listed, write
from wallet.exchange.file_forms import ExportFile
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command, file_stem, file_word
from wallet.system.disk import paths, plainfiles
from wallet.system.disk.plainfiles import who_reads
from wallet.tasks.deployment import written_configurations
from wallet.tasks.deployment.deliveries import unwritten_tokens
from wallet.tasks.deployment.written_configurations import note_configuration, text_of
from wallet.tasks.export import export
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.disclosure import record
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

CONFIGURATION, FULL = "configuration", "full"
_LABELS = {
    CONFIGURATION: "server configuration",
    FULL: "server configuration with full resolver",
    "creds": "creds (JWT and seed)",
    "nk": "nk (the seed)",
    "jwt": "JWT",
    "public": "public key",
    "context": "nats CLI context",
    "nsc": "nsc store of its operator",
    "kubernetes": "Kubernetes Secret",
    "systemd": "text for systemd-creds",
    "docker": "text for docker secret",
}


class ExportDialog(NotedDialog[str]):
    """The dialog ends with a sentence on what was written."""

    ACCEPT_LABEL = "Write"
    KEEPS_TEXT = True
    SEARCHES = True  # for a place, as an import does

    def __init__(self, vault: Vault, keys: Sequence[KeyRecord]) -> None:
        super().__init__()
        self.vault, self.keys = vault, keys
        offered = [form for key in keys for form in _forms(key)]
        self._forms = sorted(dict.fromkeys(offered), key=list(_LABELS).index)
        if len(keys) == 1:
            self._forms = offered
        elif not all(key.kind is Kind.USER and not key.has_jwt for key in keys):
            # Of several, users in a list alone make one configuration.
            self._forms = [one for one in self._forms if one not in {CONFIGURATION, FULL}]
        self._remarks: list[str] = []
        self._suggested = ""  # the place that was put into the field last

    def title_text(self) -> str:
        return f"Export {self.keys[0].name if len(self.keys) == 1 else f'{len(self.keys):,} keys'}"

    def fields(self) -> ComposeResult:
        yield Static("As", classes="field-label")
        yield ChoiceField(
            [(_LABELS[form], form) for form in self._forms],
            value=self._forms[0],
            allow_blank=False,
            id="form",
        )
        where = "a file, or a directory" if len(self.keys) == 1 else "a directory"
        yield Static(f"To ({where})", classes="field-label")
        yield path_input(id="to", placeholder="path")
        yield TextIfAny(id="about", classes="explain")
        yield Tick("write over files that are there", False, id="overwrite")
        yield ProgressBar(id="progress", show_eta=False)

    def on_mount(self) -> None:
        self._form_chosen()
        self.set_focus(self.query_one("#to"))

    def on_select_changed(self) -> None:
        self._form_chosen()

    def _form_chosen(self) -> None:
        form = str(self.query_one("#form", Select).value)
        place = self.query_one("#to", Input)
        if place.value == self._suggested:  # a place that somebody typed stays
            self._suggested = place.value = _suggested(self.keys, form)
        about = ""
        secret = form in {"creds", "nk", "context", "nsc", *runtime_secrets.FORMS}
        self.foretell(secret=secret)
        if secret:
            about = (
                "Seeds stand in these files unencrypted: whoever reads one can be that key, and "
                f"{who_reads()}. Delete them when they are not needed."
            )
        above = [key.name for key in self.keys if key.kind is not Kind.USER]
        if form in {"creds", "context", *runtime_secrets.FORMS} and above:
            about = f"For every user beneath {few(above)}. {about}"
        if len(self.keys) > 1:
            about = f"{about} Keys that have no such form are left out, and told.".strip()
        self.query_one("#about", Static).update(about)

    def as_command(self) -> str:
        form = str(self.query_one("#form", Select).value)
        to = self.query_one("#to", Input).value.strip() or "FILE"
        chosen = [key.path for key in self.keys]
        if form not in {CONFIGURATION, FULL}:
            force = [("--force",)] if self.query_one("#overwrite", Tick).value else []
            return command("export", *chosen, ("--as", form), ("--to", to), *force)
        target = self._recipe(form).target
        how = [("--for", target)]
        if form == FULL:
            how = [("--for", written_configurations.OPERATOR), ("--resolver", FULL)]
        return f"{command('config', *chosen, *how)} > {file_word(str(paths.given(to)))}"

    def accept(self) -> None:
        form = str(self.query_one("#form", Select).value)
        typed = self.query_one("#to", Input).value.strip()
        if not typed:
            raise UsageError("Where to? Give a path.")
        to = paths.given(typed)
        overwrite = self.query_one("#overwrite", Tick).value
        count = Count("written")

        def job() -> str:
            items = self._items(form, to)
            count.total = len(items) if len(items) > 1 else None

            def written_files() -> list[ExportFile]:
                return write(
                    items,
                    overwrite=overwrite,
                    on_progress=count.note,
                    cancelled=lambda: count.stopping,
                )

            try:
                if form in {CONFIGURATION, FULL}:
                    written = self._configuration(form, items, written_files)
                else:
                    note_seeds = partial(self._note_seeds, f"{form} to {to}")
                    written = export(
                        *(self.vault, self.keys, form, items, note_seeds, written_files),
                        over_others=overwrite,
                    )
            except plainfiles.FileExistsAlreadyError as error:
                raise UsageError(
                    f"{error} Tick the box above to write over what is there."
                ) from None
            place = to.absolute()
            several = f"{len(written):,} files beneath {place}"
            what = str(written[0].path.absolute()) if len(written) == 1 else several
            if len(written) < len(items):
                return (
                    f"Stopped: {len(written):,} of {len(items):,} files were written, in {place}."
                )
            stays = remainder.sentence(self.vault.records, form, items)
            return f"Written: {what}{_in_words(self._remarks, stays)}"

        self.work(job, "writing…", count)

    def _note_seeds(self, detail: str, seeds: Sequence[str]) -> None:
        """Note it in the vault, unless the person was told that this cannot be."""
        if self._unrecorded:
            return
        try:
            record(self.vault, What.EXPORTED, seeds, detail)
        except NotRecordedError as error:
            self.app.call_from_thread(self.not_recorded, str(error))
            raise

    def _configuration(
        self, form: str, items: list[ExportFile], write_them: Callable[[], list[ExportFile]]
    ) -> list[ExportFile]:
        """Write a configuration, and keep of it what tells later whether it is still the same."""
        tokens = unwritten_tokens(self.vault.records, self.keys, frozenset({Kind.ACCOUNT}))
        written = write_them()
        for item in items if len(written) == len(items) else ():
            text, place = bytes(item.make()).decode(), str(item.path.absolute())
            note_configuration(self.vault, self._recipe(form), text, tokens, place)
        return written

    def _items(self, form: str, to: Path) -> list[ExportFile]:
        if form not in {CONFIGURATION, FULL}:
            self._remarks.clear()
            return listed(self.vault, self.keys, form, to, tell=self._remarks.append)
        text = text_of(self.vault.records, self._recipe(form))
        path = to / "nats-server.conf" if os.path.isdir(to) else to
        return [ExportFile(str(path), text.encode, secret=False)]

    def _recipe(self, form: str) -> Recipe:
        """The recipe of the configuration that these keys are written as."""
        target = {
            Kind.OPERATOR: written_configurations.OPERATOR,
            Kind.ACCOUNT: written_configurations.ACCOUNT,
        }.get(self.keys[0].kind, written_configurations.SERVER)
        target = written_configurations.FULL if form == FULL else target
        return Recipe(target, tuple(key.public for key in self.keys))


def open_export(desk: Desk) -> None:
    """Offer the selected key's files."""
    if record := desk.chosen():
        desk.open(ExportDialog(desk.vault, [record]), desk.say)


def export_marked(desk: Desk) -> None:
    """Offer files of all marked keys."""
    with_marked(desk, lambda keys: desk.open(ExportDialog(desk.vault, keys), desk.say))


def _in_words(remarks: list[str], stays: str) -> str:
    """Give the first remark on an export in full, the number of the others, and what stays here."""
    more = f"… and {len(remarks) - 1:,} more like it." if len(remarks) > 1 else ""
    sentences = " ".join(filter(None, [*remarks[:1], more, stays]))
    return f". {sentences}" if sentences else ""


def _forms(record: KeyRecord) -> list[str]:
    """Name the forms that this key can be written in, the likeliest first."""
    forms = []
    rules = record.kind in {Kind.OPERATOR, Kind.ACCOUNT} and not record.signing
    if record.kind is Kind.USER and record.has_jwt and record.has_seed:
        forms.append("creds")
    if rules or (record.kind is Kind.USER and not record.has_jwt):
        forms.append(CONFIGURATION)
    if rules and record.kind is Kind.OPERATOR:
        forms.append(FULL)
    if rules:
        forms.append("creds")
    if record.has_seed:
        forms.append("nk")
    if record.has_jwt:
        forms.append("jwt")
    if rules or (record.kind is Kind.USER and record.has_seed):
        forms.append("context")
    if record.has_jwt:
        forms.append("nsc")
    if rules or (record.has_seed and record.kind not in {Kind.OPERATOR, Kind.ACCOUNT}):
        forms += runtime_secrets.FORMS
    return [*forms, "public"]


def _suggested(keys: Sequence[KeyRecord], form: str) -> str:
    if len(keys) > 1:
        return f"keys-{form}" if form not in {CONFIGURATION, FULL} else "auth.conf"
    (record,) = keys
    ending = {
        CONFIGURATION: ".conf", FULL: ".conf", "creds": ".creds", "nk": ".nk", "jwt": ".jwt",
        "public": ".pub", "context": ".json", "nsc": "-nsc", "kubernetes": ".yaml",
    }.get(form, ".secret")  # fmt: skip
    if record.kind in {Kind.OPERATOR, Kind.ACCOUNT}:
        beneath = {"creds": "-creds", "context": "-contexts"}
        ending = "-secrets" if form in runtime_secrets.FORMS else beneath.get(form, ending)
    return f"{file_stem(record.name, 'key')}{ending}"
