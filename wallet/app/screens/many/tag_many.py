"""Puts tags on the marked keys, and takes tags off."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.widgets import Input

from wallet.app.desk import Desk
from wallet.app.screens.many.many_dialog import ManyDialog, open_many
from wallet.app.widgets.forms.labelled_row import labelled
from wallet.nats.claims.content import few
from wallet.shell import command
from wallet.tasks.keys import mass_changes


class TagManyDialog(ManyDialog):
    """Tags that a key has and that are not named here stay."""

    KEEPS_TEXT = True
    VERB = "Tag"

    def cost(self) -> str:
        tags = sorted({tag for key in self.keys for tag in key.tags})
        return f"Their tags so far: {few(tags) or 'none'}. Write several with blanks between them."

    def more_fields(self) -> ComposeResult:
        yield labelled("Add", "add", "tags that all of them get")
        yield labelled("Remove", "remove", "tags that are taken off")

    @property
    def first(self) -> str:
        return "add"

    def _tags(self, name: str) -> list[str]:
        return self.query_one(f"#{name}", Input).value.replace(",", " ").split()

    def as_command(self) -> str:
        flags = [(f"--{name}", tag) for name in ("add", "remove") for tag in self._tags(name)]
        return command("tag", *self.paths, *flags)

    def accept(self) -> None:
        add, remove = self._tags("add"), self._tags("remove")
        tag = partial(mass_changes.tag, self.vault, self.find, add, remove)
        self.change(tag, "Tagged")


def tag_marked(desk: Desk) -> None:
    """Ask for tags that the marked keys get, or lose."""
    open_many(desk, TagManyDialog)
