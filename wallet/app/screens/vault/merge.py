"""Joining another file with the vault: which one, the plan, its conflicts, and then one change."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import AlteredError, UsageError, WalletError
from wallet.nats.claims.union import Side
from wallet.secrets.passphrase import Passphrase
from wallet.shell import command
from wallet.show.signs import Sign
from wallet.system.disk import paths
from wallet.text import plain
from wallet.vault.copies.conflict_copies import kept_of_forks, left_beside
from wallet.vault.copies.merge.plan import DELETED, MergeAction, MergeConflict, MergePlan
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.copies.vault_merge import VaultMerge
from wallet.vault.vault import Vault
from wallet.when import here_too

ASKING = (
    "Which file? Another version of this vault, as a sync service leaves one beside it, or another "
    "vault. You see first what would happen; the file itself stays as it is."
)
OTHER_KEYS = "It has other keys than the vault. Type its own passphrase; the vault keeps its own."
_MARKS = {
    MergeAction.CONFLICT: ("?", "to settle", "warn"),
    MergeAction.DELETE: ("-", "goes", "bad"),
    MergeAction.KEEP: ("=", "stays", "warn"),
    MergeAction.REVOKE: ("⊘", "revokes", "warn"),
    MergeAction.ADD: ("+", "comes in", "good"),
    MergeAction.CHANGE: ("~", "changes", "good"),
    MergeAction.OPEN: (Sign.DOUBTFUL, "open", "warn"),
}

_OF_SEVERAL = {
    "goes": "go",
    "stays": "stay",
    "revokes": "revoke",
    "comes in": "come in",
    "changes": "change",
}


class MergeDialog(Dialog[str]):
    """The dialog ends with a sentence on what was joined. Leaving it changes nothing."""

    TITLE_TEXT = "Join another file with the vault"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    MergeDialog {
        #box { width: 100; }
        #passphrase, #lines { display: none; }
        &.-asking #passphrase { display: block; }
        &.-planned #lines { display: block; }
        &.-planned #file { display: none; }
    }
    """

    def __init__(self, vault: Vault, file: Path | None = None) -> None:
        """`file` is offered; without it a conflict copy that lies beside the vault, if one does."""
        super().__init__()
        self.vault, self._file = vault, file
        self._copy: VaultCopy | None = None
        self._merge: VaultMerge | None = None
        self._asked_deletions = False

    def fields(self) -> ComposeResult:
        offered = self._file
        if offered is None:
            beside = [*left_beside(self.vault), *kept_of_forks(self.vault)]
            offered = beside[0].path if beside else None
        yield Static(ASKING, id="about", classes="explain", markup=False)
        yield path_input("" if offered is None else str(offered), id="file")
        yield SecretInput(id="passphrase", placeholder="its own passphrase, hidden as you type")
        yield LineList(id="lines")

    def buttons(self) -> ComposeResult:
        yield Button("Look at it", id="accept", variant="primary", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        field = self.query_one("#file", Input)
        self.set_focus(self.query_one("#accept") if field.value else field)

    def on_unmount(self) -> None:
        if self._merge is not None:
            self._merge.close()
        if self._copy is not None:
            self._copy.close()

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def as_command(self) -> str:
        return command("merge", self.query_one("#file", Input).value.strip() or "FILE")

    def accept(self) -> None:
        if self._merge is None:
            self._look()
        elif self._merge.plan.conflicts:
            self._ask(list(self._merge.plan.conflicts))
        elif self._merge.plan.deletable and not self._asked_deletions:
            self._ask(list(self._merge.plan.deletable))
        else:
            self._carry_out(self._merge)

    # --- the file ------------------------------------------------------------------------

    def _look(self) -> None:
        text = self.query_one("#file", Input).value.strip()
        if not text:
            raise UsageError("Name a vault's file.")
        path = paths.given(text).absolute()
        passphrase = None
        if self.has_class("-asking"):
            field = self.query_one("#passphrase", SecretInput)
            if field.empty:
                raise UsageError("Type the passphrase of that file.")
            passphrase = field.passphrase()
            field.clear()
        self.query_one("#accept", Button).disabled = True
        app = self.app

        def work() -> None:
            try:
                copy = self._opened(path, passphrase)
                try:
                    merge = VaultMerge.of(self.vault, copy)
                except BaseException:
                    copy.close()
                    raise
            except WalletError as error:
                app.call_from_thread(self._not_opened, error, passphrase is None)
                return
            app.call_from_thread(self._planned, copy, merge)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _opened(self, path: Path, passphrase: Passphrase | None) -> VaultCopy:
        if passphrase is None:
            return VaultCopy.of(self.vault, path)
        with passphrase:
            return VaultCopy.open(path, passphrase)

    def _not_opened(self, error: WalletError, with_own_keys: bool) -> None:  # noqa: FBT001
        if not self.is_running:
            return
        self.query_one("#accept", Button).disabled = False
        if with_own_keys and isinstance(error, AlteredError):
            self.add_class("-asking")
            self.query_one("#about", Static).update(OTHER_KEYS)
            self.set_focus(self.query_one("#passphrase"))
        else:
            self.say(error.told)

    # --- the plan ------------------------------------------------------------------------

    def _planned(self, copy: VaultCopy, merge: VaultMerge) -> None:
        if not self.is_running or self.vault.locked:
            merge.close()
            copy.close()
            return
        self._copy, self._merge = copy, merge
        self.remove_class("-asking")
        self.add_class("-planned")
        self._show()

    def _show(self) -> None:
        merge = self._merge
        assert merge is not None  # noqa: S101 (shown only once there is one)
        self.query_one("#about", Static).update(_summary(merge))
        self.query_one(LineList).show(_lines(merge.plan))
        button, count = self.query_one("#accept", Button), len(merge.plan.conflicts)
        button.label = "Join them"
        if count:
            button.label = "Settle 1 conflict" if count == 1 else f"Settle {count:,} conflicts"
        elif merge.plan.deletable and not self._asked_deletions:
            button.label = "Go on…"
        button.disabled = merge.is_in
        button.refresh(layout=True)  # for a label as long as it is now
        self.set_focus(self.query_one("#cancel" if merge.is_in else "#accept"))

    def _ask(self, conflicts: list[MergeConflict]) -> None:
        """Ask about the first of these, then about the rest, then plan anew."""
        merge = self._merge
        assert merge is not None  # noqa: S101
        if not conflicts or merge.plan.choices.for_all is not None:
            self._plan_again(merge)
            return
        first, *rest = conflicts

        def settled(answer: SettledSide | None) -> None:
            if answer is None:
                self._plan_again(merge)
                return
            merge.plan.choices.choose(first, answer[0])
            if answer[1]:
                merge.plan.choices.for_all = answer[0]
            self._ask(rest)

        self._asked_deletions = first.what == DELETED
        self.app.push_screen(MergeConflictDialog(first, len(conflicts)), settled)

    def _plan_again(self, merge: VaultMerge) -> None:
        merge.plan_again()
        self._show()

    def _carry_out(self, merge: VaultMerge) -> None:
        def job() -> str:
            self._not_signed = merge.carry_out()
            path = plain(str(merge.copy.path), 300)
            return f"Joined. {path} was left as it is, and holds nothing more than the vault."

        self.work(job, "joining")


SettledSide = tuple[Side, bool]
"""The side that counts, and whether it does for all that follow."""


class MergeConflictDialog(Dialog[SettledSide]):
    """Asks about one thing that both changed; Esc goes back to the plan and settles nothing."""

    NO_COMMAND = "`merge --on-conflict` says the answer beforehand"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "choose('ours')", "As here", id="merge.ours"),
        Binding("t", "choose('theirs')", "As there", id="merge.theirs"),
    ]

    def __init__(self, conflict: MergeConflict, left: int) -> None:
        super().__init__()
        self.conflict, self.left = conflict, left

    def title_text(self) -> str:
        return self.conflict.path or self.conflict.public

    def fields(self) -> ComposeResult:
        yield Static(here_too(plain(self.conflict.sentence, 900)), classes="explain", markup=False)
        yield Static(self.conflict.public, classes="explain", markup=False)
        if self.left > 1 and self.conflict.what != DELETED:
            yield Tick(f"the same for the {self.left - 1:,} that follow", False, id="for-all")

    def buttons(self) -> ComposeResult:
        here, there = self.app.key_of("merge.ours", "o"), self.app.key_of("merge.theirs", "t")
        labels: tuple[str, ...] = (f"{here} As here", f"{there} As in the other file")
        if self.conflict.what == DELETED:
            labels = tuple(
                f"{letter} {'Delete it' if words == 'deleted' else 'Keep it'}"
                for letter, words in ((here, self.conflict.ours), (there, self.conflict.theirs))
            )
        for side, label in zip(Side, labels, strict=True):
            yield Button(label, id=side.value, compact=True)
        yield Button("Back", id="cancel", compact=True)

    def on_mount(self) -> None:
        keeping = Side.THEIRS if self.conflict.ours == "deleted" else Side.OURS
        self.set_focus(self.query_one(f"#{keeping}"))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in {side.value for side in Side}:
            event.stop()
            self.action_choose(event.button.id or "")

    def accept(self) -> None:
        self.action_choose(Side.OURS)

    def action_choose(self, name: str) -> None:
        ticks = self.query(Tick)
        self.finish((Side(name), bool(ticks) and ticks.first().value))


def _summary(merge: VaultMerge) -> str:
    if merge.is_in:
        return merge.nothing_new()
    counts = [
        f"{number:,} {_counted(_MARKS[action][1], number)}"
        for action in MergeAction
        if (number := merge.plan.count(action))
    ]
    told = " · ".join(counts) or "The keys stay as they are."
    if not merge.are_kin:
        return f"{told}\nIt does not prove to be a version of this vault: it deletes nothing here."
    if merge.base is None:
        return f"{told}\nWhat both came from is not among the backups: nothing counts as deleted."
    return told


def _counted(words: str, number: int) -> str:
    """The words for so many keys: `comes in` of one, `come in` of two."""
    return words if number == 1 else _OF_SEVERAL.get(words, words)


def _lines(plan: MergePlan) -> list[MarkedLine]:
    lines: list[MarkedLine] = []
    for item in plan.items:
        mark, words, how = _MARKS[item.action]
        lines.append(MarkedLine(mark, f"{words}: {item.path}", how))
        lines.append(MarkedLine(" ", f"  {item.why}"))
    return lines
