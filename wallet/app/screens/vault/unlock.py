"""Unlocking: one field, one attempt at a time, and a plain word on what went wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Button, LoadingIndicator, Static

from wallet.app.host import Host
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import (
    ContentsDamagedError,
    ForkedError,
    OlderThanSeenError,
    PassphraseRefusedError,
    StoppedError,
    VaultMissingError,
    WalletError,
    WrongPassphraseError,
)
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk.files import is_gone, real_path
from wallet.vault.file import kdf
from wallet.vault.session.vanished_file import SealedVault
from wallet.vault.vault import Vault

WORKING = "Stretching the passphrase and opening the vault… Esc stops."
WRONG = "That is not the passphrase."
CHOICES: dict[type[WalletError], tuple[str, str]] = {
    OlderThanSeenError: ("accept_older", "Open the older one"),
    ForkedError: ("accept_older", "Open this one"),
    ContentsDamagedError: ("accept_damaged", "Open it all the same"),
}
"""For what a person can take all the same: the option of `Vault.unlock`, the button's words."""


class UnlockScreen(Screen[None]):
    """Asks for the passphrase; `passphrase`, when given, is tried at once and wiped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop, or leave the vault closed", show=False),
    ]
    DEFAULT_CSS = """
    UnlockScreen {
        align: center middle;
        #unlock {
            width: 68;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 1 2;
            border: round $primary;
            border-title-color: $text-primary;
        }
        #path { color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; padding: 0 1; }
        #why, #note { padding: 0 1; }
        #note { color: $text-muted; }
        #said { height: auto; min-height: 2; padding: 0 1; }
        #said.-bad { color: $text-error; }
        #busy { height: 1; display: none; }
        #choice { height: auto; display: none; }
        #choice Button { margin: 0 1; }
        #hints { color: $text-muted; padding: 0 1; }
        &.-working #busy { display: block; }
        &.-choice #choice { display: block; }
        &.-choice SecretInput { display: none; }
    }
    """
    AUTO_FOCUS = "SecretInput"
    app: Host

    def __init__(
        self,
        path: Path,
        *,
        passphrase: Passphrase | None = None,
        why: str = "",
        note: str = "",
        sealed: SealedVault | None = None,
    ) -> None:
        super().__init__()
        self.path = path
        self.working = False
        self._stop = threading.Event()  # of the attempt that runs
        self._given = passphrase
        self._accepted: dict[str, bool] = {}
        self._in_question = ""
        self._why = why
        self._note = note
        self._sealed = sealed

    def compose(self) -> ComposeResult:
        with Vertical(id="unlock") as box:
            box.border_title = "nkey-wallet is locked"
            yield Static(str(self.path), id="path", markup=False)
            for text, name in ((self._why, "why"), (self._note, "note")):
                if text:
                    yield Static(text, id=name, markup=False)
            yield Static("Passphrase", classes="field-label")
            yield SecretInput(id="passphrase")
            yield LoadingIndicator(id="busy")
            yield Static("", id="said", markup=False)
            with Horizontal(id="choice"):
                yield Button("", id="accept", variant="warning")
                yield Button("Leave it closed", id="decline")
            yield Static("Enter unlocks · Ctrl+U clears · Ctrl+Q leaves", id="hints")

    def on_mount(self) -> None:
        given, self._given = self._given, None
        if given is not None:
            self._accepted = dict(self.app.accept)
            self._try(given)

    def on_unmount(self) -> None:
        self._stop.set()
        self._wipe_given()

    @on(SecretInput.Submitted)
    def _entered(self) -> None:
        field = self.query_one(SecretInput)
        if self.working:
            return
        if field.empty:
            self._say("Type the passphrase of this vault.")
            return
        try:
            passphrase = field.passphrase()
        except PassphraseRefusedError:
            # What cannot be a passphrase is not this vault's either.
            self._say(WRONG, bad=True)
            return
        finally:
            field.clear()
        self._accepted = dict(self.app.accept)
        self._try(passphrase)

    @on(SecretInput.Changed)
    def _typed(self, message: SecretInput.Changed) -> None:
        if not self.working:
            self._say(message.refused, bad=True)

    @on(Button.Pressed, "#accept")
    def _accept(self) -> None:
        given, self._given = self._given, None
        self.remove_class("-choice")
        if given is not None and not self.working:
            self._accepted[self._in_question] = True
            self._try(given)

    @on(Button.Pressed, "#decline")
    def action_decline(self) -> None:
        if not self.has_class("-choice"):
            return
        self._wipe_given()
        self.remove_class("-choice")
        self._say("Left closed. Nothing was changed.")
        self.set_focus(self.query_one(SecretInput))

    def action_stop(self) -> None:
        """Wait no longer for the attempt; or leave the vault closed."""
        if not self.working:
            self.action_decline()
            return
        self._stop.set()
        self._working(False)
        self._say("Stopped. Nothing was changed.")
        self.set_focus(self.query_one(SecretInput))

    def _try(self, passphrase: Passphrase) -> None:
        """Try a passphrase in a thread, and wipe it unless a choice needs it again."""
        self._working(True)
        self._say(WORKING)

        app, accepted = self.app, dict(self._accepted)
        self._stop = stop = threading.Event()

        def attempt() -> None:
            try:
                with kdf.stoppable(stop):
                    vault = self._unlocked(passphrase, accepted)
            except StoppedError:
                passphrase.wipe()
                return
            except tuple(CHOICES) as error:
                app.call_from_thread(self._ask, error, passphrase)
                return
            except WalletError as error:
                passphrase.wipe()
                app.call_from_thread(self._failed, error)
                return
            except BaseException:
                passphrase.wipe()
                raise
            passphrase.wipe()
            # Taken here only to be looked at: whether to save over it is asked when it is open.
            vault.saves_over_damage = app.accept.get("accept_damaged", False)
            try:
                app.call_from_thread(self._opened, vault, stop)
            except BaseException:
                vault.lock()
                raise

        self.run_worker(attempt, thread=True, name="unlock")

    def _unlocked(self, passphrase: Passphrase, accepted: dict[str, bool]) -> Vault:
        """The file opened; while it is gone, what was sealed of it."""
        if self._sealed is not None and is_gone(real_path(self.path)):
            return Vault.unlock_sealed(self.path, self._sealed, passphrase)
        return Vault.unlock(self.path, passphrase, **accepted)

    def _opened(self, vault: Vault, stop: threading.Event) -> None:
        if not self.app.shows(self) or stop.is_set():  # locked, left or stopped while it worked
            vault.lock()
            return
        self._working(False)
        self.app.opened(vault)

    def _failed(self, error: WalletError) -> None:
        if not self.app.shows(self):
            return
        self._working(False)
        reason = WRONG if isinstance(error, WrongPassphraseError) else str(error)
        if isinstance(error, VaultMissingError):
            reason += " Put it back, or start the wallet again to make a new one."
        self._say(reason, bad=True)
        self.set_focus(self.query_one(SecretInput))

    def _ask(self, error: WalletError, passphrase: Passphrase) -> None:
        """Let the person choose whether to open a file that is not as it should be."""
        if not self.app.shows(self):
            passphrase.wipe()
            return
        self._working(False)
        self._given = passphrase
        self._say(str(error), bad=True)
        self._in_question, label = CHOICES[type(error)]
        self.query_one("#accept", Button).label = label
        self.add_class("-choice")
        self.set_focus(self.query_one("#decline", Button))

    def _working(self, working: bool) -> None:  # noqa: FBT001
        self.working = working
        self.set_class(working, "-working")
        self.query_one(SecretInput).disabled = working

    def _say(self, text: str, *, bad: bool = False) -> None:
        news = self.query_one("#said", Static)
        news.update(text)
        news.set_class(bad and bool(text), "-bad")

    def _wipe_given(self) -> None:
        given, self._given = self._given, None
        if given is not None:
            given.wipe()
