"""Text in columns, measured by the cells of the screen that it takes: wide characters take two."""

from __future__ import annotations

from collections.abc import Sequence

from wallet.text import width


def padded(text: str, cells: int) -> str:
    """A plain text with blanks behind it, so that it takes at least so many cells."""
    return text + " " * (cells - width(text))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row of plain texts, every column but the last as wide as its widest cell."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([*map(padded, row[:-1], widths), row[-1]]).rstrip()  # the last has no padding
        for row in rows
    ]
