"""Shutting a user out, or letting a revoked one in again."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.vault.issuing import Issuing
from wallet.vault.record import KeyRecord
from wallet.vault.vault import Vault


class RevokeDialog(Dialog[int]):
    """Ends with the id of the user."""

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        """`record` is a user with a JWT."""
        super().__init__()
        self.vault, self.record = vault, record

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
            "the configuration (y), and reload the server.",
            classes="explain",
            markup=False,
        )

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
        self.query_one("#accept").focus()

    def accept(self) -> None:
        key, revoked = self.record.id, self.record.revoked

        def job() -> int:
            with self.vault.change() as records:
                issuing = Issuing(records)
                if revoked:
                    issuing.allow_again(key)
                else:
                    issuing.revoke(key)
            return key

        self.work(job, "signing…")
