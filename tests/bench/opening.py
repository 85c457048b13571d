"""Opening a wallet: from the passphrase to the first keys on the main screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from textual.geometry import Region
from textual.strip import Strip

from wallet.app.app import WalletApp
from wallet.app.widgets.key_tree import KeyTree
from wallet.passphrase import Passphrase
from wallet.vault.container import HEADER, Header, identity, open_body
from wallet.vault.kdf import KdfCost, derive
from wallet.vault.slots import unwrap_any
from wallet.vault.vault import Vault


@dataclass(frozen=True)
class Opened:
    """Seconds: all of it, and what of that is deriving the key and reading the file's bytes."""

    all: float
    deriving: float
    reading: float

    @property
    def rest(self) -> float:
        return self.all - self.deriving - self.reading


async def measure(path: Path, passphrase: Passphrase, rounds: int) -> Opened:
    """The median of each over some rounds, on a vault of the least costly derivation."""
    taken, deriving, reading = [], [], []
    for _ in range(rounds):
        taken.append(await _open(path, passphrase))
        deriving.append(_derive(passphrase))
        reading.append(_read(path, passphrase) - deriving[-1])
    return Opened(median(taken), median(deriving), median(reading))


async def _open(path: Path, passphrase: Passphrase) -> float:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        with _painted() as painted:
            began = time.perf_counter()
            app.opened(await asyncio.to_thread(Vault.unlock, path, passphrase))
            await asyncio.wait_for(painted.wait(), 60)
            return time.perf_counter() - began


@contextmanager
def _painted() -> Iterator[asyncio.Event]:
    """Set when the tree has painted a line that names a key."""
    event = asyncio.Event()
    original = KeyTree.render_lines

    def watched(tree: KeyTree, crop: Region) -> list[Strip]:
        strips = original(tree, crop)
        if any("acme" in strip.text for strip in strips):
            event.set()
        return strips

    KeyTree.render_lines = watched  # type: ignore[method-assign, assignment, unused-ignore]
    try:
        yield event
    finally:
        KeyTree.render_lines = original  # type: ignore[method-assign, assignment, unused-ignore]


def _derive(passphrase: Passphrase) -> float:
    began = time.perf_counter()
    derive(passphrase.raw, bytes(16), KdfCost.MINIMUM)
    return time.perf_counter() - began


def _read(path: Path, passphrase: Passphrase) -> float:
    """Reading and decrypting the file, the derivation among it."""
    began = time.perf_counter()
    data = path.read_bytes()
    header = Header.parse(data[:HEADER], len(data))
    found = unwrap_any(header.slots, passphrase.raw, identity(header.vault_id))
    assert found is not None
    open_body(header, memoryview(data)[HEADER:], found[1].body)
    return time.perf_counter() - began
