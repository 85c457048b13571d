"""Revokes the marked users, each in its account's JWT."""

from __future__ import annotations

from collections.abc import Sequence

from wallet.app.desk import Desk
from wallet.app.screens.many.many_dialog import ManyDialog, open_many
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.deployment.revocations import revoke
from wallet.tasks.keys.mass_changes import MassOutcome, shown
from wallet.vault.key_record import KeyRecord


class RevokeManyDialog(ManyDialog):
    """All of them are shut out, or none."""

    VERB = "Revoke"
    DANGEROUS = True

    def cost(self) -> str:
        accounts = sorted({key.path.rpartition("/")[0] for key in self.keys})
        already = sum(key.revoked for key in self.keys)
        stays = (
            f" Of those that are revoked already ({already:,}) that stays as it is, unless the "
            "vault may not know what was issued to them since; ‹revoke› on one revokes that too."
            if already
            else ""
        )
        return (
            f"Nothing that was issued to them so far counts any more, says the JWT of "
            f"{few(accounts)} then. The keys stay here, and servers hear of it when they have that "
            "JWT: ‹push› pushes it. ‹undo› does not undo it: ‹revoke› lets one in again."
            f"{stays}"
        )

    def as_command(self) -> str:
        return command("revoke", *self.paths)

    def accept(self) -> None:
        vault, keys = self.vault, self.keys

        def job() -> MassOutcome:
            outcome = revoke(vault, [key.public for key in shown(keys)(vault.records)])
            return MassOutcome(tuple(keys), outcome.issuing)

        self.change(job, "Revoked")


def unlike_to_revoke(keys: Sequence[KeyRecord]) -> str:
    """Say which of the keys cannot be revoked; empty where all can."""
    if others := [key.path for key in keys if key.kind is not Kind.USER or not key.has_jwt]:
        if len(others) == len(keys):
            return f"Nothing was revoked: only users with a JWT are, and {few(others)} are none."
        return (
            f"Nothing was revoked: only users with a JWT are, and marked besides: {few(others)}. "
            "‹mark› takes a mark away."
        )
    return ""


def revoke_marked(desk: Desk) -> None:
    """Ask whether the marked users are to be shut out."""
    open_many(desk, RevokeManyDialog, unlike_to_revoke)
