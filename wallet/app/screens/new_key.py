"""New keys: any kind, one or many, or from a seed or public key that is pasted."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Select, Static

from wallet import sodium
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.secret_input import SecretInput
from wallet.errors import KeyFormatError, UsageError
from wallet.nkeys import Kind, PublicKey, Seed, decode_public, generate_many
from wallet.vault.record import NAME_LENGTH, PARENTS, KeyRecord
from wallet.vault.vault import Vault

MOST = 100_000


class NewKeyDialog(Dialog[int]):
    """Ends with the id of the (first) key made."""

    ACCEPT_LABEL = "Make"
    DEFAULT_CSS = """
    NewKeyDialog {
        .row { height: auto; }
        .row Vertical { height: auto; width: 1fr; }
        .row .narrow { width: 16; }
    }
    """

    def __init__(self, vault: Vault, selected: KeyRecord | None) -> None:
        super().__init__()
        self.vault = vault
        self.parents = _parents(vault, selected)
        self.kind = (
            Kind.USER
            if self.parents[Kind.USER]
            else Kind.ACCOUNT
            if self.parents[Kind.ACCOUNT]
            else Kind.USER
            if vault.records.count()
            else Kind.OPERATOR
        )

    def title_text(self) -> str:
        return "New key"

    def fields(self) -> ComposeResult:
        with Horizontal(classes="row"):
            with Vertical():
                yield Static("Kind", classes="field-label")
                yield Select(
                    [(kind.value, kind) for kind in Kind],
                    value=self.kind,
                    allow_blank=False,
                    id="kind",
                    compact=False,
                )
            with Vertical():
                yield Static("Name", classes="field-label")
                yield Input(id="name", max_length=NAME_LENGTH, placeholder="made up if empty")
            with Vertical(classes="narrow"):
                yield Static("How many", classes="field-label")
                yield Input("1", id="count", type="integer", max_length=6)
        yield Static("Under", classes="field-label", id="under-label")
        yield Input(id="under", placeholder="nothing: it stands alone")
        yield Static("Seed or public key you have already", classes="field-label")
        yield SecretInput(id="pasted", placeholder="empty: a new one is made")

    def on_mount(self) -> None:
        self._kind_chosen()
        self.query_one("#name").focus()

    def on_select_changed(self, event: Select.Changed) -> None:
        if event.select.id == "kind" and isinstance(event.value, Kind):
            self.kind = event.value
            self._kind_chosen()

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def on_secret_input_changed(self, event: SecretInput.Changed) -> None:
        self.say(event.refused)

    def _kind_chosen(self) -> None:
        under = self.query_one("#under", Input)
        goes_under = self.kind in PARENTS
        under.display = self.query_one("#under-label").display = goes_under
        under.value = self.parents.get(self.kind, "")
        if goes_under:
            wanted = "operator/account" if self.kind is Kind.USER else "operator"
            self.query_one("#under-label", Static).update(f"Under ({wanted})")

    def accept(self) -> None:
        name = self.query_one("#name", Input).value.strip() or None
        under = self.query_one("#under", Input).value.strip() if self.kind in PARENTS else ""
        count = _count(self.query_one("#count", Input).value)
        field = self.query_one("#pasted", SecretInput)
        if not field.empty and count != 1:
            raise UsageError("A pasted key is one key: set “how many” to 1.")
        pasted = None if field.empty else _read(field)
        kind = self.kind

        def job() -> int:
            try:
                with self.vault.change() as records:
                    parent = records.find_parent(under).id if under else None
                    if isinstance(pasted, PublicKey):
                        return records.add_public(pasted, name=name, under=parent).id
                    if pasted is not None:
                        return records.add(pasted, name=name, under=parent).id
                    if count == 1:
                        with Seed.generate(kind) as seed:
                            return records.add(seed, name=name, under=parent).id
                    made = records.add_many(generate_many(kind, count), stem=name, under=parent)
                    return made[0].id
            finally:
                if isinstance(pasted, Seed):
                    pasted.wipe()

        if pasted is not None:
            found = pasted.kind
            if found is not kind:
                if isinstance(pasted, Seed):
                    pasted.wipe()
                self.query_one("#kind", Select).value = found
                raise UsageError(
                    f"That is a key of kind {found.value}; the kind above is now that. Look at "
                    "it, and press Make again."
                )
        self.work(job, f"making {count:,} keys…" if count > 1 else "saving…")


def _parents(vault: Vault, selected: KeyRecord | None) -> dict[Kind, str]:
    """The paths under which an account and a user would go, from what is selected."""
    found = {Kind.ACCOUNT: "", Kind.USER: ""}
    record = selected
    while record is not None:
        if record.kind is Kind.ACCOUNT:
            found[Kind.USER] = record.path
        elif record.kind is Kind.OPERATOR:
            found[Kind.ACCOUNT] = record.path
        record = vault.records.get(record.parent) if record.parent is not None else None
    return found


def _count(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= MOST:
        raise UsageError(f"How many? A number from 1 to {MOST:,}.")
    return count


def _read(field: SecretInput) -> Seed | PublicKey:
    with field.passphrase() as typed:
        raw = bytearray(typed.raw)
    try:
        return Seed.decode(raw)
    except KeyFormatError as error:
        if error.problem != "public-for-seed":
            raise
        return decode_public(raw.decode("ascii"))
    finally:
        sodium.wipe(raw)
