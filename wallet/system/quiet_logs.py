"""Logs of libraries kept off standard error, without loading `logging` where nothing else does.

A root logger without a handler writes to standard error, and what a library logs may quote
anything. To load `logging` takes a short command a twentieth of its time, and most need it not.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_NAME = "logging"


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Let the root logger write nothing for the block, from the moment that `logging` is loaded."""
    handlers: list[Any] = []

    def silence(logging: Any) -> None:
        handlers.append(logging.NullHandler())
        logging.getLogger().addHandler(handlers[-1])

    awaiting = _Awaiting(silence)
    if _NAME in sys.modules:
        silence(sys.modules[_NAME])
    else:
        sys.meta_path.insert(0, awaiting)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(awaiting)
        for handler in handlers:
            sys.modules[_NAME].getLogger().removeHandler(handler)


class _Awaiting:
    """Among the finders of modules: hears that `logging` is loaded, and by which loader."""

    def __init__(self, loaded: Any) -> None:
        self._loaded = loaded

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find `logging` as the other finders do, with a loader that tells of it."""
        if name != _NAME:
            return None
        for finder in sys.meta_path:
            # Old finders have no such method.
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find else None
            if spec is not None and spec.loader is not None:
                spec.loader = _Telling(spec.loader, self._loaded)  # type: ignore[assignment]
                return spec
        return None


class _Telling:
    """A loader that tells of its module as soon as that is ready, before anybody has it."""

    def __init__(self, loader: Loader, loaded: Any) -> None:
        self._loader, self._loaded = loader, loaded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        """Load the module, and tell."""
        self._loader.exec_module(module)
        self._loaded(module)
