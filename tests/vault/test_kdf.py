"""Deriving a key from a passphrase."""

from __future__ import annotations

import threading
import time

import pytest
from argon2.low_level import Type, hash_secret_raw

from wallet.errors import ParametersRefusedError
from wallet.vault.file import kdf
from wallet.vault.file.kdf import COSTS, KdfCost, derive, seconds_here


@pytest.mark.parametrize("cost", [KdfCost.MINIMUM, KdfCost(19457, 2, 3), KdfCost(32768, 1, 16)])
def test_the_derivation_is_argon2id_at_the_cost_that_is_given(cost: KdfCost) -> None:
    expected = hash_secret_raw(
        b"secret", b"salt" * 4, cost.passes, cost.memory_kib, cost.lanes, 32, Type.ID
    )
    assert derive(bytearray(b"secret"), b"salt" * 4, cost) == expected


def test_the_passphrase_is_left_as_it_was() -> None:
    secret = bytearray(b"secret")
    derive(secret, b"salt" * 4, KdfCost.MINIMUM)
    assert secret == b"secret"


def test_other_threads_go_on_while_a_key_is_derived() -> None:
    """So that a screen stays alive: with the interpreter held there would be no beat at all."""
    deriving = threading.Thread(target=derive, args=(bytearray(b"x"), bytes(16), KdfCost.LIGHT))
    beats = 0
    deriving.start()
    while deriving.is_alive():
        time.sleep(0.001)
        beats += 1
    assert beats > 5


@pytest.mark.parametrize(
    "cost",
    [
        KdfCost(19 * 1024 - 1, 1, 1),
        KdfCost(2 * 1024 * 1024 + 1, 1, 1),
        KdfCost(19 * 1024, 0, 1),
        KdfCost(19 * 1024, 33, 1),
        KdfCost(19 * 1024, 1, 0),
        KdfCost(19 * 1024, 1, 17),
        KdfCost(1024 * 1024, 17, 1),
    ],
)
def test_a_cost_beyond_the_limits_is_refused_without_any_work(cost: KdfCost) -> None:
    with pytest.raises(ParametersRefusedError):
        derive(bytearray(b"secret"), b"salt" * 4, cost)


@pytest.mark.parametrize(
    "cost",
    [
        KdfCost(2 * 1024 * 1024, 8, 16),
        KdfCost(512 * 1024, 32, 1),
        KdfCost(19 * 1024, 32, 16),
        KdfCost.MINIMUM,
        KdfCost.LIGHT,
        KdfCost.STANDARD,
        KdfCost.HEAVY,
    ],
)
def test_the_limits_themselves_are_allowed(cost: KdfCost) -> None:
    cost.check()
    assert cost.memory_kib * cost.passes <= 16 * 1024 * 1024


def test_a_passphrase_that_was_wiped_derives_nothing() -> None:
    with pytest.raises(ValueError, match="wiped"):
        derive(bytearray(), b"salt" * 4, KdfCost.MINIMUM)


def test_how_long_a_guess_takes_here_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second of the processor and 256 MiB: not each time that a form shows it."""
    derived: list[KdfCost] = []

    def noted(passphrase: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
        derived.append(cost)
        return derive(passphrase, salt, cost)

    kdf._seconds_of_work.cache_clear()
    monkeypatch.setattr(kdf, "derive", noted)
    seconds = seconds_here()
    assert seconds_here() == seconds
    assert derived == [KdfCost.STANDARD]
    assert set(seconds) == set(COSTS)
    each = {seconds[name] / cost.work for name, cost in COSTS.items()}
    assert 0 < min(each) <= max(each) < 1.01 * min(each)
