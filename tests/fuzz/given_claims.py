"""What `--claims` and the JSON editor are given."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.material import CLAIMS, WORDS, is_safe
from wallet.errors import UsageError
from wallet.nats import jwt, jwt_layout
from wallet.nats.claims import reader
from wallet.nats.nkeys import Kind

__all__ = ["WORDS"]

SOURCES = (reader, jwt, jwt_layout)
SEEDS = CLAIMS


def read(data: bytes, place: Path) -> None:
    """Claims are understood, or refused in safe words."""
    for kind in (Kind.USER, Kind.ACCOUNT, Kind.OPERATOR):
        try:
            given = reader.read(data, kind)
        except UsageError as error:
            is_safe(str(error))
        else:
            is_safe(reader.about_unknown(given.unknown))
            assert not {"type", "version"} & set(given.nats)
