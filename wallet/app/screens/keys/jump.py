"""Goes to a key: by its path, or any part of that."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.errors import UsageError
from wallet.shell import command
from wallet.text import plain
from wallet.vault.key_record import KeyRecord

_SHOWN = 8


class JumpDialog(Dialog[int]):
    """The dialog ends with the id of the key: the first that fits, or one that is chosen."""

    STARTS_AT = "#path"
    TITLE_TEXT = "Go to a key"
    ACCEPT_LABEL = "Go"
    SEARCHES = True
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    JumpDialog OptionList { height: auto; max-height: 34vh; border: none; }
    """

    def __init__(self, like: Callable[[str, int], list[KeyRecord]]) -> None:
        """`like` gives at most so many keys whose paths fit what is typed."""
        super().__init__()
        self._like = like
        self._keys: list[KeyRecord] = []

    def fields(self) -> ComposeResult:
        yield Input(id="path", placeholder="a path, or a part of it; ↓ chooses, Tab completes")
        yield OptionList(id="keys", markup=False)

    @on(Input.Changed, "#path")
    def _typed(self, event: Input.Changed) -> None:
        self.say("")
        self._keys = self._like(event.value, _SHOWN)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(f"{plain(key.path, 200)}  {key.role}") for key in self._keys)
        options.highlighted = 0 if self._keys else None

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_accept()

    def key_tab(self) -> None:
        """Write the path on that is highlighted."""
        field = self.query_one("#path", Input)
        if (key := self._key) is not None:
            field.value = key.path
            field.cursor_position = len(field.value)

    def key_down(self) -> None:
        """Go into the list."""
        self.set_focus(self.query_one(OptionList))

    @property
    def _key(self) -> KeyRecord | None:
        at = self.query_one(OptionList).highlighted
        return self._keys[at] if at is not None and at < len(self._keys) else None

    def as_command(self) -> str:
        key = self._key
        return command("show", key.path if key else self.query_one("#path", Input).value)

    def accept(self) -> None:
        if (key := self._key) is None:
            raise UsageError("No key is called so. / filters by tag and public key too.")
        self.finish(key.id)


def open_jump(desk: Desk) -> None:
    """Ask for the key to go to."""
    desk.edit(JumpDialog(desk.like))
