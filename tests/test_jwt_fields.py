"""An escape, a NUL and a wrong type in every field of every kind of JWT, followed to the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import flawed
from tests.evidence import evidence_of
from tests.jwt_fields import NOW, Spoiled, spoiled, whole
from tests.jwts import signed
from tests.vault.support import box
from wallet.app.widgets.details.summary import everything
from wallet.chain import Chain, describe, objections
from wallet.connection.causes import diagnosis, monitor_proof
from wallet.connection.protocol.statistics import read
from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.inspection import inspect
from wallet.vault.records import Records

CASES = list(spoiled())
KINDS = sorted({case.kind for case in CASES})
USER, ACCOUNT, OPERATOR = (
    signed(key, whole(kind))
    for kind, key in (
        ("user", flawed.ACCOUNT),
        ("account", flawed.OPERATOR),
        ("operator", flawed.OPERATOR),
    )
)


def of(kind: str) -> list[Spoiled]:
    return [case for case in CASES if case.kind == kind]


def texts(value: Any) -> Iterator[str]:
    """Every text in what is shown, names of fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (*texts(name), *texts(inner))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def is_safe(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def chains(case: Spoiled) -> list[Chain]:
    """The chains that this JWT can stand in, the others being sound."""
    try:
        claims = jwt.parse(case.token)
    except JwtError:
        return []
    sound = {
        "user": jwt.parse(USER),
        "account": jwt.parse(ACCOUNT),
        "operator": jwt.parse(OPERATOR),
    }
    if case.kind not in sound:
        return []
    return [Chain(**{**sound, case.kind: claims}), Chain(**{case.kind: claims})]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_inspect_shows_nothing_that_moves_a_cursor(kind: str) -> None:
    for case in of(kind):
        found = inspect(case.token, now=NOW)
        shown = json.dumps(found.to_json(), ensure_ascii=False)
        assert is_safe(shown), case.where
        assert all(map(is_safe, texts(found.to_json()))), case.where
    for case in of(kind)[::25]:
        found = inspect(case.token, now=NOW)
        between = f"-----BEGIN NATS {kind.upper()} JWT-----\n{case.token}\n------END X JWT------\n"
        assert inspect(between, now=NOW) == found


@pytest.mark.parametrize("kind", ["account", "operator", "user"])
@pytest.mark.slow
def test_words_and_objections_are_safe_to_show(kind: str) -> None:
    for case in of(kind):
        for chain in chains(case):
            said = describe(chain, NOW)
            for each in objections(chain, now=NOW, address="192.0.2.7"):
                said += [each.code, each.why, each.fix]
            assert all(map(is_safe, said)), (case.where, said)


@pytest.mark.parametrize("kind", ["account", "operator"])
def test_what_a_monitor_sends_is_safe_in_the_words_of_a_test(kind: str) -> None:
    held = Chain(jwt.parse(USER), jwt.parse(ACCOUNT), jwt.parse(OPERATOR))
    for case in of(kind)[::3]:
        account = case.token if kind == "account" else ACCOUNT
        operator = case.token if kind == "operator" else OPERATOR
        server: dict[str, Any] = {"server_id": "N", "trusted_operators_jwt": [operator]}
        detail: dict[str, Any] = {"server_id": "N", "account_detail": {"jwt": account}}
        found = read("http://127.0.0.1:8222", server, detail)
        for chain in (held, None):
            evidence = evidence_of(
                decode_public(flawed.USER.public.text),
                "nats://h:4222",
                chain=chain,
                info={"server_id": "N"},
                jwt_shown=True,
                error="Authorization Violation",
            )
            _, summary, causes = diagnosis.explain(monitor_proof.adopt(evidence, found))
            said = [summary, *(text for cause in causes for text in (cause.why, cause.fix))]
            assert all(map(is_safe, said)), (case.where, said)
            assert all(map(is_safe, texts(found.to_json()))), case.where


def test_the_apps_page_of_a_key_shows_nothing_that_moves_a_cursor() -> None:
    records = Records.empty(box())
    above: int | None = None
    keys = {}
    for kind, key in (("operator", flawed.OPERATOR), ("account", flawed.ACCOUNT)):
        above = keys[kind] = records.add_public(key.public, name=kind, under=above).id
    keys["user"] = records.add_public(flawed.USER.public, name="user", under=above).id
    sound = {"operator": OPERATOR, "account": ACCOUNT, "user": USER}
    shown = 0
    for case in CASES[::5]:
        if case.kind not in keys:
            continue
        try:
            for kind, token in {**sound, case.kind: case.token}.items():
                records.tokens.set(keys[kind], token)
        except JwtError:
            continue
        for number in keys.values():
            parts = everything(records.get(number), records)
            text = "\n".join(part.plain for part in parts)
            assert is_safe(text), (case.where, text)
        shown += 1
    assert shown > 30


def test_a_jwt_that_a_monitor_signed_itself_never_replaces_ours() -> None:
    held = Chain(jwt.parse(USER), jwt.parse(ACCOUNT), jwt.parse(OPERATOR))
    evil = Seed.generate(Kind.OPERATOR)
    named = {**whole("operator"), "iss": evil.public.text}
    named["nats"]["signing_keys"] = [evil.public.text]
    free = {**whole("account"), "iss": evil.public.text}
    found = read(
        "http://127.0.0.1:8222",
        {"server_id": "N", "trusted_operators_jwt": [signed(evil, named)]},
        {"server_id": "N", "account_detail": {"jwt": signed(evil, free)}},
    )
    public = decode_public(flawed.USER.public.text)
    evidence = evidence_of(public, "nats://h:4222", chain=held, info={"server_id": "N"})
    evidence = monitor_proof.adopt(evidence, found)
    assert evidence.chain == held
    assert evidence.held_account is None
    assert found.operators == ()
