"""The values of nats-server's configuration language: texts, numbers, dates. Pure.

Source: nats-io/nats-server 2.15.2, conf/lex.go. 2.14.9 and 2.15.1 changed one rule: 4e2abc, which
begins like a number with a unit, is a text since. Before, no server took a file with it.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from wallet.text import without_seeds

_BARE = re.compile(r"[^\\\r\n\0;,\]} \t']*+")
_QUOTED_PART = re.compile(r'[^"\\\0]*+')
_BLOCK_END = re.compile(r"\n\)(?=[\n\0]|\Z)")
DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ADDRESS = re.compile(r"[\d.:-]*+")
_UNIT = re.compile(r"[kKmMgGtTpPeE][bBiI]*+")
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_ESCAPED = {"t": b"\t", "n": b"\n", "r": b"\r", '"': b'"', "\\": b"\\"}
_BOOLEANS = {"true", "false", "on", "off", "yes", "no"}
# A zero byte is to the server what the end is; at the very end there is the empty text.
END = ("", "\0")
_AFTER_NUMBER = {*"\r\n};, \t", *END}


class WordKind(Enum):
    """The kinds of words in a configuration."""

    KEY = auto()
    TEXT = auto()
    DOUBTFUL = auto()  # a text that servers before 2.14.9, and 2.15.0, refuse
    INTEGER = auto()
    FLOAT = auto()
    BOOLEAN = auto()
    DATE = auto()
    VARIABLE = auto()
    INCLUDE = auto()
    MAP = auto()
    MAP_END = auto()
    ARRAY = auto()
    ARRAY_END = auto()
    END = auto()


class Word(NamedTuple):
    """A word of a configuration; `at` is where in the text it begins, a key's where it ends."""

    kind: WordKind
    text: str
    at: int


class LexicalError(Exception):
    """The server does not take the text; `at` is where in it, the message why."""

    def __init__(self, at: int, what: str, *, endless: bool = False) -> None:
        super().__init__(what)
        self.at = at
        self.endless = endless


