"""nats-server's configuration language, read as the server reads it. Opens files, changes none.

Comments, three kinds of strings, blocks, maps, arrays, numbers with units, variables from the
blocks around and from the environment, and includes. This reader is for what nats-server takes:
it may let pass what the server refuses, so let the server judge a text before this is believed.

Source: nats-io/nats-server, conf/lex.go and conf/parse.go.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from wallet.connection.named_files import content
from wallet.errors import ConfigurationError, UsageError
from wallet.text import plain

MAX_SIZE = 32 << 20
MAX_DEPTH = 100
MAX_INCLUDES = 1000

# What Go's unicode.IsSpace says; Python's own \s differs.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_GAP = re.compile(rf"(?:[{_SPACE}]+|#[^\r\n]*|//[^\r\n]*)*")
_ARRAY_GAP = re.compile(rf"(?:[{_SPACE},]+|#[^\r\n]*|//[^\r\n]*)*")
# One, and no more: what follows it belongs to the next key, even a comma.
_AFTER_VALUE = re.compile(r"[ \t]*(?:(?:#|//)[^\r\n]*)?[;,/\r\n]?")
_KEY = re.compile(rf"[^:=][^{_SPACE}:=]*")
_AFTER_KEY = re.compile(rf"[{_SPACE}]*[:=]?[{_SPACE}]*")
_INCLUDED = re.compile(r"""[ \t]*(?:'([^']*)'|"([^"]*)"|([^\r\n;} \t']*)'?)""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"(?:\\.|[^\\\r\n;,\]} \t'])*")
_BLOCK_END = re.compile(r"\n\)(?=\n|\Z)")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ADDRESS = re.compile(r"-?\d+\.\d+\.[\d.:-]*")
_NUMBER = re.compile(
    r"-?\d+\.\d+|-?\d+(?:[kKmMgGtTpPeE][bBiI]*(?=[\r\n};, \t\d]|\Z)|(?=[\r\n};, \t]|\Z))|-\d+"
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"t": b"\t", "n": b"\n", "r": b"\r", '"': b'"', "\\": b"\\"}
_BOOLEANS = {"true", "false", "on", "off", "yes", "no"}
_BCRYPT = "2a$"  # an unquoted hash looks like a variable, and is none


class Literal(str):
    """A number, boolean or date, as it was written."""

    __slots__ = ()


@dataclass(slots=True)
class Value:
    """A value with the place of its key, or its own in an array.

    A map is a dict, an array a list, a string a str, anything else a `Literal`. `used` says
    that a variable refers to it: the server then does not mind a key that it does not know.
    """

    data: dict[str, Value] | list[Value] | str
    file: str
    line: int
    used: bool = False


@dataclass(slots=True)
class _Reading:
    """What a file and those it includes share."""

    open_files: list[str] = field(default_factory=list)
    included: int = 0
    environment: list[str] = field(default_factory=list)


def read(path: Path, name: str | None = None) -> dict[str, Value]:
    """The configuration in a file, its includes and variables put in place.

    `name` is what the file is called in errors and in `Value.file`. Raises `UsageError` when it
    cannot be opened, `ConfigurationError` for what is no configuration.
    """
    shown = str(path) if name is None else name
    try:
        text = _text(path)
    except OSError as error:
        raise UsageError(
            f"The configuration {plain(shown)} cannot be read: {error.strerror or error}."
        ) from None
    reading = _Reading([os.path.abspath(path)])
    return _Parser(text, os.path.abspath(path), shown, reading).entries({})


def _text(path: Path) -> str:
    return content(path, MAX_SIZE).decode(errors="surrogateescape")


