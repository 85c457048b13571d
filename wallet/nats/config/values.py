"""The values of nats-server's configuration language: texts, numbers, dates. Pure.

Source: nats-io/nats-server 2.15.2, conf/lex.go. 2.14.9 and 2.15.1 changed one rule: 4e2abc, which
begins like a number with a unit, is a text since. Before, no server took a file with it.
"""

from __future__ import annotations

import re

from wallet.nats.config.text_cursor import TextCursor, WordKind
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


def read_value(cursor: TextCursor) -> None:
    """Read what is neither map nor array. Raises `LexicalError`."""
    first, at = cursor.peek(), cursor.at
    if first in _DELIMITED:
        _DELIMITED[first](cursor, at)
    elif first and first in "\r\n":
        raise cursor.error("a key has no value on its line")
    elif first == ".":
        raise cursor.error("a number begins with a digit")
    elif DIGITS.match(first):
        _number(cursor, at)
    else:
        _bare(cursor, at)


def _single_quoted(cursor: TextCursor, at: int) -> None:
    end = cursor.until("'", at + 1)
    if cursor.text[end : end + 1] == "'":
        cursor.at = end + 1
        cursor.add(WordKind.TEXT, cursor.text[at + 1 : end], at)
    elif end == at + 1 and end == len(cursor.text):
        cursor.ended()
    else:
        raise cursor.error("a text in quotes does not end")


def _double_quoted(cursor: TextCursor, at: int) -> None:
    cursor.at += 1
    unescaped = bytearray()
    start = cursor.at
    while (following := cursor.next(_QUOTED_PART)) == "\\":
        unescaped += _encoded(cursor.text[start : cursor.at]) + _escape(cursor)
        start = cursor.at
    part = cursor.text[start : cursor.at]
    if following == '"':
        cursor.at += 1
        cursor.add(WordKind.TEXT, _joined(unescaped, part), at)
    elif following == "" and not part:
        cursor.ended()  # the server takes it so, right behind a quote or an escape
    else:
        raise cursor.error("a text in quotes does not end")


def _block(cursor: TextCursor, at: int) -> None:
    match = _BLOCK_END.search(cursor.text, at + 1)
    if match is None or cursor.text.find("\0", at, match.end()) >= 0:
        raise cursor.error("a text in parentheses does not end")
    cursor.at = match.end()
    # At the very end of a text the server counts the closing parenthesis in.
    end = cursor.at - (cursor.at < len(cursor.text))
    cursor.add(WordKind.TEXT, cursor.text[at + 1 : end], at)


def _bare(cursor: TextCursor, at: int, kind: WordKind = WordKind.TEXT) -> None:
    """A text without quotes that begins at `at`, as far as read; or what only looks so."""
    unescaped = bytearray()
    start = at
    while (following := cursor.next(_BARE)) == "\\":
        unescaped += _encoded(cursor.text[start : cursor.at]) + _escape(cursor)
        start = cursor.at
    text, escaped = cursor.text[start : cursor.at], start > at
    if following == "'":  # ends it too, and it is a text then
        cursor.at += 1
    elif not escaped and text.lower() in _BOOLEANS:
        kind = WordKind.BOOLEAN
    elif not escaped and text.startswith("$"):
        kind, text = WordKind.VARIABLE, text[1:]
    cursor.add(kind, _joined(unescaped, text), at)


def _number(cursor: TextCursor, at: int) -> None:
    """Read what begins with a digit: a number, a date, an address, or a text after all."""
    following = cursor.next(DIGITS)
    if following == "-":
        date = _DATE.match(cursor.text, at)
        if date is None:
            raise cursor.error("a date is to be written as 2024-01-31T12:00:00Z")
        cursor.at = date.end()
        cursor.add(WordKind.DATE, date[0], at)
    elif following == ".":
        _float(cursor, at)
    elif _UNIT.match(following):
        _with_unit(cursor, at)
    elif following in _AFTER_NUMBER:
        cursor.add(WordKind.INTEGER, cursor.text[at : cursor.at], at)
    else:
        cursor.at += 1  # whatever it is, a quote or a bracket too
        _bare(cursor, at)


def _with_unit(cursor: TextCursor, at: int) -> None:
    following = cursor.next(_UNIT)
    if following in _AFTER_NUMBER:
        cursor.add(WordKind.INTEGER, cursor.text[at : cursor.at], at)
        return
    _bare(cursor, at, WordKind.DOUBTFUL if following.isdecimal() else WordKind.TEXT)


def _negative(cursor: TextCursor, at: int) -> None:
    cursor.at += 1
    if DIGITS.match(cursor.peek()) is None:
        raise cursor.error("a digit is to follow the minus")
    following = cursor.next(DIGITS)
    if following == ".":
        _float(cursor, at)
    elif _UNIT.match(following):
        _with_unit(cursor, at)
    else:
        cursor.add(WordKind.INTEGER, cursor.text[at : cursor.at], at)


def _float(cursor: TextCursor, at: int) -> None:
    cursor.at += 1
    if DIGITS.match(cursor.peek()) is None:
        raise cursor.error("a digit is to follow the point")
    if cursor.next(DIGITS) == ".":
        cursor.next(_ADDRESS)
        cursor.add(WordKind.TEXT, cursor.text[at : cursor.at], at)
    else:
        cursor.add(WordKind.FLOAT, cursor.text[at : cursor.at], at)


def _escape(cursor: TextCursor) -> bytes:
    """The byte that an escape stands for."""
    letter = cursor.text[cursor.at + 1 : cursor.at + 2]
    if letter == "x" and (digits := _HEX.match(cursor.text, cursor.at + 2)):
        cursor.at += 4
        return bytes.fromhex(digits[0])
    if letter not in _ESCAPED:
        raise cursor.error(f"there is no escape \\{shown(letter)}")
    cursor.at += 2
    return _ESCAPED[letter]


_DELIMITED = {"'": _single_quoted, '"': _double_quoted, "(": _block, "-": _negative}


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _joined(unescaped: bytearray, last: str) -> str:
    """Escapes give bytes: two of them may be one letter."""
    if not unescaped:
        return last
    return (unescaped + _encoded(last)).decode(errors="surrogateescape")


def shown(text: str) -> str:
    return without_seeds(text, 60)
