"""Public keys with a wished-for beginning."""

from __future__ import annotations

import pytest

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
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
