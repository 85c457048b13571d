"""Identity keys of operators and accounts: what hangs on one, and so goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import owner_of

_STORAGE = ("mem_storage", "disk_storage", "tiered_limits")


def why_not(records: Records, key: KeyRecord) -> list[str]:
    """Why an identity key is not rotated as others are: what hangs on it, and the way by hand."""
    if key.kind is Kind.OPERATOR:
        return [
            f"{key.path} is the identity key of an operator, and is not rotated as other keys are.",
            *_of_operator(records, key),
            "By hand: make the new operator, let each server's configuration trust both, sign the "
            "accounts by the new one and push them, prove that they are there, then take the old "
            "one out of each configuration and restart the servers.",
            _signing_instead(key),
        ]
    return [
        f"{key.path} is the identity key of an account: servers know the account by it, and under "
        "another key it is another account.",
        *_of_account(records, key),
        "By hand: make the new account beside it, move users and signing keys, give their creds "
        "out anew, take imports and data over, then take the old account off the servers.",
        _signing_instead(key),
    ]


def _of_operator(records: Records, operator: KeyRecord) -> list[str]:
    accounts = records.beneath(operator.id)
    signing = records.signing_keys(operator.id)
    lines = [f"On it hang {_count(len(accounts), 'account')}: {_names(accounts)}."]
    if signing:
        lines.append(f"It names {_count(len(signing), 'signing key')}: {_names(signing)}.")
    own = records.tokens.claims(operator.id)
    if own is not None and own.nats.get("system_account"):
        system = records.by_public(str(own.nats["system_account"]))
        lines.append(f"Its system account is {system.path if system else 'not here'}.")
    lines.append("Every server that trusts it has its JWT or public key in the configuration.")
    return lines


def _of_account(records: Records, account: KeyRecord) -> list[str]:
    users, signing = records.beneath(account.id), records.signing_keys(account.id)
    lines = [f"On it hang {_count(len(users), 'user')}: {_names(users)}."]
    if signing:
        lines.append(f"It names {_count(len(signing), 'signing key')}: {_names(signing)}.")
    own = records.tokens.claims(account.id)
    nats: Mapping[str, Any] = own.nats if own else {}
    limits = nats.get("limits")
    if isinstance(limits, Mapping) and any(limits.get(name) for name in _STORAGE):
        lines.append("It may use JetStream: streams and their data stay with the old account.")
    for what in ("exports", "imports"):
        if shared := nats.get(what):
            lines.append(f"It has {_count(len(shared), what.removesuffix('s'))}.")
    operator = owner_of(records, account)
    above = None if operator is None else records.tokens.claims(operator.id)
    if above is not None and above.nats.get("system_account") == account.public:
        lines.append("It is the system account, and every server's configuration names it.")
    importing = [] if operator is None else _importing(records, operator, account)
    if importing:
        lines.append(f"These import from it, by its key: {_names(importing)}.")
    lines.append("Activations, mappings and pinned accounts of servers may name it too.")
    return lines


def _importing(records: Records, operator: KeyRecord, account: KeyRecord) -> list[KeyRecord]:
    """The operator's accounts that import from one."""
    importers = []
    for other in records.beneath(operator.id):
        claims = records.tokens.claims(other.id)
        imports = claims.nats.get("imports") if claims else None
        if isinstance(imports, list) and any(
            isinstance(one, Mapping) and one.get("account") == account.public for one in imports
        ):
            importers.append(other)
    return importers


def _signing_instead(key: KeyRecord) -> str:
    make = command("new", key.kind.value, ("--under", key.path), ("--signing",))
    return (
        f"Against the next time: `{make}` makes a signing key, which is rotated as other keys are, "
        "so that this one can stay offline."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _names(keys: list[KeyRecord]) -> str:
    return fields.few([key.name for key in keys]) if keys else "none"
