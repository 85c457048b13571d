"""Make the pictures in this directory from the running app: `python screenshots/make.py`.

The app runs on its demo, with a real nats-server, at 100 columns and 30 lines; each picture
is what a person sees after pressing the keys listed here. With a directory named, they go there.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from contextlib import chdir
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import ClassVar, Self

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from wallet import when
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks import demo
from wallet.vault.file.container import KdfCost

TO = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
SIZE = (100, 30)


def drawn(pilot: Pilot[None], ids: str = "terminal-1") -> str:
    """What is on the screen as SVG, without what differs from one run to the next."""
    svg = pilot.app.export_screenshot(title="nkey-wallet", simplify=True)
    # Textual gives each picture ids of its own; the same ones make the same file.
    svg = re.sub(r"\s*<!--.*?-->", "", re.sub(r"terminal-\d+", ids, svg))
    # A picture fetches nothing from elsewhere: the reader's own monospaced font will do.
    return re.sub(r'(local\("[^"]+"\)),[^;]*;', r"\1;", svg)


async def standing(pilot: Pilot[None], ids: str = "terminal-1") -> str:
    """The screen as SVG once it stands still: what a key brings may come in steps."""
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False  # or it is now on a letter, now not
    frame, before = drawn(pilot, ids), ""
    for _ in range(20):
        if frame == before:
            break
        await pilot.pause(0.2)
        frame, before = drawn(pilot, ids), frame
    return frame


async def picture(pilot: Pilot[None], name: str) -> None:
    """Save what is on the screen."""
    await pilot.pause(0.3)
    save(name, await standing(pilot))


def save(name: str, svg: str) -> None:
    (TO / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"{name}.svg")


class Film:
    """Pictures shown one after the other, as one SVG that moves by itself wherever it is shown."""

    def __init__(self) -> None:
        self._frames: list[tuple[str, float]] = []

    async def take(self, pilot: Pilot[None], seconds: float = 0.35) -> None:
        """Take what is on the screen, to be shown so long."""
        self._frames.append((await standing(pilot, f"frame-{len(self._frames)}"), seconds))

    async def press(self, pilot: Pilot[None], *keys: str) -> None:
        """Press keys, and take what each of them brings."""
        for key in keys:
            await pilot.press(key)
            await self.take(pilot)

    def svg(self) -> str:
        """The film: each picture shows in its part of the time; to whom motion harms, the last."""
        whole = sum(seconds for _, seconds in self._frames)
        rules, frames, begin = [], [], 0.0
        for number, (svg, seconds) in enumerate(self._frames):
            first, end = (100 * moment / whole for moment in (begin, begin + seconds))
            rules.append(
                f"@keyframes f{number}{{0%{{visibility:hidden}}{first:.2f}%{{visibility:visible}}"
                f"{end:.2f}%{{visibility:hidden}}}}"
                f".f{number}{{visibility:hidden;"
                f"animation:f{number} {whole:.1f}s step-end infinite}}"
            )
            frames.append(f'<g class="f{number}">{svg}</g>')
            begin += seconds
        still = f"[class^=f]{{animation:none}}.f{len(frames) - 1}{{visibility:visible}}"
        style = f"{''.join(rules)}@media (prefers-reduced-motion){{{still}}}"
        box = self._frames[0][0].partition('viewBox="')[2].partition('"')[0]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{style}</style>'
            f"{''.join(frames)}</svg>\n"
        )


async def until(pilot: Pilot[None], text: str) -> None:
    """Wait until a text is on the screen, at most 20 seconds."""
    for _ in range(200):
        shown = pilot.app.export_screenshot(simplify=True).replace("&#160;", " ")
        if text in shown:
            return
        await pilot.pause(0.1)
    raise SystemExit(f"“{text}” did not appear")


class StandingClock(datetime):
    """The time as it was when this was begun: how long ago something was is not the machine's."""

    BEGUN: ClassVar[datetime]

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(cls.BEGUN.timestamp(), tz)


def stand_still() -> None:
    """Let ages be told from now on as they are at this moment."""
    StandingClock.BEGUN = datetime.now(UTC)
    setattr(when, "datetime", StandingClock)  # noqa: B010 (it is no part of the module's own)


