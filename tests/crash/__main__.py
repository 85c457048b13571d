"""Repeat the crash matrix: `python -m tests.crash [--every N] [--row TEXT]`.

Every call to the system that a change of a vault makes is killed before, half through and
after it, and failed with three errors, each in turn; then the vault must open with all that was
reported as saved, no file that stood there may be gone, and the next save must work. The last
row is a way to save that loses the vault: the matrix must see it. Exit 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.crash.changes import CONTROL, ROWS, saving_in_place
from tests.crash.matrix import Cell, cells


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth call")
    parser.add_argument("--row", default="", help="only rows whose name holds this")
    parser.add_argument("--all", action="store_true", help="say every cell that lost something")
    arguments = parser.parse_args()
    lost: list[Cell] = []
    total = 0
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        for row in (row for row in ROWS if arguments.row in row.name):
            tried = list(cells(row, directory, every=arguments.every))
            lost += (found := [cell for cell in tried if cell.lost])
            total += len(tried)
            calls = Counter(cell.fault.how for cell in tried)
            print(
                f"{row.name:32} {max(calls.values()):4} calls, {len(tried):5} tried, "
                f"{len(found)} lost",
                flush=True,
            )
        with saving_in_place():
            control = list(cells(CONTROL, directory, every=arguments.every))
    seen = sum(bool(cell.lost) for cell in control)
    print(f"{CONTROL.name:32} {len(control):17,} tried, {seen} lost, as it must be")
    for cell in lost if arguments.all else lost[:20]:
        print(
            f"LOST  {cell.row}: call {cell.fault.number}, {cell.call}, "
            f"{cell.fault.how}: {cell.lost}"
        )
    print(f"{total:,} tried, {len(lost)} lost")
    return 0 if not lost and seen else 1


if __name__ == "__main__":
    sys.exit(main())
