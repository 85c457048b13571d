"""What holds for every key."""

from __future__ import annotations

import base64
import contextlib

from hypothesis import given
from hypothesis import strategies as some

from wallet.errors import KeyFormatError
from wallet.inspection import inspect
from wallet.nkeys import Kind, PublicKey, Seed, crc16, decode_public, suggest

KINDS = some.sampled_from(list(Kind))
RAW = some.binary(min_size=32, max_size=32)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@given(KINDS, RAW)
def test_a_seed_survives_its_text_form(kind: Kind, raw: bytes) -> None:
    with Seed.from_raw(kind, raw) as seed:
        text = seed.encode()
        assert len(text) == 58
        assert text[:2] == f"S{kind.letter}".encode()
        with Seed.decode(text) as again:
            assert (again.kind, again.raw, again.public) == (kind, seed.raw, seed.public)


@given(KINDS, RAW)
def test_a_public_key_survives_its_text_form(kind: Kind, raw: bytes) -> None:
    key = PublicKey.from_raw(kind, raw)
    assert len(key.text) == 56
    assert key.text[0] == kind.letter
    assert key.text[1] in "ABCD"
    assert decode_public(key.text) == key


@given(KINDS, RAW, some.integers(0, 55), some.sampled_from(ALPHABET))
def test_every_changed_character_of_a_public_key_is_noticed_and_can_be_suggested(
    kind: Kind, raw: bytes, place: int, character: str
) -> None:
    key = PublicKey.from_raw(kind, raw).text
    changed = key[:place] + character + key[place + 1 :]
    if changed == key:
        return
    try:
        decode_public(changed)
    except KeyFormatError:
        if not changed.startswith("S"):
            assert key in suggest(changed)
    else:
        raise AssertionError("a changed key was accepted")


@given(KINDS, RAW, some.integers(2, 57), some.sampled_from(ALPHABET))
def test_every_changed_character_of_a_seed_is_noticed_and_never_repeated(
    kind: Kind, raw: bytes, place: int, character: str
) -> None:
    with Seed.from_raw(kind, raw) as seed:
        text = seed.encode().decode()
    changed = text[:place] + character + text[place + 1 :]
    if changed == text:
        return
    found = inspect(changed)
    assert not found.valid
    assert found.secret
    assert text not in str(found.to_json())
    assert changed not in str(found.to_json())


@given(some.text(max_size=120))
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    for read in (decode_public, Seed.decode):
        with contextlib.suppress(KeyFormatError):
            read(text)
    assert isinstance(inspect(text).to_json(), dict)


@given(some.binary(max_size=80))
def test_any_base32_with_a_right_checksum_is_read_only_in_its_one_form(data: bytes) -> None:
    whole = data + crc16(data).to_bytes(2, "little")
    text = base64.b32encode(whole).decode().rstrip("=")
    for read, length in ((decode_public, 56), (Seed.decode, 58)):
        try:
            read(text)
        except KeyFormatError:
            continue
        assert len(text) == length
