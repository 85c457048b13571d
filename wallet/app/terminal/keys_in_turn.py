"""Keys take their effect in the order in which they were typed, however busy the app is.

Textual hands a key to the widget that has the focus when the key arrives. Typed before its
predecessor had its effect (Tab, Enter, a key that opens a dialog), it lands in the field before,
a passphrase in one that shows it. Here a key waits until the one before it has been handled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from textual import events
from textual.dom import DOMNode
from textual.message_pump import MessagePump

from wallet.app.host import Host

LONGEST_WAIT = 5.0  # seconds: no widget that is stuck with a key may take the keyboard
# What a key sets off may itself be told by a message: a button's press, a field's submission.
QUIET_ROUNDS = 3


def once_past(node: MessagePump | None, top: MessagePump, then: Callable[[], object]) -> None:
    """Call `then` when the queue of `node`, and then of each one above it, is worked off."""
    while node is not None and node is not top:
        if node.call_later(once_past, node._parent, top, then):
            return
        node = node._parent  # this one is on its way out, and takes nothing more
    top.call_later(then)


class KeysInTurn(Host):
    """The part of the app that holds keys and pastes back while the one before is handled.

    After a key, a callback goes the way that the key went, from the focused widget up to the app:
    every queue on the way is then past it. When that was done `QUIET_ROUNDS` times, with neither
    screen nor focus changing, it is the next one's turn. Whoever brings a dialog by a longer way
    holds the keys until it is there.
    """

    _before: DOMNode | None = None  # the widget that had the keys when the round began
    _turn = 0  # its number, for a callback of an earlier one may still come
    _turn_limit: asyncio.TimerHandle | None = None  # there while a key is being handled

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._typed_ahead: deque[events.Key | events.Paste] = deque()
        self._holds: set[object] = set()

    def forget_focus(self) -> None:
        """Hold the field that had the keys no longer: what was typed into it would stay with it."""
        self._before = None
        if self._holds:  # for a dialog that does not come any more
            self._holds.clear()
            self._typed_ahead.clear()
            self._begin_turn()
            self._begin_round(self._turn, QUIET_ROUNDS)

    def hold_keys(self) -> Callable[[], None]:
        hold = object()
        self._holds.add(hold)
        self._begin_turn()  # anew, for a dialog may open another on its way

        def let_go() -> None:
            if hold in self._holds:
                self._holds.remove(hold)
                self._begin_turn()
                self._begin_round(self._turn, QUIET_ROUNDS)

        return let_go

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed_ahead.append(event)
        if self._turn_limit is None:
            await self._take_turn()

    async def _take_turn(self) -> None:
        """Hand over the key that has waited longest, if one waits."""
        if not self._typed_ahead:
            return
        self._begin_turn()
        event = self._typed_ahead.popleft()
        if self.screen_stack and not self._exit:  # Textual fails where there is no screen any more
            self.withdraw_refusals()
            await super().on_event(event)
        self._begin_round(self._turn, QUIET_ROUNDS)

    def _begin_turn(self) -> None:
        self._turn += 1
        if self._turn_limit is not None:
            self._turn_limit.cancel()
        late = partial(self.call_later, self._end_late_turn, self._turn)
        self._turn_limit = asyncio.get_running_loop().call_later(LONGEST_WAIT, late)

    async def _end_late_turn(self, turn: int) -> None:
        if turn == self._turn and self._holds:  # what was typed for a dialog is no command
            self._holds.clear()
            self._typed_ahead.clear()
        await self._end_turn(turn)

    async def _end_turn(self, turn: int) -> None:
        if turn == self._turn and self._turn_limit is not None:
            self._turn_limit.cancel()
            self._turn_limit = None
            await self._take_turn()

    def _begin_round(self, turn: int, rounds: int) -> None:
        self._before = self._lowest
        once_past(self._before, self, partial(self._end_round, turn, rounds))

    async def _end_round(self, turn: int, rounds: int) -> None:
        if turn != self._turn or self._holds:
            return
        rounds = rounds - 1 if self._lowest is self._before else QUIET_ROUNDS
        if rounds:
            self._begin_round(turn, rounds)
        else:
            await self._end_turn(turn)

    @property
    def _lowest(self) -> DOMNode | None:
        """The widget that a key would be handed to now, or the screen."""
        return self.focused or self.screen if self.screen_stack else None
