"""Searching for a public key with a wished-for beginning, beside libsodium alone on all cores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from threading import Thread

from nacl._sodium import ffi, lib  # type: ignore[import-not-found, import-untyped, unused-ignore]

from tests.bench.table import Row
from wallet.nats.nkeys import Kind
from wallet.nats.vanity import Prefix

SECONDS = 3.0
CORES = os.cpu_count() or 1


class EnoughError(Exception):
    """The time for a search that finds nothing is over."""


def report(rounds: int) -> Iterator[Row]:
    """The row of how many keys a second a search tries, as a share of libsodium's own."""
    rates = [(_libsodium(), _search()) for _ in range(rounds)]
    share = median(search / floor for floor, search in rates)
    tries = f"{median(rate for _, rate in rates):,.0f} tries a second"
    yield Row(f"vanity keys on {CORES} cores, beside libsodium", tries, share, 0.9, at_least=True)


def _search() -> float:
    began = time.perf_counter()
    tries = 0

    def tell(so_far: int) -> None:
        nonlocal tries
        tries = so_far
        if time.perf_counter() - began > SECONDS:
            raise EnoughError

    with suppress(EnoughError):
        Prefix(Kind.USER, "ABCDEFG").search(tell, threads=CORES)
    return tries / (time.perf_counter() - began)


def _libsodium() -> float:
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
    return sum(counts) / SECONDS
