"""Makes, replaces or removes the code that opens the vault when its passphrase is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from wallet.app.key_repairs import in_keys
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.secrets.code_groups import CodeGroups
from wallet.app.widgets.secrets.opener_fields import OpenerFields
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.errors import SaveUncertainError, UsageError, WalletError
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.shell import command
from wallet.system.disk import paths
from wallet.tasks import recovery_page
from wallet.text import plain
from wallet.vault.vault import Vault

T = TypeVar("T")

NONE_YET = (
    "A recovery code is 35 letters and digits on paper. It opens the vault when the passphrase or "
    "a key file is lost; without a code nothing does then. Whoever has the paper and the file has "
    "the keys: keep them apart."
)
ONE_THERE = (
    "The vault has a recovery code. Another one takes its place; removed, none opens the vault. "
    "Either way it gets new keys. Backups made before still open with the code of their time."
)
SHOWN = "Write it down now, or let a page with it be written to print. It is not shown again."
TYPE_BACK = "Type it back from the paper. It counts only then."
MISTYPED = "That is not the code that was shown. Nothing was changed yet."


class RecoveryDialog(Dialog[str]):
    """The dialog goes from a question to the code to typing it back; ends with a sentence."""

    SEARCHES = True  # for a page's place; Esc takes the page back at once
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "show_or_hide", "Show or hide it")]
    DEFAULT_CSS = """
    RecoveryDialog {
        #show, #type { display: none; }
        &.-shown #show { display: block; }
        &.-shown #ask { display: none; }
        &.-typing #type { display: block; }
        &.-typing #ask { display: none; }
        #code { margin: 1 0; }
        Vertical { height: auto; }
    }
    """

    def __init__(self, vault: Vault, passphrase: Passphrase | None = None) -> None:
        """`passphrase` opens the vault, which was just made with it; it is taken over."""
        super().__init__()
        self.vault = vault
        self._first_start = passphrase is not None
        self._passphrase = passphrase
        self._code: RecoveryCode | None = None
        self._page: Path | None = None  # that was written for the code
        self._changing = False  # the ways in, so that its code may come to count
        self._uncertain = False  # whether the code opens the vault

    def title_text(self) -> str:
        return "A recovery code?" if self._first_start else "Recovery code"

    def fields(self) -> ComposeResult:
        with Vertical(id="ask"):
            there = self.vault.ways_in.recovery
            yield Static(ONE_THERE if there else NONE_YET, classes="explain", markup=False)
            if not self._first_start:
                yield OpenerFields(self.vault)
        with Vertical(id="show"):
            yield Static(SHOWN, classes="explain", markup=False)
            yield SecretText(id="code")
            yield Static("Page to print, in a new file (empty: none)", classes="field-label")
            yield path_input(id="page", placeholder="such as recovery.txt")
        with Vertical(id="type"):
            yield Static(TYPE_BACK, classes="explain", markup=False)
            yield SecretInput(id="again")
            yield CodeGroups()

    def buttons(self) -> ComposeResult:
        there = self.vault.ways_in.recovery
        label = "Replace it" if there else "Make a code"
        yield Button(label, id="accept", variant="primary", compact=True)
        if there:
            yield Button("Remove it", id="remove", compact=True)
        yield Button("Not now" if self._first_start else "Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#accept" if self._first_start else "#old"))

    def on_unmount(self) -> None:
        super().on_unmount()
        if not self._changing:
            self._take_page_back()
        for secret in (self._code, self._passphrase):
            if secret is not None:
                secret.wipe()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "show_or_hide":
            return self.has_class("-typing") and self.focused is self.query_one("#again")
        return super().check_action(action, parameters)

    def action_show_or_hide(self) -> None:
        self.query_one("#again", SecretInput).show_or_hide()

    # Asking

    def as_command(self) -> str:
        page = self.query_one("#page", Input).value.strip()
        return command("recovery", *([("--to", page)] if page else []))

    def accept(self) -> None:
        if self.has_class("-typing"):
            self._accept_typed()
        elif self.has_class("-shown"):
            self._accept_shown()
        else:
            self._prove(self._show)

    @on(Button.Pressed, "#remove")
    def _remove(self) -> None:
        if self._working:
            return
        try:
            self._prove(lambda: self._change(None, "No recovery code opens the vault any more."))
        except UsageError as error:
            self.say(error.told)

    def _prove(self, go_on: Callable[[], None]) -> None:
        """Ask the vault, in a thread, whether what was typed opens it; then `go_on`."""
        if self._passphrase is not None:
            go_on()
            return
        typed = self.query_one(OpenerFields).typed()

        def proved(passphrase: Passphrase) -> None:
            if not self.is_running or self.vault.locked:
                passphrase.wipe()
                return
            self._passphrase = passphrase
            go_on()

        self._first(lambda: typed.proved(self.vault), proved, "trying the passphrase")

    def _first(self, job: Callable[[], T], then: Callable[[T], None], note: str) -> None:
        """Do `job` in a thread, and `then` go on here with what it gives; or show its error."""
        self._working = True
        self.say("")
        self.query_one("#box").border_subtitle = note

        def done(result: T) -> None:
            self._working = False
            if self.is_running:
                self.query_one("#box").border_subtitle = ""
            then(result)

        def work() -> None:
            try:
                result = job()
            except WalletError as error:
                self.app.call_from_thread(self._failed, error.told)
            else:
                self.app.call_from_thread(done, result)

        self.run_worker(work, thread=True, exit_on_error=True)

    # Showing, and typing back

    def _show(self) -> None:
        self._code = self._code or RecoveryCode.generate()
        text = self._code.text()
        try:
            self.query_one(SecretText).show(text)
        finally:
            sodium.wipe(text)
        self.remove_class("-typing")
        self.add_class("-shown")
        self.query("#remove").remove()
        self._label("I have it on paper")
        self.set_focus(self.query_one("#page"))

    def _accept_shown(self) -> None:
        page, code = self.query_one("#page", Input).value.strip(), self._code
        self._take_page_back()
        if not page or code is None:
            self._ask_back()
            return
        to, vault, code = paths.given(page), self.vault, code.copy()

        def write() -> None:
            with code:  # a copy: the wallet may be locked meanwhile
                recovery_page.write(to, vault.path, vault.vault_id, code)

        def written(_: None) -> None:
            self._page = to
            if self.is_running:
                self._ask_back()
            else:
                self._take_page_back()

        self._first(write, written, "writing")

    def _ask_back(self) -> None:
        self.query_one(SecretText).hide()
        self.remove_class("-shown")
        self.add_class("-typing")
        self.say("")
        self._label("It is the same")
        self.set_focus(self.query_one("#again"))

    def _accept_typed(self) -> None:
        field = self.query_one("#again", SecretInput)
        with field.recovery_code() as again:
            if self._code is None or not again.matches(self._code):
                raise UsageError(MISTYPED)
        field.clear_read()
        page = f" Its page is {plain(str(self._page), 300)}." if self._page else ""
        self._change(self._code, f"The recovery code opens the vault from now on.{page}")

    def _change(self, code: RecoveryCode | None, news: str) -> None:
        if self._passphrase is None:
            return
        # Copies, which outlive this dialog where the wallet is locked meanwhile.
        passphrase, code = self._passphrase.copy(), code and code.copy()

        def job() -> str:
            self._changing = True
            with passphrase, code or contextlib.nullcontext():
                try:
                    self.vault.change_recovery(passphrase, code)
                except SaveUncertainError:
                    self._page, self._uncertain = None, True  # its code may open the vault
                    raise
                except WalletError:
                    self._changing = False
                    if self.vault.locked:  # so nobody tries again here
                        self._take_page_back()
                    raise
                self._page = None
            return news

        self.work(job, "sealing everything anew, some seconds…")

    def action_cancel(self) -> None:
        if not self._working:
            self._take_page_back()
        if self._working or self._code is None or not self.is_active:
            super().action_cancel()
        else:
            self.finish(self._why_it_opens_nothing)

    @property
    def _why_it_opens_nothing(self) -> str:
        if self._uncertain:
            return "Not certain is whether the code that was shown opens the vault: keep it."
        why = "The code that was shown opens nothing: it was not typed back."
        if self.vault.ways_in.recovery:
            return f"{why} The one from before is still good."
        return in_keys(self.app, f"{why} ‹vault› makes another: its button “Recovery…”.")

    @property
    def at_work(self) -> bool:
        return super().at_work or self._code is not None

    @property
    def ended_by_lock(self) -> str:
        if self._working or self._code is None:
            return super().ended_by_lock
        return f"the lock ended it. {self._why_it_opens_nothing}"

    def _take_page_back(self) -> None:
        """Remove a page whose code opens nothing."""
        page, self._page = self._page, None
        if page is not None:
            recovery_page.take_back(page)

    @on(SecretInput.Changed, "#again")
    def _typed(self, message: SecretInput.Changed) -> None:
        self.say(message.refused)
        self.query_one(CodeGroups).judge(message.field)

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def _label(self, label: str) -> None:
        button = self.query_one("#accept", Button)
        button.label = label
        button.refresh(layout=True)
