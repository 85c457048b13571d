"""The settings that nats-server is started with, and the ports at which it listens then. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from wallet.connection.rehearsal.rewriting.configuration_text import Origin
from wallet.connection.rehearsal.rewriting.isolation import IsolatedConfiguration, asks_url
from wallet.nats.config.names import every_setting, settings
from wallet.nats.config.parser import Literal, Value

# Words for the log, and what would be opened, sent or asked: judged by `-t`, and then ours.
_OURS = """log_file log_size_limit log_max_num syslog remote_syslog debug trace trace_verbose
trace_headers logtime logtime_utc ports_file_dir ocsp"""
_NOT_STARTED = frozenset(_OURS.split())
_NUMBER = re.compile(r"(?:.*:)?([0-9]+)")


class Door(NamedTuple):
    """A port where clients of one `kind` come in: `client`, `websocket`, `mqtt` or `leafnodes`.

    `block` are its settings by their first names; for `client` those of the whole configuration.
    `origin` is where the configuration opens it, or for `client` where it sets `no_auth_user`.
    """

    kind: str
    port: int
    block: dict[str, Value]
    origin: Origin


def to_start(isolated: IsolatedConfiguration) -> dict[str, Value]:
    """Leave of a configuration what a server is started with: nothing that our list lacks."""
    entries: dict[str, Value] = {}
    for key, value in isolated.entries.items():
        name = settings().first_name(key)
        if name in _NOT_STARTED or id(value) in isolated.unknown:
            continue
        if name == "jetstream":
            value = _without_tpm(value)
        entries[key] = _without_unknown(value, isolated.unknown)
        if name == "resolver" and isinstance(value.data, str) and asks_url(value.data):
            entries[key] = Value("MEMORY", value.file, value.line)
    # A certificate may ask for a staple though no setting does.
    entries["ocsp"] = Value(Literal("false"), "", 0)
    return entries


def _without_tpm(jetstream: Value) -> Value:
    inside = every_setting()["jetstream"].inside
    if inside is None or not isinstance(jetstream.data, dict):
        return jetstream
    others = {
        key: value for key, value in jetstream.data.items() if inside.first_name(key) != "tpm"
    }
    return Value(others, jetstream.file, jetstream.line, jetstream.used)


def _without_unknown(value: Value, unknown: dict[int, str]) -> Value:
    if isinstance(value.data, dict):
        entries = {
            key: _without_unknown(inner, unknown)
            for key, inner in value.data.items()
            if id(inner) not in unknown
        }
        return Value(entries, value.file, value.line, value.used)
    if isinstance(value.data, list):
        elements = [_without_unknown(element, unknown) for element in value.data]
        return Value(elements, value.file, value.line, value.used)
    return value


def doors(entries: dict[str, Value]) -> list[Door]:
    """The doors that a server opens which is started with these settings."""
    by_name = settings().by_setting(entries)
    anybody = by_name.get("no_auth_user")
    origin = Origin.of(anybody) if anybody else Origin("", 0)
    possible = [Door("client", _port(by_name), by_name, origin)]
    for kind in ("websocket", "mqtt", "leafnodes"):
        block = by_name.get(kind)
        setting = settings().find(kind)
        if block and isinstance(block.data, dict) and setting and setting.inside:
            inner = setting.inside.by_setting(block.data)
            inherited = {"no_auth_user": anybody, **inner} if anybody else inner
            possible.append(Door(kind, _port(inner), inherited, Origin.of(block)))
    return [door for door in possible if door.port]


def _port(by_name: dict[str, Value]) -> int:
    """The port that a block opens; 0 where it opens none."""
    for name in ("listen", "port"):
        value = by_name.get(name)
        match = _NUMBER.fullmatch(value.data) if value and isinstance(value.data, str) else None
        if match:
            return int(match[1])
    return 0
