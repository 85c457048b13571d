"""The words of nats-server's configuration language, told apart as the server does. Pure.

A state for each place of the text, as the server has it, and with what comes of that: a closing
brace too many is a key, a number may turn out to be a text, a zero byte ends what the end of the
text would end. Every state is quick about what it meets most, and its work is bounded by the
text's size.

Source: nats-io/nats-server 2.15.2, conf/lex.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from wallet.nats.config.text_cursor import LexicalError, TextCursor, Word, WordKind
from wallet.nats.config.values import DIGITS, END, read_value, shown

MAX_DEPTH = 100  # of blocks and arrays

# What Go's unicode.IsSpace says; Python's own \s differs.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_COMMENT = r"(?:#|//)[^\r\n\0]*+"
_GAP = re.compile(rf"(?:[{_SPACE}]++|{_COMMENT})*+")
_SPACES = re.compile(rf"[{_SPACE}]*+")
_BLANKS = re.compile(r"[ \t]*+")
_A_COMMENT = re.compile(_COMMENT)
# After a value a slash by itself means nothing where no block is open, or only braces are.
_AFTER_TOP = re.compile(r"(?:[ \t]|/(?!/))*+")
_AFTER_BRACES = re.compile(r"(?:[ \t\r\n]|/(?!/))*+")
_KEY = re.compile(rf"[\s\S][^{_SPACE}:=\0]*+")
_MAP_SEPARATOR = re.compile(rf"[{_SPACE}]*+[:=]?[{_SPACE}]*+")
_INCLUDED = re.compile(r"[^\r\n\0;} \t']*+")


_State = Callable[[], "_State | None"]


class Lexer:
    """The words of a text."""

    def __init__(self, text: str) -> None:
        self._cursor = TextCursor(text)
        self._open: list[_State] = []  # where to go on when a value, or what is open, ends

    def words(self) -> Iterator[Word]:
        """Every word in turn. Raises `LexicalError`."""
        state: _State | None = self._top
        waiting = self._cursor.words
        while state is not None:
            state = state()
            if waiting:
                yield from waiting
                waiting.clear()

    # --- where no block is open, or only braces around the whole ----------------------------

    def _top(self) -> _State | None:
        first = self._cursor.next(_GAP)
        if first == "{":
            self._cursor.at += 1
            return self._opened(self._top, self._braces)
        return self._entry(first, self._after_top)

    def _entry(self, first: str, then: _State) -> _State | None:
        if first == "":
            self._cursor.ended()
            return None
        if first in {"\0", "/"}:
            raise self._cursor.error("there is a stray slash or zero byte")
        return self._opened(then, self._key)

    def _after_top(self) -> _State | None:
        first = self._cursor.next(_AFTER_TOP)
        if first in {"#", "/"}:
            self._cursor.next(_A_COMMENT)
        elif first in {*"\r\n;,}", *END}:
            self._cursor.at += len(first)
        else:
            raise self._cursor.error(f"“{shown(first)}” follows a value on its line")
        return self._top

    def _braces(self) -> _State | None:
        first = self._cursor.next(_GAP)
        if first == "{":
            self._cursor.at += 1
            return self._opened(self._after_braces, self._braces)
        if first == "}":
            self._cursor.at += 1
            return self._open.pop()
        return self._entry(first, self._after_in_braces)

    def _after_in_braces(self) -> _State | None:
        first = self._cursor.next(_AFTER_TOP)
        if first in {"#", "/"}:
            self._cursor.next(_A_COMMENT)
            return self._after_in_braces
        if first == "}":
            return self._after_braces
        if first and first in "\r\n;,":
            self._cursor.at += 1
            return self._braces
        raise self._cursor.error("a value is not ended before the text ends, or on its line")

    def _after_braces(self) -> _State | None:
        first = self._cursor.next(_AFTER_BRACES)
        if first in {"#", "/"}:
            self._cursor.next(_A_COMMENT)
        elif first and first in ";,}":
            self._cursor.at += 1
        else:
            raise self._cursor.error("a brace is not closed")
        return self._open.pop() if first == "}" else self._braces

    def _key(self) -> _State | None:
        first = self._cursor.peek()
        if first in {":", "="}:
            raise self._cursor.error("there is a value without a key")
        if first in {'"', "'"}:
            if not self._quoted_key(first):
                self._cursor.ended()
                return None
        else:
            key = self._bare_key()
            if self._is_include(key):
                return self._include()
            self._cursor.add(WordKind.KEY, key, self._cursor.at)
        following = self._cursor.next(_SPACES)
        if following in {":", "="}:
            self._cursor.at += 1
        elif following in END:
            self._cursor.ended()
            return None
        return self._value

    # --- maps and arrays ---------------------------------------------------------------------

    def _map(self) -> _State | None:
        first = self._cursor.next(_GAP)
        if first == "}":
            return self._closed(WordKind.MAP_END)
        if first in {":", "="}:
            raise self._cursor.error("there is a value without a key")
        if first == "]":
            raise self._cursor.error("an array ends here that was not begun in this block")
        if first in END:
            raise self._cursor.error("the text ends within a block that was opened and not closed")
        if first in {'"', "'"}:
            if not self._quoted_key(first):
                raise self._cursor.error("the text ends within a key in quotes")
        else:
            # A slash by itself is passed over, and whatever follows it begins a key.
            self._cursor.at += first == "/"
            key = self._bare_key()
            if self._cursor.peek() in END:
                raise self._cursor.error(f"the text ends after the key “{shown(key)}”")
            if self._is_include(key):
                self._open.append(self._after_in_map)
                return self._include()
            self._cursor.add(WordKind.KEY, key, self._cursor.at)
        following = self._cursor.next(_MAP_SEPARATOR)
        if following == ",":
            raise self._cursor.error("a key has no value")
        if following == "}":
            return self._closed(WordKind.MAP_END)
        return self._opened(self._after_in_map, self._value)

    def _after_in_map(self) -> _State | None:
        return self._after_in("\r\n;,", "}", self._after_in_map, self._map)

    def _array(self) -> _State | None:
        first = self._cursor.next(_GAP)
        if first == "]":
            return self._closed(WordKind.ARRAY_END)
        if first in {",", "/"}:
            raise self._cursor.error(f"“{first}” stands where a value of an array belongs")
        return self._opened(self._after_in_array, self._value)

    def _after_in_array(self) -> _State | None:
        return self._after_in("\r\n,", "]", self._after_in_array, self._array)

    def _after_in(self, marks: str, end: str, here: _State, further: _State) -> _State | None:
        cursor = self._cursor
        first = cursor.next(_BLANKS)
        if first == end:
            return self._closed(WordKind.MAP_END if end == "}" else WordKind.ARRAY_END)
        if first in {"#", "/"} and (comment := _A_COMMENT.match(cursor.text, cursor.at)):
            cursor.at = comment.end()
            return here
        if first == "/" or (first and first in marks):
            cursor.at += 1
            return further
        what = "a block" if end == "}" else "an array"
        if first == "":
            raise cursor.error(f"the text ends within {what} that was opened and not closed")
        raise cursor.error(f"“{shown(first)}” follows a value in {what}, and not “,” or “{end}”")

    # --- keys and includes -------------------------------------------------------------------

    def _bare_key(self) -> str:
        match = _KEY.match(self._cursor.text, self._cursor.at)
        if match is None:
            raise self._cursor.error("the text ends where a key belongs")
        self._cursor.at = match.end()
        return match[0]

    def _quoted_key(self, quote: str) -> bool:
        """Read a key in quotes; False where the text ends with the quote."""
        start = self._cursor.at + 1
        end = self._cursor.until(quote, start)
        if self._cursor.text[end : end + 1] != quote:
            if end == start:
                return False
            raise self._cursor.error("a key in quotes does not end")
        self._cursor.add(WordKind.KEY, self._cursor.text[start:end], end)
        self._cursor.at = end + 1
        return True

    def _is_include(self, key: str) -> bool:
        # İ is the one letter elsewhere that Go lowers to one of these.
        return (
            len(key) == len("include")
            and key.replace("İ", "i").lower() == "include"
            and self._cursor.peek() not in {":", "=", *END}
        )

    def _include(self) -> _State | None:
        first, at = self._cursor.next(_BLANKS), self._cursor.at
        if first in {'"', "'"}:
            end = self._cursor.until(first, at + 1)
            if self._cursor.text[end : end + 1] != first:
                raise self._cursor.error("the name of an included file does not end")
            name, self._cursor.at = self._cursor.text[at + 1 : end], end + 1
        elif first and (first in "[{(-\\\r\n" or DIGITS.match(first)):
            raise self._cursor.error("include names no file")
        else:
            self._cursor.next(_INCLUDED)
            name = self._cursor.text[at : self._cursor.at]
            self._cursor.at += self._cursor.peek() == "'"
        self._cursor.add(WordKind.INCLUDE, name, at)
        return self._open.pop()

    # --- values ------------------------------------------------------------------------------

    def _value(self) -> _State | None:
        first, at = self._cursor.next(_BLANKS), self._cursor.at
        if first == "{":
            self._cursor.at += 1
            self._cursor.add(WordKind.MAP, "", at)
            return self._map
        if first == "[":
            self._cursor.at += 1
            self._cursor.add(WordKind.ARRAY, "", at)
            return self._array
        read_value(self._cursor)
        if self._cursor.words and self._cursor.words[-1].kind is WordKind.END:
            return None
        return self._open.pop()

    # --- what all of them need ---------------------------------------------------------------

    def _opened(self, then: _State, now: _State) -> _State:
        """Go on with `now`, and when that ends with `then`."""
        self._open.append(then)
        if len(self._open) > MAX_DEPTH:
            raise LexicalError(
                self._cursor.at, f"blocks are nested more than {MAX_DEPTH} deep", endless=True
            )
        return now

    def _closed(self, kind: WordKind) -> _State:
        self._cursor.add(kind, "", self._cursor.at)
        self._cursor.at += 1
        return self._open.pop()
