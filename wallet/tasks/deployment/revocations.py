"""Shutting users out in their accounts' JWTs: one, or everybody until a moment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from wallet.errors import KeyFormatError, NoSuchKeyError, StateRefusesError, UsageError
from wallet.nats.claims.revocations import EVERYBODY, last_revoked, revocations
from wallet.nats.nkeys import Kind, decode_public
from wallet.nats.validation.flaw import Flaw
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord, moment, rfc3339
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault
from wallet.when import exactly, to_the_second


@dataclass(frozen=True, slots=True)
class Shutout:
    """The revocation that an account is to get: of a user, by public key, or of `*` for everybody.

    `until` is the last second, since 1970, of whose JWTs none counts any more. `path` is that of
    a user that is here. `doubt` says why a revocation that stands is made anew, up to now.
    """

    account: KeyRecord
    public: str
    until: int
    path: str = ""
    doubt: str = ""

    @property
    def name(self) -> str:
        """A name for it in a sentence."""
        if self.public == EVERYBODY:
            return f"everybody in {self.account.path}"
        return self.path or self.public


@dataclass(frozen=True, slots=True)
class Revoked:
    """A shutout that was made: whether the JWT says more now, and the users here it shuts out."""

    shutout: Shutout
    changed: bool
    users: tuple[KeyRecord, ...]

    def to_json(self) -> dict[str, object]:
        """The account and whom it shuts out, until when, as an object of `revoke --json`."""
        return {
            "account": self.shutout.account.path,
            "public": self.shutout.public,
            "path": self.shutout.path,
            "issued_until": rfc3339(moment(self.shutout.until)),
            "changed": self.changed,
            "users": [{"public": user.public, "path": user.path} for user in self.users],
        }


@dataclass(frozen=True, slots=True)
class RevocationOutcome:
    """The shutouts of one change, what was mended with them, and what is to be told of signing."""

    revoked: tuple[Revoked, ...]
    mended: tuple[Flaw, ...]
    issuing: Issuing = field(repr=False)


def shutouts(
    records: Records,
    refs: Sequence[str],
    under: str | None,
    before: int | None,
    *,
    turned_back: bool = False,
) -> list[Shutout]:
    """Read whom a person means; nothing is changed.

    `refs` name users, a public key that is not here, or `*`; the last two are revoked in the
    account `under`, which a user of another account may be too. None named means everybody, for
    which `before` has to be given: seconds since 1970; only what was issued earlier is revoked.
    Without it, it is all that was issued so far. The vault was `turned_back` where it was opened
    as an older one. Raises `UsageError`, what `Records.find` raises.
    """
    account = None if under is None else _account(records.find_parent(under))
    if not refs and (account is None or before is None):
        raise UsageError(
            "Name whom to revoke. For all users of an account: revoke '*' --under ACCOUNT; for all "
            "that were issued before a moment: revoke --under ACCOUNT --before WHEN."
        )
    meant = [
        _shutout(records, ref, account, before, turned_back=turned_back)
        for ref in refs or [EVERYBODY]
    ]
    return list({(one.account.id, one.public): one for one in meant}.values())


def users_shut_out(records: Records, shutout: Shutout) -> list[KeyRecord]:
    """The users here that are in force, and are not any more once an account revokes that."""
    if shutout.public == EVERYBODY:
        named = records.beneath(shutout.account.id)
    else:
        user = records.by_public(shutout.public)
        named = [user] if user is not None and user.parent == shutout.account.id else []
    users = [user for user in named if not user.revoked]
    claims = ((user, records.tokens.claims(user.id)) for user in users)
    return [user for user, own in claims if own and (own.issued or 0) <= shutout.until]


def revoke(
    vault: Vault,
    refs: Sequence[str],
    under: str | None = None,
    before: int | None = None,
    *,
    mend: bool = False,
) -> RevocationOutcome:
    """Revoke whom `shutouts` reads, in one change. Raises what that and `revoke_at` raise."""
    with vault.change() as records:
        meant = shutouts(records, refs, under, before, turned_back=vault.turned_back)
        return _revoke(records, meant, mend=mend)


def revoke_at(vault: Vault, meant: Sequence[Shutout]) -> RevocationOutcome:
    """Revoke, in one change, whom a person has seen to be meant.

    Users that this shuts out are not signed anew. Raises what `Vault.change` raises,
    `NoSuchKeyError` where an account is gone, and `UsageError` where nobody here signs its JWT.
    """
    with vault.change() as records:
        for one in meant:
            as_it_is(records, one.account)
        return _revoke(records, meant, mend=False)


def _revoke(records: Records, meant: Sequence[Shutout], *, mend: bool) -> RevocationOutcome:
    done, mended, issuing = list[Revoked](), list[Flaw](), Issuing(records)
    for account, shutouts_there in _by_account(meant).items():
        claims = records.tokens.claims(account)
        named = revocations(claims.nats) if claims else {}
        for one in shutouts_there:
            before = max(named.get(one.public, -1), named.get(EVERYBODY, -1))
            changed = one.until > before
            done.append(Revoked(one, changed, tuple(users_shut_out(records, one))))
            if not changed:  # the JWT shows nothing of it, and z must know
                whom = one.account.public if one.public == EVERYBODY else one.public
                records.history.note(What.REVOKED_AGAIN, whom, f"by {one.account.path}")
        anew = [one for one in done if one.changed and one.shutout.account.id == account]
        until = {one.shutout.public: one.shutout.until for one in anew}
        mended += issuing.revoking.revoke_until(account, until, mend=mend)
    return RevocationOutcome(tuple(done), tuple(mended), issuing)


def _shutout(
    records: Records, ref: str, account: KeyRecord | None, before: int | None, *, turned_back: bool
) -> Shutout:
    if ref == EVERYBODY:
        if account is None:
            raise UsageError("Everybody in which account? Name it: --under ACCOUNT.")
        return Shutout(account, EVERYBODY, _until(records, account, before))
    user = records.by_public(public) if (public := _user_key(ref)) else records.find(ref)
    if user is None:
        if account is None:
            raise NoSuchKeyError(
                f"{public} is not in this vault. Name the account that it is a user of: "
                "--under ACCOUNT."
            )
        return Shutout(account, public, _until(records, account, before))
    if user.kind is not Kind.USER:
        raise UsageError(_NO_USER.format(path=user.path, role=user.role))
    where = account or _account(user if user.parent is None else records.get(user.parent))
    own = records.tokens.claims(user.id) if before is None else None
    if own is None:
        return Shutout(where, user.public, _until(records, where, before), user.path)
    stands = revoked_until(records, where, user)
    if stands is None:
        return Shutout(where, user.public, max(int(time.time()), own.issued or 0), user.path)
    whom = {user.public, where.public}
    doubt = unknown_issues(records, whom, stands, turned_back=turned_back)
    until = once_more(stands) if doubt else stands
    return Shutout(where, user.public, until, user.path, doubt)


_NO_USER = (
    "{path} is no user ({role}), and users are revoked. All users of an account: revoke '*' "
    "--under ACCOUNT. A signing key that leaked: rotate REF --as leaked."
)


def revoked_until(records: Records, account: KeyRecord, user: KeyRecord) -> int | None:
    """The last second, since 1970, up to which an account revokes a user; None where it does not
    revoke the JWT that the user has here."""
    claims, own = records.tokens.claims(account.id), records.tokens.claims(user.id)
    if claims is None or own is None:
        return None
    return last_revoked(claims.nats, user.public, own.issued)


def once_more(stands: int) -> int:
    """The last second, since 1970, to be revoked where it `stands` until a second: now, or the next
    one; where this clock is behind, a day more, as others may have issued by one that was ahead."""
    now = int(time.time())
    return max(now, stands + 1) if now >= stands else stands + _A_DAY


def unknown_issues(records: Records, whom: Set[str], since: int, *, turned_back: bool) -> str:
    """Say why JWTs may have been issued after `since`, seconds since 1970, of which this vault
    knows nothing: it was `turned_back`, or its history tells of that. Empty where it knows all
    that it issued.

    `whom` are the public keys of the user and its account. That they were revoked after the vault
    was turned back is told by the order of the history: a clock may have been ahead before.
    """
    if turned_back:
        return "another copy of the vault was taken for this one"
    events = records.history.of_kind(*_TURNED_BACK, What.REVOKED)
    last: datetime | None = None
    is_since = False
    for event in events:
        if event.what == What.REVOKED.value:
            is_since = is_since or not whom.isdisjoint(event.publics)
        else:
            last, is_since = max(event.at, last or event.at), False
    if last is not None and (last.timestamp() >= since or not is_since):
        return f"another copy of the vault was taken, or joined with it, on {to_the_second(last)}"
    _, folded = records.history.folded()
    if folded is not None and folded.timestamp() >= since:
        return f"its history goes back no further than {to_the_second(folded)}"
    return ""


_A_DAY = 24 * 3600
# After these the vault may lack what it once knew.
_TURNED_BACK = (What.OLDER_ACCEPTED, What.FORK_ACCEPTED, What.RESTORED, What.MERGED)


def _until(records: Records, account: KeyRecord, before: int | None) -> int:
    """The last second of issue that is revoked: never in the future, as far as that is known.

    Where this clock is behind, it is what was issued last that tells the time.
    """
    latest = Issuing(records, int(time.time())).revoking.latest_issue(account.id)
    if before is None:
        return latest
    if before - 1 > latest:
        raise UsageError(
            f"{exactly(before)} lies in the future: it would shut out those too that are signed "
            "until then. Nothing was changed."
        )
    return max(0, before - 1)


def _account(account: KeyRecord) -> KeyRecord:
    if account.kind is not Kind.ACCOUNT or not account.has_jwt:
        who = "cannot be revoked" if account.kind is Kind.USER else "cannot revoke"
        raise StateRefusesError(
            f"{account.path} {who}: that is said in the JWT of a user's account, and there is "
            "none. Without JWTs, take the user out of the server's configuration."
        )
    return account


def _user_key(ref: str) -> str:
    """The public key of a user that `ref` is; empty for anything else."""
    try:
        public = decode_public(ref)
    except KeyFormatError:
        return ""
    return public.text if public.kind is Kind.USER else ""


def _by_account(meant: Iterable[Shutout]) -> dict[int, list[Shutout]]:
    groups: dict[int, list[Shutout]] = {}
    for one in meant:
        groups.setdefault(one.account.id, []).append(one)
    return groups
