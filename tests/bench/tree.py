"""Opening, filtering and moving in the tree: from the key press to the painted line."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from tests.bench.vaults import Cells
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.nkeys import Kind
from wallet.vault.records import Records

SIZE = (80, 24)
LOADED = "records loaded"
"""The bytes made a database, before there is a tree: told apart, for it grows with the bytes."""


@dataclass(frozen=True)
class Took:
    """Seconds until the line was painted, waiting for the next frame included, and at work."""

    waited: float
    worked: float


class WatchedTree(KeyTree):
    """Says when it has painted the line it is waited for."""

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self.painted = asyncio.Event()
        self.wanted: Callable[[list[Strip]], bool] = bool

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        if self.wanted(strips):
            self.painted.set()
        return strips


class Host(App[None]):
    """What the main screen has that matters here: a filter above a tree."""

    CSS = "WatchedTree { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Input()
        yield Vertical()

    def on_input_changed(self, event: Input.Changed) -> None:
        for tree in self.query(WatchedTree):
            tree.filter(event.value)


async def measure(image: bytes, rounds: int) -> dict[str, Took]:
    """The median of each over some rounds."""
    took: dict[str, list[Took]] = {}

    def note(name: str, one: Took) -> None:
        took.setdefault(name, []).append(one)

    last = _alone(image)
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(rounds):
            watch = _Watch()
            records = Records.load(image, Cells())
            note(LOADED, watch.stop())
            tree, opened = await _open(app, records)
            note("open", opened)
            await app.workers.wait_for_complete()
            await pilot.pause()
            note("move", await _move(pilot, tree))
            note("move to the end", await _press(pilot, tree, "end", _shows("›")))
            app.query_one(Input).focus()
            await pilot.pause()
            note("filter, many match", await _type(app, tree, "d", "device"))
            note("filter, one matches", await _type(app, tree, last, last))
            note("filter, none match", await _type(app, tree, "nonesuch", "No key"))
            note("filter, cleared", await _type(app, tree, "", "acme"))
            await tree.remove()
            gc.collect()
    return {
        name: Took(median(t.waited for t in times), median(t.worked for t in times))
        for name, times in took.items()
    }


def _alone(image: bytes) -> str:
    """The name of a user that stands in no other's: that of the highest number."""
    records = Records.load(image, Cells())
    try:
        return max(
            (user.name for user in records.all(Kind.USER)), key=lambda name: (len(name), name)
        )
    finally:
        records.close()


async def _open(app: Host, records: Records) -> tuple[WatchedTree, Took]:
    watch = _Watch()
    tree = WatchedTree(records)
    tree.wanted = _shows("acme")
    await app.query_one(Vertical).mount(tree)
    await tree.painted.wait()
    took = watch.stop()
    tree.focus()
    return tree, took


async def _move(pilot: Pilot[None], tree: WatchedTree) -> Took:
    await pilot.press("down", "right")
    await pilot.pause()
    return await _press(pilot, tree, "down", _shows("›"))


async def _press(
    pilot: Pilot[None], tree: WatchedTree, key: str, wanted: Callable[[list[Strip]], bool]
) -> Took:
    tree.painted.clear()
    tree.wanted = wanted
    watch = _Watch()
    pilot.app.simulate_key(key)
    await asyncio.wait_for(tree.painted.wait(), 10)
    took = watch.stop()
    await pilot.pause()
    return took


async def _type(app: Host, tree: WatchedTree, text: str, wanted: str) -> Took:
    tree.painted.clear()
    tree.wanted = _shows(wanted)
    watch = _Watch()
    app.query_one(Input).value = text
    await asyncio.wait_for(tree.painted.wait(), 10)
    took = watch.stop()
    while tree._tree is not None and not tree._tree.complete:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    return took


def _shows(text: str) -> Callable[[list[Strip]], bool]:
    return lambda strips: any(text in strip.text for strip in strips)


class _Watch:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self) -> Took:
        return Took(time.perf_counter() - self._wall, time.process_time() - self._cpu)
