"""The texts that servers have to get for where a rotation stands."""

from __future__ import annotations

from dataclasses import dataclass

from wallet.exchange import configurations
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.written_configurations import resolver_given_out
from wallet.tasks.rotation.force import above, is_identity, is_signed
from wallet.tasks.rotation.references import importers_to_push
from wallet.vault.db.parts.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


@dataclass(frozen=True, slots=True)
class TextToDeploy:
    """A text that somebody has to bring to servers, and what it is."""

    what: str
    text: str

    def to_json(self) -> dict[str, str]:
        """The text and its purpose, as one of the `texts` of `rotate --json`."""
        return {"what": self.what, "text": self.text}


def texts(records: Records, rotation: Rotation) -> list[TextToDeploy]:
    """The texts that servers have to get for where a rotation stands."""
    key = records.by_public(rotation.staying) or records.by_public(rotation.leaving)
    if key is None:
        return []
    if is_identity(key):
        return _of_identity(records, rotation, key)
    account = above(records, key)
    if key.signing and account is not None:
        return [_owner_text(records, account)]
    if key.kind is not Kind.USER:
        return []
    if is_signed(records, key) and account is not None:
        if rotation.phase is Phase.BOTH:
            return []
        return [_owner_text(records, account)]
    if account is not None:
        what = f"The users of {account.path}, for the configuration of servers that list them"
        return [TextToDeploy(what, configurations.accounts(records, [account]))]
    alone = [user for user in records.all(Kind.USER) if user.parent is None]
    in_use = [user for user in alone if user.status == "active"]
    what = "The users of no account, for the configuration of servers that list them"
    return [TextToDeploy(what, configurations.authorization(records, in_use))]


def _owner_text(records: Records, owner: KeyRecord) -> TextToDeploy:
    if owner.kind is Kind.OPERATOR:
        resolver = resolver_given_out(records, owner)
        what = f"The JWT of {owner.path} and its accounts, for servers with the {resolver} resolver"
        return TextToDeploy(what, configurations.operator(records, owner, resolver))
    what = f"The JWT of {owner.path}, as it stands in resolver_preload"
    return TextToDeploy(what, configurations.account(records, [owner]))


def _of_identity(records: Records, rotation: Rotation, key: KeyRecord) -> list[TextToDeploy]:
    if key.kind is Kind.OPERATOR:
        return [_owner_text(records, key)]
    keys = (records.by_public(public) for public in (rotation.staying, rotation.leaving))
    listed = [account for account in keys if account is not None and account.has_jwt]
    listed += importers_to_push(records, records.by_public(rotation.staying))
    what = f"The JWTs of {' and '.join(one.path for one in listed)}, as in resolver_preload"
    return [TextToDeploy(what, configurations.account(records, listed))]
