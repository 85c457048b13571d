"""The one place where a key's JWT is signed and kept, for a single one and for many alike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from wallet.nats import jwt
from wallet.nats.nkeys import Seed, decode_public
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


class _Keep(Enum):
    KEEP = "as it was"


KEEP: Final = _Keep.KEEP
Time = int | None | _Keep


def sign_and_keep(
    records: Records,
    signer: Seed,
    record: KeyRecord,
    nats: Mapping[str, Any],
    *,
    own: jwt.Claims | None,
    issued: int,
    expires: Time = KEEP,
    not_before: Time = KEEP,
) -> str:
    """Issue the JWT of a key and keep it in the place of its `own`, if it has one.

    It has that one's audience, and its end and beginning where no others are given. Times are
    seconds since 1970.
    """
    token = jwt.issue(
        signer,
        decode_public(record.public),
        nats,
        issued=issued,
        name=record.name,
        expires=_time(expires, own.expires if own else None),
        not_before=_time(not_before, own.not_before if own else None),
        audience=own.audience if own else "",
    )
    records.tokens.set(record.id, token, signed=True)
    return token


def _time(wanted: Time, before: int | None) -> int | None:
    return before if isinstance(wanted, _Keep) else wanted
