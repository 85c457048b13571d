"""`edit`: change what an operator, account or user may do."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from wallet import when
from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims import flags as claims
from wallet.cli.claims.flags import signer, tell_changes, wanted
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.claims import content as fields
from wallet.nats.claims.edit import listed
from wallet.nats.nkeys import Kind
from wallet.tasks.keys.scopes import scope_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import KEEP, Issuing, Time
from wallet.vault.signing.present_claims import present_claims

EXAMPLES = [
    "nkey-wallet edit billing --allow-sub orders.status --limit payload=1M",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `edit`."""
    command.add_argument("ref", metavar="REF", help=REF)
    claims.add_arguments(command)
    command.add_argument("--role", metavar="NAME", help="of a signing key: what its users are")
    command.add_argument("--plain", action="store_true", help="a signing key without a role again")
    command.add_argument("--system-account", metavar="REF", help="of an operator")
    claims.add_tick(
        command, "strict-signing-key-usage", "of an operator: only signing keys may sign"
    )
    command.add_argument(
        "--free",
        action="store_true",
        help="begin without any limit or permission, instead of with what is there",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`edit REF …`: sign anew what it says, and what depends on it."""
    with unlock(arguments) as vault:
        with vault.change() as records:
            record = records.find(arguments.ref)
            issuing = Issuing(records)
            tags = claims.wanted_tags(arguments)
            if tags is not None:
                records.set_tags(record.id, tags)
            if record.signing:
                _edit_scope(arguments, records, issuing, record)
            else:
                start = fields.starting(record.kind) if arguments.free else None
                nats = wanted(arguments, record.kind, start or issuing.claims(record.id))
                if tags is not None and record.has_jwt:
                    nats = listed(nats, "tags", list(tags))
                issuing.edit(
                    record.id,
                    _of_operator(arguments, records, record, nats),
                    expires=_when(arguments.expires),
                    not_before=_when(arguments.not_before),
                    signer=signer(arguments, records),
                )
        record_now = vault.records.get(record.id)
        claims_now = present_claims(vault.records, record.id)
        tell_changes(vault, issuing)
        claims.tell_past_ends([record_now])
    if arguments.json:
        output.as_json({**record_now.to_json(), "claims": claims_now})
    else:
        output.columns([(record_now.path, record_now.public)])
    return 0


def _edit_scope(
    arguments: Namespace, records: Records, issuing: Issuing, record: KeyRecord
) -> None:
    before = scope_of(records, record)
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


def _when(text: str | None) -> Time:
    return KEEP if text is None else when.moment(text, int(time.time()))
