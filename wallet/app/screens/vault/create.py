"""The first start: one screen that makes the vault."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, LoadingIndicator, Static

from wallet.app.host import Host
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.errors import PassphraseRefusedError, WalletError
from wallet.secrets.passphrase import Passphrase
from wallet.when import here_too

if TYPE_CHECKING:  # these, with lists of words, are loaded once the field is painted
    from wallet.secrets.strength import Strength
    from wallet.vault.file.kdf import KdfCost
    from wallet.vault.vault import Vault

WORKING = "Stretching the passphrase and making the vault… Esc stops."
FORGETTING = (
    "The passphrase opens it. Forget it, and every seed in the wallet is lost, unless you have a "
    "recovery code, which is offered next. Write it down, and keep that away from this machine."
)
OWN_HINTS = "Ctrl+G makes a passphrase for you · Enter goes on · Ctrl+Q leaves"
MADE_HINTS = (
    "Ctrl+G another · Ctrl+O seven words, for a wallet with operators · Ctrl+Y copies it · "
    "Esc to think of one yourself"
)
OPERATOR_WORDS = 7
MAKE, MAKE_TYPED = "Make the wallet", "Make it: typed again"
WRITTEN = "Make it: written down"


class CreateScreen(Screen[None]):
    """Takes a new passphrase, twice or generated, and makes the vault at `path`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "generate(6)", "Make a passphrase"),
        Binding("ctrl+o", f"generate({OPERATOR_WORDS})", "Make a longer one", show=False),
        Binding("ctrl+y", "copy_generated", "Copy it", show=False),
        Binding("escape", "own", "Think of one yourself", show=False),
    ]
    DEFAULT_CSS = """
    CreateScreen {
        align: center middle;
        #forgetting { padding: 0 1 1 1; }
        #generated { display: none; margin: 1 0; }
        #strength { padding: 0 1; height: auto; min-height: 1; margin-bottom: 1; }
        #said { padding: 0 1; height: auto; min-height: 1; }
        #said.-bad, #strength.-bad { color: $text-error; }
        #busy { height: 1; display: none; }
        #written { display: none; }
        &.-working #busy { display: block; }
        &.-generated #generated, &.-generated #written { display: block; }
        &.-generated #first, &.-generated #strength { display: none; }
    }
    """
    DEFAULT_CLASSES = "-high"
    AUTO_FOCUS = "#first"
    app: Host

    def __init__(
        self, path: Path, cost: KdfCost | None = None, *, keep_aside: bool = False
    ) -> None:
        """`keep_aside` gives the backup of a vault that was there before another name.

        Without a `cost` a guess at the passphrase costs the usual.
        """
        super().__init__()
        self.path = path
        self.keep_aside = keep_aside
        self.cost = cost
        self.working = False
        self._generated: Passphrase | None = None
        self._stop = threading.Event()  # of the making that runs

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="create", classes="start-box", can_focus=False) as box:
            box.border_title = "Make your wallet"
            yield Static(f"Its file will be {self.path}", id="path", markup=False)
            yield Static(FORGETTING, id="forgetting")
            yield Static("New passphrase", id="first-label", classes="field-label")
            yield SecretInput(id="first")
            yield SecretText(id="generated")
            yield Static("", id="strength", markup=False)
            yield Static("The same again", id="second-label", classes="field-label")
            yield SecretInput(id="second")
            yield Static("", id="said", markup=False)
            with Horizontal(id="choices"):
                yield Button(MAKE, id="make", variant="primary", compact=True)
                yield Button(WRITTEN, id="written", compact=True)
            yield Static(OWN_HINTS, id="hints")

    def on_unmount(self) -> None:
        self._stop.set()
        self._forget_generated()

    @property
    def _first(self) -> SecretInput:
        return self.query_one("#first", SecretInput)

    @property
    def _second(self) -> SecretInput:
        return self.query_one("#second", SecretInput)

    # Typing

    @on(SecretInput.Changed)
    def _typed(self, message: SecretInput.Changed) -> None:
        self._say(message.refused, bad=True)
        if message.field.id == "first":
            empty = self._first.empty
            self._show_strength(None if empty else self._first.strength())

    @on(SecretInput.Submitted, "#first")
    def _first_entered(self) -> None:
        passphrase = self._checked()
        if passphrase is not None:
            passphrase.wipe()
            self.set_focus(self._second)

    @on(SecretInput.Submitted, "#second")
    @on(Button.Pressed, "#make")
    def _confirmed(self) -> None:
        if self.working:
            return
        expected = self._generated or self._first
        if not self._generated and not self._is_good():
            self.set_focus(self._first)
            return
        if unlike := self._second.unlike(expected):
            self._second.clear()
            self._say(unlike, bad=True)
            self.set_focus(self._second)
            return
        self._make(self._generated.copy() if self._generated else self._first.passphrase())

    def _is_good(self) -> bool:
        passphrase = self._checked()
        if passphrase is None:
            return False
        passphrase.wipe()
        return True

    def _checked(self) -> Passphrase | None:
        """The first field's passphrase, when it is fit for a vault; else says why not."""
        from wallet.secrets.rules import check_new

        try:
            passphrase = self._first.passphrase()
        except PassphraseRefusedError as error:
            self._say(str(error), bad=True)
            return None
        try:
            check_new(passphrase)
        except PassphraseRefusedError as error:
            passphrase.wipe()
            strength, problem = self.query_one("#strength", Static), str(error)
            is_there = problem in str(strength.content)  # beside how strong it is: said once
            strength.set_class(is_there, "-bad")
            self._say("" if is_there else problem, bad=True)
            return None
        return passphrase

    def _show_strength(self, strength: Strength | None) -> None:
        line = self.query_one("#strength", Static)
        line.remove_class("-bad")
        if strength is None:
            line.update("")
            return
        gauge = "▰" * strength.score + "▱" * (4 - strength.score)
        line.update(f"{gauge} {strength.label}. {strength.hint}".rstrip())

    # A generated one

    def action_generate(self, words: int) -> None:
        """Make a passphrase, and show it to be written down."""
        from wallet.secrets.generator import generate

        if self.working:
            return
        self._forget_generated()
        self._first.clear()
        self._second.clear()
        self._generated = generate(words)
        self.query_one(SecretText).show(self._generated.raw)
        self.add_class("-generated")
        self._label("Your new passphrase: write it down now", "Type it once more, to be sure")
        self._label_button(MAKE_TYPED)
        self.query_one("#hints", Static).update(MADE_HINTS)
        self._say("")
        self.set_focus(self._second)

    def action_own(self) -> None:
        """Back to a passphrase that somebody thinks of; or wait no longer for the vault."""
        if self.working:
            self._stop.set()
            return
        if self._generated is None:
            return
        self._forget_generated()
        self._second.clear()
        self._label("New passphrase", "The same again")
        self._label_button(MAKE)
        self.query_one("#hints", Static).update(OWN_HINTS)
        self._show_strength(None)
        self._say("")
        self.set_focus(self._first)

    def action_copy_generated(self) -> None:
        """Put it on the clipboard for a password manager, for a few seconds."""
        from wallet.system.clipboard import why_no_secret

        if self._generated is None:
            return
        if why_not := why_no_secret():
            self._say(f"Not copied: {why_not} Write it down.", bad=True)
        else:
            self.app.copy_secret(bytearray(self._generated.raw), "Passphrase")

    @on(Button.Pressed, "#written")
    def _accepted(self) -> None:
        if self._generated is not None and not self.working:
            self._make(self._generated.copy())

    def _forget_generated(self) -> None:
        generated, self._generated = self._generated, None
        if generated is not None:
            generated.wipe()
        self.remove_class("-generated")
        for shown in self.query(SecretText):
            shown.hide()

    # Making it

    def _make(self, passphrase: Passphrase) -> None:
        """Make the vault, in a thread; the passphrase goes on to the offer of a recovery code."""
        from wallet.vault.file import kdf
        from wallet.vault.vault import Vault

        self._working(True)
        self._say(WORKING)
        app = self.app
        self._stop = stop = threading.Event()

        def work() -> None:
            try:
                with kdf.stoppable(stop):
                    vault = Vault.create(
                        self.path,
                        passphrase,
                        self.cost or kdf.KdfCost.STANDARD,
                        keep_aside=self.keep_aside,
                    )
            except WalletError as error:
                passphrase.wipe()
                if self.is_running:  # nobody is there to be told where it was left
                    app.call_from_thread(self._failed, error)
                return
            except BaseException:
                passphrase.wipe()
                raise
            try:
                app.call_from_thread(self._open, vault, passphrase)
            except BaseException:
                passphrase.wipe()
                vault.lock()
                raise

        self.run_worker(work, thread=True, name="create")

    def _open(self, vault: Vault, passphrase: Passphrase) -> None:
        if not self.app.shows(self):  # locked or left while it worked
            passphrase.wipe()
            vault.lock()
            return
        self.app.created(vault, passphrase)

    def _failed(self, error: WalletError) -> None:
        if self.app.shows(self):
            self._working(False)
            self._say(str(error), bad=True)
            self.set_focus(self._second)

    def _working(self, working: bool) -> None:  # noqa: FBT001
        self.working = working
        self.set_class(working, "-working")
        if working and not self.query("#busy"):
            self.query_one("#create").mount(LoadingIndicator(id="busy"), before="#said")
        for part in self.query("SecretInput, Button"):
            part.disabled = working

    def _say(self, text: str, *, bad: bool = False) -> None:
        news = self.query_one("#said", Static)
        news.update(here_too(text))
        news.set_class(bad and bool(text), "-bad")

    def _label(self, first: str, second: str) -> None:
        self.query_one("#first-label", Static).update(first)
        self.query_one("#second-label", Static).update(second)

    def _label_button(self, label: str) -> None:
        button = self.query_one("#make", Button)
        button.label = label
        button.refresh(layout=True)
