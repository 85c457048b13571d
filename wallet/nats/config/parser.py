"""nats-server's configuration language, read as the server reads it. Opens files, changes none.

Comments, three kinds of strings, blocks, maps, arrays, numbers with units, variables from the
blocks around and from the environment, and includes. All work is bounded: what is no regular
file is not opened, and what goes beyond a bound is refused with `endless`, so that it is not
handed on to a reader without bounds.

Source: nats-io/nats-server 2.15.2, conf/parse.go.
"""

from __future__ import annotations

import math
import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from wallet.errors import ConfigurationError, UsageError
from wallet.nats.config.lexer import Lexer
from wallet.nats.config.names import every_setting
from wallet.nats.config.text_cursor import LexicalError, Word, WordKind
from wallet.text import plain, without_seeds

MAX_SIZE = 32 << 20  # bytes of the file and all that it includes
MAX_INCLUDES = 1000
MAX_INCLUDE_DEPTH = 20
MAX_VARIABLES = 100  # of the environment
MAX_VALUES = 500_000
# What variables add, in characters and 16 for each value: about a million values.
MAX_EXPANDED = 16 << 20
_WEIGHT = 16

_BCRYPT = "2a$"  # an unquoted hash looks like a variable, and is none
_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}
_INTEGER = re.compile(r"(-?[0-9]+)([a-zA-Z]*)")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_POWERS = "kmgtpe"
_INT64 = 1 << 63


Contents = Callable[[Path, int], bytes]
"""Gives what is in a file of at most so many bytes. Raises `OSError` with a reason; without an
`errno` where the server would read the file all the same, perhaps without end."""


