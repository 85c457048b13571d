"""The app reads a style sheet once, however many kinds of widgets were shown before."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.css.parse import parse
from textual.css.stylesheet import Stylesheet
from textual.widgets import Static

from tests.app import memo
from wallet.app.app import WalletApp


async def test_a_new_kind_of_widget_has_only_its_own_style_sheet_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stylesheet, "_parse_rules", memo.parse_rules_anew)
    monkeypatch.setattr(Stylesheet, "parse", memo.parse_anew)
    parsed: list[object] = []

    def counted(scope: str, css: str, *rest: object, **more: object) -> object:
        parsed.append(css)
        return parse(scope, css, *rest, **more)  # type: ignore[arg-type]

    async with WalletApp(tmp_path / "vault.nkw").run_test() as pilot:
        monkeypatch.setattr("textual.css.stylesheet.parse", counted)
        for number in range(70):
            css = f"Kind{number} {{ width: {number + 1}; }}"
            await pilot.app.screen.mount(type(f"Kind{number}", (Static,), {"DEFAULT_CSS": css})())
        assert len(pilot.app.stylesheet.source) > 64
        assert len(parsed) == len(set(parsed)) >= 70
