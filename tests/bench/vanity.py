"""Searching for a public key with a wished-for beginning, beside libsodium alone on all cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from statistics import median
from threading import Thread
from typing import NamedTuple

from nacl._sodium import ffi, lib  # type: ignore[import-not-found, import-untyped, unused-ignore]

from tests.bench.table import Row
from wallet.nats.nkeys import Kind
from wallet.nats.vanity import Prefix

SECONDS = 3.0
CORES = os.cpu_count() or 1


class Rate(NamedTuple):
    """Keys tried in a second that passed, and in a second of the processor."""

    waited: float
    worked: float


class EnoughError(Exception):
    """The time for a search that finds nothing is over."""


def report(rounds: int) -> Iterator[Row]:
    """The row of how many keys a second a search tries, as a share of libsodium's own.

    By the processor's seconds: of those that pass, each gets what else runs here leaves it.
    """
    rates = [(_libsodium(), _search()) for _ in range(rounds)]
    share = median(search.worked / floor.worked for floor, search in rates)
    waited = median(search.waited / floor.waited for floor, search in rates)
    tries = f"{median(search.waited for _, search in rates):,.0f} tries a second"
    work = f"vanity keys on {CORES} cores, beside libsodium"
    yield Row(work, tries, share, 0.9, at_least=True, waited=waited)


def _rate(keys: Callable[[], int]) -> Rate:
    """Try keys, and say how fast."""
    began, worked = time.perf_counter(), time.process_time()
    tries = keys()
    return Rate(tries / (time.perf_counter() - began), tries / (time.process_time() - worked))


def _search() -> Rate:
    return _rate(_searched)


def _libsodium() -> Rate:
    return _rate(_derived)


def _searched() -> int:
    began = time.perf_counter()
    tries = 0

    def tell(so_far: int) -> None:
        nonlocal tries
        tries = so_far
        if time.perf_counter() - began > SECONDS:
            raise EnoughError

    with suppress(EnoughError):
        Prefix(Kind.USER, "ABCDEFG").search(tell, threads=CORES)
    return tries


def _derived() -> int:
    """Derive key after key in as many threads, and do nothing with them."""
    end = time.perf_counter() + SECONDS
    counts = [0] * CORES

    def work(number: int) -> None:
        seed, public, secret = (ffi.new(f"unsigned char[{size}]") for size in (32, 32, 64))
        while time.perf_counter() < end:
            for _ in range(256):
                lib.crypto_sign_seed_keypair(public, secret, seed)
            counts[number] += 256

    threads = [Thread(target=work, args=(number,)) for number in range(CORES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)
