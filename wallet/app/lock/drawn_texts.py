"""The texts that Textual keeps when their widgets have gone: forgotten when the wallet locks."""

from __future__ import annotations

import sys
from functools import _lru_cache_wrapper
from typing import Any

from textual.app import App


def forget(app: App[Any]) -> None:
    """Drop what was drawn from Textual's and Rich's caches, and the widgets that have gone.

    The caches hold each text to know how wide it is. A text area watches the app's theme, and is
    held for that until the theme changes.
    """
    for watchers in getattr(app, "__watchers", {}).values():
        watchers[:] = [each for each in watchers if each[0].is_attached]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"rich", "textual"}:
            for cached in list(vars(module).values()):
                if isinstance(cached, _lru_cache_wrapper):
                    cached.cache_clear()
