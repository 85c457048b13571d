"""A part of the crash matrix in every run of the suite; `python -m tests.crash` tries all of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.crash.changes import CONTROL, ROWS, Row, saving_in_place
from tests.crash.matrix import cells

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals"),
]

EVERY = 97  # calls: each row is tried at different ones with each fault


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_change_that_is_killed_or_fails_loses_nothing(row: Row, tmp_path: Path) -> None:
    tried = list(cells(row, tmp_path, every=EVERY))
    assert len(tried) >= 3
    assert [cell for cell in tried if cell.lost] == []


def test_the_matrix_sees_that_a_save_in_place_loses_the_vault(tmp_path: Path) -> None:
    with saving_in_place():
        tried = list(cells(CONTROL, tmp_path, hows=("half",)))
    assert any("TruncatedError" in cell.lost for cell in tried)
