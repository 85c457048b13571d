"""Changes the vault's passphrase, or what a guess at it costs."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Select, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.errors import UsageError, WrongPassphraseError
from wallet.secrets.generator import generate
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.rules import check_new
from wallet.vault.file import kdf
from wallet.vault.file.kdf import COSTS, KdfCost
from wallet.vault.own_texts import own_texts
from wallet.vault.vault import Vault

EXPLAIN = (
    "The vault gets new keys, and everything in it is sealed anew. Backups made before still open "
    "with the passphrase of their time."
)
KEEP = "Both empty: only the cost changes. Ctrl+G makes a passphrase for you."
WRITE_DOWN = "Your new passphrase: write it down now, then type it once more."


class ChangePassphraseDialog(Dialog[str]):
    """The dialog ends with a sentence on what was changed."""

    TITLE_TEXT = "Change the passphrase"
    ACCEPT_LABEL = "Change"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "generate", "Make a passphrase", show=False),
    ]
    DEFAULT_CSS = """
    ChangePassphraseDialog {
        #generated { display: none; }
        #strength { padding: 0 1; height: auto; color: $text-muted; }
        &.-generated #generated { display: block; }
        &.-generated #new { display: none; }
    }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self._generated: Passphrase | None = None

    def fields(self) -> ComposeResult:
        yield Static(EXPLAIN, classes="explain")
        yield Static("Passphrase of now", classes="field-label")
        yield SecretInput(id="old")
        yield Static("New passphrase", id="new-label", classes="field-label")
        yield SecretInput(id="new")
        yield SecretText(id="generated")
        yield Static(KEEP, id="strength", markup=False)
        yield Static("The same again", classes="field-label")
        yield SecretInput(id="again")
        yield Static("What one guess costs, and each unlock you", classes="field-label")
        present = next((name for name, cost in COSTS.items() if cost == self.vault.cost), "")
        yield Select(
            [(self._label(name, None), name) for name in self._costs()],
            value=present,
            allow_blank=False,
            id="cost",
            compact=True,
        )

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#old"))
        self.run_worker(self._measure, thread=True, exit_on_error=False)

    def on_unmount(self) -> None:
        self._forget_generated()

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
        rating = KEEP if strength is None else f"{strength.label}. {strength.hint}"
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
        self.set_focus(self.query_one("#old" if self._field("old").empty else "#again"))

    def _forget_generated(self) -> None:
        generated, self._generated = self._generated, None
        if generated is not None:
            generated.wipe()
        for shown in self.query(SecretText):
            shown.hide()

    def _field(self, name: str) -> SecretInput:
        return self.query_one(f"#{name}", SecretInput)

    def accept(self) -> None:
        if self._field("old").empty:
            raise UsageError("Type the passphrase of now: whoever finds this open must not.")
        cost = COSTS.get(str(self.query_one("#cost", Select).value))
        old = self._field("old").passphrase()
        try:
            new = self._new(old, cost)
        except BaseException:
            old.wipe()
            raise

        def job() -> str:
            with old, new:
                try:
                    self.vault.change_passphrase(old, new, cost)
                except WrongPassphraseError:
                    raise UsageError(
                        "That is not the passphrase of now. Nothing was changed."
                    ) from None
                what = "cost of a guess" if old.matches(new) else "passphrase"
            return f"The {what} is changed. Other windows ask for it before their next change."

        self.work(job, "sealing everything anew")

    def _new(self, old: Passphrase, cost: KdfCost | None) -> Passphrase:
        """The new passphrase, typed twice; the present one when only the cost is changed."""
        expected = self._generated or self._field("new")
        again = self._field("again")
        if self._generated is None and self._field("new").empty and again.empty:
            if cost in (None, self.vault.cost):
                raise UsageError("Type a new passphrase, or choose another cost.")
            return old.copy()
        if not again.same_as(expected):
            again.clear()
            self.set_focus(again)
            raise UsageError("The two are not the same. Type the second once more.")
        new = self._generated.copy() if self._generated else self._field("new").passphrase()
        try:
            if old.matches(new):
                raise UsageError("The new passphrase is the present one. Nothing was changed.")
            check_new(new, own_texts(self.vault.records))
        except BaseException:
            new.wipe()
            raise
        return new
