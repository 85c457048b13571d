"""What is shown of a text from outside: never a part of a seed, wherever the text is cut."""

from __future__ import annotations

import pytest

from wallet.nats.nkeys import Kind, Seed
from wallet.text import without_seeds

FIRST, SECOND = (Seed.generate(Kind.USER).encode().decode() for _ in range(2))


@pytest.mark.parametrize("seeds_before", [0, 1, 2, 3, 12])
def test_no_part_of_a_seed_is_shown_where_a_text_is_cut(seeds_before: int) -> None:
    """Each seed that is left out makes the text shorter: what was behind the cut moves up."""
    for filling in range(300):
        text = f"{f'{FIRST} ' * seeds_before}{'-' * filling}{SECOND}{'-' * 900}"
        shown = without_seeds(text, 200)
        assert SECOND[:8] not in shown
        assert len(shown) == 200
