"""A configuration written anew, each line with the file and line that it comes from. Pure.

One key or element a line, every string in quotes: nothing is left to be read twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wallet.errors import ConfigurationError
from wallet.nats.config.parser import Literal, Value
from wallet.secrets import encoding
from wallet.text import server_string

MAX_LINES = 4_000_000


class Origin(NamedTuple):
    """A file of the person's configuration and a line in it, from 1; 0 where it is not known."""

    file: str
    line: int

    @classmethod
    def of(cls, value: Value) -> Origin:
        """The line where a value stands."""
        return cls(value.file, value.line)


@dataclass(frozen=True, slots=True)
class ConfigurationText:
    """A configuration to give to nats-server: line n comes from `values[n - 1]`."""

    text: str
    values: tuple[Value, ...]

    def value(self, line: int) -> Value:
        """The value in a line of the text, from 1; the last value for a line beyond the end."""
        return self.values[min(line, len(self.values)) - 1]

    def origin(self, line: int) -> Origin:
        """The line of the person's files that a line of the text, from 1, comes from."""
        return Origin.of(self.value(line))


def write(entries: Mapping[str, Value]) -> ConfigurationText:
    """Write settings as nats-server reads them.

    Raises `ConfigurationError` for a text of too many lines, and for a key that cannot be written.
    """
    writer = _Writer()
    for key, value in entries.items():
        writer.setting(key, value)
    return ConfigurationText("\n".join([*writer.lines, ""]), tuple(writer.values))


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.values: list[Value] = []

    def setting(self, key: str, value: Value) -> None:
        self._value(value, f"{_key(key, value)}: ")

    def _value(self, value: Value, before: str) -> None:
        data = value.data
        if isinstance(data, dict):
            self._line(before + "{", value)
            for key, inner in data.items():
                self.setting(key, inner)
            self._line("}", value)
        elif isinstance(data, list):
            self._line(before + "[", value)
            for element in data:
                self._value(element, "")
            self._line("]", value)
        else:
            self._line(before + (data if isinstance(data, Literal) else server_string(data)), value)

    def _line(self, text: str, value: Value) -> None:
        if len(self.lines) >= MAX_LINES:
            what = "with its variables put in place it is too large"
            raise ConfigurationError(value.file, value.line, what)
        self.lines.append(text)
        self.values.append(value)


def _key(key: str, value: Value) -> str:
    if key.startswith(encoding.MARK):
        what = "it begins with a byte-order mark, with which nats-server does not start"
        raise ConfigurationError(value.file, value.line, what)
    quote = "'" if '"' in key else '"'
    if quote in key or not key.replace(" ", "").isprintable():
        raise ConfigurationError(
            value.file, value.line, "a key has a quote or control character in it"
        )
    return f"{quote}{key}{quote}"
