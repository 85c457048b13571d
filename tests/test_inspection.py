"""What `inspect` says of pasted texts, and that no seed ever comes back out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flawed import LONG_AGO
from tests.jwt_fields import WHOLE, whole
from tests.jwts import signed
from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.inspection import Inspection, inspect

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "nkeys.json").read_text("utf-8")
)
USER = VECTORS["keys"][1]
SEED: str = USER["seed"]
PUBLIC: str = USER["public"]
PRIVATE: str = VECTORS["keys"][2]["private"]
NOW = 1_800_000_000


def said(found: Inspection) -> str:
    return json.dumps(found.to_json()) + repr(found)


def codes(found: Inspection) -> list[str]:
    return [problem.code for problem in found.problems]


def user_jwt(subject: Seed, **options: Any) -> str:
    with Seed.generate(Kind.ACCOUNT) as account:
        options = {"issued": NOW, "name": "billing", **options}
        return jwt.issue(account, subject.public, unlimited_user(), **options)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_public_key_is_recognised(kind: Kind) -> None:
    with Seed.generate(kind) as seed:
        found = inspect(seed.public.text)
        assert found.to_json() == {
            "what": "public key",
            "kind": kind.value,
            "public": seed.public.text,
            "valid": True,
            "problems": [],
            "claims": None,
        }


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_seed_is_recognised_and_gives_its_public_key(kind: Kind) -> None:
    with Seed.generate(kind) as seed:
        text = seed.encode().decode()
        for given_text in (text, f"\n {text}\r\n", text.encode()):
            found = inspect(given_text)
            assert (found.what, found.kind, found.public) == ("seed", kind, seed.public.text)
            assert found.valid
            assert found.secret
            assert text not in said(found)


def test_a_private_key_is_recognised_and_not_repeated() -> None:
    found = inspect(PRIVATE)
    assert (found.what, found.valid, found.secret) == ("private key", True, True)
    assert PRIVATE[10:30] not in said(found)
    damaged = inspect(PRIVATE[:50] + "A" + PRIVATE[51:])
    assert (damaged.what, codes(damaged)) == ("private key", ["checksum"])
    assert PRIVATE[10:30] not in said(damaged)


def test_a_mistyped_public_key_is_given_back_corrected() -> None:
    found = inspect(PUBLIC[:20] + "A" + PUBLIC[21:])
    assert (found.what, codes(found)) == ("public key", ["checksum"])
    assert f"Character 21 is A and should be {PUBLIC[20]}" in found.problems[0].fix
    assert PUBLIC in found.problems[0].fix


def test_swapped_neighbours_in_a_public_key_are_named() -> None:
    at = next(i for i in range(20, 50) if PUBLIC[i] != PUBLIC[i + 1])
    swapped = PUBLIC[:at] + PUBLIC[at + 1] + PUBLIC[at] + PUBLIC[at + 2 :]
    assert f"Swap characters {at + 1} and {at + 2}." in inspect(swapped).problems[0].fix


def test_small_letters_are_corrected_only_where_capitals_are_right() -> None:
    assert PUBLIC in inspect(PUBLIC.lower()).problems[0].fix
    damaged = (PUBLIC[:20] + "A" + PUBLIC[21:]).lower()
    assert damaged.upper() not in said(inspect(damaged))


def test_a_key_beyond_correction_says_to_copy_it_again() -> None:
    found = inspect(VECTORS["refused"]["a tutorial's invention that looks right"])
    assert codes(found) == ["checksum"]
    assert found.problems[0].fix == "Copy it again from its source."


@pytest.mark.parametrize("at", range(58))
@pytest.mark.parametrize("character", ["A", "7", "0", "a"])
def test_a_seed_with_one_wrong_character_is_never_shown(at: int, character: str) -> None:
    wrong = SEED[:at] + character + SEED[at + 1 :]
    if wrong == SEED:
        return
    for text in (wrong, wrong.lower(), wrong + " "):
        shown = said(inspect(text)).upper()
        for start in range(2, 50, 4):
            assert SEED[start : start + 8] not in shown


@pytest.mark.parametrize("at", [0, 1, 2, 20, 57])
def test_a_mistyped_seed_is_told_which_character_to_change_and_no_more(at: int) -> None:
    wrong = SEED[:at] + ("7" if SEED[at] != "7" else "6") + SEED[at + 1 :]
    found = inspect(wrong)
    assert (found.what, found.secret, found.public) == ("seed", True, None)
    assert f"Character {at + 1} is" in found.problems[0].fix
    assert f"should be {SEED[at]}." in found.problems[0].fix


@given(at=st.integers(0, 56), upper=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_seed_with_two_neighbours_swapped_is_never_shown(at: int, *, upper: bool) -> None:
    swapped = SEED[:at] + SEED[at + 1] + SEED[at] + SEED[at + 2 :]
    shown = said(inspect(swapped if upper else swapped.lower())).upper()
    for start in range(2, 50, 4):
        assert SEED[start : start + 8] not in shown


def test_a_seed_among_other_words_is_not_repeated() -> None:
    for text in (f"seed: {SEED}", f"{SEED} and more", f'"{SEED}"', SEED * 2, SEED[:-1]):
        assert SEED[4:20] not in said(inspect(text))


def test_a_jwt_shows_its_claims_and_whom_it_is_about() -> None:
    with Seed.generate(Kind.USER) as user:
        token = user_jwt(user)
        found = inspect(token, now=NOW)
        assert (found.what, found.kind, found.public) == ("JWT", "user", user.public.text)
        assert found.valid
        assert found.claims["name"] == "billing"
        assert found.to_json()["claims"] == jwt.parse(token).payload


def test_a_changed_jwt_is_shown_with_its_wrong_signature() -> None:
    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.USER) as other:
        header, _, signature = user_jwt(user).split(".")
        _, payload, _ = user_jwt(other, name="forged").split(".")
        found = inspect(f"{header}.{payload}.{signature}", now=NOW)
        assert codes(found) == ["jwt-signature"]
        assert found.claims["name"] == "forged"


def test_an_expired_jwt_and_one_not_yet_valid_say_so() -> None:
    with Seed.generate(Kind.USER) as user:
        assert codes(inspect(user_jwt(user, expires=NOW - 1), now=NOW)) == ["jwt-expired"]
        assert codes(inspect(user_jwt(user, not_before=NOW + 1), now=NOW)) == ["jwt-not-yet"]
        within = user_jwt(user, expires=NOW + 1, not_before=NOW - 1)
        assert codes(inspect(within, now=NOW)) == []
        assert codes(inspect(user_jwt(user, expires=int(time.time()) - 9))) == ["jwt-expired"]
        assert codes(inspect(user_jwt(user, expires=2**63 - 1), now=2.0**63)) == ["jwt-expired"]


@pytest.mark.parametrize(
    ("nats", "code"),
    [
        ({"pub": {"allow": [f"subject.number.{n}" for n in range(300)]}}, "jwt-too-long"),
        ({"pub": {"deny": [">"]}, "sub": {"deny": [">"]}}, "permissions-deny-all"),
        ({"subs": 0}, "jwt-limits"),
        ({"src": ["nowhere"]}, "jwt-claims"),
        ({"src": ["192.0.2.0/24"]}, None),
        ({"allowed_connection_types": ["MQTT"]}, None),
    ],
)
def test_what_every_server_holds_against_a_users_jwt_is_told_and_nothing_else(
    nats: dict[str, Any], code: str | None
) -> None:
    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.ACCOUNT) as account:
        token = jwt.issue(account, user.public, {**unlimited_user(), **nats}, issued=NOW)
        assert codes(inspect(token, now=NOW)) == [code] * (code is not None)


def test_claims_are_shown_without_control_characters_or_seeds() -> None:
    with Seed.generate(Kind.USER) as user:
        found = inspect(user_jwt(user, name=f"\x1b[2J\u202eevil {SEED}"), now=NOW)
        name = str(found.claims["name"])
        assert "\x1b" not in name
        assert "\u202e" not in name
        assert "evil (a seed)" in name
        assert SEED not in said(found)


@pytest.mark.parametrize("text", ["a.b.c", "..", "eyJ0.eyJ0.eyJ0", "ey" * 1000 + ".a.b"])
def test_what_only_looks_like_a_jwt_is_said_to_be_unreadable(text: str) -> None:
    found = inspect(text)
    assert (found.what, codes(found)) == ("JWT", ["jwt"])


def test_creds_are_recognised_with_their_user() -> None:
    with Seed.generate(Kind.USER) as user:
        text = write_creds(user_jwt(user), user).decode()
        found = inspect(text, now=NOW)
        assert (found.what, found.kind, found.public) == ("creds", "user", user.public.text)
        assert found.valid
        assert found.secret
        assert user.encode().decode() not in said(found)


def test_creds_of_two_users_are_said_to_be_mixed_up() -> None:
    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.USER) as other:
        text = write_creds(user_jwt(user), user).decode()
        mixed = text.replace(user.encode().decode(), other.encode().decode())
        found = inspect(mixed, now=NOW)
        assert codes(found) == ["creds"]
        assert user.public.text in found.problems[0].why
        assert other.public.text in found.problems[0].why


def test_creds_without_one_of_their_parts_say_which() -> None:
    with Seed.generate(Kind.USER) as user:
        text = write_creds(user_jwt(user), user).decode()
        whole, secret = text.split("****", 1)
        assert "no seed" in inspect(whole + "**** IMPORTANT ****").problems[0].why
        assert "no JWT" in inspect("****" + secret).problems[0].why
        cut = inspect(text[: text.index("------END USER")])
        assert codes(cut) == ["creds"]
        assert user.encode().decode() not in said(cut)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_jwt_alone_between_its_dashes_is_what_it_is(kind: str) -> None:
    token = signed(WHOLE[kind][0], whole(kind))
    for dashes in (3, 5):
        lines = [f"{'-' * dashes}BEGIN NATS {kind.upper()} JWT{'-' * dashes}", token, ""]
        lines += [f"{'-' * dashes}END NATS {kind.upper()} JWT{'-' * dashes}", ""]
        found = inspect("\r\n".join(lines), now=LONG_AGO + 100)
        assert (found.what, found.kind) == ("JWT", kind)
        assert found == inspect(token, now=LONG_AGO + 100)
        assert found.words


def test_a_seed_alone_between_its_dashes_is_one_and_is_not_shown() -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        text = seed.encode().decode()
        found = inspect(f"-----BEGIN ACCOUNT NKEY SEED-----\n{text}\n------END X SEED------\n")
        assert (found.what, found.kind, found.valid) == ("seed", "account", True)
        assert text not in said(found)


def test_an_activation_and_a_callouts_words_say_who_lets_whom_do_what() -> None:
    words = {
        kind: "\n".join(inspect(signed(WHOLE[kind][0], whole(kind)), now=LONG_AGO + 100).words)
        for kind in ("activation", "authorization_request", "authorization_response")
    }
    account = WHOLE["account"][1]
    assert f"lets the account {account} import the stream hay.> of" in words["activation"]
    assert (
        "The client showed a JWT, a key, a user name, a password" in words["authorization_request"]
    )
    assert "It is to be refused: no." in words["authorization_response"]
    request = inspect(signed(WHOLE["authorization_request"][0], whole("authorization_request")))
    assert '"pass": "(not shown)"' in json.dumps(request.claims)


@pytest.mark.parametrize("name", ["exp", "iat", "name", "jti", "aud", "nbf"])
def test_a_null_is_a_claim_that_is_not_there(name: str) -> None:
    payload = {**whole("account"), name: None}
    payload["nats"]["limits"] = None
    found = inspect(signed(WHOLE["account"][0], payload), now=LONG_AGO + 100)
    assert found.what == "JWT"
    assert not {"jwt", "jwt-signature", "jwt-expired"} & set(codes(found))


def test_a_wrong_character_that_cannot_be_shown_is_not() -> None:
    with Seed.generate(Kind.USER) as user:
        public = user.public.text
        for odd in ("\x1b", "\x9b", "\u202e", "ß"):
            for text in (public, user.encode().decode()):
                found = inspect(text[:9] + odd + text[10:])
                assert odd not in json.dumps(found.to_json(), ensure_ascii=False)


def test_a_mistyped_seed_in_creds_is_not_shown() -> None:
    with Seed.generate(Kind.USER) as user:
        seed = user.encode().decode()
        wrong = seed[:20] + ("A" if seed[20] != "A" else "B") + seed[21:]
        text = write_creds(user_jwt(user), user).decode().replace(seed, wrong)
        found = inspect(text, now=NOW)
        assert codes(found) == ["checksum"]
        assert seed[22:40] not in said(found)


@pytest.mark.parametrize("text", ["", " ", "hello", "nats://localhost", "\x00" * 60, "é" * 56])
def test_nonsense_is_called_unknown(text: str) -> None:
    found = inspect(text)
    assert (found.what, found.valid, found.kind, found.public) == ("unknown", False, None, None)
    assert found.problems[0].why
    assert found.problems[0].fix


@given(text=st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_nothing_pasted_makes_inspect_fail(text: str | bytes) -> None:
    found = inspect(text)
    json.dumps(found.to_json())
    assert found.valid is not bool(found.problems)


def test_a_very_long_paste_is_answered() -> None:
    for text in ("-" * 2_000_000, "-----BEGIN " + "-x" * 500_000, "a." * 1_000_000, "S" * 10**6):
        assert not inspect(text).valid


PEMS = [
    ("CERTIFICATE", "certificate", False),
    ("TRUSTED CERTIFICATE", "certificate", False),
    ("CERTIFICATE REQUEST", "certificate request", False),
    ("PUBLIC KEY", "public key of TLS", False),
    ("PRIVATE KEY", "private key of TLS", True),
    ("RSA PRIVATE KEY", "private key of TLS", True),
    ("EC PRIVATE KEY", "private key of TLS", True),
    ("ENCRYPTED PRIVATE KEY", "private key of TLS", True),
    ("OPENSSH PRIVATE KEY", "private key of SSH", True),
]


@pytest.mark.parametrize("lines", [1, 20])
@pytest.mark.parametrize(("label", "what", "secret"), PEMS)
def test_a_file_of_tls_is_called_what_it_is(
    label: str, what: str, secret: bool, lines: int
) -> None:
    body = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v+4oYUFE0L2Kc4cCmb0Xs1nq3LwO8\n" * lines
    found = inspect(f"-----BEGIN {label}-----\n{body}-----END {label}-----\n")
    assert (found.what, found.secret, found.valid, found.public) == (what, secret, False, None)
    (problem,) = found.problems
    assert "NATS keys" in problem.fix
    assert body[:20] not in said(found)


def test_certificates_beside_creds_are_no_reason_not_to_look_at_those() -> None:
    with Seed.generate(Kind.USER) as seed:
        creds = write_creds(user_jwt(seed, issued=int(time.time())), seed).decode()
    pem = "-----BEGIN CERTIFICATE-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END CERTIFICATE-----\n"
    assert inspect(creds + pem).what == inspect(pem + creds).what == "creds"
