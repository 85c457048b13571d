"""`edit`, `revoke`, `allow`: what operators, accounts and users may do."""

from __future__ import annotations

import time
from argparse import ArgumentParser, BooleanOptionalAction, Namespace, _ArgumentGroup
from collections.abc import Iterable, Mapping
from typing import Any

from wallet import when
from wallet.cli import output
from wallet.cli.arguments import FILE
from wallet.cli.exchange.file_input import read_named
from wallet.errors import UsageError
from wallet.nats.claims import content as fields
from wallet.nats.claims import edit as change
from wallet.nats.claims import form, reader
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.show.edit_command import FLAGS, TICKS
from wallet.show.past_end import past_end
from wallet.tasks.deployment.ways_there import ways_there
from wallet.tasks.keys.scopes import scope_of
from wallet.vault.key_record import KeyRecord, checked_tags
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault

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
_LINES = {
    "description": "of an account, for people",
    "info-url": "of an account: where to read more",
    "tiers": "JetStream of an account: 'R1 disk_storage=10GiB streams=5; R3 …'",
    "trace": "of an account: where traces go: 'traces.orders 10%%'",
    "account-server-url": "of an operator: nats://host:4222",
    "operator-service-urls": "of an operator: nats://host:4222, …",
    "assert-server-version": "of an operator: the oldest server, 2.10.0",
}
"""Lines of the form whose flags write them as the form does, with what help says of each."""
_OF_USERS = ("source", "hours", "time_zone", "connection_type", "bearer")


def add_arguments(command: ArgumentParser) -> None:
    """The flags of `new` and `edit` that say what a JWT allows."""
    group = command.add_argument_group(
        "what it may do",
        "Lists are divided by commas, and replace what was there; an empty one removes it. Of an "
        "account, subjects and answers are those of users without permissions of their own.",
    )
    group.add_argument("--expires", metavar="WHEN", help="90d, 12h, 2027-01-31 or never")
    group.add_argument("--not-before", metavar="WHEN", help="the same, for its beginning")
    for line, what in (
        ("allow-pub", "it may publish to, and to no other: orders.>,status"),
        ("deny-pub", "it may not publish to, whatever else is allowed"),
        ("allow-sub", "it may subscribe to, and to no other"),
        ("deny-sub", "it may not subscribe to, whatever else is allowed"),
    ):
        group.add_argument(f"--{FLAGS[line]}", metavar="SUBJECTS", help=what)
    group.add_argument(
        "--responses", metavar="N", help="how many answers it may send to a request; none: off"
    )
    group.add_argument("--response-time", metavar="TIME", help="and within what time: 5s, 1m")
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"of a user {', '.join(fields.USER_LIMITS)}; of an account "
        f"{', '.join((*fields.ACCOUNT_LIMITS, *fields.JETSTREAM_LIMITS))}; such as "
        "mem_storage=10M (or 10MiB), and unlimited for no limit",
    )
    for line, metavar, what in (
        ("src", "NETWORKS", "such as 10.0.0.0/8"),
        ("hours", "SPANS", "such as 08:00-18:00, for every day"),
        ("times-location", "ZONE", "of the hours: Europe/Berlin"),
        ("allowed-connection-types", "TYPES", "STANDARD, WEBSOCKET, MQTT …"),
    ):
        group.add_argument(f"--{FLAGS[line]}", metavar=metavar, help=what)
    add_tick(group, "bearer-token", "its JWT alone lets it in")
    for line, what in _LINES.items():
        group.add_argument(f"--{FLAGS[line]}", metavar="TEXT", help=what)
    add_tick(group, "disallow-bearer", "of an account: no bearer users")
    group.add_argument("--tags", metavar="TAGS", help="of the key, here and in its JWT")
    group.add_argument(
        "--claims",
        type=FILE,
        metavar="FILE",
        help="all of it, as `jwt --json` prints it, or a JWT; - for standard input",
    )
    group.add_argument("--signer", metavar="REF", help="a signing key of the account")


def add_tick(group: ArgumentParser | _ArgumentGroup, line: str, what: str) -> None:
    """Add the flags that say yes or no in a line of the form."""
    group.add_argument(f"--{TICKS[line]}", action=BooleanOptionalAction, help=what)


def claims_of(records: Records, record: KeyRecord) -> dict[str, Any] | None:
    """Give the `nats` fields that say what a key may do; for a signing key, what its users may.

    None where there are none: for server, cluster and curve keys, and plain signing keys.
    """
    if not record.signing:
        return present_claims(records, record.id) if record.kind in WITH_JWT else None
    scope = scope_of(records, record)
    return dict(scope.get("template") or {}) if scope else None


