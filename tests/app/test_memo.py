"""What tests of the app remember of Textual's work, and leave out: the same comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from textual.widgets import Input

from tests.app import memo
from tests.app.hands import type_text
from tests.app.test_main import Hands, dialog, find, opened
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path

Look = Callable[[Hands], None]


def styles_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Stylesheet, "apply", memo.apply_anew)
    patch.setattr(Stylesheet, "update_nodes", memo.update_nodes_anew)


async def through_screens(path: Path, look: Look) -> None:
    """Look at screens with the focus here and there, with marks, errors and a filter, twice."""
    for _ in range(2):  # the second app is given what the first one has found
        async with opened(path, (120, 50)) as pilot:
            await find(pilot, "billing")
            look(pilot)
            await pilot.press("space", "down")
            look(pilot)
            await dialog(pilot, "n", "New key")
            look(pilot)
            await type_text(pilot, "bad/name")
            await pilot.press("tab", "tab")
            look(pilot)
            pilot.app.theme = "textual-light"
            await pilot.pause()
            look(pilot)
            await pilot.press("escape", "escape")


async def test_the_remembered_styles_are_those_that_textual_finds(path: Path) -> None:
    compared = 0

    def same_styles(pilot: Hands) -> None:
        nonlocal compared
        for node in (pilot.app, *pilot.app.screen.walk_children(with_self=True)):
            noted = memo.noted(node)
            before = dict(node.styles.base._rules)
            parts = {
                name: dict(styles.base._rules)
                for name, styles in node._component_styles.copy().items()
            }
            with pytest.MonkeyPatch.context() as patch:
                styles_anew(patch)
                pilot.app.stylesheet.apply(node)
            assert node.styles.base._rules == before
            assert memo.noted(node) == noted
            assert parts == {
                name: dict(styles.base._rules)
                for name, styles in node._component_styles.copy().items()
            }
            compared += len(before) + len(parts)

    await through_screens(path, same_styles)
    assert compared > 5_000


async def test_a_change_of_remembered_styles_draws_anew_what_textual_draws_anew(path: Path) -> None:
    """But for bars at the side, which Textual draws anew with every look at their colours."""
    async with opened(path, (120, 50)) as pilot:
        changed = 0
        for _ in range(2):
            for widget in pilot.app.screen.walk_children(with_self=True):
                for name in ("-low", "-invalid", "-hidden"):
                    drawn = drawn_anew(pilot, widget, name, anew=False)
                    drawn_anew(pilot, widget, name, anew=False)  # as it was
                    assert drawn == drawn_anew(pilot, widget, name, anew=True)
                    assert drawn == drawn_anew(pilot, widget, name, anew=False)
                    changed += bool(drawn)
            await dialog(pilot, "n", "New key")
        assert changed > 5


def drawn_anew(pilot: Hands, widget: DOMNode, name: str, *, anew: bool) -> set[tuple[Widget, bool]]:
    """The widgets that ask to be drawn, and whether laid out, when one is of a class or no more."""
    asked: set[tuple[Widget, bool]] = set()

    def note(self: Widget, *_regions: Region, layout: bool = False, **_how: bool) -> None:
        if not isinstance(self, ScrollBar):
            asked.add((self, layout))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Widget, "refresh", note)
        if anew:
            styles_anew(patch)
        widget._classes.symmetric_difference_update({name})
        pilot.app.stylesheet.update_nodes(widget.walk_children(with_self=True))
    return asked


async def test_the_remembered_handlers_are_those_that_textual_finds(path: Path) -> None:
    handled = 0

    def same_handlers(pilot: Hands) -> None:
        nonlocal handled
        messages = events.Idle(), events.Key("a", "a"), events.Mount(), events.Blur()
        for node in (pilot.app, *pilot.app.screen.walk_children(with_self=True)):
            for message in (*messages, Input.Submitted(Input(), "")):
                name = message.handler_name
                anew = [*memo.dispatch_methods_anew(node, name, message)]
                assert [*memo.dispatch_methods(node, name, message)] == anew
                handled += len(anew)

    await through_screens(path, same_handlers)
    assert handled > 1_000


def test_a_handler_that_forbids_what_follows_is_the_last_one() -> None:
    field = Input()
    message = events.Focus()
    for number, _ in enumerate(memo.dispatch_methods(field, "on_focus", message)):
        assert number == 0
        message.prevent_default()
    assert len([*memo.dispatch_methods_anew(field, "on_focus", events.Focus())]) > 1


class Slow(App[None]):
    """An app that takes its time with a key."""

    handled = False

    async def on_key(self) -> None:
        await asyncio.sleep(0.2)
        self.handled = True


async def test_a_key_press_lasts_until_the_widget_that_has_it_is_done() -> None:
    app = Slow()
    async with app.run_test() as pilot:
        await pilot.press("a")
        assert app.handled
