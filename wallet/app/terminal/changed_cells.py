"""Sends to a terminal only the cells that change, and only the change of style between them.

Textual paints whole rows and names the whole style of each piece of text: a step of the cursor
is twelve thousand bytes, of which the screen needs some hundreds. Over a slow line that is felt.
Here the screen is remembered as it was sent, and what is painted is compared with it. What is
not understood goes through as it came, and nothing is remembered then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

# Source: ECMA-48, 5.4 and 5.6, and xterm's control sequences.
_TOKEN = re.compile(
    r"\x1b\[(?P<style>[0-9;]*)m"
    r"|\x1b\[(?P<row>[0-9]*);?(?P<column>[0-9]*)H"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<newline>\n)"
    r"|(?P<other>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b.|[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)
# Modes of cursor, mouse, focus, paste, painting at once, size; the keyboard; titles and clipboard.
_HARMLESS = re.compile(
    r"\x1b\[\?(?:25|100[0-6]|1015|1016|2004|2026|2048)[hl]"
    r"|\x1b\[\?[0-9]+\$p|\x1b\[[<>=][0-9;]*u|\x1b\].*|\x07",
    re.DOTALL,
)
_ON = {
    1: 22,
    2: 22,
    3: 23,
    4: 24,
    5: 25,
    6: 25,
    7: 27,
    8: 28,
    9: 29,
    21: 24,
    51: 54,
    52: 54,
    53: 55,
}
_SEEN_ON_BLANKS = frozenset({4, 5, 6, 7, 9, 21})
SHORTEST_GAP = 5  # cells: to write fewer again is shorter than to move over them


class _NotUnderstoodError(Exception):
    """Something is painted that cannot be placed on the screen."""


@dataclass(frozen=True, slots=True)
class Pen:
    """The manner of drawing: the numbers of SGR that are on, and the colours as it has them."""

    on: frozenset[int] = frozenset()
    ink: str = "39"
    paper: str = "49"

    def after(self, codes: str) -> Pen:
        """The pen after the numbers of one SGR sequence."""
        pen = self
        numbers = iter(codes.split(";") if codes else ["0"])
        for number in numbers:
            code = int(number or 0)
            if code == 0:
                pen = Pen()
            elif code in _ON:
                pen = replace(pen, on=pen.on | {code})
            elif code in (38, 48):
                colour = ";".join([number, *_colour(numbers)])
                pen = replace(pen, ink=colour) if code == 38 else replace(pen, paper=colour)
            elif 30 <= code <= 39 or 90 <= code <= 97:
                pen = replace(pen, ink=number)
            elif 40 <= code <= 49 or 100 <= code <= 107:
                pen = replace(pen, paper=number)
            elif code in _ON.values():
                pen = replace(pen, on=frozenset(each for each in pen.on if _ON[each] != code))
            else:
                raise _NotUnderstoodError
        return pen

    def on_blank(self) -> Pen:
        """The pen as it shows on a blank, which has no ink unless there is a line on it."""
        if self.on & _SEEN_ON_BLANKS:
            return self
        return Pen(paper=self.paper)

    def instead_of(self, other: Pen) -> str:
        """The shortest sequence that makes this pen of another."""
        if self == other:
            return ""
        if self == Pen():
            return "\x1b[m"
        codes: list[str] = []
        if other.on - self.on:
            codes, other = ["0"], Pen()
        codes += map(str, sorted(self.on - other.on))
        codes += [self.ink] if self.ink != other.ink else []
        codes += [self.paper] if self.paper != other.paper else []
        return f"\x1b[{';'.join(codes)}m"


def _colour(numbers: Iterator[str]) -> list[str]:
    """The rest of a colour of 256 or of 16 million."""
    kind = next(numbers, "")
    count = {"5": 1, "2": 3}.get(kind)
    if count is None:
        raise _NotUnderstoodError
    return [kind, *(next(numbers, "0") for _ in range(count))]


class Cell(NamedTuple):
    """A character with what joins it, and its pen; no character in the right half of a wide one."""

    text: str
    pen: Pen


class ChangedCells:
    """The screen as it was sent. Rows and columns are counted from 0."""

    def __init__(self) -> None:
        self._pens: dict[tuple[Pen, str], Pen] = {}
        self._sent_pen = Pen()
        self._sent_place: tuple[int, int] | None = None
        self.forget(0, 0)

    def forget(self, width: int, height: int) -> None:
        """Know nothing of what is on the screen, which has so many columns and rows."""
        self.width, self.height = width, height
        self._cells: list[list[Cell | None]] = [[None] * width for _ in range(height)]
        self._changed: dict[int, set[int]] = {}
        self._pen = Pen()
        self._place: tuple[int, int] | None = None
        self._sent_place = None

    def changes(self, painted: str) -> str:
        """Give what to send, so that the screen looks as if `painted` had been sent."""
        out: list[str] = []
        try:
            for token in _TOKEN.finditer(painted):
                self._take(token, out)
            out += self._send()
            out += self._move(self._place)
            return "".join(out)
        except (_NotUnderstoodError, IndexError):
            sent = Pen().instead_of(self._sent_pen)
            self._sent_pen = Pen()
            self.forget(self.width, self.height)
            return sent + painted

    def _take(self, token: re.Match[str], out: list[str]) -> None:
        kind = token.lastgroup
        if kind == "text":
            self._write(token["text"])
        elif kind == "style":
            self._pen = self._styled(token["style"])
        elif kind in {"row", "column"}:
            self._place = (int(token["row"] or 1) - 1, int(token["column"] or 1) - 1)
        elif kind == "newline":
            self._place = None  # a move comes next; where one does not, it is not understood
        else:
            out += self._send()
            out.append(Pen().instead_of(self._sent_pen))
            self._sent_pen = Pen()
            out.append(token["other"])
            if not _HARMLESS.fullmatch(token["other"]):
                self.forget(self.width, self.height)

    def _styled(self, codes: str) -> Pen:
        known = self._pens.get((self._pen, codes))
        if known is None:
            known = self._pens[self._pen, codes] = self._pen.after(codes)
        return known

    def _write(self, text: str) -> None:
        """Put characters on the screen, and note where they are others than were there."""
        if self._place is None:
            raise _NotUnderstoodError
        y, x = self._place
        row, changed = self._cells[y], self._changed.setdefault(y, set())
        pen, blank = self._pen, Cell(" ", self._pen.on_blank())
        if text.isascii():
            if x + len(text) > self.width:
                raise _NotUnderstoodError
            for number, character in enumerate(text, x):
                cell = blank if character == " " else Cell(character, pen)
                if row[number] != cell:
                    self._replace(row, number, cell)
                    changed.add(number)
            self._place = (y, x + len(text))
            return
        for cluster, width in _clusters(text):
            if x + width > self.width:
                raise _NotUnderstoodError
            cell = blank if cluster == " " else Cell(cluster, pen)
            if row[x] != cell or any(each != Cell("", pen) for each in row[x + 1 : x + width]):
                for number in range(x, x + width):
                    self._replace(row, number, Cell("", pen))
                row[x] = cell
                changed.add(x)
            x += width
        self._place = (y, x)

    def _replace(self, row: list[Cell | None], x: int, cell: Cell) -> None:
        """Put a cell in the place of another; of a wide one that is cut, the rest is not known."""
        before = row[x]
        if before is not None and not before.text:
            head = x
            while head and (each := row[head]) is not None and not each.text:
                head -= 1
            row[head:x] = [None] * (x - head)
        tail = x + 1
        while tail < self.width and (each := row[tail]) is not None and not each.text:
            row[tail] = None
            tail += 1
        row[x] = cell

    def _send(self) -> Iterator[str]:
        """Give what brings the changed cells to the terminal, row by row."""
        for y in sorted(self._changed):
            row, last = self._cells[y], -SHORTEST_GAP - 1
            for x in sorted(self._changed[y]):
                cell = row[x]
                if cell is None:
                    continue
                if not 0 < x - last <= SHORTEST_GAP or not self._fits_between(row, last, x):
                    last = x - 1
                for number in range(last + 1, x + 1):
                    between = row[number]
                    if between is not None and between.text:
                        yield from self._put(y, number, between)
                last = x
        self._changed.clear()

    def _fits_between(self, row: list[Cell | None], last: int, x: int) -> bool:
        """Whether the unchanged cells before `x` can be written again, plainly and in this pen."""
        return all(
            cell is not None and cell.pen == self._sent_pen and len(cell.text) == 1
            for cell in row[last + 1 : x]
        )

    def _put(self, y: int, x: int, cell: Cell) -> Iterator[str]:
        yield from self._move((y, x))
        yield cell.pen.instead_of(self._sent_pen)
        yield cell.text
        self._sent_pen = cell.pen
        # Terminals differ in how wide they draw what is not ASCII, and at the right edge in where
        # the cursor stands.
        sure = cell.text.isascii() or "\u2500" <= cell.text <= "\u259f"
        self._sent_place = (y, x + 1) if sure and x + 1 < self.width else None

    def _move(self, place: tuple[int, int] | None) -> Iterator[str]:
        if place is None or place == self._sent_place:
            return
        y, x = place
        if self._sent_place is not None and self._sent_place[0] == y:
            yield f"\x1b[{x + 1}G"
        else:
            yield f"\x1b[{y + 1};{x + 1}H"
        self._sent_place = place


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The characters of a text with what joins them, and the cells that each takes."""
    sizes = [get_character_cell_size(character) for character in text]
    if 0 in sizes or sum(sizes) != cell_len(text):
        yield text, cell_len(text)  # joined in ways that only the whole knows
    else:
        yield from zip(text, sizes, strict=True)
