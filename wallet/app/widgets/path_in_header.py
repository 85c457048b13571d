"""The program, its vault and the path of the selected key in one line: the key's name stays."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from wallet.app.widgets.broken_text import BrokenText
from wallet.app.widgets.tree.row_drawing import fitted
from wallet.text import plain

_BETWEEN = " ▸ "
_LONGEST = 300


class PathInHeader(BrokenText):
    """`heading  acme ▸ orders ▸ billing`; where that is too wide, the path loses its beginning,
    then the heading goes, and the name is cut last."""

    def __init__(self, heading: str, path: str = "") -> None:
        """`path` is from outside; with none there is but the heading."""
        self._heading = heading
        self._path = plain(path, _LONGEST).split("/") if len(path) <= _LONGEST else _end_of(path)

    def lines(self, width: int) -> Iterator[Content]:
        heading, path = self._cut(width)
        yield Content.assemble((heading, "bold"), f"{'   ' * bool(heading and path)}{path}")

    def _cut(self, width: int) -> tuple[str, str]:
        """The heading and the path that fit."""
        for heading in (self._heading, ""):
            for first in range(len(self._path)):
                path = _BETWEEN.join([*["…"] * bool(first), *self._path[first:]])
                if cell_len(f"{heading}   {path}" if heading else path) <= width:
                    return heading, path
        return "", fitted(self._path[-1], width).rstrip()


def _end_of(path: str) -> list[str]:
    return ["", plain(path.rpartition("/")[2], _LONGEST)]
