"""Comparing a vault with a file of it that is to take its place. Over records; no disk.

The contents of the file become the next save, but for what must never go back: revocations.
Whoever was shut out since the file was written stays shut out, so the revocations of both are
united in each account's JWT, which is signed anew, later than either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wallet.errors import UsageError
from wallet.nats.claims import revocations as lists
from wallet.nats.claims.union import unite_revocations
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


@dataclass(frozen=True, slots=True)
class Restoration:
    """The keys that a restore changes, each list in the order of the tree.

    `going` are only in the vault now, `coming` only in the file. Of `changed` both know the
    key, and name, place, status, tags, notes, seed or JWT differ. `kept_out` are users that the
    vault revokes and the file does not: they stay revoked.
    """

    going: tuple[KeyRecord, ...]
    coming: tuple[KeyRecord, ...]
    changed: tuple[KeyRecord, ...]
    kept_out: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the file holds the same keys in the same state."""
        return not (self.going or self.coming or self.changed)


def compare(present: Records, file: Records) -> Restoration:
    """Compare: the keys that would change if `file` took the place of `present`."""
    now = {record.public: record for record in present.all()}
    then = {record.public: record for record in file.all()}
    return Restoration(
        going=tuple(record for public, record in now.items() if public not in then),
        coming=tuple(record for public, record in then.items() if public not in now),
        changed=tuple(
            record
            for public, record in then.items()
            if public in now and _state(present, now[public]) != _state(file, record)
        ),
        kept_out=tuple(
            public
            for _, _, revocations in _revoked_since(present, file)
            for public in revocations
            if public in then or public == lists.EVERYBODY
        ),
    )


def keep_revocations(present: Records, restored: Records) -> dict[str, str]:
    """Revoke in `restored` also what `present` revokes.

    Gives the accounts, by path, whose JWT nobody here can sign anew, each with a sentence on
    what it holds instead.
    """
    _keep_missing(present, restored)
    issuing = Issuing(restored)
    left: dict[str, str] = {}
    for now, then, revocations in _revoked_since(present, restored):
        own = _claims(present, now)
        if then.has_jwt:
            try:
                issuing.revoke_as_well(then.id, revocations, after=(own.issued or 0) if own else 0)
                continue
            except UsageError:
                pass  # nobody here signs for it: the next best is what stands in the vault now
        token = present.tokens.get(now.id)
        if token is not None and _covers(_revocations(own), _revocations(_claims(restored, then))):
            restored.tokens.set(then.id, token)
            left[then.path] = (
                "its JWT stays as it is now, with its revocations: the key that signs it is not "
                "in the file, so the two could not be joined"
            )
        else:
            left[then.path] = (
                "it revokes less than before, and the key that could sign that is not in the "
                f"file: {', '.join(sorted(revocations))}"
            )
    return left


def _keep_missing(present: Records, restored: Records) -> None:
    """Keep the revocations that nobody could sign so far: the next JWT of the account has them."""
    for now in list(present.all(Kind.ACCOUNT)):
        missing = present.tokens.merges.missing(now.id)
        then = restored.by_public(now.public) if missing else None
        if then is not None:
            merges = restored.tokens.merges
            merges.set_missing(then.id, unite_revocations(merges.missing(then.id), missing))


def _revoked_since(
    present: Records, file: Records
) -> Iterator[tuple[KeyRecord, KeyRecord, dict[str, int]]]:
    """The accounts that both know, as each has them, and what only `present` revokes.

    A user that is shut out now stays so, whenever the file's JWT of it was issued: a copy that
    went on elsewhere may have given it a later one than the revocation is.
    """
    for now in list(present.all(Kind.ACCOUNT)):
        then = None if now.signing or not now.has_jwt else file.by_public(now.public)
        if then is None:
            continue
        own, before = _claims(present, now), _claims(file, then)
        revoked_there, revoked_here = _revocations(before), _revocations(own)
        since = {who: at for who, at in revoked_here.items() if at > revoked_there.get(who, -1)}
        for user in file.beneath(then.id) if revoked_here else ():
            here = present.by_public(user.public)
            if user.public in revoked_here if here is None else here.revoked:
                times = (of.get(user.public, -1) for of in (revoked_there, revoked_here))
                if (issued := _issued(file, user)) > max(times):
                    since[user.public] = issued
        if since:
            yield now, then, since


def _claims(records: Records, account: KeyRecord) -> Claims | None:
    return records.tokens.claims(account.id) if account.has_jwt else None


def _issued(records: Records, user: KeyRecord) -> int:
    """When a user's JWT was issued, seconds since 1970; -1 where it has none, or says nothing."""
    claims = records.tokens.claims(user.id) if user.has_jwt else None
    return -1 if claims is None or claims.issued is None else claims.issued


def _revocations(claims: Claims | None) -> dict[str, int]:
    return lists.revocations(claims.nats) if claims else {}


def _covers(revocations: dict[str, int], others: dict[str, int]) -> bool:
    return all(revocations.get(who, -1) >= at for who, at in others.items())


def _state(records: Records, record: KeyRecord) -> tuple[object, ...]:
    """Gather all that a person would miss of a key, to compare it by."""
    token = records.tokens.get(record.id) if record.has_jwt else None
    unsigned = (
        records.tokens.unsigned(record.id) if record.kind is Kind.USER and token is None else None
    )
    return (
        *(record.path, record.status, record.tags, record.notes, record.has_seed),
        *(record.signing, token, unsigned),
    )
