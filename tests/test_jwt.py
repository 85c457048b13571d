"""JWTs against those that Go's library and JavaScript's write, and against every trick."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jwts import HEADER, encode, sign
from wallet.errors import JwtError, UsageError
from wallet.nats import jwt
from wallet.nats.jwt_layout import go_json, unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "jwt.json").read_text("utf-8")
)
GOOD: list[str] = VECTORS["version 2, accounts"]
NOW = 1_800_000_000
ACCOUNT = Seed.from_raw(Kind.ACCOUNT, bytes(range(32)))
USER = Seed.from_raw(Kind.USER, bytes(range(1, 33)))


def signed(payload: object, *, header: object = HEADER, version: int = 2) -> str:
    """Any payload, or raw bytes, with a right signature by the account."""
    return sign(ACCOUNT, payload, header, version=version)


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "iat": NOW,
        "iss": ACCOUNT.public.text,
        "sub": USER.public.text,
        "nats": {"type": "user", "version": 2},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def problem(token: str | bytes) -> str:
    with pytest.raises(JwtError) as caught:
        jwt.decode(token)
    return caught.value.problem


def test_a_name_that_go_does_not_take_for_a_claim_s_is_a_name_of_its_own() -> None:
    # Python's casefold makes ss of ß and fi of ﬁ; Go folds letter by letter.
    for name in ("i\u00df", "\u0130at", "na\ufb00"):
        assert jwt.decode(signed(claims() | {name: "A"})).payload[name] == "A"


# Reading what others wrote.


@pytest.mark.parametrize("token", GOOD)
def test_a_published_account_jwt_is_read_and_verified(token: str) -> None:
    read = jwt.decode(f"\n{token} ")
    assert (read.type, read.version, read.name) == ("account", 2, "test")
    assert read.issuer.kind is Kind.OPERATOR
    assert read.nats["limits"]["subs"] == -1
    assert read.id == jwt.identifier(read.payload)
    assert read.token == token
    assert jwt.decode(token.encode()) == read


@pytest.mark.parametrize("token", VECTORS["version 1"])
def test_a_published_jwt_of_version_1_is_read_and_verified(token: str) -> None:
    read = jwt.decode(token)
    assert read.version == 1
    assert read.type in {"operator", "activation"}


@pytest.mark.parametrize("token", VECTORS["says version 2, signed as version 1"])
def test_a_jwt_that_says_version_2_and_is_signed_as_version_1_is_refused(token: str) -> None:
    assert problem(token) == "signature"
    assert not jwt.parse(token).signature_valid


# Refusals.


@pytest.mark.parametrize("part", [0, 1, 2])
def test_any_changed_part_is_refused(part: int) -> None:
    parts = GOOD[0].split(".")
    parts[part] = GOOD[1].split(".")[part] if part else parts[0][:-4] + "AAAA"
    assert problem(".".join(parts)) in {"signature", "json", "header"}


@given(at=st.integers(0, len(GOOD[0]) - 1), flip=st.integers(1, 6))
def test_no_jwt_with_one_changed_character_is_taken(at: int, flip: int) -> None:
    changed = GOOD[0][:at] + chr(ord(GOOD[0][at]) ^ flip) + GOOD[0][at + 1 :]
    with pytest.raises(JwtError):
        jwt.decode(changed)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("abc", "parts"),
        ("a.b", "parts"),
        ("a.b.c.d", "parts"),
        ("a" * (jwt.MAX_SIZE + 1), "size"),
        ("é.é.é", "base64"),
        ("..", "base64"),
        (GOOD[0] + "=", "base64"),
        (GOOD[0][:-1], "base64"),
        (GOOD[0].replace(".", ".\n"), "base64"),
        (GOOD[0].replace("-", "+").replace("_", "/"), "base64"),
    ],
)
def test_what_is_no_jwt_is_refused_with_its_reason(token: str, expected: str) -> None:
    assert problem(token) == expected


def test_the_spare_bits_of_the_base64_must_be_zero() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = signed(claims())
    other = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert problem(other) == "base64"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{", "json"),
        (b"[]", "json"),
        (b"null", "json"),
        (b'"text"', "json"),
        (b"\xff\xfe{}", "json"),
        (b'{"sub": "\\ud800"}', "json"),
        (b'{"exp": NaN}', "json"),
        (b'{"exp": Infinity}', "json"),
        (b'{"exp": ' + b"9" * 10_000 + b"}", "json"),
        (b'{"sub": "a", "sub": "b"}', "json"),
        (b'{"nats": {"subs": 1, "subs": -1}}', "json"),
        (b"[" * 100_000, "json"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "json"),
        (b'{"a": "' + b'\\"' * 300_000, "json"),
        (claims(SUB="UA"), "json"),
        (claims(EXP=1), "json"),
        (claims() | {"i\u017f\u017f": "A"}, "json"),
        (claims(nats={"type": "user", "Version": 1, "version": 2}), "json"),
        (claims(nats=[]), "claims"),
        (claims(sub=None), "claims"),
        (claims(sub=7), "claims"),
        (claims(sub=ACCOUNT.public.text), "claims"),
        (claims(sub="UNKNOWN"), "claims"),
        (claims(name=["x"]), "claims"),
        (claims(exp="tomorrow"), "claims"),
        (claims(exp=1.5), "claims"),
        (claims(exp=True), "claims"),
        (claims(exp=2**63), "claims"),
        (claims(nats={"type": "user", "version": 2, "tags": "a"}), "claims"),
        (claims(nats={"type": "user", "version": 2, "tags": [1]}), "claims"),
        (claims(nats={"type": 5, "version": 2}), "claims"),
        (claims(nats=None), "version"),
        (claims(nats={"type": "user"}), "version"),
        (claims(nats={"type": "user", "version": 3}), "version"),
        (claims(nats={"type": "user", "version": "2"}), "version"),
        (claims(nats={"type": "user", "version": [2]}), "version"),
        (claims(nats={"type": "user", "version": True}), "version"),
        (claims(nats={"type": "user", "version": 2.0}), "version"),
        (claims(iss=None), "issuer"),
        (claims(iss="nobody"), "issuer"),
        (claims(iss=USER.public.text), "issuer"),
        (claims(nats={"type": "operator", "version": 2}), "issuer"),
        (claims(type="user"), "header"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_claims_that_could_mislead_are_refused(payload: object, expected: str) -> None:
    assert problem(signed(payload)) == expected


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"typ": "JWT"},
        {"typ": "JWT", "alg": "none"},
        {"typ": "JWT", "alg": "HS256"},
        {"typ": "JWT", "alg": "ed25519"},
        {"typ": "JWE", "alg": "ed25519-nkey"},
        {"typ": 1, "alg": "ed25519-nkey"},
        {"typ": "JWT", "alg": ["ed25519-nkey"]},
    ],
    ids=str,
)
def test_another_header_is_refused(header: dict[str, Any]) -> None:
    assert problem(signed(claims(), header=header)) == "header"


def test_a_header_that_says_two_algorithms_is_refused() -> None:
    twice = b'{"typ":"JWT","alg":"none","alg":"ed25519-nkey"}'
    assert problem(signed(claims(), header=twice)) == "json"
    cased = {**HEADER, "ALG": "none"}
    assert problem(signed(claims(), header=cased)) == "json"


def test_a_signature_of_another_length_is_refused() -> None:
    token = signed(claims())
    assert problem(token.rpartition(".")[0] + "." + encode(bytes(63))) == "signature"


def test_a_newer_version_is_called_newer() -> None:
    with pytest.raises(JwtError, match="newer"):
        jwt.decode(signed(claims(nats={"type": "user", "version": 3})))


def test_a_deep_but_allowed_nesting_and_brackets_in_texts_are_read() -> None:
    nested: Any = "[" * 1000
    for _ in range(jwt.MAX_DEPTH - 2):
        nested = {"within": nested}
    nats = {"type": "user", "version": 2, "new": nested}
    assert jwt.decode(signed(claims(nats=nats))).nats["new"] == nested


def test_many_brackets_side_by_side_are_not_deep() -> None:
    wide: Any = [[{"a": []}] for _ in range(3 * jwt.MAX_DEPTH)]
    nats = {"type": "user", "version": 2, "new": wide}
    assert jwt.decode(signed(claims(nats=nats))).nats["new"] == wide


@pytest.mark.parametrize("subject", [kind for kind in Kind if kind is not Kind.OPERATOR])
def test_an_operators_jwt_about_a_key_of_another_kind_is_refused(subject: Kind) -> None:
    with Seed.generate(Kind.OPERATOR) as operator, Seed.generate(subject) as other:
        about = claims(
            iss=operator.public.text,
            sub=other.public.text,
            nats={"type": "operator", "version": 2},
        )
        assert problem(sign(operator, about)) == "claims"
        about["sub"] = operator.public.text
        assert jwt.decode(sign(operator, about)).subject == operator.public.text


def test_fields_that_we_do_not_know_are_kept() -> None:
    read = jwt.decode(signed(claims(future={"a": [1, None]})))
    assert read.payload["future"] == {"a": [1, None]}


@given(text=st.one_of(st.text(max_size=100), st.binary(max_size=100)))
def test_no_text_whatever_ends_in_anything_but_a_jwt_error(text: str | bytes) -> None:
    with pytest.raises(JwtError):
        jwt.decode(text)


_NAMES = ["iss", "sub", "nats", "type", "version", "tags", "exp"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner),
    max_leaves=12,
)


@given(payload=_JSON)
def test_a_payload_made_by_chance_names_no_issuer_and_is_refused(payload: object) -> None:
    with pytest.raises(JwtError):
        jwt.decode(signed(payload))


def test_sound_claims_with_one_value_changed_are_read_or_refused_with_a_jwt_error() -> None:
    outcomes: Counter[str] = Counter()

    @given(
        name=st.sampled_from([*_NAMES, "iat", "nbf", "aud", "jti", "name", "pub", "new"]),
        inside=st.booleans(),
        value=_JSON | st.integers(0, 2 * NOW) | st.lists(st.text(max_size=5), max_size=3),
    )
    def changed(name: str, *, inside: bool, value: object) -> None:
        payload = claims()
        (payload["nats"] if inside else payload)[name] = value
        try:
            read = jwt.decode(signed(payload))
        except JwtError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert read.issuer == ACCOUNT.public
            type_ = value or "" if inside and name == "type" else "user"  # null: nobody's
            assert (read.subject, read.type) == (USER.public.text, type_)

    changed()
    assert min(outcomes["read"], outcomes["refused"]) >= 3, outcomes


# What claims say.


def test_times_are_judged_by_the_clock_that_is_given() -> None:
    read = jwt.decode(signed(claims(exp=NOW + 10, nbf=NOW)))
    assert not read.expired(NOW + 10)
    assert read.expired(NOW + 11)
    assert read.not_yet(NOW - 1)
    assert not read.not_yet(NOW)
    for_ever = jwt.decode(signed(claims(exp=0)))
    assert (for_ever.expires, for_ever.expired(2**60)) == (None, False)


def test_a_users_account_is_the_one_named_else_the_issuer() -> None:
    with Seed.generate(Kind.ACCOUNT) as other:
        nats = {"type": "user", "version": 2, "issuer_account": other.public.text}
        assert jwt.decode(signed(claims(nats=nats))).account == other.public.text
    assert jwt.decode(signed(claims())).account == ACCOUNT.public.text
    assert jwt.decode(GOOD[0]).account is None


def test_version_1_keeps_tags_and_account_outside_of_nats() -> None:
    payload = claims(type="user", tags=["a"], issuer_account=ACCOUNT.public.text, nats={"subs": -1})
    token = signed(payload, header={"typ": "jwt", "alg": "ed25519"}, version=1)
    read = jwt.decode(token)
    assert (read.version, read.tags, read.account) == (1, ("a",), ACCOUNT.public.text)


# Issuing.


def test_an_issued_jwt_says_what_was_asked_for() -> None:
    token = jwt.issue(
        ACCOUNT,
        USER.public,
        {**unlimited_user(), "tags": ["a"]},
        issued=NOW,
        name="billing",
        expires=NOW + 60,
        not_before=NOW - 60,
        audience="NATS",
    )
    read = jwt.decode(token)
    assert (read.type, read.version, read.subject) == ("user", 2, USER.public.text)
    assert (read.issued, read.expires, read.not_before) == (NOW, NOW + 60, NOW - 60)
    assert (read.name, read.audience, read.tags) == ("billing", "NATS", ("a",))
    assert read.nats["subs"] == read.nats["data"] == read.nats["payload"] == -1
    assert read.id == jwt.identifier(read.payload)
    assert list(read.payload) == ["aud", "exp", "jti", "iat", "iss", "name", "nbf", "sub", "nats"]
    assert token.startswith(encode(b'{"typ":"JWT","alg":"ed25519-nkey"}') + ".")


def test_empty_claims_are_left_out() -> None:
    read = jwt.decode(jwt.issue(ACCOUNT, USER.public, {"pub": {}, "src": []}, issued=NOW))
    assert list(read.payload) == ["jti", "iat", "iss", "sub", "nats"]
    assert read.nats == {"pub": {}, "sub": {}, "type": "user", "version": 2}


def test_texts_are_escaped_as_go_escapes_them() -> None:
    assert go_json({"a": "<&>\u2028\u2029é\n\x01\x7f\b\f"}) == (
        b'{"a":"\\u003c\\u0026\\u003e\\u2028\\u2029\xc3\xa9\\n\\u0001\x7f\\b\\f"}'
    )


def test_an_account_without_limits_is_as_go_begins_one() -> None:
    with Seed.generate(Kind.OPERATOR) as operator:
        token = jwt.issue(operator, ACCOUNT.public, unlimited_account(), issued=NOW)
    assert json.dumps(jwt.decode(token).nats) == (
        '{"limits": {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, '
        '"wildcards": true, "conn": -1, "leaf": -1}, '
        '"default_permissions": {"pub": {}, "sub": {}}, "authorization": {}, '
        '"type": "account", "version": 2}'
    )


@pytest.mark.parametrize("token", GOOD)
def test_a_published_jwts_claims_survive_being_issued_again(token: str) -> None:
    """Only the signature and a field that the library gained since then may differ."""
    read = jwt.decode(token)
    with Seed.generate(Kind.OPERATOR) as operator:
        again = jwt.decode(
            jwt.issue(operator, decode_public(read.subject), read.nats, issued=NOW, name=read.name)
        )
    assert {**read.nats, "authorization": {}} == again.nats


@pytest.mark.parametrize(
    ("signer", "subject"),
    [
        (Kind.USER, Kind.USER),
        (Kind.OPERATOR, Kind.USER),
        (Kind.USER, Kind.ACCOUNT),
        (Kind.ACCOUNT, Kind.OPERATOR),
        (Kind.ACCOUNT, Kind.SERVER),
        (Kind.ACCOUNT, Kind.CURVE),
        (Kind.CURVE, Kind.USER),
    ],
)
def test_a_key_that_may_not_sign_such_a_jwt_does_not(signer: Kind, subject: Kind) -> None:
    with (
        Seed.generate(signer) as key,
        Seed.generate(subject) as about,
        pytest.raises(UsageError),
    ):
        jwt.issue(key, about.public, {}, issued=NOW)


def test_the_same_claims_and_key_give_the_same_jwt() -> None:
    one, other = (
        jwt.issue(ACCOUNT, USER.public, nats, issued=NOW)
        for nats in (unlimited_user(), dict(reversed(unlimited_user().items())))
    )
    assert one == other
