"""Keys, creds, contexts and whatever else is pasted, or stands in a file that is imported."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.material import PUBLIC, SEED, TEXTS, WORDS, holds_together
from wallet.exchange.readers import (
    auth_backup,
    contexts,
    env_file,
    formats,
    jwt_contents,
    keys_in_text,
    material,
    sources,
    told_servers,
)
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.exchange.readers.texts import key_shapes, labels, ledger, line_folding, source_text
from wallet.nats import creds
from wallet.secrets import encoding

__all__ = ["WORDS"]

SOURCES = (
    *(
        ledger,
        auth_backup,
        contexts,
        env_file,
        formats,
        keys_in_text,
        material,
        jwt_contents,
        labels,
    ),
    *(sources, told_servers, source_text, key_shapes, creds, encoding, line_folding),
)
SEEDS = [
    *TEXTS,
    b"# shop\nDB=1\nexport NKEY=" + SEED + b'\nQUOTED="' + SEED + b'\n"\n',
]


def read(data: bytes, place: Path) -> None:
    """As a paste, and as a file."""
    with Findings() as into:
        SourceReader(into).text(bytearray(data))
        holds_together(into)
        # A key that stands there by itself is taken, or something is said.
        if not (into.bad or into.notes) and b"\0" not in data:
            taken = {each.public.text.encode() for each in into.mentions}
            assert PUBLIC in taken or not {SEED, PUBLIC} & set(data.split())
    (place / "till.nk").write_bytes(data)
    with Findings() as into:
        SourceReader(into).path(place / "till.nk")
        holds_together(into)
