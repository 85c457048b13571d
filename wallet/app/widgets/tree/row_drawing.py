"""One line of the key tree, drawn: cursor, fold or status mark, name, kind. No Textual in it
but the strip it makes.

Every mark tells by its shape what it also tells by colour. Names come from outside: they are
drawn as plain text of a known width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wallet.show.states.key_states import GOOD, SHORTEST, StateOfKey, state_of, state_words
from wallet.text import plain
from wallet.vault.key_record import fold
from wallet.vault.tree.query import in_public_only
from wallet.vault.tree.tree import TreeRow

MARGIN = 1
INDENT = 2
MARK_WIDTH = 2

CURSOR, MARKED = "›", "*"
FOLDED, UNFOLDED = "▸", "▾"

_NAME_AT_LEAST = 3
_NAME_TO_KNOW = 4  # cells of one that is cut for what was found in its public key
_PARTS = (12, 8, 4)  # characters of that, as there is room
_MATCH = Style(underline=True, bold=True)
# Joined emoji and emoji-style symbols are one cell, two or six, depending on the terminal.
# Apart they are as wide everywhere as they measure.
_JOINING = dict.fromkeys((0x200C, 0x200D, 0xFE0E, 0xFE0F))


class LineStyles(NamedTuple):
    """The look of each part of a line; on the cursor's line they all look the same."""

    name: Style
    group: Style
    kind: Style
    good: Style
    warn: Style
    bad: Style
    past: Style

    def of(self, look: str) -> Style:
        """The style of a state's look."""
        style: Style = getattr(self, look)
        return style


def draw(
    row: TreeRow,
    width: int,
    styles: LineStyles,
    *,
    cursor: bool,
    marked: bool = False,
    terms: Sequence[str] = (),
) -> Strip:
    """The line of `row`, `width` cells wide. The name is cut where that is narrow, no state is;
    words of a good state, and those that a sign can do without, are left out before.

    What a filter's `terms` found in the name is underlined; in the public key, it stands behind it.
    """
    state = None if row.key is None else state_of(row.key)
    whole = row.group or (row.key.name if row.key else "")
    start = MARGIN + INDENT * row.depth + MARK_WIDTH
    name_cells = cell_len(plain(whole))
    by_key = in_public_only(row.key, terms) if row.key and terms else ""
    part = label = ""
    for part, shorter in product(_parts(by_key), range(SHORTEST + 1)):
        label = _label(row, state, shorter)
        room = width - start - (cell_len(label) + 2 if label else 1) - len(part)
        if name_cells <= room or (part and shorter == SHORTEST and room >= _NAME_TO_KNOW):
            break
    room = max(room, _NAME_AT_LEAST)
    name = fitted(whole, room)
    mark = (FOLDED if row.folded else UNFOLDED) if row.foldable else state.sign if state else ""
    margin = (CURSOR if cursor else " ").ljust(MARGIN + INDENT * row.depth)
    if marked and margin.endswith(" "):
        margin = f"{margin[:-1]}{MARKED}"
    elif marked:  # there the cursor stands
        mark += MARKED
    look = styles.good if state is None else styles.of(state.look)
    past = state is not None and state.look == "past"
    segments = [
        Segment(margin, styles.warn),
        Segment(mark.ljust(MARK_WIDTH), styles.name if row.foldable else look),
        *_with_matches(
            name.rstrip() if part else name,
            styles.group if row.key is None else styles.past if past else styles.name,
            terms if row.key else (),
        ),
    ]
    if part:
        after = " " * (cell_len(name) - cell_len(name.rstrip()))
        segments.append(Segment(part + after, styles.kind))
    if label:
        quiet = state is None or state is GOOD
        segments.append(Segment(f" {label} ", styles.kind if quiet else look))
    return Strip(segments).adjust_cell_length(width, styles.name)


def _parts(by_key: str) -> list[str]:
    """The forms in which what was found in a public key may stand, the longest first; at last
    none."""
    if not by_key:
        return [""]
    forms = dict.fromkeys(f"  key …{by_key[:count]}…" for count in _PARTS)
    return [*forms, f" …{by_key[: _PARTS[-1]]}…", ""]


def _with_matches(name: str, style: Style, terms: Sequence[str]) -> Iterator[Segment]:
    """A name in pieces, those that a filter's terms found underlined."""
    folded = fold(name)
    matched = [False] * len(name)
    for part in {part for term in terms for part in term.split("/") if part}:
        at = folded.find(part) if len(folded) == len(name) else -1
        while at >= 0:
            matched[at : at + len(part)] = [True] * len(part)
            at = folded.find(part, at + 1)
    for underlined, pieces in groupby(zip(name, matched, strict=True), key=itemgetter(1)):
        yield Segment(
            "".join(character for character, _ in pieces), style + _MATCH if underlined else style
        )


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


def _label(row: TreeRow, state: StateOfKey | None, shorter: int) -> str:
    """The words of the state; the sign too, where the arrow to fold has its place."""
    if row.key is None or state is None:
        return ""
    words = state_words(row.key, shorter=shorter)
    return f"{state.sign} {words}".rstrip() if row.foldable and state is not GOOD else words
