"""What the wallet says of JWTs beside those who decide: Go's own library, and real servers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import flawed
from tests.compare import jwts, library
from tests.compare.claims import Keys
from tests.compare.server import Resolver
from tests.jwts import signed
from wallet.nats.nkeys import Kind
from wallet.nats.validation.claim_flaws import mended
from wallet.nats.validation.flaw import About

COUNT = 400
SEED = 20


@pytest.fixture
def resolver(program: str | None) -> Iterator[Resolver]:
    del program
    with Resolver(flawed.OPERATOR) as server:
        yield server


def test_gos_library_refuses_what_the_wallet_refuses_and_nothing_else() -> None:
    keys = Keys.made()
    made = [jwts.Made(keys, number, SEED) for number in range(COUNT)]
    assert jwts.beside_the_library(made) == []
    # Or else the comparison would not see anything.
    assert 0.2 < sum(one.ours is None for one in made) / COUNT < 0.8


def test_a_server_takes_what_the_wallet_signs(program: str | None) -> None:
    del program
    keys = Keys.made()
    made = [jwts.Made(keys, number, SEED + 1) for number in range(COUNT)]
    assert jwts.at_a_server(keys, made) == []


def test_each_flaw_is_one_for_gos_library(tmp_path: Path) -> None:
    built = library.built(tmp_path)
    names = sorted(flawed.ACCOUNTS)
    found = library.reasons(built, [_account(flawed.claims(name)) for name in names])
    assert [name for name, reasons in zip(names, found, strict=True) if not reasons] == []


def test_each_flaw_makes_a_server_refuse_the_account(
    resolver: Resolver, program: str | None
) -> None:
    about = About(flawed.ACCOUNT.public.text)
    for name, (_, _, newer) in flawed.ACCOUNTS.items():
        claims = flawed.claims(name)
        if not (newer and program):
            assert resolver.update(_account(claims)), name
        after, done = mended(Kind.ACCOUNT, claims, about)
        if done:
            assert resolver.update(_account(after)) == "", name


def _account(claims: dict[str, object]) -> str:
    said = {"sub": flawed.ACCOUNT.public.text, "iat": int(time.time()), "name": "barn"}
    nats = {**claims, "type": "account", "version": 2}
    return signed(flawed.OPERATOR, {**said, "nats": nats})
