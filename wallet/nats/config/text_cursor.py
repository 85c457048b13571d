"""A configuration's text while it is read: how far, and the words that it gave so far. Pure."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple


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


class TextCursor:
    """A text, how far it was read, and the words that wait to be taken.

    Bytes that are no UTF-8 stand as lone surrogates.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[Word] = []

    def ended(self) -> None:
        """Add the word that says that nothing follows."""
        self.add(WordKind.END, "", self.at)

    def add(self, kind: WordKind, text: str, at: int) -> None:
        """Add a word that was read; `at` is where it begins, a key's where it ends."""
        self.words.append(Word(kind, text, at))

    def next(self, pattern: re.Pattern[str]) -> str:
        """Go past what matches, and look at what follows; it is empty at the end."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return self.text[self.at : self.at + 1]

    def peek(self) -> str:
        """The character that follows; empty at the end."""
        return self.text[self.at : self.at + 1]

    def until(self, quote: str, start: int) -> int:
        """Find where the quote, or else the text, ends."""
        end = self.text.find(quote, start)
        end = len(self.text) if end < 0 else end
        zero = self.text.find("\0", start, end)
        return end if zero < 0 else zero

    def error(self, what: str) -> LexicalError:
        """The error that the server refuses the text with, here."""
        return LexicalError(self.at, what)
