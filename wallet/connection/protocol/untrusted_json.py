"""JSON from a sender that is not trusted: bounded in depth, read by type. Pure."""

from __future__ import annotations

import json

from wallet.connection.protocol.wire import ProtocolError

MAX_DEPTH = 20


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