class Literal(str):
    """A number, boolean or date, as it was written."""

    __slots__ = ()

    @property
    def value(self) -> bool | int | float | datetime:
        """The value that the server takes: numbers of 64 bits, their unit counted in; dates in UTC.

        Raises `ValueError` for what is none, which no configuration that was read holds.
        """
        if (word := self.lower()) in _TRUE | _FALSE:
            return word in _TRUE
        if match := _INTEGER.fullmatch(self):
            return _integer(match[1], match[2].lower())
        if _DATE.fullmatch(self):
            return datetime.strptime(self, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if _FLOAT.fullmatch(self) and math.isfinite(number := float(self)):
            return number
        raise ValueError("out of range")


def _integer(digits: str, unit: str) -> int:
    number = int(digits)
    if not -_INT64 <= number < _INT64:
        raise ValueError("out of range")
    if unit:
        base = 1000 if len(unit) == 1 else 1024
        number *= base ** (_POWERS.index(unit[0]) + 1)
    # What overflows goes round, as in Go.
    return (number + _INT64) % (2 * _INT64) - _INT64


@dataclass(slots=True)
class Value:
    """A value with the place of its key, or its own in an array.

    A map is a dict, an array a list, a string a str, anything else a `Literal`. `used` says
    that a variable refers to it: the server then does not mind a key that it does not know.
    `weight` is what it comes to with its variables put in place: characters, and 16 for a value.
    """

    data: dict[str, Value] | list[Value] | str
    file: str
    line: int
    used: bool = False
    weight: int = field(default=_WEIGHT, compare=False, repr=False)


def is_true(value: Value | None) -> bool:
    """Whether a flag is set to one of the words that the server takes for yes."""
    return value is not None and isinstance(value.data, Literal) and value.data.lower() in _TRUE


def block_of(value: Value | None, path: str) -> dict[str, Value]:
    """A block of settings by the first name of each; `path` says which block it is.

    Empty for what is no block.
    """
    inside = every_setting()[path].inside
    if value is None or inside is None or not isinstance(value.data, dict):
        return {}
    return inside.by_setting(value.data)


class Doubt(NamedTuple):
    """The place of a value that servers of some versions refuse; `line` counts from 1."""

    file: str
    line: int


def sentence(doubts: Sequence[Doubt]) -> str:
    """Say the doubts in a sentence, for the place of the first."""
    more = f" The same is true of {len(doubts) - 1} more." if len(doubts) > 1 else ""
    return (
        "A value here begins like a number with a unit and is a text: nats-server before 2.14.9, "
        f"and 2.15.0, refuse the configuration.{more}"
    )


@dataclass(slots=True)
class _Reading:
    """The state that a file and those it includes share while they are read."""

    content: Contents
    doubts: list[Doubt]
    open_files: list[str] = field(default_factory=list)
    included: int = 0
    read: int = 0
    values: int = 0
    expanded: int = 0
    # What variables of the environment are; None while one is being read.
    environment: dict[str, Value | None] = field(default_factory=dict)


def read(
    path: Path,
    content: Contents,
    name: str | None = None,
    doubts: list[Doubt] | None = None,
) -> dict[str, Value]:
    """The configuration in a file, its includes and variables put in place.

    `content` gives what is in a file. `name` is what this one is called in errors and in
    `Value.file`; `doubts` is filled with what other versions of the server refuse. Raises
    `UsageError` when the file cannot be opened, `ConfigurationError` for what is no configuration.
    """
    shown = str(path) if name is None else name
    reading = _Reading(content, [] if doubts is None else doubts)
    try:
        text = _text(path, reading)
    except OSError as error:
        raise UsageError(
            f"The configuration {plain(shown)} cannot be read: {error.strerror or error}."
        ) from None
    reading.open_files.append(os.path.abspath(path))
    return _ConfigurationParser(text, reading.open_files[0], shown, reading).parse()


def _text(path: Path, reading: _Reading) -> str:
    raw = reading.content(path, MAX_SIZE)
    if raw[:2] in {BOM_UTF16_BE, BOM_UTF16_LE}:
        raise OSError("it is in UTF-16, which nats-server does not read. Save it in UTF-8")
    reading.read += len(raw)
    return raw.decode(errors="surrogateescape")


class _ConfigurationParser:
    """Parses one text of a configuration, and those that it includes.

    A key waits for its value on a stack, as in the server. Where a value is none, such as 1kbb,
    its key stays there, and the block around gets its name.
    """

    def __init__(self, text: str, path: str, name: str, reading: _Reading) -> None:
        self._text, self._path, self._name, self._reading = text, path, name, reading
        self._top: dict[str, Value] = {}
        self._around: list[dict[str, Value] | list[Value]] = [self._top]
        self._begun: list[int] = []  # the lines of those within the first
        self._weights = [0]
        self._keys: list[tuple[str, int]] = []
        self._counted = (0, 1)  # a place in the text, and its line

    def parse(self) -> dict[str, Value]:
        before = None
        try:
            for word in Lexer(self._text).words():
                if word.kind is WordKind.END:
                    if before and before.kind is WordKind.KEY and before.text != "}":
                        raise self._error(
                            f"“{without_seeds(before.text, 60)}” has no value", word.at
                        )
                    break
                before = word
                self._take(word)
        except LexicalError as error:
            raise self._error(str(error), error.at, endless=error.endless) from None
        return self._top

    def _take(self, word: Word) -> None:
        kind, text, at = word
        line = self._line(at)
        if kind is WordKind.KEY:
            self._keys.append((text, line))
        elif kind is WordKind.TEXT:
            self._put(text, line, at)
        elif kind is WordKind.MAP or kind is WordKind.ARRAY:
            self._around.append({} if kind is WordKind.MAP else [])
            self._begun.append(line)
            self._weights.append(_WEIGHT)
        elif kind is WordKind.MAP_END or kind is WordKind.ARRAY_END:
            self._put(self._around.pop(), self._begun.pop(), at, self._weights.pop())
        elif kind is WordKind.VARIABLE:
            self._variable(text, line, at)
        elif kind is WordKind.INCLUDE:
            self._include(text, at)
        elif kind is WordKind.DOUBTFUL:
            self._reading.doubts.append(Doubt(self._name, line))
            self._put(text, line, at)
        else:
            literal = Literal(text)
            try:
                _ = literal.value
            except ValueError:
                raise self._error(f"{plain(text, 40)} is out of range", at) from None
            if kind is not WordKind.INTEGER or _is_unit(text):
                self._put(literal, line, at)

    def _put(
        self,
        data: dict[str, Value] | list[Value] | str,
        line: int,
        at: int,
        weight: int | None = None,
    ) -> None:
        """Set a value where it stands: under the key that waits for it, or in an array."""
        self._reading.values += 1
        if self._reading.values > MAX_VALUES:
            raise self._error(f"it has more than {MAX_VALUES:,} values", at, endless=True)
        weight = _WEIGHT + len(data) if weight is None else weight
        self._weights[-1] += weight
        around = self._around[-1]
        if isinstance(around, list):
            around.append(Value(data, self._name, line, weight=weight))
        else:
            key, line = self._keys.pop()
            around[key] = Value(data, self._name, line, weight=weight)

    # --- includes and variables --------------------------------------------------------------

    def _include(self, wanted: str, at: int) -> None:
        reading, shown = self._reading, without_seeds(wanted)
        if not wanted:
            raise self._error("include names no file", at)
        # As the server joins them: even an absolute path is taken from the file's directory.
        path = os.path.normpath(f"{os.path.dirname(self._path)}/{wanted}")
        name = os.path.normpath(os.path.join(os.path.dirname(self._name), wanted.lstrip("/")))
        reading.included += 1
        too_many = reading.included > MAX_INCLUDES or len(reading.open_files) > MAX_INCLUDE_DEPTH
        if path in reading.open_files or too_many:
            what = f"it includes too many files, with {shown}" if too_many else ""
            raise self._error(what or f"includes go in a circle, by {shown}", at, endless=True)
        try:
            text = _text(Path(path), reading)
        except OSError as error:
            what = f"the included file {shown} cannot be read: {error.strerror or error}"
            if without_seeds(path) != shown:
                though = " even an absolute path" if os.path.isabs(wanted) else ""
                what += (
                    f". nats-server takes{though} from this file's directory: {without_seeds(path)}"
                )
            raise self._error(what, at, endless=error.errno is None) from None
        if reading.read > MAX_SIZE:
            what = f"with what it includes it is larger than {MAX_SIZE >> 20} MiB"
            raise self._error(what, at, endless=True)
        reading.open_files.append(path)
        included = _ConfigurationParser(text, path, name, reading).parse()
        reading.open_files.pop()
        self._weights[-1] += sum(value.weight for value in included.values())
        if isinstance(around := self._around[-1], dict):
            around.update(included)

    def _variable(self, name: str, line: int, at: int) -> None:
        if name.startswith(_BCRYPT):
            self._put(f"${name}", line, at)
            return
        value = self._value_of(name, at)
        value.used = True
        self._reading.expanded += value.weight
        if self._reading.expanded > MAX_EXPANDED:
            what = f"with ${plain(name, 60)} and others put in place it is too large"
            raise self._error(what, at, endless=True)
        self._put(value.data, line, at, value.weight)

    def _value_of(self, name: str, at: int) -> Value:
        for block in reversed(self._around):
            if isinstance(block, dict) and name in block:
                return block[name]
        reading, shown = self._reading, f"${plain(name, 60)}"
        if earlier := reading.environment.get(name):
            return earlier
        if name in reading.environment or len(reading.environment) > MAX_VARIABLES:
            what = f"the variable {shown} refers to itself"
            raise self._error(what, at, endless=True)
        given = os.environ.get(name)
        if given is None:
            what = f"there is no variable {shown}, in the environment neither"
            raise self._error(what, at)
        reading.environment[name] = None
        path = os.path.abspath("environment")
        value = _ConfigurationParser(f"pk={given}", path, shown, reading).parse().get("pk")
        if value is None:
            raise self._error(f"the variable {shown} of the environment has no value", at)
        reading.environment[name] = value
        return value

    # --- places ------------------------------------------------------------------------------

    def _line(self, at: int) -> int:
        counted, line = self._counted
        if at < counted:
            return self._text.count("\n", 0, at) + 1
        line += self._text.count("\n", counted, at)
        self._counted = (at, line)
        return line

    def _error(self, what: str, at: int, *, endless: bool = False) -> ConfigurationError:
        return ConfigurationError(self._name, self._line(at), what, endless=endless)


def _is_unit(text: str) -> bool:
    """Whether a number's unit is one; with any other the server drops the number."""
    unit = text.lstrip("-0123456789").lower()
    return unit[1:] in {"", "b", "i", "ib"}
