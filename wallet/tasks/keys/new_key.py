"""New keys: one, many of a stem, or a signing key; what `new` and its dialog both do, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wallet.nats.claims.content import refuse_new_seed
from wallet.nats.nkeys import PublicKey, Seed
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

MOST = 100_000  # at once


@dataclass(frozen=True, slots=True)
class KeyWish:
    """Says what keys are to be: `under` is the path of their parent, empty where they stand alone.

    `nats` says what they may do, else they are without limits; they end and begin at times in
    seconds since 1970; `signer` is a signing key of their account, by public key.
    """

    name: str | None = None
    under: str = ""
    tags: Sequence[str] = ()
    nats: Mapping[str, Any] | None = None
    expires: int | None = None
    not_before: int | None = None
    signer: str | None = None

    def parent(self, records: Records) -> int | None:
        """The id of the parent. Raises `NoSuchKeyError`."""
        return records.find_parent(self.under).id if self.under else None


def make_one(issuing: Issuing, records: Records, key: Seed | PublicKey, wish: KeyWish) -> KeyRecord:
    """Keep a key, or its public half, with its JWT where an operator stands above it.

    The seed stays the caller's to wipe. Raises what `Issuing.add` raises, and `UsageError` where
    what it may do has a seed in it.
    """
    refuse_new_seed(wish.nats or {}, {})
    parent = wish.parent(records)
    if isinstance(key, PublicKey):
        return issuing.add_public(key, name=wish.name, under=parent)
    record = issuing.add(
        key,
        name=wish.name,
        under=parent,
        tags=wish.tags,
        nats=wish.nats,
        expires=wish.expires,
        signer=wish.signer,
    )
    if wish.not_before is not None:
        issuing.edit(record.id, issuing.claims(record.id), not_before=wish.not_before)
    return records.get(record.id)


def make_many(
    issuing: Issuing, records: Records, seeds: Iterable[Seed], wish: KeyWish
) -> list[KeyRecord]:
    """Keep many keys, called by the stem that is their name. Raises what `make_one` raises."""
    refuse_new_seed(wish.nats or {}, {})
    parent, nats, tags = wish.parent(records), wish.nats, wish.tags
    if tags and parent is not None and records.get(parent).has_jwt:
        nats = {**(nats or {}), "tags": list(tags)}
    new_keys = issuing.add_many(
        seeds,
        stem=wish.name,
        under=parent,
        nats=nats,
        expires=wish.expires,
        signer=wish.signer,
    )
    if not tags:
        return new_keys
    for record in new_keys:
        records.set_tags(record.id, tags)
    return [records.get(record.id) for record in new_keys]


def make_signing_key(
    issuing: Issuing,
    records: Records,
    seed: Seed,
    wish: KeyWish,
    scope: Mapping[str, Any] | None = None,
) -> KeyRecord:
    """Keep a signing key of the operator or account that it hangs beneath, and name it there.

    Raises what `Issuing.add_signing_key` raises, and `UsageError` where the scope has a seed in it.
    """
    refuse_new_seed(scope or {}, {})
    owner = records.find_parent(wish.under)
    record = issuing.add_signing_key(owner.id, seed, name=wish.name, scope=scope)
    records.set_tags(record.id, wish.tags)
    return records.get(record.id)
