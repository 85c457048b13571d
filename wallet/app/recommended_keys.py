"""Keys of the main screen that a dialog recommends: pressed there, they close it and do that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input, TextArea

from wallet.app.host import Host
from wallet.app.key_repairs import binding_of, in_keys
from wallet.app.widgets.key_footer import FooterKey
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import WalletError
from wallet.vault.tree.marks import MarkedKeys
from wallet.vault.vault import Vault

_OF_EVERY_DIALOG = {"enter", "space", "escape", "tab"}


@runtime_checkable
class Main(Protocol):
    """The main screen, as far as it is told to do what was recommended."""

    vault: Vault

    @property
    def marks(self) -> MarkedKeys: ...

    def refuse(self, text: str) -> None: ...

    def select_key(self, public: str) -> bool: ...

    async def action_do(self, name: str) -> None: ...


class Leavable(Protocol):
    """A dialog, as far as it is left for what it recommends."""

    @property
    def at_work(self) -> bool: ...

    @property
    def loses_text(self) -> bool: ...

    def takes(self, key: str) -> bool: ...

    def finish(self) -> None: ...

    def say(self, problem: str) -> None: ...


class Recommended:
    """The actions that a dialog's texts recommend, each with the key of the vault it is for.

    Only the wallet's own commands are recommended, in a text that is `Advice`: of a name, a file or
    a server's words that are quoted nothing is, whatever they say.
    """

    def __init__(self, app: Host) -> None:
        self._app = app
        self._noted: dict[str, list[tuple[str, str]]] = {}  # by the place that shows the texts

    def in_keys(self, text: str, place: str = "") -> str:
        """Say a text's commands by their keys, and let these be pressed."""
        noted = self._noted.setdefault(place, [])
        return in_keys(self._app, text, lambda action, about: noted.append((action, about)))

    def instead(self, place: str) -> Callable[[str], str]:
        """Give an `in_keys` for texts that take the place of those shown at this place so far."""
        self.forget(place)
        return partial(self.in_keys, place=place)

    def forget(self, place: str = "") -> None:
        """Recommend nothing any more of what was shown in one place."""
        self._noted.pop(place, None)

    @property
    def _actions(self) -> dict[str, str]:
        """The actions, each with the key it is for. Where two are named for one, it is left out:
        the person chooses on the main screen."""
        about: dict[str, set[str]] = {}
        for noted in self._noted.values():
            for action, key in noted:
                about.setdefault(action, set()).add(key)
        return {action: keys.pop() for action, keys in about.items() if len(keys) == 1}

    def footer_keys(self) -> list[FooterKey]:
        """The keys to press, each with its word; none while a text is typed."""
        if self._is_typing or self._main is None:
            return []
        bindings = (binding_of(self._app, action) for action in self._actions)
        return [
            FooterKey(self._app.shown_key(binding), binding.description)
            for binding in bindings
            if binding is not None and self._keys(binding)
        ]

    def pressed(self, dialog: Leavable, event: Key) -> None:
        """Close the dialog and do what the key stands for, where that was recommended."""
        main = self._main
        if main is None or self._is_typing or dialog.at_work or dialog.loses_text:
            return
        if dialog.takes(event.key):
            return
        for action, about in self._actions.items():
            binding = binding_of(self._app, action)
            if binding is None or event.key not in self._keys(binding):
                continue
            event.stop()
            event.prevent_default()
            try:
                public = main.vault.records.find(about).public if about else ""
            except WalletError as error:  # locked, gone or renamed meanwhile
                dialog.say(f"{self._app.shown_key(binding)} was for {about}: {error}")
                return
            dialog.finish()
            self._app.call_later(_do, main, action, public, self._app.shown_key(binding))
            return

    @property
    def _main(self) -> Main | None:
        """The main screen, where the dialog lies right above it."""
        below = self._app.screen_stack[-2:-1]
        return below[0] if below and isinstance(below[0], Main) else None

    @property
    def _is_typing(self) -> bool:
        return isinstance(self._app.focused, Input | TextArea | SecretInput)

    def _keys(self, binding: Binding) -> set[str]:
        chosen = self._app.keys.get(binding.id or "", binding.key)
        return set(chosen.split(",")) - _OF_EVERY_DIALOG


async def _do(main: Main, action: str, public: str, key: str) -> None:
    """Select the key that an action is for, and do it: to no other, as those that are marked."""
    try:
        if public and not main.select_key(public):
            main.refuse(f"The key that {key} was for is gone meanwhile: nothing was done.")
        elif public and main.marks:
            main.refuse(f"Keys are marked, and {key} would be for these: let them go first.")
        else:
            await main.action_do(action)
    except WalletError as error:
        main.refuse(str(error))
