"""Rehearsals say of generated configurations what real servers do with them."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.compare import rehearsals
from tests.compare.real_server import separate

COUNT = 40
SEED = 20


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("unshare") is None or not separate(),
    reason="needs a network of its own (unshare -rn)",
)
def test_generated_configurations_do_what_their_rehearsal_says() -> None:
    found = rehearsals.compare_all(COUNT, SEED)
    unlike = [f"{one.made.of}\n{one.difference}" for one in found if not one.explained]
    assert list(filter(str.strip, (text.partition("\n")[2] for text in unlike))) == []
    # Or else the comparison would not see anything.
    assert 0.1 < sum(one.starts for one in found) / COUNT < 0.9
