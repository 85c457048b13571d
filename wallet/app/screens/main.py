"""The main screen: keys in a tree, the selected one beside it. Layout and wiring only.

What a key does is in `wallet/app/actions.py`, which this screen never looks into.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.containers import Horizontal, Vertical
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from wallet.app.actions import ACTIONS, NAMED, ActionCommands
from wallet.app.desk import NOTHING_SELECTED, ActionTarget, LastMade
from wallet.app.footers import ABOUT_MARKS, footer_of, moment_at
from wallet.app.host import Host
from wallet.app.key_repairs import in_keys
from wallet.app.lock.half_typed import HalfTyped
from wallet.app.lock.kept_place import KeptPlace
from wallet.app.push_offers import PushOffers
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.main_place import MainPlace
from wallet.app.screens.settings.settings_page import SettingCommands
from wallet.app.widgets.details.details import Details
from wallet.app.widgets.health_count import HealthCount
from wallet.app.widgets.key_footer import KeyFooter
from wallet.app.widgets.path_in_header import PathInHeader
from wallet.app.widgets.tree.filter_box import FilterBox
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.errors import LockedError, WalletError
from wallet.nats.client_snippets import DEFAULT_SERVER
from wallet.show.vault_name import vault_name
from wallet.tasks.settings import ORDER
from wallet.vault.key_record import KeyRecord
from wallet.vault.tree.marks import MarkedKeys
from wallet.vault.tree.query import tags_in
from wallet.vault.tree.sibling_order import Order
from wallet.vault.vault import Vault

REFRESH_SECONDS = 2.0
TOLD_OF_MARKS = "told-of-marks"  # a setting: whether the person knows what space does
_NARROW = 40  # columns: less would cut the warning before a lock
T = TypeVar("T")


class MainScreen(Screen[None]):
    """An unlocked wallet: the tree of keys, and beside it all about the selected one."""

    app: Host
    DEFAULT_CLASSES = "-high"  # as most terminals are: put on later, all is styled twice
    AUTO_FOCUS = "KeyTree"
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # its widgets show it
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        ActionCommands,
        SettingCommands,
    }
    DEFAULT_CSS = """
    MainScreen {
        #header { height: 1; background: $panel; }
        #path { width: 1fr; padding: 0 1; }
        #since { dock: right; width: auto; padding: 0 1; color: $text-success; }
        #since.-soon { background: $warning-muted; color: $text-warning; text-style: bold; }
        #note { height: auto; padding: 0 1; background: $warning-muted; color: $text-warning; }
        #keys { width: 2fr; min-width: 30; max-width: 60; border: round $border-blurred; }
        #keys, Details { border-title-color: $foreground; border-subtitle-color: $foreground; }
        #keys:focus-within { border: round $border; }
        KeyTree { height: 1fr; }
        Details { width: 3fr; border: round $border-blurred; }
        Details:focus-within { border: round $border; }
    }
    """

    def __init__(
        self,
        vault: Vault,
        place: KeptPlace | None = None,
        kept: HalfTyped | None = None,
    ) -> None:
        """`place` is what was selected and shown before a lock, `kept` a form half typed then."""
        super().__init__()
        self.vault = vault
        self.place = MainPlace(self, self, place, kept)
        self._offers = PushOffers(self)
        self.last_made: LastMade | None = None
        self._heading = "nkey-wallet"
        self._last_error = ""  # of looking for changes
        self._generation = vault.generation  # of the records that are shown

    def compose(self) -> ComposeResult:
        if not self.app.demo and (name := vault_name(self.vault.path)):
            self._heading += f" · {name}"
        with Horizontal(id="header"):
            yield Static("", id="path")
            yield HealthCount()
            yield Static(self._standing, id="since")
        if self.app.demo:
            yield Static(f"{self.app.demo.note}", id="note", markup=False)
        with Horizontal():
            with Vertical(id="keys") as keys:
                keys.border_title = "Keys"
                yield FilterBox(lambda: tags_in(self.vault.records))
                order = Order(ORDER.value(self.vault.records.settings))
                yield MarkingTree(self.vault.records, folding=self.place.folding, order=order)
            yield Details()
        yield KeyFooter()

    @property
    def _standing(self) -> str:
        mark = "○" if self.vault.only_looking else "●"
        if self.vault.only_looking and not (self.app.idle.soon and self.size.width < _NARROW):
            mark = f"{mark} only looking"
        return f"{self.app.idle.clock} {mark}"

    def show_standing(self) -> None:
        """Show when the vault locks, and whether it may be changed or is only looked at."""
        since = self.query_one("#since", Static)
        since.set_class(self.app.idle.soon, "-soon")
        since.update(self._standing)
        self._show_keys()

    def _show_keys(self) -> None:
        """Show in the footer the keys that are for this moment."""
        if not self.vault.locked:
            moment = moment_at(self.focused, self.query_one(MarkingTree))
            self.query_one(KeyFooter).show(footer_of(self, moment))

    def on_mount(self) -> None:
        self.set_focus(self.query_one(KeyTree))
        self.place.come_back()
        self._show(self.selected)
        self._show_title()
        self._offers.begin()
        self.query_one(HealthCount).count(self.vault)
        self.set_interval(REFRESH_SECONDS, self._look_for_changes)
        self.set_interval(1.0, self.show_standing)

    @property
    def selected(self) -> KeyRecord | None:
        return self.query_one(KeyTree).selected

    def select_key(self, public: str) -> bool:
        with suppress(WalletError):
            record = self.vault.records.by_public(public)
            return record is not None and self.query_one(KeyTree).select(record.id)
        return False

    @property
    def marks(self) -> MarkedKeys:
        return self.query_one(MarkingTree).marks

    # --- following the cursor, the marks, the filter and other windows ------------------

    @on(KeyTree.Highlighted)
    def _highlighted(self) -> None:
        if self.selected is not None:
            self.app.withdraw(NOTHING_SELECTED)
        self._show(self.selected)

    @on(KeyTree.Selected)
    async def _tree_selected(self) -> None:
        await self.action_do("inspect")

    @on(KeyTree.Searched)
    def _searched(self, event: KeyTree.Searched) -> None:
        if not self.query("#filter"):
            return  # locked meanwhile
        typed = self.query_one("#filter", Input).value.strip()
        matches = f"{event.matches:,}{'' if event.complete else '+'} found"
        self.query_one("#keys").border_subtitle = matches if typed else ""

    @on(MarkingTree.Marked)
    def _marked(self) -> None:
        if not self.marks:
            self.app.withdraw(ABOUT_MARKS)
        self._show_title()
        self._show_keys()

    @on(KeyTree.Failed)
    def _failed(self, event: KeyTree.Failed) -> None:
        self.app.tell(event.error)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        tree = self.query_one(KeyTree)
        tree.filter(event.value)
        if not tree.filtered:  # also where a word is not typed to its end
            self.query_one("#keys").border_subtitle = ""
        self._show(self.selected)

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self._leave_filter()

    def on_key(self, event: object) -> None:
        key = getattr(event, "key", "")
        if self.focused is self.query_one("#filter") and key in {"escape", "down"}:
            if key == "escape":
                self._clear_filter()
            self._leave_filter()
            event.stop()  # type: ignore[attr-defined]
        elif key == "escape" and self.query_one("#filter", Input).value:
            self._clear_filter()
        elif key == "escape" and self.marks:
            self.say(f"Marks taken away: {len(self.marks):,}.")
            self.clear_marks()

    def on_paste(self) -> None:
        """Say where a paste belongs: no field took it, and it presses no keys."""
        filters, takes_in = self.app.key_of("main.filter", "/"), self.app.key_of("main.import", "i")
        self.refuse(
            f"A paste does nothing here: {filters} filters by it, {takes_in} takes keys in."
        )

    def _leave_filter(self) -> None:
        if not self.query_one("#filter", Input).value.strip():
            self._clear_filter()
        self.set_focus(self.query_one(KeyTree))

    def _clear_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False

    def _show(self, record: KeyRecord | None) -> None:
        path = PathInHeader(self._heading, record.path if record else "")
        self.query_one("#path", Static).update(path)
        any_line = self.query_one(MarkingTree).has_lines
        self.query_one(Details).show(record, self.vault.records, any_line=any_line)
        self._show_keys()

    def on_descendant_focus(self) -> None:
        self._show_keys()

    def _look_for_changes(self) -> None:
        """Look whether another window or a script has changed the vault."""
        if self.app.screen is self and not self.vault.locked:
            self.run_worker(self._refresh_vault, thread=True, group="refresh", exclusive=True)

    def _refresh_vault(self) -> None:
        try:
            self.vault.refresh()
            # Not what `refresh` says: a change that failed may have brought in newer records too.
            newer = self.vault.generation != self._generation
        except LockedError:
            return  # the app sees that for itself
        except WalletError as error:
            if self.vault.vanished:
                self.app.call_from_thread(self.app.file_vanished)
            elif str(error) != self._last_error:  # once, and not with every look
                self._last_error = str(error)
                self.app.call_from_thread(self.app.tell, error)
            return
        self._last_error = ""
        if newer:
            self.app.call_from_thread(self._take_over)

    def _take_over(self) -> None:
        """Show what another window saved, and say where the selected key went with that."""
        before = self.selected
        self.reload()
        now = self.selected
        if before is not None and (now is None or now.id != before.id):
            selected = f"Selected is {now.path}" if now else "No key is selected"
            self.warn(f"{before.path} is not here any more: changed elsewhere. {selected} now.")

    def reload(self, select: int | None = None) -> None:
        """Show the records as they are now, with the selection kept."""
        if self.vault.locked:
            return
        tree = self.query_one(KeyTree)
        self._generation = self.vault.generation
        if not self.vault.only_looking:  # then `o` keeps nothing
            tree.order = Order(ORDER.value(self.vault.records.settings))
        tree.load(self.vault.records)
        self._show_title()
        if select is not None:
            tree.select(select)
            if not tree.filtered:  # it was dropped where it hid the key
                self._clear_filter()
        self._show(self.selected)
        self._offers.go_on()
        self.query_one(HealthCount).count(self.vault)

    # --- actions, and what they have at hand (wallet/app/desk.py) --------------------------

    async def action_do(self, name: str) -> None:
        """Do the action of this name in the table, or say why it cannot be done now."""
        action = NAMED[name]
        self.app.withdraw_refusals()  # a click on the footer is no key
        if refusal := action.refusal(self):
            self.refuse(refusal)
            return
        self.note_action(name, action.about(self))
        if left := action.left_marked(self):
            self.app.withdraw(ABOUT_MARKS)  # this says it of the one
            self.say(left)
        waiting = action.do(self)
        if waiting is not None:
            await waiting

    def note_action(self, name: str, about: ActionTarget = ActionTarget.SELECTED) -> None:
        self.place.note_action(name, about)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        typed = action == "do" and parameters in {("filter",), ("jump",)}
        if typed and isinstance(self.focused, Input):
            return False  # there a slash is a slash, as in a path, and a colon one of tag:prod
        return super().check_action(action, parameters)

    def show_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)

    def ask_about_subject(self) -> None:
        self.query_one(Details).ask_about_subject()

    def mark(self) -> None:
        if not self.query_one(MarkingTree).mark():
            self.refuse("A group is no key, so it cannot be marked. → and ← fold it.")
        elif not self.vault.records.settings.get(TOLD_OF_MARKS, ""):
            self.say(ABOUT_MARKS)
            self.app.keep_setting(TOLD_OF_MARKS, "yes")

    def mark_all(self) -> None:
        count, tree = self.query_one(MarkingTree).mark_all(), self.query_one(KeyTree)
        if count:
            these = "all that the filter leaves" if tree.filtered else "all of its kind beside it"
            self.say(f"Marked {count:,}: {these}.")

    def _show_title(self) -> None:
        """Say above the keys how many are marked, and in which order they are, if not by name."""
        tree = self.query_one(MarkingTree)
        marked = f" · {len(tree.marks):,} marked" if tree.marks else ""
        by_name = tree.order is Order.NAME
        order = "" if by_name else f" · {ORDER.words_of(tree.order.value)}"
        # The marks first, for they say what the next key acts on: a narrow title is cut at its end.
        self.query_one("#keys").border_title = f"Keys{marked}{order}"

    def sort(self) -> None:
        tree = self.query_one(MarkingTree)
        tree.order = tree.order.next
        tree.load(self.vault.records)
        self._show_title()
        self.app.keep_setting(ORDER.name, tree.order.value)

    def clear_marks(self) -> None:
        self.query_one(MarkingTree).clear_marks()

    def fold(self) -> None:
        self.query_one(KeyTree).action_toggle()

    def open(self, dialog: Dialog[T], then: Callable[[T | None], Any] | None = None) -> None:
        if self.vault.locked:
            return
        self.place.hand_over(dialog)
        self.app.push_screen(dialog, then)

    def edit(self, dialog: Dialog[int]) -> None:
        self.open(dialog, lambda key: None if key is None else self.reload(key))

    def chosen(self) -> KeyRecord | None:
        if self.selected is None:
            key = self.app.key_of("main.new", "n")
            self.refuse(f"Select a key first, or press {key} to make one.")
        return self.selected

    def server_url(self, key: KeyRecord) -> str:
        if near := self.vault.records.results.server_to_offer(key.public):
            return near
        return self.app.demo.server_url if self.app.demo else DEFAULT_SERVER

    def like(self, typed: str, count: int) -> list[KeyRecord]:
        return self.query_one(KeyTree).like(typed, count)

    def say(self, text: str | None) -> None:
        if text is not None:
            self.app.notify(in_keys(self.app, text), markup=False)

    def warn(self, text: str) -> None:
        self.app.notify(in_keys(self.app, text), severity="warning", markup=False)

    def refuse(self, text: str) -> None:
        self.app.refuse(in_keys(self.app, text))
