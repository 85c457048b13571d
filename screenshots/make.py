"""Make the pictures in this directory from the running app: `python screenshots/make.py`.

The app runs on its demo, with a real nats-server, at 100 columns and 30 lines; each picture
is what a person sees after pressing the keys listed here.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.tasks import demo
from wallet.vault.file.container import KdfCost

HERE = Path(__file__).parent
SIZE = (100, 30)


async def picture(pilot: Pilot[None], name: str) -> None:
    """Save what is on the screen, without what differs from one run to the next."""
    await pilot.pause(0.3)
    svg = pilot.app.export_screenshot(title="nkey-wallet", simplify=True)
    # Textual gives each picture ids of its own; the same ones make the same file.
    svg = re.sub(r"terminal-\d+", "terminal-1", svg)
    # A picture fetches nothing from elsewhere: the reader's own monospaced font will do.
    svg = re.sub(r'(local\("[^"]+"\)),[^;]*;', r"\1;", svg)
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"{name}.svg")


async def until(pilot: Pilot[None], text: str) -> None:
    """Wait until a text is on the screen, at most 20 seconds."""
    for _ in range(200):
        shown = pilot.app.export_screenshot(simplify=True).replace("&#160;", " ")
        if text in shown:
            return
        await pilot.pause(0.1)
    raise SystemExit(f"“{text}” did not appear")


async def of_the_demo() -> None:
    with demo.running() as running:
        app = WalletApp(running.path, passphrase=running.passphrase(), demo=running)
        async with app.run_test(size=SIZE) as pilot:
            while not isinstance(app.screen, MainScreen):
                await pilot.pause(0.1)
            await until(pilot, "acme")
            await find(pilot, "billing")
            await picture(pilot, "main")
            await pilot.press("t")
            await until(pilot, "Test acme/orders/billing")
            await pilot.press("enter")
            await until(pilot, "ACCEPTED")
            await picture(pilot, "test-accepted")
            await pilot.press("escape")
            await find(pilot, "sensor")
            await pilot.press("t")
            await until(pilot, "Test sensor")
            await pilot.press("enter")
            await until(pilot, "REFUSED")
            await picture(pilot, "test-refused")
            await pilot.press("escape")
            await find(pilot, "laptop")
            await pilot.press("t")
            await until(pilot, "Test acme/metrics/laptop")
            await pilot.press("enter")
            await until(pilot, "NOT PROVED")
            await pilot.press("f7")
            await until(pilot, "AS IT SHOULD BE")
            await picture(pilot, "test-revoked")
            await pilot.press("escape")
            await pilot.pause(0.3)
            for key, name, of in (
                ("p", "claims", "readers"),
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
