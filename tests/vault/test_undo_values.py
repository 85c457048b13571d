"""Tags are undone one by one: what the change brought goes, what it took comes back. Pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wallet.tasks.undo.key_values import tags_before
from wallet.vault.key_rows import KeyRows

KEY = KeyRows(1, "U", "user", 0, None, "billing", "active", "", "", None, None, None, 0)


@pytest.mark.parametrize(
    ("before", "after", "now", "then"),
    [
        ("prod", "eu", "eu", ["prod"]),  # nobody changed anything since
        ("prod", "prod eu", "prod eu mine", ["prod", "mine"]),  # another one came since
        ("prod eu", "prod", "prod mine", ["prod", "mine", "eu"]),
        ("prod eu", "prod", "eu mine", ["eu", "mine"]),  # somebody put it back, and took prod
        ("", "eu", "", []),  # it went since
        ("a b", "b a", "b a", ["a", "b"]),  # in the order of before
    ],
)
def test_tags_that_a_change_brought_go_and_those_that_it_took_come_back(
    before: str, after: str, now: str, then: list[str]
) -> None:
    assert tags_before(replace(KEY, tags=before), replace(KEY, tags=after), now) == then
