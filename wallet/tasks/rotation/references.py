"""The accounts that name another by its key, and how they come to name the one in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wallet.errors import WalletError
from wallet.nats.claims.revocations import revoked_as
from wallet.nats.claims.shared_subjects import exports_of
from wallet.nats.nkeys import Kind
from wallet.tasks.sharing.account_links import activation_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import make_activation
from wallet.vault.signing.authority import owner_of, signers
from wallet.vault.signing.issuance import Issuing

Json = Any


def naming(value: Json, before: str, after: str) -> Json:
    """Claims with another public key wherever they name one: alone, or as a part of a subject."""
    if isinstance(value, Mapping):
        return {
            naming(key, before, after): naming(one, before, after) for key, one in value.items()
        }
    if isinstance(value, list):
        return [naming(one, before, after) for one in value]
    if isinstance(value, str) and before in value:
        return ".".join(after if part == before else part for part in value.split("."))
    return value


def naming_still(records: Records, public: str, aside: set[str]) -> list[KeyRecord]:
    """The accounts whose claims name one, but for those that are `aside`, by public key."""
    return [
        account
        for account in records.all(Kind.ACCOUNT)
        if not account.signing
        and account.public not in aside
        and (claims := records.tokens.claims(account.id)) is not None
        and naming(_but_exports(claims.nats), public, "") != _but_exports(claims.nats)
    ]


def imports_in(nats: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    listed = nats.get("imports")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def activated_anew(
    issuing: Issuing,
    exporter: KeyRecord,
    before: str,
    importer: str,
    one: Mapping[str, Json],
) -> str:
    """An activation like that of an import, for `importer`; empty where there can be none.

    `before` is whom that one was made out to: who was shut out stays so.
    """
    own, export = activation_of(one), _activating_export(issuing, exporter, before, one)
    if own is None or export is None:
        return ""
    try:
        subject = str(one.get("subject"))
        return make_activation(issuing, exporter, importer, export, subject, own.expires)
    except WalletError:
        return ""


def waiting(records: Records, giving: str, taking: KeyRecord) -> list[KeyRecord]:
    """The accounts that `let_over` would sign anew, so that they name the other one.

    `giving` is a public key: that account may be here no more.
    """
    issuing = Issuing(records)

    def activated(importer: KeyRecord, like: Mapping[str, Json]) -> str:
        export = _activating_export(issuing, taking, importer.public, like)
        return "" if export is None else "one of the other account"

    return [
        account
        for account, nats, renamed in _renamed(issuing, giving, taking, activated)
        if renamed != nats and _can_be_signed(records, account)
    ]


def importers_to_push(records: Records, account: KeyRecord | None) -> list[KeyRecord]:
    """The other accounts whose claims name one, and that servers may have as they were before."""
    if account is None:
        return []
    named = naming_still(records, account.public, {account.public})
    return [importer for importer in named if importer.unproved]


def let_over(issuing: Issuing, giving: str, taking: KeyRecord) -> None:
    """Let the other accounts import from the new one, by an activation of it where one is
    needed, and reckon with its public key."""

    def activated(importer: KeyRecord, like: Mapping[str, Json]) -> str:
        return activated_anew(issuing, taking, importer.public, importer.public, like)

    for account, nats, renamed in _renamed(issuing, giving, taking, activated):
        if renamed != nats:
            try:
                issuing.edit(account.id, renamed)
            except WalletError as error:
                issuing.left[account.path] = str(error)


def _renamed(
    issuing: Issuing,
    before: str,
    taking: KeyRecord,
    activated: Callable[[KeyRecord, Mapping[str, Json]], str],
) -> Iterator[tuple[KeyRecord, dict[str, Json], dict[str, Json]]]:
    """The accounts that name one: each with its claims, and with those that name the other.

    `activated` gives an activation of the other account for an import, empty where there is none:
    then the import stays as it is.
    """
    if taking.kind is not Kind.ACCOUNT:
        return
    for account in naming_still(issuing.records, before, {before, taking.public}):
        nats = issuing.claims(account.id)
        renamed = {**nats, **naming(_but_exports(nats), before, taking.public)}
        imports = []
        for one, like in zip(imports_in(nats), imports_in(renamed), strict=True):
            new = like
            if one.get("token") and one.get("account") == before:
                token = activated(account, like)
                new = {**like, "token": token} if token else one
            imports.append(new)
        if "imports" in nats:
            renamed["imports"] = imports
        yield account, nats, renamed


def _activating_export(
    issuing: Issuing, exporter: KeyRecord, before: str, one: Mapping[str, Json]
) -> Mapping[str, Json] | None:
    """The export that an import with an activation for `before` is of; None where it was taken
    back, or there is no such export."""
    own = activation_of(one)
    exports = exports_of(issuing.claims(exporter.id), str(one.get("subject")), str(one.get("type")))
    if own is None or not exports or revoked_as(exports[0], before, own.issued):
        return None
    return exports[0]


def _can_be_signed(records: Records, account: KeyRecord) -> bool:
    operator = owner_of(records, account)
    return operator is not None and bool(signers(records, Kind.ACCOUNT, operator))


def _but_exports(nats: Mapping[str, Json]) -> dict[str, Json]:
    """Claims without what they export: whom that shuts out by key stays shut out."""
    return {name: value for name, value in nats.items() if name != "exports"}
