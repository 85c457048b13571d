"""Unlocking: one field, one attempt at a time, and a plain word on what went wrong."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Button, Input, LoadingIndicator, Static

from wallet.app.host import Host
from wallet.app.widgets.secrets.code_groups import CodeGroups
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import (
    ContentsDamagedError,
    ForkedError,
    OlderThanSeenError,
    PassphraseRefusedError,
    StoppedError,
    UsageError,
    VaultMissingError,
    WalletError,
    WrongPassphraseError,
)
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.when import here_too

if TYPE_CHECKING:  # the vault is loaded once the field is painted
    from wallet.vault.file.ways_in import Opener, WaysIn
    from wallet.vault.session.vanished_file import SealedVault
    from wallet.vault.vault import Vault

WORKING = "Stretching the passphrase and opening the vault… Esc stops."
WORKING_BY_CODE = "The code is whole: opening the vault by it… Esc stops."
HINTS = "Enter unlocks · Ctrl+U clears · Ctrl+T theme · Ctrl+Q leaves"
WRONG = "That is not the passphrase."
CHOICES: dict[type[WalletError], tuple[str, str]] = {
    OlderThanSeenError: ("accept_older", "Open the older one"),
    ForkedError: ("accept_older", "Open this one"),
    ContentsDamagedError: ("accept_damaged", "Open it all the same"),
}
"""For what a person can take all the same: the option of `Vault.unlock`, the button's words."""


class AcceptOrNot(Horizontal):
    """The buttons for a file that can be taken all the same, with the focus on leaving it."""

    DEFAULT_CSS = """
    AcceptOrNot { height: auto; }
    AcceptOrNot Button { margin: 0 1; }
    """

    def __init__(self, accept: str) -> None:
        super().__init__()
        self._accept = accept

    def compose(self) -> ComposeResult:
        yield Button(self._accept, id="accept", variant="warning")
        yield Button("Leave it closed", id="decline")

    def on_mount(self) -> None:
        self.query_one("#decline").focus()


