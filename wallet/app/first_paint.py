"""Nothing is done before the first screen is painted that can be done after it.

By the clock alone a slow or busy machine would do it before, and the person would wait for it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib import import_module

from wallet.app.host import Host

STANDS = 0.2
"""Seconds after the first paint, in which the first screen comes to rest."""
AHEAD = ("wallet.vault.vault", "wallet.app.screens.main", "wallet.system.about")


class FirstPaint:
    """A part of the app: it knows whether the first screen was painted, and what waits for that."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._waiting: list[Callable[[], object]] | None = []  # None once it was painted

    def is_next(self) -> None:
        """The app is ready: the next refresh paints the first screen."""
        self._app.call_after_refresh(self._is_there)

    def then(self, work: Callable[[], object]) -> None:
        """Do something after the first paint; where that was, after the next refresh."""
        if self._waiting is None:
            self._app.call_after_refresh(work)
        else:
            self._waiting.append(work)

    def _is_there(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for work in waiting:
            work()
        self._app.set_timer(STANDS, self._load_ahead)

    def _load_ahead(self) -> None:
        """Load what the unlocking will need, in a thread, while the passphrase is typed."""
        gc.enable()
        self._app.run_worker(lambda: [*map(import_module, AHEAD)], thread=True, exit_on_error=False)
