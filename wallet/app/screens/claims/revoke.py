"""Shutting users out, one or all of an account, or letting a revoked one in again."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Select, Static

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.keys.key_dialog import KeyDialog
from wallet.app.widgets.forms.choice_field import ChoiceField
from wallet.app.widgets.forms.labelled_row import labelled
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import UsageError
from wallet.nats.claims.content import few, reason
from wallet.nats.nkeys import Kind
from wallet.nats.validation.flaw import Flaw
from wallet.shell import command
from wallet.show.issues import Issue, older_issues
from wallet.tasks.deployment.revocations import (
    Shutout,
    once_more,
    revoke_at,
    revoked_until,
    shutouts,
    unknown_issues,
    users_shut_out,
)
from wallet.text import plain
from wallet.vault.key_record import KeyRecord, moment, rfc3339
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault
from wallet.when import exactly, here_too, past, with_local_second

_SO_FAR = "all"
_MOST = 50  # older issues that are offered


class RevokeDialog(KeyDialog):
    """The dialog ends with the id of the user.

    Where its history tells of JWTs that gave way to others, it may be one of these alone, and what
    is older.
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        """`record` is a user with a JWT."""
        super().__init__(vault, record)
        self.flaws: list[Flaw] = []
        if not record.revoked and record.parent is not None:
            self.flaws = Issuing(vault.records).revoking.flaws_of_account(record.parent)

    def title_text(self) -> str:
        return f"{'Allow' if self.record.revoked else 'Revoke'} {self.record.name}?"

    def fields(self) -> ComposeResult:
        account = self.record.path.rpartition("/")[0]
        push, copy, export = (
            self.app.key_of(f"main.{name}", key)
            for name, key in (("push", "P"), ("copy_as", "y"), ("export", "e"))
        )
        if self.record.revoked:
            text = (
                f"Allow: {self.record.name} gets a new JWT, issued after the revocation: give it "
                f"that one, as creds ({export}). Copies of the old one stay shut out, and servers "
                f"need nothing new.\n{self._since()}"
            )
        else:
            text = (
                f"The JWT of {account} will say that nothing issued to {self.record.name} so far "
                "counts. The key stays in this wallet."
            )
        yield Static(text, classes="explain", markup=False)
        if not self.record.revoked:
            yield from self._issues()
        yield Static(
            f"A server hears of {'that' if self.record.revoked else 'it'} when it has the new JWT "
            f"of {account}: {push} pushes it. Where a server's resolver is MEMORY, copy the "
            f"configuration ({copy}) or export it ({export}), and reload the server.",
            classes="explain",
            markup=False,
        )
        if self.flaws:
            why = f"{account}: {reason(Kind.ACCOUNT, self.flaws)}"
            yield Static(plain(why, 600), classes="explain", markup=False)
            yield Tick("leave that out too, in the same change", False, id="mend")

    def _issues(self) -> ComposeResult:
        if older := older_issues(self.vault.records, self.record):
            choices = [("Everything issued to it so far", _SO_FAR), *map(_choice, older[:_MOST])]
            yield ChoiceField(choices, value=_SO_FAR, allow_blank=False, id="issues", compact=True)

    def _since(self) -> str:
        """Say until when it is revoked, and what the second button is for."""
        records = self.vault.records
        if self.record.parent is None:
            return ""
        account = records.get(self.record.parent)
        stands = revoked_until(records, account, self.record)
        if stands is None:
            return ""
        whom = {self.record.public, account.public}
        doubt = unknown_issues(records, whom, stands, turned_back=self.vault.turned_back)
        why = (
            f"{plain(doubt[:1].upper() + doubt[1:], 200)}: creds that were handed out since may "
            "count."
            if doubt
            else "This wallet knows of none since; another copy of the vault, or another program, "
            "may have issued some."
        )
        return (
            f"Revoke also since: it is revoked for what was issued until "
            f"{here_too(exactly(stands))}. {why} That takes back what was issued until now."
        )

    def buttons(self) -> ComposeResult:
        revoked = self.record.revoked
        yield Button(
            "Allow" if revoked else "Revoke",
            id="accept",
            variant="primary" if revoked else "error",
            compact=True,
        )
        if revoked:
            yield Button("Revoke also since", id="again", variant="error", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    @property
    def asks(self) -> bool:
        return self.record.revoked

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#accept" if self.record.revoked else "#cancel"))

    def as_command(self) -> str:
        if self.record.revoked and self.focused is not None and self.focused.id == "again":
            return command("revoke", self.record.path, ("--before", "now"))
        if self.record.revoked:
            return command("allow", self.record.path)
        chosen = self._chosen
        # What was issued in that second is revoked, too: the command leaves out its own second.
        flags = [] if chosen == _SO_FAR else [("--before", rfc3339(moment(int(chosen) + 1)))]
        mend = [("--mend",)] if self._mends else []
        return command("revoke", self.record.path, *flags, *mend)

    @property
    def _chosen(self) -> str:
        """The time of the issue that is chosen, or all so far."""
        return next((str(field.value) for field in self.query(Select)), _SO_FAR)

    @property
    def _mends(self) -> bool:
        return bool(self.flaws) and self.query_one("#mend", Tick).value

    def accept(self) -> None:
        key, revoked = self.record.id, self.record.revoked
        mend, chosen = self._mends, self._chosen
        account, public = self.record.parent, self.record.public

        def change(issuing: Issuing, _records: Records) -> None:
            if revoked:
                issuing.revoking.allow_again(key)
            elif chosen != _SO_FAR and account is not None:
                issuing.revoking.revoke_until(account, {public: int(chosen)}, mend=mend)
            else:
                issuing.revoking.revoke(key, mend=mend)

        self.change(change, "signing…")

    @on(Button.Pressed, "#again")
    def _revoke_again(self) -> None:
        """Revoke what was issued since the revocation that stands, whoever issued it."""
        account, user = self.record.parent, self.record

        def change(issuing: Issuing, records: Records) -> None:
            if account is not None:
                stands = revoked_until(records, records.get(account), user)
                until = {user.public: once_more(-1 if stands is None else stands)}
                issuing.revoking.revoke_until(account, until)

        if not self.at_work:
            self.change(change, "signing…")


def _choice(issue: Issue) -> tuple[str, str]:
    """An issue as a person chooses it, and its time, which is revoked."""
    assert issue.at is not None  # noqa: S101 (an older one has its time)
    takers = "".join(f", taken out by {plain(one.by, 60)}" for one in issue.taken[:1])
    words = f"Issue {issue.number} and older: until {with_local_second(issue.at)}{takers}"
    return words, str(int(issue.at.timestamp()))


class RevokeInAccountDialog(Dialog[int]):
    """Revokes in an account a bare public key, or everybody. Ends with the id of the account.

    Enter tells whom here that shuts out; then the button does it, and Cancel has the focus.
    """

    STARTS_AT = "#whom"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    RevokeInAccountDialog {
        #told { height: auto; padding: 1 1 0 1; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        """`record` is an account with a JWT."""
        super().__init__()
        self.vault, self.record = vault, record
        self._told_of: Shutout | None = None  # whom the person has seen that it shuts out

    def title_text(self) -> str:
        return f"Revoke in {self.record.name}"

    def fields(self) -> ComposeResult:
        yield Static(
            f"The JWT of {self.record.path} takes back what was issued so far, or before a moment, "
            "to a user that need not be here, or to everybody. Nobody is signed anew by that.",
            classes="explain",
            markup=False,
        )
        yield labelled("Whom", "whom", "a public key (U…), or * for everybody")
        yield labelled("Issued before", "before", "2026-01-31T12:00:00Z, or 2h ago: 2h; else now")
        yield TextIfAny(id="told")

    def buttons(self) -> ComposeResult:
        yield Button("Look", id="accept", variant="primary", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def on_input_changed(self) -> None:
        self._ask_first(None, "")

    @property
    def enter_leads_to(self) -> str:
        return "cancel" if self._told_of else ""

    def _ask_first(self, shutout: Shutout | None, told: str) -> None:
        self._told_of = shutout
        self.query_one("#told", Static).update(told)
        button = self.query_one("#accept", Button)
        button.label = "Revoke" if shutout else "Look"
        button.variant = "error" if shutout else "primary"
        self.show_keys()

    def as_command(self) -> str:
        whom, since = self._typed()
        before = [("--before", since)] if since else []
        return command("revoke", whom, ("--under", self.record.path), *before)

    def _typed(self) -> tuple[str, str]:
        """The person's words for whom and until when. Raises `UsageError` where nobody is named."""
        whom, before = (self.query_one(name, Input).value for name in ("#whom", "#before"))
        if not whom.strip():  # a command that is copied would shut out everybody
            raise UsageError("Whom? A user's public key, or * for everybody in this account.")
        return whom.strip(), before.strip()

    def accept(self) -> None:
        whom, since = self._typed()
        before = past(since, int(time.time())) if since else None
        if self._told_of is not None:
            self._revoke(self._told_of)
            return
        back = self.vault.turned_back
        (shutout,) = shutouts(
            self.vault.records, [whom], self.record.public, before, turned_back=back
        )
        users = users_shut_out(self.vault.records, shutout)
        names = few([plain(user.name, 60) for user in users]) or "none"
        self._ask_first(
            shutout,
            f"{shutout.name}: what was issued until {here_too(exactly(shutout.until))}.\nOf the "
            f"users here it shuts out {len(users):,}: {names}.\nThe button Revoke does it.",
        )
        self.set_focus(self.query_one("#cancel"))

    def _revoke(self, shutout: Shutout) -> None:
        vault, account = self.vault, self.record

        def job() -> int:
            outcome = revoke_at(vault, [shutout])
            self._not_signed = {**outcome.issuing.left, **outcome.issuing.told}
            return account.id

        self.work(job, "signing…")


def not_revocable(_records: Records, record: KeyRecord) -> str:
    """Say why a key cannot be revoked, nor anything in it, if so it is."""
    if record.kind is Kind.USER and not record.has_jwt:
        return (
            f"{record.name} has no JWT that could be revoked: take it out of the server's "
            "configuration."
        )
    is_account = record.kind is Kind.ACCOUNT and record.has_jwt and not record.signing
    if record.kind is not Kind.USER and not is_account:
        return "Users are revoked. Select one, or the account for those that are not here."
    return ""


def open_revoke(desk: Desk) -> None:
    """Ask whether the selected user is to be shut out, or let in again; of an account, whom."""
    if not (record := desk.chosen()):
        return
    if record.kind is Kind.USER:
        desk.edit(RevokeDialog(desk.vault, record))
    else:
        desk.edit(RevokeInAccountDialog(desk.vault, record))
