"""The lines of a configuration's files: the names in comments beside keys, and keys left over.

A configuration that this wallet writes has each key's path in a comment, and people do the same:

    { nkey: UDXU…CNF4 }  # corp/sales/till
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wallet.errors import KeyFormatError
from wallet.exchange.readers.file_content import NotOpenedError, opened
from wallet.exchange.readers.texts import key_shapes
from wallet.exchange.readers.texts.key_shapes import RunKind
from wallet.nats.config import parser
from wallet.nats.nkeys import Seed
from wallet.secrets import sodium

_SIGN = r"(?:\#|//)[ \t]*"
_BEHIND = re.compile(rf"""^(?:[^"'#]|"[^"]*"|'[^']*')*?[ \t,}}\]]{_SIGN}(\S.*?)[ \t]*$""")
_ALONE = re.compile(rf"^[ \t]*{_SIGN}(\S.*?)[ \t]*$")
_LONGEST = 120  # characters of a comment that may be a name
_MOST_WORDS = 4
_NO_NAME = re.compile(r"[{}\[\]=\"]|:\s|:$")


class Lines:
    """The lines of the files that a configuration consists of, read when they are asked for."""

    def __init__(self) -> None:
        self._files: dict[str, list[bytes]] = {}

    def name_at(self, file: str, line: int) -> str:
        """The name in the comment behind the key of a line, or alone in the line above it."""
        lines = self._of(file)
        if not 1 <= line <= len(lines):
            return ""
        this = lines[line - 1]
        if sum(run.what is not RunKind.TOKEN for run in key_shapes.runs(this)) != 1:
            return ""  # whose name would it be?
        comment = _BEHIND.match(_text(this))
        if comment is None and line > 1:
            comment = _ALONE.match(_text(lines[line - 2]))
        name = comment[1] if comment else ""
        # A sentence, or what was a setting once, is no name.
        plausible = len(name) <= _LONGEST and len(name.split()) <= _MOST_WORDS
        return name.rsplit("/", 1)[-1] if plausible and not _NO_NAME.search(name) else ""

    def others(self, file: str, known: set[str]) -> Iterator[tuple[int, RunKind]]:
        """Give the lines with something like a key or JWT that is none of `known`, and what."""
        for number, line in enumerate(self._of(file), 1):
            for what, place in key_shapes.runs(line):
                part = line[place]
                text = _public_of(part) if what is RunKind.SEED else part.decode("ascii")
                if text not in known:
                    yield number, what

    def _of(self, file: str) -> list[bytes]:
        if file not in self._files:
            try:
                with opened(file, limit=parser.MAX_SIZE) as content:
                    self._files[file] = bytes(content.content).splitlines()
            except NotOpenedError:
                self._files[file] = []
        return self._files[file]


def _text(line: bytes) -> str:
    return line[:2000].decode("utf-8", "replace")


def _public_of(seed: bytes) -> str:
    part = bytearray(seed)
    try:
        with Seed.decode(part) as decoded:
            return decoded.public.text
    except KeyFormatError:
        return ""
    finally:
        sodium.wipe(part)
