"""Text in columns, measured by the cells of the screen that it takes: wide characters take two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wallet.text import width


def padded(text: str, cells: int) -> str:
    """A plain text with blanks behind it, so that it takes at least so many cells."""
    return text + " " * (cells - width(text))


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """A line for each row of plain texts, every column but the last as wide as its widest cell."""
    return joined(list(zip(*rows, strict=True)))


def joined(columns: Sequence[Sequence[str]]) -> list[str]:
    """The lines that `aligned` makes, of the columns: there may be 100,000 cells in each."""
    if not columns:
        return []
    *others, last = columns
    as_wide = [*map(_as_wide, others), last]  # the last has no padding
    return [line.rstrip() for line in map("  ".join, zip(*as_wide, strict=True))]


def _as_wide(column: Sequence[str]) -> list[str]:
    """The cells of a column, each as wide as the widest."""
    if "".join(column).isascii():
        most = max(map(len, column))
        return [cell.ljust(most) for cell in column]
    most = max(map(width, column))
    return [padded(cell, most) for cell in column]
