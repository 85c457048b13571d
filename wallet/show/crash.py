"""A failure of the wallet's own, told by where it happened, and by no value at all.

A traceback quotes lines and messages, and an exception's message may quote what it met; in a
wallet that can be a seed. The places in the code are enough to find the mistake. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from types import TracebackType
from typing import NamedTuple, Protocol

EXIT = 70  # sysexits.h: EX_SOFTWARE
PLACES = 8
HOW_TO_REPORT = (
    "If you report it where you have nkey-wallet from, these lines help, and hold nothing secret:"
)


class Frame(Protocol):
    """A place in the code."""

    @property
    def filename(self) -> str: ...
    @property
    def lineno(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class Place(NamedTuple):
    """A place in the code, as a traceback has it. Nothing is loaded or read to make it."""

    filename: str
    lineno: int | None
    name: str


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from; a worker's failure wraps the real one."""
    met: set[int] = set()
    while error is not None and id(error) not in met:
        met.add(id(error))
        yield error
        inner = getattr(error, "error", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def places(error: BaseException | None) -> list[str]:
    """The classes of an error and of what it came from, each with its last places."""
    return [
        line
        for each in chain(error)
        for line in places_of(type(each).__name__, _frames(each.__traceback__))
    ]


def _frames(trace: TracebackType | None) -> list[Place]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(Place(code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return frames


def places_of(kind: str, frames: Sequence[Frame]) -> list[str]:
    """The last places of one error, the innermost last."""
    return [
        f"  {kind}",
        *(
            f"    {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
            for frame in frames[-PLACES:]
        ),
    ]


def kind_of(error: BaseException | None) -> str:
    """The error's class; for a part that is not installed its name too, which is no secret."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the Python module {error.name} is not installed"
    return type(error).__name__ if error else "an unknown error"
