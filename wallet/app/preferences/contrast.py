"""The colours of any theme, moved towards white or black until everything can be read. Pure.

Textual's own themes have texts with a contrast of 1.1 to what is behind them. A terminal with 256
colours shows the nearest of its own, which may lie far off: those count there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rich.color import Color as TerminalColor
from rich.color import ColorSystem
from textual.color import BLACK, WHITE, Color

Shown = Callable[[Color], Color]
"""Gives a colour as the terminal shows it."""

TEXT, EDGE = 4.5, 3.0
"""The least contrast of text, and of borders. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

_TEXTS = (
    *("text-primary", "text-secondary", "text-accent", "foreground", "button-foreground"),
    *("text-success", "text-warning", "text-error"),
)
_PLAIN = ("background", "surface", "panel")
_EDGES = ("border", "border-blurred", "scrollbar", "scrollbar-hover", "scrollbar-active")
_BUTTONS = ("primary", "success", "warning", "error")
_BEHIND = tuple(f"{name}-muted" for name in (*_BUTTONS, "secondary", "accent"))
_STEPS = 40
_ENDS = (WHITE, BLACK)


def ratio(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21. Source: WCAG 2.2, “contrast ratio”."""
    return _ratio(_luminance(one), _luminance(other))


def as_it_is(color: Color) -> Color:
    """Leave a colour as it is: a terminal with all colours shows it so."""
    return color


@lru_cache(1024)
def in_256(color: Color) -> Color:
    """Give the colour that a terminal with 256 shows, the one that Rich sends it."""
    sent = TerminalColor.from_rgb(*color.rgb).downgrade(ColorSystem.EIGHT_BIT)
    return Color.from_rich_color(sent)


def readable(
    variables: Mapping[str, str],
    text: float = TEXT,
    edge: float = EDGE,
    shown: Shown = as_it_is,
) -> dict[str, str]:
    """The variables of a theme, those of texts and borders with this contrast as they are `shown`.

    There is one more for each kind of button, `on-primary` and so on: the text on its colour.
    A theme of the terminal's own colours, which nobody knows here, stays as it is, with nothing
    but its background behind a text.
    """
    theme = dict(variables)
    if Color.parse(theme["foreground"]).ansi is not None:
        on_buttons = {f"on-{name}": theme[name] for name in _BUTTONS}
        # Textual gives a text and what is behind it the same of the sixteen colours.
        return theme | on_buttons | dict.fromkeys(_BEHIND, "ansi_default")
    foreground = Color.parse(theme["foreground"])
    if shown is in_256:
        theme |= {name: _nearest_of_256(Color.parse(theme[name])) for name in _PLAIN}
    plain = [Color.parse(theme[name]) for name in _PLAIN]
    # Textual tints the field that has the focus so.
    grounds = [*plain, plain[1].blend(foreground, 0.05)]
    for name in _TEXTS:
        muted = theme.get(f"{name.removeprefix('text-')}-muted", "")
        own = [Color.parse(muted)] if muted and name != "foreground" else []
        theme[name] = _away_from([*grounds, *own], Color.parse(variables[name]), text, shown)
    around = [*grounds, grounds[0] + Color.parse(variables["scrollbar-background"])]
    for name in _EDGES:
        theme[name] = _away_from(around, Color.parse(variables[name]), edge, shown)
    theme["footer-background"] = theme["panel"]
    for part in ("key", "description"):
        letters = Color.parse(variables[f"footer-{part}-foreground"])
        theme[f"footer-{part}-foreground"] = _away_from(grounds, letters, text, shown)
        theme[f"footer-{part}-background"] = "transparent"
    for cursor in ("block-cursor", "block-cursor-blurred"):
        bar = Color.parse(variables[f"{cursor}-background"])
        theme[f"{cursor}-foreground"] = _either([ground + bar for ground in grounds], shown)
    tint, _, share = variables["input-selection-background"].partition(" ")  # `#81a1c1 35%`
    selection = Color.parse(tint).multiply_alpha(float(share.rstrip("%") or 100) / 100)
    selected = [ground + selection for ground in grounds]
    letters = Color.parse(variables["input-selection-foreground"])
    theme["input-selection-foreground"] = _away_from(selected, letters, text, shown)
    theme |= {f"on-{name}": _either([Color.parse(variables[name])], shown) for name in _BUTTONS}
    theme["text-muted"] = theme["text-disabled"] = _auto(grounds, text, shown)
    return theme


def _luminance(color: Color) -> float:
    """The relative luminance, 0 to 1. Source: WCAG 2.2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _worst(grounds: Sequence[float], color: Color) -> float:
    """The least contrast of a colour to grounds of these luminances."""
    luminance = _luminance(color)
    return min(_ratio(ground, luminance) for ground in grounds)


def _away_from(grounds: Sequence[Color], color: Color, least: float, shown: Shown) -> str:
    """The nearest colour with this contrast to each ground; where none has it, black or white."""
    behind = [_luminance(shown(ground)) for ground in grounds]
    color = grounds[0] + color
    if _worst(behind, shown(color)) >= least:
        return color.hex
    for step in range(1, _STEPS + 1):
        for end in _ENDS:
            shade = color.blend(end, step / _STEPS, alpha=1)
            if _worst(behind, shown(shade)) >= least:
                return shade.hex
    return _either(grounds, shown)


def _either(grounds: Sequence[Color], shown: Shown) -> str:
    """Black or white, whichever can be read better on each of these."""
    behind = [_luminance(shown(ground)) for ground in grounds]
    return max(_ENDS, key=lambda end: _worst(behind, end)).hex


def _auto(grounds: Sequence[Color], least: float, shown: Shown) -> str:
    """Black or white over whatever is behind, as little of it as can be read, 60 % or more."""

    def reaches(percent: int) -> bool:
        return all(
            ratio(shown(ground), shown(ground.blend(ground.get_contrast_text(1.0), percent / 100)))
            >= least
            for ground in grounds
        )

    return f"auto {next(filter(reaches, range(60, 100)), 100)}%"


def _nearest_of_256(color: Color) -> str:
    """The colour that 256 show as what is nearest to this one. Rich's choice lies off: of a dark
    blue it makes a light one, on which nothing can be read."""

    def distance(candidate: Color) -> int:
        seen = in_256(candidate)
        return sum((one - other) ** 2 for one, other in zip(seen.rgb, color.rgb, strict=True))

    return min(_of_256(), key=distance).hex


@lru_cache(1)
def _of_256() -> list[Color]:
    numbers = range(16, 256)  # those before are the terminal's own
    return [Color.from_rich_color(TerminalColor.from_ansi(number)) for number in numbers]
