"""Names that are drawn as others are, and characters that nobody sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.exchange.made import Chain
from tests.exchange.support import import_all, new_vault, plan_of
from wallet.exchange.plan.lookalikes import looks_alike, odd_letter, skeleton
from wallet.nats.nkeys import Kind, Seed
from wallet.text import plain

ALIKE = [
    ("billing", "bi\u217c\u217cing"),
    ("paypal", "p\u0430ypal"),  # Cyrillic a
    ("corp", "\u0441\u043erp"),
    ("SALES", "S\u0391LES"),  # Greek Alpha
    ("news", "ｎｅｗｓ"),
    ("caf\u00e9", "cafe\u0301"),
    ("till", "ti\u200dll"),
    ("till", "till\u3164"),
    ("till", "t\u0131ll"),
    ("till", "till\ufe0f"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_are_drawn_alike_are_known(one: str, other: str) -> None:
    assert looks_alike(one, other)
    assert looks_alike(other, one)
    assert not odd_letter(one, other).isascii() or odd_letter(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("till", "till"), ("till", "Till"), ("n1", "nl"), ("a", "b"), ("日本", "日木"), ("", "x")],
)
def test_others_are_not(one: str, other: str) -> None:
    assert not looks_alike(one, other)


def test_a_skeleton_has_one_form() -> None:
    for one, other in ALIKE:
        assert skeleton(one) == skeleton(skeleton(other))


@pytest.mark.parametrize(
    "text",
    [
        *("a\u200db", "a\u200cb", "\u200da", "a\u200d", "a\u3164", "\u3164", "a\u034fb", "x\ufe0f"),
        *("\u2800", "a\uffa0", "\u115f\u1160", "\u180b", "1\U000e0100"),
    ],
)
def test_what_takes_no_ink_is_shown_as_such(text: str) -> None:
    assert "\N{REPLACEMENT CHARACTER}" in plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "می\u200cخواهم",  # Persian divides so
        "क्\u200dष",  # Hindi joins so
        "日本語",
        "葛\U000e0100",
    ],
)
def test_what_a_script_needs_is_left(text: str) -> None:
    assert plain(text) == text


def test_a_name_that_looks_like_one_beside_it_is_told_at_import(tmp_path: Path) -> None:
    with new_vault(tmp_path) as vault:
        with Seed.generate(Kind.USER) as seed:
            import_all(vault, b"paypal " + bytes(seed.encode()))
        with Seed.generate(Kind.USER) as seed:
            plan = plan_of(vault, "p\u0430ypal ".encode() + bytes(seed.encode()))
            (item,) = plan.items
            assert any("paypal" in note and "CYRILLIC" in note for note in item.notes)
        # Also of two that come together, and not where it is beneath another key.
        one, other = Chain(), Chain()
        text = b"till %s\nt\xc4\xb1ll %s" % (
            bytes(one.user.encode()),
            bytes(other.user.encode()),
        )
        plan = plan_of(vault, text)
        assert sum(bool(item.notes) for item in plan.items) == 1
        with Seed.generate(Kind.USER) as seed:
            assert not plan_of(vault, b"PayPal " + bytes(seed.encode())).items[0].notes


def test_a_wide_name_is_as_wide_in_the_tree_as_it_is_drawn() -> None:
    from wallet.app.widgets.tree.row_drawing import fitted

    for name in ("日本語", "abc", "日本語" * 20, "e\u0301" * 9, "👨\u200d👩"):
        assert cell_len(fitted(name, 12)) == 12
