"""Processes that change one vault at the same time, and processes that are killed at it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import count
from tests.vault.support import CHANGER, make, public_keys_in, run_changer, unlock

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals"),
]

PROCESSES = 8
CHANGES = count(12, 50)
KILLS = count(40, 200)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault" / "vault.nkw"
    make(path, "first").lock()
    return path


@pytest.mark.slow
def test_eight_processes_making_keys_at_once_lose_none(path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, str(CHANGER), "many", str(path), str(CHANGES)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    made: set[str] = set()
    for process in running:
        out, err = process.communicate(timeout=280)
        assert process.returncode == 0, err[-2000:]
        made |= set(out.split())
    assert len(made) == PROCESSES * CHANGES
    with unlock(path) as vault:
        found = public_keys_in(vault)
        assert made < found
        assert len(found) == PROCESSES * CHANGES + 1
        assert vault.generation == 2 + PROCESSES * CHANGES


@pytest.mark.slow
def test_after_many_kills_every_key_that_was_reported_made_is_there(path: Path) -> None:
    lines = run_changer("kill", path, KILLS, 20261123)
    made = {word for line in lines for word in line.split() if len(word) == 56}
    assert len(lines) == KILLS
    assert len(made) >= KILLS
    assert any(line.startswith("amid") for line in lines), "no kill met a save"
    with unlock(path) as vault:
        found = public_keys_in(vault)
        assert made <= found
        # At most one key a kill is there without having been reported: saved, and killed then.
        assert len(found) <= len(made) + KILLS + 1


@pytest.mark.parametrize("moment", ["before", "half", "after"])
def test_killed_at_any_call_of_a_save_the_vault_is_the_old_or_the_new_one(
    path: Path, moment: str
) -> None:
    results = [json.loads(line) for line in run_changer("each", path, moment, "wallet")]
    assert len(results) >= 15
    assert results[-1]["acknowledged"]  # the last was not killed: every call had its turn
    for result in results:
        assert result["opens"], result
        assert len(result["keys"]) in (1, 2)
        assert set(result["acknowledged"]) <= set(result["keys"])
    sizes = [len(result["keys"]) for result in results]
    assert sizes == sorted(sizes), "the old vault up to one call, the new one from there on"
    assert sizes[0] == 1
    assert sizes[-1] == 2


def test_the_control_that_writes_in_place_is_seen_to_lose_the_vault(path: Path) -> None:
    results = [json.loads(line) for line in run_changer("each", path, "half", "in-place")]
    lost = [result["error"] for result in results if not result["opens"]]
    assert "TruncatedError" in lost