class ValueReader:
    """A text, and how far it was read; reads the value that begins there.

    Bytes that are no UTF-8 stand as lone surrogates. What was read waits in `words`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._words: list[Word] = []
        self._delimited = {
            "'": self._single_quoted,
            '"': self._double_quoted,
            "(": self._block,
            "-": self._negative,
        }

    def _scalar(self) -> None:
        """Read what is neither map nor array. Raises `LexicalError`."""
        first, at = self._peek(), self._at
        if first in self._delimited:
            self._delimited[first](at)
        elif first and first in "\r\n":
            raise self._error("a key has no value on its line")
        elif first == ".":
            raise self._error("a number begins with a digit")
        elif DIGITS.match(first):
            self._number(at)
        else:
            self._bare(at)

    def _single_quoted(self, at: int) -> None:
        end = self._until("'", at + 1)
        if self._text[end : end + 1] == "'":
            self._at = end + 1
            self._add(WordKind.TEXT, self._text[at + 1 : end], at)
        elif end == at + 1 and end == len(self._text):
            self._ended()
        else:
            raise self._error("a text in quotes does not end")

    def _double_quoted(self, at: int) -> None:
        self._at += 1
        unescaped = bytearray()
        start = self._at
        while (following := self._next(_QUOTED_PART)) == "\\":
            unescaped += _encoded(self._text[start : self._at]) + self._escape()
            start = self._at
        part = self._text[start : self._at]
        if following == '"':
            self._at += 1
            self._add(WordKind.TEXT, _joined(unescaped, part), at)
        elif following == "" and not part:
            self._ended()  # the server takes it so, right behind a quote or an escape
        else:
            raise self._error("a text in quotes does not end")

    def _block(self, at: int) -> None:
        match = _BLOCK_END.search(self._text, at + 1)
        if match is None or self._text.find("\0", at, match.end()) >= 0:
            raise self._error("a text in parentheses does not end")
        self._at = match.end()
        # At the very end of a text the server counts the closing parenthesis in.
        end = self._at - (self._at < len(self._text))
        self._add(WordKind.TEXT, self._text[at + 1 : end], at)

    def _bare(self, at: int, kind: WordKind = WordKind.TEXT) -> None:
        """A text without quotes that begins at `at`, as far as read; or what only looks so."""
        unescaped = bytearray()
        start = at
        while (following := self._next(_BARE)) == "\\":
            unescaped += _encoded(self._text[start : self._at]) + self._escape()
            start = self._at
        text, escaped = self._text[start : self._at], start > at
        if following == "'":  # ends it too, and it is a text then
            self._at += 1
        elif not escaped and text.lower() in _BOOLEANS:
            kind = WordKind.BOOLEAN
        elif not escaped and text.startswith("$"):
            kind, text = WordKind.VARIABLE, text[1:]
        self._add(kind, _joined(unescaped, text), at)

    def _number(self, at: int) -> None:
        """Read what begins with a digit: a number, a date, an address, or a text after all."""
        following = self._next(DIGITS)
        if following == "-":
            date = _DATE.match(self._text, at)
            if date is None:
                raise self._error("a date is to be written as 2024-01-31T12:00:00Z")
            self._at = date.end()
            self._add(WordKind.DATE, date[0], at)
        elif following == ".":
            self._float(at)
        elif _UNIT.match(following):
            self._with_unit(at)
        elif following in _AFTER_NUMBER:
            self._add(WordKind.INTEGER, self._text[at : self._at], at)
        else:
            self._at += 1  # whatever it is, a quote or a bracket too
            self._bare(at)

    def _with_unit(self, at: int) -> None:
        following = self._next(_UNIT)
        if following in _AFTER_NUMBER:
            self._add(WordKind.INTEGER, self._text[at : self._at], at)
            return
        self._bare(at, WordKind.DOUBTFUL if following.isdecimal() else WordKind.TEXT)

    def _negative(self, at: int) -> None:
        self._at += 1
        if DIGITS.match(self._peek()) is None:
            raise self._error("a digit is to follow the minus")
        following = self._next(DIGITS)
        if following == ".":
            self._float(at)
        elif _UNIT.match(following):
            self._with_unit(at)
        else:
            self._add(WordKind.INTEGER, self._text[at : self._at], at)

    def _float(self, at: int) -> None:
        self._at += 1
        if DIGITS.match(self._peek()) is None:
            raise self._error("a digit is to follow the point")
        if self._next(DIGITS) == ".":
            self._next(_ADDRESS)
            self._add(WordKind.TEXT, self._text[at : self._at], at)
        else:
            self._add(WordKind.FLOAT, self._text[at : self._at], at)

    def _escape(self) -> bytes:
        """The byte that an escape stands for."""
        letter = self._text[self._at + 1 : self._at + 2]
        if letter == "x" and (digits := _HEX.match(self._text, self._at + 2)):
            self._at += 4
            return bytes.fromhex(digits[0])
        if letter not in _ESCAPED:
            raise self._error(f"there is no escape \\{shown(letter)}")
        self._at += 2
        return _ESCAPED[letter]

    def _ended(self) -> None:
        self._add(WordKind.END, "", self._at)

    def _add(self, kind: WordKind, text: str, at: int) -> None:
        self._words.append(Word(kind, text, at))

    def _next(self, pattern: re.Pattern[str]) -> str:
        """Go past what matches, and look at what follows; it is empty at the end."""
        if match := pattern.match(self._text, self._at):
            self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _until(self, quote: str, start: int) -> int:
        """Find where the quote, or else the text, ends."""
        end = self._text.find(quote, start)
        end = len(self._text) if end < 0 else end
        zero = self._text.find("\0", start, end)
        return end if zero < 0 else zero

    def _error(self, what: str) -> LexicalError:
        return LexicalError(self._at, what)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _joined(unescaped: bytearray, last: str) -> str:
    """Escapes give bytes: two of them may be one letter."""
    if not unescaped:
        return last
    return (unescaped + _encoded(last)).decode(errors="surrogateescape")


def shown(text: str) -> str:
    return without_seeds(text, 60)
