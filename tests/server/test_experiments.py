"""Which further probe tells causes apart, and what each tells at real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.server.conftest import Authority, Lender, Serve, ask, but_a_callout, knows
from tests.server.listeners import balanced, connected, first_line, says, serving
from wallet.codes import Code
from wallet.connection.causes.experiment_results import ExperimentCode, Finding, KnownGood, applied
from wallet.connection.causes.report import Cause, Report, Stage, StageResult, Verdict
from wallet.connection.check.experiments import ExperimentSetup, experiments_for, run, run_all
from wallet.connection.check.request import Keyring, Server
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.nats.nkeys import Kind, PublicKey, Seed

GUESTS = "accounts {{ G {{ users = [ {{ user: guest, password: guest }} ] }}, R {{ users = [ {users} ] }} }}\nno_auth_user: guest"  # noqa: E501


class Ring:
    """The seeds of several keys, lent as a vault lends them."""

    def __init__(self, *seeds: Seed) -> None:
        self.lenders = {seed.public.text: Lender(seed) for seed in seeds}

    def open(self, key: PublicKey) -> Seed:
        return self.lenders[key.text]()

    @property
    def all_wiped(self) -> bool:
        return all(lender.all_wiped for lender in self.lenders.values())


@pytest.fixture
def other(user: Seed) -> Seed:
    return Seed.generate(Kind.USER)


def good(seed: Seed) -> KnownGood:
    return KnownGood(seed.public, "acme/orders/billing", datetime(2025, 1, 31, 12, tzinfo=UTC))


async def made(
    code: ExperimentCode,
    url: str,
    user: Seed,
    *more: Seed,
    report: Report | None = None,
    tls: TlsFiles | None = None,
    timeout: float = 5.0,
) -> tuple[Report, Finding]:
    """Check, choose the experiment by its code, run it, and see the seeds wiped."""
    first = report or await ask(url, user, tls=tls, timeout=timeout)
    known = good(more[0]) if more else None
    ring = Ring(user, *more)
    keyring = Keyring(ring.open)
    server = Server(Target.parse(url), tls)
    setup = ExperimentSetup(server, user.public, keyring, known, timeout)
    (experiment,) = [one for one in experiments_for(first, known) if one.code is code]
    finding = await run(experiment, first, setup)
    assert ring.all_wiped
    return first, finding


def causes(finding: Finding) -> Sequence[tuple[str, bool]]:
    return but_a_callout(finding.causes)


# --- the choice ------------------------------------------------------------------------------


def a_report(
    verdict: Verdict,
    *found: tuple[str, bool],
    failed: Stage | None = None,
    url: str = "nats://h:4222",
    **server: object,
) -> Report:
    stages = [StageResult(failed, False, 1.0, "")] if failed else []
    return Report(
        public="U" * 56,
        url=url,
        verdict=verdict,
        summary="",
        stages=tuple(stages),
        causes=tuple(Cause(Code(code), "", "", certain=certain) for code, certain in found),
        server=dict(server),
    )


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        (a_report(Verdict.ACCEPTED), []),
        (a_report(Verdict.REFUSED, ("server-full", True)), []),
        (a_report(Verdict.REFUSED, ("key-wrong-kind", True)), []),
        (
            a_report(Verdict.REFUSED, ("key-unknown", False), ("jwt-missing", False)),
            [
                ExperimentCode.KNOWN_GOOD_KEY,
                ExperimentCode.NO_CREDENTIALS,
                ExperimentCode.UNKNOWN_KEY,
            ],
        ),
        (
            a_report(Verdict.UNCHECKED, ("accepted-as-other", False)),
            [ExperimentCode.UNKNOWN_KEY, ExperimentCode.NO_CREDENTIALS],
        ),
        (a_report(Verdict.UNCHECKED, ("accepted-as-other", False), ("key-wrong-kind", True)), []),
        (a_report(Verdict.FAILED, ("not-nats", False), failed=Stage.INFO), [ExperimentCode.TLS_ON]),
        (
            a_report(Verdict.FAILED, ("protocol", False), failed=Stage.AUTHENTICATE),
            [ExperimentCode.TLS_ON],
        ),
        (a_report(Verdict.FAILED, ("timeout", False), failed=Stage.CONNECT), []),
        (
            a_report(Verdict.FAILED, ("protocol", False), failed=Stage.TLS, url="tls://h:1"),
            [ExperimentCode.TLS_OFF],
        ),
        (
            a_report(
                Verdict.FAILED,
                ("protocol", False),
                failed=Stage.TLS,
                url="tls://h:1",
                tls_required=True,
            ),
            [],
        ),
    ],
)
def test_only_experiments_that_tell_something_are_offered(
    report: Report, wanted: list[ExperimentCode], other: Seed
) -> None:
    offered = experiments_for(report, good(other))
    assert [experiment.code for experiment in offered] == wanted
    assert all(experiment.label and experiment.what_it_tells for experiment in offered)


# --- a key that is refused -------------------------------------------------------------------


async def test_another_key_that_is_taken_leaves_this_key_as_the_reason(
    serve: Serve, user: Seed, other: Seed
) -> None:
    first, finding = await made(ExperimentCode.KNOWN_GOOD_KEY, serve(knows(other)).url, user, other)
    assert [code for code, _ in but_a_callout(first.causes)] == ["key-unknown", "jwt-missing"]
    assert causes(finding) == [("key-unknown", False)]
    assert finding.settled
    assert "acme/orders/billing" in finding.why
    assert user.public.text in finding.causes[0].why
    assert user.public.text in finding.causes[0].fix


async def test_another_key_that_is_refused_too_points_at_the_server(
    serve: Serve, user: Seed, other: Seed
) -> None:
    with Seed.generate(Kind.USER) as third:
        _, finding = await made(ExperimentCode.KNOWN_GOOD_KEY, serve(knows(third)).url, user, other)
    assert causes(finding) == [
        ("server-changed", False),
        ("key-unknown", False),
        ("jwt-missing", False),
    ]
    assert "2025-01-31 12:00" in finding.why
    assert finding.verdict is Verdict.REFUSED


async def test_a_server_that_lets_in_who_shows_nothing_has_a_list_of_users(
    serve: Serve, user: Seed, other: Seed, program: str | None
) -> None:
    server = serve(GUESTS.format(users=f"{{ nkey: {other.public} }}"))
    _, finding = await made(ExperimentCode.NO_CREDENTIALS, server.url, user)
    assert causes(finding) == [("key-unknown", False)]
    assert ("“guest” in account “G”" in finding.why) is (program is None)
    assert user.public.text in finding.causes[0].why


async def test_a_server_that_lets_in_nobody_without_credentials_tells_nothing_of_the_key(
    serve: Serve, user: Seed, other: Seed
) -> None:
    first, finding = await made(ExperimentCode.NO_CREDENTIALS, serve(knows(other)).url, user)
    assert finding.causes == first.causes
    assert "no_auth_user" in finding.why
    assert not finding.settled


async def test_a_fresh_key_that_is_refused_alike_excludes_nothing(
    serve: Serve, user: Seed, other: Seed
) -> None:
    first, finding = await made(ExperimentCode.UNKNOWN_KEY, serve(knows(other)).url, user)
    assert finding.causes == first.causes
    assert "Authorization Violation" in finding.why


async def test_two_servers_behind_one_address_are_found_by_a_fresh_key(
    serve: Serve, user: Seed, other: Seed
) -> None:
    strict, lax = serve(knows(other)), serve("")
    async with balanced(strict.url, lax.url) as url:
        _, finding = await made(ExperimentCode.UNKNOWN_KEY, url, user)
    assert causes(finding)[0] == ("servers-differ", False)
    assert "auth_callout" in finding.causes[0].why


async def test_a_second_probe_without_an_answer_changes_nothing(user: Seed) -> None:
    refused = a_report(Verdict.REFUSED, ("key-unknown", False), ("jwt-missing", False))
    for code in (
        ExperimentCode.KNOWN_GOOD_KEY,
        ExperimentCode.NO_CREDENTIALS,
        ExperimentCode.UNKNOWN_KEY,
    ):
        with Seed.generate(Kind.USER) as other:
            _, finding = await made(code, "nats://127.0.0.1:1", user, other, report=refused)
        assert finding.causes == refused.causes
        assert "nothing listens there" in finding.why


async def test_all_are_run_until_one_settles_it(serve: Serve, user: Seed, other: Seed) -> None:
    url = serve(knows(other)).url
    report = await ask(url, user)
    heard: list[Finding] = []
    ring = Ring(user, other)
    keyring = Keyring(ring.open)
    setup = ExperimentSetup(Server(Target.parse(url)), user.public, keyring, good(other))
    after = await run_all(report, setup, heard.append)
    assert [finding.code for finding in heard] == [ExperimentCode.KNOWN_GOOD_KEY]
    assert [code for code, _ in but_a_callout(after.causes)] == ["key-unknown"]
    assert after.summary == report.summary
    assert heard[0].to_json()["causes"] == [cause.to_json() for cause in after.causes]


# --- a key that was let in, perhaps as somebody else -------------------------------------------


async def perhaps(url: str) -> Report:
    """The report of the server there that perhaps it let us in as another."""
    first = await first_line(url)
    info = {name: first[name] for name in ("server_id", "version")}
    return a_report(Verdict.UNCHECKED, ("accepted-as-other", False), **info)


async def test_a_fresh_key_that_is_refused_proves_that_this_one_was_taken_where_no_service_decides(
    serve: Serve, user: Seed, program: str | None
) -> None:
    server = serve(knows(user))
    report = await perhaps(server.url)
    _, finding = await made(ExperimentCode.UNKNOWN_KEY, server.url, user, report=report)
    if program is None:  # a service may know the key, and look at no signature
        assert (finding.verdict, finding.causes) == (Verdict.UNCHECKED, report.causes)
        assert "auth_callout" in finding.why
        return
    assert (finding.verdict, finding.causes) == (Verdict.ACCEPTED, ())
    assert applied(report, finding).ok
    assert applied(report, finding).summary == finding.why


async def test_a_server_without_room_for_a_fresh_key_has_not_judged_it(
    serve: Serve, user: Seed
) -> None:
    server = serve(f"max_connections: 1\n{knows(user)}")
    async with connected(server.url, user):
        report = await perhaps(server.url)  # also who finds no room is greeted
        _, finding = await made(ExperimentCode.UNKNOWN_KEY, server.url, user, report=report)
    assert (finding.verdict, finding.causes) == (Verdict.UNCHECKED, report.causes)
    assert "maximum connections exceeded" in finding.why


async def test_a_server_that_asks_for_no_signature_saw_no_fresh_key(user: Seed) -> None:
    refuses = b'INFO {"server_id":"N","version":"2.9.10"}\r\n-ERR \'Authorization Violation\'\r\n'
    report = a_report(Verdict.UNCHECKED, ("auth-callout", False), server_id="N", version="2.9.10")
    async with serving(says(refuses)) as port:
        url = f"nats://127.0.0.1:{port}"
        _, finding = await made(ExperimentCode.UNKNOWN_KEY, url, user, report=report)
    assert finding.verdict is Verdict.UNCHECKED


@pytest.mark.parametrize("code", [ExperimentCode.UNKNOWN_KEY, ExperimentCode.NO_CREDENTIALS])
async def test_the_answer_of_another_server_at_the_address_tells_nothing_of_the_first(
    serve: Serve, user: Seed, other: Seed, code: ExperimentCode
) -> None:
    lax, strict = serve(""), serve(knows(other))
    report = await perhaps(lax.url)
    _, finding = await made(code, strict.url, user, report=report)
    assert (finding.verdict, finding.causes) == (Verdict.UNCHECKED, report.causes)
    assert "Another server answered" in finding.why


async def test_a_known_key_that_another_server_takes_tells_nothing_of_the_first(
    serve: Serve, user: Seed, other: Seed
) -> None:
    with Seed.generate(Kind.USER) as third:
        strict, knowing = serve(knows(third)), serve(knows(other))
    async with balanced(strict.url, knowing.url) as url:
        first, finding = await made(ExperimentCode.KNOWN_GOOD_KEY, url, user, other)
    assert finding.causes == first.causes
    assert not finding.settled
    assert "Another server answered" in finding.why


async def test_a_fresh_key_that_is_let_in_too_proves_that_none_is_checked(
    serve: Serve, user: Seed
) -> None:
    server = serve("")
    report = await perhaps(server.url)
    _, finding = await made(ExperimentCode.UNKNOWN_KEY, server.url, user, report=report)
    assert finding.verdict is Verdict.UNCHECKED
    assert causes(finding) == [("accepted-without-check", True)]


async def test_being_let_in_without_a_key_proves_nothing_of_this_one(
    serve: Serve, user: Seed, program: str | None
) -> None:
    server = serve(GUESTS.format(users=f"{{ nkey: {user.public} }}"))
    report = await perhaps(server.url)
    _, finding = await made(ExperimentCode.NO_CREDENTIALS, server.url, user, report=report)
    assert finding.causes == report.causes
    assert ("“guest”" in finding.why) is (program is None)


# --- TLS forced on and off -----------------------------------------------------------------------


@pytest.mark.newer_server("handshake_first came with 2.10")
async def test_with_tls_on_a_silent_server_answers_and_the_key_is_taken(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    shown = authority.issue("localhost")
    block = shown.block("handshake_first: true")
    port = Target.parse(serve(block + knows(user)).url).port
    url = f"nats://localhost:{port}"
    silent = a_report(Verdict.FAILED, ("not-nats", False), failed=Stage.INFO, url=url)
    tls = TlsFiles(ca=authority.file)
    _, finding = await made(ExperimentCode.TLS_ON, url, user, report=silent, tls=tls, timeout=8)
    assert finding.verdict is Verdict.ACCEPTED
    assert causes(finding)[0] == ("tls-required", True)
    assert url.replace("nats://", "tls://") in finding.causes[0].fix


@pytest.mark.newer_server("handshake_first came with 2.10")
async def test_with_tls_on_an_untrusted_certificate_is_what_is_told(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue("localhost").block("handshake_first: true")
    port = Target.parse(serve(block + knows(user)).url).port
    url = f"nats://localhost:{port}"
    silent = a_report(Verdict.FAILED, ("not-nats", False), failed=Stage.INFO, url=url)
    _, finding = await made(ExperimentCode.TLS_ON, url, user, report=silent, timeout=8)
    assert causes(finding) == [("tls-untrusted", True)]
    assert "Test CA" in finding.causes[0].why


async def test_what_speaks_no_tls_either_is_no_nats_server(user: Seed) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as port:
        first, finding = await made(
            ExperimentCode.TLS_ON, f"nats://127.0.0.1:{port}", user, timeout=2
        )
    assert [code for code, _ in but_a_callout(first.causes)] == ["not-nats"]
    assert causes(finding) == [("not-nats", False)]
    assert "With TLS it does not answer either" in finding.why


async def test_with_tls_off_a_server_whose_tls_breaks_is_still_a_nats_server(user: Seed) -> None:
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"abc","auth_required":true,"tls_available":true}\r\n')
        if b"CONNECT" in (line := await reader.readline()):
            assert b"nkey" not in line.replace(b"nkey-wallet", b"")
            writer.write(b"-ERR 'Authorization Violation'\r\n")

    async with serving(no_tls) as port:
        first, finding = await made(
            ExperimentCode.TLS_OFF, f"tls://127.0.0.1:{port}", user, timeout=4
        )
    assert first.causes[0].certain is False
    assert "TLS alone is in the way" in finding.why
    assert "Authorization Violation" in finding.why
    assert finding.causes == first.causes


async def test_with_tls_off_what_greets_in_no_way_tells_nothing(user: Seed) -> None:
    report = a_report(Verdict.FAILED, ("protocol", False), failed=Stage.TLS, url="tls://h:1")
    async with serving(says(b"hello\r\n")) as port:
        _, finding = await made(
            ExperimentCode.TLS_OFF, f"tls://127.0.0.1:{port}", user, report=report, timeout=3
        )
    assert finding.causes == report.causes
