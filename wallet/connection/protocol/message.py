"""A message as a server sends it, and the errors where none came. Pure: what only names these
loads nothing that connects."""

from __future__ import annotations

from typing import NamedTuple


class ClosedError(Exception):
    """The server closed the connection; `rest` is what it said without ending the line."""

    def __init__(self, rest: bytes = b"") -> None:
        super().__init__("closed")
        self.rest = rest


class ProtocolError(Exception):
    """Something came that is not the NATS protocol; `got` is its beginning."""

    def __init__(self, got: bytes, what: str) -> None:
        super().__init__(what)
        self.got = got[:200]


class Message(NamedTuple):
    """A published message: its headers, empty for none, and its payload."""

    headers: bytes
    payload: bytes
