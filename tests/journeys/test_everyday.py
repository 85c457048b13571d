"""Eleven everyday tasks at two sizes, none of which may take more key presses than is written here.

The numbers are what the best of lazygit's and k9s's manner would take: a key for the action, one
to confirm it, and for what shuts out or shows a secret one more to get to the button.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.app.hands import until
from tests.app.test_main import find, opened
from tests.journeys.conftest import Person
from wallet.system import clipboard
from wallet.system.clipboard import Copied
from wallet.system.natsserver import LocalServer

Task = Callable[[Person], Awaitable[None]]


async def copy(person: Person) -> None:
    await find(person.pilot, "orders")
    await person.press("down", "c")
    await person.sees("Copied: Public key of billing")


async def find_and_copy(person: Person) -> None:
    await person.press("slash")
    await person.type("billing")
    await person.selects("billing")
    await person.press("enter", "c")
    await person.sees("Copied: Public key of billing")


async def check(person: Person) -> None:
    await find(person.pilot, "orders")
    await person.press("down", "t", "enter")
    await person.sees("ACCEPTED")


async def make_and_copy(person: Person) -> None:
    await find(person.pilot, "acme")
    await person.press("down", "n")
    await person.type("shipping")
    await person.press("enter")
    await person.is_back()
    await person.selects("shipping")
    await person.press("c")
    await person.sees("Copied: Public key of shipping")
    assert person.record("shipping").path == "acme/orders/shipping"


async def rotate(person: Person) -> None:
    await find(person.pilot, "billing")
    old = person.record("billing").public
    await person.press("r", "enter", "enter")
    await person.sees("billing-old still works")
    await person.press_button("accept")
    await person.sees("No server is known, by a test or a push")
    await person.press("enter")
    await person.is_back()
    assert person.record("acme/orders/billing").public != old
    assert person.record("billing-old").revoked


async def reveal(person: Person) -> None:
    await find(person.pilot, "billing")
    await person.press("v")
    await person.press_button("accept")
    await person.sees("Hidden again in", "SU")


async def export_creds(person: Person) -> None:
    await find(person.pilot, "billing")
    await person.press("e", "enter")
    await person.is_back()
    assert "NATS USER JWT" in Path("billing.creds").read_text()


async def revoke(person: Person) -> None:
    await find(person.pilot, "billing")
    await person.press("x")
    await person.press_button("accept")
    await person.is_back()
    assert person.record("billing").revoked


async def see_why_refused(person: Person) -> None:
    await find(person.pilot, "laptop")
    await person.press("t", "enter")
    await person.sees("REFUSED")
    await person.press("f7")
    await person.sees("right: it is revoked")


async def push(person: Person) -> None:
    await find(person.pilot, "orders")
    await person.press("P", "f5")
    await person.sees("1 of 1 proved")


async def undo_a_deletion(person: Person) -> None:
    await find(person.pilot, "billing")
    before = person.record("billing").public
    await person.press("d")
    await until(person.pilot, lambda: person.pilot.app.focused is not None, "the focus")
    await person.type("billing")
    await person.press("enter")
    await person.is_back()
    await person.sees("Deleted billing")
    await person.press("z")
    await until(person.pilot, lambda: person.has("billing"), "the key")
    assert person.record("billing").public == before


MOST = [
    (copy, 2),
    (find_and_copy, 3),
    (check, 3),
    (make_and_copy, 4),
    (rotate, 6),
    (reveal, 3),
    (export_creds, 2),
    (revoke, 3),
    (see_why_refused, 3),
    (push, 2),
    (undo_a_deletion, 3),
]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
@pytest.mark.parametrize(("task", "most"), MOST, ids=[task.__name__ for task, _ in MOST])
async def test_an_everyday_task_takes_no_more_keys_than_written_here(
    task: Task,
    most: int,
    size: tuple[int, int],
    vault: Path,
    server: LocalServer,
    own_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        clipboard, "copy_public", lambda text, write_terminal=None: Copied(True, "desktop", "")
    )
    async with opened(vault, size) as pilot:
        person = Person(pilot)
        await task(person)
        assert person.presses <= most
