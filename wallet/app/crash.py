"""What is printed when the wallet itself fails: where it happened, and no value at all.

Textual would print local variables, and an exception's message may quote what it met; in a
wallet either can be a seed. The places in the code are enough to find the mistake.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rich.text import Text
from rich.traceback import Traceback

from wallet.errors import LockedError, WalletError

PLACES = 8


class _Frame(Protocol):
    @property
    def filename(self) -> str: ...
    @property
    def lineno(self) -> int | None: ...
    @property
    def name(self) -> str: ...


def report(error: BaseException | None) -> Text:
    """A few lines for the person who saw it, fit to be pasted into a report."""
    places = [
        line
        for each in _chain(error)
        for line in _places(type(each).__name__, traceback.extract_tb(each.__traceback__))
    ]
    text = _told(type(error).__name__ if error else "an unknown error", places)
    if isinstance(error, WalletError):
        text.append(f"\n{error}")
    return text


def report_rendered(rendered: Traceback) -> Text:
    """The same for an error that Textual hands over in Rich's form only."""
    stacks = rendered.trace.stacks
    places = [line for stack in stacks for line in _places(stack.exc_type, stack.frames)]
    return _told(stacks[0].exc_type if stacks else "an unknown error", places)


def _told(kind: str, places: list[str]) -> Text:
    lines = [
        f"nkey-wallet had to close: it met an error of its own ({kind}).",
        "The vault is locked. What was saved is safe; what was being typed is lost.",
    ]
    if places:
        lines += ["If you report it, these lines help, and hold nothing secret:", *places]
    return Text("\n".join(lines))


def met_the_lock(error: BaseException) -> bool:
    """Whether it comes from nothing worse than records that were closed by a lock."""
    return any(isinstance(each, LockedError) for each in _chain(error))


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what it came from; a worker's failure wraps the real one."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        inner = getattr(error, "error", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return chain


def _places(kind: str, frames: Sequence[_Frame]) -> list[str]:
    return [
        f"  {kind}",
        *(
            f"    {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
            for frame in frames[-PLACES:]
        ),
    ]
