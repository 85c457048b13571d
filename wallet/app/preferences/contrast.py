"""The colours of any theme, moved towards white or black until everything can be read. Pure.

Textual's own themes have texts with a contrast of 1.1 to what is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.color import BLACK, WHITE, Color

TEXT, EDGE = 4.5, 3.0
"""The least contrast of text, and of borders. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

_TEXTS = (
    *("text-primary", "text-secondary", "text-accent", "foreground", "button-foreground"),
    *("text-success", "text-warning", "text-error"),
)
_EDGES = ("border", "border-blurred", "scrollbar", "scrollbar-hover", "scrollbar-active")
_BUTTONS = ("primary", "success", "warning", "error")
_BEHIND = tuple(f"{name}-muted" for name in (*_BUTTONS, "secondary", "accent"))
_STEPS = 40
_ENDS = (WHITE, BLACK)


def ratio(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21. Source: WCAG 2.2, “contrast ratio”."""
    return _ratio(_luminance(one), _luminance(other))


def readable(
    variables: Mapping[str, str], text: float = TEXT, edge: float = EDGE
) -> dict[str, str]:
    """The variables of a theme, those of texts and borders with this contrast.

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
    plain = [Color.parse(theme[name]) for name in ("background", "surface", "panel")]
    # Textual tints the field that has the focus so.
    grounds = [*plain, plain[1].blend(foreground, 0.05)]
    for name in _TEXTS:
        muted = theme.get(f"{name.removeprefix('text-')}-muted", "")
        own = [Color.parse(muted)] if muted and name != "foreground" else []
        theme[name] = _away_from([*grounds, *own], Color.parse(variables[name]), text)
    around = [*grounds, grounds[0] + Color.parse(variables["scrollbar-background"])]
    for name in _EDGES:
        theme[name] = _away_from(around, Color.parse(variables[name]), edge)
    theme["footer-background"] = theme["panel"]
    for part in ("key", "description"):
        letters = Color.parse(variables[f"footer-{part}-foreground"])
        theme[f"footer-{part}-foreground"] = _away_from(grounds, letters, text)
        theme[f"footer-{part}-background"] = "transparent"
    for cursor in ("block-cursor", "block-cursor-blurred"):
        bar = Color.parse(variables[f"{cursor}-background"])
        theme[f"{cursor}-foreground"] = _either([ground + bar for ground in grounds])
    theme |= {f"on-{name}": _either([Color.parse(variables[name])]) for name in _BUTTONS}
    theme["text-muted"] = theme["text-disabled"] = _auto(grounds, text)
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


def _away_from(grounds: Sequence[Color], color: Color, least: float) -> str:
    """The nearest colour with this contrast to each ground; where none has it, black or white."""
    behind = [_luminance(ground) for ground in grounds]
    color = grounds[0] + color
    if _worst(behind, color) >= least:
        return color.hex
    for step in range(1, _STEPS + 1):
        for end in _ENDS:
            shade = color.blend(end, step / _STEPS, alpha=1)
            if _worst(behind, shade) >= least:
                return shade.hex
    return _either(grounds)


def _either(grounds: Sequence[Color]) -> str:
    """Black or white, whichever can be read better on each of these."""
    behind = [_luminance(ground) for ground in grounds]
    return max(_ENDS, key=lambda end: _worst(behind, end)).hex


def _auto(grounds: Sequence[Color], least: float) -> str:
    """Black or white over whatever is behind, as little of it as can be read, 60 % or more."""

    def reaches(percent: int) -> bool:
        return all(
            ratio(ground, ground.blend(ground.get_contrast_text(1.0), percent / 100)) >= least
            for ground in grounds
        )

    return f"auto {next(filter(reaches, range(60, 100)), 100)}%"
