"""Deriving 32 secret bytes from a passphrase: Argon2id, at a cost that is checked before any work.

The passphrase and the result stay in bytearrays: argon2-cffi's `ffi` and `lib` take them in
place, where its convenience functions would copy both into `bytes`. The library releases the
interpreter while it works, so a screen stays alive. It cannot be interrupted, so it works in
a thread that nobody has to wait for.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from functools import cache, partial
from typing import ClassVar, NamedTuple

# The library alone: `argon2` would load what it takes to find good costs, three times as much.
from _argon2_cffi_bindings import ffi, lib  # type: ignore[import-untyped, unused-ignore]

from wallet.errors import ParametersRefusedError, StoppedError
from wallet.secrets import sodium

SALT = 16
DERIVED = 32

MIN_MEMORY_KIB = 19 * 1024
MAX_MEMORY_KIB = 2 * 1024 * 1024
MAX_PASSES = 32
MAX_LANES = 16
MAX_WORK_KIB = 16 * 1024 * 1024
"""Memory times passes, of all slots of a header: what bounds the time that it can take."""


class _Cost(NamedTuple):
    memory_kib: int
    passes: int
    lanes: int


class KdfCost(_Cost):
    """The cost of one guess at the passphrase: memory in KiB, passes over it, lanes."""

    __slots__ = ()

    MINIMUM: ClassVar[KdfCost]
    LIGHT: ClassVar[KdfCost]
    STANDARD: ClassVar[KdfCost]
    HEAVY: ClassVar[KdfCost]

    @property
    def work(self) -> int:
        """Memory times passes, in KiB, which the time of a guess grows with."""
        return self.memory_kib * self.passes

    def check(self) -> None:
        """Raises `ParametersRefusedError` for a cost outside the limits."""
        if not (
            MIN_MEMORY_KIB <= self.memory_kib <= MAX_MEMORY_KIB
            and 1 <= self.passes <= MAX_PASSES
            and 1 <= self.lanes <= MAX_LANES
            and self.work <= MAX_WORK_KIB
        ):
            raise ParametersRefusedError(
                f"The vault asks for {self.memory_kib} KiB of memory, {self.passes} passes and "
                f"{self.lanes} lanes to try a passphrase, which is outside what this wallet "
                "allows. No wallet writes that: the file was changed, and nothing was tried."
            )


KdfCost.MINIMUM = KdfCost(MIN_MEMORY_KIB, 1, 1)
KdfCost.LIGHT = KdfCost(64 * 1024, 3, 4)
KdfCost.STANDARD = KdfCost(256 * 1024, 3, 4)
KdfCost.HEAVY = KdfCost(1024 * 1024, 3, 4)

COSTS = {"light": KdfCost.LIGHT, "standard": KdfCost.STANDARD, "heavy": KdfCost.HEAVY}
"""The costs that a person can choose, by name, the cheapest first."""


def name_of(cost: KdfCost) -> str:
    """`light`, `standard` or `heavy`; of another cost its numbers."""
    for name, named in COSTS.items():
        if named == cost:
            return name
    return f"{cost.memory_kib // 1024} MiB × {cost.passes}"


_VERSION = 0x13  # ARGON2_VERSION_13 of argon2.h
_CLEAR_PASSWORD = 1  # ARGON2_FLAG_CLEAR_PASSWORD of argon2.h
_LOOK = 0.05  # seconds between two looks whether anybody still waits
_one_at_a_time = threading.Lock()
_running: set[_Derivation] = set()
_here = threading.local()


def _stop() -> threading.Event | None:
    return getattr(_here, "stop", None)


def derive(passphrase: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
    """Argon2id 1.3 of `passphrase` (1 to 1,024 bytes) and `salt` (16): 32 bytes, to be wiped.

    Ctrl+C ends it at once, and so do `stoppable` and `stop_all`. Raises `StoppedError` for
    these two, and `ParametersRefusedError` when the cost is outside the limits, or when the
    machine cannot give the memory it asks for.
    """
    if not passphrase:
        raise ValueError("an empty passphrase: it was wiped already")
    cost.check()
    work = _waited_for(_Derivation(passphrase, salt, cost, cost.lanes))
    if work.code == lib.ARGON2_THREAD_FAIL:
        work = _waited_for(_Derivation(passphrase, salt, cost, 1))
    if work.code == lib.ARGON2_MEMORY_ALLOCATION_ERROR:
        raise ParametersRefusedError(
            f"Opening this vault takes {cost.memory_kib // 1024} MiB of memory, more than this "
            "machine can give now. Close other programs and try again."
        )
    if work.code != lib.ARGON2_OK:
        raise ParametersRefusedError(f"Argon2 refused to work (its code is {work.code}).")
    return work.derived


@contextlib.contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Let derivations of this thread within the block raise `StoppedError` once `stop` is set."""
    before, _here.stop = _stop(), stop
    try:
        yield
    finally:
        _here.stop = before


