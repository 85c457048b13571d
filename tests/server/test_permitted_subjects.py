"""Which subjects a key may use, where the server tells it in part, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.conftest import Lender, Serve, codes, ring
from tests.server.listeners import serving
from tests.server.operators import Acme
from tests.server.test_accepted import Answers, allowing, may
from wallet.chain import Chain
from wallet.connection.causes.report import Report
from wallet.connection.check import question
from wallet.connection.check.request import Ask, CheckOptions, Server
from wallet.connection.check.subject_trials import may_publish
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Seed

SUBSCRIBES = "orders.status"


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


async def asked(url: str, acme: Acme, chain: Chain, *texts: str) -> tuple[Report, Answers]:
    report = await question.ask(
        Server(Target.parse(url)),
        acme.user.public,
        ring(Lender(acme.user), chain),
        CheckOptions(5, asks=tuple(Ask.parse_all(texts))),
    )
    return report, {(answer.action, answer.subject): answer.allowed for answer in report.may}


@pytest.mark.newer_server("which account it is says a server from 2.12 on")
async def test_the_least_a_user_needs_is_no_denial_of_everything(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt()
    user = acme.user_jwt(pub={"allow": ["orders.>"]}, sub={"allow": [SUBSCRIBES]})
    url = serve(acme.configuration(account)).url
    chain = acme.chain(user, account)
    report, answers = await asked(url, acme, chain, "orders.new", "invoices", SUBSCRIBES)
    assert codes(report) == [("inbox-denied", True)]
    assert answers["publish", "orders.new"] is True
    assert answers["publish", "invoices"] is False
    assert answers["publish", SUBSCRIBES] is True
    assert answers["subscribe", SUBSCRIBES] is True
    assert answers["subscribe", "orders.new"] is False
    assert any("JWT" in answer.how for answer in report.may)


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
@pytest.mark.parametrize("rule", ["allow", "deny"])
async def test_what_was_cut_from_a_long_list_is_not_known(
    serve: Serve, user: Seed, rule: str
) -> None:
    many = [f"s{number}" for number in range(150)]
    listed = ["$SYS.REQ.USER.INFO"] * (rule == "allow") + many
    subjects = ", ".join(f'"{subject}"' for subject in listed)
    url = serve(allowing(user, f"{{ publish: {{ {rule}: [ {subjects} ] }} }}")).url
    some = ["other", *many[::5]]
    _, told = await may(url, user, *some)
    _, tried = await may(url, user, *(f"pub:{subject}" for subject in some))
    differing = {
        subject: told["publish", subject]
        for subject in some
        if told["publish", subject] is not tried["publish", subject]
    }
    assert set(differing.values()) == {None}
    assert "other" in differing  # what stands in no list might stand in what was cut
    assert len(differing) < len(some)


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_where_answers_are_allowed_nothing_else_is_that_is_not_listed(
    serve: Serve, user: Seed
) -> None:
    asking_who = '{ publish: ["$SYS.REQ.USER.INFO"], allow_responses: true }'
    _, answers = await may(serve(allowing(user, asking_who)).url, user, "other", "pub:other")
    assert answers["publish", "other"] is False
    assert may_publish({"publish": {}, "responses": {"max": 1}}, "other") is False
    assert may_publish({"responses": {"max": 1}}, "other") is False


@pytest.mark.parametrize("storage", [0, 1_000_000])
async def test_an_account_without_jetstream_may_not_use_it_whatever_its_permissions(
    serve: Serve, acme: Acme, tmp_path: Path, storage: int
) -> None:
    account = acme.account_jwt(limits={"mem_storage": storage, "disk_storage": storage})
    text = acme.configuration(account) + f'jetstream {{ store_dir: "{tmp_path}" }}\n'
    chain = acme.chain(acme.user_jwt(), account)
    report, answers = await asked(serve(text).url, acme, chain, "pub:$JS.API.INFO", "orders")
    assert report.ok
    assert answers["publish", "$JS.API.INFO"] is bool(storage)
    if not storage:
        assert "10039" in report.may[0].how


async def test_a_server_without_jetstream_is_said_to_have_none(serve: Serve, user: Seed) -> None:
    report, answers = await may(serve(allowing(user, "{}")).url, user, "pub:$JS.API.INFO")
    assert answers["publish", "$JS.API.INFO"] is False
    assert "JetStream" in report.may[0].how


async def test_a_late_answer_to_another_question_is_none_of_jetstream(user: Seed) -> None:
    late: list[bytes] = []

    async def answers_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"version":"2.9.0","auth_required":true,"nonce":"abc"}\r\n')
        inbox = b""
        while line := await reader.readline():
            words = line.split()
            if words[:1] == [b"PING"]:
                writer.write(b"PONG\r\n")
            elif words[:1] == [b"SUB"]:
                inbox = b"MSG %b %b " % (words[1], words[2])
            elif words[:2] == [b"PUB", b"$SYS.REQ.USER.INFO"]:
                late.append(inbox + b'11\r\n{"data":{}}\r\n')
            elif words[:2] == [b"PUB", b"$JS.API.INFO"] and len(words) > 3:
                writer.write(late.pop())

    async with serving(answers_late) as port:
        url = f"nats://127.0.0.1:{port}"
        _, answers = await may(url, user, "pub:$JS.API.INFO")
    assert not late
    assert answers["publish", "$JS.API.INFO"] is None
