"""The signs that stand before results, in the app and on the command line. Pure."""

from __future__ import annotations

from enum import StrEnum


class Sign(StrEnum):
    """The character that stands before a result."""

    GOOD = "✓"
    BAD = "✗"
    DOUBTFUL = "!"
    UNKNOWN = "?"
    NOT_NEEDED = "–"
