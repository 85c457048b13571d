"""The configurations that the keys in a vault make: gathered here, written by `server_config`."""

from __future__ import annotations

from collections.abc import Iterable

from wallet import server_config
from wallet.errors import UsageError
from wallet.nkeys import Kind
from wallet.server_config import ConfiguredAccount, ConfiguredUser, SignedAccount
from wallet.snippets import NamedKey
from wallet.vault.record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signers import has_operator


def users_of(records: Records, chosen: KeyRecord) -> list[KeyRecord]:
    """The key itself; for an operator or account, the active users beneath it."""
    if chosen.kind not in {Kind.OPERATOR, Kind.ACCOUNT}:
        return [chosen]
    found = []
    for child in records.beneath(chosen.id):
        if child.kind is Kind.USER:
            found += [child] if child.status == "active" else []
        elif child.status == "active":
            found += users_of(records, child)
    return found


def authorization(records: Records, chosen: Iterable[KeyRecord]) -> str:
    """The `authorization` block with the users among and beneath `chosen`, once each."""
    unique = {user.id: user for one in chosen for user in users_of(records, one)}
    return server_config.authorization(_configured(records, user) for user in unique.values())


def accounts(records: Records, chosen: Iterable[KeyRecord]) -> str:
    """The `accounts` block with these accounts, and those beneath these operators.

    Raises `UsageError` for any other key: only accounts stand in that block.
    """
    unique = {account.id: account for one in chosen for account in _accounts_of(records, one)}
    return server_config.accounts(
        ConfiguredAccount(
            account.name, [_configured(records, user) for user in users_of(records, account)]
        )
        for account in unique.values()
    )


def operator(records: Records, chosen: KeyRecord, resolver: str = "memory") -> str:
    """The configuration of a server that trusts this operator. Raises `UsageError`."""
    claims = records.claims(chosen.id)
    token = records.token(chosen.id)
    if chosen.kind is not Kind.OPERATOR or chosen.signing:
        raise UsageError(f"{chosen.path} is no operator; name the operator that servers trust.")
    if claims is None or token is None:
        raise UsageError(
            f"{chosen.path} has no JWT, for its seed was not here to sign one. Bring in its seed, "
            "or its JWT."
        )
    system = claims.nats.get("system_account")
    signed = _signed(records, _accounts_of(records, chosen))
    if not signed:
        raise UsageError(f"{chosen.path} has no accounts with a JWT yet. Make one: key n.")
    return server_config.operator(token, str(system) if system else None, signed, resolver)


def whole(records: Records, chosen: KeyRecord) -> str:
    """The configuration of a server that lets in a user, or the users beneath an account or
    operator: with the operator above them, where one has a JWT. Raises `UsageError`."""
    top = chosen
    while top.parent is not None:
        top = records.get(top.parent)
    if top.kind is Kind.OPERATOR and top.has_jwt:
        return operator(records, top)
    return authorization(records, [chosen])


def account(records: Records, chosen: Iterable[KeyRecord]) -> str:
    """What a server is told of these accounts: their JWTs, or without an operator their users.

    Raises `UsageError` when some have an operator and others have none.
    """
    listed = [one for key in chosen for one in _accounts_of(records, key)]
    ruled = {has_operator(records, one) for one in listed}
    if len(ruled) > 1:
        raise UsageError(
            "Some of these accounts have an operator and some have none, and no server takes both. "
            "Name them apart."
        )
    if ruled == {True}:
        return server_config.preload(_signed(records, listed))
    return accounts(records, listed)


def the_operator(records: Records) -> KeyRecord:
    """The only operator in the vault. Raises `UsageError` when there is none or there are more."""
    found = [one for one in records.all(Kind.OPERATOR) if not one.signing]
    if len(found) != 1:
        names = ", ".join(one.path for one in found[:5])
        raise UsageError(
            f"Which operator? There are: {names}." if found else "There is no operator here yet."
        )
    return found[0]


def _accounts_of(records: Records, chosen: KeyRecord) -> list[KeyRecord]:
    if chosen.kind is Kind.OPERATOR and not chosen.signing:
        return [
            child
            for child in records.beneath(chosen.id)
            if child.kind is Kind.ACCOUNT and child.status == "active"
        ]
    if chosen.kind is Kind.ACCOUNT and not chosen.signing:
        return [chosen]
    raise UsageError(f"{chosen.path} is a {chosen.role}; name accounts, or an operator.")


def _signed(records: Records, listed: Iterable[KeyRecord]) -> list[SignedAccount]:
    found = []
    for one in listed:
        token = records.token(one.id)
        if token is not None:
            found.append(SignedAccount(NamedKey(one.public, one.path), token))
    return found


def _configured(records: Records, user: KeyRecord) -> ConfiguredUser:
    claims = records.claims(user.id)
    nats = records.unsigned(user.id) if claims is None else claims.nats
    return ConfiguredUser(NamedKey(user.public, user.path), nats)
