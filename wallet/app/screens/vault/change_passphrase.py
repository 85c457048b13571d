"""Changes the vault's passphrase, or what a guess at it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Select, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.choice_field import ChoiceField
from wallet.app.widgets.secrets.opener_fields import NOT_NOW, OpenerFields
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.errors import UsageError, WrongPassphraseError
from wallet.secrets.generator import generate
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.secrets.rules import check_new
from wallet.shell import command
from wallet.vault.file import kdf
from wallet.vault.file.kdf import COSTS, KdfCost
from wallet.vault.file.ways_in import Opener
from wallet.vault.own_texts import own_texts
from wallet.vault.vault import Vault

EXPLAIN = (
    "The vault gets new keys, and everything in it is sealed anew. Backups made before still open "
    "with the passphrase of their time."
)
BY_CODE = (
    "The recovery code opened the vault, and stays. Give it a new passphrase: the one of before "
    "opens it no more, and no key file is needed. Esc closes it again."
)
KEEP = "Both empty: only the cost changes. Ctrl+G makes a passphrase for you."
WRITE_DOWN = "Your new passphrase: write it down now, then type it once more."


class ChangePassphraseDialog(Dialog[str]):
    """The dialog ends with a sentence on what was changed."""

    TITLE_TEXT = "Change the passphrase"
    ACCEPT_LABEL = "Change"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "generate", "Make a passphrase", id="passphrase.generate"),
    ]
    ENTER_LEADS_TO = "accept"
    DEFAULT_CSS = """
    ChangePassphraseDialog {
        #generated { display: none; }
        #strength { padding: 0 1; height: auto; color: $text-muted; }
        &.-generated #generated { display: block; }
        &.-generated #new { display: none; }
    }
    """

    def __init__(self, vault: Vault, code: RecoveryCode | None = None) -> None:
        """A `code`, which is taken over, opened the vault: then no old passphrase is asked for."""
        super().__init__()
        self.vault = vault
        self._code = code
        self._generated: Passphrase | None = None

    def title_text(self) -> str:
        return self.TITLE_TEXT if self._code is None else "A new passphrase"

    def fields(self) -> ComposeResult:
        yield Static(EXPLAIN if self._code is None else BY_CODE, classes="explain")
        if self._code is None:
            yield OpenerFields(self.vault)
        yield Static("New passphrase", id="new-label", classes="field-label")
        yield SecretInput(id="new")
        yield SecretText(id="generated")
        yield Static(self._keep, id="strength", markup=False)
        yield Static("The same again", classes="field-label")
        yield SecretInput(id="again")
        yield Static("What one guess costs, and each unlock you", classes="field-label")
        present = next((name for name, cost in COSTS.items() if cost == self.vault.cost), "")
        yield ChoiceField(
            [(self._label(name, None), name) for name in self._costs()],
            value=present,
            allow_blank=False,
            id="cost",
            compact=True,
        )

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#old" if self._code is None else "#new"))
        self.run_worker(self._measure, thread=True, exit_on_error=False)

    def action_cancel(self) -> None:
        if self._working or self._generated is None or self._code or not self.is_active:
            super().action_cancel()
        else:
            self.finish("The passphrase that was shown opens nothing: the vault keeps its own.")

    def on_unmount(self) -> None:
        super().on_unmount()
        self._forget_generated()
        if self._code is not None:
            self._code.wipe()

    @property
    def _keep(self) -> str:
        """A word on fields that are empty."""
        return KEEP if self._code is None else "Ctrl+G makes a passphrase for you."

    def _costs(self) -> list[str]:
        """The names to choose from; an empty one for a cost that has none, as it is now."""
        return [*COSTS] if self.vault.cost in COSTS.values() else ["", *COSTS]

    def _label(self, name: str, seconds: float | None) -> str:
        cost = COSTS.get(name, self.vault.cost)
        took = f", about {seconds:.2g} s here" if seconds else ""
        now = ", as it is now" if cost == self.vault.cost else ""
        return f"{name or 'another'} ({cost.memory_kib // 1024} MiB{took}{now})"

    def _measure(self) -> None:
        """Measure in a thread how long a guess at the passphrase takes on this machine."""
        seconds = kdf.seconds_here()
        if self.is_running:
            self.app.call_from_thread(self._measured, seconds)

    def _measured(self, seconds: dict[str, float]) -> None:
        if not self.is_running or self.vault.locked:
            return
        select = self.query_one("#cost", Select)
        chosen = select.value
        select.set_options([(self._label(n, seconds.get(n)), n) for n in self._costs()])
        select.value = chosen

    @on(SecretInput.Changed)
    def _typed(self, message: SecretInput.Changed) -> None:
        self.say(message.refused)
        if message.field.id != "new":
            return
        strength = None if message.field.empty else message.field.strength()
        rating = self._keep if strength is None else f"{strength.label}. {strength.hint}"
        self.query_one("#strength", Static).update(rating.strip())

    @on(SecretInput.Submitted)
    def _entered(self) -> None:
        """Enter goes to the next field, and in the last one accepts."""
        focused = self.focused
        if focused is not None and focused.id == "again":
            self.action_accept()
        else:
            self.focus_next()

    def action_generate(self) -> None:
        """Make a passphrase, and show it to be written down."""
        if self._working:
            return
        self._forget_generated()
        self._generated = generate()
        for name in ("new", "again"):
            self.query_one(f"#{name}", SecretInput).clear()
        self.query_one(SecretText).show(self._generated.raw)
        self.add_class("-generated")
        self.query_one("#strength", Static).update(WRITE_DOWN)
        asks_old = self._code is None and self.query_one(OpenerFields).empty
        self.set_focus(self.query_one("#old" if asks_old else "#again"))

    def _forget_generated(self) -> None:
        generated, self._generated = self._generated, None
        if generated is not None:
            generated.wipe()
        for shown in self.query(SecretText):
            shown.hide()

    def _field(self, name: str) -> SecretInput:
        return self.query_one(f"#{name}", SecretInput)

    def as_command(self) -> str:
        chosen = str(self.query_one("#cost", Select).value)
        changes = COSTS.get(chosen) not in {None, self.vault.cost}
        return command("passphrase", *([("--cost", chosen)] if changes else []))

    def accept(self) -> None:
        cost = COSTS.get(str(self.query_one("#cost", Select).value))
        if self._code is not None:
            self._change(self._code.copy, self._new(None, cost), cost)
            return
        typed = self.query_one(OpenerFields).typed()
        try:
            new = self._new(typed.passphrase, cost)
        except BaseException:
            typed.passphrase.wipe()
            raise
        self._change(typed.opener, new, cost)

    def _change(self, old: Callable[[], Opener], new: Passphrase, cost: KdfCost | None) -> None:
        def job() -> str:
            with new, old() as opener:
                try:
                    self.vault.change_passphrase(opener, new, cost)
                except WrongPassphraseError as error:
                    plainly = type(error) is WrongPassphraseError
                    raise UsageError(NOT_NOW if plainly else str(error)) from None
                unchanged = isinstance(opener, Passphrase) and opener.matches(new)
                what = "cost of a guess" if unchanged else "passphrase"
            return f"The {what} is changed. Other windows ask for it before their next change."

        self.work(job, "sealing everything anew")

    def _new(self, old: Passphrase | None, cost: KdfCost | None) -> Passphrase:
        """The new passphrase, typed twice; the present one when only the cost is changed."""
        expected = self._generated or self._field("new")
        again = self._field("again")
        if self._generated is None and self._field("new").empty and again.empty:
            if old is None:
                raise UsageError("Type a new passphrase: the old one opens nothing any more then.")
            if cost in (None, self.vault.cost):
                raise UsageError("Type a new passphrase, or choose another cost.")
            return old.copy()
        if unlike := again.unlike(expected):
            again.clear()
            self.set_focus(again)
            raise UsageError(unlike)
        new = self._generated.copy() if self._generated else self._field("new").passphrase()
        try:
            if old is not None and old.matches(new):
                raise UsageError("The new passphrase is the present one. Nothing was changed.")
            check_new(new, own_texts(self.vault.records))
        except BaseException:
            new.wipe()
            raise
        return new
