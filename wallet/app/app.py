"""The app: which screen is shown, and the wallet's lock. Nothing else.

A vault is open from `opened` to `lock`. Locking forgets its keys, takes back a copied secret, drops
every screen above, seals what was half typed in it, and asks for the passphrase again. It happens
on `L`, when nobody touched a key for a while, at a suspend, and when the terminal goes away.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from wallet.system.hardening import drop_textual_variables

drop_textual_variables()  # before Textual reads them

# ruff: noqa: E402
from rich.console import RenderableType
from rich.text import Text
from textual import events
from textual._context import active_message_pump
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import WorkerFailed

from wallet.app.clipboard import Copying
from wallet.app.first_paint import FirstPaint
from wallet.app.first_screen import first_screen
from wallet.app.lock import drawn_texts
from wallet.app.lock.idle import Idle
from wallet.app.lock.lock_keeper import LockKeeper, ask_about_text, loses_text, warn_of_lock
from wallet.app.notices import NoticesHost
from wallet.app.preferences import keymap
from wallet.app.preferences.settings import Preferences
from wallet.app.preferences.themes import begin_with_theme, readable_variables
from wallet.app.terminal import fatal_error
from wallet.app.terminal.driver import DRIVER
from wallet.app.terminal.keys_in_turn import KeysInTurn
from wallet.app.vault_check import VaultCheck
from wallet.errors import ForkedError, OlderThanSeenError, WalletError
from wallet.show.crash import EXIT as CRASHED
from wallet.system import signals

if TYPE_CHECKING:
    from wallet.app.preferences.key_choices import KeyChoices
    from wallet.secrets.passphrase import Passphrase
    from wallet.secrets.recovery_code import RecoveryCode
    from wallet.tasks.demo import Demo
    from wallet.vault.file.kdf import KdfCost
    from wallet.vault.file.ways_in import Opener
    from wallet.vault.records import Records
    from wallet.vault.session.vanished_file import SealedVault
    from wallet.vault.vault import Vault

UNTIL_GONE = 0.5  # seconds, for screens that a lock drops to end
SIGNALLED = 128  # what a shell adds to a signal's number


class WalletApp(NoticesHost, KeysInTurn):
    """The wallet on a terminal. `passphrase` or `code` is tried once and wiped.

    The classes above it replace Textual's own methods; all else that is a matter of its own is a
    part, made in `__init__`.
    """

    TITLE = "nkey-wallet"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),
        Binding("ctrl+t", "change_theme", "Theme", show=False),
    ]

    def __init__(
        self,
        path: Path,
        *,
        passphrase: Passphrase | None = None,
        code: RecoveryCode | None = None,
        key_file: Path | None = None,
        demo: Demo | None = None,
        cost: KdfCost | None = None,
        accept: Mapping[str, bool] = MappingProxyType({}),
        only_looking: bool = False,
    ) -> None:
        """`accept` says what the command line took beforehand, as `Vault.unlock` takes it.

        `cost` is of a guess at the passphrase of a vault that is made; the usual one without it.

        With `only_looking` nothing in a vault is changed until the person ends that.
        """
        super().__init__(driver_class=DRIVER)
        begin_with_theme(self)
        self.accept = accept
        self.only_looking = only_looking
        self.path = path
        self.demo = demo
        self.cost = cost
        self.vault: Vault | None = None
        self.idle = Idle()
        self.key_file = key_file
        self._opener: Opener | None = passphrase or code
        self._sealed: SealedVault | None = None  # of a vault that was locked without its file
        self._told_vanished: Vault | None = None
        self._first_paint = FirstPaint(self)
        self._copying = Copying(self)
        self._preferences = Preferences(self)
        self._vault_check = VaultCheck(self)
        self._lock_keeper = LockKeeper(self)

    def on_mount(self) -> None:
        self._terminal_loop = asyncio.get_running_loop()
        if not self.is_headless:
            # By way of a message, for a signal's callback knows nothing of Textual's context.
            signals.on_hangup(partial(self.call_later, self._hang_up))
            signals.on_suspend(partial(self.call_later, self._suspend))
        self.set_interval(1.0, self._look_at_the_clock)
        self.theme_changed_signal.subscribe(self, lambda _theme: self._preferences.keep_theme())
        given, self._opener = self._opener, None
        self._show(first_screen(self, given))

    def on_ready(self) -> None:
        self._first_paint.is_next()

    def once_painted(self, work: Callable[[], object]) -> None:
        self._first_paint.then(work)

    def opened(self, vault: Vault) -> None:
        """Show what is in a vault that has been made or unlocked."""
        from wallet.app.screens.main import MainScreen

        self.vault, self._sealed = vault, None
        vault.keep_past()
        vault.only_looking = self.only_looking
        self.idle.touch()
        self._preferences.take(vault)
        self._show(MainScreen(vault, *self._lock_keeper.hand_out(vault)))
        self._vault_check.look_through(vault)
        if vault.warning:
            self.notify(vault.warning, severity="warning", timeout=15, markup=False)

    def recovered(self, vault: Vault, code: RecoveryCode) -> None:
        from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog

        self.vault = vault  # so that whatever locks the wallet locks it
        self.idle.touch()

        def renewed(news: str | None) -> None:
            if news is None or vault.locked:
                self.lock("Closed again: the code opens it to give it a new passphrase.")
            else:
                self.opened(vault)
                self.notify(news, markup=False)

        self.push_screen(ChangePassphraseDialog(vault, code), renewed)

    def created(self, vault: Vault, passphrase: Passphrase) -> None:
        from wallet.app.screens.vault.recovery import RecoveryDialog

        self.opened(vault)
        self.push_screen(RecoveryDialog(vault, passphrase), self.tell_news)

    def lock(self, why: str = "") -> None:
        """Forget the keys, drop all screens, seal what was half typed, and ask to unlock."""
        vault, self.vault = self.vault, None
        if vault is not None:
            # Where the file is gone, what is in memory is the last copy.
            self._sealed = vault.sealed() if vault.vanished and not vault.locked else None
            try:
                self._lock_keeper.keep(vault)
            finally:
                vault.lock()
        self._copying.take_back()
        self._clipboard = ""  # what Textual remembers for pasting within the app
        self.clear_notifications()
        self.call_later(self.clear_notifications)  # those that are still on their way
        self._show(first_screen(self, sealed=self._sealed, why=why if vault else ""))
        self.set_timer(UNTIL_GONE, partial(drawn_texts.forget, self))

    def action_lock(self) -> None:
        self.lock()

    def _show(self, screen: Screen[None]) -> None:
        """Make this the only screen. Those above it are dropped, with the work they started."""
        self.forget_focus()
        with self.batch_update():
            while len(self.screen_stack) > 2:
                self.pop_screen()
            if len(self.screen_stack) == 2:
                self.switch_screen(screen)
            else:
                self.push_screen(screen)
        screen.call_later(self.hold_keys())  # which lets them go once it stands

    def file_vanished(self) -> None:
        """The vault's file is gone: offer to write it anew, once."""
        from wallet.app.screens.vault.vanished_file import VanishedDialog

        if self.vault is not None and self._told_vanished is not self.vault:
            self._told_vanished = self.vault
            self.push_screen(VanishedDialog(self.vault), self._tell_written)

    def _tell_written(self, news: str | None) -> None:
        if news is not None:
            self._told_vanished = None
        self.tell_news(news)

    async def action_quit(self) -> None:
        """Leave, unless the last copy of the keys, or what is half written, would go with that."""
        ask_about_text(self, self._leave) if loses_text(self) else self._leave()

    def _leave(self) -> None:
        vault = self.vault
        if vault is not None and not vault.locked and vault.vanished:
            from wallet.app.screens.vault.vanished_file import VanishedDialog

            self.push_screen(VanishedDialog(vault, leaving=True), self._tell_written)
            return
        if vault is not None and self.asks_more:
            from wallet.app.screens.leave import LeaveDialog

            if not isinstance(self.screen, LeaveDialog):
                self.push_screen(LeaveDialog(), lambda leaves: self.exit() if leaves else None)
                return
        self.exit()

    # The clock, errors, the palette

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent | events.Paste):
            self.idle.touch()
        elif isinstance(event, events.Resize):
            self._terminal_resized(event)
        await super().on_event(event)

    def _terminal_resized(self, event: events.Resize) -> None:
        """Paint all anew, also where the size is the same again: the terminal may have cut it."""
        if (forget := getattr(self._driver, "forget_screen", None)) is not None:
            forget()
        if event.size == self.size and self.screen_stack:
            self.screen.refresh()
        self.call_after_refresh(self._refresh_notifications)

    def _look_at_the_clock(self) -> None:
        if self.idle.over:
            self.idle.touch()
            self.lock(f"Locked: nobody touched a key for {self.idle.words}.")
        elif self.vault is not None and self.vault.locked:
            self.lock("A way in to the vault was changed elsewhere, perhaps its passphrase.")
        else:
            warn_of_lock(self)

    def tell(self, error: WalletError) -> None:
        """Show an error on whichever screen is on top, the one place for it."""
        if isinstance(error, ForkedError | OlderThanSeenError):
            self._vault_check.ask_about_parted(error)
            return
        super().tell(error)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette's own commands.

        No screenshot: it would write to a file what is shown. Leaving and the list of keys are
        among the main screen's actions; while it is locked, leaving is here.
        """
        hidden = {"Screenshot", "Keys", "Maximize", "Minimize"}
        if self.vault is not None:
            hidden.add("Quit")
        for command in super().get_system_commands(screen):
            if command.title == "Theme":
                yield command._replace(help=f"Light, dark and others. Now: {self.theme}")
            elif command.title not in hidden:
                yield command
        if self.vault is None:
            return
        yield from self._vault_check.damage_commands()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Do nothing: a picture of the screen may hold a secret, and stays on the disk."""

    # For the screens

    def take_settings(self, vault: Vault) -> None:
        self._preferences.take(vault)

    def keep_setting(self, name: str, value: str) -> None:
        self._preferences.keep(name, value)

    def key_choices(self, records: Records) -> tuple[KeyChoices, str]:
        return keymap.key_choices(records)

    def keep_keys(self, vault: Vault, choices: KeyChoices) -> None:
        keymap.keep_keys(vault, choices)

    def ask_about_text(self, then: Callable[[], None]) -> None:
        ask_about_text(self, then)

    def copy_public(self, text: str, what: str) -> None:
        self._copying.copy_public(text, what)

    def copy_secret(self, text: bytearray, what: str) -> None:
        self._copying.copy_secret(text, what)

    # For Textual

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text that was selected with the mouse."""
        self._clipboard = text
        self.copy_public(text, "Selection")

    def get_css_variables(self) -> dict[str, str]:
        variables = readable_variables(self, super().get_css_variables())
        self.theme_variables = variables
        return variables

    # The ways out

    def action_suspend_process(self) -> None:
        """Ctrl+Z: lock, then let the shell have the terminal."""
        self.lock()
        super().action_suspend_process()

    async def _suspend(self, really: Callable[[], None]) -> None:
        """The process is to stop, by whoever's wish: not before nothing is left to see."""
        self.lock()
        await self._copying.taken_back()
        self.call_after_refresh(really)

    def _hang_up(self, number: int) -> None:
        """The terminal went away, or somebody ends the process: forget, and leave."""
        self._forget()
        self.exit(return_code=SIGNALLED + number)

    def terminal_gone(self) -> None:
        """The driver's word, from a thread of its own, that nobody can see or type any more."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: so does the process
            self._terminal_loop.call_soon_threadsafe(
                self.call_later, self._hang_up, signals.HANG_UP
            )

    def on_unmount(self) -> None:
        self._forget()

    def _forget(self) -> None:
        """Every way out comes through here."""
        from wallet.vault.file import kdf

        kdf.stop_all()
        self._lock_keeper.forget()
        vault, self.vault = self.vault, None
        if vault is not None:
            vault.lock()
        if self._opener is not None:
            self._opener.wipe()
        self._copying.take_back()

    # What goes wrong

    def _handle_exception(self, error: Exception) -> None:
        """Let go the error of a screen that asked for a record after a lock took it away."""
        if fatal_error.met_the_lock(error) and active_message_pump.get() is not self:
            if self.vault is not None:
                self.lock()
            return
        cause = error.error if isinstance(error, WorkerFailed) else error
        if fatal_error.lacks_a_part(cause) and fatal_error.is_of_a_dropped_screen(self, cause):
            return
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """An error of the wallet's own: told in a few lines, without any value in them."""
        self._return_code = CRASHED
        self._close_with(fatal_error.report(self._exception))

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's own way out, which is sometimes handed a traceback to show."""
        from rich.traceback import Traceback

        for each in renderables:
            if isinstance(each, Traceback):
                self._return_code = CRASHED
                self._close_with(fatal_error.report_rendered(each))
                return
        super().panic(*renderables)

    def _close_with(self, last_words: Text) -> None:
        self._forget()
        self.bell()
        self._exit_renderables.append(last_words)
        self._close_messages_no_wait()
