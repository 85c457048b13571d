"""The app's last words about an error of its own; Textual's traceback would show values."""

from __future__ import annotations

from rich.text import Text
from rich.traceback import Traceback

from wallet.errors import LockedError, WalletError
from wallet.show import crash
from wallet.system import about


def report(error: BaseException | None) -> Text:
    """Tell the person in a few lines, fit to be pasted into a report, where the app failed."""
    text = _farewell(crash.kind_of(error), crash.places(error))
    if isinstance(error, WalletError):
        text.append(f"\n{error}")
    return text


def report_rendered(rendered: Traceback) -> Text:
    """Report, as `report` does, an error that Textual hands over as a traceback drawn by Rich."""
    stacks = rendered.trace.stacks
    places = [line for each in stacks for line in crash.places_of(each.exc_type, each.frames)]
    return _farewell(stacks[0].exc_type if stacks else "an unknown error", places)


def met_the_lock(error: BaseException) -> bool:
    """Whether an error comes from nothing worse than records that were closed by a lock."""
    return any(isinstance(each, LockedError) for each in crash.chain(error))


def _farewell(kind: str, places: list[str]) -> Text:
    lines = [
        f"nkey-wallet had to close: it met an error of its own ({kind}).",
        "The vault is locked. What was saved is safe; what was being typed is lost.",
    ]
    if places:
        lines += [crash.HOW_TO_REPORT, f"  {about.in_one_line()}", *places]
    return Text("\n".join(lines))
