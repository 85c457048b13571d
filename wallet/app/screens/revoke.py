"""Shutting a user out, or letting a revoked one in again."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.tick import Tick
from wallet.nats.claims.content import reason
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.nkeys import Kind
from wallet.nats.validation.flaw import Flaw
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


class RevokeDialog(Dialog[int]):
    """The dialog ends with the id of the user."""

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        """`record` is a user with a JWT."""
        super().__init__()
        self.vault, self.record = vault, record
        self.flaws: list[Flaw] = []
        if not record.revoked and record.parent is not None:
            self.flaws = Issuing(vault.records).flaws_of_account(record.parent)

    def title_text(self) -> str:
        return f"{'Allow' if self.record.revoked else 'Revoke'} {self.record.name}?"

    def fields(self) -> ComposeResult:
        account = self.record.path.rpartition("/")[0]
        if self.record.revoked:
            text = (
                f"{self.record.name} gets a new JWT, issued after the revocation: give it that "
                "one, as creds (e). Copies of the old one stay shut out, and servers need nothing "
                "new."
            )
        else:
            text = (
                f"The JWT of {account} will say that nothing issued to {self.record.name} so far "
                "counts. The key stays in this wallet."
            )
        yield Static(text, classes="explain", markup=False)
        if self.record.revoked:
            return
        yield Static(
            f"A server hears of it when it has the new JWT of {account}: export it (e), or copy "
            f"the configuration (y); then {HOW_ACCOUNTS_ARRIVE}.",
            classes="explain",
            markup=False,
        )
        if self.flaws:
            why = f"{account}: {reason(Kind.ACCOUNT, self.flaws)}"
            yield Static(plain(why, 600), classes="explain", markup=False)
            yield Tick("leave that out too, in the same change", False, id="mend")

    def buttons(self) -> ComposeResult:
        revoked = self.record.revoked
        yield Button(
            "Allow" if revoked else "Revoke",
            id="accept",
            variant="primary" if revoked else "error",
            compact=True,
        )
        yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#accept"))

    def accept(self) -> None:
        key, revoked = self.record.id, self.record.revoked
        mend = bool(self.flaws) and self.query_one("#mend", Tick).value

        def job() -> int:
            with self.vault.change() as records:
                issuing = Issuing(records)
                if revoked:
                    issuing.allow_again(key)
                else:
                    issuing.revoke(key, mend=mend)
            self._not_signed = {**issuing.left, **issuing.told}
            return key

        self.work(job, "signing…")


def open_revoke(desk: Desk) -> None:
    """Ask whether the selected user is to be shut out, or let in again."""
    if not (record := desk.chosen()):
        return
    if record.kind is Kind.USER and record.has_jwt:
        desk.edit(RevokeDialog(desk.vault, record))
    elif record.kind is Kind.USER:
        desk.warn(
            f"{record.name} has no JWT that could be revoked: take it out of the server's "
            "configuration."
        )
    else:
        desk.warn("Users are revoked. Select one.")