def asked(arguments: Namespace) -> bool:
    """Whether any flag says what a key may do."""
    names = (*_FLAGS, "disallow_bearer", *(_name(FLAGS[line]) for line in _LINES))
    return bool(arguments.limit) or any(getattr(arguments, name) is not None for name in names)


def _name(flag: str) -> str:
    return flag.replace("-", "_")


def wanted(arguments: Namespace, kind: Kind, nats: Mapping[str, Any]) -> dict[str, Any]:
    """The `nats` fields with what the flags change. Raises `UsageError`."""
    if kind is not Kind.USER:
        _refuse_flags_of_users(arguments)
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
        nats = _responses(kind, nats, count, within)
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
    for line in _LINES:
        text = getattr(arguments, _name(FLAGS[line]))
        if text is not None:
            nats = _with_line(kind, nats, f"--{FLAGS[line]}", line, text)
    if arguments.disallow_bearer is not None:
        text = form.YES if arguments.disallow_bearer else form.NO
        nats = _with_line(kind, nats, "--disallow-bearer", "disallow-bearer", text)
    return dict(nats)


def wanted_tags(arguments: Namespace) -> tuple[str, ...] | None:
    """The tags that --tags gives a key in place of its own, None without that flag."""
    return None if arguments.tags is None else checked_tags(change.words(arguments.tags))


def _refuse_flags_of_users(arguments: Namespace) -> None:
    for name in _OF_USERS:
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} is for users, and roles of users.")


def _with_line(
    kind: Kind, nats: Mapping[str, Any], flag: str, line: str, text: str
) -> dict[str, Any]:
    """The claims with a line of the form written. Raises `UsageError`, naming the flag."""
    field = next((field for field in form.fields_of(kind) if field.id == line), None)
    if field is None:
        whose = [
            other.value
            for other in (Kind.OPERATOR, Kind.ACCOUNT)
            if any(field.id == line for field in form.fields_of(other))
        ]
        raise UsageError(f"{flag} is for {' and '.join(whose)} keys, not for {kind.value} keys.")
    try:
        return field.write(nats, text.strip())
    except UsageError as error:
        raise UsageError(f"{flag}: {error}") from None


def _responses(
    kind: Kind, nats: Mapping[str, Any], count: int | None, within: int
) -> dict[str, Any]:
    if kind is Kind.ACCOUNT:
        default = change.responses(nats.get("default_permissions") or {}, count, within)
        return {**nats, "default_permissions": default}
    if kind is not Kind.USER:
        raise UsageError(f"--responses is for users and accounts, not for {kind.value} keys.")
    return change.responses(nats, count, within)


def signer(arguments: Namespace, records: Records) -> str | None:
    """The public key of the signing key that --signer names."""
    return records.find(arguments.signer).public if arguments.signer else None


def moment(text: str | None) -> int | None:
    """Read when a new JWT is to end or begin, as seconds since 1970."""
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
    """Note on standard error what could not be signed, and what servers will not take as it is."""
    for path, why in (*issuing.left.items(), *issuing.told.items()):
        output.note(f"{path}: {why}")


def tell_changes(vault: Vault, issuing: Issuing) -> None:
    """Note what `tell_left` does, and the command that brings changed accounts to servers."""
    tell_left(issuing)
    tell_pushes(vault.records, issuing.accounts)


def tell_past_ends(records: Iterable[KeyRecord]) -> None:
    """Note on standard error where keys of one kind end in the past, as each of `records` says."""
    told = [(record.path, why) for record in records if (why := past_end(record))]
    if told:
        path, why = told[0]
        output.note(f"{path if len(told) == 1 else f'All {len(told):,}'}: {why}")


def tell_pushes(records: Records, accounts: Iterable[str]) -> None:
    """Note the commands that bring accounts to servers, by their public keys."""
    for push in ways_there(records, accounts):
        output.note(f"Servers go by the JWT that they have until they get the new one: {push}")


def _permission(
    kind: Kind, nats: Mapping[str, Any], direction: str, rule: str, subjects: list[str]
) -> dict[str, Any]:
    if kind is Kind.USER:
        return change.permission(nats, direction, rule, subjects)
    if kind is not Kind.ACCOUNT:
        raise UsageError(f"Permissions are for users and accounts, not for {kind.value} keys.")
    default = change.permission(nats.get("default_permissions") or {}, direction, rule, subjects)
    return {**nats, "default_permissions": default}


def _read(arguments: Namespace, kind: Kind) -> dict[str, Any]:
    """Read the `nats` fields from the file that --claims names. Raises `UsageError`."""
    name = arguments.claims
    text = read_named(name, reader.LARGEST)
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
