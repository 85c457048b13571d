"""How results look: JSON for programs, aligned columns for people, both free of control codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from wallet.text import plain

LONGEST = 20_000  # characters: more than a path or a note can have


def as_json(value: object) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def columns(rows: Iterable[Sequence[str]], to: TextIO | None = None) -> None:
    """Print rows with every column but the last as wide as its widest cell."""
    safe = [[plain(cell, LONGEST) for cell in row] for row in rows]
    if not safe:
        return
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    for row in safe:
        cells = [*(cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=False)), row[-1]]
        print("  ".join(cells).rstrip(), file=to)


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """Print `name  value` lines, those without a value left out."""
    columns([(name, value) for name, value in pairs if value])


def note(text: str) -> None:
    """A word for the person, kept out of the results."""
    print(plain(text, 1000), file=sys.stderr)
