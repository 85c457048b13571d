"""NKeys against known answers, and every malformed text against its own reason."""

from __future__ import annotations

import json
from base64 import b32decode, b32encode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import Kind, Seed, crc16, decode_public, verify
from wallet.nats.typos import suggest

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "nkeys.json").read_text("utf-8")
)
KEYS: list[dict[str, str]] = VECTORS["keys"]
REFUSED: dict[str, str] = VECTORS["refused"]
USER = KEYS[1]
OPERATOR = VECTORS["zeros"]["operator"]
ZEROS = bytes(32)


def with_checksum(body: bytes) -> str:
    """The text of any bytes with a right checksum, as only a wrong encoder would make."""
    return b32encode(body + crc16(body).to_bytes(2, "little")).decode().rstrip("=")


def refusal_of_public(text: str) -> KeyFormatError:
    with pytest.raises(KeyFormatError) as caught:
        decode_public(text)
    return caught.value


def refusal_of_seed(text: str) -> KeyFormatError:
    with pytest.raises(KeyFormatError) as caught:
        Seed.decode(text)
    return caught.value


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key["public"][:8])
def test_a_published_seed_gives_its_published_public_key_and_text(key: dict[str, str]) -> None:
    with Seed.decode(key["seed"]) as seed:
        assert seed.kind is Kind(key["kind"])
        assert seed.public.text == key["public"]
        assert seed.public == decode_public(key["public"])
        assert seed.encode() == key["seed"].encode()


def test_a_published_signature_is_made_again_and_verified() -> None:
    key = KEYS[0]
    data = key["signs"].encode()
    with Seed.decode(key["seed"]) as seed:
        signature = seed.sign(data)
    assert urlsafe_b64encode(signature).rstrip(b"=").decode() == key["signature"]
    assert verify(decode_public(key["public"]), data, signature)


def test_a_published_private_key_is_its_seed() -> None:
    key = KEYS[2]
    with Seed.decode_private(key["private"], Kind.USER) as seed:
        assert seed.encode() == key["seed"].encode()


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.SERVER, Kind.CURVE])
def test_thirty_two_zero_bytes_give_the_known_public_key(kind: Kind) -> None:
    with Seed.from_raw(kind, ZEROS) as seed:
        assert seed.public.text == VECTORS["zeros"][kind.value]


def test_thirty_two_zero_bytes_give_the_known_curve_seed() -> None:
    with Seed.from_raw(Kind.CURVE, ZEROS) as seed:
        assert seed.encode() == VECTORS["zeros"]["curve seed"].encode()


def test_a_message_sealed_by_go_opens() -> None:
    sealed = VECTORS["sealed"]
    with Seed.decode(sealed["for"]) as seed:
        opened = seed.open(bytes.fromhex(sealed["hex"]), decode_public(sealed["from"]))
    assert opened == sealed["opens to"].encode()


def test_the_checksum_is_xmodems() -> None:
    assert crc16(b"123456789") == 0x31C3


@pytest.mark.parametrize(
    ("kind", "letter", "prefix"),
    [
        (Kind.OPERATOR, "O", 0x70),
        (Kind.ACCOUNT, "A", 0x00),
        (Kind.USER, "U", 0xA0),
        (Kind.SERVER, "N", 0x68),
        (Kind.CLUSTER, "C", 0x10),
        (Kind.CURVE, "X", 0xB8),
    ],
)
def test_each_kind_has_its_letter_and_byte(kind: Kind, letter: str, prefix: int) -> None:
    assert (kind.letter, kind.prefix) == (letter, prefix)
    with Seed.from_raw(kind, ZEROS) as seed:
        assert seed.public.text.startswith(letter)
        assert seed.encode().startswith(b"S" + letter.encode())


