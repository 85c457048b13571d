"""New keys: any kind, one or many, or from a seed or public key that is pasted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, ProgressBar, Select, Static

from wallet.app.counted_work import Count
from wallet.app.desk import Desk, LastMade
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.choice_field import ChoiceField
from wallet.app.widgets.forms.completed_input import CompletedInput, KeyPaths, parents_in
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import KeyFormatError, NoSuchKeyError, UsageError
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public, generate_many
from wallet.secrets import sodium
from wallet.shell import command
from wallet.tasks.keys.new_key import MOST, KeyWish, make_many, make_one, make_signing_key
from wallet.vault.key_record import NAME_LENGTH, PARENTS, KeyRecord
from wallet.vault.signing.authority import has_operator
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault
from wallet.when import how_long

SIGNING = "signing key"
_ASKED_FROM = 1_000
# About so many milliseconds and kilobytes a key takes: 10,000 users with JWTs took 2.7 s.
_EACH, _EACH_SIGNED = (0.1, 0.3), (0.3, 1.0)


class NewKeyDialog(Dialog[int]):
    """The dialog ends with the id of the new key, or of the first of many."""

    ACCEPT_LABEL = "Make"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    NewKeyDialog {
        .row { height: auto; }
        .row Vertical { height: auto; width: 1fr; }
        .row .narrow { width: 16; }
    }
    """

    def __init__(
        self, vault: Vault, selected: KeyRecord | None, last: LastMade | None = None
    ) -> None:
        """It begins beneath what is selected, and where that is beneath nothing with the `last`."""
        super().__init__()
        self.vault = vault
        self.parents = _parents(vault, selected)
        self.signing = False
        if self.parents[Kind.USER]:
            self.kind = Kind.USER
        elif self.parents[Kind.ACCOUNT]:
            self.kind = Kind.ACCOUNT
        elif last is not None:
            self.kind = last.kind
            if last.kind in self.parents:
                self.parents[last.kind] = last.under
        else:
            self.kind = Kind.USER if vault.records.count() else Kind.OPERATOR
        self.last = last
        self._asked_about = 1  # so many the person has been told the cost of

    def title_text(self) -> str:
        return "New key"

    def fields(self) -> ComposeResult:
        with Horizontal(classes="row"):
            with Vertical():
                yield Static("Kind", classes="field-label")
                yield ChoiceField(
                    self._choices(),
                    value=self.kind,
                    allow_blank=False,
                    id="kind",
                    compact=False,
                )
            with Vertical():
                yield Static("Name", classes="field-label")
                yield Input(id="name", max_length=NAME_LENGTH, placeholder="empty: made up")
            with Vertical(classes="narrow"):
                yield Static("How many", classes="field-label")
                yield Input("1", id="count", max_length=9)
        yield Static("Under", classes="field-label", id="under-label")
        yield CompletedInput(
            id="under",
            placeholder="nothing: it stands alone",
            suggester=KeyPaths(partial(parents_in, self.vault.records)),
        )
        yield Static("Seed or public key you have already", classes="field-label")
        yield SecretInput(id="pasted", placeholder="empty: a new one is made")
        yield ProgressBar(id="progress", show_eta=False)

    def _choices(self) -> list[tuple[str, Kind | str]]:
        kinds: list[tuple[str, Kind | str]] = [(kind.value, kind) for kind in Kind]
        return [*kinds[:3], (SIGNING, SIGNING), *kinds[3:]]

    def on_mount(self) -> None:
        self._kind_chosen()
        self.set_focus(self.query_one("#name"))

    def on_select_changed(self, event: Select.Changed) -> None:
        if event.value == (SIGNING if self.signing else self.kind):
            return
        if self._goes_under:  # what was typed is there again when the kind is
            self.parents[Kind.USER if self.signing else self.kind] = self.query_one(
                "#under", Input
            ).value
        self.signing = event.value == SIGNING
        if isinstance(event.value, Kind):
            self.kind = event.value
        self._kind_chosen()

    @on(Input.Changed, "#count")
    def _count_typed(self, event: Input.Changed) -> None:
        """Say at once what may stand there; nothing that is typed is dropped."""
        try:
            if event.value:
                _count(event.value)
            self.say("")
        except UsageError as error:
            self.say(error.told)

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def on_secret_input_changed(self, event: SecretInput.Changed) -> None:
        self.say(event.refused)

    def _kind_chosen(self) -> None:
        under = self.query_one("#under", Input)
        under.display = self.query_one("#under-label").display = self._goes_under
        if self.signing:
            under.value = self.parents[Kind.USER] or self.parents[Kind.ACCOUNT]
            self.query_one("#under-label", Static).update("Signs for (operator or account)")
        else:
            under.value = self.parents.get(self.kind, "")
        if self._goes_under and not self.signing:
            wanted = "operator/account" if self.kind is Kind.USER else "operator"
            self.query_one("#under-label", Static).update(f"Under ({wanted})")

    @property
    def _goes_under(self) -> bool:
        return self.signing or self.kind in PARENTS

    def as_command(self) -> str:
        name = self.query_one("#name", Input).value.strip()
        under = self.query_one("#under", Input).value.strip() if self._goes_under else ""
        where: list[tuple[str, ...]] = [("--under", under)] if under else []
        if not self.query_one("#pasted", SecretInput).empty:
            return command("import", "-", *where)  # which reads what was pasted
        count = _count(self.query_one("#count", Input).value)
        kind = self.kind
        if self.signing:
            kind = self.vault.records.find_parent(under).kind
            where.append(("--signing",))
        if count > 1:
            where.append(("--count", str(count)))
        return command("new", kind.value, *([name] if name else []), *where)

    def accept(self) -> None:
        name = self.query_one("#name", Input).value.strip() or None
        under = self.query_one("#under", Input).value.strip() if self._goes_under else ""
        count = _count(self.query_one("#count", Input).value)
        if self.signing:
            self._make_signing_key(name, under, count)
            return
        field = self.query_one("#pasted", SecretInput)
        if not field.empty and count != 1:
            raise UsageError("A pasted key is one key: set “how many” to 1.")
        pasted = None if field.empty else _read(field)
        kind = self.kind
        self.last = LastMade(kind, under)
        many = Count("made", count, stopped="Stopped. None was made.", then="saving…")

        def job() -> int:
            try:
                with self.vault.change() as records:
                    issuing, wish = Issuing(records), KeyWish(name, under)
                    if pasted is not None:
                        return make_one(issuing, records, pasted, wish).id
                    if count == 1:
                        with Seed.generate(kind) as seed:
                            return make_one(issuing, records, seed, wish).id
                    return make_many(issuing, records, _counted(kind, many), wish)[0].id
            finally:
                if isinstance(pasted, Seed):
                    pasted.wipe()

        if pasted is not None and pasted.kind is not kind:
            if isinstance(pasted, Seed):
                pasted.wipe()
            self.query_one("#kind", Select).value = pasted.kind
            raise UsageError(
                f"That is a key of kind {pasted.kind.value}; the kind above is now that. Look at "
                "it, and press Make again."
            )
        if count > max(_ASKED_FROM, self._asked_about):
            self._asked_about = count
            self.say(self._cost_of(count, under))
        elif count > 1:
            self.work(job, count=many)
        else:
            self.work(job, "saving…")

    def _cost_of(self, count: int, under: str) -> str:
        """Say how long so many take, and how much larger the vault gets, before they are made."""
        signed = bool(under) and has_operator(
            self.vault.records, self.vault.records.find_parent(under)
        )
        milliseconds, kilobytes = _EACH_SIGNED if signed else _EACH
        return (
            f"{count:,} keys: about {how_long(max(1, count * milliseconds / 1000))}, and "
            f"{max(1, round(count * kilobytes / 1000)):,} MB more in the vault. To make them, "
            f"press {self.ACCEPT_LABEL} again."
        )

    def _make_signing_key(self, name: str | None, under: str, count: int) -> None:
        if count != 1:
            raise UsageError("Signing keys are made one at a time: set “how many” to 1.")
        if not under:
            raise UsageError("For whom does it sign? Give the path of an operator or account.")
        field = self.query_one("#pasted", SecretInput)
        pasted = None if field.empty else _read(field)
        if isinstance(pasted, PublicKey):
            raise UsageError("A signing key needs its seed here, to sign with.")

        def job() -> int:
            seed = pasted
            try:
                with self.vault.change() as records:
                    if seed is None:
                        seed = Seed.generate(records.find_parent(under).kind)
                    wish = KeyWish(name, under)
                    return make_signing_key(Issuing(records), records, seed, wish).id
            finally:
                if seed is not None:
                    seed.wipe()

        self.work(job, "signing…")


