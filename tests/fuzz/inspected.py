"""What `inspect` is given, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fuzz.material import CLAIMS, SEED_TEXTS, TEXTS, WORDS, is_safe
from wallet.chain import words
from wallet.exchange.readers.texts import line_folding
from wallet.nats import creds, jwt, typos
from wallet.tasks import inspection

__all__ = ["WORDS"]

SOURCES = (typos, creds, line_folding, inspection, jwt, words)
SEEDS = [*TEXTS, *CLAIMS]


def read(data: bytes, place: Path) -> None:
    """It never raises, and what it says is safe to show."""
    found = inspection.inspect(data, now=1_800_000_000)
    shown = json.dumps(found.to_json(), ensure_ascii=False)
    assert not any(seed in shown for seed in SEED_TEXTS)
    for line in (*found.words, *(f"{each.why} {each.fix}" for each in found.problems)):
        is_safe(line)
