"""Shows and changes what a key may do: an operator, account, user or signing key."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Static, TextArea

from wallet import when
from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.app.lock.half_typed import HalfTyped
from wallet.app.screens.keys.key_dialog import KeyDialog
from wallet.app.widgets.forms.form_lines import FormLines, line
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import UsageError
from wallet.nats.claims import content, form, reader, signing_keys
from wallet.nats.claims.edit import listed, words
from wallet.nats.claims.form import Field
from wallet.nats.jwt import WITH_JWT
from wallet.nats.jwt_layout import in_order, unknown_fields
from wallet.nats.nkeys import Kind
from wallet.shell import command, written
from wallet.show.edit_command import edit_flags
from wallet.show.past_end import past_end
from wallet.tasks.keys.scopes import scope_of
from wallet.text import an
from wallet.vault.key_record import KeyRecord, checked_tags, moment
from wallet.vault.records import Records
from wallet.vault.signing.authority import has_operator
from wallet.vault.signing.issuance import KEEP, Issuing, Time
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault

Json = Any


class ClaimsDialog(KeyDialog):
    """The dialog ends with the id of the key that was signed anew."""

    ACCEPT_LABEL = "Sign"
    KEEPS_TEXT = True
    edits = True
    DEFAULT_CSS = """
    ClaimsDialog {
        #box { width: 90; }
        #past { color: $text-warning; padding: 0 1; }
        #json { height: auto; max-height: 66vh; display: none; }
        &.-json #json { display: block; }
        &.-json #form { display: none; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        """`record` is an operator, account, user, or a signing key of an account."""
        super().__init__(vault, record)
        records = vault.records
        issuing = Issuing(records)
        self.signed = has_operator(records, record)
        self.nats = _scope(records, record) if record.signing else issuing.claims(record.id)
        self._before = self.nats  # never changed in place
        self._reported: tuple[str, ...] = ()
        self.scope = _scope_over(records, record)
        self.form = () if self.scope else _form(record, signed=self.signed)
        self.opened = self._texts(records)
        self._written = form.as_json(self._laid_out())

    def title_text(self) -> str:
        if self.record.kind is Kind.OPERATOR:
            return f"What the JWT of {self.record.name} says"
        return f"What {self.record.name} may do"

    def fields(self) -> ComposeResult:
        yield Static(in_keys(self.app, self._explain()), classes="explain", markup=False)
        yield TextIfAny(id="past")
        yield FormLines(self._all_fields(), self.opened)
        yield TextArea(self._written, id="json", tab_behavior="focus", soft_wrap=True)

    def buttons(self) -> ComposeResult:
        yield Button("JSON", id="switch", compact=True)
        label = self.ACCEPT_LABEL if self.signed else "Save"
        yield Button(label, id="accept", variant="primary", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query(Input).first())
        records = self.vault.records
        if self.record.kind is Kind.OPERATOR:
            names = [account.name for account in records.beneath(self.record.id)]
            for field in self.query("#system-account").results(Input):
                field.suggester = SuggestFromList(names)

    @on(Input.Changed, "#expires")
    def _tell_past_end(self, event: Input.Changed) -> None:
        """Say before it is signed whom an end in the past shuts out, as a mistyped year does."""
        told = ""
        with suppress(UsageError):  # it is not at its end
            seconds = when.moment(event.value, int(time.time()))
            told = past_end(self.record, moment(seconds)) if seconds else ""
        self.query_one("#past", TextIfAny).update(told)

    def take_back(self, kept: HalfTyped) -> None:
        super().take_back(kept)
        if "json" in kept.now and not self.has_class("-json"):
            self._switch()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id != "switch":
            return
        event.stop()
        self.say("")
        try:
            self._switch()
        except UsageError as error:
            self.say(str(error))

    def _switch(self) -> None:
        """Turn from the form to its JSON, or back; both can be edited."""
        area = self.query_one("#json", TextArea)
        if self.has_class("-json"):
            nats = self._read_json(area.text)
            content.check(self._kind, nats)
            self.nats = nats
            self.query_one(FormLines).fill(form.filled(self.form, nats))
        else:
            self.nats = form.changed(self.form, self.nats, self.query_one(FormLines).typed())
            self._written = area.text = form.as_json(self._laid_out())
        self.toggle_class("-json")
        self.query_one("#switch", Button).label = "Form" if self.has_class("-json") else "JSON"
        self.set_focus(area if self.has_class("-json") else self.query(Input).first())

    def as_command(self) -> str:
        if self.has_class("-json"):
            raise UsageError(
                "Turn to the form: a command says its lines. The JSON goes into a file, which "
                f"{command('edit', self.record.path, ('--claims', 'FILE'))} reads."
            )
        typed = self.query_one(FormLines).typed()
        flags = edit_flags(self.form, self.opened, typed)
        for field in _own_fields(self.record, signed=self.signed):
            text = typed[field.id].strip()
            if text != self.opened[field.id].strip():
                flags.append(self._own_flag(field, text))
        return command("edit", self.record.path, *flags)

    def _own_flag(self, field: Field, text: str) -> tuple[str, ...]:
        """The flag of one of the dialog's own fields, which was changed to this text."""
        if field.id == "role" and not text:
            return ("--plain",)
        if field.id == "signer":
            text = _beneath(self.vault.records, self.record, text)
        elif field.id in {"expires", "not-before"}:
            text = text or "never"
        return f"--{field.id}", text

    def accept(self) -> None:
        typed = self.query_one(FormLines).typed()
        if self.has_class("-json"):
            wanted = self._read_json(self.query_one("#json", TextArea).text)
        else:
            wanted = form.changed(self.form, self.nats, typed)
        own = {name: text for name, text in typed.items() if text != self.opened[name]}

        def change(issuing: Issuing, records: Records) -> None:
            record = records.get(self.record.id)
            now = _scope(records, record) if record.signing else issuing.claims(record.id)
            if now != self._before:
                raise UsageError(
                    "What this key may do was changed meanwhile. Nothing was saved: press Esc, "
                    "and look again."
                )
            self._save(records, issuing, record, wanted, own)

        self.change(change, "signing…" if self.signed else "saving…")

    def _read_json(self, text: str) -> dict[str, Json]:
        """Read the typed JSON; a field that no server knows is reported once, and then taken."""
        given = reader.read(text, self._kind)
        before = unknown_fields(self._kind.value, self._before)
        if new := tuple(name for name in given.unknown if name not in {*before, *self._reported}):
            self._reported += new
            raise UsageError(
                f"{reader.about_unknown(new)} Mend that, or go on once more to keep it."
            )
        return given.nats

    def _save(
        self,
        records: Records,
        issuing: Issuing,
        record: KeyRecord,
        nats: dict[str, Json],
        own: dict[str, str],
    ) -> None:
        if record.signing:
            role = own.get("role", self.opened["role"]).strip()
            before = scope_of(records, record) or {}
            scope = {**before, "role": role, "template": nats} if role else None
            if scope is None and nats != content.starting(Kind.USER):
                raise UsageError("What its users may do goes with a role: give the role a name.")
            issuing.set_scope(record.id, scope)
            return
        if "system-account" in own:
            nats = _with_system_account(records, record, nats, own["system-account"].strip())
        if "tags" in own:
            tags = checked_tags(words(own["tags"]))
            records.set_tags(record.id, tags)
            nats = listed(nats, "tags", list(tags))
        signer = None
        if "signer" in own:
            signer = records.find(_beneath(records, record, own["signer"].strip())).public
        issuing.edit(
            record.id,
            nats,
            expires=_moment(own.get("expires")),
            not_before=_moment(own.get("not-before")),
            signer=signer,
        )

    # --- the fields ---------------------------------------------------------------------

    @property
    def _kind(self) -> Kind:
        return Kind.USER if self.record.signing else self.record.kind

    def _all_fields(self) -> list[Field]:
        return [*_own_fields(self.record, signed=self.signed), *self.form]

    def _texts(self, records: Records) -> dict[str, str]:
        """Give the text of every field as it is when the dialog opens."""
        texts = form.filled(self.form, self.nats)
        claims = records.tokens.claims(self.record.id)
        own = {field.id for field in _own_fields(self.record, signed=self.signed)}
        own_texts = {
            "expires": _shown(claims.expires if claims else None),
            "not-before": _shown(claims.not_before if claims else None),
            "signer": _name_of(records, claims.issuer.text if claims else ""),
            "system-account": _name_of(records, str(self.nats.get("system_account") or "")),
            "tags": ", ".join(self.record.tags),
            "role": str((scope_of(records, self.record) or {}).get("role", "")),
        }
        return {**texts, **{name: text for name, text in own_texts.items() if name in own}}

    def _laid_out(self) -> dict[str, Json]:
        shown = in_order(self._kind.value, self.nats)
        return {name: value for name, value in shown.items() if name not in {"type", "version"}}

    def _explain(self) -> str:
        if self.record.signing:
            return (
                "With a role, every user that this key signs may do just this, and carries no "
                "limits of its own. Without a role it signs like the account itself."
            )
        if not self.signed:
            return (
                "No operator stands above this key, so it has no JWT: what is said here goes into "
                "the server's configuration (‹copy_as›)."
            )
        if self.scope:
            signer, role = self.scope
            return (
                f"Its signing key {signer} gives it what the role {role or 'without a name'} may, "
                f"and a server refuses a user of a role that has limits of its own: ‹claims› on "
                f"{signer} changes the role."
            )
        if self.record.kind is Kind.USER:
            return "An empty field sets no limit. Give the user its new creds afterwards."
        return "An empty field sets no limit. Servers know of it once they have the new JWT."


def no_claims(records: Records, record: KeyRecord) -> str:
    """Say why nothing can be allowed to a key, if so it is."""
    if record.kind not in WITH_JWT:
        return f"{record.name} is {an(record.kind.value)} key, and has no JWT to say what it may."
    if record.signing and record.kind is Kind.OPERATOR:
        return f"{record.name} signs accounts for its operator; it has no role of its own."
    if record.kind is Kind.ACCOUNT and not has_operator(records, record):
        return f"{record.name} has no operator, so no JWT. Users beneath it have limits."
    return ""


def open_claims(desk: Desk) -> None:
    """Open the dialog on the selected key."""
    if record := desk.chosen():
        desk.edit(ClaimsDialog(desk.vault, record))


def _form(record: KeyRecord, *, signed: bool) -> tuple[Field, ...]:
    if record.signing:
        return form.fields_of(Kind.USER)
    fields = form.fields_of(record.kind)
    if signed:
        return fields
    unsigned_ids = {*content.CONFIGURED_FIELDS, "answers"}
    return tuple(
        field for field in fields if field.id in unsigned_ids or field.id.split("-")[0] in _RULES
    )


_RULES = {"allow", "deny"}


def _own_fields(record: KeyRecord, *, signed: bool) -> list[Field]:
    """The fields that are not among the `nats` ones."""
    if record.signing:
        return [line("role", "Role", "none: it signs what it likes, as its account")]
    if not signed:
        return []
    own = [
        line("expires", "Expires", "never; or 90d, 2027-01-31"),
        line("tags", "Tags", "none; or prod, eu"),
    ]
    if record.kind is Kind.USER:
        own.append(line("not-before", "Not before", "at once; or 1d, 2027-01-31"))
        own.append(line("signer", "Signed by", "the account; or one of its signing keys"))
    if record.kind is Kind.OPERATOR:
        own.append(line("system-account", "System account", "none; or an account's name"))
    return own


def _scope(records: Records, record: KeyRecord) -> dict[str, Json]:
    entry = scope_of(records, record)
    return dict(entry.get("template") or {}) if entry else content.starting(Kind.USER)


def _scope_over(records: Records, record: KeyRecord) -> tuple[str, str] | None:
    """The signing key that gives a user its limits, and the role's name."""
    claims = records.tokens.claims(record.id)
    if record.kind is not Kind.USER or record.parent is None or claims is None:
        return None
    entry = signing_keys.scope_of(present_claims(records, record.parent), claims.issuer.text)
    return None if entry is None else (_name_of(records, claims.issuer.text), str(entry["role"]))


def _name_of(records: Records, public: str) -> str:
    record = records.by_public(public) if public else None
    return record.name if record else public


def _beneath(records: Records, record: KeyRecord, typed: str) -> str:
    """The signer as it is typed: the account's own name, one of its signing keys', or any REF."""
    if record.parent is None:
        return typed
    owner = records.get(record.parent)
    named = {key.name: key.path for key in records.signing_keys(owner.id)}
    return owner.path if typed in {"", owner.name} else named.get(typed, typed)


def _with_system_account(
    records: Records, operator: KeyRecord, nats: dict[str, Json], typed: str
) -> dict[str, Json]:
    rest = {name: value for name, value in nats.items() if name != "system_account"}
    if not typed:
        return rest
    for account in records.beneath(operator.id):
        if typed in {account.name, account.path, account.public}:
            return {**rest, "system_account": account.public}
    why = f"{operator.name} has no account {typed}. Make it first, with "
    raise UsageError(why + written("‹new›") + ".")


def _shown(seconds: int | None) -> str:
    return "" if seconds is None else when.written(seconds)


def _moment(typed: str | None) -> Time:
    return KEEP if typed is None else when.moment(typed, int(time.time()))
