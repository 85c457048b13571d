"""The table of what was measured: each work, how it is today, its ratio, its aim, and whether that
is reached.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import NamedTuple

import pytest

from tests.bench.commands import Spent
from wallet.show.columns import padded

HEAD = ("work", "today", "ratio", "waited", "aim", "reached")
CELLS = (46, 34, 8, 8, 9, 7)


class Row(NamedTuple):
    """A work, and its ratio to what it is measured by, which the `aim` is for.

    Where processes are timed, `ratio` is of the processor's time, which other work on the machine
    disturbs least, and `waited` of the time that passed. Without an aim it is only told.
    """

    work: str
    today: str
    ratio: float
    aim: float | None = None
    at_least: bool = False
    waited: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the aim is reached; what has none reaches it always."""
        if self.aim is None:
            return True
        return self.ratio >= self.aim if self.at_least else self.ratio <= self.aim

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        aim = "" if self.aim is None else f"{'≥' if self.at_least else '≤'} {self.aim:g}×"
        waited = "" if self.waited is None else f"{self.waited:.2f}×"
        reached = "" if self.aim is None else "yes" if self.reached else "NO"
        return (self.work, self.today, f"{self.ratio:.2f}×", waited, aim, reached)


def of_pairs(
    work: str, pairs: Sequence[tuple[Spent, Spent]], aim: float | None, *, faster: bool = False
) -> Row:
    """The row of pairs of ours and another's, in alternation: the medians of their ratios.

    The ratio is ours by the other's; or, to say how much `faster` ours is, the other way round.
    """
    waited, worked = (
        median(
            other[part] / ours[part] if faster else ours[part] / other[part]
            for ours, other in pairs
        )
        for part in (0, 1)
    )
    seconds = median(ours.waited for ours, _ in pairs)
    works = median(ours.worked for ours, _ in pairs)
    today = f"{seconds:.2f} s, {works:.2f} s of processor"
    return Row(work, today, worked, aim, at_least=faster, waited=waited)


def print_all(reports: Iterable[Callable[[], Iterable[Row]]]) -> list[Row]:
    """Print each row as soon as it is measured, and what is missing for those that are not."""
    print(_line(HEAD))
    rows: list[Row] = []
    for report in reports:
        try:
            for row in report():
                rows.append(row)
                print(_line(row.cells()), flush=True)
        except pytest.skip.Exception as missing:  # a peer, by tests/tools.py
            print(f"not measured: {missing}", flush=True)
        except Exception:  # noqa: BLE001  (the other rows are still wanted)
            traceback.print_exc()
            print("not measured: see above", flush=True)
    missed = [row.work for row in rows if not row.reached]
    print(f"\n{len(rows) - len(missed)} of {len(rows)} rows as they should be.", end="")
    print(f" Not: {'; '.join(missed)}." if missed else "")
    return rows


def _line(cells: Sequence[str]) -> str:
    return " ".join(map(padded, cells, CELLS)).rstrip()
