"""Generated configurations are read as nats-server's own parser reads them, values and all."""

from __future__ import annotations

import random

from tests.compare import readings


def test_generated_configurations_are_read_as_the_server_s_parser_reads_them() -> None:
    seed = random.randrange(1 << 32)
    assert readings.compare(400, seed) == [], f"seed {seed}"
