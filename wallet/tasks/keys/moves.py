"""Moving keys: what it costs is told, and agreed to, before."""

from __future__ import annotations

from wallet.errors import UsageError
from wallet.nats.claims.revocations import revocations
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.sharing import ended_imports
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


def place(records: Records, path: str) -> int | None:
    """The id of what a key is to hang beneath; None to stand alone. Raises `NoSuchKeyError`."""
    return records.find_parent(path).id if path else None


def cost_of_moving(records: Records, key: KeyRecord, under: int | None) -> str:
    """Tell, in sentences, what a person agrees to before a key is moved; empty for nothing."""
    sentences = [_lets_in(records, key, under), ended_imports.by_moving(records, key, under)]
    return " ".join(filter(None, sentences))


def move(
    issuing: Issuing, records: Records, key_id: int, under: int | None, *, agreed: bool = False
) -> None:
    """Move a key as `Issuing.move` does. Raises `UsageError` for one that would be let in again by
    that, where nobody `agreed`."""
    key = records.get(key_id)
    if not agreed and (why := _lets_in(records, key, under)):
        to = "" if under is None else records.get(under).path
        raise UsageError(f"{why} If that is meant: " + command("move", key.path, to, ("--yes",)))
    issuing.move(key_id, under)


def _lets_in(records: Records, key: KeyRecord, under: int | None) -> str:
    """Say of a user that the account it goes to revokes it; empty for any other."""
    if key.kind is not Kind.USER or under is None or key.parent == under:
        return ""
    account = records.get(under)
    claims = records.tokens.claims(under)
    if claims is None or key.public not in revocations(claims.nats):
        return ""
    return f"{account.path} revokes {key.public}, and its JWT from there lets it in again."
