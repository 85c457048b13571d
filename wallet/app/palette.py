"""The order of what the command palette finds."""

from __future__ import annotations

from typing import cast

from textual.app import App
from textual.command import Hit, Hits
from textual.fuzzy import Matcher
from textual.system_commands import SystemCommandsProvider

_BEGINS, _WORD_BEGINS, _HELP = 1000.0, 500.0, 0.1


def rank(matcher: Matcher, label: str, explanation: str) -> float:
    """Say how well a command fits what was typed; 0 where it does not.

    First come labels that begin so, the shortest before the others, then those with a word that
    does, then others with these letters in their order, and last what only the explanation has.
    """
    typed, name = matcher.query.lower().strip(), label.lower()
    if name.startswith(typed):
        return _BEGINS - len(name)
    if f" {typed}" in name:
        return _WORD_BEGINS - len(name)
    return matcher.match(label) or _HELP * (typed in explanation.lower())


class OwnCommands(SystemCommandsProvider):
    """The app's own commands, found by their explanation too: a theme as “light”."""

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        commands = cast("App[None]", self.app).get_system_commands(self.screen)
        for title, explanation, callback, *_ in commands:
            score = rank(matcher, title, explanation)
            if score > 0:
                yield Hit(score, matcher.highlight(title), callback, help=explanation)
