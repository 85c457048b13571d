"""How long a key press waits, and what Textual does once, for every test of the app."""

from __future__ import annotations

import pytest
import textual._callback
import textual.app
import textual.css.query
import textual.dom
import textual.pilot
import textual.screen
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.notifications import Notification
from textual.reactive import Reactive

from tests.app import memo, shorter_ways
from tests.app.hands import at_rest, painted_later, settled, time_left, updated_at_rest

shorter_ways.lighten_lines()


@pytest.fixture(autouse=True)
def settled_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `pilot.press` and `pilot.pause` wait until the app has settled, not for the processor.

    Textual waits twice for each press until the process has hardly run for 20 ms: most of what
    such a test lasts. On a busy machine a process hardly runs while it has much to do.
    """
    monkeypatch.setattr(textual.app, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", at_rest)
    monkeypatch.setattr(textual.screen.Screen, "_compositor_refresh", painted_later)
    monkeypatch.setattr(textual.screen.Screen, "_on_timer_update", updated_at_rest)
    monkeypatch.setattr(Stylesheet, "_parse_rules", memo.parse_rules)
    monkeypatch.setattr(Stylesheet, "parse", memo.parse)
    monkeypatch.setattr(Stylesheet, "apply", memo.apply)
    monkeypatch.setattr(Stylesheet, "update_nodes", memo.update_nodes)
    monkeypatch.setattr(Stylesheet, "replace_rules", staticmethod(memo.replace_rules))
    monkeypatch.setattr(MessagePump, "_get_dispatch_methods", memo.dispatch_methods)
    monkeypatch.setattr(textual._callback, "_count_parameters", memo.count_parameters)
    monkeypatch.setattr(Notification, "time_left", property(time_left))
    monkeypatch.setattr(textual.app.App, "get_theme", shorter_ways.get_theme)
    monkeypatch.setattr(Reactive, "__get__", shorter_ways.get_reactive)
    monkeypatch.setattr(textual.dom, "match", shorter_ways.match)
    monkeypatch.setattr(textual.css.query, "match", shorter_ways.match)
