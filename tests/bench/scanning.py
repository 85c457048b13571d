"""Looking for seeds in this environment's programs, beside reading the same bytes."""

from __future__ import annotations

import os
import sysconfig
import time
from collections.abc import Iterator
from statistics import median

from tests.bench.table import Row
from wallet.exchange.exposure import ScanLog
from wallet.tasks.scan import scan


def report(rounds: int) -> Iterator[Row]:
    """The row of how many times as long a scan takes as reading does."""
    root = sysconfig.get_path("purelib")
    reading, scanning = [], []
    log = ScanLog()
    for _ in range(rounds):
        began = time.perf_counter()
        size = _read(root)
        reading.append(time.perf_counter() - began)
        log = ScanLog()
        began = time.perf_counter()
        list(scan([root], log))
        scanning.append(time.perf_counter() - began)
    seconds = median(scanning)
    today = f"{seconds:.2f} s, {size / 1e6:,.0f} MB"
    yield Row(f"scan of {log.files:,} files, beside reading", today, seconds / median(reading))


def _read(root: str) -> int:
    size = 0
    for directory, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(directory, name), "rb") as file:
                size += len(file.read())
    return size
