"""`.nk` and `.creds` texts: written as nsc does, read as clients do, refused when ambiguous."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import CredentialsError, JwtError, KeyFormatError, WalletError
from wallet.nats import jwt
from wallet.nats.creds import MAX_SIZE, looks_like_creds, read_creds, write_creds, write_nk
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed

ACCOUNT = Seed.from_raw(Kind.ACCOUNT, bytes(range(32)))
USER = Seed.from_raw(Kind.USER, bytes(range(1, 33)))
OTHER = Seed.from_raw(Kind.USER, bytes(range(2, 34)))
TOKEN = jwt.issue(ACCOUNT, USER.public, unlimited_user(), issued=1_800_000_000, name="billing")
SEED = USER.encode().decode()
CREDS = write_creds(TOKEN, USER).decode()


def problem(text: str | bytes) -> str:
    with pytest.raises(CredentialsError) as caught:
        read_creds(text)
    assert SEED[4:20] not in str(caught.value)
    return caught.value.problem


def user_of(text: str | bytes | bytearray) -> str:
    found = read_creds(text)
    with found.seed:
        assert found.seed.public.text == found.claims.subject
        assert found.seed.encode().decode() == SEED
    return found.claims.subject


def test_a_nk_file_is_the_seed_alone_and_may_be_read_with_a_line_end() -> None:
    text = write_nk(USER)
    assert text == SEED.encode()
    for given_text in (text, bytes(text) + b"\n", SEED + "\r\n"):
        with Seed.decode(given_text) as seed:
            assert seed.public == USER.public


def test_a_nk_file_with_anything_else_in_it_is_refused() -> None:
    with pytest.raises(KeyFormatError):
        Seed.decode(SEED + "\n" + SEED)


def test_creds_are_laid_out_line_by_line_as_clients_expect() -> None:
    lines = CREDS.split("\n")
    assert lines[:4] == [
        "-----BEGIN NATS USER JWT-----",
        TOKEN,
        "------END NATS USER JWT------",
        "",
    ]
    at = lines.index("-----BEGIN USER NKEY SEED-----")
    assert lines[at + 1 : at + 3] == [SEED, "------END USER NKEY SEED------"]


def test_what_was_written_is_read_again() -> None:
    assert user_of(CREDS) == USER.public.text
    buffer = bytearray(CREDS.encode())
    assert user_of(buffer) == USER.public.text
    assert buffer == CREDS.encode()


@pytest.mark.parametrize(
    "text",
    [
        CREDS.replace("\n", "\r\n"),
        CREDS.replace("-----", "---"),
        CREDS.replace("-----", "----------"),
        CREDS.replace("-----BEGIN", "----- BEGIN"),
        CREDS.rstrip("*\n"),
        "\n\n" + CREDS,
        CREDS.replace("\n------END", "\n\n------END"),
        CREDS.replace(SEED, f"  {SEED}  "),
        "a note\n" + CREDS + "another note\n",
    ],
    ids=["crlf", "three", "ten", "blank", "no-notice", "late", "empty-line", "indent", "notes"],
)
def test_creds_in_the_spellings_that_clients_take_are_read(text: str) -> None:
    assert user_of(text) == USER.public.text
    assert looks_like_creds(text)


def test_the_blocks_may_come_in_either_order() -> None:
    first, second = CREDS.split("\n\n", 1)
    assert user_of(second + "\n" + first + "\n") == USER.public.text


def test_a_text_without_blocks_does_not_look_like_creds() -> None:
    for text in ("", SEED, TOKEN, "BEGIN", "--- a rule ---"):
        assert not looks_like_creds(text)
        assert problem(text) == "jwt-missing"


def block(name: str, body: str) -> str:
    return f"-----BEGIN {name}-----\n{body}\n------END {name}------\n"


JWT_BLOCK = block("NATS USER JWT", TOKEN)
SEED_BLOCK = block("USER NKEY SEED", SEED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (JWT_BLOCK, "seed-missing"),
        (SEED_BLOCK, "jwt-missing"),
        (JWT_BLOCK + SEED_BLOCK + SEED_BLOCK, "blocks"),
        (JWT_BLOCK + JWT_BLOCK + SEED_BLOCK, "blocks"),
        (JWT_BLOCK + f"-----BEGIN USER NKEY SEED-----\n{SEED}\n", "blocks"),
        (f"-----BEGIN NATS USER JWT-----\n{TOKEN}\n{SEED_BLOCK}", "blocks"),
        (JWT_BLOCK + block("USER NKEY SEED", OTHER.encode().decode()), "mismatch"),
        (JWT_BLOCK + block("ACCOUNT NKEY SEED", ACCOUNT.encode().decode()), "kind"),
        (CREDS + " " * MAX_SIZE, "size"),
    ],
)
def test_creds_that_are_incomplete_or_ambiguous_are_refused(text: str, expected: str) -> None:
    assert problem(text) == expected


def test_creds_with_an_account_jwt_are_refused() -> None:
    with Seed.generate(Kind.OPERATOR) as operator:
        token = jwt.issue(operator, ACCOUNT.public, {}, issued=1)
        assert problem(block("NATS ACCOUNT JWT", token) + SEED_BLOCK) == "kind"
        with pytest.raises(CredentialsError):
            write_creds(token, ACCOUNT)


def test_creds_with_a_changed_jwt_or_seed_are_refused_by_its_own_reason() -> None:
    with pytest.raises(JwtError):
        read_creds(CREDS.replace(TOKEN, TOKEN[:-10] + "AAAAAAAAAA"))
    wrong = SEED[:20] + ("A" if SEED[20] != "A" else "B") + SEED[21:]
    with pytest.raises(KeyFormatError) as caught:
        read_creds(CREDS.replace(SEED, wrong))
    assert wrong[4:20] not in str(caught.value)


def test_creds_of_two_users_are_never_written() -> None:
    with pytest.raises(CredentialsError) as caught:
        write_creds(TOKEN, OTHER)
    assert caught.value.problem == "mismatch"


def test_a_seed_of_refused_creds_is_not_in_the_repr_of_anything() -> None:
    found = read_creds(CREDS)
    with found.seed:
        assert SEED[4:20] not in repr(found)


@given(text=st.text(alphabet="-BEGIN USERJWTDK\n\r \tabc", max_size=200))
def test_no_text_whatever_ends_in_anything_but_creds_or_a_reason(text: str) -> None:
    with pytest.raises(WalletError):
        read_creds(text)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 1_000_000,
        "-----BEGIN " + "-" * 1_000_000 + "x",
        "-----BEGIN " + "-x-" * 300_000,
        ("-----BEGIN X-----\n" * 50_000),
        ("-----BEGIN X-----\n-----END X-----\n" * 25_000),
    ],
    ids=["dashes", "open", "broken", "begins", "blocks"],
)
def test_a_text_made_to_be_slow_is_refused_at_once(text: str) -> None:
    with pytest.raises(CredentialsError):
        read_creds(text)
