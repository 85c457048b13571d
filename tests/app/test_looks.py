"""Colours: none where they are not wanted, and light or dark as somebody picks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.app.hands import drawn
from tests.app.inpty import in_pty, rest_of
from wallet.app.app import WalletApp


def is_grey(number: int) -> bool:
    """Whether a colour of the 256 has neither hue: the ramp, and the cube's diagonal."""
    return number >= 232 or number in {0, 7, 8, 15, 16, 59, 102, 145, 188, 231}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"NO_COLOR": "1", "SSH_TTY": "/dev/pts/0"}, {}]
)
def test_no_color_draws_in_greys_alone(tmp_path: Path, variables: dict[str, str]) -> None:
    program = ["-m", "wallet", "--vault", str(tmp_path / "none.nkw")]
    with in_pty(program, environment={"COLORTERM": "", **variables}, directory=tmp_path) as child:
        child.expect_exact("leaves")
        printed = child.before
        child.send("\x11")
        printed += rest_of(child)
    numbers = {int(number) for number in re.findall(r"[34]8;5;(\d+)", printed)}
    if "SSH_TTY" in variables:  # the plain theme has no colours of its own but the terminal's
        assert not re.search(r"\x1b\[[0-9;]*\b([349][0-7]|[34]8)\b", printed)
        return
    assert numbers
    assert all(map(is_grey, numbers)) == bool(variables), "without the variable there is colour"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("terminal", ["linux", "xterm-16color", "dumb"])
def test_with_few_colours_it_begins_in_the_terminals_own(tmp_path: Path, terminal: str) -> None:
    program = ["-m", "wallet", "--vault", str(tmp_path / "none.nkw")]
    variables = {"COLORTERM": "", "TERM": terminal}
    with in_pty(program, environment=variables, directory=tmp_path) as child:
        child.expect_exact("leaves")
        printed = child.before
        child.send("\x11")
        printed += rest_of(child)
    backgrounds = re.findall(r"\x1b\[[0-9;]*\b(?:4[0-7]|10[0-7]|48)\b", printed)
    assert backgrounds == [], "what is behind a text is the terminal's own"


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "dracula"])
async def test_the_first_screen_can_be_read_in_light_and_dark(tmp_path: Path, theme: str) -> None:
    app = WalletApp(tmp_path / "none.nkw")
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await pilot.press(*"short")
        await pilot.pause()
        assert "10 more" in drawn(app)
        for part in app.screen.query("Static, SecretInput"):
            if part.region.area:
                background, foreground = part.background_colors[1], part.colors[3]
                assert abs(background.brightness - foreground.brightness) > 0.2, part