async def of_the_demo() -> None:
    with demo.running() as running:
        stand_still()
        app = WalletApp(running.path, passphrase=running.passphrase(), demo=running)
        async with app.run_test(size=SIZE) as pilot:
            while not isinstance(app.screen, MainScreen):
                await pilot.pause(0.1)
            await until(pilot, "acme")
            await the_main_job(pilot)
            await find(pilot, "billing")
            await picture(pilot, "main")
            await through(pilot, "t", "Test acme/orders/billing", "enter", "ACCEPTED")
            await picture(pilot, "test-accepted")
            await pilot.press("escape")
            await find(pilot, "sensor")
            await through(pilot, "t", "Test sensor", "enter", "REFUSED")
            await picture(pilot, "test-refused")
            await pilot.press("escape")
            await find(pilot, "laptop")
            await through(pilot, "t", "Test acme/metrics/laptop", "enter", "NOT PROVED")
            await through(pilot, "f7", "AS IT SHOULD BE")
            await picture(pilot, "test-revoked")
            await pilot.press("escape")
            await pilot.pause(0.3)
            await through(pilot, "P", "Push acme/metrics", "f5", "proved on every server")
            await picture(pilot, "push")
            await pilot.press("escape")
            await pilot.pause(0.3)
            await the_import(pilot)
            for key, name, of in (
                ("p", "claims", "readers"),
                ("r", "rotate", "billing"),
                ("e", "export", "billing"),
                ("n", "new-key", "billing"),
                ("y", "copy-as", "billing"),
                ("question_mark", "help", "billing"),
            ):
                await find(pilot, of)
                await pilot.press(key)
                await pilot.pause(0.5)
                if name == "copy-as":
                    await pilot.press("down")
                await picture(pilot, name)
                await pilot.press("escape")
                await pilot.pause(0.3)


async def through(pilot: Pilot[None], *steps: str) -> None:
    """Press keys, and wait after each for the text that stands behind it."""
    for key, text in zip(steps[::2], steps[1::2], strict=True):
        await pilot.press(key)
        await until(pilot, text)


async def the_main_job(pilot: Pilot[None]) -> None:
    """Find a key, copy it, test it at the server: as a film."""
    film = Film()
    await film.take(pilot, 1.5)
    await film.press(pilot, "slash", *"bil")
    await until(pilot, "1 found")
    await film.press(pilot, "enter")
    await film.press(pilot, "c")
    await film.take(pilot, 1.5)
    await film.press(pilot, "t")
    await until(pilot, "Test acme/orders/billing")
    await film.take(pilot, 1.0)
    await pilot.press("enter")
    await until(pilot, "ACCEPTED")
    await until(pilot, "median")  # of the round trips, measured from then on
    await film.take(pilot, 3.0)
    save("main-job", film.svg())
    await pilot.press("escape", "escape")
    await pilot.pause(0.3)


async def the_import(pilot: Pilot[None]) -> None:
    """Look at what would come in from files as nk and servers have them."""
    with tempfile.TemporaryDirectory() as directory, chdir(directory):
        Path("old-keys").mkdir()
        with Seed.generate(Kind.USER) as seed:
            Path("old-keys", "gateway.nk").write_bytes(seed.encode())
            listed = f"authorization {{ users = [ {{ nkey: {seed.public} }} ] }}\n"
            Path("old-keys", "server.conf").write_text(listed, encoding="ascii")
        await pilot.press("i")
        await until(pilot, "File or directory")
        await pilot.press(*"old", "minus", *"keys", "enter")
        await until(pilot, "to add")
        await picture(pilot, "import")
        await pilot.press("escape")
        await pilot.pause(0.3)


async def find(pilot: Pilot[None], name: str) -> None:
    """Put the cursor on a key by the filter, and clear that."""
    await pilot.press("slash")
    await until(pilot, "ath, tag or key")
    await pilot.press(*name)
    await until(pilot, "1 found")
    await pilot.press("enter")
    await pilot.pause(0.3)
    await pilot.press("escape")
    await pilot.pause(0.3)


async def of_a_new_vault() -> None:
    with tempfile.TemporaryDirectory() as home:
        app = WalletApp(Path(home, "vault.nkw"), cost=KdfCost.LIGHT)
        async with app.run_test(size=SIZE) as pilot:
            await picture(pilot, "first-start")


if __name__ == "__main__":
    asyncio.run(of_a_new_vault())
    asyncio.run(of_the_demo())
    sys.exit(0)
