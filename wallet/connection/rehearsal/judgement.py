"""nats-server's own judgement of a configuration, told in the lines of the person's files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wallet.codes import Code
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting import configuration_text, limits
from wallet.connection.rehearsal.rewriting.configuration_text import ConfigurationText, Origin
from wallet.connection.rehearsal.rewriting.isolation import IsolatedConfiguration
from wallet.connection.rehearsal.rewriting.limits import Unjudged
from wallet.connection.rehearsal.sandbox import Sandbox
from wallet.errors import ConfigurationError
from wallet.nats.config.parser import Value
from wallet.system.natsserver import ServerFailedError
from wallet.text import without_seeds

_JUDGED = "judged.conf"
_COMPLAINT = re.compile(rf"^.*{re.escape(_JUDGED)}:(\d+)(?::\d+)?: (.*)$")
_UNKNOWN = "unknown field "
# In blocks with checks of their own.
_MISTAKES = ("unknown", "unsupported", "not supported", "unexpected")
# Source: nats-server opts.go, what goes to `warnings`.
_WARNINGS = (
    *("invalid use of field", "will reset to", "config has no values"),
    *("ignored since no destination", "requires TLS and no TLS configuration is provided"),
)
_MOST_ROUNDS = 50
_MEANT = {
    "no operator key found": ": no operator is named, so there is no key to check a user, or the "
    "JWT of an account, against",
}


class _Complaint(NamedTuple):
    """A complaint of nats-server's about a line of the person's files.

    `value` is the value that it is about, where that is known.
    """

    origin: Origin
    words: str
    value: Value | None = None


def judge(
    configuration: IsolatedConfiguration, name: str, sandbox: Sandbox
) -> list[ConfigurationFlaw]:
    """Let `nats-server -t` judge every setting of a configuration; give what it only warns of.

    What was only a name for a value, and what a newer server knows and our list does not, is
    taken out of `configuration`. Raises `ConfigurationError` with the first complaint of the
    server, at the line of the person's files that it is about.
    """
    complaints: list[_Complaint] = []
    for _ in range(_MOST_ROUNDS):
        text = configuration_text.write(configuration.entries)
        complaints = _complaints(sandbox.complaint(text.text, _JUDGED), text, name)
        ours = {id(one.value) for one in complaints if _is_ours(one, configuration.unknown)}
        if not ours:
            break
        configuration.entries = _without(configuration.entries, ours)
    mistakes = sorted(one[:2] for one in complaints if not _is_warning(one))
    if mistakes:
        (file, number), words = mistakes[0]
        more = f" (and {len(mistakes) - 1} more such)" if len(mistakes) > 1 else ""
        raise ConfigurationError(file, number, _quoted(sandbox.as_written(words)) + more)
    # Those still there are known to this server: their values were not given to it.
    configuration.unjudged += [
        Unjudged(path, value.file, value.line, limits.UNKNOWN)
        for value, path in _still_there(configuration.entries, configuration.unknown)
    ]
    return [_warning(one, sandbox) for one in complaints]


def _complaints(output: str, text: ConfigurationText, name: str) -> list[_Complaint]:
    """The complaints in nats-server's output: those about a line, else all."""
    about_a_line, others = [], []
    for line in filter(None, map(str.strip, output.splitlines())):
        match = _COMPLAINT.match(line)
        if match:
            number = int(match[1])
            about_a_line.append(_Complaint(text.origin(number), match[2], text.value(number)))
        else:
            others.append(_Complaint(Origin(name, 0), line))
    return about_a_line or others


def _is_ours(complaint: _Complaint, unknown: dict[int, str]) -> bool:
    """Whether it is about what is no setting but a name that a variable refers to, or about
    the stand-in for the value of a setting that our list lacks."""
    value, words = complaint.value, complaint.words
    if value is None:
        return False
    if words.startswith(_UNKNOWN) and value.used:
        return True
    return id(value) in unknown and not any(word in words.lower() for word in _MISTAKES)


def _is_warning(complaint: _Complaint) -> bool:
    """Whether a server starts all the same; `-t` ends with a warning as with a mistake."""
    return any(words in complaint.words for words in _WARNINGS)


def _warning(complaint: _Complaint, sandbox: Sandbox) -> ConfigurationFlaw:
    why = f"{_quoted(sandbox.as_written(complaint.words))}, and starts."
    return ConfigurationFlaw(
        Code.SERVER_WARNING, why, "See whether it is meant so.", *complaint.origin, fatal=False
    )


def start_error(error: ServerFailedError, name: str, sandbox: Sandbox) -> ConfigurationError:
    """Say why a server did not start with the configuration `name`.

    In its own words, and in ours too where those are for its makers.
    """
    words = sandbox.as_written(str(error))
    more = next((ours for theirs, ours in _MEANT.items() if theirs in words), "")
    return ConfigurationError(name, 0, _quoted(words) + more)


def _without(entries: dict[str, Value], ours: set[int]) -> dict[str, Value]:
    """Leave out the values with these ids, here and in the blocks within."""
    others = {}
    for key, value in entries.items():
        if id(value) in ours:
            continue
        if isinstance(value.data, dict):
            value.data = _without(value.data, ours)
        elif isinstance(value.data, list):
            for element in value.data:
                if isinstance(element.data, dict):
                    element.data = _without(element.data, ours)
        others[key] = value
    return others


def _still_there(entries: dict[str, Value], unknown: dict[int, str]) -> Iterator[tuple[Value, str]]:
    """The values of settings that our list lacks, each with the path of its setting."""
    for value in entries.values():
        if id(value) in unknown:
            yield value, unknown[id(value)]
        elif isinstance(value.data, dict):
            yield from _still_there(value.data, unknown)
        elif isinstance(value.data, list):
            for element in value.data:
                if isinstance(element.data, dict):
                    yield from _still_there(element.data, unknown)


def _quoted(words: str) -> str:
    return f"nats-server says “{without_seeds(words.strip().rstrip('.'), 400)}”"
