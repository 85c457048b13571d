"""Tries with the real nats-server whether a configuration lets the keys in."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, ProgressBar, Static

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.dialog_command import in_vault
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.results.cause_text import InKeys, cause_text, text_to_paste
from wallet.app.widgets.results.fix_buttons import fix_buttons
from wallet.app.widgets.results.sign_styles import styled
from wallet.connection.causes.report import Verdict
from wallet.connection.causes.verdict import Wanted
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw, Rehearsal, Row
from wallet.errors import UsageError, WalletError
from wallet.exchange import configurations
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.show import verdict_signs
from wallet.show.columns import padded
from wallet.show.short_texts import ending
from wallet.show.signs import Sign
from wallet.system import natsserver
from wallet.system.disk import paths
from wallet.tasks.connection.rehearsal import rehearse
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault
from wallet.when import here_too

SHOWN = 500  # rows; the count above them is of all
AROUND_ROWS = 17
_HAVE_USERS = {Kind.OPERATOR, Kind.ACCOUNT, Kind.USER}
WHAT = (
    "nats-server runs here for a moment with the whole of it, rewritten: its ports are this "
    "machine's own, nobody is contacted, no file outside a temporary directory is touched."
)


class RehearseDialog(Dialog[None]):
    """Enter rehearses, F5 again, Esc cancels what runs, then leaves."""

    app: Host
    KEEPS_TEXT = True
    ACCEPT_LABEL = "Rehearse"
    TITLE_TEXT = "Rehearse a configuration"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "accept", "Rehearse again", show=False, id="dialog.again"),
        Binding("f6", "copy_fix", "Copy what to change", show=False, id="dialog.copy_fix"),
    ]
    DEFAULT_CSS = """
    RehearseDialog {
        #box { width: 110; }
        #file { margin: 0; }
        #also { border: none; padding: 0 1; width: 100%; background: $surface; display: none; }
        #empty { display: none; }
        #count { padding: 0 1; text-style: bold; height: auto; display: none; }
        #rows { height: auto; border: none; padding: 0; display: none; }
        #why { height: auto; padding: 0 1; margin: 1 0 0 0; display: none; }
        #summary { height: auto; padding: 0 1; color: $text-muted; display: none; }
        #copy-fix { display: none; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord | None) -> None:
        """`record` is the selected key. Without one that has users, a file is needed."""
        super().__init__()
        self.vault, self.record = vault, record
        self.users: list[KeyRecord] = []  # of the selected key
        self.tried: list[KeyRecord] = []  # those whose seed is here
        self._lines: list[_ResultLine] = []
        self._fix = ""

    def fields(self) -> ComposeResult:
        yield path_input(id="file", placeholder="a configuration's file, such as nats-server.conf")
        yield Static("", id="empty", classes="explain", markup=False)
        yield Tick("", True, id="also")
        yield Static(WHAT, id="what", classes="explain")
        yield ProgressBar(show_eta=False, id="progress")
        yield Static("", id="count", markup=False)
        yield OptionList(id="rows", markup=False)
        yield Static("", id="why", markup=False)
        yield Static("", id="summary", markup=False)

    def buttons(self) -> ComposeResult:
        yield from fix_buttons(self.app, "Rehearse")

    def _called(self, users: list[KeyRecord]) -> str:
        name = ending(self.record.path, 40) if self.record else ""
        if len(users) == 1:
            return name if users[0] == self.record else f"the one user of {name}"
        return f"the {len(users):,} users of {name}"

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#file"))
        try:
            natsserver.find()
        except WalletError as error:
            self.say(error.told)
        # In a thread: an operator may have a hundred thousand users.
        self.run_worker(self._find_users, thread=True, exit_on_error=False)

    def _find_users(self) -> None:
        if self.record is None or self.record.kind not in _HAVE_USERS:
            return
        try:
            users = configurations.users_of(self.vault.records, self.record)
        except WalletError as error:  # the wallet was locked
            self.app.call_from_thread(self.app.tell, error)
        else:
            self.app.call_from_thread(self._show_users, users)

    def _show_users(self, users: list[KeyRecord]) -> None:
        if not self.is_running:
            return
        self.users = users
        self.tried = [user for user in users if user.has_seed]
        text = f"Left empty: the one the wallet makes for {self._called(users)}."
        self.query_one("#empty", Static).update(text)
        self.query_one("#also", Tick).label = Content(
            f"Try {self._called(self.tried)} too, listed or not"
        )
        self._shown("empty", wanted=bool(users))
        self._shown("also", wanted=bool(self.tried))

    def on_resize(self) -> None:
        super().on_resize()
        # On a low screen the reason of the row under the cursor still stands below the rows.
        height = max(4, self.size.height - AROUND_ROWS)
        self.query_one("#rows").styles.max_height = height

    # --- the rehearsal ------------------------------------------------------------------

    def cancelled(self) -> None:
        for name in ("progress", "count"):
            self._shown(name, wanted=False)
        again = self.app.key_of("dialog.again", "f5")
        self.say(f"Cancelled: nothing was found out. {again} rehearses again.")

    def as_command(self) -> str:
        typed = self.query_one("#file", Input).value.strip()
        refs = [self.record.path] if self.record and self.users else []
        if typed:
            also = refs if self.query_one("#also", Tick).value else []
            return command("test", *also, ("--config", typed))
        target = "operator" if self.record and self.record.kind is Kind.OPERATOR else "server"
        return command("config", *refs, ("--for", target), ("--rehearse",))

    def accept(self) -> None:
        file = self._file()
        if file is None and not self.users:
            raise UsageError(
                "Name the file of a configuration. Or leave, and select a user or an account: "
                "then the one that the wallet makes for it can be rehearsed."
            )
        tried = self.tried if file is None or self.query_one("#also", Tick).value else []
        self._forget()
        self.attempt(partial(self._rehearse, file, tried))

    def _file(self) -> Path | None:
        typed = self.query_one("#file", Input).value.strip()
        return paths.given(typed) if typed else None

    async def _rehearse(self, file: Path | None, tried: list[KeyRecord]) -> None:
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.query_one("#count", Static).update("nats-server reads the configuration…")
        for name in ("progress", "count"):
            self._shown(name)
        try:
            if file is None:
                text = await asyncio.to_thread(self._generated)
                rehearsal = await rehearse(text, self.vault, tried, on_progress=self._follow)
            else:
                rehearsal = await rehearse(file, self.vault, also=tried, on_progress=self._follow)
        except WalletError:
            if self.is_running:  # the wallet may have been locked meanwhile
                for name in ("progress", "count"):
                    self._shown(name, wanted=False)
            raise
        self._shown("progress", wanted=False)
        self._show(rehearsal)

    def _generated(self) -> str:
        if self.record is None:  # not asked for then
            return ""
        return configurations.whole(self.vault.records, self.record)

    def _follow(self, done: int, total: int) -> None:
        self.query_one(ProgressBar).update(total=total, progress=done)
        self.query_one("#count", Static).update(f"{done:,} of {total:,} keys tried")

    # --- what came of it ----------------------------------------------------------------

    def _forget(self) -> None:
        self._lines, self._fix = [], ""
        self.recommended.forget()
        self.query_one(OptionList).clear_options()
        for name in ("count", "rows", "why", "summary", "copy-fix", "what", "empty"):
            self._shown(name, wanted=False)

    def _shown(self, name: str, *, wanted: bool = True) -> None:
        self.query_one(f"#{name}").display = wanted

    def _show(self, rehearsal: Rehearsal) -> None:
        self._lines = [
            *(_flawed(flaw) for flaw in rehearsal.flaws if flaw.fatal),
            *(_tried(self.recommended.in_keys, row) for row in rehearsal.rows[:SHOWN]),
            _nobody(self.recommended.in_keys, rehearsal.unknown),
            *(_flawed(flaw) for flaw in rehearsal.flaws[:SHOWN] if not flaw.fatal),
        ]
        rows = self.query_one(OptionList)
        rows.add_options([line.shown for line in self._lines])
        self.query_one("#count", Static).update(_counts(rehearsal))
        self.query_one("#summary", Static).update(here_too("\n".join(rehearsal.summary[1:])))
        for name in ("count", "rows", "why", "summary"):
            self._shown(name)
        rows.highlighted = 0
        self.set_focus(rows)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        line = self._lines[event.option_index]
        self._fix = text_to_paste(line.fix) if line.fix else ""
        self._shown("copy-fix", wanted=bool(self._fix))
        self.query_one("#why", Static).update(line.why)

    def action_copy_fix(self) -> None:
        if self._fix:
            self.app.copy_public(in_vault(self._fix, self.app.path), "What to change")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "copy-fix":
            event.stop()
            self.action_copy_fix()


def open_rehearsal(desk: Desk) -> None:
    """Ask for a configuration, or take the one made for the selected key."""
    desk.open(RehearseDialog(desk.vault, desk.selected))


class _ResultLine(NamedTuple):
    """A line of the table; `why` is shown while it is selected, `fix` can be copied."""

    shown: Content
    why: Content
    fix: str = ""


def _counts(rehearsal: Rehearsal) -> str:
    wanted = Counter(row.verdict for row in rehearsal.rows if row.wish.wanted is Wanted.TAKEN)
    counts = verdict_signs.counts(wanted, rehearsal.rows) or [f"{Sign.DOUBTFUL} no key was tried"]
    if rehearsal.flaws:
        sign = verdict_signs.OF_FLAW[rehearsal.flaws[0].fatal]
        counts.append(f"{sign} {len(rehearsal.flaws):,} more to look at")
    more = f"   the first {SHOWN} are below" if len(rehearsal.rows) > SHOWN else ""
    return "   ".join(counts) + more


def _tried(say: InKeys, row: Row) -> _ResultLine:
    account = f"account {row.shown_account}" if row.account else ""
    if row.wish.wanted is Wanted.REFUSED:
        word = "refused, as it should be" if row.as_wanted else "not refused"
        shown = _line(row, verdict_signs.OF_ANSWER[bool(row.as_wanted)], word)
        return _ResultLine(shown, _whose(row) + Content(f"To be refused, for {row.wish.because}."))
    shown = _line(row, verdict_signs.sign_of(row), row.cause.code if row.cause else account)
    if row.cause:
        return _ResultLine(shown, _whose(row) + cause_text(say, row.cause), row.cause.fix)
    of = f", in {plain(account)}" if account else ""
    return _ResultLine(shown, _whose(row) + Content(f"Checked, and let in{of}."))


def _nobody(say: InKeys, row: Row) -> _ResultLine:
    """The line of the key that was made up for the rehearsal: a server should refuse it."""
    if row.verdict is Verdict.REFUSED and not row.left_to_a_service:
        return _ResultLine(
            _line(row, Sign.GOOD, "as it should be"),
            _whose(row)
            + Content(
                "Made for this rehearsal, so in no configuration: that it is refused shows that "
                "keys are checked."
            ),
        )
    shown = _line(row, Sign.DOUBTFUL, row.cause.code if row.cause else "let in")
    if row.cause:
        return _ResultLine(shown, _whose(row) + cause_text(say, row.cause), row.cause.fix)
    return _ResultLine(shown, _whose(row) + Content("Made for this rehearsal, and yet let in."))


def _flawed(flaw: ConfigurationFlaw) -> _ResultLine:
    sign = verdict_signs.OF_FLAW[flaw.fatal]
    file = flaw.file.rpartition("/")[2]
    where = f"{file} line {flaw.line}" if flaw.line else file
    word = "fails" if flaw.fatal else "look"
    place = padded(ending(where, 42), 43)
    shown = Content.assemble(styled(sign), f" {word:<10}{place}", flaw.code)
    head = Content.styled(f"{plain(flaw.where, 500)}\n", "dim")
    why = Content.assemble((flaw.code, "bold"), f"\n{here_too(flaw.why)}\n→ {flaw.fix}")
    return _ResultLine(shown, head + why, flaw.fix)


def _line(row: Row, sign: Sign, remark: str) -> Content:
    return Content.assemble(
        styled(sign),
        f" {row.verdict.value:<10}{padded(ending(row.path, 30), 31)}",
        (f"{row.public[:8]}…  ", "dim"),
        plain(remark, 40),
    )


def _whose(row: Row) -> Content:
    return Content.styled(f"{plain(row.path)}  {row.public}\n", "dim")
