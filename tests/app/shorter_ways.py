"""What Textual asks again and again, asked by a shorter way in tests of the app.

Each function here stands for one of Textual's own and gives what that gives; `test_shorter_ways.py`
holds it against that. Three files of tests (marks, rotation, what is half typed) took 27 s of the
processor with them, and 35 without.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.segment import Segment
from textual._context import visible_screen_stack
from textual.app import App
from textual.cache import FIFOCache
from textual.css import match as css_match
from textual.css.model import CombinatorType, SelectorSet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.theme import Theme

# --- lines

SIZES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""The memories of a line, and how much each keeps."""


class LateCache:
    """One of a line's seven memories, made when it is asked for.

    A line made all at once: each start has hundreds, a fifth of all that is looked at as garbage
    were empty memories of lines that were drawn once.
    """

    def __init__(self, name: str) -> None:
        slot: Any = Strip.__dict__[name]
        self._get, self._set, self._size = slot.__get__, slot.__set__, SIZES[name]

    def __get__(self, strip: Strip, _owner: type[Strip]) -> FIFOCache[Any, Any]:
        try:
            return self._get(strip)  # type: ignore[no-any-return]
        except AttributeError:
            cache: FIFOCache[Any, Any] = FIFOCache(self._size)
            self._set(strip, cache)
            return cache


def make_strip(strip: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    """Make a line without its memories."""
    strip._segments = list(segments)
    strip._cell_length = cell_length
    strip._render_cache = strip._link_ids = strip._cell_count = None


def draw(screen: Screen[Any]) -> None:
    """Draw the widgets of which something is to be painted, and lay no frame together of them: no
    terminal shows it."""
    compositor = screen._compositor
    whole = screen.size.region
    dirty = compositor._dirty_regions
    crop = whole if whole in dirty else Region.from_union(dirty).intersection(whole)
    dirty.clear()
    visible_screen_stack.set(screen.app._background_screens)
    for _ in compositor._get_renders(crop):
        pass


def lighten_lines() -> None:
    """Make lines so from now on, to the end of the process: Textual keeps blank ones for good."""
    for name in SIZES:
        setattr(Strip, name, LateCache(name))
    Strip.__init__ = make_strip  # type: ignore[assignment, method-assign]


# --- what is asked of all widgets

get_theme_anew = App.get_theme
get_reactive_anew = Reactive.__get__
match_anew = css_match.match

_computed: dict[tuple[Reactive[Any], type], bool] = {}


def get_theme(app: App[Any], name: str) -> Theme | None:
    """Look a theme up, without a list of all."""
    return app._registered_themes.get(name) or get_theme_anew(app, name)


def get_reactive(reactive: Reactive[Any], widget: Any, owner: type) -> Any:
    """Read a value that is there, as it is in all but the first reads, from where it is."""
    if widget is not None:
        values = vars(widget)
        if reactive.internal_name in values and "_id" in values:
            computed = _computed.get((reactive, owner))
            if computed is None:
                computed = _computed[reactive, owner] = hasattr(owner, reactive.compute_name)
            if not computed:
                return values[reactive.internal_name]
    return get_reactive_anew(reactive, widget, owner)


def match(selector_sets: Iterable[SelectorSet], node: DOMNode) -> bool:
    """Ask the widget alone where no selector names what it stands in."""
    for one in selector_sets:
        selectors = one.selectors
        if len(selectors) == 1 and selectors[0].combinator is CombinatorType.DESCENDENT:
            if selectors[0].check(node):
                return True
        elif match_anew((one,), node):
            return True
    return False
