"""The recovery code as text: what is taken as it is meant, and which mistakes are told."""

from __future__ import annotations

import copy
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault import read_vault
from wallet.errors import MistypedCodeError
from wallet.secrets.key_file import LARGEST, KeyFile
from wallet.secrets.recovery_code import RecoveryCode

CODES = st.binary(min_size=16, max_size=16)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def text_of(raw: bytes) -> str:
    return RecoveryCode(bytearray(raw)).text().decode()


@given(CODES)
def test_a_code_is_read_back_from_its_text_by_us_and_by_others(raw: bytes) -> None:
    text = text_of(raw)
    assert RecoveryCode.read(text.encode()).raw == raw
    assert read_vault.code_of(text) == raw
    groups = text.split("-")
    assert [len(group) for group in groups] == [5] * 7


def test_a_known_code_has_a_known_text() -> None:
    """Written down once: a later wallet has to read the paper of an earlier one."""
    assert text_of(bytes(range(16))) == KNOWN


KNOWN = "000GC-40R4Y-0M301-E209M-185G2-R38EE-1XBCJ"


@given(CODES, st.randoms(use_true_random=False))
def test_a_code_is_taken_however_it_is_typed(raw: bytes, chance: random.Random) -> None:
    plain = text_of(raw).replace("-", "")
    typed = ""
    for character in plain:
        meant = {"0": "0Oo", "1": "1IiLl"}.get(character, character + character.lower())
        typed += chance.choice(meant) + chance.choice(["", "", " ", "-", "\t", "\u2013", "\xa0"])
    wide = str.maketrans({character: chr(ord(character) + 0xFEE0) for character in "23456789"})
    for each in (plain, f"  {typed}\n", typed.translate(wide)):
        assert RecoveryCode.read(each.encode()).raw == raw


@given(CODES, st.integers(0, 6), st.integers(0, 4), st.sampled_from([*ALPHABET, "U", "é", "*"]))
def test_a_wrong_character_is_told_with_its_group(
    raw: bytes, group: int, place: int, character: str
) -> None:
    typed = text_of(raw)
    at = 6 * group + place
    if typed[at] == character:
        return
    with pytest.raises(MistypedCodeError, match=f"Group {group + 1} ") as refused:
        RecoveryCode.read((typed[:at] + character + typed[at + 1 :]).encode())
    assert refused.value.groups == (group + 1,)


@given(CODES, st.integers(0, 6), st.integers(0, 3))
def test_two_characters_that_changed_places_are_told_with_their_group(
    raw: bytes, group: int, place: int
) -> None:
    typed = list(text_of(raw))
    at = 6 * group + place
    if typed[at] == typed[at + 1]:
        return
    typed[at], typed[at + 1] = typed[at + 1], typed[at]
    with pytest.raises(MistypedCodeError) as refused:
        RecoveryCode.read("".join(typed).encode())
    assert refused.value.groups == (group + 1,)


@given(CODES, st.permutations(range(7)))
def test_groups_that_changed_places_are_all_told(raw: bytes, order: list[int]) -> None:
    groups = text_of(raw).split("-")
    moved = tuple(at + 1 for at, other in enumerate(order) if at != other)
    if not moved:
        return
    with pytest.raises(MistypedCodeError) as refused:
        RecoveryCode.read("-".join(groups[other] for other in order).encode())
    assert refused.value.groups == moved


def test_a_character_too_many_or_too_few_is_told_with_its_group() -> None:
    groups = text_of(bytes(16)).split("-")
    for number in range(7):
        for wrong in (groups[number][:-1], groups[number] + "0"):
            typed = [*groups[:number], wrong, *groups[number + 1 :]]
            with pytest.raises(MistypedCodeError, match=f"Group {number + 1} ") as refused:
                RecoveryCode.read(" ".join(typed).encode())
            assert refused.value.groups == (number + 1,)
    with pytest.raises(MistypedCodeError, match="This has 34"):
        RecoveryCode.read("".join(groups)[1:].encode())


@given(st.binary(max_size=2000))
def test_whatever_is_given_as_a_code_is_taken_or_refused_without_a_word_of_it(text: bytes) -> None:
    with pytest.raises(MistypedCodeError) as refused:
        RecoveryCode.read(text)
    assert str(refused.value).isascii()


def test_mistakes_that_fit_every_group_are_caught_by_the_check_of_the_whole() -> None:
    """Two wrong characters in a group pass its own check once in 32; then the whole one is left."""
    chance, missed = random.Random(1), 0
    typed = text_of(bytes(range(16)))
    for _ in range(20_000):
        at = 6 * chance.randrange(7)
        wrong = "".join(chance.choice(ALPHABET) for _ in range(5))
        other = typed[:at] + wrong + typed[at + 5 :]
        if other == typed:
            continue
        try:
            RecoveryCode.read(other.encode())
            missed += 1
        except MistypedCodeError:
            pass
    assert missed <= 3  # one in 131,072 is to be expected


def test_two_new_codes_are_not_the_same() -> None:
    assert len({bytes(RecoveryCode.generate().raw) for _ in range(100)}) == 100


@pytest.mark.parametrize("secret", [RecoveryCode.generate(), KeyFile.of(bytearray(32))])
def test_code_and_key_file_do_not_show_or_store_themselves(
    secret: RecoveryCode | KeyFile,
) -> None:
    assert repr(secret) == f"{type(secret).__name__}(…)"
    for attempt in (str, format, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(secret)
    other, buffer = secret.copy(), secret.raw
    with secret:
        pass
    assert not any(buffer)
    assert any(other.raw)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (bytes(31), "fewer than 32"),
        (bytes(LARGEST + 1), "larger than 16 MiB"),
        (b"\x89NKW\r\n\x1a\n" + bytes(100), "vault"),
    ],
)
def test_what_would_be_a_bad_key_file_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        KeyFile.of(bytearray(content))


def test_every_byte_of_a_key_file_counts() -> None:
    content = bytearray(range(64))
    first = KeyFile.of(content)
    for at in range(64):
        content[at] ^= 1
        assert not first.matches(KeyFile.of(content))
        content[at] ^= 1
    assert first.matches(KeyFile.of(content))
    assert not first.matches(KeyFile.of(content + b"\n"))
