"""What is told of a key that the server took: what it may do, and what is odd about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.server.conftest import Lender, Serve, ask, codes, ring
from tests.server.listeners import serving
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.causes.slowness import SLOW_MS, SLOW_TIMES, is_slow
from wallet.connection.check import question
from wallet.connection.check.request import Ask, CheckOptions, Server
from wallet.connection.check.subject_trials import may_publish
from wallet.connection.protocol.target import Target
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.subjects import Patterns

Answers = dict[tuple[str, str], bool | None]


def allowing(user: Seed, permissions: str) -> str:
    return (
        f"authorization {{ users = [ {{ nkey: {user.public}, permissions: {permissions} }} ] }}\n"
    )


async def may(url: str, user: Seed, *texts: str, timeout: float = 5) -> tuple[Report, Answers]:
    report = await question.ask(
        Server(Target.parse(url)),
        user.public,
        ring(Lender(user)),
        CheckOptions(timeout, asks=tuple(Ask.parse_all(texts))),
    )
    return report, {(answer.action, answer.subject): answer.allowed for answer in report.may}


# --- which subjects ---------------------------------------------------------------------------

ORDERS = (
    '{ publish: { allow: ["orders.*", "$SYS.REQ.USER.INFO"], deny: "orders.secret" }, '
    'subscribe: { allow: ["_INBOX.>", "orders.>"] } }'
)


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_subscribing_is_tried_and_publishing_judged_by_what_the_server_tells(
    serve: Serve, user: Seed
) -> None:
    url = serve(allowing(user, ORDERS)).url
    report, answers = await may(url, user, "orders.new", "orders.secret", "other", "orders.>")
    assert report.verdict is Verdict.ACCEPTED
    assert answers == {
        ("subscribe", "orders.new"): True,
        ("publish", "orders.new"): True,
        ("subscribe", "orders.secret"): True,
        ("publish", "orders.secret"): False,
        ("subscribe", "other"): False,
        ("publish", "other"): False,
        ("subscribe", "orders.>"): True,
    }
    said = {answer.subject: answer.how for answer in report.may if answer.action == "subscribe"}
    assert said["other"] == 'Permissions Violation for Subscription to "other"'


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_what_is_published_reaches_subscribers_only_when_it_was_asked_for(
    serve: Serve, user: Seed
) -> None:
    from tests.natspy import connected

    url = serve(allowing(user, ORDERS)).url
    async with connected(url, nkeys_seed_str=user.encode().decode()) as client:
        inbox = await client.subscribe("orders.>")
        await client.flush()
        _, told = await may(url, user, "orders.one", "sub:orders.two")
        _, tried = await may(url, user, "pub:orders.three", "pub:orders.secret")
        got = await inbox.next_msg(timeout=10)
        await client.flush()
        assert (got.subject, got.data, inbox.pending_msgs) == ("orders.three", b"", 0)
    assert told[("publish", "orders.one")] is True
    assert ("publish", "orders.two") not in told
    assert tried == {("publish", "orders.three"): True, ("publish", "orders.secret"): False}


async def test_where_the_server_does_not_tell_publishing_is_not_known(
    serve: Serve, user: Seed
) -> None:
    url = serve(allowing(user, '{ publish: ["orders.new"], subscribe: ["_INBOX.>"] }')).url
    report, answers = await may(url, user, "orders.new")
    assert answers == {("subscribe", "orders.new"): False, ("publish", "orders.new"): None}
    assert "pub:orders.new" in report.may[1].how


async def test_a_key_that_is_refused_is_asked_for_no_subjects(serve: Serve, user: Seed) -> None:
    with Seed.generate(Kind.USER) as other:
        url = serve(allowing(other, ORDERS)).url
    report, answers = await may(url, user, "orders.new")
    assert (report.verdict, answers) == (Verdict.REFUSED, {})


async def test_a_server_that_falls_silent_leaves_the_answers_open(user: Seed) -> None:
    async with letting_in(pongs=5) as url:
        _, answers = await may(url, user, "a", "sub:b", timeout=2.5)
    assert answers == {("subscribe", "a"): None, ("publish", "a"): None, ("subscribe", "b"): None}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1 to 1024"),
        ("a b", "blanks"),
        ("a\tb", "blanks"),
        ("a\r\nPUB b 0", "blanks"),
        ("a\x00", "control"),
        ("a..b", "between and after its dots"),
        (".a", "between and after its dots"),
        ("pub:", "1 to 1024"),
        ("a.>.b", "at its end alone"),
        ("x" * 1025, "1 to 1024"),
        ("pub:a.*", "wildcard"),
        ("pub:>", "wildcard"),
    ],
)
def test_what_is_no_subject_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Ask.parse(text)


def test_a_subject_may_have_a_colon_in_it_and_there_are_at_most_a_hundred() -> None:
    plain, both = Ask.parse("sub:urn:x"), Ask.parse("urn:x")
    assert (plain.action, plain.subject) == ("subscribe", "urn:x")
    assert (both.action, both.subject) == (None, "urn:x")
    with pytest.raises(UsageError, match="100"):
        Ask.parse_all(["a"] * 101)


@pytest.mark.parametrize(
    ("pattern", "subject", "wanted"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        (">", "a.b", True),
        ("*", "a", True),
        ("*.b", "a.b", True),
        ("a", "a.b", False),
        ("*a", "ba", False),
    ],
)
def test_patterns_match_as_they_do_in_a_server(pattern: str, subject: str, wanted: bool) -> None:
    assert Patterns([pattern]).covers(subject) is wanted


@pytest.mark.parametrize(
    "hostile", [None, "x", {"allow": "a", "deny": 3}, {"allow": [1, None]}, {"deny": {"a": 1}}, []]
)
def test_permissions_of_the_wrong_types_are_taken_for_none(hostile: object) -> None:
    assert may_publish({"publish": hostile}, "a.b") is True


# --- oddities ---------------------------------------------------------------------------------


async def test_permissions_that_tell_nothing_may_deny_everything(serve: Serve, user: Seed) -> None:
    url = serve(allowing(user, '{ publish: { deny: ">" }, subscribe: { deny: ">" } }')).url
    report = await ask(url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("inbox-denied", True)]
    assert user.public.text in report.causes[0].why
    assert "or nothing" in report.causes[0].why
    assert "--may" in report.causes[0].fix


async def test_a_key_that_gets_no_replies_is_told(serve: Serve, user: Seed) -> None:
    url = serve(allowing(user, '{ subscribe: ["orders.>"] }')).url
    report = await ask(url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("inbox-denied", True)]
    assert "_INBOX" in report.causes[0].fix


async def test_a_key_that_may_not_subscribe_once_is_told(user: Seed) -> None:
    """As a server says it to a user whose JWT leaves the limit out."""
    async with letting_in(to_sub=b"-ERR 'maximum subscriptions exceeded'\r\n") as url:
        report = await ask(url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("no-subscriptions", True)]
    assert user.public.text in report.causes[0].why


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_permissions_without_fault_are_shown_and_not_complained_of(
    serve: Serve, user: Seed
) -> None:
    report = await ask(serve(allowing(user, ORDERS)).url, user)
    assert codes(report) == []
    assert report.identity is not None
    subscribe = report.identity.permissions["subscribe"]
    assert isinstance(subscribe, dict)
    assert sorted(subscribe["allow"]) == ["_INBOX.>", "orders.>"]


async def test_a_round_trip_far_slower_than_connecting_is_told_with_both_figures(
    user: Seed,
) -> None:
    async with letting_in(delay=0.25) as url:
        report = await ask(url, user, timeout=20)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("slow", False)]
    assert report.rtt_ms is not None
    assert f"{report.rtt_ms:.1f} ms" in report.causes[0].why
    assert "times" in report.causes[0].why


@pytest.mark.parametrize(
    ("connect", "rtt", "slow"),
    [
        (1.0, 1.0 + SLOW_MS + 0.1, True),
        (1.0, SLOW_MS, False),
        (100.0, 100.0 * SLOW_TIMES, False),
        (100.0, 100.0 * SLOW_TIMES + 1, True),
        (0.0, SLOW_MS + 1, True),
        (None, 500.0, False),
        (1.0, None, False),
    ],
)
def test_slow_is_several_times_the_network_and_more_than_a_blink(
    connect: float | None, rtt: float | None, slow: bool
) -> None:
    assert is_slow(connect, rtt) is slow


@asynccontextmanager
async def letting_in(
    *, delay: float = 0, pongs: int = 1000, to_sub: bytes = b""
) -> AsyncIterator[str]:
    """The address of a listener that lets anybody in, and answers pings late, or not for ever."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"abc","auth_required":true,"version":"2.9.10"}\r\n')
        left = pongs
        while line := await reader.readline():
            if line.startswith(b"SUB "):
                writer.write(to_sub)
            elif line == b"PING\r\n":
                await asyncio.sleep(delay)
                left -= 1
                if left >= 0:
                    writer.write(b"PONG\r\n")

    async with serving(handler) as port:
        yield f"nats://127.0.0.1:{port}"