class _Parser:
    def __init__(self, text: str, path: str, name: str, reading: _Reading) -> None:
        self._text, self._path, self._name, self._reading = text, path, name, reading
        self._at = 0
        self._around: list[dict[str, Value]] = []
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def entries(self, found: dict[str, Value], *, inner: bool = False) -> dict[str, Value]:
        """Read `key value` pairs into `found`: to the brace that ends a map, or to the end."""
        self._around.append(found)
        if len(self._around) > MAX_DEPTH:
            raise self._error(f"blocks are nested more than {MAX_DEPTH} deep")
        while True:
            self._skip(_GAP)
            next_one = self._peek()
            if not next_one and inner:
                raise self._error("the text ends within a block that was opened and not closed")
            if not next_one:
                break
            if next_one == "}" or (next_one == "{" and not inner):
                self._at += 1  # braces around the whole, as in JSON, mean nothing
                if inner:
                    break
            else:
                self._entry(found)
                self._skip(_AFTER_VALUE)
        self._around.pop()
        return found

    def _entry(self, found: dict[str, Value]) -> None:
        line = self._line
        quote = self._peek()
        if quote in {'"', "'"}:
            end = self._text.find(quote, self._at + 1)
            if end < 0:
                raise self._error("a key in quotes does not end")
            key = self._text[self._at + 1 : end]
            self._at = end + 1
        else:
            match = _KEY.match(self._text, self._at)
            if match is None:
                raise self._error("there is a value without a key")
            key, self._at = match[0], match.end()
            following = self._peek()
            if key.lower() == "include" and following and following not in ":=":
                self._include(found)
                return
        self._skip(_AFTER_KEY)
        following = self._peek()
        if following in {"}", ","} and len(self._around) == 1:
            value = Value("", self._name, line)  # as the server takes it where no block is open
        elif following in {"", "}", ","}:
            raise self._error(f"“{plain(key)}” has no value")
        else:
            value = self._value()
        value.line = line
        found[key] = value

    def _include(self, found: dict[str, Value]) -> None:
        match = _INCLUDED.match(self._text, self._at)
        wanted = next((group for group in match.groups() if group), "") if match else ""
        if match is None or not wanted:
            raise self._error("include names no file")
        # As the server joins them: even an absolute path is taken from the file's directory.
        path = os.path.normpath(f"{os.path.dirname(self._path)}/{wanted}")
        name = os.path.normpath(os.path.join(os.path.dirname(self._name), wanted.lstrip("/")))
        reading = self._reading
        if path in reading.open_files or reading.included >= MAX_INCLUDES:
            raise self._error(f"includes go in a circle, by {plain(wanted)}", endless=True)
        try:
            text = _text(Path(path))
        except OSError as error:
            raise self._error(
                f"the included file {plain(wanted)} cannot be read: {error.strerror or error}"
            ) from None
        self._at = match.end()
        reading.included += 1
        reading.open_files.append(path)
        found.update(_Parser(text, path, name, reading).entries({}))
        reading.open_files.pop()

    def _value(self) -> Value:
        line, first = self._line, self._peek()
        if first == "{":
            self._at += 1
            return Value(self.entries({}, inner=True), self._name, line)
        if first == "[":
            self._at += 1
            return Value(self._array(), self._name, line)
        if first and first in "'\"(":
            return Value(self._delimited(first), self._name, line)
        for pattern, of in ((_DATE, Literal), (_ADDRESS, str), (_NUMBER, Literal)):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return Value(of(match[0]), self._name, line)
        return self._bare(line)

    def _array(self) -> list[Value]:
        found: list[Value] = []
        self._around.append({})  # counts as a level; variables see through it
        if len(self._around) > MAX_DEPTH:
            raise self._error(f"blocks are nested more than {MAX_DEPTH} deep")
        while True:
            self._skip(_ARRAY_GAP)
            before = self._at
            if self._peek() == "]":
                self._at += 1
                self._around.pop()
                return found
            if not self._peek():
                raise self._error("the text ends within an array that was opened and not closed")
            found.append(self._value())
            if self._at == before:
                raise self._error("an array is not closed before its block ends")

    def _delimited(self, first: str) -> str:
        start = self._at + 1
        if first == "'":
            end = self._text.find("'", start)
            if end >= 0:
                self._at = end + 1
                return self._text[start:end]
        elif first == '"':
            if match := _QUOTED.match(self._text, self._at):
                self._at = match.end()
                return self._unescaped(match[1])
        elif match := _BLOCK_END.search(self._text, start):
            self._at = match.end()
            # At the very end of a text the server counts the closing parenthesis in.
            return self._text[start : match.end() - (self._at < len(self._text))]
        raise self._error("a text in quotes or parentheses does not end")

    def _bare(self, line: int) -> Value:
        match = _BARE.match(self._text, self._at)
        text = match[0] if match else ""
        self._at += len(text)
        if self._peek() == "'":  # ends it too
            self._at += 1
        if "\\" in text:
            return Value(self._unescaped(text), self._name, line)
        if text.lower() in _BOOLEANS:
            return Value(Literal(text), self._name, line)
        if text.startswith("$"):
            return self._variable(text[1:], line)
        return Value(text, self._name, line)

    def _variable(self, name: str, line: int) -> Value:
        if name.startswith(_BCRYPT):
            return Value(f"${name}", self._name, line)
        for block in reversed(self._around):
            if name in block:
                block[name].used = True
                return Value(block[name].data, self._name, line)
        given = os.environ.get(name)
        if given is None:
            raise self._error(f"there is no variable ${plain(name)}, in the environment neither")
        within = self._reading.environment
        if name in within:
            raise self._error(f"the variable ${plain(name)} refers to itself", endless=True)
        within.append(name)
        parser = _Parser(f"pk={given}", os.path.abspath("environment"), self._name, self._reading)
        value = parser.entries({}).get("pk")
        within.pop()
        if value is None:
            raise self._error(f"the variable ${plain(name)} of the environment is empty")
        return Value(value.data, self._name, line)

    def _unescaped(self, text: str) -> str:
        """Escapes give bytes: two of them may be one letter."""
        if "\\" not in text:
            return text
        found, at = b"", 0
        for match in _ESCAPE.finditer(text):
            found += text[at : match.start()].encode(errors="surrogateescape")
            if match[1]:
                found += bytes.fromhex(match[1])
            elif match[2] in _ESCAPED:
                found += _ESCAPED[match[2]]
            else:
                raise self._error(f"there is no escape \\{plain(match[2])}")
            at = match.end()
        found += text[at:].encode(errors="surrogateescape")
        return found.decode(errors="surrogateescape")

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self._text, self._at):
            self._at = match.end()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    @property
    def _line(self) -> int:
        return bisect_right(self._ends, self._at - 1) + 1

    def _error(self, what: str, *, endless: bool = False) -> ConfigurationError:
        return ConfigurationError(self._name, self._line, what, endless=endless)