def stop_all() -> None:
    """End every derivation, in whichever thread, with `StoppedError`: the wallet leaves."""
    for work in list(_running):
        work.stopped = True


def _waited_for(work: _Derivation) -> _Derivation:
    stop = _stop()
    _running.add(work)
    try:
        work.begin()
        while not work.done.wait(_LOOK):
            if work.stopped or (stop is not None and stop.is_set()):
                raise StoppedError("Stopped. Nothing was changed.")
    except BaseException:
        work.give_up()
        raise
    finally:
        _running.discard(work)
    return work


class _Derivation(threading.Thread):
    """A run of Argon2, which nothing can interrupt, in a thread that no exit waits for.

    Its copy of the passphrase is overwritten by Argon2 itself, once that has read it.
    """

    def __init__(self, passphrase: bytearray, salt: bytes, cost: KdfCost, threads: int) -> None:
        super().__init__(name="derivation", daemon=True)
        self.derived = bytearray(DERIVED)
        self.code = 0
        self.done = threading.Event()
        self.stopped = False
        self._given_up = False
        self._end = threading.Lock()
        self._secret = bytearray(passphrase)
        self._work = partial(_argon2id, self.derived, self._secret, salt, cost, threads=threads)

    def begin(self) -> None:
        try:
            self.start()
        except RuntimeError:  # no more threads are to be had: then without one
            self.run()

    def run(self) -> None:
        try:
            with _one_at_a_time:  # one that was given up has its memory until it ends
                if not self._given_up:
                    self.code = self._work()
        finally:
            with self._end:
                sodium.wipe(self._secret)
                if self._given_up:
                    sodium.wipe(self.derived)
                self.done.set()

    def give_up(self) -> None:
        """Overwrite what comes of it: whoever waited has gone."""
        with self._end:
            self._given_up = True
            sodium.wipe(self.derived)


def seconds_here() -> dict[str, float]:
    """About how many seconds a guess takes on this machine, for each of `COSTS` by name.

    The standard one is measured, once; the others follow, for Argon2's time grows with memory ×
    passes. Empty where the machine cannot give the memory.
    """
    try:
        each = _seconds_of_work()
    except ParametersRefusedError:
        return {}
    return {name: each * cost.work for name, cost in COSTS.items()}


@cache
def _seconds_of_work() -> float:
    """Seconds for each KiB that is filled once."""
    passphrase = bytearray(b"any passphrase takes as long as another")
    began = time.perf_counter()
    derive(passphrase, bytes(SALT), KdfCost.STANDARD)
    return (time.perf_counter() - began) / KdfCost.STANDARD.work


def _argon2id(
    derived: bytearray, passphrase: bytearray, salt: bytes, cost: KdfCost, *, threads: int
) -> int:
    out = ffi.from_buffer("uint8_t[]", derived)
    secret = ffi.from_buffer("uint8_t[]", passphrase)
    public_salt = ffi.from_buffer("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "out": out,
            "outlen": len(derived),
            "pwd": secret,
            "pwdlen": len(passphrase),
            "salt": public_salt,
            "saltlen": len(salt),
            "t_cost": cost.passes,
            "m_cost": cost.memory_kib,
            "lanes": cost.lanes,
            "threads": threads,
            "version": _VERSION,
            "flags": _CLEAR_PASSWORD,
        },
    )
    result: int = lib.argon2_ctx(context, lib.Argon2_id)
    return result
