"""Everything that is painted can be read, in every theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from textual.color import Color
from textual.command import CommandPalette
from textual.filter import DimFilter
from textual.theme import BUILTIN_THEMES

from tests.app.hands import offered, paste_text, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    closed,
    empty,
    find,
    opened,
    path,
    records_of,
    sees,
)
from wallet.app.app import WalletApp
from wallet.app.preferences.contrast import EDGE, TEXT, ratio, readable
from wallet.app.preferences.settings import THEME_SETTING
from wallet.app.preferences.themes import _HIGH, PLAIN, THEMES
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.system.disk import paths

__all__ = ["empty", "path"]  # fixtures

ALL = [*BUILTIN_THEMES, *(theme.name for theme in THEMES)]
KNOWN = [name for name in ALL if name != PLAIN and not name.startswith("ansi-")]
FEW = ("textual-dark", "textual-light", "solarized-light", "high-contrast")
LINES = {chr(code) for code in (*range(0x2500, 0x25C0), *range(0x1FB70, 0x1FB90))}
"""Of boxes and blocks, and an arrow of a list."""


def painted(app: WalletApp) -> Iterator[Segment]:
    """What stands on the screen; of a dialog its box alone, for what is behind it is dimmed."""
    boxes = app.screen.query("#box, CommandPalette > Vertical")
    region = boxes.first().region if boxes else app.screen.region
    for strip in app.screen._compositor.render_strips()[region.y : region.bottom]:
        yield from strip.crop(region.x, region.right)


def unreadable(app: WalletApp) -> list[str]:
    """Every look with less contrast to what is behind it than it needs, each once."""
    faults = {}
    for segment in painted(app):
        letters = {each for each in segment.text if not each.isspace()}
        style = segment.style
        if not letters or style is None or style.color is None or style.bgcolor is None:
            continue
        [(_, shown, _)] = DimFilter().apply([segment], Color(0, 0, 0))
        assert shown is not None
        assert shown.color is not None
        assert shown.bgcolor is not None
        contrast = ratio(Color.from_rich_color(shown.color), Color.from_rich_color(shown.bgcolor))
        least = EDGE if style.dim or letters <= LINES else TEXT
        if contrast < least:
            look = f"{shown.color.name} on {shown.bgcolor.name}, {contrast:.2f}"
            faults[look] = segment.text.strip()[:40]
    return [f"{look}: {text}" for look, text in faults.items()]


async def each_theme(pilot: Hands, where: str, themes: Sequence[str] = KNOWN) -> list[str]:
    """What cannot be read on the screen that is shown, in each of these themes."""
    app = pilot.app
    assert isinstance(app, WalletApp)
    faults = []
    for theme in themes:
        app.theme = theme
        await pilot.pause()
        faults += [f"{theme}, {where}: {fault}" for fault in unreadable(app)]
    return faults


async def test_the_lock_screen_can_be_read_in_every_theme(path: Path) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#passphrase"), "the lock screen")
        await pilot.press("enter")
        assert await each_theme(pilot, "locked") == []


async def test_the_main_screen_can_be_read_in_every_theme(path: Path) -> None:
    async with opened(path, (120, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        await find(pilot, "billing")
        for theme in KNOWN:
            assert await each_theme(pilot, "main", [theme]) == []
            await pilot.press("tab")
            assert unreadable(app) == [], f"{theme}, details"
            await pilot.press("shift+tab")


async def test_dialogs_can_be_read(path: Path) -> None:
    async with opened(path, (120, 30)) as pilot:
        await find(pilot, "billing")
        for key in ("p", "n", "question_mark", "comma", "d", "t"):
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen.query("#box"), f"the dialog of {key}")
            assert await each_theme(pilot, key, KNOWN if key == "p" else FEW) == []
            await pilot.press("escape")
            await closed(pilot)
        await find(pilot, "orders")  # which is no user: the first keys of the help are dim
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen.query("#box"), "the help")
        assert await each_theme(pilot, "help", KNOWN) == []


def hidden(app: WalletApp) -> list[str]:
    """The texts that are painted in the colour that is behind them, one of the terminal's own."""
    return [
        segment.text
        for segment in painted(app)
        if (style := segment.style) is not None
        and segment.text.strip(" ")
        and style.color is not None
        and style.color.type is not ColorType.DEFAULT
        and style.color == style.bgcolor
    ]


