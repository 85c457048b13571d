"""Lengths of time are read as Go's time.ParseDuration reads them; the answers are Go 1.26's."""

from __future__ import annotations

import pytest

from wallet.when import nanoseconds


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", None),
        ("0", 0),
        ("+0", 0),
        ("-0", 0),
        ("1", None),
        ("5s", 5000000000),
        ("1m30s", 90000000000),
        (".5s", 500000000),
        ("1.s", 1000000000),
        ("+1s", 1000000000),
        ("-1.5h", -5400000000000),
        ("1us", 1000),
        ("1μs", 1000),
        ("1µs", 1000),
        ("1ns", 1),
        ("1.5ns", 1),
        ("0.9ns", 0),
        ("3.000000001s", 3000000001),
        ("1h2m3s4ms5us6ns", 3723004005006),
        ("1d", None),
        ("1 s", None),
        (" 1s", None),
        ("1S", None),
        ("s", None),
        (".s", None),
        ("+", None),
        ("+-1s", None),
        ("2562047h47m16.854775807s", 9223372036854775807),
        ("2562047h47m16.854775808s", None),
        ("-2562047h47m16.854775808s", -9223372036854775808),
        ("9223372036854775807ns", 9223372036854775807),
        ("9223372036854775808ns", None),
        ("99999999999999999999s", None),
        ("0.100000000000000000000h", 360000000000),
        ("0.3333333333333333333h", 1200000000000),
        ("1e3s", None),
        ("1s1", None),
        ("١s", None),
        ("1.1.s", None),
        ("39h9m14.425s", 140954425000000),
        ("0.830103483285477580700h", 2988372539827),
        ("1" * 5000 + "s", None),
    ],
)
def test_a_length_of_time_is_what_go_makes_of_it(text: str, wanted: int | None) -> None:
    if wanted is None:
        with pytest.raises(ValueError, match=r"length of time|292 years"):
            nanoseconds(text)
    else:
        assert nanoseconds(text) == wanted
