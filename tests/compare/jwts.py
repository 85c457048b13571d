"""What the wallet signs, and what it refuses to sign, compared with those who decide.

Of each of the generated claims: Go's own JWT library (where Go is at hand) refuses what the
wallet refuses, and nothing else. What the wallet signs, a real server with a full resolver takes;
users that the wallet signs, and has nothing against, are let in by it, and no others.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tests.compare import library
from tests.compare.claims import Keys, Maker
from tests.compare.server import Resolver
from tests.jwts import signed
from wallet.chain import Chain, Weight, objections
from wallet.codes import Code
from wallet.errors import JwtError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.content import check
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.validation.claim_flaws import flaws
from wallet.nats.validation.flaw import About, Effect

KINDS = (Kind.ACCOUNT, Kind.ACCOUNT, Kind.ACCOUNT, Kind.USER, Kind.USER, Kind.OPERATOR)
Json = Any


class Made:
    """One JWT: as anybody may sign it, and as the wallet signs it, if it does."""

    def __init__(self, keys: Keys, number: int, seed: int) -> None:
        maker = Maker(keys, Random(f"{seed}/{number}"))
        self.kind = KINDS[number % len(KINDS)]
        self.nats = getattr(maker, self.kind.value)()
        if maker.chance(0.4):
            self.nats = maker.spoiled(self.nats)
        self.subject = keys.account if self.kind is Kind.ACCOUNT else Seed.generate(self.kind)
        if self.kind is Kind.OPERATOR:
            self.subject = keys.operator
        self.signer = keys.account if self.kind is Kind.USER else keys.operator
        now = int(time.time())
        said = {"sub": self.subject.public.text, "iat": now, "name": f"n{number}"}
        marked = {**self.nats, "type": self.kind.value, "version": 2}
        self.raw = signed(self.signer, {**said, "nats": marked})
        self.ours = self._signed(now)

    def _signed(self, now: int) -> str | None:
        try:
            check(self.kind, self.nats, About(self.subject.public.text, now))
        except UsageError:
            return None
        return jwt.issue(self.signer, self.subject.public, self.nats, issued=now, name="n")

    def against(self) -> list[str]:
        """Why every server refuses the raw one, as the wallet has it."""
        try:
            claims = jwt.parse(self.raw)
        except JwtError as error:
            return [str(error)]
        found = flaws(self.kind, claims.nats, About(self.subject.public.text, time.time()))
        return [str(flaw) for flaw in found if flaw.effect is Effect.REFUSED]


def compare(count: int, seed: int, version: str | None = None) -> list[str]:
    """The differences in `count` generated JWTs, each with its claims."""
    del version
    keys = Keys.made()
    made = [Made(keys, number, seed) for number in range(count)]
    return [*beside_the_library(made), *at_a_server(keys, made)]


def beside_the_library(made: list[Made]) -> list[str]:
    """Where Go's library and the wallet do not agree. Skips without Go."""
    found = []
    with tempfile.TemporaryDirectory() as directory:
        program = library.built(Path(directory))
        theirs = library.reasons(program, [one.raw for one in made])
        signed_ones = [one for one in made if one.ours is not None]
        taken = library.reasons(program, [one.ours or "" for one in signed_ones])
    for one, reasons in zip(made, theirs, strict=True):
        against = one.against()
        if bool(against) is not bool(reasons):
            found.append(f"library {reasons}\nwallet {against}\n{one.kind} {one.nats!r}")
    for one, reasons in zip(signed_ones, taken, strict=True):
        if reasons:
            found.append(f"signed, and the library refuses: {reasons}\n{one.kind} {one.nats!r}")
    return found


def at_a_server(keys: Keys, made: list[Made]) -> list[str]:
    """Where a real server and the wallet do not agree on what the wallet signs."""
    found = []
    with Resolver(keys.operator) as server:
        for one in made:
            if one.kind is Kind.ACCOUNT and one.ours is not None:
                answer = server.update(one.ours)
                if answer:
                    found.append(f"signed, and a server says: {answer}\n{one.nats!r}")
        plain = jwt.issue(
            keys.operator,
            keys.account.public,
            {"limits": dict.fromkeys(("subs", "data", "payload", "conn", "leaf"), -1)},
            issued=int(time.time()) + 1,
        )
        server.update(plain)
        for one in made:
            if one.kind is Kind.USER and one.ours is not None:
                refused = _foretold(jwt.parse(one.ours), jwt.parse(plain))
                if refused is None:
                    continue
                said = server.refusal(one.subject, one.ours)
                if "maximum subscriptions" in said and not one.nats.get("subs"):
                    continue  # let in, and closed at once: before its PONG or after it
                if bool(said) is not bool(refused):
                    found.append(f"the server says: {said!r}, the wallet {refused}\n{one.nats!r}")
    return found


def _foretold(user: Claims, account: Claims) -> list[str] | None:
    """Why every server refuses the user; None where the hour of the server's own zone decides."""
    told = objections(Chain(user, account), now=time.time(), address="127.0.0.1")
    refused = [each.why for each in told if each.weight is Weight.REFUSED]
    by_hour = any(each.code is Code.JWT_TIME_WINDOW for each in told)
    return None if by_hour and not refused else refused