@pytest.mark.parametrize("theme", [name for name in ALL if name not in KNOWN])
async def test_a_verdict_can_be_read_in_the_terminals_own_colours(path: Path, theme: str) -> None:
    async with opened(path, (120, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        app.theme = theme
        await find(pilot, "billing")
        assert hidden(app) == []
        await pilot.press("t")
        await until(pilot, lambda: app.screen.query("#box"), "the dialog")
        await pilot.press("ctrl+u")
        await paste_text(pilot, "nats://127.0.0.1:1")
        await pilot.press("enter")
        await sees(pilot, "NO ANSWER ABOUT THE KEY")
        assert hidden(app) == []


async def test_without_colours_a_line_under_it_shows_what_a_list_has_chosen(path: Path) -> None:
    async with opened(path, (120, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        app.theme = PLAIN
        await pilot.press("comma")
        await sees(pilot, "Clear secrets after")
        await pilot.press("down")
        await until(pilot, lambda: underlined(app) == ["Clear secrets after"], "the line")


def underlined(app: WalletApp) -> list[str]:
    """The first words of each row that is underlined."""
    texts = [one.text.strip() for one in painted(app) if one.style and one.style.underline]
    return [text for text in texts if text][:1]


@pytest.mark.parametrize("name", [*_HIGH])
def test_high_contrast_is_higher(name: str) -> None:
    theme = next(theme for theme in THEMES if theme.name == name)
    variables = theme.to_color_system().generate()
    colors = readable(variables, *_HIGH[name])
    for text in ("foreground", "text-error", "text-success", "text-warning", "text-primary"):
        assert ratio(Color.parse(colors[text]), Color.parse(colors["background"])) >= 7
    assert ratio(Color.parse(colors["border-blurred"]), Color.parse(colors["surface"])) >= EDGE


def only_of_the_terminal(app: WalletApp) -> bool:
    """Whether what is painted leaves every colour to the terminal: its own, or one of its 16."""
    styles = [segment.style for segment in painted(app) if segment.style is not None]
    colors = [color for style in styles for color in (style.color, style.bgcolor)]
    return all(color is None or color.type is not ColorType.TRUECOLOR for color in colors)


async def test_over_ssh_it_begins_plain_and_unmoved(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "198.51.100.1 50000 198.51.100.2 22")
    async with opened(path) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        assert app.theme == PLAIN
        assert app.animation_level == "none"
        await find(pilot, "billing")
        assert only_of_the_terminal(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen.query("#box"), "the dialog")
        assert only_of_the_terminal(app)
        app.theme = "nord"
        await pilot.pause()
        assert not only_of_the_terminal(app)
        await until(pilot, lambda: kept(pilot) == "nord", "the theme")
    async with opened(path) as pilot:
        assert pilot.app.theme == "nord", "the person chose it"


async def test_a_theme_picked_on_the_lock_screen_is_kept_and_there_at_the_next_start(
    path: Path,
) -> None:
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "Ctrl+T theme")
        assert app.theme == "textual-dark"
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the picker")
        await paste_text(pilot, "high-contrast-light")
        await offered(pilot, "high-contrast-light")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "high-contrast-light", "the theme")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock screen")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "the unlocking")
        await until(pilot, lambda: kept(pilot) == "high-contrast-light", "the theme")
    again = WalletApp(path)
    async with again.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "Passphrase")
        assert again.theme == "high-contrast-light"


@pytest.mark.parametrize("noted", [b"", b"no such theme", b"\xff\xfe", b"x" * 5000])
async def test_a_note_of_no_theme_is_passed_over(path: Path, noted: bytes) -> None:
    state = paths.state_directory()
    state.mkdir(parents=True, exist_ok=True)
    (state / "theme").write_bytes(noted)
    async with opened(path) as pilot:
        assert pilot.app.theme == "textual-dark"


def kept(pilot: Hands) -> str:
    return records_of(pilot).settings.get(THEME_SETTING, "")
