"""Many keys against one server."""

from __future__ import annotations

import pytest

from tests.server.conftest import Serve, knows
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.check.many import ask_all
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.target import Target
from wallet.errors import LockedError
from wallet.nats.nkeys import Kind, PublicKey, Seed


class Seeds:
    """Lends seeds, and counts how many are open at once."""

    def __init__(self, count: int) -> None:
        self.kept = [Seed.generate(Kind.USER) for _ in range(count)]
        self.lent: list[Seed] = []
        self.most = 0

    @property
    def keys(self) -> list[PublicKey]:
        return [seed.public for seed in self.kept]

    def open(self, key: PublicKey) -> Seed:
        seed = next(seed for seed in self.kept if seed.public == key)
        self.lent.append(Seed.from_raw(seed.kind, seed.raw))
        self.most = max(self.most, sum(any(each.raw) for each in self.lent))
        return self.lent[-1]


async def test_an_account_is_checked_whole_and_the_refused_come_first(
    serve: Serve,
) -> None:
    seeds = Seeds(40)
    known = ", ".join(f"{{ nkey: {key} }}" for key in seeds.keys[:30])
    server = serve(f"authorization {{ users = [ {known} ] }}")
    heard: list[Report] = []
    servers, keyring = [Server(Target.parse(server.url))], Keyring(seeds.open)
    options = CheckOptions(round_trips=0)
    reports = await ask_all(
        servers, seeds.keys, keyring, options, at_once=8, on_report=heard.append
    )
    verdicts = [report.verdict for report in reports]
    assert verdicts == [Verdict.REFUSED] * 10 + [Verdict.ACCEPTED] * 30
    assert [report.public for report in reports[:10]] == [key.text for key in seeds.keys[30:]]
    assert {report.public for report in heard} == {key.text for key in seeds.keys}
    assert seeds.most == 1, "a seed is open for its signature only"
    assert len(seeds.lent) == 40
    assert not any(any(seed.raw) for seed in seeds.lent)


async def test_a_lock_in_the_middle_gives_up_the_rest(serve: Serve) -> None:
    seeds = Seeds(10)
    server = serve(knows(*seeds.kept))

    def locked_after_three(key: PublicKey) -> Seed:
        if len(seeds.lent) == 3:
            raise LockedError("The vault is locked.")
        return seeds.open(key)

    servers, keyring = [Server(Target.parse(server.url))], Keyring(locked_after_three)
    with pytest.raises(LockedError):
        await ask_all(servers, seeds.keys, keyring, CheckOptions(round_trips=0), at_once=2)
    assert not any(any(seed.raw) for seed in seeds.lent)
