"""nats-server's own judgement of a configuration, told in the lines of the person's files."""

from __future__ import annotations

import re

from wallet.connection import configuration_text, unjudged
from wallet.connection.configuration_text import Origin, Text
from wallet.connection.rewriting import Rewritten
from wallet.connection.sandbox import Sandbox
from wallet.connection.serverconf import Value
from wallet.connection.unjudged import Unjudged
from wallet.errors import ConfigurationError
from wallet.system.natsserver import ServerFailedError
from wallet.text import plain, without_seeds

_JUDGED = "judged.conf"
_COMPLAINT = re.compile(rf"^.*{re.escape(_JUDGED)}:(\d+)(?::\d+)?: (.*)$")
_UNKNOWN = "unknown field "
# In blocks with checks of their own.
_MISTAKES = ("unknown", "unsupported", "not supported", "unexpected")
_MOST_ROUNDS = 50


def judge(rewritten: Rewritten, name: str, sandbox: Sandbox) -> None:
    """Let `nats-server -t` judge every setting.

    What was only a name for a value, and what a newer server knows and our list does not, is
    taken out of `rewritten`. Raises `ConfigurationError` with the first thing that the server
    says, at its place in the person's files.
    """
    for _ in range(_MOST_ROUNDS):
        text = configuration_text.write(rewritten.entries)
        said = sandbox.complaint(text.text, _JUDGED)
        if not said:
            break
        out = _taken_out(said, text, rewritten.unknown)
        if not out:
            raise _complaint(said, text, name, sandbox)
        rewritten.entries = _without(rewritten.entries, out)
    # What is left of them is known to this server: its value was not given to it.
    rewritten.unjudged += [
        Unjudged(path, value.file, value.line, unjudged.UNKNOWN)
        for value, path in _of(rewritten.entries, rewritten.unknown)
    ]


def _taken_out(said: str, text: Text, unknown: dict[int, str]) -> set[int]:
    """The ids of the values that are none of the person's mistakes; empty if one is."""
    found = set()
    for line in said.splitlines():
        match = _COMPLAINT.match(line.strip())
        if match is None:
            return set()
        value = text.value(int(match[1]))
        mistake = any(word in match[2].lower() for word in _MISTAKES)
        if not _name_only(match[2], value) and (mistake or id(value) not in unknown):
            return set()
        found.add(id(value))
    return found


def _name_only(what: str, value: Value) -> bool:
    """Whether it is against what is no setting, but a name that a variable refers to."""
    return what.startswith(_UNKNOWN) and value.used


def _complaint(said: str, text: Text, name: str, sandbox: Sandbox) -> ConfigurationError:
    found: list[tuple[Origin, str]] = []
    for line in said.splitlines():
        match = _COMPLAINT.match(line.strip())
        if match and not _name_only(match[2], text.value(int(match[1]))):
            found.append((text.origin(int(match[1])), match[2]))
    if not found:
        return ConfigurationError(name, 0, _quoted(sandbox.as_written(said)))
    found.sort()
    (file, number), what = found[0]
    more = f" (and {len(found) - 1} more such)" if len(found) > 1 else ""
    return ConfigurationError(file, number, _quoted(sandbox.as_written(what)) + more)


def not_started(error: ServerFailedError, name: str, sandbox: Sandbox) -> ConfigurationError:
    """Why a server did not start, in its own words."""
    return ConfigurationError(name, 0, _quoted(sandbox.as_written(str(error))))


def _without(entries: dict[str, Value], out: set[int]) -> dict[str, Value]:
    kept = {}
    for key, value in entries.items():
        if id(value) in out:
            continue
        if isinstance(value.data, dict):
            value.data = _without(value.data, out)
        elif isinstance(value.data, list):
            for one in value.data:
                if isinstance(one.data, dict):
                    one.data = _without(one.data, out)
        kept[key] = value
    return kept


def _of(entries: dict[str, Value], unknown: dict[int, str]) -> list[tuple[Value, str]]:
    found = []
    for value in entries.values():
        if id(value) in unknown:
            found.append((value, unknown[id(value)]))
        elif isinstance(value.data, dict):
            found += _of(value.data, unknown)
        elif isinstance(value.data, list):
            for one in value.data:
                if isinstance(one.data, dict):
                    found += _of(one.data, unknown)
    return found


def _quoted(said: str) -> str:
    return f"nats-server says “{without_seeds(plain(said.strip().rstrip('.'), 400), 400)}”"
