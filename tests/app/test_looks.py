"""Colours: none where they are not wanted, and light or dark as somebody picks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from rich.color import Color as TerminalColor
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tests.app.hands import drawn
from tests.app.inpty import in_pty, rest_of
from wallet.app.app import WalletApp
from wallet.app.preferences.contrast import TEXT, in_256, ratio, readable
from wallet.system.disk import paths


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


def of_256(number: str) -> Color:
    return Color.from_rich_color(TerminalColor.from_ansi(int(number)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("theme", ["solarized-dark", "catppuccin-latte"])
def test_everything_can_be_read_in_256_colours(tmp_path: Path, theme: str) -> None:
    state = paths.state_directory()
    state.mkdir(parents=True, exist_ok=True)
    (state / "theme").write_text(theme)
    program = ["-m", "wallet", "--vault", str(tmp_path / "none.nkw")]
    with in_pty(program, environment={"COLORTERM": ""}, directory=tmp_path) as child:
        child.expect_exact("leaves")
        printed = child.before
        child.send("\x11")
        printed += rest_of(child)
    painted = re.findall(r"\x1b\[[\d;]*38;5;(\d+)[\d;]*48;5;(\d+)[\d;]*m([^\x1b]*)", printed)
    words = [each for each in painted if re.search(r"\w", each[2])]
    assert words
    assert [
        (text, letters, behind)
        for letters, behind, text in words
        if ratio(of_256(letters), of_256(behind)) < TEXT
    ] == []


@pytest.mark.parametrize("name", [name for name in BUILTIN_THEMES if not name.startswith("ansi")])
def test_the_colours_of_a_theme_stay_readable_as_256_show_them(name: str) -> None:
    colors = readable(BUILTIN_THEMES[name].to_color_system().generate(), shown=in_256)
    for ground in ("background", "surface", "panel"):
        behind = in_256(Color.parse(colors[ground]))
        for text in ("foreground", "text-error", "text-success", "text-warning", "text-primary"):
            assert ratio(in_256(Color.parse(colors[text])), behind) >= TEXT, (ground, text)


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
