"""Typing and looking, for tests that drive the app as a person does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual._context import active_app, visible_screen_stack
from textual._wait import wait_for_idle
from textual.app import App
from textual.command import Command, CommandList
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.screen import Screen

from tests.app.shorter_ways import draw

PATIENCE = 60
"""Seconds that a slow machine may need."""

LAYOUTS = 200
"""In one wait at most: a key that opens a dialog takes three or four, one without end thousands."""

_paint = Screen._compositor_refresh
_update = Screen._on_timer_update
_wait_for_screen = Pilot._wait_for_screen


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text, any character of it, as fast as a terminal hands it over.

    It begins when the app has done what it was about to: nobody types into a field in the
    millisecond before it is shown.
    """
    await _nothing_is_ready()
    for character in text:
        pilot.app.post_message(events.Key(_character_to_key(character), character))
    await pilot.pause()


async def paste_text(pilot: Pilot[Any], text: str) -> None:
    """Paste a text where a test is not about typing: a dialog takes 2 to 6 ms for each letter."""
    await _nothing_is_ready()
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


def tap(pilot: Pilot[Any], key: str) -> None:
    """Press a key and look at once: `pilot.press` waits, and what it began may have ended then."""
    pilot.app.post_message(events.Key(key, None))


def focus_is(app: App[Any], name: str) -> bool:
    """Whether the focus is on the widget of this id."""
    return app.focused is not None and app.focused.id == name


def whole(screen: Screen[Any]) -> bool:
    """Whether all that a screen is made of is there: an app that ends before has much to close."""
    return screen.is_mounted and all(widget.is_mounted for widget in screen.query("*"))


async def released(pilot: Pilot[Any]) -> None:
    """Wait until buttons take a press: for 0.2 s after one a button looks held, and takes none."""
    await until(pilot, lambda: not pilot.app.screen.query("Button.-active"), "the button's release")


def drawn(app: App[Any]) -> str:
    """What is on the screen, as lines of text.

    A dialog is drawn on the screens beneath it. Which these are is left over from the frame before
    where nobody says so: two that were each drawn on the other are drawn without end.
    """
    visible_screen_stack.set(app._background_screens)
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], happened: Callable[[], object], what: str = "it") -> None:
    """Wait until something has happened, as long as a slow machine may need.

    The longer it lasts, the more seldom one looks: to draw the screen for that takes the processor
    from what is waited for.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.02
    while not happened():
        late = time.monotonic() >= deadline
        assert not late, f"{what} did not happen; on the screen:\n{drawn(pilot.app)}"
        # Not pilot.pause: it waits for widgets that may be about to go.
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, 0.1)


async def offered(pilot: Pilot[Any], *titles: str) -> None:
    """Wait until the palette offers the commands of these titles, and no others."""

    def options() -> list[str | None]:
        listed = pilot.app.screen.query_one(CommandList).options
        return [option.hit.text for option in listed if isinstance(option, Command)]

    await until(pilot, lambda: options() == list(titles), f"the offer of {titles}")


async def settled(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until all that was sent has been handled and drawn: only a timer sets off more.

    What a thread or another program has to do may last: for that, Textual's own guess holds.
    """
    await _nothing_is_ready()
    if thread_at_work() or _others_heard():
        await wait_for_idle(min_sleep, max_sleep)
        await _nothing_is_ready()


async def _nothing_is_ready() -> None:
    """Wait until no task of the loop can go on, and the screen shows what was done."""
    loop: Any = asyncio.get_running_loop()
    app = active_app.get()
    deadline = time.monotonic() + PATIENCE
    layouts = 0
    while time.monotonic() < deadline and layouts < LAYOUTS:
        # Twice, for between the two the loop takes in what threads and timers hand to it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if loop._ready:
            continue
        shown = app._screen_stack and app.screen.is_running and app.screen
        if not shown or not shown._update_timer._active.is_set():
            if shown:
                paint(shown)
            return
        _update(shown)
        layouts += 1
    raise AssertionError(f"Something goes on without end: the screen was laid out {layouts} times.")


async def at_rest(pilot: Pilot[Any], timeout: float = 30.0) -> bool:
    """Wait until every widget has handled what was sent to it, and ask only where one has not.

    Textual sends each widget of the screen a message and waits for all: fifty for each key press,
    three quarters of the messages that it sets off.
    """
    await _nothing_is_ready()
    app = pilot.app
    if app._screen_stack and not app._exception_event.is_set():
        pumps: list[MessagePump] = [app, *app.screen.walk_children(with_self=True)]
        if all(map(_waits_for_messages, pumps)):
            return True
    return await _wait_for_screen(pilot, timeout)


def _waits_for_messages(pump: MessagePump) -> bool:
    """Whether a widget has neither a message before it nor one in its hands."""
    there: asyncio.Event = pump._message_queue.ready_event
    return bool(there._waiters) and not there.is_set() and pump._pending_message is None


def updated_at_rest(screen: Screen[Any]) -> None:
    """What a screen does by its timer, sixty times a second, when no terminal shows it.

    What is laid out while messages are on their way is laid out again after them: of eight letters
    typed into a field two layouts, a third of their time. The timer comes again.
    """
    loop: Any = asyncio.get_running_loop()
    if not (screen.app.is_headless and loop._ready):
        _update(screen)


def painted_later(screen: Screen[Any]) -> None:
    """What a screen does instead of painting a frame, when no terminal shows it.

    Five frames come of a key that opens a dialog, and cost a third of the processor's time: the
    last one of them is painted, when the app has settled, and whatever `drawn` looks at.
    """
    if not screen.app.is_headless or screen is not screen.app.screen:
        _paint(screen)
        return
    screen._dirty_widgets.clear()  # the compositor has their regions
    screen.app._update_mouse_over(screen)


def paint(screen: Screen[Any]) -> None:
    """Paint what was not painted yet of a screen; without a terminal its widgets alone."""
    if screen._compositor._dirty_regions:
        (draw if screen.app.is_headless else _paint)(screen)


def time_left(notice: Notification) -> float:
    """How long a notice stays in a test: longer than elsewhere, where a test of a busy machine
    comes to look for it when it is gone."""
    return notice.raised_at + 6 * notice.timeout - time.time()


def thread_at_work() -> bool:
    """Whether a thread of this process works; those of the loop wait for work when it is done."""
    loop: Any = asyncio.get_running_loop()
    pool = loop._default_executor
    waiting = set() if pool is None else set(pool._threads)
    if pool is not None and pool._idle_semaphore._value < len(waiting):
        return True
    return any(
        not thread.daemon and thread not in waiting and thread is not threading.main_thread()
        for thread in threading.enumerate()
    )


def _others_heard() -> bool:
    """Whether the loop hears another program, by a socket or a pipe; one it has for itself."""
    loop: Any = asyncio.get_running_loop()
    return len(loop._selector.get_map()) > 1
