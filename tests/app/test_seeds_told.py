"""No error and no notice of the app shows a seed, whatever it quotes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from tests.app.hands import drawn, until
from tests.app.test_main import dialog, empty, opened, path
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.terminal import fatal_error
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed

__all__ = ["empty", "path"]  # fixtures


@pytest.fixture
def seed() -> str:
    with Seed.generate(Kind.USER) as one:
        return one.encode().decode()


def shows(app: Host, seed: str) -> bool:
    """Whether a seed is on the screen, also where it goes on in the next line of its box."""
    return seed[:40] in "".join(drawn(app).split()) or seed[:40] in drawn(app)


async def test_neither_an_error_nor_a_notice_shows_a_seed(path: Path, seed: str) -> None:
    async with opened(path, (160, 50)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        app.tell(UsageError(f"The file has {seed} in it."))
        await until(pilot, lambda: "The file has (a seed) in it." in drawn(app), "the error")
        app.notify(f"Taken in: {seed}.", markup=False)
        await until(pilot, lambda: "Taken in: (a seed)." in drawn(app), "the notice")
        assert not shows(app, seed)
        await dialog(pilot, "n", "New key")
        form = app.screen
        assert isinstance(form, Dialog)

        def fail() -> None:
            raise UsageError(f"In the clipboard stood {seed}.")

        form.work(fail)
        await until(pilot, lambda: "stood (a seed)." in drawn(app), "the error in the dialog")
        assert not shows(app, seed)
        await form.mount(Static(seed))  # by which the search is seen to find one
        await until(pilot, lambda: shows(app, seed), "the seed that was planted")


def test_the_last_words_about_an_error_show_no_seed(seed: str) -> None:
    words = fatal_error.report(UsageError(f"It met {seed}.")).plain
    assert seed not in words
    assert "It met (a seed)." in words
    assert seed not in fatal_error.report(ValueError(seed)).plain
