"""The base of all dialogs: a box in the middle, Esc to leave, and errors inside it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from types import MappingProxyType
from typing import ClassVar, TypeVar

from rich.console import RenderableType
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.renderables.background_screen import BackgroundScreen
from textual.timer import Timer
from textual.widgets import (
    Button,
    Checkbox,
    Input,
    OptionList,
    ProgressBar,
    Select,
    Static,
    TextArea,
)

from wallet.app.counted_work import SHOWN_EVERY, Count
from wallet.app.host import Host
from wallet.app.lock.left_work import End
from wallet.app.recommended_keys import Recommended
from wallet.app.screens import dialog_command
from wallet.app.screens.dialog_layout import lay_out_buttons
from wallet.app.screens.dialog_palette import DialogCommands
from wallet.app.screens.dialog_texts import DialogTexts
from wallet.app.widgets.command_line import CommandLine
from wallet.app.widgets.dialog_box import DialogBox
from wallet.app.widgets.key_footer import FooterKey, KeyFooter
from wallet.app.widgets.lock_warning import LockWarning
from wallet.app.widgets.notice_lines import NoticeLines
from wallet.errors import WalletError
from wallet.text import plain

Result = TypeVar("Result")
_TOLD = 3  # notices at once
_AROUND_BOX = 4
_AROUND_FIELDS = 5  # borders, two lines for a problem, the footer; the buttons' lines come to it


class _Fields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """A dialog's fields: arrows and pages are the dialog's, also where there is more to scroll."""


class Dialog(DialogTexts[Result]):
    """A modal that ends with a result, or with None on Esc.

    A subclass gives its title and fields, and in `accept` what the first button does. What was
    typed stays when that fails: the error is shown below it. Whoever sets the focus does so by
    `set_focus`: with a widget's own `focus`, keys that are typed at once go to another.
    """

    app: Host
    TITLE_TEXT: ClassVar[str] = ""
    ACCEPT_LABEL: ClassVar[str] = "OK"
    STARTS_AT: ClassVar[str] = ""  # what has the focus first; else `on_mount` sets it
    NO_COMMAND: ClassVar[str] = ""  # why no command does the same
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {DialogCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("ctrl+s", "accept", "Accept", show=False, id="dialog.accept"),
        Binding("f4", "tell_command", "Its command", id="dialog.command"),
    ]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;

        #box {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $border;
            border-title-color: $text-primary;
            border-title-style: bold;
            background: $surface;
            padding: 0 1;
        }
        #fields { height: auto; }
        #problem { height: auto; color: $text-error; padding: 0 1; display: none; }
        #problem.-shown { display: block; }
        #buttons { height: auto; align-horizontal: right; margin: 0; }
        #buttons Button { margin: 0 0 0 1; }
        #buttons.-tight Button { min-width: 0; }
        #buttons.-rows { layout: grid; grid-gutter: 0 1; grid-rows: 1; }
        #buttons.-rows Button { width: 1fr; margin: 0; }
        #progress { display: none; margin: 0 1; width: 1fr; }
        #progress Bar { width: 1fr; }
        #progress.-shown { display: block; }
        .field-label { padding: 0 1; text-style: bold; height: 1; }
        .explain { padding: 0 1; color: $text-muted; height: auto; }
    }
    """

    edits = False  # its fields say what is there: unchanged they change nothing
    _rows_of_fields: int | None = None  # in sight at most; the focus stays in these
    _count: Count | None = None  # of the work in a thread
    _counting: Timer | None = None
    _not_signed: Mapping[str, str] = MappingProxyType({})  # keys whose JWT stays as it was, and why
    _ending: Callable[[], object] | None = None  # once nothing lies above any more

    def compose(self) -> ComposeResult:
        yield LockWarning()
        with DialogBox(id="box") as box:
            box.border_title = Content(plain(self.title_text(), 300))
            with _Fields(id="fields"):
                yield from self.fields()
            yield CommandLine()
            yield Static("", id="problem", markup=False)
            with Horizontal(id="buttons"):
                yield from self.buttons()
        yield KeyFooter()

    def render(self) -> RenderableType:
        """Draw this screen on the one that it lies above.

        Textual's own takes that from a list, as each screen of a frame does that is drawn anew.
        Where one between was drawn before, those beneath it took the wrong one: themselves, or one
        that lies above them, and both were drawn without end.
        """
        stack, background = self.app.screen_stack, self.styles.background
        at = stack.index(self) if self in stack else 0
        if at and background.a < 1:
            return BackgroundScreen(stack[at - 1], background)
        return super().render()

    def on_resize(self) -> None:
        self._rows_of_fields = None
        self._make_room()

    @on(LockWarning.Warned)
    @on(NoticeLines.RowsChanged)
    @on(DialogBox.Resized)
    def _make_room(self) -> None:
        # The buttons and a problem stay on the screen, however low and narrow that is.
        notices = self.query(NoticeLines)
        for each in notices:
            each.settle(self)
        rows = lay_out_buttons(self.query_one("#buttons"), self._room)
        rows += sum(each.rows for each in notices)
        rows += sum(each.rows_in(self._room) for each in self.query(CommandLine))
        rows += sum(each.display for each in self.query(LockWarning))
        before, most = self._rows_of_fields, max(3, self.size.height - _AROUND_FIELDS - rows)
        self.query_one("#fields").styles.max_height = self._rows_of_fields = most
        if self.focused is not None and (before is None or most < before):
            self.call_after_refresh(self.focused.scroll_visible, animate=False)
        self._show_keys_then()

    def _show_keys_then(self) -> None:
        """Show the keys once it is known whether all is in sight."""
        self.call_after_refresh(self.show_keys)

    def on_mount(self) -> None:
        if self.STARTS_AT:
            self.set_focus(self.query_one(self.STARTS_AT))
        self.begin_texts()
        # What comes late, an answer or a command, may make more of the text than is in sight.
        fields = self.query_one("#fields")
        self.watch(fields, "show_vertical_scrollbar", self._show_keys_then, init=False)
        if self.CHANGING and self.app.only_looking:
            for button in self.query("#buttons Button"):
                button.disabled = button.disabled or button.id in self.CHANGING
            self.say(self.app.only_looking_words)

    @cached_property
    def recommended(self) -> Recommended:
        """The keys of the main screen that its texts name, and that do here what they say."""
        return Recommended(self.app)

    @property
    def _room(self) -> int:
        """The cells from one edge of the box to the other."""
        width = self.query_one("#box").styles.width
        return min(int(width.value) if width else 0, self.size.width) - _AROUND_BOX

    def title_text(self) -> str:
        return self.TITLE_TEXT

    def fields(self) -> ComposeResult:
        raise NotImplementedError

    def buttons(self) -> ComposeResult:
        yield Button(self.ACCEPT_LABEL, id="accept", variant="primary", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def accept(self) -> None:
        """Do what the dialog is for: on its first button, Enter in a field, and Ctrl+S."""
        raise NotImplementedError

    def action_accept(self) -> None:
        if not self._working:
            try:
                self.accept()
            except WalletError as error:
                self.say(error.told)

    def as_command(self) -> str:
        """The command that does the same with what the fields say now, to stand in a script.

        Never a secret: what was pasted has no place in it. Raises `UsageError` where the fields say
        too little. A dialog without a command leaves this as it is, and says why in `NO_COMMAND`.
        """
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self.CHANGING and self.app.only_looking:
            return False
        return super().check_action(action, parameters)

    def _recommended_keys(self) -> list[FooterKey]:
        return self.recommended.footer_keys()

    def is_shown(self, binding: Binding) -> bool:
        return super().is_shown(binding) and (
            binding.id != "dialog.command" or dialog_command.has_command(self)
        )

    def action_tell_command(self) -> None:
        """Show the command that does the same, and copy it; or say why there is none."""
        self.say("")
        try:
            text = dialog_command.command_of(self)
        except WalletError as error:
            self.say(error.told)
            return
        self.query_one(CommandLine).show(text)
        self._make_room()
        self.app.copy_public(text, "Its command")

    @on(Input.Changed)
    @on(Select.Changed)
    @on(Checkbox.Changed)
    @on(TextArea.Changed)
    @on(OptionList.OptionHighlighted)
    def _keep_command(self) -> None:
        """Let the command that is shown say what the fields say."""
        for line in self.query(CommandLine):
            if line.shown:
                with suppress(WalletError):  # what is typed is not at its end
                    line.show(dialog_command.command_of(self))
                    self._make_room()

    def finish(self, result: Result | None = None) -> None:
        """End with `result`; where the palette lies above, when that has gone.

        `dismiss` would take away whatever is on top, and leave this dialog to be used again.
        """
        if self.is_active:
            self.dismiss(result)
        else:
            self._ending = partial(self.dismiss, result)

    def on_screen_resume(self) -> None:
        ending, self._ending = self._ending, None
        if ending is not None:
            ending()

    def on_unmount(self) -> None:
        # Locked meanwhile: the vault forgets its keys when the change that runs has ended.
        if self._count is not None:
            self._count.stopping = True

    def action_cancel(self) -> None:
        if self._working and self._cancellable:
            self.workers.cancel_node(self)
            self._working = False
            self.cancelled()
        elif self._working and self._count is not None and self._count.stoppable:
            self._count.stopping = True
        elif self._working:  # a change that is being saved cannot be taken back, and tells its end
            self.say("One moment: this is being saved.")
        elif self.is_active and self.loses_text:
            self.app.ask_about_text(self.finish)
        elif self.is_active:  # else it has ended, and `dismiss` would end what is on top
            self.dismiss(None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel and accept. Textual calls this beside the handler of a class beneath this one:

        that must not call it once more.
        """
        if event.button.id == "accept":
            event.stop()
            self.action_accept()
        elif event.button.id == "cancel":
            event.stop()
            self.action_cancel()

    def on_input_submitted(self) -> None:
        if self.enter_leads_to:
            self.step_on()
        else:
            self.action_accept()

    def on_key(self, event: events.Key) -> None:
        self.recommended.pressed(self, event)

    def say(self, problem: str) -> None:
        """Show what is wrong; an empty text takes it away."""
        line = self.query_one("#problem", Static)
        line.update(self.recommended.instead("problem")(problem))
        line.set_class(bool(problem), "-shown")
        self.show_keys()

    def cancelled(self) -> None:
        """Say that Esc cancelled what `attempt` did."""
        raise NotImplementedError

    def attempt(self, job: Callable[[], Awaitable[None]]) -> None:
        """Await `job`, which Esc cancels; its error is shown, and the dialog stays."""
        self._working = self._cancellable = True
        self.forget_typing()
        self.say("")

        async def run() -> None:
            try:
                await job()
            except WalletError as error:
                if self.is_running:  # the wallet may have been locked meanwhile
                    self.say(error.told)
            self._working = False

        self.run_worker(run(), exclusive=True, group="attempt")

    def work(self, job: Callable[[], Result], note: str = "", count: Count | None = None) -> None:
        """Do `job` in a thread: its result ends the dialog, its error is shown in it.

        What it notes in `count` is shown as it goes, and Esc asks it to stop.
        """
        app = self.app
        self._working, self._cancellable = True, False
        self.say("")
        if note:
            self.query_one("#box").border_subtitle = note
        self._count = count
        if count is not None:
            self._show_count(count)
            self._counting = self.set_interval(SHOWN_EVERY, partial(self._show_count, count))

        begun = self._begun = threading.Lock()

        def run() -> None:
            if not begun.acquire(blocking=False):
                return  # the wallet locked before
            try:
                result = job()
            except WalletError as error:
                app.call_from_thread(self._failed, error.told)
                return
            app.call_from_thread(self._done, result)

        self.run_worker(run, thread=True, exit_on_error=True)

    def _show_count(self, count: Count) -> None:
        if count.sentence:
            self.query_one("#box").border_subtitle = count.sentence
        if count.total is not None:
            for bar in self.query(ProgressBar):
                bar.add_class("-shown")
                bar.update(total=max(1, count.total), progress=count.done)

    def _failed(self, problem: str) -> None:
        if self.tell_end is not None:
            self.tell_end(End.FAILED)
        self._working = False
        self._count = None
        if self._counting is not None:
            self._counting.stop()
        if self.is_running:
            self.query(ProgressBar).remove_class("-shown")
            self.query_one("#box").border_subtitle = ""
            self.say(problem)

    def _done(self, result: Result) -> None:
        for path, why in list(self._not_signed.items())[:_TOLD]:
            self.app.notify(f"{path}: {why}", severity="warning", markup=False)
        if self.tell_end is not None:
            count = self._count
            whole = count is None or not count.stopping or count.done == count.total
            self.tell_end(End.DONE if whole else End.STOPPED)
        # Still `_working`: what is pressed until the dialog has gone begins nothing again.
        if self.is_running:
            self.finish(result)
