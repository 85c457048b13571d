"""The base of all secrets that are kept: bytes in a buffer of their own, never shown or copied.

Who takes one over wipes it; as a context manager it wipes itself.
"""

from __future__ import annotations

from typing import NoReturn, Self

from wallet.secrets import sodium


class SecretBuffer:
    """Secret bytes that are overwritten by `wipe`. Refuses to be formatted, copied or pickled."""

    __slots__ = ("raw",)

    raw: bytearray
    """The secret. Belongs to this object; empty after `wipe`."""

    def __init__(self, raw: bytearray) -> None:
        """Take over `raw`, which is not copied."""
        self.raw = raw

    def wipe(self) -> None:
        """Overwrite the secret and forget it."""
        sodium.wipe(self.raw)
        self.raw = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __str__(self) -> NoReturn:
        raise TypeError("a secret is not to be shown")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a secret is not to be shown")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be stored")

    def __copy__(self) -> NoReturn:
        raise TypeError("use its own copy(), and wipe what that gives")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("use its own copy(), and wipe what that gives")