# Public keys that are refused, each with its own reason.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (USER["public"].lower(), "case"),
        (USER["public"][:20] + USER["public"][20:].lower(), "case"),
        (USER["public"][:-1], "length"),
        (USER["public"] + "A", "length"),
        (USER["public"] * 1000, "length"),
        ("0" + USER["public"][1:], "alphabet"),
        (USER["public"][:-1] + "1", "alphabet"),
        (USER["public"][:-1] + "=", "alphabet"),
        (USER["public"][:-1] + "Ü", "alphabet"),
        (USER["public"][:-1] + "ß", "alphabet"),
        (USER["public"][:28] + "\n" + USER["public"][28:], "alphabet"),
        (USER["public"][:28] + " " + USER["public"][28:], "alphabet"),
        (USER["public"] + " # billing", "trailing"),
        (USER["public"] + "\n" + USER["public"], "trailing"),
        (USER["public"][:-1] + "5", "checksum"),
        (REFUSED["a tutorial's invention that looks right"], "checksum"),
        (REFUSED["public key of no kind that NATS has"], "kind"),
        (with_checksum(b"\xa1" + ZEROS), "kind"),
        (with_checksum(b"\x78" + ZEROS), "kind"),
        (USER["seed"], "seed-for-public"),
        (USER["seed"].lower(), "seed-for-public"),
        (f"  {USER['seed']}\n", "seed-for-public"),
        (USER["seed"] + " trailing", "seed-for-public"),
        (KEYS[2]["private"], "length"),
    ],
)
def test_a_public_key_is_refused_with_its_own_reason(text: str, problem: str) -> None:
    assert refusal_of_public(text).problem == problem


@pytest.mark.parametrize(
    ("text", "place"),
    [("UDX1" + USER["public"][4:], "character 4"), ("8" + USER["public"][1:], "character 1")],
)
def test_a_refused_character_is_named_by_its_place(text: str, place: str) -> None:
    assert place in str(refusal_of_public(text))


def test_a_wrong_length_says_by_how_much() -> None:
    assert "2 missing" in str(refusal_of_public(USER["public"][:-2]))
    assert "3 too many" in str(refusal_of_public(USER["public"] + "AAA"))


def test_a_second_character_that_no_key_has_is_said_to_be_mistyped() -> None:
    text = "UQ" + USER["public"][2:]
    refusal = refusal_of_public(text)
    assert refusal.problem == "kind"
    assert "A to D" in str(refusal)


def test_white_space_around_a_public_key_is_allowed() -> None:
    assert decode_public(f"\t{USER['public']} \r\n").text == USER["public"]


# Seeds that are refused, each with its own reason.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (USER["seed"].lower(), "case"),
        (USER["seed"][:-1], "length"),
        (USER["seed"] + "AA", "length"),
        (USER["seed"][:30] + "0" + USER["seed"][31:], "alphabet"),
        (USER["seed"][:28] + "\n" + USER["seed"][28:], "alphabet"),
        (USER["seed"][:28] + "\r\n" + USER["seed"][28:], "alphabet"),
        (USER["seed"] + "======", "alphabet"),
        (USER["seed"] + " extra", "trailing"),
        (USER["seed"][:30] + "A" + USER["seed"][31:], "checksum"),
        (REFUSED["seed of no kind that NATS has"], "kind"),
        (with_checksum(bytes([0x90 | 0x60 >> 5, (0x60 & 31) << 3]) + ZEROS), "kind"),
        (with_checksum(bytes([0x90 | 0xA0 >> 5, (0xA0 & 31) << 3 | 1]) + ZEROS), "kind"),
        (with_checksum(bytes([0x90 | 0xA0 >> 5, (0xA0 & 31) << 3 | 8]) + ZEROS), "kind"),
        (with_checksum(bytes([0x98, 0]) + ZEROS), "kind"),
        (with_checksum(bytes([0x90 | 0xA0 >> 5, 0]) + ZEROS[1:]), "length"),
        ("\x85", "empty"),
        ("\N{NO-BREAK SPACE}", "empty"),
        (USER["public"], "public-for-seed"),
        (OPERATOR, "public-for-seed"),
        ("ü" * 58, "alphabet"),
        ("\N{SNOWMAN}" * 58, "alphabet"),
    ],
)
def test_a_seed_is_refused_with_its_own_reason(text: str, problem: str) -> None:
    assert refusal_of_seed(text).problem == problem


