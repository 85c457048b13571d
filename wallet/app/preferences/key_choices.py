"""The keys of actions, those that a person chose in the place of the usual ones. Pure.

Kept as a JSON object from the ids of bindings to keys, as Textual names both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.widgets import Input, TextArea

from wallet.errors import UsageError

FIXED = {
    "escape": "leaves a screen",
    "enter": "does what is chosen",
    "tab": "goes on to the next field",
    "shift+tab": "goes back to the field before",
    "ctrl+q": "leaves the wallet",
    "ctrl+c": "copies what is selected with the mouse",
    "ctrl+p": "opens the palette",
    "ctrl+z": "suspends the wallet",
    "ctrl+t": "picks a theme",
    **dict.fromkeys(("up", "down", "left", "right"), "moves"),
    **dict.fromkeys(("pageup", "pagedown", "home", "end"), "moves"),
}
"""Keys that stay, in every terminal, with what they do: whoever errs gets out with them."""

SAME_AS = {
    "ctrl+m": "Enter",
    "ctrl+i": "Tab",
    "ctrl+j": "the line's end that Enter sends, too",
    "ctrl+h": "Backspace",
    "ctrl+left_square_bracket": "Esc",
}
"""Keys that most terminals send as another. Source: xterm's ctlseqs; they are one control byte."""

IN_ALL_DIALOGS = "dialog"
IN_LISTS = "lists"
ROOMS = {
    "main": "Main screen",
    IN_ALL_DIALOGS: "All dialogs, and tests",
    IN_LISTS: "Dialogs, outside of fields",
    "servers": "Servers",
    "shares": "What an account shares",
    "import": "Import: two that differ",
    "merge": "Join: both changed it",
    "parted": "A file that parted",
    "health": "What needs a look",
    "passphrase": "A new passphrase",
    "help": "Help",
    "keys": "Keys of actions",
}
"""The parts of the app in which a key must be the only one of its kind, with their headings."""

_TYPED = {
    *("backspace", "delete", "space", "ctrl+g", "ctrl+o", "ctrl+r", "ctrl+y"),
    *(
        key
        for field in (Input, TextArea)
        for binding in field.BINDINGS
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    ),
}
"""Keys that write, in one dialog or another."""
_KEY = re.compile(r"((ctrl|shift|alt|super|hyper|meta)\+)*[A-Za-z0-9_]{1,40}")
_LONGEST = 20_000  # characters of the text


@dataclass(frozen=True, slots=True)
class ActionKey:
    """An action that has a key. Of several keys the last can be changed, as the k of `up,k`."""

    id: str
    usual: str
    label: str

    @property
    def room(self) -> str:
        """The part of the app where its key must be the only one of its kind."""
        room = self.id.partition(".")[0]
        return "main" if room == "tree" else room

    def meets(self, other: ActionKey) -> bool:
        """Whether one key for both would do only one of them."""
        apart = "main" in {self.room, other.room}
        everywhere = {IN_ALL_DIALOGS, IN_LISTS} & {self.room, other.room}
        return self.room == other.room or (bool(everywhere) and not apart)

    @property
    def besides(self) -> tuple[str, ...]:
        """The keys that it has besides, and keeps."""
        return tuple(self.usual.split(",")[:-1])

    @property
    def usual_key(self) -> str:
        return self.usual.split(",")[-1]


def changeable(bindings: Iterable[Binding]) -> list[ActionKey]:
    """The actions whose key can be changed: they have an id, and none of the keys that stay."""
    actions = [ActionKey(each.id, each.key, each.description) for each in bindings if each.id]
    return [action for action in actions if action.usual_key and action.usual_key not in FIXED]


