"""A store of nsc: names and contents of its files, cut out of one input."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.material import (
    ACCOUNT,
    CREDS,
    OPERATOR,
    PUBLIC,
    SEED,
    USER,
    holds_together,
)
from tests.fuzz.material import (
    WORDS as COMMON,
)
from wallet.exchange.readers import directory, jwt_contents, nsc_store, sources
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader

_BETWEEN = b"\n---\n"
_MOST = 12  # files of one store
SOURCES = (directory, jwt_contents, nsc_store, sources)
WORDS = (*COMMON, _BETWEEN, b"../", b".nsc\n")
SEEDS = [
    _BETWEEN.join(
        [
            b"stores/corp/.nsc\n{}",
            b"stores/corp/corp.jwt\n" + OPERATOR.encode(),
            b"stores/corp/accounts/sales/sales.jwt\n" + ACCOUNT.encode(),
            b"stores/corp/accounts/sales/users/till.jwt\n" + USER.encode(),
            b"keys/U/%s/%s.nk\n%s" % (PUBLIC[1:3], PUBLIC, SEED),
            b"creds/corp/sales/till.creds\n" + CREDS,
            b'context/prod.json\n{"url": "nats://a", "creds": "till.creds"}',
        ]
    )
]


def read(data: bytes, place: Path) -> None:
    """Make the files, as far as they can be called so, and read the directory."""
    for number, part in enumerate(data.split(_BETWEEN)[:_MOST]):
        name, _, content = part.partition(b"\n")
        safe = name.decode("utf-8", "replace").replace("\0", "")[:120]
        inside = [step for step in safe.split("/") if step.strip(".")] or [f"x{number}"]
        path = place.joinpath(*inside)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except (OSError, ValueError):
            continue
    with Findings() as into:
        SourceReader(into).path(place)
        holds_together(into)
