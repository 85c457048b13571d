"""What is wrong with claims: found as NATS' own programs find it, and mended without harm."""

from __future__ import annotations

import copy
import zoneinfo
from typing import Any

import pytest

from tests import flawed
from tests.flawed import ACCOUNT, EXPORTER, LONG_AGO, activation
from wallet.errors import UsageError
from wallet.nats.claims import content as fields
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.validation.claim_flaws import flaws, mended, refused
from wallet.nats.validation.flaw import About, Effect

ABOUT = About(ACCOUNT.public.text, LONG_AGO + 5)
NAMES = sorted(flawed.ACCOUNTS)
# Where a person has to say what was meant.
LEFT_TO_A_PERSON = {
    *("a callout by no key", "a callout for nobody", "a callout for all and one"),
    *("a callout with a key of another kind", "authorization that is a text"),
    *("a tier without a name", "a default of no subject", "a limit in words", "a limit and a half"),
    *("limits that are a list", "a revocation in words", "revocations that are a list"),
    *("a template that is a text", "a role that is a number", "signing keys that are an object"),
    *("a scope of another kind",),
}


@pytest.mark.parametrize("name", NAMES)
def test_claims_that_servers_refuse_whole_are_not_signed_and_the_place_is_named(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        fields.check(Kind.ACCOUNT, flawed.claims(name), ABOUT)
    said = str(raised.value)
    assert flawed.ACCOUNTS[name][1] in said
    assert "Every server refuses the whole JWT" in said or "cannot be read" in said
    assert "Nothing was changed" in said


@pytest.mark.parametrize("name", NAMES)
def test_what_can_be_mended_without_giving_a_right_is(name: str) -> None:
    before = flawed.claims(name)
    kept = copy.deepcopy(before)
    after, done = mended(Kind.ACCOUNT, before, ABOUT)
    assert before == kept
    left = refused(Kind.ACCOUNT, after, ABOUT)
    if name in LEFT_TO_A_PERSON:
        assert left
        assert after == before
    else:
        assert done
        assert left == []


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (
            {
                "imports": [
                    {
                        "subject": "hay.>",
                        "account": EXPORTER.public.text,
                        "type": "stream",
                        "token": activation(exp=LONG_AGO + 1),
                    }
                ]
            },
            "expired on 2023-11-14 22:13:21 UTC: since then the import of hay.> does not come",
        ),
        (
            {
                "imports": [
                    {
                        "subject": "hay.>",
                        "account": EXPORTER.public.text,
                        "type": "stream",
                        "token": activation(nbf=LONG_AGO + 100),
                    }
                ]
            },
            "not valid before",
        ),
        (
            {
                "limits": {
                    **flawed.FREE,
                    "disk_storage": 5,
                    "tiered_limits": {"R1": {"disk_storage": 5}},
                }
            },
            "by the tiers alone",
        ),
    ],
)
def test_what_servers_leave_out_is_told_and_signed(claims: dict[str, Any], said: str) -> None:
    told = fields.check(Kind.ACCOUNT, {**fields.starting(Kind.ACCOUNT), **claims}, ABOUT)
    assert said in " ".join(map(str, told))


@pytest.mark.parametrize(
    ("exports", "said"),
    [
        ([], "exports no stream hay.>"),
        ([{"subject": "hay.>", "type": "stream", "token_req": True}], "with an activation only"),
        ([{"subject": "hay.>", "type": "stream"}], ""),
        ([{"subject": ">", "type": "stream"}, {"subject": 5}, "x"], ""),
    ],
)
def test_an_import_that_the_exporter_does_not_give_is_told(exports: list[Any], said: str) -> None:
    known = {EXPORTER.public.text: {"exports": exports}}
    about = About(ACCOUNT.public.text, LONG_AGO, claims_of=known.get)
    given = {"subject": "hay.>", "account": EXPORTER.public.text, "type": "stream"}
    claims = {**fields.starting(Kind.ACCOUNT), "imports": [given]}
    told = [str(flaw) for flaw in flaws(Kind.ACCOUNT, claims, about)]
    assert bool(told) is bool(said)
    assert said in " ".join(told)


def test_the_system_account_gets_no_jetstream_from_either_side() -> None:
    claims = {"limits": {**flawed.FREE, "disk_storage": -1}}
    about = About(ACCOUNT.public.text, system_account=True)
    with pytest.raises(UsageError, match="does not even start"):
        fields.check(Kind.ACCOUNT, claims, about)
    names_it = About(claims_of={ACCOUNT.public.text: claims}.get)
    with pytest.raises(UsageError, match="does not even start"):
        fields.check(Kind.OPERATOR, {"system_account": ACCOUNT.public.text}, names_it)


def test_a_mend_takes_a_whole_entry_away_and_a_word_alone() -> None:
    claims = {
        **fields.starting(Kind.ACCOUNT),
        "exports": [
            {"subject": "a", "type": "stream", "token_req": "yes"},
            {"subject": "b", "type": "stream", "token_req": True, "info_url": "::"},
        ],
    }
    after, _ = mended(Kind.ACCOUNT, claims)
    assert after["exports"] == [{"subject": "b", "type": "stream", "token_req": True}]


def test_what_makes_servers_refuse_comes_first() -> None:
    claims = {"limits": {"conn": None}, "exports": "x"}
    effects = [flaw.effect for flaw in flaws(Kind.ACCOUNT, claims)]
    assert effects == sorted(effects, key=list(Effect).index)
    assert effects[0] is Effect.REFUSED


def test_the_machines_list_of_zones_is_read_once_for_any_number_of_jwts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[None] = []

    available = zoneinfo.available_timezones

    def listed() -> set[str]:
        asked.append(None)
        return available()

    monkeypatch.setattr(zoneinfo, "available_timezones", listed)
    claims = {"times": [{"start": "08:00:00", "end": "09:00:00"}], "times_location": "Asia/Tokyo"}
    for _ in range(20):
        assert flaws(Kind.USER, claims, ABOUT) == []
    assert len(asked) <= 1


@pytest.mark.parametrize("before", ["", "x", "key ", "\x1b[2J", "a" * 50])
def test_no_refusal_repeats_a_seed_or_a_control_character_out_of_claims(before: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        pasted = seed.encode().decode()
    for claims in (
        {"revocations": {before + pasted: 1}},
        {"signing_keys": [before + pasted]},
        {"authorization": {"auth_users": [before + pasted]}},
        {"mappings": {before + pasted: [{"subject": f"{before}{pasted}.$2"}]}},
        {"exports": [{"name": "e", "subject": before + pasted, "type": "service"}] * 2},
    ):
        told = [str(one) for one in flaws(Kind.ACCOUNT, {**unlimited_account(), **claims})]
        assert told
        assert not [one for one in told if pasted[:40] in one or not one.isprintable()]
