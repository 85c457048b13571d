"""From a passphrase to 32 secret bytes: Argon2id, at a cost that is checked before any work.

The passphrase and the result stay in bytearrays: argon2-cffi's `ffi` and `lib` take them in
place, where its convenience functions would copy both into `bytes`. The library releases the
interpreter while it works, so a screen stays alive.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from argon2.low_level import ARGON2_VERSION, Type, ffi, lib  # type: ignore[attr-defined]

from wallet.errors import ParametersRefusedError

SALT = 16
DERIVED = 32

MIN_MEMORY_KIB = 19 * 1024
MAX_MEMORY_KIB = 2 * 1024 * 1024
MAX_PASSES = 32
MAX_LANES = 16
MAX_WORK_KIB = 16 * 1024 * 1024
"""Memory times passes: what bounds the time that a hostile header can take."""


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess at the passphrase costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    MINIMUM: ClassVar[KdfCost]
    LIGHT: ClassVar[KdfCost]
    STANDARD: ClassVar[KdfCost]
    HEAVY: ClassVar[KdfCost]

    def check(self) -> None:
        """Raises `ParametersRefusedError` for a cost outside the limits."""
        if not (
            MIN_MEMORY_KIB <= self.memory_kib <= MAX_MEMORY_KIB
            and 1 <= self.passes <= MAX_PASSES
            and 1 <= self.lanes <= MAX_LANES
            and self.memory_kib * self.passes <= MAX_WORK_KIB
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


def derive(passphrase: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
    """Argon2id 1.3 of `passphrase` (1 to 1,024 bytes) and `salt` (16): 32 bytes, to be wiped.

    Raises `ParametersRefusedError` when the cost is outside the limits, or when the machine
    cannot give the memory it asks for.
    """
    if not passphrase:
        raise ValueError("an empty passphrase: it was wiped already")
    cost.check()
    derived = bytearray(DERIVED)
    result = _argon2id(derived, passphrase, salt, cost, threads=cost.lanes)
    if result == lib.ARGON2_THREAD_FAIL:
        result = _argon2id(derived, passphrase, salt, cost, threads=1)
    if result == lib.ARGON2_MEMORY_ALLOCATION_ERROR:
        raise ParametersRefusedError(
            f"Opening this vault takes {cost.memory_kib // 1024} MiB of memory, more than this "
            "machine can give now. Close other programs and try again."
        )
    if result != lib.ARGON2_OK:
        raise ParametersRefusedError(f"Argon2 refused to work (its code is {result}).")
    return derived


def seconds_here() -> dict[str, float]:
    """About how many seconds a guess takes on this machine now, for each of `COSTS` by name.

    The standard one is measured; the others follow, for Argon2's time grows with memory × passes.
    Empty where the machine cannot give the memory.
    """
    passphrase = bytearray(b"any passphrase takes as long as another")
    began = time.perf_counter()
    try:
        derive(passphrase, bytes(SALT), KdfCost.STANDARD)
    except ParametersRefusedError:
        return {}
    each = (time.perf_counter() - began) / _work(KdfCost.STANDARD)
    return {name: each * _work(cost) for name, cost in COSTS.items()}


def _work(cost: KdfCost) -> int:
    return cost.memory_kib * cost.passes


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
            "version": ARGON2_VERSION,
            "flags": lib.ARGON2_DEFAULT_FLAGS,
        },
    )
    result: int = lib.argon2_ctx(context, Type.ID.value)
    return result
