"""Looking for seeds in this environment's programs, beside reading the same bytes."""

from __future__ import annotations

import os
import sysconfig
import time
from statistics import median

from wallet.exchange.exposure import ScanLog
from wallet.tasks.scan import scan


def report(rounds: int) -> None:
    """Print how many times as long a scan takes as reading does."""
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
    print(
        f"\nscan of {log.files:,} files, {size / 1e6:,.0f} MB: {seconds:.2f} s, "
        f"{seconds / size * 1e9:.1f} s for a gigabyte, {seconds / median(reading):.2f}× reading it"
    )


def _read(root: str) -> int:
    size = 0
    for directory, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(directory, name), "rb") as file:
                size += len(file.read())
    return size