@dataclass(frozen=True, slots=True)
class KeyChoices:
    """The keys that were chosen, by id; `unknown` are those of actions that are not here."""

    actions: Sequence[ActionKey]
    chosen: Mapping[str, str]
    unknown: Mapping[str, object]

    @classmethod
    def read(cls, actions: Sequence[ActionKey], text: str) -> tuple[KeyChoices, str]:
        """Read what is kept, and say in a sentence what of it cannot hold.

        Nothing of it is lost: what is of another version, or in conflict, stays for that.
        """
        usual = cls(actions, {}, {})
        if not text:
            return usual, ""
        try:
            kept = json.loads(text) if len(text) <= _LONGEST else None
        except (ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict):
            return usual, "The keys that were chosen cannot be read, so the usual ones hold."
        by_id = {action.id: action for action in actions}
        keys = {name: key for name, key in kept.items() if name in by_id and key is not None}
        refused = [by_id[name].label for name, key in keys.items() if not isinstance(key, str)]
        keys = {name: key for name, key in keys.items() if isinstance(key, str)}
        choices = cls(actions, keys, {})
        while bad := next((name for name in choices.chosen if choices._problem(by_id[name])), None):
            refused.append(by_id[bad].label)
            left = {name: key for name, key in choices.chosen.items() if name != bad}
            choices = replace(choices, chosen=left)
        unknown = {name: key for name, key in kept.items() if name not in choices.chosen}
        problem = (
            f"The key that was chosen for {', '.join(refused)} cannot be used." if refused else ""
        )
        return replace(choices, unknown=unknown), problem

    @property
    def text(self) -> str:
        """The choices as they are kept."""
        return json.dumps({**self.unknown, **self.chosen}, sort_keys=True)

    @property
    def keymap(self) -> dict[str, str]:
        """The choices as Textual takes them: all keys of each action."""
        besides = {action.id: action.besides for action in self.actions}
        return {name: ",".join((*besides[name], key)) for name, key in self.chosen.items()}

    def key(self, action: ActionKey) -> str:
        """The key of an action, the chosen or the usual one."""
        return self.chosen.get(action.id, action.usual_key)

    def with_key(self, action: ActionKey, key: str) -> KeyChoices:
        """Give an action another key. Raises `UsageError` where that is not to be had."""
        choices = self._with({**self.chosen, action.id: key})
        if problem := choices._problem(action):
            raise UsageError(problem)
        return choices

    def without(self, action: ActionKey) -> KeyChoices:
        """Give an action its usual key again. Raises `UsageError` where another has it now."""
        left = {name: key for name, key in self.chosen.items() if name != action.id}
        return self.with_key(action, action.usual_key)._with(left)

    def all_usual(self) -> KeyChoices:
        """Give every action here its usual key again; those of other versions keep theirs."""
        here = {action.id for action in self.actions}
        others = {name: key for name, key in self.unknown.items() if name not in here}
        return KeyChoices(self.actions, {}, others)

    def _with(self, chosen: Mapping[str, str]) -> KeyChoices:
        usual = {action.id: action.usual_key for action in self.actions}
        changed = {name: key for name, key in chosen.items() if usual[name] != key}
        unknown = {name: key for name, key in self.unknown.items() if name not in chosen}
        return replace(self, chosen=changed, unknown=unknown)

    def _problem(self, action: ActionKey) -> str:
        """Say why an action cannot have the key that it has in these choices, if it cannot."""
        key = self.key(action)
        if key in FIXED:
            return f"That key {FIXED[key]}, everywhere: it stays so. Press another."
        if key in SAME_AS:
            return f"Terminals send it as {SAME_AS[key]}: nobody can tell the two. Press another."
        if not _KEY.fullmatch(key):
            return "The terminal has no name for that key. Press another."
        typed = action.room in {IN_ALL_DIALOGS, "passphrase"}
        if typed and (len(key) == 1 or key in _TYPED) and key != action.usual_key:
            return "In a dialog that key is for typing. Press another."
        for other in self.actions:
            # Those that share their usual key are meant so: no dialog has both.
            both_usual = key == action.usual_key and other.usual_key == key
            both_usual = both_usual and other.room != action.room
            taken = key in {self.key(other), *other.besides}
            if other != action and action.meets(other) and taken and not both_usual:
                return (
                    f"{other.label} has that key. Press another, or give {other.label} one first."
                )
        return ""
