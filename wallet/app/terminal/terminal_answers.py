"""Answers of a terminal among the keys that are typed: taken out, for nobody typed them.

Another program's question (its background colour, the clipboard, what it is) may be answered only
once the wallet reads. Textual knows few of these, and takes the letters of the others for keys:
a clipboard in base64 would mark, copy, undo and delete. A mouse, keys and the answers to Textual's
own questions pass.
"""

from __future__ import annotations

import re
import time

# Strings with their end: OSC with a number, DCS as it answers, and APC of pictures; another escape
# breaks one off. After Esc a `]`, `P` or `_` is a key where what follows is none of these.
_BEGIN = r"\x1b(?:\]\d|P[\d>!+$=|]|_G)[^\x07\x1b]*"
_STRING = re.compile(_BEGIN + r"(?:\x07|\x1b\\|(?=\x1b[^\\]))")
_BEGUN = re.compile(rf"(?:\x1b[\]P_]|{_BEGIN}\x1b?)\Z")
# Control sequences that no key sends: with a private mark, and reports of state and size. But for
# modes ($y), which Textual asks for, and a size that it is told of (48;…t).
_REPORT = re.compile(r"\x1b\[(?:[?>=][\d;:]*(?!\$y)[ -/]*[@-~]|\d*n|(?!48;)\d+(?:;\d+)*t)")

_PATIENCE = 2.0
"""Seconds after which no end of a string comes any more."""


class TerminalAnswers:
    """Takes answers out of what is read, also where they come in pieces."""

    def __init__(self) -> None:
        self._begun, self._since = "", 0.0

    def taken_out(self, text: str) -> str:
        """Give what is left of a text that was read; what may be the begin of an answer waits."""
        if not self._begun and "\x1b" not in text:
            return text
        self._since = self._since if self._begun else time.monotonic()
        text, self._begun = _REPORT.sub("", _STRING.sub("", self._begun + text)), ""
        if begun := _BEGUN.search(text):
            text, self._begun = text[: begun.start()], begun[0]
        return text

    def overdue(self) -> str:
        """Give what waited, where it was a key with Alt; the rest of an answer is thrown away.

        Called when nothing was read for a moment.
        """
        begun = self._begun
        if len(begun) > 2 and time.monotonic() - self._since < _PATIENCE:
            return ""
        self._begun = ""
        return begun if len(begun) <= 2 else ""
