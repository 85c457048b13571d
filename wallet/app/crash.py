"""What is printed when the wallet itself fails: where it happened, and no value at all.

Textual would print local variables, and an exception's message may quote what it met; in a
wallet either can be a seed. The places in the code are enough to find the mistake.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from rich.text import Text

from wallet.errors import LockedError, WalletError

PLACES = 8


def report(error: BaseException | None) -> Text:
    """A few lines for the person who saw it, fit to be pasted into a report."""
    kind = type(error).__name__ if error else "an unknown error"
    lines = [
        f"nkey-wallet had to close: it met an error of its own ({kind}).",
        "The vault is locked. What was saved is safe; what was being typed is lost.",
    ]
    if isinstance(error, WalletError):
        lines.append(str(error))
    places = [line for each in _chain(error) for line in _places(each)]
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


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return [
        f"  {type(error).__name__}",
        *(
            f"    {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
            for frame in frames
        ),
    ]
