"""Opening a wallet: from the passphrase to the first keys on the main screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.geometry import Region
from textual.strip import Strip

from wallet.app.app import WalletApp
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import files
from wallet.vault.file import slots
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
    """The round of the median rest, on a vault of the least costly derivation."""
    opened = [await _open(path, passphrase) for _ in range(rounds)]
    return sorted(opened, key=lambda one: one.rest)[rounds // 2]


async def _open(path: Path, passphrase: Passphrase) -> Opened:
    """One opening in a new app, and what of it went where, timed within it."""
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        with (
            _painted() as painted,
            _timed(slots, "unwrap_any") as deriving,
            _timed(files.OpenFile, "read") as reading,
            _timed(sodium, "decrypt_in_place") as decrypting,
        ):
            began = time.perf_counter()
            app.opened(await asyncio.to_thread(Vault.unlock, path, passphrase))
            await asyncio.wait_for(painted.wait(), 60)
            taken = time.perf_counter() - began
    return Opened(taken, sum(deriving), sum(reading) + sum(decrypting))


@contextmanager
def _timed(owner: object, name: str) -> Iterator[list[float]]:
    """The seconds that each call of a function takes meanwhile."""
    seconds: list[float] = []
    original = getattr(owner, name)

    def timed(*values: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return original(*values, **named)
        finally:
            seconds.append(time.perf_counter() - began)

    setattr(owner, name, timed)
    try:
        yield seconds
    finally:
        setattr(owner, name, original)


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
