"""Three versions of a generated vault, joined in every order: the same contents, nothing lost."""

from __future__ import annotations

import random
from collections import Counter

from tests.vault.merging.test_order import RULES, look_at_order

ENOUGH = 200  # triples, of which some need each rule


def compare(count: int, seed: int, server: str | None = None) -> list[str]:
    """Join so many triples, and tell each that comes out otherwise in another order."""
    del server  # none is asked
    numbers = random.Random(seed).sample(range(1 << 32), count)
    rules: Counter[str] = Counter()
    differences = []
    for number in numbers:
        try:
            look_at_order(number, rules)
        except AssertionError as error:
            differences.append(f"world {number}: {error}")
    missing = RULES - {*rules} if count >= ENOUGH else set()
    return differences + [f"no triple needed the rule “{rule}”" for rule in missing]
