"""What a server's monitoring proves: on real servers, old and new, and on listeners that lie."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.server.conftest import Authority, Lender, Serve, codes, knows, ring
from tests.server.hostile import NASTY, WRONG
from tests.server.listeners import connected, logged_port, serving, unused_port
from tests.server.operators import Acme
from wallet.chain import Chain
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.check.attempt import opened
from wallet.connection.check.explanation import explained, without_jwts
from wallet.connection.check.question import ask
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol.monitoring import MAX_ANSWER, Monitor, MonitorAddress
from wallet.connection.protocol.statistics import MISSING, Monitored, read
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed
from wallet.system.natsserver import LocalServer

HTTP = 'http: "127.0.0.1:-1"\n'


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


def monitor_of(server: LocalServer) -> str:
    return f"http://127.0.0.1:{logged_port(server, 'http monitor on')}"


async def told(
    url: str, monitor: str, seed: Seed, chain: Chain | None = None, *, timeout: float = 8.0
) -> Report:
    return await ask(
        Server(Target.parse(url), None, Monitor(MonitorAddress.parse(monitor))),
        seed.public,
        ring(Lender(seed), chain),
        CheckOptions(timeout, 1),
    )


async def about(configuration: str, serve: Serve, seed: Seed, chain: Chain | None = None) -> Report:
    server = serve(HTTP + configuration)
    return await told(server.url, monitor_of(server), seed, chain)


def only(report: Report, code: str) -> Cause:
    """The one cause that is left, and certain."""
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [(code, True)]
    return report.causes[0]


# --- servers with a list of users ---------------------------------------------------------------


async def test_a_server_with_a_list_leaves_no_doubt_about_jwts_and_tells_when_it_read_it(
    serve: Serve, user: Seed
) -> None:
    with Seed.generate(Kind.USER) as other:
        report = await about(knows(other), serve, user)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("key-unknown", False)]
    assert report.monitor is not None
    loaded = datetime.fromisoformat(str(report.monitor["config_load_time"]))
    assert f"{loaded:%Y-%m-%d %H:%M:%S} UTC, when it started" in report.causes[0].why
    assert user.public.text in report.causes[0].why
    assert report.monitor["operators"] == []
    assert "monitor" in report.to_json()


async def test_a_user_with_a_jwt_at_a_server_with_a_list_is_just_not_in_the_list(
    serve: Serve, user: Seed, acme: Acme
) -> None:
    chain = acme.chain(acme.user_jwt(), acme.account_jwt())
    report = await about(knows(user), serve, acme.user, chain)
    assert codes(report) == [("key-unknown", False)]


async def test_a_key_that_is_taken_stays_taken(serve: Serve, user: Seed) -> None:
    report = await about(knows(user), serve, user)
    assert report.ok
    assert codes(report) == []
    assert report.monitor is not None
    assert report.monitor["auth_required"] is True


async def test_a_full_server_is_told_with_its_figures(serve: Serve, user: Seed) -> None:
    server = serve(f"{HTTP}max_connections: 1\n{knows(user)}")
    async with connected(server.url, user):
        report = await told(server.url, monitor_of(server), user)
    assert codes(report) == [("server-full", True)]
    assert "1 of 1" in report.causes[0].why


# --- servers with an operator -----------------------------------------------------------------


async def test_a_bare_key_at_a_server_with_an_operator_certainly_lacks_its_jwt(
    serve: Serve, acme: Acme
) -> None:
    report = await about(acme.configuration(acme.account_jwt()), serve, acme.user)
    cause = only(report, "jwt-missing")
    assert acme.operator.public.text in cause.why
    assert acme.user.public.text in cause.why


async def test_an_account_that_the_server_does_not_know_is_certain(
    serve: Serve, acme: Acme
) -> None:
    chain = acme.chain(acme.user_jwt(), acme.account_jwt())
    report = await about(acme.configuration(), serve, acme.user, chain)
    cause = only(report, "jwt-account-unknown")
    assert acme.account.public.text in cause.why
    assert report.monitor is not None
    assert report.monitor["account_known"] is False


async def test_a_revocation_that_only_the_server_knows_of_is_certain(
    serve: Serve, acme: Acme
) -> None:
    deployed = acme.account_jwt(revocations={acme.user.public.text: acme.now + 60}, issued=acme.now)
    held = acme.account_jwt(issued=acme.now - 100)
    chain = acme.chain(acme.user_jwt(), held)
    report = await about(acme.configuration(deployed), serve, acme.user, chain)
    cause = only(report, "jwt-revoked")
    assert "the one held here is of" in cause.why
    assert deployed in cause.fix


async def test_a_signing_key_that_the_servers_copy_lacks_is_certain(
    serve: Serve, acme: Acme
) -> None:
    deployed = acme.account_jwt(issued=acme.now - 100)
    held = acme.account_jwt(signing_keys=[acme.signer.public.text])
    chain = acme.chain(acme.user_jwt(by=acme.signer), held)
    report = await about(acme.configuration(deployed), serve, acme.user, chain)
    cause = only(report, "jwt-issuer")
    assert acme.signer.public.text in cause.why
    assert held in cause.fix


async def test_another_operator_is_certain_and_both_are_named(serve: Serve, acme: Acme) -> None:
    theirs = Acme()
    chain = acme.chain(acme.user_jwt(), acme.account_jwt())
    report = await about(theirs.configuration(), serve, acme.user, chain)
    first = report.causes[0]
    assert (first.code, first.certain) == ("jwt-issuer", True)
    assert acme.operator.public.text in first.why
    assert theirs.operator.public.text in first.why
    assert "key-unknown" not in [cause.code for cause in report.causes]
    theirs.wipe()


async def test_a_user_who_is_let_in_is_told_of_another_jwt_of_its_account(
    serve: Serve, acme: Acme
) -> None:
    deployed = acme.account_jwt(issued=acme.now - 100)
    chain = acme.chain(acme.user_jwt(), acme.account_jwt(description="newer"))
    report = await about(acme.configuration(deployed), serve, acme.user, chain)
    assert report.ok
    assert ("jwt-account-differs", True) in codes(report)


# --- what it is not believed in ---------------------------------------------------------------


async def test_the_monitoring_of_another_server_proves_nothing(
    serve: Serve, user: Seed, acme: Acme
) -> None:
    other = serve(HTTP + acme.configuration())
    with Seed.generate(Kind.USER) as known:
        report = await told(serve(knows(known)).url, monitor_of(other), user)
    assert codes(report) == [
        ("key-unknown", False),
        ("jwt-missing", False),
        ("monitor-other-server", True),
    ]
    accepted = await told(serve(knows(user)).url, monitor_of(other), user)
    assert accepted.ok
    assert codes(accepted) == [("monitor-other-server", True)]


async def test_a_wrong_client_port_is_corrected_from_the_monitoring(
    serve: Serve, user: Seed
) -> None:
    server = serve(HTTP)
    report = await told(f"nats://127.0.0.1:{unused_port()}", monitor_of(server), user)
    assert codes(report) == [("refused", True)]
    assert server.url in report.causes[0].fix


async def test_a_port_that_wants_tls_first_is_told_by_the_monitoring(user: Seed) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as port:
        body = json.dumps({"server_id": "N1", "port": port, "tls_required": True}).encode()

        async def monitoring(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)
            await writer.drain()

        async with serving(monitoring) as http:
            report = await told(
                f"nats://127.0.0.1:{port}", f"http://127.0.0.1:{http}", user, timeout=2
            )
    assert codes(report)[0] == ("tls-first", False)
    assert f"127.0.0.1:{http}" in report.causes[0].why


async def test_monitoring_over_tls_is_verified(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue("localhost").block()
    server = serve(f'https: "127.0.0.1:-1"\n{block}{knows(user)}')
    port = logged_port(server, "https monitor on")
    address = MonitorAddress.parse(f"https://localhost:{port}")
    trusted = await Monitor(address, TlsFiles(ca=authority.file)).look(None, 5)
    assert (trusted.problem, trusted.tls_required) == ("", True)
    untrusted = await Monitor(address).look(None, 5)
    assert "certificate" in untrusted.problem


# --- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://h", "http://h:8222"),
        ("http://h:80/", "http://h:80"),
        ("HTTPS://h:8222/base/varz", "https://h:8222/base"),
        ("http://[::1]:8222", "http://[::1]:8222"),
    ],
)
def test_an_address_of_monitoring_is_read(text: str, url: str) -> None:
    assert MonitorAddress.parse(text).url == url


@pytest.mark.parametrize(
    "text",
    ["", "h:8222", "nats://h", "http://", "http://u:p@h", "http://h:x", "http://h/?a=b",
     "http://h/#f", "http://h/a b", "http://h/\r\nX: y", "http://h\x00", "http://h:0"],
)  # fmt: skip
def test_what_is_no_address_of_monitoring_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        MonitorAddress.parse(text)


# --- listeners that lie -----------------------------------------------------------------------


async def look(answer: bytes, *, timeout: float = 5.0, stay: bool = False) -> Monitored:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        await writer.drain()
        if stay:
            await reader.read()

    async with serving(handler) as port:
        address = MonitorAddress.parse(f"http://127.0.0.1:{port}")
        return await Monitor(address).look("A" * 56, timeout)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "HTTP"),
        (b"SSH-2.0-x\r\n", "HTTP"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "status 302"),
        (b"HTTP/1.1 404 Not Found\r\n\r\nno", "status 404"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "no JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n[1]", "no JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "names no server"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"a":' * 50, "no JSON"),
        (b"HTTP/1.1 2\x1b[2J00\r\n\r\n", "status"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * (MAX_ANSWER + 1), "1 MiB"),
    ],
)
async def test_what_is_no_monitoring_is_said_to_be_none(answer: bytes, problem: str) -> None:
    found = await look(answer)
    assert problem in found.problem
    assert "\x1b" not in found.problem
    assert found.to_json() == {"url": found.url, "problem": found.problem}


async def test_a_monitoring_that_never_ends_is_given_up() -> None:
    assert "in time" in (await look(b"HTTP/1.1 200 OK\r\n", timeout=0.4, stay=True)).problem
    nobody = MonitorAddress.parse(f"http://127.0.0.1:{unused_port()}")
    assert "nothing listens" in (await Monitor(nobody).look(None, 5)).problem


def test_nothing_that_a_monitoring_says_is_believed_in_the_wrong_type() -> None:
    """A thousand answers: none raises, and none brings a control character."""
    generator = random.Random(8222)
    fields = ("server_id", "server_name", "version", "port", "auth_required", "tls_required",
              "connections", "max_connections", "config_load_time", "start", "system_account",
              "trusted_operators_jwt", "account_detail")  # fmt: skip
    values: list[Callable[[], object]] = [
        lambda: generator.choice(WRONG),
        lambda: generator.choice(NASTY),
        lambda: [generator.choice(NASTY)],
        lambda: {"jwt": generator.choice((*NASTY, *WRONG))},
        lambda: "2025-01-01T00:00:00.123456789Z",
        lambda: "2025-13-01T00:00:00Z",
    ]
    for _ in range(1000):
        server = {name: generator.choice(values)() for name in fields}
        account: dict[str, object] | str | None = generator.choice(
            (None, MISSING, "broken", {name: generator.choice(values)() for name in fields})
        )
        found = read("http://h:8222", server, account)
        shown = json.dumps(found.to_json(), ensure_ascii=False)
        assert not any(ord(character) < 32 or ord(character) == 127 for character in shown)
        assert found.by_jwts in {None, True, False}


@dataclass
class _Counted:
    asked: int = 0


async def test_a_monitoring_is_asked_once_for_many_keys() -> None:
    counted = _Counted()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        counted.asked += 1
        writer.write(b'HTTP/1.0 200 OK\r\n\r\n{"server_id":"N1"}')
        await writer.drain()

    async with serving(handler) as port:
        monitor = Monitor(MonitorAddress.parse(f"http://127.0.0.1:{port}"))
        found = [await monitor.look("A" * 56, 5) for _ in range(5)]
    assert counted.asked == 2
    assert {one.account_known for one in found} == {True}
    assert found[0].loaded is None


async def test_endless_jwts_of_a_monitor_keep_nobody_beyond_the_time_of_the_check(
    acme: Acme, serve: Serve
) -> None:
    subjects = [f"a.{i}" for i in range(20_000)]
    endless = acme.account_jwt(default_permissions={"pub": {"allow": subjects, "deny": subjects}})
    server = serve(acme.configuration(acme.account_jwt()))
    chain = acme.chain(acme.user_jwt(times={"expires": acme.now - 5}), acme.account_jwt())
    async with opened(
        Server(Target.parse(server.url)), acme.user.public, ring(Lender(acme.user), chain)
    ) as attempt:
        pass
    answer = {"server_id": attempt.evidence.info["server_id"], "account_detail": {"jwt": endless}}
    found = read("http://127.0.0.1:8222", {**answer, "account_detail": None}, answer)
    assert found.account is not None
    began = time.monotonic()
    report = await explained(attempt.evidence, 5, found)
    assert time.monotonic() - began < 6
    assert report.causes[0].code == "jwt-expired"
    short = without_jwts(attempt.evidence)
    assert short.verdict is Verdict.REFUSED
    last = short.causes[-1]
    assert (last.code, last.certain) == ("jwt-too-long", False)
    assert attempt.evidence.chain is not None
