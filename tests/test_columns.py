"""Text in columns, as the terminal app and the command line both show it."""

from __future__ import annotations

from wallet.show.columns import aligned, padded
from wallet.text import width


def test_a_wide_name_leaves_what_stands_behind_it_in_its_column() -> None:
    assert [width(padded(name, 12)) for name in ("orders", "日本語", "🔑 key")] == [12, 12, 12]


def test_a_name_that_is_too_wide_is_left_as_it_is() -> None:
    assert padded("日本語", 4) == "日本語"


def test_each_column_but_the_last_is_as_wide_as_its_widest_cell() -> None:
    rows = [("日本語", "a", "more"), ("orders-of-all", "bcd", ""), ("", "", "x")]
    assert aligned(rows) == [
        "日本語         a    more",
        "orders-of-all  bcd",
        "                    x",
    ]
    assert aligned([]) == []
