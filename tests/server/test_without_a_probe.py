"""What a test leaves in a server's log, and how to leave less: without a wrong signature."""

from __future__ import annotations

import pytest

from tests.server.conftest import Lender, Serve, codes, knows, ring
from tests.server.operators import Acme
from wallet.chain import Chain
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Seed

ASKING_DENIED = "permissions: { publish: { deny: [ '$SYS.>' ] } }"


async def tried(url: str, user: Seed, probe: Probe, chain: Chain | None = None) -> Report:
    lender = Lender(user)
    report = await check(
        Server(Target.parse(url)), user.public, ring(lender, chain), CheckOptions(probe=probe)
    )
    assert lender.all_wiped
    return report


def forbids_asking(user: Seed) -> str:
    return f"authorization {{ users = [ {{ nkey: {user.public}, {ASKING_DENIED} }} ] }}\n"


@pytest.mark.newer_server("an older one has no authorization service that it could ask")
async def test_without_a_probe_a_listed_key_is_taken_and_the_check_not_proved(
    serve: Serve, user: Seed
) -> None:
    server = serve(forbids_asking(user))
    loud = await tried(server.url, user, Probe.IN_DOUBT)
    log = server.log.read_text(encoding="utf-8")
    assert loud.verdict is Verdict.ACCEPTED
    assert "authentication error" in log
    assert "Publish Violation" in log
    quiet_server = serve(forbids_asking(user))
    quiet = await tried(quiet_server.url, user, Probe.NEVER)
    assert quiet.verdict is Verdict.UNPROVED
    assert codes(quiet) == [("not-probed", True)]
    assert not quiet.ok
    assert quiet.as_wanted is None
    log = quiet_server.log.read_text(encoding="utf-8")
    assert "authentication error" not in log
    assert "Violation" not in log


async def test_where_no_probe_is_needed_its_absence_changes_nothing(
    serve: Serve, user: Seed, program: str | None
) -> None:
    acme = Acme()
    account = acme.account_jwt()
    url = serve(acme.configuration(account)).url
    report = await tried(url, acme.user, Probe.NEVER, acme.chain(acme.user_jwt(), account))
    assert report.verdict is Verdict.ACCEPTED
    acme.wipe()
    if program:  # one that knows neither sentinels nor services
        assert (await tried(serve(knows(user)).url, user, Probe.NEVER)).ok


async def test_a_server_that_lets_in_anybody_is_told_without_a_probe_too(
    serve: Serve, user: Seed
) -> None:
    report = await tried(serve("").url, user, Probe.NEVER)
    assert report.verdict is Verdict.UNCHECKED
