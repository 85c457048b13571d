"""The things that screens ask of the app beside what Textual's own gives them.

Screens, and the parts of the app, know this class; the app, which knows them all, fills it in.
Not a `typing.Protocol`: with one, `screen.app` would no longer be Textual's app as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from wallet.app.lock.idle import Idle
from wallet.errors import LockedError, WalletError
from wallet.show import crash
from wallet.text import hide_seeds

if TYPE_CHECKING:
    from textual.command import Provider

    from wallet.app.preferences.key_choices import KeyChoices
    from wallet.secrets.passphrase import Passphrase
    from wallet.secrets.recovery_code import RecoveryCode
    from wallet.tasks.demo import Demo
    from wallet.vault.file.kdf import KdfCost
    from wallet.vault.records import Records
    from wallet.vault.vault import Vault


def own_commands() -> type[Provider]:
    """The provider of the app's own commands, loaded once the palette is opened."""
    from wallet.app.palette import OwnCommands

    return OwnCommands


class Host(App[None]):
    """`path` is the vault's; `accept` what the command line took beforehand; `demo` the demo that
    runs, if any; `key_file` what it named; `cost` of a guess at the passphrase of a vault that is
    made, None for the usual one. With `only_looking` no vault that is opened may be changed."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {own_commands}
    path: Path
    cost: KdfCost | None
    accept: Mapping[str, bool]
    only_looking: bool
    demo: Demo | None
    key_file: Path | None
    idle: Idle
    vault: Vault | None
    lost_to_lock: list[str]  # what was not done for a lock, to be told after the unlocking
    secret_seconds: int = 20  # that a copied secret stays on the clipboard
    asks_more = False  # also before what costs nothing but a moment
    keys: Mapping[str, str] = MappingProxyType({})  # those that a person chose, by a binding's id

    def shown_key(self, binding: Binding) -> str:
        """A binding's key, as footer, help and palette show it: the chosen or the usual one."""
        chosen = self.keys.get(binding.id or "")
        return self.get_key_display(binding) if chosen is None else self.key_name(chosen)

    def key_name(self, key: str) -> str:
        """A key, named as Textual does, as it is shown: `/` for `slash`."""
        shown = self.get_key_display(Binding(key, ""))
        return shown.upper() if re.fullmatch(r"f\d+", shown) else shown

    def key_of(self, binding_id: str, usual: str) -> str:
        """The key of a binding by its id, as a sentence names it; `usual` where none was chosen."""
        return self.key_name(self.keys.get(binding_id, usual))

    @property
    def only_looking_words(self) -> str:
        """The reason why nothing can be changed while the vault is only looked at."""
        key = self.key_of("main.only_look", "O")
        return f"You are only looking: nothing is changed. Press {key} to end that."

    def shows(self, screen: Screen[Any]) -> bool:
        """Whether a screen is among those shown; dropped, it may be a moment until it has gone."""
        return screen.is_running and screen in self.screen_stack

    def opened(self, vault: Vault) -> None:
        """Show what is in a vault that has been made or unlocked."""
        raise NotImplementedError

    def recovered(self, vault: Vault, code: RecoveryCode) -> None:
        """Ask for a new passphrase for a vault that the code opened. Takes the code over."""
        raise NotImplementedError

    def created(self, vault: Vault, passphrase: Passphrase) -> None:
        """Show a new vault, and offer a recovery code for it. Takes the passphrase over."""
        raise NotImplementedError

    def lock(self, why: str = "") -> None:
        """Forget the keys, drop all screens and what was half typed, and ask to unlock."""
        raise NotImplementedError

    def ask_about_text(self, then: Callable[[], None]) -> None:
        """Ask whether what is written on the screen may be thrown away, and do `then` if so."""
        raise NotImplementedError

    def tell(self, error: WalletError) -> None:
        """Show an error on whichever screen is on top."""
        raise NotImplementedError

    def notify(self, message: str, **how: Any) -> None:
        """Show a notice, as Textual does; no seed that it may quote."""
        super().notify(hide_seeds(message), **how)

    def tell_news(self, news: str | None) -> None:
        """Say what was done, if anything was."""
        if news is not None:
            self.notify(news, markup=False)

    def withdraw(self, *messages: str) -> None:
        """Take away notices that do not hold any more."""
        raise NotImplementedError

    def refuse(self, text: str, *, bad: bool = False) -> None:
        """Say why a key does nothing now, for so long as no other is pressed."""
        raise NotImplementedError

    def withdraw_refusals(self) -> None:
        """Take away what was said of the key before: another is pressed."""
        raise NotImplementedError

    def note_lost(self, sentence: str) -> None:
        """Say what a lock kept from being done: now, or once the wallet is unlocked."""
        if self.vault is not None and not self.vault.locked:
            self.notify(sentence, severity="warning", timeout=15, markup=False)
        elif sentence not in self.lost_to_lock:
            self.lost_to_lock.append(sentence)

    def in_background(self, job: Callable[[], object], lost: str = "") -> None:
        """Do `job` in a thread, whatever screen is shown meanwhile, and tell its error.

        Where the wallet was locked before its end nothing else is told of it than `lost`: what was
        not done then, in a sentence without names, for it waits in the clear.
        """

        def work() -> None:
            try:
                job()
            except LockedError:
                if lost:
                    self.call_from_thread(self.note_lost, lost)
            except WalletError as error:
                self.call_from_thread(self.tell, error)
            except Exception as error:
                if self.is_running:  # else it is the end that it met
                    self.call_from_thread(self._tell_fault, error)
                raise

        self.run_worker(work, thread=True, exit_on_error=False)

    def _tell_fault(self, error: Exception) -> None:
        """Say that a mistake of the wallet's own kept something from being done, by no value."""
        kind, where = type(error).__name__, "".join(crash.places(error)[-1:]).strip()
        self.notify(
            f"That was not done: the wallet met an error of its own ({kind}, {where}).",
            severity="error",
            timeout=15,
            markup=False,
        )

    def once_painted(self, work: Callable[[], object]) -> None:
        """Do something once what is to be shown now is painted."""
        raise NotImplementedError

    def hold_keys(self) -> Callable[[], None]:
        """Hold back what is typed: it is for a dialog on its way. What this gives lets it go."""
        raise NotImplementedError

    def open_in_background(self, job: Callable[[], object], lost: str = "") -> None:
        """Do `job` in a thread, which opens a dialog; what is typed meanwhile is for that."""
        let_go = self.hold_keys()

        def work() -> None:
            try:
                job()
            finally:
                self.call_from_thread(let_go)

        self.in_background(work, lost)

    def key_choices(self, records: Records) -> tuple[KeyChoices, str]:
        """The keys that a vault keeps, and a sentence on what of them cannot hold."""
        raise NotImplementedError

    def keep_keys(self, vault: Vault, choices: KeyChoices) -> None:
        """Keep these keys in the vault."""
        raise NotImplementedError

    def take_settings(self, vault: Vault) -> None:
        """Go by the settings that a vault keeps."""
        raise NotImplementedError

    def keep_setting(self, name: str, value: str) -> None:
        """Save a setting in the vault, in a thread."""
        raise NotImplementedError

    def file_vanished(self) -> None:
        """Offer to write the vault's file anew, which is gone."""
        raise NotImplementedError

    def copy_public(self, text: str, what: str) -> None:
        """Copy what is not secret, and say how it went. `what` names it: “Public key”."""
        raise NotImplementedError

    def copy_secret(self, text: bytearray, what: str) -> None:
        """Copy a secret for some seconds. Takes `text` over, and wipes it."""
        raise NotImplementedError