class UnlockScreen(Screen[None]):
    """Asks for passphrase or code; an `opener` that is given is tried at once and wiped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop, or leave the vault closed", show=False),
        Binding("ctrl+r", "by_code", "Open by the recovery code", show=False),
        Binding("f2", "show_or_hide", "Show or hide the code", show=False),
    ]
    DEFAULT_CSS = """
    UnlockScreen {
        align: center middle;
        #why, #note { padding: 0 1; }
        #note { color: $text-muted; }
        #said { height: auto; min-height: 2; padding: 0 1; }
        #said.-bad { color: $text-error; }
        #busy { height: 1; display: none; }
        &.-working #busy { display: block; }
        &.-choice SecretInput { display: none; }
        #key-file-field { height: auto; display: none; }
        CodeGroups { display: none; }
        &.-key-file #key-file-field { display: block; }
        &.-code #key-file-field { display: none; }
        &.-code CodeGroups { display: block; }
    }
    """
    DEFAULT_CLASSES = "-high"
    AUTO_FOCUS = "SecretInput"
    app: Host

    def __init__(
        self,
        path: Path,
        *,
        opener: Opener | None = None,
        why: str = "",
        note: str = "",
        sealed: SealedVault | None = None,
    ) -> None:
        super().__init__()
        self.path = path
        self.working = False
        self._stop = threading.Event()  # of the attempt that runs
        self._given = opener
        self._accepted: dict[str, bool] = {}
        self._in_question = ""
        self._why = why
        self._note = note
        self._sealed = sealed
        self._ways_in: WaysIn | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="unlock", classes="start-box") as box:
            box.border_title = "nkey-wallet is locked"
            yield Static(str(self.path), id="path", markup=False)
            for text, name in ((self._why, "why"), (self._note, "note")):
                if text:
                    yield Static(text, id=name, markup=False)
            yield Static("Passphrase", id="label", classes="field-label")
            yield SecretInput(id="passphrase")
            yield CodeGroups()
            yield Vertical(id="key-file-field")
            yield Static("", id="said", markup=False)
            yield Static(HINTS, id="hints", markup=False)

    def on_mount(self) -> None:
        self.app.once_painted(partial(self.call_later, self._offer_ways_in))
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
            what = "recovery code" if self._by_code else "passphrase"
            self._say(f"Type the {what} of this vault.")
            return
        if self._ways_in is None:  # typed before the field was painted
            self._offer_ways_in()
        try:
            opener, key_file = self._typed_opener(field)
        except WalletError as error:
            self._say(str(error), bad=True)
            return
        self._accepted = dict(self.app.accept)
        self._try(opener, key_file)

    def _typed_opener(self, field: SecretInput) -> tuple[Opener, Path | None]:
        """Take what was typed, and where the key file is. A mistyped code stays, to be mended."""
        from wallet.app.widgets.secrets.opener_fields import key_file_in

        if self._by_code:
            code = field.recovery_code()
            field.clear_read()
            return code, None
        try:
            passphrase = field.passphrase()
        except PassphraseRefusedError:
            # What cannot be a passphrase is not this vault's either.
            raise UsageError(WRONG) from None
        finally:
            field.clear_read()
        try:
            fields = self.query("#key-file").results(Input)
            return passphrase, next(map(key_file_in, fields), None)
        except BaseException:
            passphrase.wipe()
            raise

    @property
    def _by_code(self) -> bool:
        return self.has_class("-code")

    def action_by_code(self) -> None:
        """Ask for the recovery code in the place of the passphrase, or the other way round."""
        if self.working or self.has_class("-choice"):
            return
        if not self._by_code and self._ways_in is not None and not self._ways_in.recovery:
            self._say("This vault has no recovery code.")
            return
        self.toggle_class("-code")
        field = self.query_one(SecretInput)
        field.clear()
        field.show_or_hide(legible=False)
        self.query_one(CodeGroups).judge(field)
        label = "Recovery code" if self._by_code else "Passphrase"
        self.query_one("#label", Static).update(label)
        self._say("")
        self._hint()
        self.set_focus(field)

    def action_show_or_hide(self) -> None:
        if self._by_code:  # it is read from paper; a passphrase never is
            self.query_one(SecretInput).show_or_hide()

    def _offer_ways_in(self) -> None:
        """Show the field for a key file where the file names one as needed, and the code's key."""
        from wallet.system.disk.files import real_path
        from wallet.vault.file import key_file_place
        from wallet.vault.file.first_look import header_at
        from wallet.vault.file.ways_in import WaysIn

        try:
            header = header_at(real_path(self.path))
            self._ways_in = WaysIn.of(header.slots)
            place = self.app.key_file or key_file_place.remembered(header.vault_id)
        except WalletError:  # told when it is opened
            return
        if self._ways_in.key_file and not self.query("#key-file"):
            from wallet.app.widgets.forms.completed_input import path_input

            self.add_class("-key-file")
            self.query_one("#key-file-field").mount(
                Static("Key file", classes="field-label"),
                path_input(str(place or ""), id="key-file", placeholder="its path"),
            )
        self._hint()

    def _hint(self) -> None:
        hints = HINTS
        if self._by_code:
            hints += "\nCtrl+R: by the passphrase · F2 shows or hides the code"
        elif self._ways_in is not None and self._ways_in.recovery:
            hints += "\nCtrl+R: by the recovery code, without passphrase or key file"
        self.query_one("#hints", Static).update(hints)

    @on(Input.Submitted)
    def _key_file_entered(self) -> None:
        field = self.query_one(SecretInput)
        if field.empty:
            self.set_focus(field)
        else:
            self._entered()

    @on(SecretInput.Changed)
    def _typed(self, message: SecretInput.Changed) -> None:
        if not self.working:
            self._say(message.refused, bad=True)
        if self._by_code:
            self.query_one(CodeGroups).judge(message.field)

    @on(Button.Pressed, "#accept")
    def _accept(self) -> None:
        given, self._given = self._given, None
        self._end_choice()
        if given is not None and not self.working:
            self._accepted[self._in_question] = True
            self._try(given)

    @on(Button.Pressed, "#decline")
    def action_decline(self) -> None:
        if not self.has_class("-choice"):
            return
        self._wipe_given()
        self._end_choice()
        self._say("Left closed. Nothing was changed.")
        self.set_focus(self.query_one(SecretInput))

    def _end_choice(self) -> None:
        self.remove_class("-choice")
        self.query(AcceptOrNot).remove()

    def action_stop(self) -> None:
        """Wait no longer for the attempt; or leave the vault closed."""
        if not self.working:
            self.action_decline()
            return
        self._stop.set()
        self._working(False)
        self._say("Stopped. Nothing was changed.")
        self.set_focus(self.query_one(SecretInput))

    def _try(self, opener: Opener, key_file: Path | None = None) -> None:
        """Try an opener in a thread, and wipe it unless a choice or the code's dialog needs it."""
        from wallet.system.disk import key_file_access
        from wallet.vault.file import kdf, key_file_place

        self._working(True)
        self._say(WORKING if isinstance(opener, Passphrase) else WORKING_BY_CODE)
        app, accepted = self.app, dict(self._accepted)
        self._stop = stop = threading.Event()

        def attempt() -> None:
            try:
                with kdf.stoppable(stop):
                    if isinstance(opener, Passphrase):
                        key_file_access.join(opener, key_file)
                    vault = self._unlocked(opener, accepted)
            except StoppedError:
                opener.wipe()
                return
            except tuple(CHOICES) as error:
                app.call_from_thread(self._ask, error, opener)
                return
            except WalletError as error:
                opener.wipe()
                app.call_from_thread(self._failed, error)
                return
            except BaseException:
                opener.wipe()
                raise
            if isinstance(opener, Passphrase):
                opener.wipe()
                if key_file is not None and vault.ways_in.key_file:
                    key_file_place.remember(vault.vault_id, key_file)
            # Taken here only to be looked at: whether to save over it is asked when it is open.
            vault.saves_over_damage = app.accept.get("accept_damaged", False)
            try:
                app.call_from_thread(self._opened, vault, stop, opener)
            except BaseException:
                opener.wipe()
                vault.lock()
                raise

        self.run_worker(attempt, thread=True, name="unlock")

    def _unlocked(self, opener: Opener, accepted: dict[str, bool]) -> Vault:
        """The file opened; while it is gone, what was sealed of it."""
        from wallet.system.disk.files import is_gone, real_path
        from wallet.vault.vault import Vault

        if self._sealed is not None and is_gone(real_path(self.path)):
            return Vault.unlock_sealed(self.path, self._sealed, opener)
        return Vault.unlock(self.path, opener, **accepted)

    def _opened(self, vault: Vault, stop: threading.Event, opener: Opener) -> None:
        if not self.app.shows(self) or stop.is_set():  # locked, left or stopped while it worked
            opener.wipe()
            vault.lock()
            return
        self._working(False)
        if isinstance(opener, RecoveryCode):
            self._say("")
            self.app.recovered(vault, opener)
        else:
            self.app.opened(vault)

    def _failed(self, error: WalletError) -> None:
        if not self.app.shows(self):
            return
        self._working(False)
        reason = WRONG if type(error) is WrongPassphraseError else str(error)
        if isinstance(error, VaultMissingError):
            reason += " Put it back, or start the wallet again to make a new one."
        self._say(reason, bad=True)
        self.set_focus(self.query_one(SecretInput))

    def _ask(self, error: WalletError, opener: Opener) -> None:
        """Let the person choose whether to open a file that is not as it should be."""
        if not self.app.shows(self):
            opener.wipe()
            return
        self._working(False)
        self._given = opener
        self._say(str(error), bad=True)
        self._in_question, label = CHOICES[type(error)]
        self.query_one("#unlock").mount(AcceptOrNot(label), before="#hints")
        self.add_class("-choice")

    def _working(self, working: bool) -> None:  # noqa: FBT001
        self.working = working
        self.set_class(working, "-working")
        if working and not self.query("#busy"):
            self.query_one("#unlock").mount(LoadingIndicator(id="busy"), before="#said")
        for field in self.query("SecretInput, Input"):
            field.disabled = working
            if not working and isinstance(field, SecretInput):
                field.clear()

    def _say(self, text: str, *, bad: bool = False) -> None:
        news = self.query_one("#said", Static)
        news.update(here_too(text))
        news.set_class(bad and bool(text), "-bad")

    def _wipe_given(self) -> None:
        given, self._given = self._given, None
        if given is not None:
            given.wipe()
