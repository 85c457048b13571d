"""The command palette in a dialog: its own keys, a way out, the lock; and last what it does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, cast

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Button

from wallet.app.host import Host
from wallet.app.palette import rank
from wallet.app.screens.dialog_keys import DialogKeys, shown_key, words_of

_FIRST, _LAST = 1.0, -1.0  # what is offered before anything is typed: the app's own has 0


class DialogCommand(NamedTuple):
    """A key of a dialog: its name, the action as Textual calls it, and what it does."""

    label: str
    key: str
    call: str
    help: str
    score: float = _FIRST


class DialogHit(DiscoveryHit):
    """A dialog's own key before anything is typed; what changes something comes after all else."""

    def __init__(self, command: DialogCommand, *offer: Any) -> None:
        super().__init__(*offer)
        self._score = command.score

    @property
    def score(self) -> float:
        return self._score


class DialogCommands(Provider):
    """The keys of a dialog in the command palette."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DialogHit(command, *self._offer(command, Content(command.label)))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = rank(matcher, command.label, command.help)
            if score > 0:
                yield Hit(score, *self._offer(command, matcher.highlight(command.label)))

    def _offer(
        self, command: DialogCommand, label: Content
    ) -> tuple[Content, partial[Any], str, str]:
        shown = Content.assemble(label, (f"  {command.key}", "dim"))
        run = partial(self.screen.run_action, command.call)
        return shown, run, command.label, command.help

    def _commands(self) -> Iterator[DialogCommand]:
        dialog, host = cast("DialogKeys[Any]", self.screen), cast("Host", self.app)
        title = str(dialog.query_one("#box").border_title)
        own = list(dialog.own_bindings())
        changing = {binding.action for binding in own} & {"accept", *dialog.CHANGING}
        for binding in [one for one in own if one.action not in changing]:
            yield _of(binding, host, title)
        if dialog.query("#cancel"):
            yield DialogCommand(dialog.word_for_esc(), "esc", "cancel", f"Leave “{title}”.")
        if host.vault is not None:
            lock = host.key_of("main.lock", "L")
            about = f"Forget the keys; what is written waits for you. On the main screen: {lock}."
            yield DialogCommand("Lock", "", "app.lock", about)
        for button in dialog.query("#accept").results(Button):
            if button.display and not button.disabled:
                key = shown_key(host.key_of("dialog.accept", "ctrl+s"))
                yield DialogCommand(words_of(button), key, "accept", f"Do “{title}”.", _LAST)
        for binding in [one for one in own if one.action in changing - {"accept"}]:
            yield _of(binding, host, title)._replace(score=_LAST)


def _of(binding: Binding, host: Host, title: str) -> DialogCommand:
    key = shown_key(host.shown_key(binding))
    return DialogCommand(binding.description, key, binding.action, f"In “{title}”.")
