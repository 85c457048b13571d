"""Taking back the JWTs of users in their account's, and letting a revoked user in again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import (
    USERS,
    Place,
    Revocations,
    after_revocations,
    all_revocations,
    lacking,
    renamed,
    revocations,
    united,
    with_revocations,
    without_place,
)
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.nats.validation.claim_flaws import mended, refused
from wallet.nats.validation.flaw import Flaw
from wallet.shell import command
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.authority import is_right, owner_of, signers, with_tags
from wallet.vault.signing.cascade import Signing
from wallet.vault.signing.signature import sign_and_keep


class Revoking:
    """The part of `Issuing` that shuts users out, and lets them in again."""

    def __init__(self, signing: Signing) -> None:
        self._signing, self._records = signing, signing.records
        self._leaving: set[int] = set()  # users revoked in an account that they are to leave

    def revoke(self, key_id: int, *, mend: bool = False) -> list[Flaw]:
        """Take back the JWTs issued to a user so far, in its account's JWT.

        As `revoke_until`. Raises `UsageError` where there is no JWT.
        """
        account, _ = self._account_of(key_id, "revoked")
        user = self._records.tokens.claims(key_id)
        at = max(self._signing.now, (user.issued or 0) if user else 0)
        return self.revoke_until(account.id, {self._records.get(key_id).public: at}, mend=mend)

    def revoke_until(
        self, account_id: int, until: Mapping[str, int], place: Place = USERS, *, mend: bool = False
    ) -> list[Flaw]:
        """Take back, in an account's JWT, what was issued no later than a time, by user or `*`;
        with a `place` the activations of that export, by importing account or `*`.

        Times are seconds since 1970; of two for one the later counts. A server hears of it once it
        has that JWT. What servers refuse in the account's claims is no hindrance, it is in `told`;
        with `mend` it is left out in the same change, as far as that takes no rights from anybody
        and gives none, and given back. Raises `UsageError` where nobody here can sign that JWT.
        """
        account = self._records.get(account_id)
        nats, done = self._signing.claims(account_id), list[Flaw]()
        named = all_revocations(nats).get(place, {})
        later = {who: at for who, at in until.items() if at > named.get(who, -1)}
        if mend:
            nats, done = mended(account.kind, nats, self._signing.about(account))
        # One without a time that can be read was meant as one: it counts from now.
        now = max([self._signing.now, *until.values()])
        listed = nats.get("revocations")
        unread = (
            {who: now for who in listed if who not in revocations(nats)}
            if isinstance(listed, dict)
            else {}
        )
        if not later and not unread and not done:
            return done
        flaws = self.flaws_of_account(account_id)
        if not isinstance(listed, dict):
            nats["revocations"] = {}
        wanted = united({place: later}, {USERS: unread})
        self._records.tokens.removed_exports.note(account.public, without_place(nats, wanted))
        self._signing.say(account, with_revocations(nats, wanted), despite=True)
        if flaws and flaws[0].path[:1] == ("revocations",):
            self._signing.told.setdefault(account.path, fields.reason(account.kind, flaws))
        self._revoke_in_predecessor(account, {place: later})
        return done

    def revoke_together(self, users: Iterable[KeyRecord]) -> None:
        """Revoke users that go, in their accounts, each of which is signed once for all of them.

        Who has no JWT, or is revoked, is passed over. Where nobody here can sign, nothing is done:
        whoever revokes each of them is told so.
        """
        by_account: dict[int, list[tuple[KeyRecord, int]]] = {}
        for user in users:
            own = None if user.revoked else self._records.tokens.claims(user.id)
            if own is not None and user.parent is not None:
                until = max(self._signing.now, own.issued or 0)
                by_account.setdefault(user.parent, []).append((user, until))
        for account, each in by_account.items():
            if len(each) > 1:
                with suppress(UsageError):
                    self.revoke_until(account, {user.public: until for user, until in each})
                    self._leaving |= {user.id for user, _ in each}

    def _revoke_in_predecessor(self, account: KeyRecord, revoked: Revocations) -> None:
        """Revoke in the account whose place this one takes, while both are in force.

        Its users have JWTs of that one too, and its importers activations, which servers would go
        on taking.
        """
        for rotation in self._records.rotations.of_key(account.public):
            old = self._records.by_public(rotation.old)
            both = rotation.phase is Phase.BOTH and rotation.new == account.public
            if both and old is not None and old.has_jwt:
                for place, until in renamed(revoked, account.public, old.public).items():
                    self.revoke_until(old.id, until, place)
                self._signing.tell(
                    old, f"It revokes as {account.path} does. Servers have to get both."
                )

    def flaws_of_account(self, account_id: int) -> list[Flaw]:
        """The flaws in an account's claims for which every server refuses them."""
        account = self._records.get(account_id)
        return refused(account.kind, self._signing.claims(account_id), self._signing.about(account))

    def latest_issue(self, account_id: int) -> int:
        """Now, in seconds since 1970; where JWTs of an account's users here were issued later, the
        latest of those times.

        Of a key that may not sign, a time far ahead proves nothing: servers refuse its JWTs anyway.
        """
        latest = self._signing.now
        for user in self._records.beneath(account_id):
            claims = self._records.tokens.claims(user.id)
            issued = (claims.issued or 0) if claims else 0
            if claims and issued > latest and is_right(self._records, user, claims):
                latest = issued
        return latest

    def revoke_as_well(self, account_id: int, revoked: Revocations, *, after: int = 0) -> bool:
        """Take back what another version of an account's JWT takes back too: users' JWTs and
        activations; False if all stands.

        What that revokes in an export that this one lacks is noted, for when it is made again. The
        new JWT is issued later than `after`, seconds since 1970. Raises `UsageError` where nobody
        here can sign it.
        """
        account = self._records.get(account_id)
        nats = self._signing.claims(account_id)
        self._records.tokens.removed_exports.note(account.public, without_place(nats, revoked))
        lost = lacking(nats, revoked)
        if not lost:
            return False
        self._signing.sign(account, with_revocations(nats, lost), after=after + 1, despite=True)
        return True

    def allow_again(self, key_id: int) -> None:
        """Let a revoked user in again, with a JWT issued after the revocation.

        The revocation stays, so older copies of its JWT stay shut out, and servers need nothing
        new.
        """
        _, claims = self._account_of(key_id, "allowed again")
        record = self._records.get(key_id)
        after = after_revocations(claims.nats, record.public)
        self._signing.sign(record, self._signing.claims(key_id), after=after)

    def allow_many(self, account_id: int, user_ids: Iterable[int]) -> None:
        """Let users of one account in again, as `allow_again` does each; its JWT is read once.

        Who signed the JWT of a user does so again where it can. Raises `UsageError` where nobody
        here can sign.
        """
        records = self._records
        account, nats = records.get(account_id), self._signing.claims(account_id)
        able = {one.record.public: one for one in signers(records, Kind.USER, account)}
        with ExitStack() as stack:
            seeds: dict[str, Seed] = {}
            for key_id in user_ids:
                record, own = records.get(key_id), records.tokens.claims(key_id)
                chosen = able.get(own.issuer.text) if own else None
                if own is None or chosen is None:
                    self.allow_again(key_id)
                    continue
                signer = chosen.record.public
                if signer not in seeds:
                    seeds[signer] = stack.enter_context(records.open_seed(decode_public(signer)))
                after = after_revocations(nats, record.public)
                fitted = self._signing.fitted(chosen, account, self._signing.claims(key_id))
                wanted, _ = with_tags(record, own, fitted)
                issued = max(self._signing.now, (own.issued or 0) + 1, after)
                sign_and_keep(records, seeds[signer], record, wanted, own=own, issued=issued)

    def tell_let_in(self, user: KeyRecord) -> None:
        """Say of a user that was moved that its account revoked it once, and not any more."""
        account = owner_of(self._records, user) if user.kind is Kind.USER else None
        if account is None or not user.has_jwt or user.revoked:
            return
        if user.public in revocations(self._signing.claims(account.id)):
            again = command("revoke", user.path)
            self._signing.tell(
                user,
                f"{account.path} revoked it before, and its new JWT lets it in again. If that is "
                f"not meant: {again}",
            )

    def need_no_revocations(self, account: KeyRecord) -> None:
        if named := revocations(self._signing.claims(account.id)):
            raise StateRefusesError(
                f"{account.path} revokes {fields.few(list(named))}. Without an operator it has no "
                "JWT that says so, and they would come in again: it stays where it is."
            )

    def revoke_what_it_leaves(self, user: KeyRecord) -> bool:
        """Revoke a user in its account, which it is about to leave; whether that was done."""
        if user.id in self._leaving:
            self._leaving.remove(user.id)
            return True
        if user.revoked:
            raise StateRefusesError(
                f"{user.path} is revoked, and a JWT from elsewhere would let it in again. Allow it "
                "again first, if that is meant."
            )
        if user.kind is not Kind.USER or not user.has_jwt:
            return False
        try:
            self.revoke(user.id)
        except UsageError:
            self._signing.left[user.path] = (
                "its account's JWT cannot be signed here to revoke it there"
            )
            return False
        return True

    def _account_of(self, key_id: int, what: str) -> tuple[KeyRecord, Claims]:
        record = self._records.get(key_id)
        account = owner_of(self._records, record)
        claims = None if account is None else self._records.tokens.claims(account.id)
        if record.kind is not Kind.USER or account is None or claims is None:
            raise StateRefusesError(
                f"{record.path} cannot be {what}: that is said in the JWT of a user's account, "
                "and there is none. Without JWTs, take the user out of the server's configuration."
            )
        return account, claims
