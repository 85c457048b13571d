"""One line of the key tree, drawn: cursor, fold or status mark, name, kind. No Textual in it
but the strip it makes.

Every mark tells by its shape what it also tells by colour. Names come from outside: they are
drawn as plain text of a known width.
"""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wallet.show.marks import signs_of
from wallet.text import plain
from wallet.vault.tree.tree import TreeRow

MARGIN = 1
INDENT = 2
MARK_WIDTH = 2

CURSOR = "›"
FOLDED, UNFOLDED = "▸", "▾"
ACTIVE, RETIRED, SEEDLESS = "●", "○", "◌"

_NAME_AT_LEAST = 10
# Joined emoji and emoji-style symbols are one cell, two or six, depending on the terminal.
# Apart they are as wide everywhere as they measure.
_JOINING = dict.fromkeys((0x200C, 0x200D, 0xFE0E, 0xFE0F))


class LineStyles(NamedTuple):
    """The look of each part of a line; on the cursor's line they all look the same."""

    name: Style
    group: Style
    kind: Style
    active: Style
    retired: Style


def draw(row: TreeRow, width: int, styles: LineStyles, *, cursor: bool) -> Strip:
    """The line of `row`, `width` cells wide."""
    label = "" if row.key is None else _label(row)
    start = MARGIN + INDENT * row.depth + MARK_WIDTH
    room = width - start - (cell_len(label) + 2 if label else 1)
    if room < _NAME_AT_LEAST:
        label, room = "", width - start - 1
    name = fitted(row.group or (row.key.name if row.key else ""), max(0, room))
    mark = _mark(row)
    margin = (CURSOR if cursor else " ").ljust(MARGIN + INDENT * row.depth)
    retired = row.key is not None and row.key.status == "retired"
    mark_style = styles.name if row.foldable else styles.retired if retired else styles.active
    name_style = styles.group if row.key is None else styles.retired if retired else styles.name
    segments = [
        Segment(margin, styles.name),
        Segment(mark.ljust(MARK_WIDTH), mark_style),
        Segment(name, name_style),
    ]
    if label:
        segments.append(Segment(f" {label} ", styles.kind))
    return Strip(segments).adjust_cell_length(width, styles.name)


def fitted(text: str, width: int) -> str:
    """`text`, made plain, in exactly `width` cells; cut with an ellipsis when it is longer."""
    safe = plain(text).translate(_JOINING)
    if cell_len(safe) > width > 0:
        return set_cell_size(set_cell_size(safe, width - 1).rstrip() + "…", width)
    return set_cell_size(safe, width)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words."""
    lines = [""]
    for word in plain(text, 1000).split():
        longer = f"{lines[-1]} {word}".strip()
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def is_on_mark(row: TreeRow, x: int) -> bool:
    """Whether cell `x` of the line is its fold arrow, or the blank after it."""
    start = MARGIN + INDENT * row.depth
    return row.foldable and start <= x < start + MARK_WIDTH


def _mark(row: TreeRow) -> str:
    if row.foldable:
        return FOLDED if row.folded else UNFOLDED
    if row.key is not None and row.key.status == "retired":
        return RETIRED
    return ACTIVE if row.key is None or row.key.has_seed else SEEDLESS


def _label(row: TreeRow) -> str:
    if row.key is None:
        return ""
    standing, signs = row.key.standing, signs_of(row.key)
    if not standing or standing == "no seed":
        standing = row.key.role if row.key.has_seed else f"{row.key.role} {SEEDLESS}"
    return f"{standing} {signs}" if signs else standing
