"""The themes beside Textual's own, and which one is shown: readable, and plain over SSH.

The vault keeps the theme that was chosen. Before it is open the last one of this machine holds,
noted in the user's own state directory: a name, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import sys

from rich.segment import Segment
from textual.color import Color
from textual.filter import Monochrome, NoColor
from textual.theme import Theme

from wallet.app.host import Host
from wallet.app.preferences.contrast import EDGE, TEXT, as_it_is, in_256, readable
from wallet.errors import NoHomeError
from wallet.system import remote
from wallet.system.disk import paths, regular_files

PLAIN = "terminal"
"""The terminal's own colours, and few of them: as readable on light as on dark."""

_HIGH = {"high-contrast": (7.0, 4.5), "high-contrast-light": (7.0, 4.5)}
THEMES = (
    Theme(
        name=PLAIN,
        ansi=True,
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_magenta",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            **dict.fromkeys(("border", "text-muted", "text-disabled"), "ansi_default"),
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border-blurred": "ansi_bright_black",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "bold reverse",
            "block-cursor-blurred-text-style": "reverse",
            "footer-key-foreground": "ansi_default",
            "link-color": "ansi_default",
            "link-style": "none",
            "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default",
        },
    ),
    Theme(
        name="high-contrast",
        primary="#00D7FF",
        secondary="#87D7FF",
        accent="#FFFF00",
        warning="#FFD75F",
        error="#FF8787",
        success="#5FFF87",
        foreground="#FFFFFF",
        background="#000000",
        surface="#000000",
        panel="#121212",
    ),
    Theme(
        name="high-contrast-light",
        dark=False,
        primary="#003A8C",
        secondary="#00335C",
        accent="#5B0076",
        warning="#6B3A00",
        error="#8C0000",
        success="#004D1A",
        foreground="#000000",
        background="#FFFFFF",
        surface="#FFFFFF",
        panel="#EDEDED",
    ),
)


class Greys(Monochrome):
    """Draws without colours, for NO_COLOR: a theme in greys, the terminal's own in what it has.

    Textual chooses one or the other at the start; the wrong one draws black on black.
    """

    def __init__(self, app: Host) -> None:
        super().__init__()
        self._app = app

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if self._app.native_ansi_color:
            return NoColor().apply(segments, background)
        return super().apply(segments, background)


# Each kind of widget has a style sheet, and Textual keeps 64 as parsed. With one more, each new
# kind that is shown has all of them parsed anew, which holds its dialog up for 40 ms.
STYLE_SHEETS = 512


def begin_with_theme(app: Host) -> None:
    """Show the theme that was last chosen here; without one a plain one where the terminal has
    sixteen colours or none, and over SSH, there unmoved."""
    for theme in THEMES:
        app.register_theme(theme)
    app.stylesheet._parse_cache.grow(STYLE_SHEETS)
    app._filters = [
        Greys(app) if isinstance(each, Monochrome | NoColor) else each for each in app._filters
    ]
    over_ssh = remote.over_ssh(os.environ)
    if over_ssh:
        app.animation_level = "none"
    noted = _noted()
    if noted in app.available_themes:
        app.theme = noted
    elif over_ssh or _has_few_colors(app):
        app.theme = PLAIN


def _has_few_colors(app: Host) -> bool:
    """Whether the terminal shows other themes in the nearest of sixteen colours, or in none."""
    terminal = sys.__stderr__  # which Textual writes to
    on_terminal = terminal is not None and terminal.isatty()
    return on_terminal and app.console.color_system in {None, "standard"}


def readable_variables(app: Host, variables: dict[str, str]) -> dict[str, str]:
    """The colours of the theme, moved until every text can be read in those of the terminal."""
    has_256 = not app.is_headless and app.console.color_system == "256"
    shown = in_256 if has_256 else as_it_is
    return readable(variables, *_HIGH.get(app.theme, (TEXT, EDGE)), shown)


def note_theme(app: Host) -> None:
    """Note the theme for the next start, before a vault is open. Best effort."""
    if app.demo is not None or _noted() == app.theme:
        return
    with contextlib.suppress(OSError, NoHomeError):
        directory = paths.state_directory()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / _FILE).write_text(f"{app.theme}\n", encoding="utf-8")


_FILE = "theme"


def _noted() -> str:
    """The theme that was noted; empty where none is, or what stands there is no name."""
    with contextlib.suppress(OSError, ValueError, NoHomeError):
        return regular_files.content(paths.state_directory() / _FILE, 100).decode().strip()
    return ""
