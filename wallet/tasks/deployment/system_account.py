"""The system account of an operator, whose users alone may look at what servers hold."""

from __future__ import annotations

from wallet.errors import StateRefusesError
from wallet.shell import command
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def system_account(records: Records, operator: KeyRecord) -> KeyRecord:
    """The system account of an operator. Raises `UsageError` where it has none, or not here."""
    claims = records.tokens.claims(operator.id)
    public = claims.nats.get("system_account") if claims else None
    if not isinstance(public, str) or not public:
        raise StateRefusesError(
            f"{operator.path} has no system account, and only its users may look at what servers "
            "hold. Name one: "
            + command("edit", operator.path, ("--system-account", "ACCOUNT"))
            + "; "
            "then give the servers the configuration with it, and restart them: "
            + command("config", operator.path, ("--for", "operator"), ("--resolver", "full"))
            + "."
        )
    account = records.by_public(public)
    if account is None:
        raise StateRefusesError(
            f"The system account of {operator.path}, {public}, is not in this vault."
        )
    return account
