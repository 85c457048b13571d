"""The header names the selected key, whatever the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.hands import drawn
from tests.app.test_main import changed, find, opened, path

__all__ = ["path"]  # a fixture


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (60, "… ▸ a-worker-of-berlin"),
        (84, "nkey-wallet · keys   … ▸ orders-of-germany ▸ a-worker-of-berlin"),
        (120, "nkey-wallet · keys   acme ▸ orders-of-germany ▸ a-worker-of-berlin"),
    ],
)
async def test_the_header_cuts_the_beginning_of_a_path_and_never_the_key(
    path: Path, columns: int, words: str
) -> None:
    with changed(path) as records:
        records.rename(records.find("orders").id, "orders-of-germany")
        records.rename(records.find("billing").id, "a-worker-of-berlin")
    async with opened(path, (columns, 16)) as pilot:
        await find(pilot, "a-worker-of-berlin")
        assert words in drawn(pilot.app).splitlines()[0]


async def test_a_name_too_long_for_the_header_is_cut_at_its_end(path: Path) -> None:
    with changed(path) as records:
        records.rename(records.find("billing").id, "n" * 90)
    async with opened(path, (60, 16)) as pilot:
        await find(pilot, "n" * 90)
        first, *_ = drawn(pilot.app).splitlines()
        assert "nnn…" in first
        assert "locks in" in first
