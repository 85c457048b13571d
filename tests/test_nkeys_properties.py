"""What holds for every key, tried on keys of hypothesis' choosing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public, verify
from wallet.nats.typos import suggest

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
kinds = st.sampled_from(list(Kind))
signing_kinds = st.sampled_from([kind for kind in Kind if kind is not Kind.CURVE])
raws = st.binary(min_size=32, max_size=32)


def seed_text(kind: Kind, raw: bytes) -> str:
    with Seed.from_raw(kind, raw) as seed:
        return seed.encode().decode("ascii")


def public_text(kind: Kind, raw: bytes) -> str:
    return PublicKey.from_raw(kind, raw).text


def read_seed(text: str) -> None:
    Seed.decode(text).wipe()


def read_public(text: str) -> None:
    decode_public(text)


FORMS: list[tuple[Callable[[Kind, bytes], str], Callable[[str], None]]] = [
    (seed_text, read_seed),
    (public_text, read_public),
]
forms = pytest.mark.parametrize(("write", "read"), FORMS, ids=["seed", "public"])


def problem(read: Callable[[str], None], text: str) -> str | None:
    """Why `text` is refused, or None when it is taken."""
    try:
        read(text)
    except KeyFormatError as error:
        return error.problem
    return None


@given(kind=kinds, raw=raws)
def test_every_seed_is_read_back_as_it_was_written(kind: Kind, raw: bytes) -> None:
    text = seed_text(kind, raw)
    assert len(text) == 58
    assert text.startswith(f"S{kind.letter}")
    with Seed.decode(text) as seed:
        assert (seed.kind, bytes(seed.raw)) == (kind, raw)
        assert decode_public(seed.public.text) == seed.public


@given(kind=kinds, raw=raws)
def test_every_public_key_is_read_back_as_it_was_written(kind: Kind, raw: bytes) -> None:
    text = public_text(kind, raw)
    assert len(text) == 56
    assert text[0] == kind.letter
    assert text[1] in "ABCD"
    assert decode_public(text) == PublicKey(text, kind, raw)


@forms
@given(kind=kinds, raw=raws, data=st.data())
def test_any_one_wrong_character_is_refused(
    write: Callable[[Kind, bytes], str],
    read: Callable[[str], None],
    kind: Kind,
    raw: bytes,
    data: st.DataObject,
) -> None:
    right = write(kind, raw)
    at = data.draw(st.integers(0, len(right) - 1))
    character = data.draw(st.sampled_from([c for c in ALPHABET if c != right[at]]))
    wrong = right[:at] + character + right[at + 1 :]
    expected = {"checksum", "kind", "spare-bits", "seed-for-public", "public-for-seed"}
    assert problem(read, wrong) in expected


@forms
@given(kind=kinds, raw=raws, data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_right_text_is_among_the_corrections_of_one_wrong_character(
    write: Callable[[Kind, bytes], str],
    read: Callable[[str], None],
    kind: Kind,
    raw: bytes,
    data: st.DataObject,
) -> None:
    right = write(kind, raw)
    at = data.draw(st.integers(0, len(right) - 1))
    character = data.draw(st.sampled_from([c for c in ALPHABET + "018" if c != right[at]]))
    found = suggest(right[:at] + character + right[at + 1 :])
    assert right in found
    assert all(problem(read, text) is None for text in found if text[0] == right[0])


@forms
@given(kind=kinds, raw=raws, data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_right_text_is_among_the_corrections_of_a_swap(
    write: Callable[[Kind, bytes], str],
    read: Callable[[str], None],
    kind: Kind,
    raw: bytes,
    data: st.DataObject,
) -> None:
    right = write(kind, raw)
    at = data.draw(st.integers(0, len(right) - 2))
    if right[at] == right[at + 1]:
        return
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    assert problem(read, swapped) is not None
    assert right in suggest(swapped)


@forms
@given(kind=kinds, raw=raws, data=st.data())
def test_a_character_left_out_or_put_in_is_a_wrong_length(
    write: Callable[[Kind, bytes], str],
    read: Callable[[str], None],
    kind: Kind,
    raw: bytes,
    data: st.DataObject,
) -> None:
    right = write(kind, raw)
    # Not near the beginning: that decides which of the two forms a text is taken for.
    at = data.draw(st.integers(3, len(right) - 1))
    character = data.draw(st.sampled_from(ALPHABET))
    assert problem(read, right[:at] + right[at + 1 :]) == "length"
    assert problem(read, right[:at] + character + right[at:]) == "length"


@forms
@given(kind=kinds, raw=raws, data=st.data())
def test_blanks_inside_padding_and_small_letters_have_their_own_reasons(
    write: Callable[[Kind, bytes], str],
    read: Callable[[str], None],
    kind: Kind,
    raw: bytes,
    data: st.DataObject,
) -> None:
    right = write(kind, raw)
    at = data.draw(st.integers(1, len(right) - 1))
    blank = data.draw(st.sampled_from(["\n", "\r\n", " ", "\t"]))
    assert problem(read, right[:at] + blank + right[at:]) == "alphabet"
    assert problem(read, right + "=" * data.draw(st.integers(1, 6))) == "alphabet"
    assert problem(read, right + blank + "x") == "trailing"
    if right.lower() != right and not right.startswith("S"):
        assert problem(read, right.lower()) == "case"
    assert problem(read, blank + right + blank) is None


@given(text=st.text(max_size=120))
def test_no_text_whatever_ends_in_anything_but_a_key_or_a_reason(text: str) -> None:
    for read in (read_public, read_seed):
        found = problem(read, text)
        assert found is None or found.replace("-", "").isalpha()


@given(kind=kinds, raw=raws, data=st.data())
def test_what_is_taken_is_what_encoding_gives_again(
    kind: Kind, raw: bytes, data: st.DataObject
) -> None:
    right = PublicKey.from_raw(kind, raw).text
    assert decode_public(right) == PublicKey.from_raw(kind, raw)
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != right[at]]))
    with pytest.raises(KeyFormatError):
        decode_public(right[:at] + wrong + right[at + 1 :])


@given(kind=signing_kinds, raw=raws, message=st.binary(max_size=300), flip=st.integers(0, 511))
def test_every_signature_verifies_and_none_does_with_a_bit_changed(
    kind: Kind, raw: bytes, message: bytes, flip: int
) -> None:
    with Seed.from_raw(kind, raw) as seed:
        signature = seed.sign(message)
        changed = bytearray(signature)
        changed[flip // 8] ^= 1 << flip % 8
        assert verify(seed.public, message, signature)
        assert not verify(seed.public, message, bytes(changed))
        assert not verify(seed.public, message + b"\0", signature)


@given(one=raws, other=raws, message=st.binary(max_size=300), at=st.integers(0, 343))
def test_every_sealed_message_opens_and_none_does_with_a_byte_changed(
    one: bytes, other: bytes, message: bytes, at: int
) -> None:
    with Seed.from_raw(Kind.CURVE, one) as sender, Seed.from_raw(Kind.CURVE, other) as receiver:
        sealed = sender.seal(message, receiver.public)
        assert receiver.open(sealed, sender.public) == message
        changed = bytearray(sealed)
        changed[at % len(sealed)] ^= 1
        with pytest.raises(KeyFormatError):
            receiver.open(bytes(changed), sender.public)
