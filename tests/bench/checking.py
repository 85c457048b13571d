"""Checking 1,000 users against one local server, beside connecting each through nats-py."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bench.table import Row, print_all
from wallet.connection.causes.report import Verdict
from wallet.connection.check.many import AT_ONCE, ask_all
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public, generate_many
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault


class Took(NamedTuple):
    """Seconds for all users, `worked` of them of this process's own, the server apart, and how
    many were accepted; `open_at_most` seeds at a time."""

    worked: float
    seconds: float
    accepted: int
    open_at_most: int = 0


def measure(users: int, rounds: int) -> tuple[Took, Took]:
    """The wallet's, then nats-py's, each the round of the median time."""
    ours, theirs = [], []
    with (
        tempfile.TemporaryDirectory() as place,
        Passphrase("for measuring only") as passphrase,
        Vault.create(Path(place, "v.nkw"), passphrase, KdfCost.MINIMUM) as vault,
    ):
        with vault.change() as records:
            made = records.add_many(generate_many(Kind.USER, users), stem="user")
        listed = "\n".join(f"{{ nkey: {user.public} }}" for user in made)
        server = LocalServer(
            Path(place), f"authorization {{ timeout: 30, users = [ {listed} ] }}\n"
        )
        try:
            for _ in range(rounds):
                ours.append(asyncio.run(_wallet(server.url, vault)))
                theirs.append(asyncio.run(_nats_py(server.url, vault)))
        finally:
            server.stop()
    return _middle(ours), _middle(theirs)


def _middle(found: list[Took]) -> Took:
    return sorted(found)[len(found) // 2]


async def _wallet(url: str, vault: Vault) -> Took:
    """As `T` does: each seed opened from the vault for its own key's check."""
    lent: list[Seed] = []
    most = 0

    def lend(public: PublicKey) -> Seed:
        nonlocal most
        lent[:] = [seed for seed in lent if any(seed.raw)]
        lent.append(vault.open_seed(public))
        most = max(most, len(lent))
        return lent[-1]

    keys = [decode_public(user.public) for user in vault.records.all(Kind.USER)]
    began, worked = time.perf_counter(), time.process_time()
    servers, options = [Server(Target.parse(url))], CheckOptions(60, round_trips=0)
    reports = await ask_all(servers, keys, Keyring(lend), options)
    taken, worked = time.perf_counter() - began, time.process_time() - worked
    return Took(worked, taken, sum(one.verdict is Verdict.ACCEPTED for one in reports), most)


async def _nats_py(url: str, vault: Vault) -> Took:
    """Connect, ask for an answer, and leave; as many at once, each with its seed's text."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(public: str) -> bool:
        async with slots:
            with vault.open_seed(public) as seed:
                text = seed.encode().decode()
            connection = await import_module("nats").connect(
                url, nkeys_seed_str=text, allow_reconnect=False, connect_timeout=60
            )
            await connection.flush()
            await connection.close()
            return True

    keys = [user.public for user in vault.records.all(Kind.USER)]
    began, worked = time.perf_counter(), time.process_time()
    answers = await asyncio.gather(*(one(key) for key in keys))
    return Took(time.process_time() - worked, time.perf_counter() - began, sum(answers))


def report(users: int, rounds: int) -> Iterator[Row]:
    """The row of it, against one local server, as many at once as `T` asks."""
    if find_spec("nats") is None:
        pytest.skip("nats-py is not installed here")
    ours, theirs = measure(users, rounds)
    if not ours.accepted == theirs.accepted == users:
        raise RuntimeError("not all were let in: nothing was measured")
    today = f"{ours.seconds:.2f} s, {ours.open_at_most} seeds open at most"
    ratio, waited = ours.worked / theirs.worked, ours.seconds / theirs.seconds
    yield Row(f"check of {users:,} users, beside nats-py", today, ratio, 0.6, waited=waited)


if __name__ == "__main__":
    print_all([lambda: report(1000, 3)])
