"""JSON from a sender that is not trusted: bounded in depth, read by type. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from wallet.connection.protocol.message import ProtocolError
from wallet.text import plain

MAX_DEPTH = 20
MAX_INTEGER = 1 << 63


def json_object(data: bytes) -> dict[str, object]:
    """Read a JSON object from an untrusted sender, not nested deeper than 20.

    Raises `ProtocolError` for anything else.
    """
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise ProtocolError(data, "JSON nested too deeply")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ProtocolError(data, "text that is not JSON") from None
    if not isinstance(value, dict):
        raise ProtocolError(data, "JSON that is not an object")
    return value


_COMMAND, _NO_COMMAND = "nkey-wallet ", "nkey\N{NON-BREAKING HYPHEN}wallet "


def text_in(value: object, limit: int = 100) -> str:
    """Make a text safe to show and not too long; give an empty one for what is no text.

    What reads as a command of the wallet's own does so no more: the app makes keys of those.
    """
    return plain(value, limit).replace(_COMMAND, _NO_COMMAND) if isinstance(value, str) else ""


def count_in(value: object) -> int | None:
    """Read a number of things; give None for what is none."""
    return value if type(value) is int and 0 <= value <= MAX_INTEGER else None


def moment_in(value: object) -> datetime | None:
    """Read a time as Go writes it, with more digits of a second than Python takes."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", value))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _depth(data: bytes) -> int:
    """Count how deep JSON is nested; brackets in strings count too: no INFO has so many."""
    depth = deepest = 0
    for byte in data:
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest
