"""What of a rewritten configuration a server is started with, and where it listens then. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from wallet.connection.rehearsal.rewriting.isolation import Rewritten
from wallet.nats.config.names import every_setting, settings
from wallet.nats.config.parser import Literal, Value

# Words for the log, and what would be opened, sent or asked: judged by `-t`, and then ours.
_OURS = """log_file log_size_limit log_max_num syslog remote_syslog debug trace trace_verbose
trace_headers logtime logtime_utc ports_file_dir ocsp"""
_NOT_STARTED = frozenset(_OURS.split())
_ASKS_URL = re.compile(r"^(?!.*MEM).*URL", re.IGNORECASE | re.DOTALL)
_PORT = re.compile(r"(?:.*:)?([0-9]+)")


class Door(NamedTuple):
    """Where clients of one kind come in: `client`, `websocket`, `mqtt` or `leafnodes`.

    `block` is what the configuration says of it; for `client` all of it.
    """

    kind: str
    port: int
    block: dict[str, Value]
    origin: tuple[str, int]


def to_start(rewritten: Rewritten) -> dict[str, Value]:
    """What the server is started with: nothing that our list does not know."""
    made: dict[str, Value] = {}
    for key, value in rewritten.entries.items():
        name = settings().first_name(key)
        if name in _NOT_STARTED or id(value) in rewritten.unknown:
            continue
        if name == "jetstream":
            value = _without_tpm(value)
        made[key] = _known(value, rewritten.unknown)
        if name == "resolver" and _asks_url(value):
            made[key] = Value("MEMORY", value.file, value.line)
    # A certificate may ask for a staple though no setting does.
    made["ocsp"] = Value(Literal("false"), "", 0)
    return made


def _without_tpm(jetstream: Value) -> Value:
    inside = every_setting()["jetstream"].inside
    if inside is None or not isinstance(jetstream.data, dict):
        return jetstream
    kept = {key: value for key, value in jetstream.data.items() if inside.first_name(key) != "tpm"}
    return Value(kept, jetstream.file, jetstream.line, jetstream.used)


def _known(value: Value, unknown: dict[int, str]) -> Value:
    if isinstance(value.data, dict):
        kept = {
            key: _known(inner, unknown)
            for key, inner in value.data.items()
            if id(inner) not in unknown
        }
        return Value(kept, value.file, value.line, value.used)
    if isinstance(value.data, list):
        listed = [_known(one, unknown) for one in value.data]
        return Value(listed, value.file, value.line, value.used)
    return value


def _asks_url(value: Value) -> bool:
    data = value.data
    text = isinstance(data, str) and not isinstance(data, Literal)
    return text and bool(_ASKS_URL.match(str(data)))


def doors(started: dict[str, Value]) -> list[Door]:
    """The doors that a server opens with what it is started with."""
    found = settings().by_setting(started)
    anybody = found.get("no_auth_user")
    where = (anybody.file, anybody.line) if anybody else ("", 0)
    made = [Door("client", _opened(found) or 0, found, where)]
    for kind in ("websocket", "mqtt", "leafnodes"):
        block = found.get(kind)
        setting = settings().find(kind)
        if block and isinstance(block.data, dict) and setting and setting.inside:
            inner = setting.inside.by_setting(block.data)
            if port := _opened(inner):
                inherited = {"no_auth_user": anybody, **inner} if anybody else inner
                made.append(Door(kind, port, inherited, (block.file, block.line)))
    return [door for door in made if door.port]


def _opened(found: dict[str, Value]) -> int:
    for name in ("listen", "port"):
        value = found.get(name)
        match = _PORT.fullmatch(value.data) if value and isinstance(value.data, str) else None
        if match:
            return int(match[1])
    return 0
