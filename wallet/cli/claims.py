"""`edit`, `revoke`, `allow`: what operators, accounts and users may do."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wallet import when
from wallet.cli import output
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.claims import content as fields
from wallet.nats.claims import edit as change
from wallet.nats.claims import reader
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import KEEP, Issuing, Time

_FLAGS = (
    "allow_pub",
    "deny_pub",
    "allow_sub",
    "deny_sub",
    "responses",
    "response_time",
    "source",
    "hours",
    "time_zone",
    "connection_type",
    "bearer",
    "claims",
)


def edit(arguments: Namespace) -> int:
    """`edit REF …`: sign anew what it says, and what depends on it."""
    with unlock(arguments) as vault:
        with vault.change() as records:
            record = records.find(arguments.ref)
            issuing = Issuing(records)
            if record.signing:
                _edit_scope(arguments, issuing, record)
            else:
                start = fields.starting(record.kind) if arguments.free else None
                nats = wanted(arguments, record.kind, start or issuing.claims(record.id))
                issuing.edit(
                    record.id,
                    _of_operator(arguments, records, record, nats),
                    expires=_when(arguments.expires),
                    not_before=_when(arguments.not_before),
                    signer=signer(arguments, records),
                )
        done = vault.records.get(record.id)
        said = Issuing(vault.records).claims(record.id)
    tell_left(issuing)
    if arguments.json:
        output.as_json({**done.to_json(), "claims": said})
    else:
        output.columns([(done.path, done.public)])
    return 0


def revoke(arguments: Namespace) -> int:
    """`revoke REF`: its account's JWT takes back what was issued so far."""
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        mend = arguments.mend or _wants_mending(vault.records, record)
        with vault.change() as records:
            issuing = Issuing(records)
            done = issuing.revoke(record.id, mend=mend)
    tell_left(issuing)
    for flaw in done:
        output.note(f"Mended in the account's JWT: {flaw}.")
    if issuing.told and not mend:
        output.note("revoke --mend leaves that out in the same change, where it can.")
    output.note(
        f"{record.path} is revoked in its account's JWT. Servers keep letting it in until they "
        f"have that JWT: {HOW_ACCOUNTS_ARRIVE}."
    )
    return 0


def _wants_mending(records: Records, record: KeyRecord) -> bool:
    """Ask, on a terminal, where servers refuse the account's JWT for something else."""
    account, flaws = Issuing(records).flaws_of_account(record.id)
    if not flaws or not sys.stdin.isatty():
        return False
    output.note(f"{account}: {fields.reason(Kind.ACCOUNT, flaws)}")
    return output.confirm("Leave that out too, in the same change?")


def allow(arguments: Namespace) -> int:
    """`allow REF`: a JWT issued after the revocation."""
    with unlock(arguments) as vault, vault.change() as records:
        record = records.find(arguments.ref)
        Issuing(records).allow_again(record.id)
    output.note(
        f"{record.path} has a new JWT, issued after the revocation: give it that one, as creds. "
        "Copies of the old one stay shut out, and servers need nothing new."
    )
    return 0


def claims_of(records: Records, record: KeyRecord) -> dict[str, Any] | None:
    """What a key may do, as `nats` fields; of a signing key, its users. None where nothing does."""
    if not record.signing:
        has_claims = record.kind in {Kind.OPERATOR, Kind.ACCOUNT, Kind.USER}
        return Issuing(records).claims(record.id) if has_claims else None
    if record.parent is None:
        return None
    scope = fields.scope_of(Issuing(records).claims(record.parent), record.public)
    return dict(scope.get("template") or {}) if scope else None


def asked(arguments: Namespace) -> bool:
    """Whether any flag says what a key may do."""
    return bool(arguments.limit) or any(getattr(arguments, name) is not None for name in _FLAGS)


