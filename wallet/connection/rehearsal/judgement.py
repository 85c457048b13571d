"""nats-server's own judgement of a configuration, told in the lines of the person's files."""

from __future__ import annotations

import re
from typing import NamedTuple

from wallet.codes import Code
from wallet.connection.rehearsal.result import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting import configuration_text, limits
from wallet.connection.rehearsal.rewriting.configuration_text import ConfigurationText, Origin
from wallet.connection.rehearsal.rewriting.isolation import Rewritten
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
_WARNINGS = ("invalid use of field", "will reset to", "config has no values")
_MOST_ROUNDS = 50
_MEANT = {
    "no operator key found": ": no operator is named, so there is no key to check a user, or the "
    "JWT of an account, against",
}


class _Complaint(NamedTuple):
    """One, at its place in the person's files; `value` is what it is about, where that is known."""

    origin: Origin
    what: str
    value: Value | None = None


def judge(rewritten: Rewritten, name: str, sandbox: Sandbox) -> list[ConfigurationFlaw]:
    """Let `nats-server -t` judge every setting; give what it only warns of.

    What was only a name for a value, and what a newer server knows and our list does not, is
    taken out of `rewritten`. Raises `ConfigurationError` with the first thing that the server
    says, at its place in the person's files.
    """
    complaints: list[_Complaint] = []
    for _ in range(_MOST_ROUNDS):
        text = configuration_text.write(rewritten.entries)
        complaints = _complaints(sandbox.complaint(text.text, _JUDGED), text, name)
        out = {id(one.value) for one in complaints if _is_ours(one, rewritten.unknown)}
        if not out:
            break
        rewritten.entries = _without(rewritten.entries, out)
    wrong = sorted(one[:2] for one in complaints if not _is_warning(one))
    if wrong:
        (file, number), what = wrong[0]
        more = f" (and {len(wrong) - 1} more such)" if len(wrong) > 1 else ""
        raise ConfigurationError(file, number, _quoted(sandbox.as_written(what)) + more)
    # What is left of them is known to this server: its value was not given to it.
    rewritten.unjudged += [
        Unjudged(path, value.file, value.line, limits.UNKNOWN)
        for value, path in _of(rewritten.entries, rewritten.unknown)
    ]
    return [_warned(one, sandbox) for one in complaints]


def _complaints(said: str, text: ConfigurationText, name: str) -> list[_Complaint]:
    found, others = [], []
    for line in filter(None, map(str.strip, said.splitlines())):
        match = _COMPLAINT.match(line)
        if match:
            number = int(match[1])
            found.append(_Complaint(text.origin(number), match[2], text.value(number)))
        else:
            others.append(_Complaint(Origin(name, 0), line))
    return found or others


def _is_ours(complaint: _Complaint, unknown: dict[int, str]) -> bool:
    """Whether it is against what is no setting but a name that a variable refers to, or against
    the stand-in for the value of a setting that our list lacks."""
    value, what = complaint.value, complaint.what
    if value is None:
        return False
    if what.startswith(_UNKNOWN) and value.used:
        return True
    return id(value) in unknown and not any(word in what.lower() for word in _MISTAKES)


def _is_warning(complaint: _Complaint) -> bool:
    """`-t` ends with these as with mistakes; a server starts."""
    return any(words in complaint.what for words in _WARNINGS)


def _warned(complaint: _Complaint, sandbox: Sandbox) -> ConfigurationFlaw:
    why = f"{_quoted(sandbox.as_written(complaint.what))}, and starts."
    return ConfigurationFlaw(
        Code.SERVER_WARNING, why, "See whether it is meant so.", *complaint.origin, fatal=False
    )


def not_started(error: ServerFailedError, name: str, sandbox: Sandbox) -> ConfigurationError:
    """Why a server did not start, in its own words, and in ours where those are for its makers."""
    said = sandbox.as_written(str(error))
    more = next((ours for theirs, ours in _MEANT.items() if theirs in said), "")
    return ConfigurationError(name, 0, _quoted(said) + more)


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
    return f"nats-server says “{without_seeds(said.strip().rstrip('.'), 400)}”"
