"""Joining the JWTs that two versions of a vault have of its keys. Pure.

Those of operators and accounts first: they say who signs for whom. Then those of users, and at
last whom accounts revoke, for that depends on the JWTs that users have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wallet.nats.claims import union
from wallet.nats.claims.revocations import EVERYBODY, latest
from wallet.nats.claims.union import Side
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.vault.copies.merge.fitting_names import path_of
from wallet.vault.copies.merge.owners import OwnersJoin
from wallet.vault.copies.merge.plan import RIGHTS, JoinedKey
from wallet.vault.copies.merge.tokens import (
    claims_in,
    issue_time,
    origin_time,
    rank,
    revocations_in,
    unlike,
)
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.key_record import moment, rfc3339
from wallet.when import exactly

_WRONG_SIGNER = (
    "its JWT is signed by a key that does not sign for its account now: servers refuse it"
)
_OLD_RIGHTS = (
    "it may what it might before: the JWT that says otherwise is signed by a key that does not "
    "sign for its account now"
)


@dataclass(slots=True)
class ClaimsJoin:
    """The JWTs of both, joined: first those of `owners`, by which the others are judged."""

    owners: OwnersJoin
    _users_of: dict[str, set[str]] = field(default_factory=dict)
    _users: dict[str, KeyState] = field(default_factory=dict)
    _apart: set[str] = field(default_factory=set)
    _given_way: dict[str, list[tuple[KeyState, Claims, Claims]]] = field(default_factory=dict)

    def join(self) -> dict[str, JoinedKey]:
        """Every key with the JWT that it has then, or the claims to sign anew."""
        owners, states = self.owners, self.owners.states
        for state in (*states.values(), *owners.going.values()):
            if state.kind is Kind.USER:
                for each in (state, *(owners.of(side, state) for side in Side)):
                    if each is not None and each.parent is not None:
                        self._users_of.setdefault(each.parent, set()).add(state.public)
        joined = {public: JoinedKey(state) for public, state in states.items()}
        for kind in (Kind.OPERATOR, Kind.ACCOUNT):
            for public, state in states.items():
                if state.kind is kind and not state.signing:
                    joined[public] = owners.join_owner(state)
                    if kind is Kind.OPERATOR:
                        joined[public] = owners.signed(joined[public], {})
        for public, state in states.items():
            if state.kind is Kind.USER:
                joined[public] = self._user(state)
                self._users[public] = joined[public].state
        for public, key in joined.items():
            if key.state.kind is Kind.ACCOUNT and not key.state.signing:
                joined[public] = self._revoke(key)
        return joined

    def _user(self, state: KeyState) -> JoinedKey:
        """Join a user that both have with the same JWT, or not."""
        ours, theirs = (self.owners.of(side, state) for side in Side)
        if ours and theirs and ours.token == theirs.token and ours.origin == theirs.origin:
            return JoinedKey(replace(state, token=ours.token))
        latest = max(self._latest(side, state.public, state.parent) for side in Side)
        return JoinedKey(replace(state, token=self._token(state), origin=max(latest, 0)))

    def _token(self, state: KeyState) -> str | None:
        """Choose the JWT of a user: that of who changed what it says, else the newer one."""
        usable = self.owners.usable(state)
        before = self.owners.base.get(state.public) if self.owners.base else None
        lost = [s for s in Side if (k := self.owners.of(s, state)) and k.token is None]
        if before and before.token and lost and usable and not self.owners.is_signed(state):
            return None  # it has left its operator
        if not usable:
            return self.owners.unread(state)
        wanted = self._content_of_user(state, usable)
        fitting = [claims for _, claims in usable if union.content(claims) == wanted]
        best = max(fitting, key=lambda claims: (self.owners.is_right(state, claims), *rank(claims)))
        if self.owners.is_right(state, best) or not self.owners.is_signed(state):
            if state.public in self._apart:
                self._give_way(state, best, [each for _, each in usable])
            return best.token
        right = [claims for _, claims in usable if self.owners.is_right(state, claims)]
        if right:
            self.owners.leave_open(state, _OLD_RIGHTS)
            return max(right, key=rank).token
        self.owners.leave_open(state, _WRONG_SIGNER)
        return best.token

    def _content_of_user(self, state: KeyState, usable: list[tuple[Side, Claims]]) -> str:
        by_side = {side: union.content(claims) for side, claims in usable}
        newest = max(usable, key=lambda each: rank(each[1]))[0]
        is_new = self.owners.base is None or state.public not in self.owners.base
        if is_new or len(by_side) == 1 or len(set(by_side.values())) == 1:
            return by_side[newest]
        before = claims_in(self.owners.base[state.public]) if self.owners.base else None
        then = union.content(before) if before else ""
        changed = [side for side, text in by_side.items() if text != then]
        if len(changed) == 1:
            return by_side[changed[0]]
        claims = dict(usable)
        ours, theirs = (union.pieces(claims[side]) for side in Side)
        side = self.owners.choose(state, RIGHTS, *unlike(ours, theirs))
        if side is not None:
            self._apart.add(state.public)
        return by_side[side or newest]

    def _give_way(self, state: KeyState, best: Claims, usable: list[Claims]) -> None:
        """Keep in mind the JWT that a person chose against, where servers take it as well."""
        for claims in usable:
            if claims is not best and self.owners.is_right(state, claims):
                self._given_way.setdefault(state.parent or "", []).append((state, claims, best))

    def _tell_given_way(self, account: str, revoked: union.Revoked) -> None:
        """Tell how each JWT that was chosen against, and that nobody revokes, is taken back."""
        for state, claims, best in self._given_way.get(account, ()):
            issued, path = issue_time(claims), path_of(state.public, self.owners.states)
            if issued <= union.revoked_until(revoked, state.public):
                continue
            until = [command("revoke", path, ("--before", rfc3339(moment(issued + 1))))]
            if issued >= issue_time(best):  # what takes it back takes the other one back as well
                until = [command("revoke", path), command("allow", path)]
            self.owners.leave_open(
                state,
                f"its other JWT, issued {exactly(issued)}, counts for servers until it is revoked: "
                f"{', then '.join(until)}",
            )

    # --- revocations ---------------------------------------------------------------------

    def _revoke(self, account: JoinedKey) -> JoinedKey:
        """Unite whom both revoke, and choose or make the account's JWT that says so."""
        state = account.state
        counted = [side for side in Side if self._revocations_count(side, state)]
        by_side = {side: revocations_in(self.owners.of(side, state)) for side in counted}
        before = revocations_in(self.owners.base.get(state.public)) if self.owners.base else {}
        revoked = latest(before, *by_side.values())
        self._revoke_likewise(state, revoked)
        for user in sorted(self._users_of.get(state.public, ())) if revoked else ():
            if self._needs_no_look(user, revoked):
                continue
            shutting = [
                by_side[side]
                for side in counted
                if self._is_shut_out(side, user, state.public, by_side[side], before)
            ]
            issued = max(self._latest(side, user, state.public) for side in Side)
            until, stays = union.revoked_until(revoked, user), self._users.get(user)
            if stays and stays.parent == state.public:
                # Who is out by the JWT that counts is out by those that gave way to it.
                if issued > until and (shutting or issue_time(claims_in(stays)) <= until):
                    revoked["", user] = issued
            elif shutting:  # its own revocation is kept, in the place of everybody's
                reach = max(union.revoked_until(each, user) for each in shutting)
                revoked["", user] = max(issued, reach, revoked.get(("", user), -1))
            if stays and stays.parent == state.public:
                self._tell_shut_out(stays, by_side, revoked)
        ours = revocations_in(self.owners.of(Side.OURS, state))
        anew = sorted(who for export, who in union.beyond(revoked, ours) if not export)
        if anew and state.public in self.owners.ours:
            self.owners.newly_revoked[state.public] = [
                path_of(who, self.owners.states) or who for who in anew
            ]
        self._tell_given_way(state.public, revoked)
        return self.owners.signed(account, revoked)

    def _revoke_likewise(self, account: KeyState, revoked: dict[tuple[str, str], int]) -> None:
        """Revoke each user whom one side took to this account while the other shut it out of the
        account that it was in: as a rotation of that account does, which signs its JWT anew."""
        for public in sorted(self._users_of.get(account.public, ())) if self.owners.are_kin else ():
            user = self._users.get(public)
            if user is None or user.parent != account.public:
                continue
            issued = max(self._latest(side, public, account.public) for side in Side)
            if issued <= union.revoked_until(revoked, public):
                continue
            if any(self._is_shut_out_elsewhere(side, user) for side in Side):
                revoked["", public] = issued

    def _is_shut_out_elsewhere(self, side: Side, user: KeyState) -> bool:
        """Whether a side shut a user out of another account than it hangs beneath now."""
        before = self.owners.base.get(user.public) if self.owners.base else None
        there = self.owners.of(side, user) or before
        if there is None or there.parent in (None, user.parent):
            return False
        accounts = self.owners.ours if side is Side.OURS else self.owners.theirs
        known = self.owners.base.get(there.parent) if self.owners.base else None
        return self._is_shut_out(
            *(side, user.public, there.parent),
            revocations_in(accounts.get(there.parent)),
            revocations_in(known),
        )

    def _tell_shut_out(
        self, user: KeyState, by_side: Mapping[Side, union.Revoked], revoked: union.Revoked
    ) -> None:
        """Tell of a user that one lets in, perhaps again, and that is out when both are joined."""
        if issue_time(claims_in(user)) > union.revoked_until(revoked, user.public):
            return
        places = {Side.OURS: "here", Side.THEIRS: "in the other file"}
        letting_in = [
            places[side]
            for side in Side
            if self._latest(side, user.public, user.parent)
            > union.revoked_until(by_side.get(side, {}), user.public)
        ]
        if letting_in:
            how = command("allow", path_of(user.public, self.owners.states))
            where = " and ".join(letting_in)
            self.owners.leave_open(
                user, f"in force {where}, and revoked when joined. To let it in: {how}"
            )

    def _needs_no_look(self, user: str, revoked: union.Revoked) -> bool:
        """Whether a user cannot come back: it has one JWT, which whoever shut it out knew."""
        ours, theirs = self.owners.ours.get(user), self.owners.theirs.get(user)
        if user in self.owners.going:
            return False
        if ours is None or theirs is None:
            return union.revoked_until(revoked, user) < 0
        return (ours.token, ours.origin, ours.parent) == (
            theirs.token,
            theirs.origin,
            theirs.parent,
        )

    def _revocations_count(self, side: Side, account: KeyState) -> bool:
        claims = claims_in(self.owners.of(side, account))
        return (
            side is Side.OURS
            or self.owners.are_kin
            or (claims is not None and self.owners.is_right(account, claims))
        )

    def _latest(self, side: Side, user: str, account: str | None = None) -> int:
        """The time of the latest JWT of a user that a side knows, also one that gave way.

        With an `account`, only where the user hangs beneath that.
        """
        here = (self.owners.ours if side is Side.OURS else self.owners.theirs).get(user)
        claims = claims_in(here)
        if here is None or claims is None or account not in (None, here.parent):
            return -1
        return origin_time(here, claims)

    def _is_shut_out(
        self,
        side: Side,
        user: str,
        account: str,
        revoked: union.Revoked,
        before: union.Revoked,
    ) -> bool:
        """Whether a side has shut a user out; where that is as in the base, the other decides.

        Who is allowed again on one side has a later JWT there. Who got one by another change,
        on a side that knew of no revocation, stays shut out.
        """
        until = union.revoked_until(revoked, user)
        here = (self.owners.ours if side is Side.OURS else self.owners.theirs).get(user)
        claims = claims_in(here) if here and here.parent == account else None
        then = self.owners.base.get(user) if self.owners.base else None
        known = claims_in(then) if then and then.parent == account else None
        if claims is None:
            stays = self.owners.states.get(user)
            if known and here is None and stays and stays.parent == account:
                return until > union.revoked_until(before, user)  # also with everybody
            name, everybody = ("", user), revoked.get(("", EVERYBODY), -1)
            if then is None and here is None and stays and stays.created <= everybody:
                return True  # who revoked everybody meant it, too: it was there by then
            return revoked.get(name, -1) > before.get(name, -1)
        if known and (until, claims.issued) == (union.revoked_until(before, user), known.issued):
            return False
        return issue_time(claims) <= until