def open_new_key(desk: Desk) -> None:
    """Ask what key is to be made, beneath the selected one to begin with."""
    _open(desk, desk.last_made)


def open_own_user(desk: Desk) -> None:
    """Offer to make a user that stands alone: one that can be tested at once."""
    _open(desk, LastMade(Kind.USER, ""))


def _open(desk: Desk, last: LastMade | None) -> None:
    dialog = NewKeyDialog(desk.vault, desk.selected, last)

    def done(key: int | None) -> None:
        if key is not None:
            desk.last_made = dialog.last
            desk.reload(key)

    desk.open(dialog, done)


def _counted(kind: Kind, count: Count) -> Iterator[Seed]:
    """Make as many seeds as are wanted, and note each. Raises `UsageError` to stop."""
    for number, seed in enumerate(generate_many(kind, count.total or 0), 1):
        count.note(number)
        yield seed


def _parents(vault: Vault, selected: KeyRecord | None) -> dict[Kind, str]:
    """The paths under which an account and a user would go, from what is selected."""
    paths = {Kind.ACCOUNT: "", Kind.USER: ""}
    record = selected
    while record is not None:
        if record.kind is Kind.ACCOUNT:
            paths[Kind.USER] = record.path
        elif record.kind is Kind.OPERATOR:
            paths[Kind.ACCOUNT] = record.path
        try:
            record = vault.records.get(record.parent) if record.parent is not None else None
        except NoSuchKeyError:  # deleted by another window, and not yet gone from the tree
            break
    return paths


def _count(text: str) -> int:
    digits = text.strip().replace(",", "")
    count = int(digits) if digits.isascii() and digits.isdigit() else 0
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
