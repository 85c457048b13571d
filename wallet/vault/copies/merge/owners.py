"""Joining the JWTs that two versions of a vault have of operators and accounts. Pure.

A JWT of the other file counts only where its signature is right, and where whoever signed it
signs for its owner in what both have together. Revocations of both always hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wallet.nats.claims import union
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import latest
from wallet.nats.claims.union import Piece, Side
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.vault.copies.merge.plan import ClaimsToSign, JoinedKey
from wallet.vault.copies.merge.tokens import (
    claims_in,
    issue_time,
    origin_time,
    rank,
)
from wallet.vault.db.parts.merge import KeyState

States = Mapping[str, KeyState]
Choose = Callable[[KeyState, str, str, str], Side | None]
"""Asks which side counts: of which key, in what, and what the two say."""
_STRICT = ("strict_signing_key_usage",)
_NO_SIGNER = "the key that signs its JWT is not here, so that"


@dataclass(slots=True)
class OwnersJoin:
    """The JWTs of operators and accounts, joined; `states` are the keys as both together have them.

    `going` are those that are deleted, as the one has them that does not delete them.

    `are_kin` says that both are versions of one vault. Then JWTs of either count, though their
    signer may have been put out of use by the other since; `base` is what both came from.
    """

    ours: States
    theirs: States
    base: States | None
    states: dict[str, KeyState]
    going: States
    choose: Choose
    are_kin: bool
    final: dict[str, Mapping[Piece, Any]] = field(default_factory=dict)
    open_points: dict[str, list[str]] = field(default_factory=dict)
    newly_revoked: dict[str, list[str]] = field(default_factory=dict)
    _children: dict[str, list[KeyState]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for state in (*self.states.values(), *self.going.values()):
            self._children.setdefault(state.parent or "", []).append(state)

    def join_owner(self, state: KeyState) -> JoinedKey:
        """Join what both say of an operator or account, but for whom it revokes."""
        usable = self.usable(state)
        if not usable:
            self.final[state.public] = {}
            return JoinedKey(replace(state, token=self.unread(state)))
        parts = self._parts(state, usable)
        self.final[state.public] = parts
        origin = max(origin_time(self.of(side, state), claims) for side, claims in usable)
        newest = max(usable, key=lambda each: rank(each[1]))[1]
        return JoinedKey(replace(state, token=newest.token, origin=origin))

    def usable(self, state: KeyState) -> list[tuple[Side, Claims]]:
        """The JWTs that count, by their side: once where both have the same."""
        every = [(side, claims_in(self.of(side, state))) for side in Side]
        usable = [(side, claims) for side, claims in every if claims is not None]
        if not self.are_kin:
            right = [each for each in usable if self.is_right(state, each[1])]
            usable = right or [each for each in usable if each[0] is Side.OURS]
        if not self.is_signed(state):  # what it had from where it was moved away is no more
            usable = [each for each in usable if self._hangs_there(each[0], state)]
        return usable[:1] if len({claims.token for _, claims in usable}) == 1 else usable

    def _parts(self, state: KeyState, usable: list[tuple[Side, Claims]]) -> dict[Piece, Any]:
        if len(usable) == 1:
            return union.pieces(usable[0][1])
        by_side = {side: union.pieces(claims) for side, claims in usable}
        # What version 1 says is arranged otherwise: it is taken whole, or not.
        is_arranged = all(claims.version > 1 for _, claims in usable)
        if self.base and state.public in self.base and is_arranged:
            before = claims_in(self.base[state.public])
            return self._three_way(state, by_side, union.pieces(before) if before else {})
        side, _ = max(
            usable,
            key=lambda each: (
                origin_time(self.of(each[0], state), each[1]),
                union.content_of(by_side[each[0]]),
            ),
        )
        return self._with_signing_keys(state, by_side, by_side[side])

    def _with_signing_keys(
        self,
        owner: KeyState,
        by_side: Mapping[Side, Mapping[Piece, Any]],
        counted: Mapping[Piece, Any],
    ) -> dict[Piece, Any]:
        """Name the signing keys of both versions, but for those that one put out of use.

        Of another vault's, only what the newer JWT names counts: an old one brings nothing back.
        """
        parts = dict(counted)
        if not self.are_kin:
            return parts
        for key, entry in sorted(
            (each for of in by_side.values() for each in union.named_keys(of).items()),
            key=lambda each: union.canonical(each[1]),
        ):
            parts[union.SIGNING_KEYS, key] = entry
        dropped = {key for side in by_side for key in self._dropped(side, owner)}
        return union.without_keys(parts, dropped)

    def _three_way(
        self,
        state: KeyState,
        by_side: Mapping[Side, Mapping[Piece, Any]],
        before: Mapping[Piece, Any],
    ) -> dict[Piece, Any]:
        united = union.unite(by_side[Side.OURS], by_side[Side.THEIRS], before)
        parts = dict(united.pieces)
        for name in united.apart:
            values = {side: by_side[side].get(name) for side in Side}
            words = {side: union.in_words(name, value) for side, value in values.items()}
            if words[Side.OURS] == words[Side.THEIRS]:
                words = {side: union.canonical(value) for side, value in values.items()}
            side = self.choose(state, " ".join(name), words[Side.OURS], words[Side.THEIRS])
            if side is not None:
                parts.pop(name, None)
                if values[side] is not None:
                    parts[name] = values[side]
        return parts

    def _dropped(self, side: Side, owner: KeyState) -> Iterator[str]:
        """The signing keys that a side has, and whose owner's JWT there names them no longer."""
        claims = claims_in(self.of(side, owner))
        named = union.named_keys(union.pieces(claims)) if claims else {}
        for key in self._children.get(owner.public, ()):
            there = self.of(side, key)
            if key.signing and there and there.parent == owner.public and key.public not in named:
                yield key.public

    def unread(self, state: KeyState) -> str | None:
        """A JWT of ours that cannot be read stays as it is."""
        own = self.ours.get(state.public)
        return own.token if own and claims_in(own) is None else None

    def is_signed(self, state: KeyState) -> bool:
        """Whether keys at this place have JWTs."""
        return state.kind is Kind.OPERATOR or bool(self.final.get(state.parent or ""))

    def _hangs_there(self, side: Side, state: KeyState) -> bool:
        there = self.of(side, state)
        return there is not None and there.parent == state.parent

    # --- the JWT in force ----------------------------------------------------------------

    def signed(self, key: JoinedKey, revoked: union.Revoked) -> JoinedKey:
        """Keep the JWT that says all this, later than any other; else have it signed anew."""
        state, parts = key.state, self.final[key.state.public]
        usable = [claims for _, claims in self.usable(state)]
        if not usable:
            return JoinedKey(replace(state, missing=self._not_noted(state, revoked, {})))
        revoked = union.with_overlapping(parts, revoked)
        content, signable = union.content_of(parts), union.still_exported(parts, revoked)

        def says(claims: Claims) -> bool:
            return union.content(claims) == content and union.all_revocations(claims) == signable

        fitting = [claims for claims in usable if says(claims) and self.is_right(state, claims)]
        others = [claims for claims in usable if not says(claims)]
        latest = max(map(issue_time, usable))
        if fitting:
            newest = max(fitting, key=rank)
            if all(issue_time(claims) < issue_time(newest) for claims in others):
                return self._kept(state, newest, revoked)
        if self._can_sign(state) and all(claims.version > 1 for claims in usable):
            placed = claims_in(state)  # should it not be signed after all
            there = union.all_revocations(placed) if placed else {}
            missing = {**union.beyond(revoked, signable), **union.beyond(revoked, there)}
            signed = replace(state, missing=self._not_noted(state, missing, parts))
            to_sign = ClaimsToSign(
                union.claims_of(parts, signable), *union.times_of(parts), after=latest
            )
            return JoinedKey(signed, to_sign)
        if fitting:
            return self._kept(state, max(fitting, key=rank), revoked)
        best = max(
            usable,
            key=lambda claims: (
                self.is_right(state, claims),
                -len(union.beyond(signable, union.all_revocations(claims))),
                *rank(claims),
            ),
        )
        self._say_missing(state, best, parts, signable)
        return self._kept(state, best, revoked)

    def _kept(self, state: KeyState, claims: Claims, revoked: union.Revoked) -> JoinedKey:
        missing = union.beyond(revoked, union.all_revocations(claims))
        self.final[state.public] = parts = union.pieces(claims)
        missing = self._not_noted(state, missing, parts)
        return JoinedKey(replace(state, token=claims.token, missing=missing))

    def _not_noted(
        self, state: KeyState, missing: union.Revoked, parts: Mapping[Piece, Any]
    ) -> dict[tuple[str, str], int]:
        """Leave out what stays noted beside the JWT, of exports that are not in it."""
        sides = (self.of(side, state) for side in Side)
        noted = latest(*(side.removed for side in sides if side))
        in_exports = union.still_exported(parts, missing)
        return {**union.beyond(missing, noted), **in_exports}

    def _say_missing(
        self,
        state: KeyState,
        claims: Claims,
        parts: Mapping[Piece, Any],
        revoked: union.Revoked,
    ) -> None:
        lacks = {who for _, who in union.beyond(revoked, union.all_revocations(claims))}
        has = union.pieces(claims)
        pieces = [
            union.in_words(name, parts.get(name))
            for name in dict.fromkeys([*parts, *has])
            if has.get(name) != parts.get(name)
        ]
        if lacks:
            self.leave_open(
                state, f"{_NO_SIGNER} still lets in {few(sorted(lacks))}, revoked in the other one"
            )
        if pieces:
            self.leave_open(state, f"{_NO_SIGNER} lacks what the other one says: {few(pieces)}")

    # --- who signs ---------------------------------------------------------------------

    def _can_sign(self, state: KeyState) -> bool:
        """Whether a seed is in one of the two that may sign this key's JWT."""
        if state.kind is Kind.OPERATOR:
            return state.has_seed
        operator = self.states.get(state.parent or "")
        if operator is None:
            return False
        parts = self.final.get(operator.public, {})
        named = union.named_keys(parts)
        return (operator.has_seed and not parts.get(_STRICT)) or any(
            key.signing and key.has_seed and key.status == "active" and key.public in named
            for key in self._children.get(operator.public, ())
            if key.public in self.states
        )

    def is_right(self, state: KeyState, claims: Claims) -> bool:
        """Whether whoever signed a JWT signs for its owner, in what both have together."""
        issuer = claims.issuer.text
        if state.kind is Kind.OPERATOR:
            return issuer == state.public
        owner = self.states.get(state.parent or "")
        if owner is None:
            return self._is_of_same_issuer(state, issuer)
        operator = owner.public if state.kind is Kind.ACCOUNT else owner.parent
        if issuer == owner.public:
            return not self.final.get(operator or "", {}).get(_STRICT)
        parts = self.final.get(owner.public)
        if not parts and state.kind is Kind.ACCOUNT:
            return self._is_of_same_issuer(state, issuer)  # nobody knows whom it lets sign
        belongs = state.kind is Kind.ACCOUNT or claims.account == owner.public
        return belongs and issuer in union.named_keys(parts or {})

    def _is_of_same_issuer(self, state: KeyState, issuer: str) -> bool:
        """Whether our own JWT, of a key whose signer is not here, is by the same or not there."""
        own = claims_in(self.ours.get(state.public))
        if own is None:
            return self.are_kin or state.public not in self.ours
        return own.issuer.text == issuer

    def of(self, side: Side, state: KeyState) -> KeyState | None:
        return (self.ours if side is Side.OURS else self.theirs).get(state.public)

    def leave_open(self, state: KeyState, sentence: str) -> None:
        self.open_points.setdefault(state.public, []).append(sentence)
