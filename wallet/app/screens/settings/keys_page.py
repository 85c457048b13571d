"""The keys of all actions, and another one for each, by pressing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.host import Host
from wallet.app.preferences.key_choices import ROOMS, ActionKey, KeyChoices
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.key_footer import FooterKey
from wallet.errors import UsageError
from wallet.vault.vault import Vault

_KEY, _LABEL = 14, 24  # columns
ONLY_LOOKING = "Only looking: no key can be changed until that is ended on the main screen."


class KeysDialog(Dialog[str]):
    """Enter gives the action under the cursor another key, Delete the usual one again."""

    NO_COMMAND = "it is about the app's own keys"
    TITLE_TEXT = "Keys of actions"
    ACCEPT_LABEL = "Change"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "usual", "The usual key", show=False, id="keys.usual"),
    ]
    DEFAULT_CSS = """
    KeysDialog {
        #box { width: 70; }
        OptionList { height: auto; max-height: 58vh; }
        #standing { color: $text-warning; padding: 0 1; display: none; }
        &.-only-looking #standing { display: block; }
    }
    """

    def __init__(self, app: Host, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self.choices, self._problem = app.key_choices(vault.records)

    def fields(self) -> ComposeResult:
        yield Static(ONLY_LOOKING, id="standing", markup=False)
        yield Static(
            "Enter, then the new key. Delete brings the usual key back.",
            classes="explain",
            markup=False,
        )
        yield OptionList(*self._options())
        if self._problem:
            yield Static(self._problem, classes="problem", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Change", id="accept", variant="primary", compact=True)
        yield Button("All as at first", id="reset", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_class(self.vault.only_looking, "-only-looking")
        self.set_focus(self.query_one(OptionList))

    def _options(self) -> Iterator[Option]:
        """The actions, with a heading before those of each part of the app."""
        for room, actions in groupby(self.choices.actions, lambda action: action.room):
            yield Option(Content.styled(ROOMS[room], "bold"), disabled=True)
            yield from (Option(self._line(action), id=action.id) for action in actions)

    def _line(self, action: ActionKey) -> Content:
        key = self.app.key_name(self.choices.key(action))
        usual = self.app.key_name(action.usual_key)
        changed = f"chosen; at first {usual}" if action.id in self.choices.chosen else ""
        return Content.assemble(
            (f"{key:<{_KEY}}", "$text-accent"),
            f"{action.label:<{_LABEL}}",
            (changed, "$text-muted"),
        )

    def _chosen(self) -> ActionKey:
        option = self.query_one(OptionList).highlighted_option
        chosen = [action for action in self.choices.actions if option and option.id == action.id]
        return chosen[0] if chosen else self.choices.actions[0]

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def accept(self) -> None:
        self._require_changes()
        dialog = PressKeyDialog(self.choices, self._chosen())
        self.app.push_screen(dialog, self._keep)

    def action_usual(self) -> None:
        self._try(lambda: self.choices.without(self._chosen()))

    @on(Button.Pressed, "#reset")
    def _reset(self) -> None:
        self._try(self.choices.all_usual)

    def _try(self, choose: Callable[[], KeyChoices]) -> None:
        try:
            self._require_changes()
            self._keep(choose())
        except UsageError as error:
            self.say(error.told)

    def _require_changes(self) -> None:
        if self.vault.only_looking:
            raise UsageError(ONLY_LOOKING)

    def _keep(self, choices: KeyChoices | None) -> None:
        """Keep the choices in the vault, in a thread; they hold from then on."""
        self.say("")
        if choices is None:
            return
        app, vault = self.app, self.vault

        def job() -> None:
            app.keep_keys(vault, choices)
            app.call_from_thread(self._kept)

        app.in_background(job, "The keys that you chose were not kept: the wallet locked first.")

    def _kept(self) -> None:
        if self.vault.locked or not self.is_running:
            return
        self.app.take_settings(self.vault)
        self.choices, _ = self.app.key_choices(self.vault.records)
        options = self.query_one(OptionList)
        for action in self.choices.actions:
            options.replace_option_prompt(action.id, self._line(action))


class KeyCatcher(Static, can_focus=True):
    """Takes every key for itself, and tells which it was."""

    class Caught(Message):
        """A key was pressed."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Caught(event.key))


class PressKeyDialog(Dialog[KeyChoices]):
    """Waits for the new key of an action; Esc leaves the one it has."""

    NO_COMMAND = "it is about the app's own keys"

    def __init__(self, choices: KeyChoices, action: ActionKey) -> None:
        super().__init__()
        self.choices, self.action = choices, action

    def title_text(self) -> str:
        return f"Another key for {self.action.label}"

    def fields(self) -> ComposeResult:
        now = self.app.key_name(self.choices.key(self.action))
        yield KeyCatcher(f"Press the new key. Now it is {now}. Esc leaves it so.", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Leave it", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(KeyCatcher))

    def footer_keys(self) -> list[FooterKey]:
        """Esc alone: every other key is the new one."""
        return [FooterKey("esc", self.word_for_esc(), "screen.cancel")]

    def on_key_catcher_caught(self, event: KeyCatcher.Caught) -> None:
        event.stop()
        if event.key == "escape":
            self.action_cancel()
            return
        try:
            self.finish(self.choices.with_key(self.action, event.key))
        except UsageError as error:
            self.say(f"{self.app.key_name(event.key)}: {error}")
