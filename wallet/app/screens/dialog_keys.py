"""Keys that move in a dialog, and the line at the bottom that says which there are.

No letter is a command inside a field of text: that takes it for itself.
"""

from __future__ import annotations

import re
from typing import ClassVar, TypeVar

from textual.actions import parse
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Collapsible, Input, OptionList, Select, TextArea

from wallet.app.host import Host
from wallet.app.widgets.forms.choice_field import ChoiceList
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.key_footer import FooterKey, KeyFooter
from wallet.app.widgets.secrets.secret_input import SecretInput

Result = TypeVar("Result")
_NEAR = 4  # lines: a field that is farther out of sight is scrolled to, line by line
_FUNCTION_KEY = re.compile(r"f\d+")
_IN_CHOICE = (
    FooterKey("⏎", "Choose"),
    FooterKey("↑ ↓", "Move"),
    FooterKey("a letter", "Go to what begins so"),
    FooterKey("esc", "Close the list"),
)
_ON_ENTER = {Checkbox: "Tick", Select: "Open", OptionList: "Choose"}


class DialogKeys(ModalScreen[Result]):
    """Arrows go between fields, or scroll where a text is longer than the screen.

    `ASKS` a yes-or-no question: y and n answer it. Never where something is deleted, revoked,
    revealed, restored or pushed: there Enter on a button answers, and the focus is on No first.
    """

    ASKS: ClassVar[bool] = False
    CHANGING: ClassVar[frozenset[str]] = frozenset()  # its buttons and actions that change
    ENTER_LEADS_TO: ClassVar[str] = ""
    """The button to which Enter in the last field goes, where it is not to do the thing at once."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "step(1)", "Down", show=False),
        Binding("left", "step_button(-1)", "Left", show=False),
        Binding("right", "step_button(1)", "Right", show=False),
        Binding("k", "line(-1)", "Up", show=False, id="lists.up"),
        Binding("j", "line(1)", "Down", show=False, id="lists.down"),
        Binding(
            *("pageup,ctrl+u", "scroll_fields('page_up')", "Page up"),
            show=False,
            id="lists.page_up",
        ),
        Binding(
            *("pagedown,ctrl+d", "scroll_fields('page_down')", "Page down"),
            show=False,
            id="lists.page_down",
        ),
        Binding("home,g", "scroll_fields('home')", "Beginning", show=False, id="lists.first"),
        Binding("end,G", "scroll_fields('end')", "End", show=False, id="lists.last"),
        Binding("y", "answer('accept')", "Yes", show=False, id="lists.yes"),
        Binding("n", "answer('cancel')", "No", show=False, id="lists.no"),
    ]

    app: Host
    DEFAULT_CLASSES = "-high"  # as most terminals are: put on later, all is styled twice
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # its widgets show it
    _hint = ""  # in the frame, until the focus goes on
    _cut_words = ""  # of the field that has the focus, there too

    @property
    def enter_leads_to(self) -> str:
        """The button to which Enter in the last field goes now; none where it does the thing."""
        return self.ENTER_LEADS_TO

    @property
    def asks(self) -> bool:
        """Whether y and n answer."""
        return self.ASKS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "answer":
            return self.asks
        return super().check_action(action, parameters)

    async def action_answer(self, button: str) -> None:
        await self.run_action(button)

    # Moving

    @property
    def _scrolled(self) -> VerticalScroll:
        return self.query_one("#fields", VerticalScroll)

    @property
    def _row(self) -> list[Widget]:
        """The buttons that take the focus."""
        buttons = self.query_one("#buttons")
        return [widget for widget in self.focus_chain if buttons in widget.ancestors]

    @property
    def _stops(self) -> list[Widget]:
        """The fields that take the focus, from the top down, and last one of the buttons."""
        fields, row = self._scrolled, self._row
        stops = [widget for widget in self.focus_chain if fields in widget.ancestors]
        if self.focused in row:
            return [*stops, self.focused]
        first = [button for button in row if button.id == "accept"] or row
        return [*stops, *first[:1]]

    def action_step(self, by: int) -> None:
        """Go to the next field, or scroll by a line where none is near."""
        stops = self._stops
        at = stops.index(self.focused) + by if self.focused in stops else -1
        target = stops[at] if 0 <= at < len(stops) else None
        if target is None or not self._is_near(target, by):
            self.action_scroll_fields("down" if by > 0 else "up")
        else:
            self.set_focus(target)

    def step_on(self) -> None:
        """Go on to the next field, or from the last one to the button that Enter leads to."""
        fields = [stop for stop in self._stops if self._scrolled in stop.ancestors]
        at = fields.index(self.focused) + 1 if self.focused in fields else len(fields)
        later = [field for field in fields[at:] if isinstance(field, Input | SecretInput)]
        self.set_focus(later[0] if later else self.query_one(f"#{self.enter_leads_to}"))
        if not later and self.enter_leads_to == "cancel":
            self._say_how_it_is_done()

    def _say_how_it_is_done(self) -> None:
        """Say in the frame why Enter came to No, and by which keys it is done."""
        own = self._shown_accept()
        at_once = f", or {shown_key(self.app.shown_key(own[0]))}" if own else ""
        for button in self.query("#accept").results(Button):
            self._hint = (
                f"“{self.word_for_esc()}” comes first. {words_of(button)}: ← Enter{at_once}"
            )
            self.query_one("#box").border_subtitle = Content(self._hint)

    def _shown_accept(self) -> list[Binding]:
        """The dialog's own key that does the thing from anywhere, where the footer names one."""
        bindings = (binding for _, binding in self._bindings)
        return [
            one for one in bindings if one.action == "accept" and self.is_shown(one) and one.show
        ]

    def _is_near(self, target: Widget, by: int) -> bool:
        fields = self._scrolled
        if fields not in target.ancestors:  # a button: those are always on the screen
            return by < 0 or fields.scroll_offset.y >= fields.max_scroll_y
        view, region = fields.region, target.region
        return max(view.y - region.y, region.bottom - view.bottom) <= _NEAR

    def action_line(self, by: int) -> None:
        """Move by a line: in the list that has the focus, else the text is scrolled."""
        if isinstance(self.focused, OptionList):
            (self.focused.action_cursor_down if by > 0 else self.focused.action_cursor_up)()
        else:
            self.action_scroll_fields("down" if by > 0 else "up")

    def action_step_button(self, by: int) -> None:
        """Go to the button beside."""
        row = self._row
        if self.focused in row:
            at = row.index(self.focused) + by
            if 0 <= at < len(row):
                self.set_focus(row[at])

    def action_scroll_fields(self, where: str) -> None:
        if isinstance(self.focused, OptionList) and where in {"home", "end"}:  # by g and G
            (self.focused.action_first if where == "home" else self.focused.action_last)()
            return
        getattr(self._scrolled, f"scroll_{where}")(animate=False)

    # The footer

    def show_keys(self) -> None:
        """Show the keys that go with what has the focus now."""
        for footer in self.query(KeyFooter):
            footer.show(self.footer_keys())

    def footer_keys(self) -> list[FooterKey]:
        """Enter on what has the focus, the dialog's own keys, moving, and Esc last.

        What is out of sight comes before buttons, which are seen: a narrow footer leaves out these.
        """
        if isinstance(self.focused, ChoiceList):
            return [*_IN_CHOICE]
        return [
            *self._enter_key(),
            *(self._answers() if self.asks else []),
            *self._own_keys(),
            *self._recommended_keys(),
            *([FooterKey(self._pages, "More")] if self._scrolled.max_scroll_y else []),
            *([FooterKey("← →", "Buttons")] if self._buttons_beside else []),
            *([FooterKey("↑ ↓", "Move")] if self._arrows_move else []),
            FooterKey("esc", self.word_for_esc(), "screen.cancel"),
        ]

    def _answers(self) -> list[FooterKey]:
        return [
            FooterKey(shown_key(self.app.key_of("lists.yes", "y")), "Yes"),
            FooterKey(shown_key(self.app.key_of("lists.no", "n")), "No"),
        ]

    @property
    def _pages(self) -> str:
        """The key that scrolls the text: in a list PgDn is the list's own."""
        return "ctrl+d" if isinstance(self.focused, OptionList) else "PgDn"

    @property
    def _buttons_beside(self) -> bool:
        row = self._row
        return len(row) > 1 and self.focused in row

    @property
    def _arrows_move(self) -> bool:
        return len(self._stops) > 1 and not isinstance(self.focused, TextArea)

    def word_for_esc(self) -> str:
        """Give the word of the button that does the same as Esc."""
        return "".join(words_of(button) for button in self.query("#cancel").results(Button))

    def _enter_key(self) -> list[FooterKey]:
        focused = self.focused
        accept = [b for b in self.query("#accept").results(Button) if b.display and not b.disabled]
        key = shown_key(self.app.key_of("dialog.accept", "ctrl+s"))
        saves = [FooterKey(key, words_of(accept[0]), "screen.accept")] if accept else []
        if isinstance(focused, Button):
            on_no = focused.id == "cancel" and not self._shown_accept()
            return [FooterKey("⏎", words_of(focused)), *(saves if on_no else [])]
        if isinstance(focused, TextArea):
            return [*saves, FooterKey("tab", "Next field")]
        if focused is not None and isinstance(focused.parent, Collapsible):
            return [FooterKey("⏎", "Unfold" if focused.parent.collapsed else "Fold")]
        for kind, word in _ON_ENTER.items():
            if isinstance(focused, kind):
                return [FooterKey("⏎", word)]
        if self.enter_leads_to:
            return [FooterKey("⏎", "Go on")]
        return [FooterKey("⏎", words_of(accept[0]), "screen.accept")] if accept else []

    def _recommended_keys(self) -> list[FooterKey]:
        """The keys of the main screen that the texts name, and that do here what they say."""
        return []

    def own_bindings(self) -> list[Binding]:
        """The keys of a dialog that it wants to be seen; last the one that all have."""
        own = {binding.action: binding for _, binding in self._bindings if binding.description}
        shown = [binding for binding in own.values() if binding.show and self.is_shown(binding)]
        return sorted(shown, key=lambda binding: binding.id == "dialog.command")

    def _own_keys(self) -> list[FooterKey]:
        return [
            FooterKey(shown_key(self.app.shown_key(own)), own.description, f"screen.{own.action}")
            for own in self.own_bindings()
        ]

    def takes(self, key: str) -> bool:
        """Whether a key is one of its own now."""
        own = self._bindings.key_to_bindings.get(key, [])
        return any(self.is_shown(binding) for binding in own)

    def is_shown(self, binding: Binding) -> bool:
        """Whether the footer names the key of a binding: it can be pressed now."""
        _, name, parameters = parse(binding.action)
        return bool(self.check_action(name, parameters))

    def on_descendant_focus(self) -> None:
        self.show_keys()
        if self._hint and self.focused is not None and self.focused.id != "cancel":
            self.query_one("#box").border_subtitle = self._hint = ""
        if self._cut_words:
            self._cut_words = ""
            self.query_one("#box").border_subtitle = Content(self._hint)
        if isinstance(self.focused, Input | Tick):
            if self.focused.size:
                self._show_what_is_cut()
            else:  # it was not laid out yet
                self.call_after_refresh(self._show_what_is_cut)

    def _show_what_is_cut(self) -> None:
        """Show the hint of the field that has the focus in the frame, where it cuts that."""
        match self.focused:
            case Input() as field:
                words, room = field.placeholder, field.size.width
            case Tick() as field:
                words, room = field.words, field.room
            case _:
                return
        if len(words) > room:
            self._cut_words = words
            self.query_one("#box").border_subtitle = Content(words)


def shown_key(key: str) -> str:
    """A key as keyboards have it printed, and as help writes it."""
    return key.upper() if _FUNCTION_KEY.fullmatch(key) else re.sub(r"^\^", "ctrl+", key)


def words_of(button: Button) -> str:
    """A button's label without the key that stands before it."""
    label = str(button.label)
    key, _, rest = label.partition(" ")
    is_key = _FUNCTION_KEY.fullmatch(key.lower()) or "+" in key or key.startswith("^")
    is_key = is_key or (len(key) == 1 and rest[:1].isupper())
    return rest if is_key else label
