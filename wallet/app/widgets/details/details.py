"""Tabs with all that is known about the selected key. They follow the cursor."""

from __future__ import annotations

from contextlib import suppress

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.widgets import Tab as Title
from textual.widgets import Tabs as Titles

from wallet.app.host import Host
from wallet.app.key_repairs import with_keys
from wallet.app.widgets.details.all_tabs import TABS
from wallet.app.widgets.details.tab import TextBody
from wallet.app.widgets.permission import PermissionsBody
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.errors import LockedError, NoSuchKeyError
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

_FIRST = TABS[0].name
_TEXTS = {tab.name: tab.text for tab in TABS}
_ROOM_FOR_TITLES = sum(len(tab.title) + 2 for tab in TABS)
_ROOM_WHEN_NARROW = sum(len(tab.title) + 1 for tab in TABS) - 1
_EMPTY = Content.assemble(
    "There are no keys here yet.\n\nPress ‹new› to make one, an operator first; or ",
    ("Enter", "bold"), " for a user that stands alone, which a server can be shown at once. ",
    "‹import› brings in those you have. ‹help› shows all keys.",
)  # fmt: skip
_GROUP = Content("A group: → unfolds, ← folds it.")


class Details(VerticalScroll, can_focus=False):
    """Tabs about one key; `show` fills the one that is open."""

    app: Host

    DEFAULT_CSS = """
    Details {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        #instead { height: auto; display: none; }
        PermissionsBody { display: none; }
        &.-narrow Tab { padding: 0 1 0 0; }
        &.-narrow Tab:last-child { padding: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[KeyRecord, Records] | None = None
        self._wanted = _FIRST  # the tab that the person chose
        self._in_its_place = ""  # the one that is open for a key that does not have that
        self._there = {tab.name for tab in TABS}

    def compose(self) -> ComposeResult:
        yield Static("", id="instead")
        yield Titles(*(Title(tab.title, id=tab.name) for tab in TABS), active=_FIRST)
        yield TextBody()
        yield PermissionsBody()

    def on_resize(self) -> None:
        # All titles stand beside each other: a tab beyond the edge is never found.
        self.set_class(self.size.width < _ROOM_FOR_TITLES, "-narrow")
        is_short = self.size.width < _ROOM_WHEN_NARROW
        for tab in TABS:
            title = self.query_one(f"#{tab.name}", Title)
            if title.label_text != (text := tab.short if is_short else tab.title):
                title.label = Content(text)

    @property
    def tab(self) -> str:
        """The name of the tab that the person chose."""
        return self._wanted

    @tab.setter
    def tab(self, name: str) -> None:
        if any(tab.name == name for tab in TABS):
            self._wanted = name

    @property
    def subject(self) -> str:
        """The subject that is asked about."""
        return self.query_one(PermissionsBody).subject

    @subject.setter
    def subject(self, text: str) -> None:
        self.query_one(PermissionsBody).subject = text

    def show(self, record: KeyRecord | None, records: Records, *, any_line: bool = True) -> None:
        """Fill the open tab, or say what to press where no key is selected.

        `any_line` says whether the tree shows one: a filter may leave none.
        """
        self.query_one(Titles).display = record is not None
        instead = self.query_one("#instead", Static)
        instead.display = record is None
        if record is None:
            self.query_one(TextBody).display = self.query_one(PermissionsBody).display = False
            self.border_title = ""
            self._shown = None
            beside = _GROUP if any_line else Content("")
            instead.update(beside if records.count() else with_keys(self.app, _EMPTY))
            return
        another = self._shown is None or self._shown[0].id != record.id
        self._shown = record, records
        self.border_title = Content(f"{plain(record.name, 60)} · {record.role}")
        self._open(record)
        if another:
            self.scroll_home(animate=False)

    def ask_about_subject(self) -> None:
        """Open the tab that answers for subjects, with the focus in its field."""
        self._wanted = "permissions"
        if self._shown is not None:
            self._open(self._shown[0])
        self.query_one(PermissionsBody).ask()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.query_one(Titles).has_focus:
            event.stop()
            self.screen.set_focus(self.screen.query_one(KeyTree))

    def on_tabs_tab_activated(self, event: Titles.TabActivated) -> None:
        name = event.tab.id or _FIRST
        if name != event.tabs.active:
            return  # another has been opened since
        if name != self._in_its_place:
            self._wanted = name
        self._fill(name)

    def _open(self, record: KeyRecord) -> None:
        """Leave the tabs that the key has, and open the one that was chosen if it is among them."""
        tabs = self.query_one(Titles)
        names = {tab.name for tab in TABS if tab.applies(record)}
        name = self._wanted if self._wanted in names else _FIRST
        self._in_its_place = "" if name == self._wanted else name
        for added in names - self._there:
            tabs.show(added)
        tabs.active = name
        for gone in self._there - names:
            tabs.hide(gone)
        self._there = names
        self._fill(name)

    def _fill(self, name: str) -> None:
        """Fill the open tab alone: another may be long, and the cursor does not wait."""
        if self._shown is None:
            return
        text = _TEXTS[name]
        body, permissions = self.query_one(TextBody), self.query_one(PermissionsBody)
        body.display, permissions.display = text is not None, text is None
        with suppress(LockedError, NoSuchKeyError):
            if text is None:
                permissions.show(*self._shown)
            else:
                body.show(text, *self._shown)
