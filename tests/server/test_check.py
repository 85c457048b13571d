"""A key against real nats-servers: what is accepted, what is refused, and why."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.server.conftest import Lender, Serve, ask, codes, knows, ring
from tests.server.listeners import connected, logged_port, unused_port
from wallet.connection.causes.report import Stage, StageResult, StageStarted, Verdict
from wallet.connection.check.attempt import Event, check
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind, Seed


async def test_a_known_key_is_accepted_as_itself(
    serve: Serve, user: Seed, program: str | None
) -> None:
    server = serve("server_name: n1\n" + knows(user))
    report = await ask(server.url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert report.ok
    assert codes(report) == []
    assert (report.identity and report.identity.user) == (None if program else user.public.text)
    assert report.server["server_name"] == "n1"
    assert "n1" in report.summary
    assert report.rtt_ms is not None
    assert [stage.ok for stage in report.stages] == [True, True, True, None, True, True]


async def test_an_unknown_key_is_refused_and_no_cause_is_claimed_certain(
    serve: Serve, user: Seed
) -> None:
    server = serve(knows(user))
    with Seed.generate(Kind.USER) as stranger:
        report = await ask(server.url, stranger)
        public = stranger.public.text
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("key-unknown", False), ("jwt-missing", False)]
    assert public in report.causes[0].why
    assert f"{{ nkey: {public} }}" in report.causes[0].fix


async def test_the_fix_for_an_unknown_key_works_as_pasted(serve: Serve, user: Seed) -> None:
    with Seed.generate(Kind.USER) as other:
        refused = await ask(serve(knows(other)).url, user)
        _, _, line = refused.causes[0].fix.partition("\n")
        server = serve(f"authorization {{ users = [ {{ nkey: {other.public} }}\n{line}\n ] }}")
        assert (await ask(server.url, user)).ok
        assert (await ask(server.url, other)).ok


async def test_a_server_that_checks_nothing_is_a_warning_and_no_success(
    serve: Serve, user: Seed
) -> None:
    report = await ask(serve("").url, user)
    assert report.verdict is Verdict.UNCHECKED
    assert not report.ok
    assert codes(report) == [("accepted-without-check", True)]


async def test_a_password_only_server_cannot_check_keys(serve: Serve, user: Seed) -> None:
    report = await ask(serve("authorization { user: a, password: b }").url, user)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("no-nkey-auth", True)]


async def test_a_token_server_cannot_check_keys(serve: Serve, user: Seed) -> None:
    report = await ask(serve('authorization { token: "s3cr3t" }').url, user)
    assert codes(report) == [("no-nkey-auth", True)]


async def test_with_no_auth_user_a_known_key_is_still_accepted_as_itself(
    serve: Serve, user: Seed, program: str | None
) -> None:
    server = serve(
        "no_auth_user: anon\n"
        f"accounts {{ A {{ users = [ {{ nkey: {user.public} }}, {{ user: anon, password: x }} ]"
        " } }"
    )
    report = await ask(server.url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert (report.identity and report.identity.account) == (None if program else "A")


async def test_an_account_key_is_the_wrong_kind_for_certain(serve: Serve, user: Seed) -> None:
    server = serve(knows(user))
    with Seed.generate(Kind.ACCOUNT) as account:
        report = await ask(server.url, account)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("key-wrong-kind", True)]


async def test_a_curve_key_never_signs_and_is_the_wrong_kind(serve: Serve, user: Seed) -> None:
    server = serve(knows(user))
    with Seed.generate(Kind.CURVE) as curve:
        report = await ask(server.url, curve)
    assert codes(report) == [("key-wrong-kind", True)]


async def test_permissions_and_account_are_told_as_the_server_has_them(
    serve: Serve, user: Seed
) -> None:
    server = serve(
        "accounts { ORDERS { users = [ { nkey: "
        f"{user.public}, permissions {{ publish: 'a.>', subscribe: ['b.*', '_INBOX.>'] }}"
        " } ] } }"
    )
    report = await ask(server.url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert report.identity is None or report.identity.account == "ORDERS"


async def test_a_user_without_any_permission_is_still_accepted(serve: Serve, user: Seed) -> None:
    server = serve(
        "authorization { users = [ { nkey: "
        f"{user.public}, permissions {{ publish: {{ deny: '>' }}, subscribe: {{ deny: '>' }} }}"
        " } ] }"
    )
    report = await ask(server.url, user)
    assert report.verdict is Verdict.ACCEPTED


async def test_nothing_listening_is_refused_for_certain(user: Seed) -> None:
    report = await ask(f"nats://127.0.0.1:{unused_port()}", user)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == [("refused", True)]
    assert [stage.ok for stage in report.stages] == [True, False, None, None, None, None]


async def test_a_name_that_nobody_has_is_a_matter_of_dns(user: Seed) -> None:
    report = await ask("nats://no-such-host.invalid", user)
    assert codes(report) == [("dns", True)]
    assert "no-such-host.invalid" in report.causes[0].why


async def test_a_name_that_cannot_be_looked_up_at_all_is_a_matter_of_dns(user: Seed) -> None:
    report = await ask(f"nats://{'a' * 100}.example", user)
    assert codes(report) == [("dns", True)]


async def test_the_monitoring_port_is_recognised(serve: Serve, user: Seed) -> None:
    port = logged_port(serve('http: "127.0.0.1:-1"'), "http monitor on")
    report = await ask(f"nats://127.0.0.1:{port}", user, timeout=2)
    assert codes(report) == [("http-port", True)]
    assert str(port) in report.causes[0].why
    assert "monitoring" in report.causes[0].why


async def test_the_websocket_port_is_recognised(serve: Serve, user: Seed) -> None:
    server = serve("websocket { host: 127.0.0.1, port: -1, no_tls: true }")
    port = logged_port(server, "for websocket clients on")
    report = await ask(f"nats://127.0.0.1:{port}", user, timeout=2)
    assert codes(report) == [("wrong-port", True)]
    assert "WebSocket" in report.causes[0].why
    assert str(port) in report.causes[0].why


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("cluster { name: c, host: 127.0.0.1, port: -1 }", "for route connections on"),
        ("leafnodes { host: 127.0.0.1, port: -1 }", "for leafnode connections on"),
        ("gateway { name: c, host: 127.0.0.1, port: -1 }", "for gateways connections on"),
    ],
    ids=["route", "leafnode", "gateway"],
)
async def test_a_port_for_servers_is_the_wrong_port(
    serve: Serve, user: Seed, block: str, words: str
) -> None:
    port = logged_port(serve(knows(user) + block), words)
    report = await ask(f"nats://127.0.0.1:{port}", user, timeout=2)
    assert codes(report) == [("wrong-port", True)]
    assert str(port) in report.causes[0].why
    assert not report.ok


async def test_a_full_server_says_so(serve: Serve, user: Seed) -> None:
    server = serve(f"max_connections: 1\n{knows(user)}")
    # A client counts once it was let in; one that was only greeted may not count yet.
    async with connected(server.url, user):
        report = await ask(server.url, user)
    assert codes(report) == [("server-full", True)]


async def test_something_that_stays_silent_is_probably_no_nats_server(user: Seed) -> None:
    with listener() as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=1)
    assert codes(report) == [("not-nats", False)]


async def test_stages_are_told_as_they_happen(serve: Serve, user: Seed) -> None:
    server = serve(knows(user))
    heard: list[Event] = []
    await check(
        Server(Target.parse(server.url)), user.public, ring(Lender(user)), on_stage=heard.append
    )
    started = [event.stage for event in heard if isinstance(event, StageStarted)]
    ended = [event for event in heard if isinstance(event, StageResult)]
    assert started == [s for s in Stage if s is not Stage.TLS]
    assert [event.stage for event in ended] == list(Stage)
    assert all(event.detail for event in ended)


async def test_the_report_has_the_fields_of_the_contract(serve: Serve, user: Seed) -> None:
    found = (await ask(serve(knows(user)).url, user)).to_json()
    assert set(found) >= {"ok", "public", "server", "stages", "causes", "rtt_ms"}
    stages = found["stages"]
    assert isinstance(stages, list)
    assert [stage["name"] for stage in stages] == [stage.value for stage in Stage]
    assert all(set(stage) == {"name", "ok", "ms", "detail"} for stage in stages)


async def test_an_ipv6_address_works(serve: Serve, user: Seed) -> None:
    target = Target.parse("nats://[::1]:4333")
    assert (target.host, target.port, target.address) == ("::1", 4333, "[::1]:4333")


@contextmanager
def listener() -> Iterator[int]:
    """Something that takes connections and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        yield silent.getsockname()[1]


def test_a_target_may_leave_out_scheme_and_port() -> None:
    assert Target.parse("example.org").url == "nats://example.org:4222"
    assert Target.parse("TLS://example.org:443/").url == "tls://example.org:443"


@pytest.mark.parametrize(
    "text",
    [
        *("", "a b", "http://x", "ws://x", "nats://", "nats://h:0", "nats://h:65536", "nats://h:x"),
        *("nats://user:pass@h", "nats://token@h", "nats://h/path", "nats://h?x", "nats://h\x1b[0m"),
    ],
)
def test_an_address_that_is_none_is_refused_with_what_to_write(text: str) -> None:
    from wallet.errors import UsageError

    with pytest.raises(UsageError, match=r"nats://host:4222") as refused:
        Target.parse(text)
    assert "pass" not in str(refused.value).replace("password", "")
