"""Copy as…: the text is shown before it is copied, but for secrets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.key_repairs import in_keys
from wallet.app.screens.dialog_command import in_vault
from wallet.app.screens.keys.secret_dialogs import NotedDialog
from wallet.errors import UsageError, WalletError
from wallet.nats.client_snippets import NamedKey, client
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.system import clipboard
from wallet.tasks.deployment.deliveries import note_written, unwritten_tokens
from wallet.tasks.deployment.written_configurations import (
    ACCOUNT,
    FULL,
    OPERATOR,
    SERVER,
    note_configuration,
    text_of,
)
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault

SEED, CREDS = "seed", "creds"
_CONFIGURATIONS = {SERVER, ACCOUNT, OPERATOR, FULL}
_SECRETS = {SEED: "seed", CREDS: "creds, with the seed in them,"}
_WARNING = (
    "The {} to the clipboard of this machine for {} seconds. Programs that keep a clipboard "
    "history may keep it. Nothing of it is shown here."
)
NOT_NOTED = "That you copied it was not noted: the wallet locked first. It is “to deploy” still."
_LONG_LINE = 300
_SHOWN = 4000  # characters of a text that may be megabytes long
_GAP = "\n…\n"

Texts = dict[str, tuple[str, Callable[[], str]]]


class CopyAsDialog(NotedDialog[None]):
    """Enter copies what is chosen, and the dialog ends."""

    STARTS_AT = "#formats"
    app: Host
    ACCEPT_LABEL = "Copy"
    DEFAULT_CSS = """
    CopyAsDialog {
        #box { width: 100; }
        #choice { height: auto; }
        #formats, #preview { height: auto; max-height: 66vh; }
        #formats { width: 26; border: none; }
        #preview { width: 1fr; padding: 0 1; background: $boost; }
        #preview Static { width: 1fr; }
        #preview Static.-cut { text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord, server_url: str) -> None:
        super().__init__()
        self.vault, self.record = vault, record
        self._server_url = server_url
        self.formats = _formats(vault.records, record, server_url)
        self.chosen = "public"

    def title_text(self) -> str:
        return f"Copy {self.record.name} as…"

    def fields(self) -> ComposeResult:
        with Horizontal(id="choice"):
            yield OptionList(
                *(Option(label, id=name) for name, (label, _) in self.formats.items()),
                id="formats",
            )
            with VerticalScroll(id="preview", can_focus=False):
                yield Static("", id="text", markup=False)

    def on_resize(self) -> None:
        self.query_one("#choice").styles.min_height = None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.chosen = event.option_id or "public"
        if self.chosen in _SECRETS:
            verb = "goes" if self.chosen == SEED else "go"
            text = _WARNING.format(f"{_SECRETS[self.chosen]} {verb}", self.app.secret_seconds)
            if why_not := clipboard.why_no_secret():
                text = in_keys(self.app, f"Not here: {why_not} {clipboard.OTHER_WAYS}")
        else:
            text = self._preview()
        choice = self.query_one("#choice")  # stays as high: else the list moves under the cursor
        choice.styles.min_height = choice.size.height
        shown = self.query_one("#text", Static)
        shown.set_class(_cut_lines(text), "-cut")
        shown.update(text)
        label = f"Copy the {self.chosen}" if self.chosen in _SECRETS else self.ACCEPT_LABEL
        self.query_one("#accept", Button).label = label
        self.foretell(secret=self.chosen in _SECRETS and not clipboard.why_no_secret())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.chosen = event.option_id or "public"
        if self.chosen in _SECRETS:
            # A secret is not one slip of Enter away: the button asks once more.
            self.set_focus(self.query_one("#accept"))
        else:
            self.action_accept()

    def as_command(self) -> str:
        path, form = self.record.path, self.chosen
        if form in {"public", "jwt"}:
            return command(form, path)
        if form in _SECRETS:
            return command(form, path, ("--yes",))
        if form == FULL:
            return command("config", path, ("--for", OPERATOR), ("--resolver", FULL))
        server = [] if form in _CONFIGURATIONS else [("--server", self._server_url)]
        return command("config", path, ("--for", form), *server)

    def accept(self) -> None:
        if self.chosen in _SECRETS:
            if why_not := clipboard.why_no_secret():  # else it would be noted as copied
                raise UsageError(f"Not copied: {why_not} " + clipboard.OTHER_WAYS)
            what = What.SEED_COPIED if self.chosen == SEED else What.CREDS_COPIED
            self.note_then(self.vault, what, [self.record.public], "", self._copy_secret)
            return
        label, _ = self.formats[self.chosen]
        text, tokens = self._text(), self._tokens()
        self.app.copy_public(in_vault(text, self.app.path), f"{label} of {self.record.name}")
        if self.chosen in _CONFIGURATIONS:
            recipe = Recipe(self.chosen, (self.record.public,))
            note = partial(note_configuration, self.vault, recipe, text, tokens)
        else:
            note = partial(note_written, self.vault, tokens)
        self.app.in_background(note, NOT_NOTED)
        self.dismiss(None)

    def _tokens(self) -> dict[str, str]:
        """The JWTs that are copied with this, and were not written since they changed."""
        if self.chosen not in {"jwt", ACCOUNT, OPERATOR, FULL, CREDS}:
            return {}
        return unwritten_tokens(self.vault.records, [self.record], frozenset({Kind.ACCOUNT}))

    def _copy_secret(self) -> None:
        records = self.vault.records
        token = records.tokens.get(as_it_is(records, self.record).id) or ""
        with self.vault.open_seed(self.record.public) as seed:
            if self.chosen == SEED:
                self.app.copy_secret(seed.encode(), f"Seed of {self.record.name}")
            else:
                self.app.copy_secret(write_creds(token, seed), f"Creds of {self.record.name}")
                tokens = self._tokens()
                self.app.in_background(partial(note_written, self.vault, tokens), NOT_NOTED)
        self.finish(None)

    def _text(self) -> str:
        return self.formats[self.chosen][1]()

    def _preview(self) -> str:
        try:
            text = self._text()
        except WalletError as error:
            return str(error)
        return text if len(text) <= _SHOWN else text[:_SHOWN] + _GAP


def open_copy_as(desk: Desk) -> None:
    """Offer all that the selected key can be copied as."""
    if record := desk.chosen():
        taken = desk.vault.records.results.taken_by(record.public)
        desk.open(CopyAsDialog(desk.vault, record, taken or desk.server_url(record)))


def copy_public(desk: Desk) -> None:
    """Copy the selected key's public half."""
    if record := desk.chosen():
        desk.app.copy_public(record.public, f"Public key of {record.name}")


def copy_marked(desk: Desk) -> None:
    """Copy the public halves of the marked keys, one a line."""
    desk.marks.forget_gone(desk.vault.records)
    publics = desk.marks.publics
    count = "1 public key" if len(publics) == 1 else f"{len(publics):,} public keys"
    desk.app.copy_public("\n".join(publics), count)


def _cut_lines(text: str) -> bool:
    """Whether long lines are better cut than wrapped: JWTs among others would hide the rest."""
    lines = text.splitlines()
    return len(lines) > 1 and any(len(line) > _LONG_LINE for line in lines)


def _formats(records: Records, record: KeyRecord, server_url: str) -> Texts:
    formats: Texts = {"public": ("Public key", lambda: record.public)}
    if record.kind is Kind.USER:
        formats |= _of_user(records, record, server_url)
    elif record.kind is Kind.ACCOUNT and not record.signing:
        formats |= _of_account(records, record)
    elif record.kind is Kind.OPERATOR and not record.signing:
        formats |= _of_operator(records, record)
    if record.has_jwt:
        formats["jwt"] = ("JWT", lambda: records.tokens.get(record.id) or "")
    if record.kind is Kind.USER and record.has_jwt and record.has_seed:
        formats[CREDS] = ("Creds (secret)", lambda: "")
    if record.has_seed:
        formats[SEED] = ("Seed (secret)", lambda: "")
    return formats


def _of_user(records: Records, record: KeyRecord, server_url: str) -> Texts:
    key = NamedKey(record.public, record.path)
    formats: Texts = {SERVER: ("Server configuration", _configuration(records, record, SERVER))}
    for language, label in (
        ("nats-cli", "nats command"),
        ("go", "Go client"),
        ("python", "Python client"),
        ("javascript", "JavaScript client"),
        ("rust", "Rust client"),
    ):
        formats[language] = (label, _client(language, key, server_url, creds=record.has_jwt))
    return formats


def _of_account(records: Records, record: KeyRecord) -> Texts:
    label = "Preload of a server" if record.has_jwt else "Accounts block"
    return {
        ACCOUNT: (label, _configuration(records, record, ACCOUNT)),
        SERVER: ("Its users' block", _configuration(records, record, SERVER)),
    }


def _of_operator(records: Records, record: KeyRecord) -> Texts:
    return {
        OPERATOR: ("Server configuration", _configuration(records, record, OPERATOR)),
        FULL: ("… with full resolver", _configuration(records, record, FULL)),
    }


def _configuration(records: Records, record: KeyRecord, target: str) -> Callable[[], str]:
    return partial(text_of, records, Recipe(target, (record.public,)))


def _client(language: str, key: NamedKey, server_url: str, *, creds: bool) -> Callable[[], str]:
    return lambda: client(language, key, server_url, creds=creds)
