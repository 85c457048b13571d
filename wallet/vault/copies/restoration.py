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
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.history import History
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


@dataclass(frozen=True, slots=True)
class Restoration:
    """The keys that a restore changes, each list in the order of the tree.

    `going` are only in the vault now, `coming` only in the file. Of `changed` both know the
    key, and name, place, status, tags, notes, seed or JWT differ. `kept_out` are users that the
    vault revokes and the file does not: they stay revoked. `let_in` are the users among those
    that go whom servers go on letting in. Of `servers` the names differ, or what is said of them:
    each goes, comes or changes.
    """

    going: tuple[KeyRecord, ...]
    coming: tuple[KeyRecord, ...]
    changed: tuple[KeyRecord, ...]
    kept_out: tuple[str, ...]
    let_in: tuple[KeyRecord, ...]
    servers: tuple[tuple[str, str], ...]

    @property
    def nothing(self) -> bool:
        """Whether the file holds the same keys in the same state, and the same names of servers."""
        return not (self.going or self.coming or self.changed or self.servers)


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
        kept_out=tuple(_kept_out(present, file)),
        let_in=tuple(
            record
            for public, record in now.items()
            if public not in then and record.kind is Kind.USER and record.has_jwt
            if record.standing not in {"revoked", "expired"} and _has_account(file, present, record)
        ),
        servers=tuple(_servers(present, file)),
    )


def _has_account(file: Records, present: Records, user: KeyRecord) -> bool:
    """Whether a file has the account of a user of `present`: there it can be revoked still."""
    account = None if user.parent is None else present.get(user.parent)
    return account is not None and file.by_public(account.public) is not None


def _servers(present: Records, file: Records) -> Iterator[tuple[str, str]]:
    """The names of servers that go, come or change, each behind that word."""
    now, then = (
        {profile.name: profile for profile in records.servers.profiles()}
        for records in (present, file)
    )
    for name in sorted({*now, *then}):
        if now.get(name) != then.get(name):
            yield "comes" if name not in now else "goes" if name not in then else "changes", name


def note_changes(changes: Restoration, history: History, save: str) -> None:
    """Note of each key that taking the contents of a `save` changes what that does with it."""
    for record in changes.going:
        detail = f"it was {record.path}, and is not in {save}, which was restored"
        history.note(What.DELETED, record.public, detail)
    for record in changes.coming:
        history.note(What.RESTORED, record.public, f"it came back with {save}")
    for record in changes.changed:
        history.note(What.RESTORED, record.public, f"it is as in {save} again")


def keep_revocations(present: Records, restored: Records) -> dict[str, str]:
    """Revoke in `restored` also what `present` revokes.

    Gives the accounts, by path, whose JWT nobody here can sign anew, each with a sentence on
    what it holds instead.
    """
    _keep_missing(present, restored)
    issuing = Issuing(restored)
    left: dict[str, str] = {}
    for now, then in _accounts_of_both(present, restored):
        wanted = _wanted(present, restored, now, then)
        own, before = _claims(present, now), _claims(restored, then)
        lost = lists.lacking(before.nats if before else {}, wanted)
        if then.has_jwt:
            try:
                issuing.revoking.revoke_as_well(
                    then.id, wanted, after=(own.issued or 0) if own else 0
                )
                continue
            except UsageError:
                pass  # nobody here signs for it: the next best is what stands in the vault now
        token = present.tokens.get(now.id)
        if token is not None and own is not None and _covers(own, before):
            restored.tokens.set(then.id, token)
            left[then.path] = (
                "its JWT stays as it is now, with its revocations: the key that signs it is not "
                "in the file, so the two could not be joined"
            )
        elif lost:
            left[then.path] = (
                "it revokes less than before, and the key that could sign that is not in the "
                f"file: {', '.join(sorted(lists.in_words(lost)))}"
            )
    return left


def _keep_missing(present: Records, restored: Records) -> None:
    """Keep the revocations that nobody could sign so far: the next JWT of the account has them."""
    for now in list(present.all(Kind.ACCOUNT)):
        missing = present.tokens.merges.missing(now.id)
        then = restored.by_public(now.public) if missing else None
        if then is not None:
            merges = restored.tokens.merges
            merges.set_missing(then.id, lists.latest(merges.missing(then.id), missing))


def _accounts_of_both(present: Records, file: Records) -> Iterator[tuple[KeyRecord, KeyRecord]]:
    """The accounts that both know, as each has them, where `present` has a JWT."""
    for now in list(present.all(Kind.ACCOUNT)):
        then = None if now.signing or not now.has_jwt else file.by_public(now.public)
        if then is not None:
            yield now, then


def _kept_out(present: Records, file: Records) -> Iterator[str]:
    """List who is revoked by `present` alone: users that the file knows, and activations."""
    for now, then in _accounts_of_both(present, file):
        before = _claims(file, then)
        lost = lists.lacking(before.nats if before else {}, _wanted(present, file, now, then))
        for who in lost.pop(lists.USERS, {}):
            if who == lists.EVERYBODY or file.by_public(who) is not None:
                yield who
        yield from lists.in_words(lost)


def _wanted(present: Records, file: Records, now: KeyRecord, then: KeyRecord) -> lists.Revocations:
    """All that an account of `present` revokes, which goes on.

    A user that is shut out now stays so, whenever the file's JWT of it was issued: a copy that
    went on elsewhere may have given it a later one than the revocation is.
    """
    before = _claims(file, then)
    revoked_here = present.tokens.revoked(now.id)
    here = revoked_here.get(lists.USERS, {})
    there = lists.revocations(before.nats) if before else {}
    later: dict[str, int] = {}
    for user in file.beneath(then.id) if here else ():
        record = present.by_public(user.public)
        if user.public in here if record is None else record.revoked:
            times = (of.get(user.public, -1) for of in (there, here))
            if (issued := _issued(file, user)) > max(times):
                later[user.public] = issued
    return lists.united(revoked_here, {lists.USERS: later})


def _claims(records: Records, account: KeyRecord) -> Claims | None:
    return records.tokens.claims(account.id) if account.has_jwt else None


def _issued(records: Records, user: KeyRecord) -> int:
    """The time when a user's JWT was issued, since 1970; -1 where it has none, or says nothing."""
    claims = records.tokens.claims(user.id) if user.has_jwt else None
    return -1 if claims is None or claims.issued is None else claims.issued


def _covers(claims: Claims, other: Claims | None) -> bool:
    """Whether an account's claims revoke all that others do."""
    return other is None or not lists.lacking(claims.nats, lists.all_revocations(other.nats))


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
