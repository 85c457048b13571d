"""Copying from the app: in a thread, one after another, with a word on how it went.

A secret leaves the clipboard again after some seconds, at lock and at the end, if it is still
there; until then a line on the screen counts down.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from textual.timer import Timer

from wallet.app.host import Host
from wallet.app.widgets.secrets.countdown import Countdown
from wallet.secrets import sodium

if TYPE_CHECKING:  # loaded by the first copy, not before the first screen is painted
    from wallet.system.clipboard import CopiedSecret, WriteTerminal


class Copying:
    """The part of the app that copies, and takes copied secrets back."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._one_at_a_time = threading.Lock()
        self._era = 0  # grows whenever secrets are taken back
        self._secret: CopiedSecret | None = None
        self._secret_name = ""
        self._seconds_left = 0
        self._ticking: Timer | None = None
        self._clearing: threading.Thread | None = None
        self._told_ways: frozenset[str] = frozenset()  # sentences on how a copy went
        self._told_copied = ""  # the last notice of a copy

    def copy_public(self, text: str, what: str) -> None:
        """Copy what is not secret; a toast says how it went. `what` names it: “Public key”."""
        from wallet.system import clipboard

        def work() -> None:
            with self._one_at_a_time:
                copied = clipboard.copy_public(text, write_terminal=self._terminal())
            self._app.call_from_thread(self._tell_copied, what, copied.ok, copied.message)
            if copied.way == "desktop":  # whatever secret was there is gone
                self._app.call_from_thread(self._stop_counting)

        self._app.run_worker(work, thread=True, group="clipboard", exit_on_error=False)

    def copy_secret(self, text: bytearray, what: str) -> None:
        """Copy a secret for `secret_seconds`. Takes `text` over, and wipes it."""
        from wallet.system import clipboard

        era = self._era

        def work() -> None:
            try:
                with self._one_at_a_time:
                    copied = clipboard.copy_secret(text)
            finally:
                sodium.wipe(text)
            try:
                kept = self._era == era and self._app.call_from_thread(
                    self._secret_copied, copied, what, era
                )
            except RuntimeError:  # the app has ended meanwhile
                kept = False
            if not kept and copied.ok:
                copied.clear()

        self._app.run_worker(work, thread=True, group="clipboard", exit_on_error=False)

    def take_back(self) -> None:
        """Clear a copied secret from the clipboard now, in a thread that the exit waits for.

        One that is still on its way there is cleared as soon as it has arrived.
        """
        self._era += 1
        copied = self._secret
        self._stop_counting()
        if copied is not None and copied.pending:
            self._clearing = threading.Thread(target=copied.clear, name="clear-clipboard")
            self._clearing.start()

    async def taken_back(self) -> None:
        """Wait until the clipboard has been cleared, or has not answered in time."""
        if self._clearing is not None:
            await asyncio.to_thread(self._clearing.join)

    def _terminal(self) -> WriteTerminal | None:
        driver = self._app._driver
        return None if driver is None or driver.is_headless else driver.write

    def _tell_copied(self, what: str, ok: bool, message: str) -> None:  # noqa: FBT001
        if ok:
            # How it went is told once.
            words = "" if message in self._told_ways else f" {message}"
            self._told_ways |= {message}
            self._app.withdraw(self._told_copied)  # another thing is on the clipboard now
            self._told_copied = f"Copied: {what}.{words}"
            self._app.notify(self._told_copied, timeout=4, markup=False)
            return
        from wallet.app.key_repairs import in_keys

        reason = message.removeprefix("Not copied: ")
        self._app.notify(
            in_keys(self._app, f"Not copied: {what}. {reason[:1].upper()}{reason[1:]}"),
            severity="warning",
            timeout=10,
            markup=False,
        )

    def _secret_copied(self, copied: CopiedSecret, what: str, era: int) -> bool:
        """Begin to count; False when the secret was taken back before it arrived."""
        if self._era != era:
            return False
        self._tell_copied(what, copied.ok, copied.message)
        if not copied.ok:
            return True
        self._stop_counting()
        self._secret = copied
        self._seconds_left = self._app.secret_seconds
        self._secret_name = what
        self._show_countdown()
        self._ticking = self._app.set_interval(1.0, self._tick)
        return True

    def _tick(self) -> None:
        self._seconds_left -= 1
        if self._seconds_left > 0:
            self._show_countdown()
            return
        copied = self._secret
        self._stop_counting()
        if copied is None:
            return

        def work() -> None:
            gone = copied.clear()
            self._app.call_from_thread(self._tell_cleared, gone)

        self._app.run_worker(work, thread=True, group="clipboard", exit_on_error=False)

    def _show_countdown(self) -> None:
        """Say on whichever screen is on top how long the secret stays."""
        lines = self._app.screen.query(Countdown)
        line = lines.first() if lines else Countdown(self._secret_name)
        if not lines:
            self._app.screen.mount(line)
        line.show(self._seconds_left)

    def _tell_cleared(self, gone: bool) -> None:  # noqa: FBT001
        if gone:
            self._app.notify("The secret is no longer on the clipboard.", timeout=3, markup=False)
        else:
            self._app.notify(
                "The clipboard did not answer, so the secret may still be on it. Copy something "
                "else over it.",
                severity="warning",
                timeout=15,
                markup=False,
            )

    def _stop_counting(self) -> None:
        self._secret = None
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        for screen in self._app.screen_stack:
            screen.query(Countdown).remove()
