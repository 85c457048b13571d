"""Identity keys of operators and accounts: what hangs on one, and so goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.tasks.rotation.force import is_out
from wallet.tasks.sharing.account_links import imports_from
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_system_account

_STORAGE = ("mem_storage", "disk_storage", "tiered_limits")


def hanging_on(records: Records, key: KeyRecord) -> list[str]:
    """Tell what goes over to another key, and what does not, when an identity key is rotated."""
    own = _of_operator if key.kind is Kind.OPERATOR else _of_account
    return own(records, key)


def _of_operator(records: Records, operator: KeyRecord) -> list[str]:
    accounts = records.beneath(operator.id)
    lines = [_beneath_it(accounts, "account")]
    lines += _signing_keys_in_force(records, operator)
    own = records.tokens.claims(operator.id)
    if own is not None and own.nats.get("system_account"):
        system = records.by_public(str(own.nats["system_account"]))
        lines.append(f"Its system account is {system.path if system else 'not here'}.")
    lines.append("Every server that trusts it has its JWT or public key in the configuration.")
    return lines


def _beneath_it(keys: list[KeyRecord], what: str) -> str:
    if not keys:
        return f"No {what} hangs on it."
    hang = "hangs" if len(keys) == 1 else "hang"
    return f"On it {hang} {_count(len(keys), what)}: {_names(keys)}."


def _of_account(records: Records, account: KeyRecord) -> list[str]:
    users = records.beneath(account.id)
    lines = [_beneath_it(users, "user")]
    lines += _signing_keys_in_force(records, account)
    own = records.tokens.claims(account.id)
    nats: Mapping[str, Any] = own.nats if own else {}
    if may_store(records, account):
        lines.append("It may use JetStream: streams and their data stay with the old account.")
    for what in ("exports", "imports"):
        if shared := nats.get(what):
            lines.append(f"It has {_count(len(shared), what.removesuffix('s'))}.")
    if is_system_account(records, account):
        lines.append("It is the system account, and every server's configuration names it.")
    if importers := importing(records, account):
        lines.append(f"These import from it, by its key: {_names(importers)}.")
    lines.append(
        "Pinned accounts in servers' configurations, imports and activations elsewhere may name it "
        "too: the wallet does not see those."
    )
    return lines


def _signing_keys_in_force(records: Records, owner: KeyRecord) -> list[str]:
    """Tell which signing keys the JWT of one names; none that was rotated out."""
    signing = [key for key in records.signing_keys(owner.id) if not is_out(records, key)]
    named = f"It names {_count(len(signing), 'signing key')}: {_names(signing)}."
    return [named] if signing else []


def may_store(records: Records, account: KeyRecord) -> bool:
    """Whether an account may use JetStream, whose data belongs to its key."""
    own = records.tokens.claims(account.id)
    limits = own.nats.get("limits") if own else None
    return isinstance(limits, Mapping) and any(limits.get(name) for name in _STORAGE)


def importing(records: Records, account: KeyRecord) -> list[KeyRecord]:
    """The accounts of this vault that import from one."""
    importers = {importer.id: importer for importer, _ in imports_from(records, account.public)}
    return list(importers.values())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _names(keys: list[KeyRecord]) -> str:
    return fields.few([key.name for key in keys])
