"""Users that one version revoked while the other gave them a new key: told, for a person to judge.

The new key is another one, and stays in force. Whoever revoked the old one may have meant the key,
which leaked, or who has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from wallet.nats.claims import union
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.vault.copies.merge.fitting_names import path_of
from wallet.vault.copies.merge.owners import States
from wallet.vault.copies.merge.plan import MergeAction, MergeItem, MergePlan
from wallet.vault.copies.merge.tokens import claims_in, issue_time, revocations_in
from wallet.vault.records import Records


def successors_of_revoked(
    plan: MergePlan, rotating: Records, revoking: States
) -> Iterator[MergeItem]:
    """Tell of each user that `revoking` has shut out, while `rotating` gave it a new key."""
    joined = {public: key.state for public, key in plan.keys.items()}
    for rotation in rotating.rotations.open():
        old = revoking.get(rotation.old)
        if old is None or old.kind is not Kind.USER or rotation.new in revoking:
            continue
        claims, account = claims_in(old), revoking.get(old.parent or "")
        if claims is None or rotation.new not in joined:
            continue
        if issue_time(claims) <= union.revoked_until(revocations_in(account), old.public):
            path = path_of(rotation.new, joined)
            yield MergeItem(
                rotation.new,
                path,
                MergeAction.OPEN,
                f"it takes the place of {path_of(old.public, joined) or old.public}, which was "
                "revoked on the other side, and stays in force. To shut it out as well: "
                f"{command('revoke', path)}",
            )
