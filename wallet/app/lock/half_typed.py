"""The half-typed text of a person at a lock: sealed meanwhile, and put back after unlocking.

It stays in memory alone, and opens only under the key that the vault had then. Kept are the
filter and the fields of forms that say so (`KEEPS_TEXT`), as far as they were changed. Fields for
secrets are of another kind than these and never read; nor is a field kept that holds a seed, JWT
or creds, for people paste them in odd places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from textual.screen import Screen
from textual.widgets import Checkbox, Input, OptionList, Select, TextArea
from textual.widgets.option_list import OptionDoesNotExist

from wallet.errors import WalletError
from wallet.nats.seed_likeness import looks_like_seed
from wallet.secrets import sodium
from wallet.text import shared_beginning
from wallet.vault.vault import Vault

Texts = Mapping[str, str]
_JWT = re.compile(r"eyJ[\w-]{8,}")
_CREDS = re.compile(r"-----BEGIN ")
LOGIN = re.compile(r"://[^/\s?#]*@")
"""An address with a name, token or password before the host."""
_LOGIN_ALONE = re.compile(r"(?<!\S)(?!mailto:)[^\s:@/]+:[^\s@]+@\S|[^\s@]@[^\s@/]+:\d")


@dataclass(frozen=True, slots=True, repr=False)
class HalfTyped:
    """The filter, the marks, and the changed fields of a `form` that the `action` opened on a key.

    Where that opened a list, and a key in it the form, the key's action is the `step`. `before` is
    what these fields held when the form was opened, `now` at the lock. `subject` is the one that is
    asked about; `left` is what the lock found at work.
    """

    filter: str = ""
    subject: str = ""
    marks: tuple[tuple[int, str], ...] = ()  # each key's id and public half
    form: str = ""  # the dialog's class
    action: str = ""
    public: str = ""
    step: str = ""
    focus: str = ""
    before: Texts = field(default_factory=dict)
    now: Texts = field(default_factory=dict)
    left: tuple[tuple[int, str], ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.filter or self.subject or self.marks or self.now or self.left)

    def sealed(self, vault: Vault) -> bytes:
        """Seal it under the vault's key. Raises `LockedError`."""
        return vault.seal_text(bytearray(json.dumps(asdict(self)).encode()))

    @classmethod
    def unsealed(cls, vault: Vault, sealed: bytes | None) -> HalfTyped | None:
        """Open what was kept; None where it is of another vault, or of another key."""
        if sealed is None:
            return cls()
        try:
            text = vault.unseal_text(sealed)
        except WalletError:
            return None
        try:
            return cls(**json.loads(text))
        finally:
            sodium.wipe(text)


def is_secret(text: str) -> bool:
    """Whether a text is none to keep: it holds a seed, a recovery code, a JWT, creds or a login."""
    patterns = _JWT, _CREDS, LOGIN, _LOGIN_ALONE
    return any(pattern.search(text) for pattern in patterns) or looks_like_seed(text)


def texts_of(screen: Screen[Any]) -> dict[str, str]:
    """The text of every field of a screen that is not for secrets, by the field's id."""
    texts = {}
    for widget in screen.query("Input, TextArea, Select, Checkbox"):
        if widget.id and not (isinstance(widget, Input) and widget.password):
            texts[widget.id] = _text_of(widget)
    return texts


def choices_of(screen: Screen[Any]) -> dict[str, str]:
    """The choice that is made in every list of a screen, by the list's id."""
    chosen = {one.id: str(one.value) for one in screen.query(Select) if one.id}
    for options in screen.query(OptionList):
        if options.id and options.highlighted_option and options.highlighted_option.id:
            chosen[options.id] = options.highlighted_option.id
    return chosen


def _text_of(widget: object) -> str:
    if isinstance(widget, TextArea):
        return widget.text
    return str(widget.value) if isinstance(widget, Input | Select | Checkbox) else ""


def changed(before: Texts, now: Texts) -> dict[str, str]:
    """The fields whose text is another now, without those that hold a secret."""
    return {
        name: text for name, text in now.items() if before.get(name) != text and not is_secret(text)
    }


def written(before: str, now: str) -> int:
    """Count the characters that somebody wrote, or took away, to make the one text the other."""
    start = len(shared_beginning([before, now]))
    end = len(shared_beginning([before[start:][::-1], now[start:][::-1]]))
    return max(len(before), len(now)) - start - end


def fill(screen: Screen[Any], texts: Texts) -> None:
    """Put texts into the fields of these ids; one that is not there any more is left out."""
    for widget in screen.query("Input, TextArea, Select, Checkbox, OptionList"):
        text = texts.get(widget.id or "")
        if text is None:
            continue
        if isinstance(widget, Input):
            widget.value = text
            widget.cursor_position = len(text)
        elif isinstance(widget, TextArea):
            widget.text = text
            widget.move_cursor(widget.document.end)
        elif isinstance(widget, Checkbox):
            widget.value = text == str(True)
        elif isinstance(widget, OptionList):
            with suppress(OptionDoesNotExist):
                widget.highlighted = widget.get_option_index(text)
        elif isinstance(widget, Select):
            widget.value = next(
                (value for _, value in widget._options if str(value) == text), widget.value
            )
