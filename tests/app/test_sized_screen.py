"""A dialog is laid out once when it comes, and what it leaves in sight not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import Screen

from tests.app.hands import drawn, until
from tests.app.test_main import dialog, opened
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path


@pytest.mark.parametrize(("height", "name"), [(24, "-high"), (19, "-low")])
async def test_a_dialog_is_laid_out_once_and_not_what_is_beneath_it(
    path: Path, height: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[Screen[object]] = []
    styled: list[DOMNode] = []
    lay_out, apply = Screen._refresh_layout, Stylesheet.apply

    def note_layout(self: Screen[object], size: Size | None = None, scroll: bool = False) -> None:
        if size is not None:  # for the screen itself; else what is in it asked for that
            laid_out.append(self)
        lay_out(self, size, scroll)

    def note_styles(self: Stylesheet, node: DOMNode, **how: bool) -> None:
        if isinstance(node, Screen):
            styled.append(node)
        apply(self, node, **how)  # type: ignore[arg-type]

    async with opened(path, (80, height)) as pilot:
        monkeypatch.setattr(Screen, "_refresh_layout", note_layout)
        monkeypatch.setattr(Stylesheet, "apply", note_styles)
        await dialog(pilot, "n", "New key")
        await pilot.pause()
        new_key = pilot.app.screen
        assert new_key.has_class(name)
        assert laid_out == [new_key]
        assert styled.count(new_key) <= 2  # when it is made, and when it comes


async def test_another_size_lays_out_the_dialog_and_what_is_beneath_it(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await dialog(pilot, "n", "New key")
        main = pilot.app.screen_stack[-2]
        for width, height, name in (100, 18, "-low"), (120, 50, "-high"):
            await pilot.resize_terminal(width, height)
            new_key, size = pilot.app.screen, Size(width, height)
            await until(pilot, lambda: main._compositor.size == size, "the new size")  # noqa: B023
            await until(pilot, lambda: new_key.has_class(name), f"the class {name}")  # noqa: B023
            await pilot.pause()
            assert new_key.size == main.size == size
            assert len(drawn(pilot.app).splitlines()) == height
