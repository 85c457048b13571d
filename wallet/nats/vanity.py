"""Public keys with a wished-for beginning, found by trying. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

from wallet.errors import UsageError
from wallet.nats.base32 import ALPHABET
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium

AT_ONCE = 256  # tries of a thread, some milliseconds, before it looks whether to stop
EVERY = 0.1  # seconds between two words on how far it is
LONGEST = 7  # characters; 4·32⁶ tries are some hours on every machine


class Prefix:
    """A beginning that a public key of `kind` shall have after its first letter."""

    def __init__(self, kind: Kind, text: str) -> None:
        """Raises `UsageError` for a text that no key can have.

        The kind byte's three low bits are zero, so the character after the letter is A, B, C
        or D, always; the rest is base32.
        """
        wanted = text.upper()
        if not re.fullmatch(r"[A-D][A-Z2-7]*", wanted):
            raise UsageError(
                f"No {kind.value} key begins with {kind.letter}{wanted}: after the first letter "
                "comes A, B, C or D, then letters and the digits 2 to 7."
            )
        if len(wanted) > LONGEST:
            raise UsageError(
                f"A prefix of {len(wanted)} characters would take {4 * 32 ** (len(wanted) - 1):,} "
                f"tries. Choose at most {LONGEST}."
            )
        self.kind = kind
        self.text = kind.letter + wanted

    @property
    def expected_tries(self) -> int:
        """The number of keys one must make on average: 4·32^(n−1)."""
        return int(4 * 32 ** (len(self.text) - 2))

    def search(
        self, on_progress: Callable[[int], object] = lambda _: None, *, threads: int = 1
    ) -> Seed:
        """Make keys in so many threads until one fits; `expected_tries` on average.

        `on_progress` is called ten times a second, in the thread that called, with the number of
        tries so far; what it raises, and Ctrl+C, ends the search.
        """
        hits: SimpleQueue[bytearray] = SimpleQueue()
        stop = Event()
        tries = [0] * threads
        workers = [
            Thread(target=self._try, args=(hits, stop, tries, number), daemon=True)
            for number in range(threads)
        ]
        for thread in workers:
            thread.start()
        try:
            while True:
                with suppress(Empty):
                    return self._seed(hits.get(timeout=EVERY))
                on_progress(sum(tries))
        finally:
            stop.set()
            for thread in workers:
                thread.join()
            while not hits.empty():
                sodium.wipe(hits.get())

    def _try(
        self, hits: SimpleQueue[bytearray], stop: Event, tries: list[int], number: int
    ) -> None:
        """Make keys until one fits, or somebody else's does; libsodium lets other threads run."""
        fits, curve = self._fits(), self.kind is Kind.CURVE
        while not stop.is_set():
            raw = sodium.try_seeds(AT_ONCE, fits, curve=curve)
            tries[number] += AT_ONCE
            if raw is not None:
                hits.put(raw)
                stop.set()

    def _fits(self) -> Callable[[bytearray], bool]:
        """Tell by its bits whether a public key (32) begins as wished: a text a try is dear."""
        wanted = 0
        for character in self.text[1:]:
            wanted = wanted << 5 | ALPHABET.index(character)
        # The letter's five bits and three more are the kind byte; a prefix of eight characters
        # reaches into the fourth byte of the key.
        bits = 5 * len(self.text) - 8
        wanted &= (1 << bits) - 1
        shift = 32 - bits
        first, mask = wanted << shift >> 24, 0xFF00 >> min(bits, 8) & 0xFF

        def fits(public: bytearray) -> bool:
            # Nearly all end at their first byte, which costs a third of the whole look.
            if public[0] & mask != first:
                return False
            return int.from_bytes(public[:4], "big") >> shift == wanted

        return fits

    def _seed(self, raw: bytearray) -> Seed:
        try:
            return Seed.from_raw(self.kind, raw)
        finally:
            sodium.wipe(raw)
