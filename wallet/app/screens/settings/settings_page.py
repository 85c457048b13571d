"""All settings on one screen, each with what it is now; and the same in the palette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import wrap

from textual import on
from textual.app import ComposeResult
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.palette import rank
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.settings.keys_page import KeysDialog
from wallet.app.screens.settings.one_setting import SettingDialog
from wallet.app.screens.vault.backups import BackupPlanDialog
from wallet.tasks.settings import SETTINGS, VaultSetting
from wallet.text import plain
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.vault import Vault

ONLY_LOOKING = "Only looking: nothing here can be changed until that is ended on the main screen."
_LABEL, _VALUE = 22, 50  # columns
_FEWEST = 10
_EDGES = 2  # of a line of the list
_MOST_LINES = 4  # of a setting
_LEAST_LINES = 6  # of the list
_THEME = "Theme"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A line of the screen: what it sets, what that is now, a sentence about it, and its change.

    What `change` does may `outlast` only looking, for nothing is saved by it.
    """

    label: str
    now: Callable[[], str]
    help: str
    change: Callable[[Callable[[object], None]], None]
    outlasts: bool = False


def rows_of(app: Host, vault: Vault) -> Sequence[SettingRow]:
    """The rows of all settings; each `change` calls back when it has ended."""

    def dialog(make: Callable[[], Dialog[str]]) -> Callable[[Callable[[object], None]], None]:
        def change(then: Callable[[object], None]) -> None:
            def ended(value: str | None) -> None:
                if value is not None and not vault.locked:
                    app.take_settings(vault)
                then(value)

            app.push_screen(make(), ended)

        return change

    def row(setting: VaultSetting) -> SettingRow:
        return SettingRow(
            setting.label,
            lambda: setting.words(vault.records.settings),
            setting.help,
            dialog(partial(SettingDialog, vault, setting)),
        )

    def change_theme(_then: Callable[[object], None]) -> None:
        app.search_themes()

    return (
        *map(row, SETTINGS),
        SettingRow(
            _THEME,
            lambda: app.theme,
            "Colours: light, dark, high contrast, or the terminal's own.",
            change_theme,
            outlasts=True,
        ),
        SettingRow(
            "Keys",
            lambda: _changed_keys(app),
            "Another key for an action: Enter, then press it.",
            dialog(lambda: KeysDialog(app, vault)),
        ),
        SettingRow(
            "Backups",
            lambda: Plan.of(vault.records.settings).sentence,
            "How many older saves are kept, for how long, and where.",
            dialog(partial(BackupPlanDialog, vault)),
        ),
    )


def _changed_keys(app: Host) -> str:
    number = len(app.keys)
    return f"{number} chosen" if number else "the usual ones"


class SettingsDialog(Dialog[None]):
    """Enter changes the setting under the cursor."""

    NO_COMMAND = "it is about the app itself; `backups` says how many are kept"
    app: Host
    TITLE_TEXT = "Settings"
    ACCEPT_LABEL = "Change"
    DEFAULT_CSS = """
    SettingsDialog {
        #box { width: 84; }
        OptionList { height: auto; max-height: 58vh; }
        &.-low OptionList { max-height: 6; }
        #detail { height: auto; min-height: 2; }
        #standing { color: $text-warning; padding: 0 1; display: none; }
        &.-only-looking #standing { display: block; }
    }
    """

    def __init__(self, app: Host, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self.rows = rows_of(app, vault)
        self._is_whole = False  # whether no value is cut

    def fields(self) -> ComposeResult:
        yield Static(ONLY_LOOKING, id="standing", markup=False)
        yield OptionList(*(Option(_line(row)) for row in self.rows), markup=False)
        yield Static("", id="detail", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Change", id="accept", variant="primary", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_class(self.vault.only_looking, "-only-looking")
        self.set_focus(self.query_one(OptionList))
        self.app.theme_changed_signal.subscribe(self, self._refresh)

    def _refresh(self, _ended: object = None) -> None:
        """Show what the settings are now."""
        if self.vault.locked or not self.is_running:
            return
        options = self.query_one(OptionList)
        lines = self._lines()
        for at, line in enumerate(lines):
            options.replace_option_prompt_at_index(at, line)

    def _lines(self) -> list[Content]:
        """A line for each setting; where the list has the room, as many as its value takes."""
        whole = [_line(row, self._beside_label, whole=True) for row in self.rows]
        lines = [line.plain.count("\n") + 1 for line in whole]
        room = _LEAST_LINES if self.has_class("-low") else self.size.height * 58 // 100
        self._is_whole = max(lines) <= _MOST_LINES and sum(lines) <= room - 2
        return whole if self._is_whole else [_line(row, self._beside_label) for row in self.rows]

    @property
    def _beside_label(self) -> int:
        """The columns beside a label."""
        width = self.query_one(OptionList).scrollable_content_region.width
        return max(_FEWEST, min(_VALUE, width - _LABEL - _EDGES))

    def on_resize(self) -> None:
        self.call_after_refresh(self._refresh)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.say("")
        row = self.rows[event.option_index]
        now = plain(row.now())
        whole = "" if self._is_whole or len(now) <= self._beside_label else f" Now: {now}"
        self.query_one("#detail", Static).update(f"{row.help}{whole}")

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def accept(self) -> None:
        at = self.query_one(OptionList).highlighted
        row = self.rows[at or 0]
        if self.vault.only_looking and not row.outlasts:
            self.say(ONLY_LOOKING)
        else:
            row.change(self._refresh)


def _line(row: SettingRow, room: int = _VALUE, *, whole: bool = False) -> Content:
    now = plain(row.now()) if whole else plain(row.now(), room)
    lines = wrap(now, room) or [""]
    return Content.assemble((f"{row.label:<{_LABEL}}", "bold"), f"\n{'':<{_LABEL}}".join(lines))


def open_settings(desk: Desk) -> None:
    """Show the settings."""
    desk.open(SettingsDialog(desk.app, desk.vault))


class SettingHit(DiscoveryHit):
    """A setting before anything is typed: after the actions."""

    @property
    def score(self) -> float:
        return 0.5


class SettingCommands(Provider):
    """The settings in the command palette, each by its name with what it is now."""

    async def discover(self) -> Hits:
        for row in self._rows():
            shown = Content.assemble(row.label, (f": {plain(row.now(), 60)}", "$text-muted"))
            yield SettingHit(shown, partial(self._change, row), row.label, row.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for row in self._rows():
            score = rank(matcher, row.label, row.help)
            if score > 0:
                shown = Content.assemble(matcher.highlight(row.label), f": {plain(row.now(), 60)}")
                yield Hit(score, shown, partial(self._change, row), row.label, row.help)

    def _rows(self) -> Sequence[SettingRow]:
        vault: Vault | None = getattr(self.screen, "vault", None)
        if vault is None or vault.locked:
            return ()
        rows = rows_of(self.app, vault)  # type: ignore[arg-type]
        return [row for row in rows if row.label != _THEME]  # the app itself offers that anywhere

    def _change(self, row: SettingRow) -> None:
        vault: Vault = self.screen.vault  # type: ignore[attr-defined]
        if vault.only_looking and not row.outlasts:
            self.app.notify(ONLY_LOOKING, severity="warning", markup=False)
        else:
            row.change(lambda _ended: None)
