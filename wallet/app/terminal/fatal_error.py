"""The app's last words about an error of its own; Textual's traceback would show values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual._context import active_message_pump
from textual.css.query import NoMatches
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from wallet.errors import LockedError, WalletError
from wallet.show import crash

if TYPE_CHECKING:
    from rich.traceback import Traceback
    from textual.app import App


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


def lacks_a_part(error: BaseException) -> bool:
    """Whether Textual says that a part of a widget is not there: not yet made, or gone again."""
    return isinstance(error, NoMatches) or (
        isinstance(error, ValueError) and str(error).startswith("No Tab with id")
    )


def is_of_a_dropped_screen(app: App[None], error: BaseException) -> bool:
    """Whether an error is of a screen that was dropped before or while it was made."""
    if app._exit or not app._running:
        return True
    widget = widget_at_fault(error)
    node: MessagePump | None = widget or active_message_pump.get()
    while node is not None and not isinstance(node, Screen):
        node = node._parent
    return (widget or node) is not None and node not in app.screen_stack


def widget_at_fault(error: BaseException) -> Widget | None:
    """The widget in whose own code an error came up, if it was in one's.

    A callback of a widget that was dropped runs in the queue of the screen that is there then.
    """
    at_fault, traceback = None, error.__traceback__
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get("self")
        at_fault = owner if isinstance(owner, Widget) else at_fault
        traceback = traceback.tb_next
    return at_fault


def _farewell(kind: str, places: list[str]) -> Text:
    lines = [
        f"nkey-wallet had to close: it met an error of its own ({kind}).",
        "The vault is locked. What was saved is safe; what was being typed is lost.",
    ]
    if places:
        from wallet.system import about

        lines += [crash.HOW_TO_REPORT, f"  {about.in_one_line()}", *places]
    return Text("\n".join(lines))
