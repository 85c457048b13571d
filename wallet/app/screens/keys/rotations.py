"""Lets a new key take the place of one, and goes on with that until nothing is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import UsageError
from wallet.nats.claims.content import few
from wallet.shell import Advice, command, written
from wallet.tasks.rotation import stages
from wallet.tasks.rotation.announcement import announcement
from wallet.tasks.rotation.force import is_out
from wallet.tasks.rotation.open_steps import lacking, open_steps, path_of, state_of
from wallet.tasks.rotation.requirements import require_rotatable
from wallet.tasks.rotation.server_texts import texts
from wallet.tasks.rotation.stages import (
    RotationOutcome,
    can_be_undone,
    importers_of_leaving,
    rotation_of,
)
from wallet.text import plain
from wallet.vault.db.parts.rotations import RECIPIENT_LENGTH, Manner, Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault
from wallet.when import here_too

_LONGEST = 1000
_FINISH, _UNDO, _IMPORTERS, _WORD = (
    "Take the old key out",
    "Undo",
    "Let importers over",
    "Done, on my word",
)
_BUTTONS = {  # what the command line does by these flags, a button of the dialog does
    "--finish --on-my-word": _WORD,
    "--finish": _FINISH,
    "--importers": _IMPORTERS,
    "--undo": _UNDO,
}
_WAYS = {
    Manner.PLANNED: "Planned: both keys work for a while",
    Manner.LEAKED: "Leaked: the old key is out at once",
    Manner.HANDOVER: "Handover: somebody else gets a new key",
    Manner.LOST: "Lost: nobody has the seed any more",
}


def _as_chosen(way: Manner, chosen: Manner) -> str:
    """A way in words, with a mark before the one that is chosen: colour alone tells nothing."""
    return f"{'›' if way is chosen else ' '} {_WAYS[way]}"


class RotateDialog(Dialog[int]):
    """Asks why a key is rotated, and says what that changes. Ends with the id of the new key."""

    STARTS_AT = "#ways"
    ACCEPT_LABEL = "Rotate"
    ENTER_LEADS_TO = "accept"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    RotateDialog {
        #box { width: 90; }
        #ways { height: auto; border: none; }
        #to { display: none; }
        #to.-shown { display: block; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record
        self.ways = [way for way in _WAYS if _is_possible(vault.records, record, way)]
        if not record.has_seed and Manner.LOST in self.ways:  # the likeliest first
            self.ways.sort(key=lambda way: way is not Manner.LOST)
        self.manner = self.ways[0]

    def title_text(self) -> str:
        return f"Rotate {self.record.name}"

    def fields(self) -> ComposeResult:
        yield OptionList(
            *(Option(_as_chosen(way, self.manner), id=way.value) for way in self.ways), id="ways"
        )
        yield TextIfAny(id="changes", classes="explain")
        yield Input(placeholder="who gets the new key", id="to", max_length=RECIPIENT_LENGTH)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.manner = Manner(event.option_id or Manner.PLANNED.value)
        for way in self.ways:
            event.option_list.replace_option_prompt(way.value, _as_chosen(way, self.manner))
        self.query_one("#box").border_subtitle = ""
        lines = announcement(self.vault.records, self.record, self.manner)
        self.query_one("#changes", Static).update(_plain_lines(lines))
        self.query_one("#to").set_class(self.manner is Manner.HANDOVER, "-shown")
        leaked = self.manner is Manner.LEAKED
        self.query_one("#accept", Button).variant = "error" if leaked else "primary"

    def on_option_list_option_selected(self) -> None:
        """A key is not shut out by one slip of Enter: the button, or who gets it, comes next."""
        handover = self.manner is Manner.HANDOVER
        self.set_focus(self.query_one("#to" if handover else "#accept"))
        if not handover:
            self.query_one("#box").border_subtitle = "Enter once more rotates it"

    def as_command(self) -> str:
        handover = self.manner is Manner.HANDOVER
        to = [("--to", self.query_one("#to", Input).value.strip())] if handover else []
        return command("rotate", self.record.path, ("--as", self.manner.value), *to, ("--yes",))

    def accept(self) -> None:
        recipient = self.query_one("#to", Input).value.strip()
        if self.manner is not Manner.HANDOVER:
            recipient = ""
        elif not recipient:
            raise UsageError("Who gets the new key? That is noted with it.")
        vault, record, manner = self.vault, self.record, self.manner

        def job() -> int:
            outcome = stages.begin(vault, record, manner, recipient)
            self._not_signed = outcome.left
            return _id_of(vault, outcome.rotation)

        self.work(job, "signing…")


class RotationDialog(Dialog[int]):
    """Shows what is open of a rotation, and does its next step. Ends with the id of a key."""

    STARTS_AT = "#cancel"
    app: Host
    DEFAULT_CSS = """
    RotationDialog {
        #box { width: 100; }
        #steps { padding: 0 1; }
    }
    """

    def __init__(self, vault: Vault, rotation: Rotation) -> None:
        super().__init__()
        self.vault, self.rotation = vault, rotation
        records = vault.records
        self.texts = [] if rotation.closed else texts(records, rotation)
        leaving = records.by_public(rotation.leaving)
        in_force = leaving is not None and not is_out(records, leaving)
        self.importers = [] if rotation.closed else importers_of_leaving(records, rotation)
        self.takes_out = not rotation.closed and (rotation.phase is Phase.BOTH or in_force)

    def title_text(self) -> str:
        return f"Rotation of {path_of(self.vault.records, self.rotation)}"

    def fields(self) -> ComposeResult:
        rotation = self.rotation
        gets = f", for {rotation.recipient}" if rotation.recipient else ""
        lines = [
            f"{rotation.manner.value.capitalize()}{gets}: {state_of(self.vault.records, rotation)}."
        ]
        lines += [f"Old: {rotation.old}", f"New: {rotation.new}"]
        if urls := lacking(self.vault.records, rotation):
            lines.append(f"Not proved at: {few(urls)}")
        yield Static(_plain_lines(lines), classes="explain", markup=False)
        yield Static(_plain_lines(self._steps()), id="steps", markup=False)

    def _steps(self) -> list[str]:
        steps = open_steps(self.vault.records, self.rotation)
        lines = []
        for number, step in enumerate(steps, 1):
            fix = self.recommended.in_keys(_by_buttons(step.fix))
            lines += [f"{number}. {here_too(step.why)}", f"   {fix}"]
        for text in self.texts:
            lines.append(f"To deploy (copy it below): {text.what}.")
        return lines or ["Nothing is open."]

    def buttons(self) -> ComposeResult:
        if self.texts:
            yield Button("Copy the text", id="copy", compact=True)
        if can_be_undone(self.vault.records, self.rotation):
            yield Button(_UNDO, id="undo", compact=True)
        if self.importers:
            yield Button(_IMPORTERS, id="importers", compact=True)
        if self.takes_out:
            yield Button(_FINISH, id="accept", variant="error", compact=True)
        elif not self.rotation.closed or open_steps(self.vault.records, self.rotation):
            yield Button(_WORD, id="word", compact=True)
        yield Button("Close", id="cancel", variant="primary", compact=True)

    def as_command(self) -> str:
        ref = path_of(self.vault.records, self.rotation)
        return command("rotate", ref, ("--finish",), ("--yes",))

    def accept(self) -> None:
        if self.takes_out:
            self._do(stages.finish)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "copy":
            event.stop()
            self.app.copy_public("\n".join(text.text for text in self.texts), "Text to deploy")
        elif self._working:
            return
        elif event.button.id == "undo":
            event.stop()
            self._do(stages.undo)
        elif event.button.id == "importers":
            event.stop()
            self._do(stages.let_importers_over)
        elif event.button.id == "word":
            event.stop()
            self._do(_close)

    def _do(self, step: Callable[..., RotationOutcome]) -> None:
        vault, rotation = self.vault, self.rotation

        def job() -> int:
            outcome = step(vault, rotation.id, successor=rotation.new)
            self._not_signed = outcome.left
            return _id_of(vault, outcome.rotation)

        self.work(job, "signing…")


def _close(vault: Vault, rotation_id: int, *, successor: str) -> RotationOutcome:
    return RotationOutcome(stages.close(vault, rotation_id, successor=successor))


def _by_buttons(text: str) -> str:
    """Name the buttons of the dialog for the commands in a text that do the same."""
    around, own = text.pieces if isinstance(text, Advice) else ([text], [])
    words = around[0]
    for told, after in zip(own, around[1:], strict=True):
        label = next((label for flags, label in _BUTTONS.items() if told.endswith(f" {flags}")), "")
        is_here = label and told.startswith("nkey-wallet rotate ") and not after
        words += (f"“{label}” below" if is_here else written(told)) + after
    return words


def _is_possible(records: Records, record: KeyRecord, way: Manner) -> bool:
    try:
        require_rotatable(records, record, way)
    except UsageError:
        return False
    return True


def _plain_lines(lines: list[str]) -> str:
    """Lines made safe to show, as one text."""
    return "\n".join(plain(line, _LONGEST) for line in lines)


def open_rotation(desk: Desk) -> None:
    """Show the rotation of the selected key, or ask how to begin one."""
    record = desk.chosen()
    if record is None:
        return
    if (rotation := _to_go_on_with(desk.vault.records, record)) is not None:
        _show(desk, rotation)
    else:
        desk.open(RotateDialog(desk.vault, record), partial(_then, desk))


def not_rotatable(records: Records, record: KeyRecord) -> str:
    """Say why a key cannot be rotated, if so it is and no rotation of it is to be shown."""
    if _to_go_on_with(records, record) is None:
        try:
            require_rotatable(records, record, Manner.PLANNED)
        except UsageError as error:
            return str(error)
    return ""


def _to_go_on_with(records: Records, record: KeyRecord) -> Rotation | None:
    """The rotation of a key that is open, or that has taken it out."""
    rotation = rotation_of(records, record.public)
    if rotation is None:
        return None
    leaves = rotation.leaving == record.public and rotation.phase is Phase.OUT
    goes_on = not rotation.closed or bool(open_steps(records, rotation))
    return rotation if leaves or goes_on else None


def _show(desk: Desk, rotation: Rotation) -> None:
    desk.open(RotationDialog(desk.vault, rotation), partial(_then, desk))


def _then(desk: Desk, key: int | None) -> None:
    """After a step: select the key that stays, and show what is open now."""
    if key is None or desk.vault.locked:
        return
    desk.reload(key)
    rotation = rotation_of(desk.vault.records, desk.vault.records.get(key).public)
    if rotation is not None:
        _show(desk, rotation)


def _id_of(vault: Vault, rotation: Rotation) -> int:
    """The id of the key that stays, or where it was deleted of the one that goes."""
    records = vault.records
    record = records.by_public(rotation.staying) or records.by_public(rotation.leaving)
    if record is None:
        raise UsageError("Both keys of this rotation were deleted meanwhile.")
    return record.id
