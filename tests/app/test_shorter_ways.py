"""What is asked by a shorter way in tests of the app: the same comes of it as of Textual's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.css.parse import parse_selectors
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from tests.app import shorter_ways
from tests.app.test_main import Hands
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path
from tests.app.test_memo import through_screens

SELECTORS = (
    *("*", "Input", "KeyTree", "#box", ".field-label", "Input:focus", "Input, #keys"),
    *("Dialog #box", "#keys > KeyTree", "#buttons Button", "Screen > Horizontal, #problem"),
)


async def test_selectors_and_values_and_themes_are_those_that_textual_finds(path: Path) -> None:
    matched = read = 0

    def same(pilot: Hands) -> None:
        nonlocal matched, read
        for node in (pilot.app, *pilot.app.screen.walk_children(with_self=True)):
            for selector in SELECTORS if isinstance(node, Widget) else ():
                sets = parse_selectors(selector)
                assert shorter_ways.match(sets, node) == shorter_ways.match_anew(sets, node), (
                    selector
                )
                matched += shorter_ways.match(sets, node)
            for name, reactive in node._reactives.items():
                value = shorter_ways.get_reactive(reactive, node, type(node))
                assert value == shorter_ways.get_reactive_anew(reactive, node, type(node)), name
                read += 1
        themes = [*pilot.app.available_themes, "none, textual-dark", "none"]
        for name in themes:
            assert shorter_ways.get_theme(pilot.app, name) is shorter_ways.get_theme_anew(
                pilot.app, name
            )
        assert len(themes) > 10

    await through_screens(path, same)
    assert matched > 200
    assert read > 5_000


class Computing(App[None]):
    """An app with a value that is worked out at each look."""

    looks = 0
    seen: Reactive[int] = Reactive(0)

    def compute_seen(self) -> int:
        self.looks += 1
        return self.looks


async def test_a_value_that_is_worked_out_is_worked_out_at_each_look() -> None:
    app = Computing()
    async with app.run_test():
        before = app.looks
        assert [app.seen, app.seen] == [before + 1, before + 2]


def test_a_line_remembers_what_was_made_of_it_as_textuals_own_does() -> None:
    line = Strip([Segment("orders "), Segment("and "), Segment("billing")])
    ways: tuple[Callable[[], object], ...] = (
        lambda: line.crop(2, 9),
        lambda: line.divide([3, 8, 18]),
        lambda: line.crop_extend(0, 30, None),
        lambda: line.adjust_cell_length(25),
    )
    for make in ways:
        assert make() is make()
    assert line.crop(2, 9).text == "ders an"
    assert [part.text for part in line.divide([3, 8, 18])] == ["ord", "ers a", "nd billing"]
    assert line.adjust_cell_length(25).text == "orders and billing       "
    assert {name for name in Strip.__slots__ if name.endswith("_cache")} == {
        *shorter_ways.SIZES,
        "_render_cache",
    }


class Failing(Widget):
    """A widget that cannot be drawn."""

    DEFAULT_CSS = "Failing { width: 4; height: 1; }"

    def render_line(self, y: int) -> Strip:
        raise ZeroDivisionError


class AppThatFails(App[None]):
    """An app in which something cannot be drawn once it is shown."""

    def compose(self) -> ComposeResult:
        yield Failing()

    def on_key(self) -> None:
        self.query_one(Failing).display = True

    def on_mount(self) -> None:
        self.query_one(Failing).display = False


async def fail_by_a_key() -> None:
    async with AppThatFails().run_test() as pilot:
        await pilot.pause()
        await pilot.press("a")
        pytest.fail("nothing was drawn")


async def test_what_cannot_be_drawn_fails_at_the_key_that_shows_it() -> None:
    with pytest.raises(ZeroDivisionError):
        await fail_by_a_key()