def wanted(arguments: Namespace, kind: Kind, nats: Mapping[str, Any]) -> dict[str, Any]:
    """The `nats` fields with what the flags change. Raises `UsageError`."""
    if arguments.claims is not None:
        given = _read(arguments, kind)
        if kind is Kind.ACCOUNT:
            meant = {text.partition("=")[0].strip() for text in arguments.limit}
            change.require_limits(nats, given, meant)
        nats = given
    for direction in ("pub", "sub"):
        for rule in ("allow", "deny"):
            text = getattr(arguments, f"{rule}_{direction}")
            if text is not None:
                nats = _permission(kind, nats, direction, rule, change.words(text))
    if arguments.responses is not None:
        count = None if arguments.responses in {"none", ""} else change.whole(arguments.responses)
        within = when.span(arguments.response_time) if arguments.response_time else 0
        nats = change.responses(nats, count, within)
    elif arguments.response_time is not None:
        raise UsageError("--response-time goes with --responses N.")
    for text in arguments.limit:
        name, _, value = text.partition("=")
        nats = change.limit(kind, nats, name.strip(), change.amount(name.strip(), value))
    if arguments.source is not None:
        nats = change.listed(nats, "src", change.words(arguments.source))
    if arguments.hours is not None:
        nats = change.listed(nats, "times", change.hours(arguments.hours))
    if arguments.time_zone is not None:
        nats = {**nats, "times_location": arguments.time_zone}
    if arguments.connection_type is not None:
        types = [word.upper() for word in change.words(arguments.connection_type)]
        nats = change.listed(nats, "allowed_connection_types", types)
    if arguments.bearer is not None:
        nats = {**nats, "bearer_token": arguments.bearer}
    return dict(nats)


def signer(arguments: Namespace, records: Records) -> str | None:
    """The public key of the signing key that --signer names."""
    return records.find(arguments.signer).public if arguments.signer else None


def moment(text: str | None) -> int | None:
    """When a new JWT ends or begins, seconds since 1970."""
    return None if text is None else when.moment(text, int(time.time()))


def scope(arguments: Namespace) -> dict[str, Any] | None:
    """The scope that --role and the flags give a signing key, None for a plain one."""
    if arguments.role is None:
        if asked(arguments):
            raise UsageError("What a signing key's users may do goes with a role: add --role NAME.")
        return None
    template = wanted(arguments, Kind.USER, fields.starting(Kind.USER))
    return {"role": arguments.role, "template": template}


def tell_left(issuing: Issuing) -> None:
    """What could not be signed, and what servers will not take as it stands, to standard error."""
    for path, why in (*issuing.left.items(), *issuing.told.items()):
        output.note(f"{path}: {why}")


def _edit_scope(arguments: Namespace, issuing: Issuing, record: KeyRecord) -> None:
    before = None
    if record.parent is not None:
        before = fields.scope_of(issuing.claims(record.parent), record.public)
    if arguments.plain:
        issuing.set_scope(record.id, None)
        return
    if before is None and arguments.role is None:
        raise UsageError(f"{record.path} is a plain signing key. Give it a role: --role NAME.")
    start = dict(before or {})
    template = fields.starting(Kind.USER) if arguments.free else start.get("template", {})
    start["template"] = wanted(arguments, Kind.USER, template)
    if arguments.role is not None:
        start["role"] = arguments.role
    issuing.set_scope(record.id, start)


def _of_operator(
    arguments: Namespace, records: Records, record: KeyRecord, nats: dict[str, Any]
) -> dict[str, Any]:
    if arguments.system_account is None and arguments.strict is None:
        return nats
    if record.kind is not Kind.OPERATOR:
        raise UsageError("--system-account and --strict are for operators.")
    if arguments.system_account is not None:
        account = records.find(arguments.system_account)
        if account.parent != record.id or account.signing:
            raise UsageError(f"{account.path} is no account of {record.path}.")
        nats = {**nats, "system_account": account.public}
    if arguments.strict is not None:
        nats = {**nats, "strict_signing_key_usage": arguments.strict}
    return nats


def _permission(
    kind: Kind, nats: Mapping[str, Any], direction: str, rule: str, subjects: list[str]
) -> dict[str, Any]:
    if kind is Kind.USER:
        return change.permission(nats, direction, rule, subjects)
    if kind is not Kind.ACCOUNT:
        raise UsageError(f"Permissions are for users and accounts, not for {kind.value} keys.")
    default = change.permission(nats.get("default_permissions") or {}, direction, rule, subjects)
    return {**nats, "default_permissions": default}


def _when(text: str | None) -> Time:
    return KEEP if text is None else when.moment(text, int(time.time()))


def _read(arguments: Namespace, kind: Kind) -> dict[str, Any]:
    """What --claims gives. Raises `UsageError`."""
    name = arguments.claims
    try:
        if name == "-":
            text = sys.stdin.buffer.read(reader.LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(reader.LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can be called that"
        raise UsageError(f"{name} could not be read: {why}.") from None
    try:
        given = reader.read(text, kind)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    if given.unknown:
        output.note(f"{name}: {reader.about_unknown(given.unknown)}")
    if given.expires is not None and getattr(arguments, "expires", None) is None:
        output.note(
            f"{name}: when it expires is not taken over. Say that with --expires, if it is meant."
        )
    return given.nats
