"""Seeds are found in any bytes, however they are written, and nothing else is taken for one."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from itertools import count

import pytest

from wallet.exchange.exposure import CHUNK, SeedReader
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.nats.seed_search import LONGEST, seeds_in

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def new(kind: Kind = Kind.USER) -> tuple[bytes, PublicKey]:
    with Seed.generate(kind) as seed:
        return bytes(seed.encode()), seed.public


def found(content: bytes) -> list[PublicKey]:
    return [place.public for place in seeds_in(bytearray(content), len(content))]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_seed_of_each_kind_is_found_wherever_it_stands(kind: Kind) -> None:
    text, public = new(kind)
    for before, after in (
        (b"", b""),
        (b"x", b"y"),
        (b"SEED", b"AAAA"),
        (b"\0\xff", b"\n"),
        (b"SUA", b""),
    ):
        (place,) = seeds_in(bytearray(before + text + after), len(before + text + after))
        assert place == (len(before), public)


@pytest.mark.parametrize("kind", list(Kind))
def test_base64_hides_no_seed_wherever_it_begins(kind: Kind) -> None:
    for before in range(7):
        text, public = new(kind)
        within = b"-----BEGIN"[:before] + text + b"\n------END"
        for encoded in (
            base64.b64encode(within),
            base64.urlsafe_b64encode(within),
            base64.b64encode(b"\xff" * before + text),
            b"data: " + base64.b64encode(within) + b"\n",
        ):
            assert found(encoded) == [public]


def test_base64_in_lines_hides_no_seed() -> None:
    """What begins right at a line's end apart: four letters tell that one begins."""
    for _ in range(50):
        text, public = new()
        creds = b"-----BEGIN NATS USER JWT-----\nabc\n" + text + b"\n"
        encoded = base64.encodebytes(creds).replace(b"\n", b"\r\n    ")
        assert found(encoded) == [public]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_seed_in_utf_16_is_found(encoding: str) -> None:
    text, public = new()
    assert found(f"the seed: {text.decode()}\n".encode(encoding)) == [public]


def test_two_seeds_one_after_the_other_are_both_found() -> None:
    (one, first), (two, second) = new(), new(Kind.ACCOUNT)
    assert found(one + two) == [first, second]
    assert found(one[:30] + one + two[:57] + two) == [first, second]


def test_a_seed_with_one_letter_changed_is_none() -> None:
    chance = random.Random(1)
    misses = []
    for _ in range(10_000):
        text = bytearray(new(chance.choice(list(Kind)))[0])
        at = chance.randrange(len(text))
        text[at] = chance.choice([letter for letter in _LETTERS if letter != text[at]])
        misses.append(bytes(text))
    assert found(b"\n".join(misses)) == []
    assert found(base64.b64encode(b"\n".join(misses))) == []
    assert found(b"\n".join(misses).decode().encode("utf-16")) == []


def test_what_only_looks_like_one_is_none() -> None:
    chance = random.Random(2)
    assert found(bytes(chance.choices(_LETTERS, k=1_000_000))) == []
    assert found(b"SUA" * 100_000) == []
    assert found(b"U1VB" * 100_000) == []


@pytest.mark.parametrize("form", ["plain", "utf-16", "base64"])
def test_a_seed_across_the_pieces_of_a_large_file_is_found_once_with_its_line(form: str) -> None:
    reader = SeedReader()
    for edge in (CHUNK, CHUNK - LONGEST, 2 * CHUNK - LONGEST):
        for shift in (-200, -59, -58, -1, 0, 1, 30):
            text, public = new()
            written = {
                "plain": text,
                "utf-16": text.decode().encode("utf-16-le"),
                "base64": base64.b64encode(b"ab" + text),
            }[form]
            filler = b"x" * 99 + b"\n"
            before = (filler * (edge // 100 + 1))[: edge + shift]
            content = memoryview(before + b" " + written + b" " + b"z" * 1000)
            assert list(reader.lines_of(_pieces(content))) == [(before.count(b"\n") + 1, public)]


def test_nothing_read_before_is_found_again() -> None:
    reader = SeedReader()
    text, public = new()
    assert list(reader.lines_of(_pieces(memoryview(b"\n" * 9 + text)))) == [(10, public)]
    assert list(reader.lines_of(_pieces(memoryview(b"short")))) == []
    reader.wipe()
    assert not any(reader._content)


def _pieces(content: memoryview) -> Callable[[memoryview], int]:
    """A stream that gives as much as a disk may: sometimes little."""
    at, sizes = 0, count(1000, 77_777)

    def read(view: memoryview) -> int:
        nonlocal at
        piece = content[at : at + min(len(view), next(sizes))]
        view[: len(piece)] = piece
        at += len(piece)
        return len(piece)

    return read
