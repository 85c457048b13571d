"""The tab that says what a user may do in the end, and answers for a subject that is typed."""

from __future__ import annotations

import time
from contextlib import suppress

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from wallet.app.host import Host
from wallet.app.key_repairs import with_keys
from wallet.app.widgets.details.fact_table import FactTable
from wallet.app.widgets.forms.completed_input import Subjects
from wallet.app.widgets.results.sign_styles import styled
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.chain.permission import Use
from wallet.errors import LockedError, NoSuchKeyError, UsageError
from wallet.nats.nkeys import Kind
from wallet.show.named_keys import by_names
from wallet.show.statements import as_facts
from wallet.show.verdict_signs import OF_ANSWER
from wallet.tasks.keys.permission import permission_of, rights_given_on, rights_of
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

_WORDS = {True: "may", False: "may not", None: "perhaps may"}
_OF_A_USER = "may have rights of its own, or of a role: select it, and they stand here"
_OF_A_PLAIN_SIGNER = "that it signs has rights of its own: select it, and they stand here"


class PermissionsBody(Widget):
    """The rights of one user. The subject stays while the cursor goes from key to key."""

    DEFAULT_CSS = """
    PermissionsBody {
        height: auto;
        layout: vertical;
        Input { width: 1fr; margin: 0 0 1 0; }
        #may-answer { height: auto; }
        #may-rights { height: auto; }
    }
    """

    app: Host
    _shown: tuple[KeyRecord, Records] | None = None

    def compose(self) -> ComposeResult:
        yield Input(
            placeholder="May it? Type a subject",
            id="subject",
            compact=True,
            suggester=Subjects(),
        )
        yield Static("", id="may-answer")
        yield Static("", id="may-rights")

    def show(self, record: KeyRecord, records: Records) -> None:
        """Show the rights of a key. Raises what reading `records` raises."""
        self._shown = record, records
        self.query_one(Input).display = record.kind is Kind.USER
        self.query_one("#may-rights", Static).update(_rights(self.app, record, records))
        self._answer()

    @property
    def subject(self) -> str:
        """The subject that stands in the field."""
        return self.query_one(Input).value

    @subject.setter
    def subject(self, text: str) -> None:
        self.query_one(Input).value = text

    def ask(self) -> None:
        """Let the person type a subject."""
        self.screen.set_focus(self.query_one(Input))

    @on(Input.Changed, "#subject")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        with suppress(LockedError, NoSuchKeyError):
            self._answer()

    @on(Input.Submitted, "#subject")
    def _done(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.set_focus(self.screen.query_one(KeyTree))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.query_one(Input).has_focus:
            event.stop()
            self.screen.set_focus(self.screen.query_one(KeyTree))

    def _answer(self) -> None:
        """Answer for the subject that stands in the field, to publish and to subscribe."""
        subject = self.query_one(Input).value.strip()
        answer = self.query_one("#may-answer", Static)
        answer.display = bool(subject) and self._shown is not None
        if self._shown is not None and answer.display:
            record, records = self._shown
            uses = (Use(subject, publish=True), Use(subject, publish=False))
            lines = [_line(records, record, use) for use in uses if record.kind is Kind.USER]
            answer.update(Content("\n").join([*lines, Content("")]))


def _line(records: Records, record: KeyRecord, use: Use) -> Content:
    doing = "publish to" if use.publish else "subscribe to"
    try:
        answer = permission_of(records, record, use, time.time())
    except UsageError as error:
        return Content(f"– {doing}: {plain(str(error), 500)}")
    head = Content.assemble(
        styled(OF_ANSWER[answer.may]), f" {_WORDS[answer.may]} {doing} {plain(use.subject, 100)}"
    )
    more = (answer.why, *answer.conditions)
    told = [by_names(records, plain(line, 500)) for line in more]
    return Content("\n").join([head, *(Content(f"  {line}") for line in told)])


def _rights(app: Host, record: KeyRecord, records: Records) -> Content | FactTable:
    if record.kind is Kind.USER:
        ask, own = "‹may› asks about a subject, ‹claims› changes what it may.", ""
        sentences = rights_of(records, record, time.time())
    else:
        sentences = rights_given_on(records, record)
        ask, own = "‹claims› changes this.", _OF_A_USER
        if record.signing:  # all users of a role have the same
            own = "" if sentences else _OF_A_PLAIN_SIGNER
    told = [by_names(records, line) for line in sentences]
    rows = [
        (line, Content("")) if line.endswith(":") else (label, Content(text))
        for line in told
        for label, text in as_facts([line])
    ]
    if own:
        rows.append(("A user", Content(own)))
    return FactTable([*rows, ("Keys", with_keys(app, Content(ask)))])
