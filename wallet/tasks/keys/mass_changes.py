"""Changes of many keys at once: in one change of the vault, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from wallet.errors import NoSuchKeyError, UsageError
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.tasks.keys import moves
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.tree.marks import as_they_are
from wallet.vault.vault import Vault

Find = Callable[[Records], list[KeyRecord]]
"""Finds the keys that are meant, in the fresh records of a change."""

Change = Callable[[Issuing, Records, KeyRecord], None]
Prepare = Callable[[Issuing, Records, list[KeyRecord]], None]


@dataclass(frozen=True, slots=True)
class MassOutcome:
    """The keys after a change of all of them, and what is to be told of signing."""

    keys: tuple[KeyRecord, ...]
    issuing: Issuing = field(repr=False)


def shown(keys: Sequence[KeyRecord]) -> Find:
    """Find keys again that a person saw listed. Raises `NoSuchKeyError` where one is gone."""

    def find(records: Records) -> list[KeyRecord]:
        there = as_they_are(records, keys)
        if len(there) < len(keys):
            here = {key.public for key in there}
            gone = few([key.path for key in keys if key.public not in here])
            raise NoSuchKeyError(f"{gone}: deleted meanwhile. Nothing was changed; look again.")
        return there

    return find


def change_each(
    vault: Vault, find: Find, change: Change, before: Prepare | None = None
) -> MassOutcome:
    """Change each key that is found, and do `before` that what is done once for all of them.

    Raises what `Vault.change`, `find`, `before` and `change` raise.
    """
    with vault.change() as records:
        issuing = Issuing(records)
        keys = find(records)
        if before is not None:
            before(issuing, records, keys)
        for record in keys:
            change(issuing, records, record)
        return MassOutcome(tuple(as_they_are(records, keys)), issuing)


def retire(vault: Vault, find: Find, *, undo: bool = False) -> MassOutcome:
    """Mark keys as retired, or take them back into use."""
    status = "active" if undo else "retired"
    return change_each(
        vault, find, lambda _issuing, records, record: records.set_status(record.id, status)
    )


def move(vault: Vault, find: Find, path: str, *, agreed: bool = False) -> MassOutcome:
    """Hang keys under the account or operator at `path`; empty: they stand alone.

    `agreed`: a person knows what that costs. Raises what `moves.move` raises.
    """

    def move_one(issuing: Issuing, records: Records, record: KeyRecord) -> None:
        moves.move(issuing, records, record.id, moves.place(records, path), agreed=agreed)

    def revoke(issuing: Issuing, records: Records, keys: list[KeyRecord]) -> None:
        under = moves.place(records, path)
        users = (key for key in keys if key.kind is Kind.USER and key.parent != under)
        issuing.revoking.revoke_together(users)

    return change_each(vault, find, move_one, before=revoke)


def tag(
    vault: Vault, find: Find, add: Sequence[str], remove: Sequence[str], *, sign: bool = False
) -> MassOutcome:
    """Put tags on keys, behind those that are there, and take tags off.

    With `sign` JWTs that lack one of a key's tags are signed anew. Raises `UsageError` without a
    tag, and for one that is to be added and removed.
    """
    if not add and not remove:
        raise UsageError("Say which tags are to be added, or removed.")
    if both := sorted(set(add) & set(remove)):
        raise UsageError(f"The tag {both[0]} cannot be added and removed at once.")

    def tag_one(issuing: Issuing, records: Records, record: KeyRecord) -> None:
        remaining = [tag for tag in record.tags if tag not in remove]
        wanted = list(dict.fromkeys([*remaining, *add]))
        if wanted != list(record.tags):
            issuing.set_tags(record.id, wanted)
        claims = records.tokens.claims(record.id) if sign else None
        if claims is not None and not set(wanted) <= set(claims.tags):
            issuing.reissue(record.id)

    return change_each(vault, find, tag_one)


def topmost(records: Records, keys: Iterable[KeyRecord]) -> list[KeyRecord]:
    """Leave out the keys that hang beneath another of `keys`: what is done to that is to them."""
    given = list(keys)
    chosen = {record.id for record in given}

    def hangs_beneath(record: KeyRecord) -> bool:
        parent = record.parent
        while parent is not None and parent not in chosen:
            parent = records.get(parent).parent
        return parent is not None

    return [record for record in given if not hangs_beneath(record)]
