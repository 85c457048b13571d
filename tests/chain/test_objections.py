"""What a server will object to in a chain of JWTs, before it does."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, SIGNER, USER, chain, codes, refusals
from tests.jwts import signed
from wallet.chain import Chain, Weight, describe, objections
from wallet.chain.permission import Use, permission
from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, Seed
from wallet.when import exactly, how_long

DAY = 86_400


def test_a_sound_chain_has_nothing_against_it() -> None:
    assert codes(chain()) == []
    assert codes(chain(scope={})) == []
    assert codes(Chain()) == []


def test_a_limit_that_is_left_out_is_told_from_one_that_is_0() -> None:
    def with_fields(of: Claims, seed: Seed, **fields: Any) -> Claims:
        """Signed again as others do, who write a 0."""
        return jwt.parse(signed(seed, {**of.payload, "nats": {**of.nats, **fields}}))

    sound, role = chain(), chain(scope={})
    assert sound.user
    assert role.account
    left_out = jwt.parse(jwt.issue(ACCOUNT, USER.public, {}, issued=NOW - 60, name="billing"))
    (key,) = role.account.nats["signing_keys"]
    keys = [{**key, "template": {"subs": 0}}]
    told = [
        next(each.why for each in objections(of, now=NOW, address=None) if "`subs`" in each.why)
        for of in (
            replace(sound, user=left_out),
            replace(sound, user=with_fields(sound.user, ACCOUNT, subs=0)),
            replace(role, account=with_fields(role.account, OPERATOR, signing_keys=keys)),
        )
    ]
    assert told[0].endswith("In its JWT the limit `subs` is left out, which means 0.")
    assert told[1].endswith("In its JWT the limit `subs` is 0.")
    assert told[2].endswith("In the scope of its signing key the limit `subs` is 0.")


def test_without_the_address_source_networks_are_not_judged() -> None:
    narrow = chain({"src": ["10.0.0.0/8"]})
    assert refusals(narrow) == ["jwt-source"]
    assert refusals(narrow, address="10.1.2.3") == []
    assert refusals(narrow, address=None) == []


def test_an_ipv6_client_gets_a_network_of_its_own_in_the_fix() -> None:
    found = objections(chain({"src": ["10.0.0.0/8"]}), now=NOW, address="2001:db8::7")
    assert "--source 10.0.0.0/8,2001:db8::7/128" in found[0].fix
    found = objections(chain({"src": ["10.0.0.0/8"]}), now=NOW, address="127.0.0.1")
    assert "--source 10.0.0.0/8,127.0.0.1/32" in found[0].fix


@pytest.mark.parametrize("kind", ["WEBSOCKET", "MQTT", "LEAFNODE"])
def test_another_connection_type_is_judged_as_asked(kind: str) -> None:
    only = chain({"allowed_connection_types": ["STANDARD"]})
    assert refusals(only) == []
    assert refusals(only, connection_type=kind) == ["jwt-connection-type"]


def test_the_end_and_the_beginning_count_to_the_second() -> None:
    assert refusals(chain(expires=NOW)) == []
    assert refusals(chain(expires=NOW), now=NOW + 1) == ["jwt-expired"]
    assert refusals(chain(not_before=NOW)) == []
    assert refusals(chain(not_before=NOW + 1)) == ["jwt-not-yet"]


def test_an_account_of_another_operator_is_refused_by_a_server_that_trusts_one() -> None:
    assert refusals(chain(), trusted_operator=OPERATOR.public.text) == []
    with Seed.generate(Kind.OPERATOR) as other:
        found = objections(chain(), now=NOW, trusted_operator=other.public.text)
        assert [(each.code, each.weight) for each in found] == [("jwt-issuer", Weight.REFUSED)]
        assert other.public.text in found[0].why
        assert OPERATOR.public.text in found[0].why


def test_without_the_operators_jwt_its_signing_keys_are_not_known() -> None:
    alone = replace(chain(), operator=None)
    assert codes(alone) == []
    with Seed.generate(Kind.OPERATOR) as other:
        assert codes(alone, trusted_operator=other.public.text) == [("jwt-issuer", "possible")]


def test_an_account_that_signed_itself_is_trusted_by_nobody() -> None:
    token = jwt.issue(ACCOUNT, ACCOUNT.public, chain().account.nats, issued=NOW)  # type: ignore[union-attr]
    assert refusals(replace(chain(), account=jwt.parse(token))) == ["jwt-issuer"]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_an_account_signed_by_a_stranger_is_refused_until_its_operator_lists_that_key(
    strict: bool, listed: bool
) -> None:
    with Seed.generate(Kind.OPERATOR) as stranger:
        keys = {"signing_keys": [stranger.public.text]} if listed else {}
        of = chain(operator={"strict_signing_key_usage": strict, **keys})
        assert of.account
        token = jwt.issue(stranger, ACCOUNT.public, of.account.nats, issued=NOW)
        of = replace(of, account=jwt.parse(token))
        # The account itself signed its user, which is against a strict operator's rule besides.
        assert refusals(of) == ["jwt-issuer"] * ((not listed) + strict)
        if not listed:
            why = objections(of, now=NOW, address=None)[0].why
            assert f"is signed by {stranger.public.text}. That is neither its operator" in why


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_a_user_signed_by_a_stranger_is_refused_until_its_account_lists_that_key(
    strict: bool, listed: bool
) -> None:
    keys = {"signing_keys": [SIGNER.public.text]} if listed else {}
    of = chain(account=keys, operator={"strict_signing_key_usage": strict})
    given = {"issuer_account": ACCOUNT.public.text, **of.user.nats}  # type: ignore[union-attr]
    of = replace(of, user=jwt.parse(jwt.issue(SIGNER, USER.public, given, issued=NOW)))
    # The operator itself signed the account, which is against its own strict rule.
    assert refusals(of) == ["jwt-issuer"] * ((not listed) + strict)


def test_an_account_whose_list_of_users_of_a_service_is_empty_asks_none() -> None:
    of = chain({"src": ["10.0.0.0/8"]})
    assert of.account
    callout: dict[str, Any] = {
        "authorization": {"auth_users": []}
    }  # which the wallet's own writer leaves out
    of = replace(of, account=replace(of.account, nats={**of.account.nats, **callout}))
    assert codes(of) == [("jwt-source", "refused")]


@pytest.mark.parametrize(
    ("revocations", "whom"),
    [({"*": NOW}, "all JWTs (*)"), ({USER.public.text: NOW}, "its JWTs")],
)
def test_it_is_told_whether_all_users_are_revoked_or_this_one(
    revocations: dict[str, Any], whom: str
) -> None:
    (revoked,) = objections(chain(account={"revocations": revocations}), now=NOW, address=None)
    assert f"revokes {whom} issued up to {exactly(NOW)};" in revoked.why
    assert f"was issued on {exactly(NOW - 60)}." in revoked.why


@pytest.mark.parametrize(
    ("revocations", "revoked"),
    [
        ({}, False),
        ({USER.public.text: NOW - 61}, False),
        ({USER.public.text: NOW - 60}, True),
        ({"*": NOW - 60}, True),
        ({"*": NOW - 61}, False),
        ({USER.public.text: NOW - 61, "*": NOW}, True),
        ({ACCOUNT.public.text: NOW}, False),
    ],
)
def test_a_revocation_reaches_what_was_issued_no_later(
    revocations: dict[str, Any], revoked: bool
) -> None:
    of = chain(account={"revocations": revocations})
    assert refusals(of) == (["jwt-revoked"] if revoked else [])


def test_a_window_without_a_zone_is_only_possibly_closed() -> None:
    assert codes(chain({"times": [{"start": "03:00:00", "end": "04:00:00"}]})) == [
        ("jwt-time-window", "possible")
    ]
    assert codes(
        chain({"times": [{"start": "03:00:00", "end": "04:00:00"}]}), server=(2, 9, 0)
    ) == [("jwt-time-window", "possible")]


def test_a_window_after_midnight_may_be_closed_on_older_servers() -> None:
    early = datetime(2027, 1, 15, 5, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    night = chain(
        {"times": [{"start": "22:00:00", "end": "06:00:00"}], "times_location": "Asia/Tokyo"}
    )
    assert codes(night, now=early) == [("jwt-time-window", "possible")]
    assert codes(night, now=early + 4 * 3600) == [("jwt-time-window", "refused")]
    assert codes(night, now=early - 6 * 3600) == []
    assert "05:00:00 in Asia/Tokyo" in objections(night, now=early)[0].why


@pytest.mark.parametrize(
    ("server", "weight"),
    [
        ((2, 9, 10), ["refused"]),
        ((2, 11, 16), ["refused"]),
        ((2, 11, 17), []),
        ((2, 12, 7), ["refused"]),
        ((2, 12, 8), []),
        ((2, 13, 0), ["refused"]),
        ((2, 14, 0), []),
        (None, ["possible"]),
    ],
)
def test_which_servers_refuse_after_midnight_is_known_by_their_version(
    server: tuple[int, int, int] | None, weight: list[str]
) -> None:
    night = chain({"times": [{"start": "22:00:00", "end": "09:00:00"}], "times_location": "UTC"})
    assert [found for _, found in codes(night, server=server)] == weight


def test_older_servers_do_not_ask_a_scope_for_connection_types() -> None:
    of = chain(scope={"allowed_connection_types": ["MQTT"]})
    assert refusals(of, server=(2, 10, 18)) == []
    assert refusals(of, server=(2, 10, 19)) == ["jwt-connection-type"]
    assert refusals(chain({"allowed_connection_types": ["MQTT"]}), server=(2, 9, 0)) == [
        "jwt-connection-type"
    ]


def test_an_account_that_asks_a_service_decides_nothing_itself() -> None:
    asking = {"authorization": {"auth_users": [Seed.generate(Kind.USER).public.text]}}
    of = chain({"src": ["10.0.0.0/8"]}, asking, expires=NOW - 1)
    assert codes(of) == [("jwt-expired", "refused"), ("jwt-source", "possible")]
    named = {"authorization": {"auth_users": [USER.public.text]}}
    assert refusals(chain({"src": ["10.0.0.0/8"]}, named)) == ["jwt-source"]


def test_a_user_that_needs_a_proxy_may_be_refused() -> None:
    proxied = chain({"proxy_required": True})
    assert codes(proxied) == [("jwt-proxy", "possible")]
    assert codes(proxied, server=(2, 11, 99)) == []  # knows no such rule
    assert codes(proxied, server=(2, 12, 0)) == [("jwt-proxy", "refused")]


@pytest.mark.parametrize(
    ("own", "carried"),
    [
        ({}, False),
        ({"pub": {}, "sub": {}, "subs": 0, "bearer_token": False, "src": None}, False),
        ({"subs": -1}, True),
        ({"payload": 100}, True),
        ({"src": []}, True),
        ({"pub": {"allow": []}}, True),
        ({"resp": {}}, True),
        ({"allowed_connection_types": ["STANDARD"]}, True),
        ({"times_location": "UTC"}, True),
    ],
)
def test_a_scoped_user_carries_no_rule_of_its_own(own: dict[str, Any], carried: bool) -> None:
    # Signed by hand: the wallet's own writer leaves empty fields out, as Go's does.
    of = chain(scope={})
    assert of.user
    user = replace(of.user, nats={**of.user.nats, **own})
    assert ("jwt-scope" in refusals_of(replace(of, user=user))) is carried


def refusals_of(of: Chain) -> list[str]:
    """As though the signature were right, which it is not for what was changed after signing."""
    from wallet.chain import users

    return [each.code for each in users.scope(of)]


def test_a_scopes_subjects_are_made_for_the_user() -> None:
    template = {
        "pub": {"allow": ["a.{{name()}}.{{subject()}}", "t.{{tag(team)}}"]},
        "sub": {"allow": ["{{account-name()}}.>", "{{ account-subject() }}"]},
    }
    of = chain({"tags": ["team:red", "team:blue", "x"]}, scope=template)
    said = "\n".join(describe(of, NOW))
    assert f"Publish: a.billing.{USER.public}, t.red, t.blue." in said
    assert f"Subscribe: orders.>, {ACCOUNT.public}." in said


def test_a_scope_that_names_tags_in_some_of_its_subjects_is_filled_in_all() -> None:
    allowed = {"allow": ["fixed", "t.{{tag(team)}}"]}
    said = describe(chain({"tags": ["team:red"]}, scope={"pub": allowed}), NOW)
    assert "Publish: fixed, t.red." in said


def test_a_scope_whose_tags_the_user_lacks_leaves_nothing_to_allow() -> None:
    narrow = {"allow": ["t.{{tag(team)}}"]}
    of = chain(scope={"pub": narrow, "sub": narrow})
    assert codes(of) == [("permissions-deny-all", "warning")]
    assert "Publish: nothing." in describe(of, NOW)


@pytest.mark.parametrize("subject", ["{{tag(team)}}", "{{what()}}", "a.{{tag(x)}}.b"])
def test_a_scope_that_cannot_be_filled_refuses(subject: str) -> None:
    of = chain(scope={"pub": {"deny": [subject]}})
    assert refusals(of) == ["jwt-scope"]
    assert any("cannot be read" in line for line in describe(of, NOW))


def test_a_scope_with_countless_subjects_ends() -> None:
    many = {"tags": [f"t:{n}" for n in range(100)]}
    of = chain(many, scope={"pub": {"allow": [".".join(["{{tag(t)}}"] * 5)]}})
    assert refusals(of) == ["jwt-scope"]


@pytest.mark.parametrize(
    ("user", "account", "expected"),
    [
        ({"subs": 0}, {}, [("jwt-limits", "warning")]),
        ({"payload": 0}, {}, [("jwt-limits", "warning")]),
        ({"data": 0}, {}, []),
        ({"bearer_token": True}, {}, [("jwt-bearer", "warning")]),
        ({}, {"limits": {"conn": -1}}, [("jwt-limits", "warning"), ("jwt-limits", "warning")]),
    ],
)
def test_what_is_let_in_and_then_kept_from_something_is_a_warning(
    user: dict[str, Any], account: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert codes(chain(user, account)) == expected


def test_a_bearer_token_that_is_refused_is_not_warned_of_as_well() -> None:
    limits = {"limits": {**chain().account.nats["limits"], "disallow_bearer": True}}  # type: ignore[union-attr]
    assert codes(chain({"bearer_token": True}, limits)) == [("jwt-bearer", "refused")]
    assert codes(chain({}, limits)) == []


@pytest.mark.parametrize(
    ("left", "told"),
    [(7 * DAY, []), (7 * DAY - 1, ["account-expires-soon"]), (0, ["account-expires-soon"])],
)
def test_that_an_account_ends_is_told_in_the_week_before(left: int, told: list[str]) -> None:
    of = chain()
    assert of.account
    ending = replace(of, account=replace(of.account, expires=NOW + left))
    assert [code for code, _ in codes(ending)] == told
    assert [code for code, _ in codes(ending, now=NOW + left + 1)] == ["account-expired"]


def test_an_account_alone_is_judged_too() -> None:
    alone = Chain(account=chain(account={"limits": {}}).account)
    assert codes(alone) == [
        ("account-full", "refused"),
        ("jwt-limits", "warning"),
        ("jwt-limits", "warning"),
    ]


def test_a_user_alone_is_judged_by_what_it_says_itself() -> None:
    alone = Chain(user=chain({"src": ["10.0.0.0/8"]}, expires=NOW - 5).user)
    assert codes(alone) == [("jwt-expired", "refused"), ("jwt-source", "refused")]
    assert codes(Chain(user=chain(scope={}).user)) == []


def test_the_defaults_of_another_account_are_not_the_users() -> None:
    strange = {"default_permissions": {"pub": {"deny": [">"]}, "sub": {"deny": [">"]}}}
    of = chain({}, strange)
    assert of.account
    other = replace(of, account=replace(of.account, subject=SIGNER.public.text))
    use = Use("a", publish=True)
    assert permission(of, use, NOW).rule == "default: pub.deny >"
    assert "permissions-deny-all" in [code for code, _ in codes(of)]
    assert permission(other, use, NOW).rule != "default: pub.deny >"
    assert "permissions-deny-all" not in [code for code, _ in codes(other)]


def test_a_user_of_another_account_is_not_judged_by_this_one() -> None:
    with Seed.generate(Kind.ACCOUNT) as other:
        token = jwt.issue(other, USER.public, {"subs": -1, "payload": -1}, issued=NOW)
    # It is another account's, and a server that knows that one lets it in.
    of = replace(chain(account={"revocations": {"*": NOW}}), user=jwt.parse(token))
    found = objections(of, now=NOW)
    assert [(each.code, each.weight) for each in found] == [
        ("jwt-account-unknown", Weight.POSSIBLE)
    ]
    assert other.public.text in found[0].why


def test_every_why_names_keys_and_every_command_can_be_read_by_a_shell() -> None:
    of = chain(
        {"src": ["10.0.0.0/8"], "allowed_connection_types": ["MQTT"], "bearer_token": True},
        {"revocations": {"*": NOW}},
        expires=NOW - 3 * DAY,
    )
    found = objections(of, now=NOW, address="127.0.0.1")
    assert [each.code for each in found] == [
        *("jwt-expired", "jwt-connection-type", "jwt-revoked", "jwt-source", "jwt-bearer")
    ]
    for each in found:
        assert USER.public.text in each.why
        _, _, line = each.fix.partition("\n")
        words = shlex.split(line)
        assert words[0] == "nkey-wallet"
        assert words[2] == USER.public.text
    assert exactly(NOW - 3 * DAY) in found[0].why
    assert how_long(3 * DAY) in found[0].why


def test_names_from_outside_are_shown_plain_and_without_seeds() -> None:
    secret = SIGNER.encode().decode()
    token = jwt.issue(
        ACCOUNT, USER.public, {}, issued=NOW, name=f"\x1b[31m\u202ex {secret}", expires=NOW - 1
    )
    account = jwt.issue(OPERATOR, ACCOUNT.public, {}, issued=NOW, name="[red]\n" + secret)
    of = Chain(jwt.parse(token), jwt.parse(account))
    said = "\n".join(each.why + each.fix for each in objections(of, now=NOW))
    said += "\n".join(describe(of, NOW))
    assert secret not in said
    assert "(a seed)" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
_USER = st.sampled_from(
    [
        *("pub", "sub", "resp", "src", "times", "times_location", "subs", "data", "payload"),
        *("bearer_token", "proxy_required", "allowed_connection_types"),
    ]
)
_ACCOUNT = st.sampled_from(
    [
        *("limits", "signing_keys", "revocations", "default_permissions", "imports", "exports"),
        "authorization",
    ]
)
_OPERATOR = st.sampled_from(["signing_keys", "system_account", "strict_signing_key_usage"])
_SCOPE = st.fixed_dictionaries(
    {"kind": st.just("user_scope"), "key": st.just(SIGNER.public.text), "template": _json}
)


def _saying(claims: Claims, nats: dict[str, Any]) -> Claims:
    """The same JWT with these fields, signed as anybody may sign it."""
    key = {key.public.text: key for key in (OPERATOR, ACCOUNT, SIGNER)}[claims.issuer.text]
    said = {**nats, "type": claims.type, "version": 2}
    return jwt.parse(signed(key, {**claims.payload, "nats": said}))


@settings(max_examples=150, deadline=None)
@given(
    user=st.dictionaries(_USER, _json),
    account=st.dictionaries(_ACCOUNT, _json),
    operator=st.dictionaries(_OPERATOR, _json),
    scope=st.none() | _SCOPE,
    now=st.integers(-(2**40), 2**40),
)
def test_whatever_jwts_hold_they_are_judged_and_put_into_words(
    user: dict[str, Any],
    account: dict[str, Any],
    operator: dict[str, Any],
    scope: dict[str, Any] | None,
    now: int,
) -> None:
    sound = chain(scope={} if scope else None)
    assert sound.user
    assert sound.account
    assert sound.operator
    if scope:
        account = {**account, "signing_keys": [scope, 5, None]}
    said_of = ((sound.user, user), (sound.account, account), (sound.operator, operator))
    try:
        of = Chain(*(_saying(claims, nats) for claims, nats in said_of))
    except JwtError:
        return  # not even a JWT
    for part in (of, Chain(user=of.user), Chain(account=of.account)):
        said = [each.why + each.fix for each in objections(part, now=now, address="::1")]
        said += describe(part, now)
        for use in (Use("$JS.API.INFO", publish=True), Use("a.>", publish=False, queue="q")):
            answer = permission(part, use, now)
            said += [answer.rule, answer.why, *answer.conditions]
        assert all(character.isprintable() or character == "\n" for character in "".join(said))


def test_no_command_that_is_offered_carries_control_characters_out_of_a_jwt() -> None:
    sound = chain()
    assert sound.user
    for nats in (
        {"allowed_connection_types": ["\x1b[2J\n; rm -rf ~"]},
        {"src": ["10.0.0.0/8", "10.1.0.0/16"], "allowed_connection_types": ["\u202eMQTT"]},
    ):
        of = replace(sound, user=replace(sound.user, nats={**sound.user.nats, **nats}))
        fixes = [each.fix for each in objections(of, now=NOW, address="192.0.2.1")]
        assert any("nkey-wallet edit" in fix for fix in fixes)
        for fix in fixes:
            assert all(character.isprintable() or character == "\n" for character in fix)
            assert len(fix.splitlines()) <= 2


def test_what_a_jwt_says_never_becomes_an_option_of_a_command_that_is_offered() -> None:
    of = chain({"allowed_connection_types": ["--vault=/tmp/x", "-h"]})
    (offered,) = [
        each.fix.splitlines()[-1]
        for each in objections(of, now=NOW)
        if each.code == "jwt-connection-type"
    ]
    words = shlex.split(offered)
    assert words[:3] == ["nkey-wallet", "edit", USER.public.text]
    assert words[3:] == ["--connection-type=--vault=/tmp/x,-h,STANDARD"]


@pytest.mark.parametrize("said", [{"sub": "x"}, {"pub": {"allow": ["a"]}}, {}])
def test_a_jwt_that_does_not_say_whose_it_is_is_refused_and_no_more_of_it_read(
    said: dict[str, Any],
) -> None:
    payload = {"sub": USER.public.text, "iat": NOW, "nats": {**said, "version": 2}}
    user = jwt.decode(signed(ACCOUNT, payload))
    assert codes(replace(chain(), user=user)) == [("jwt-claims", "refused")]
