"""Public keys with a wished-for beginning."""

from __future__ import annotations

import threading

import pytest

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.vanity import Prefix


@pytest.mark.parametrize("kind", list(Kind))
def test_a_short_prefix_is_found_for_every_kind(kind: Kind) -> None:
    with Prefix(kind, "dx").search() as seed:
        assert seed.kind is kind
        assert seed.public.text.startswith(kind.letter + "DX")


def test_each_further_character_takes_32_times_as_long() -> None:
    tries = [Prefix(Kind.USER, text).expected_tries for text in ("A", "AB", "ABC")]
    assert tries == [4, 128, 4096]


@pytest.mark.parametrize("text", ["E", "", "A1", "A-", "Ä", "A B"])
def test_a_prefix_that_no_key_can_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="A, B, C or D"):
        Prefix(Kind.USER, text)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_bits_that_are_compared_are_those_of_the_text(kind: Kind) -> None:
    for _ in range(200):
        with Seed.generate(kind) as seed:
            text = seed.public.text
            raw = bytearray(seed.public.raw)
        for length in range(1, 8):
            assert Prefix(kind, text[1 : 1 + length])._fits()(raw)
            other = "A" if text[length] != "A" else "B"
            assert not Prefix(kind, text[1:length] + other)._fits()(raw)


def test_several_threads_find_one_and_tell_how_far_they_are() -> None:
    told: list[int] = []
    with Prefix(Kind.USER, "DXY").search(told.append, threads=4) as seed:
        assert seed.public.text.startswith("UDXY")
    assert told == sorted(told)


def test_giving_up_ends_every_thread() -> None:
    class GivenUpError(Exception):
        pass

    def give_up(tries: int) -> None:
        raise GivenUpError

    before = threading.active_count()
    with pytest.raises(GivenUpError):
        Prefix(Kind.USER, "ABCDEFG").search(give_up, threads=3)
    assert threading.active_count() == before
