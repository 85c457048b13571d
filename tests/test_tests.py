"""The tests themselves: they collect on Windows, and touch no directory of the person."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wallet.system.disk import paths

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_they_collect_where_nothing_of_posix_can_be_imported() -> None:
    """Simulated: see `tests.without_posix`."""
    # What measures coverage would measure what each worker of the suite loads as well.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.without_posix"],
        cwd=ROOT,
        env={**unmeasured, "PYTEST_ADDOPTS": "", "NKEY_WALLET_NO_SKIPS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_usual_places_are_the_test_s_own(empty_home: Path) -> None:
    assert paths.data_directory().is_relative_to(empty_home)
    assert paths.state_directory().is_relative_to(empty_home)