def test_only_one_of_the_four_spellings_of_the_last_character_is_taken() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    right = alphabet.index(USER["seed"][-1])
    spellings = [USER["seed"][:-1] + alphabet[right & ~3 | spare] for spare in range(4)]
    padding = "=" * 6
    assert len({b32decode(spelling + padding) for spelling in spellings}) == 1
    problems = [refusal_of_seed(text).problem for text in spellings if text != USER["seed"]]
    assert problems == ["spare-bits"] * 3


@pytest.mark.parametrize(
    "text",
    [
        USER["seed"],
        USER["seed"].lower(),
        USER["seed"][:-1],
        USER["seed"] + "A",
        USER["seed"] + " extra",
        USER["seed"][:30] + "0" + USER["seed"][31:],
        USER["seed"][:30] + "A" + USER["seed"][31:],
        "T" + USER["seed"][1:],
        "US" + USER["seed"][2:],
    ],
)
def test_no_refusal_repeats_any_part_of_a_seed(text: str) -> None:
    messages = [str(refusal_of_public(text))]
    if text != USER["seed"]:
        messages.append(str(refusal_of_seed(text)))
    for message in messages:
        for at in range(2, 50, 4):
            assert text[at : at + 8] not in message


def test_a_seed_is_read_from_bytes_and_from_a_buffer_that_stays_its_owners() -> None:
    buffer = bytearray(f" {USER['seed']}\n".encode())
    given = bytes(buffer)
    with Seed.decode(buffer) as one, Seed.decode(given) as other:
        assert one.public.text == other.public.text == USER["public"]
    assert buffer == given


# Private keys.


def private_text(seed: Seed) -> str:
    public = b"" if seed.kind is Kind.CURVE else seed.public.raw
    return with_checksum(b"\x78" + bytes(seed.raw) + public)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_private_form_gives_the_same_key(kind: Kind) -> None:
    with Seed.generate(kind) as seed:
        text = private_text(seed)
        assert len(text) == (56 if kind is Kind.CURVE else 108)
        with Seed.decode_private(text, kind) as again:
            assert again.public == seed.public
            assert again.raw == seed.raw


def test_a_private_key_with_anothers_public_half_is_refused() -> None:
    with Seed.generate(Kind.USER) as seed, Seed.generate(Kind.USER) as other:
        text = with_checksum(b"\x78" + bytes(seed.raw) + other.public.raw)
    with pytest.raises(KeyFormatError) as caught:
        Seed.decode_private(text, Kind.USER)
    assert caught.value.problem == "checksum"


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        (KEYS[2]["private"], Kind.CURVE, "length"),
        (KEYS[2]["private"][:-1], Kind.USER, "length"),
        (KEYS[2]["private"].lower(), Kind.USER, "case"),
        (KEYS[2]["private"][:50] + "A" + KEYS[2]["private"][51:], Kind.USER, "checksum"),
        (USER["public"], Kind.CURVE, "kind"),
    ],
)
def test_a_private_key_is_refused_with_its_own_reason(text: str, kind: Kind, problem: str) -> None:
    with pytest.raises(KeyFormatError) as caught:
        Seed.decode_private(text, kind)
    assert caught.value.problem == problem


# Corrections.


def test_a_swap_of_neighbours_is_found() -> None:
    text = USER["public"]
    at = next(i for i in range(10, 50) if text[i] != text[i + 1])
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert text in suggest(swapped)


def test_the_invented_key_of_a_tutorial_cannot_be_corrected() -> None:
    assert suggest(REFUSED["a tutorial's invention that looks right"]) == []


def test_nothing_is_suggested_for_a_text_of_another_length() -> None:
    assert suggest(USER["public"][:-1]) == []
    assert suggest("") == []


def test_a_public_key_shows_itself_whole_and_short() -> None:
    key = decode_public(USER["public"])
    assert str(key) == USER["public"]
    assert key.short == "UDXU4RCS…CNF4"
