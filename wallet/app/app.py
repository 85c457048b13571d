"""The app: which screen is shown, and the wallet's lock. Nothing else.

A vault is open from `opened` to `lock`. Locking forgets its keys, takes back a secret on the
clipboard, drops every screen above, seals what was half typed in it, and asks for the passphrase
again. It happens on `L`, when nobody has touched a key for a while, before the process is
suspended, and when the terminal goes away.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
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
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import WorkerFailed

from wallet.app.clipboard import ClipboardHost
from wallet.app.key_repairs import in_keys
from wallet.app.lock import drawn_texts
from wallet.app.lock.idle import Idle
from wallet.app.lock.place_host import PlaceHost
from wallet.app.notices import NoticesHost
from wallet.app.preferences.settings import SettingsHost
from wallet.app.terminal import fatal_error
from wallet.app.terminal.driver import DRIVER
from wallet.app.terminal.keys_in_turn import KeysInTurn
from wallet.app.vault_check import VaultCheckHost
from wallet.errors import ForkedError, OlderThanSeenError, VaultError, WalletError
from wallet.show.crash import EXIT as CRASHED
from wallet.system import signals
from wallet.system.disk import paths

if TYPE_CHECKING:
    from wallet.secrets.passphrase import Passphrase
    from wallet.secrets.recovery_code import RecoveryCode
    from wallet.tasks.demo import Demo
    from wallet.vault.file.kdf import KdfCost
    from wallet.vault.file.ways_in import Opener
    from wallet.vault.session.vanished_file import SealedVault
    from wallet.vault.vault import Vault

PAINTED = 0.2
"""Seconds after which the first screen stands, and the rest of the wallet is loaded."""
UNTIL_GONE = 0.5  # seconds, for screens that a lock drops to end
SIGNALLED = 128  # what a shell adds to a signal's number


class WalletApp(ClipboardHost, PlaceHost, SettingsHost, VaultCheckHost, NoticesHost, KeysInTurn):
    """The wallet on a terminal. `passphrase` or `code` is tried once and wiped."""

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
        self.begin_with_theme()
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

    def on_mount(self) -> None:
        self._terminal_loop = asyncio.get_running_loop()
        if not self.is_headless:
            # By way of a message, for a signal's callback knows nothing of Textual's context.
            signals.on_hangup(partial(self.call_later, self._hang_up))
            signals.on_suspend(partial(self.call_later, self._suspend))
        self.set_interval(1.0, self._look_at_the_clock)
        self.theme_changed_signal.subscribe(self, lambda _theme: self.keep_theme())
        given, self._opener = self._opener, None
        self._show(self._first_screen(given))
        self.set_timer(PAINTED, self._load_ahead)

    def _load_ahead(self) -> None:
        """Load what the unlocking will need, in a thread, while the passphrase is typed."""
        gc.enable()
        names = "wallet.vault.vault", "wallet.app.screens.main", "wallet.system.about"
        self.run_worker(lambda: [*map(import_module, names)], thread=True, exit_on_error=False)

    def opened(self, vault: Vault) -> None:
        """Show what is in a vault that has been made or unlocked."""
        from wallet.app.screens.main import MainScreen

        self.vault, self._sealed = vault, None
        vault.keep_past()
        vault.only_looking = self.only_looking
        self.idle.touch()
        self.take_settings(vault)
        self._show(MainScreen(vault, *self.what_was_kept(vault)))
        self.look_through(vault)
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
        self.push_screen(RecoveryDialog(vault, passphrase), self._tell_done)

    def _tell_done(self, news: str | None) -> None:
        if news is not None:
            self.notify(news, markup=False)

    def lock(self, why: str = "") -> None:
        """Forget the keys, drop all screens, seal what was half typed, and ask to unlock."""
        vault, self.vault = self.vault, None
        if vault is not None:
            # Where the file is gone, what is in memory is the last copy.
            self._sealed = vault.sealed() if vault.vanished and not vault.locked else None
            try:
                self.keep_place(vault)
            finally:
                vault.lock()
        self.take_back_secret()
        self._clipboard = ""  # what Textual remembers for pasting within the app
        self.clear_notifications()
        self.call_later(self.clear_notifications)  # those that are still on their way
        self.forget_focus()
        self._show(self._first_screen(why=why if vault else ""))
        self.set_timer(UNTIL_GONE, partial(drawn_texts.forget, self))

    def action_lock(self) -> None:
        self.lock()

    def _first_screen(self, given: Opener | None = None, why: str = "") -> Screen[None]:
        from wallet.app.screens.vault.unlock import UnlockScreen

        try:
            there = paths.is_there(self.path)
        except VaultError:  # not allowed to look is not absent: the unlocking says why
            there = True
        if there:
            note = self.demo.note if self.demo else ""
            return UnlockScreen(self.path, opener=given, why=why, note=note)
        if self._sealed is not None:
            from wallet.app.screens.vault.vanished_file import SEALED

            return UnlockScreen(self.path, why=why, note=SEALED, sealed=self._sealed)
        if given is not None:
            given.wipe()
        return self._making_screen()

    def _making_screen(self) -> Screen[None]:
        """The screen that makes a vault, or that asks first where the backup of one stands."""
        from wallet.app.screens.vault.create import CreateScreen
        from wallet.system.disk.files import real_path
        from wallet.vault.backups import older_saves
        from wallet.vault.file.kdf import KdfCost

        cost = self.cost or KdfCost.STANDARD
        if left := older_saves.left_behind(real_path(self.path)):
            from wallet.app.screens.vault.backup_only import BackupThereScreen

            return BackupThereScreen(self.path, left, cost)
        return CreateScreen(self.path, cost)

    def _show(self, screen: Screen[None]) -> None:
        """Make this the only screen. Those above it are dropped, with the work they started."""
        with self.batch_update():
            while len(self.screen_stack) > 2:
                self.pop_screen()
            if len(self.screen_stack) == 2:
                self.switch_screen(screen)
            else:
                self.push_screen(screen)

    def file_vanished(self) -> None:
        """The vault's file is gone: offer to write it anew, once."""
        from wallet.app.screens.vault.vanished_file import VanishedDialog

        if self.vault is not None and self._told_vanished is not self.vault:
            self._told_vanished = self.vault
            self.push_screen(VanishedDialog(self.vault), self._tell_written)

    def _tell_written(self, news: str | None) -> None:
        if news is not None:
            self._told_vanished = None
            self.notify(news, markup=False)

    async def action_quit(self) -> None:
        """Leave, unless the last copy of the keys, or what is half written, would go with that."""
        self.ask_about_text(self._leave) if self.loses_text else self._leave()

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
            self.warn_of_lock()

    def tell(self, error: WalletError) -> None:
        """Show an error, the one place for it."""
        if isinstance(error, ForkedError | OlderThanSeenError):
            self.ask_about_parted(error)
            return
        self.notify(in_keys(self, str(error)), severity="error", timeout=10, markup=False)

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
        yield from self.damage_commands()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Do nothing: a picture of the screen may hold a secret, and stays on the disk."""

    # The ways out

    def action_suspend_process(self) -> None:
        """Ctrl+Z: lock, then let the shell have the terminal."""
        self.lock()
        super().action_suspend_process()

    async def _suspend(self, really: Callable[[], None]) -> None:
        """The process is to stop, by whoever's wish: not before nothing is left to see."""
        self.lock()
        await self.secret_taken_back()
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
        self.forget_place()
        vault, self.vault = self.vault, None
        if vault is not None:
            vault.lock()
        if self._opener is not None:
            self._opener.wipe()
        self.take_back_secret()

    # What goes wrong

    def _handle_exception(self, error: Exception) -> None:
        """Let go the error of a screen that asked for a record after a lock took it away."""
        if fatal_error.met_the_lock(error) and active_message_pump.get() is not self:
            if self.vault is not None:
                self.lock()
            return
        cause = error.error if isinstance(error, WorkerFailed) else error
        if fatal_error.lacks_a_part(cause) and self._comes_from_a_dropped_screen(cause):
            return
        super()._handle_exception(error)

    def _comes_from_a_dropped_screen(self, error: BaseException) -> bool:
        """Whether an error is of a screen that was dropped before or while it was made."""
        if self._exit or not self._running:
            return True
        widget = fatal_error.widget_at_fault(error)
        node: MessagePump | None = widget or active_message_pump.get()
        while node is not None and not isinstance(node, Screen):
            node = node._parent
        return (widget or node) is not None and node not in self.screen_stack

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
