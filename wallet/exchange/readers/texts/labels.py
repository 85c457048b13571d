"""The names that stand beside keys in a line: `billing SU…`, `BILLING=SU…`. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wallet.exchange.readers.texts.source_text import tells_of_keys

_LAYOUT = b" \t\r\v\f\"'=:,;"  # what stands around a name and is no part of it
_NO_NAME = re.compile(rb"[\"'={}\[\]<>]")


class Label(NamedTuple):
    """The words beside a key: the whole of them, the name at their end, and where they are."""

    text: str
    name: str
    place: slice


def beside(
    content: bytearray, start: int, end: int, places: Sequence[slice]
) -> Iterator[Label | None]:
    """Give each place's label: before it, or after it where the line begins with a place."""
    edges = [start, *(edge for place in places for edge in (place.start, place.stop)), end]
    gaps = [_label(content, *edges[at : at + 2]) for at in range(0, len(edges), 2)]
    yield from gaps[:-1] if gaps[0] is not None else gaps[1:]


def layout(content: bytearray, label: Label, start: int, end: int) -> slice:
    """The label with the blanks, quotes and equals signs around it, within the line."""
    at, stop = label.place.start, label.place.stop
    while at > start and content[at - 1] in _LAYOUT:
        at -= 1
    while stop < end and content[stop] in _LAYOUT:
        stop += 1
    return slice(at, stop)


def _label(content: bytearray, start: int, end: int) -> Label | None:
    while start < end and content[start] in _LAYOUT:
        start += 1
    while end > start and content[end - 1] in _LAYOUT:
        end -= 1
    if start == end or _NO_NAME.search(content, start, end):
        return None
    text = content[start:end].decode("utf-8", "replace")
    name = text.removeprefix("export ").rsplit("/", 1)[-1].strip()
    stem = os.path.splitext(name)[0]
    return Label(text, stem if tells_of_keys(name) else name, slice(start, end))
