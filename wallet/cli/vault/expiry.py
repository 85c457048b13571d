"""`expiring`: the keys and activations that soon end, for a job that runs every day."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import add_json
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.show.states.key_states import signed_words, state_of
from wallet.tasks.sharing.account_links import ListedImport, listed_imports
from wallet.vault.key_record import SHORT_LIVED, KeyRecord, moment, rfc3339
from wallet.vault.records import Records
from wallet.when import span, to_the_minute

EXAMPLES = [
    "nkey-wallet expiring --within 30d",
    "nkey-wallet expiring --ended",
]
AFTERWORD = (
    "Short-lived users (creds --for; their tag is short-lived) are meant to end, and "
    "left out: they are counted on stderr."
)
Ending = tuple[int, KeyRecord, ListedImport | None]
"""When something ends, the key, and the import whose activation it is, if it is not the key."""


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `expiring`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    command.add_argument(
        "--within", metavar="TIME", default="14d", help="how soon: 12h, 30d (default: 14d)"
    )
    command.add_argument(
        "--ended",
        action="store_true",
        help="also those that have ended, and are neither retired nor revoked; without it they are "
        "counted on stderr, and do not make the exit 1",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`expiring`: the next first; 1 when there are any. Those meant to end are left out."""
    within = span(arguments.within)
    if within <= 0:
        raise UsageError("--within is a time from now on: 12h, 14d.")
    now = int(time.time())
    with unlock(arguments) as vault:
        short_lived = _count_short_lived(vault.records, now, now + within)
        endings = [*_of_keys(vault.records, now + within), *_of_imports(vault.records)]
    endings = sorted(
        (one for one in endings if one[0] <= now + within), key=lambda one: (one[0], one[1].path)
    )
    ended = sum(at <= now for at, *_ in endings)
    if not arguments.ended:
        endings = [one for one in endings if one[0] > now]
    if arguments.json:
        output.as_json([_as_json(one, now) for one in endings])
    else:
        output.columns(
            (_row(one, now) for one in endings), looks=(_look(one, now) for one in endings)
        )
    if ended and not arguments.ended:
        verb = "has" if ended == 1 else "have"
        output.note(f"{ended:,} {verb} ended already: nkey-wallet expiring --ended names them.")
    if short_lived:
        verb = "is" if short_lived == 1 else "are"
        listed = command("list", f"tag:{SHORT_LIVED}")
        output.note(f"{short_lived:,} {verb} short-lived, and meant to end soon: {listed}")
    return 1 if endings else 0


def _count_short_lived(records: Records, now: int, latest: int) -> int:
    """Count the keys in use that end by then, and are left out because they are meant to."""
    keys = map(records.get, records.expiring(now + 1, latest))
    return sum(_is_in_use(key) and SHORT_LIVED in key.tags for key in keys)


def _of_keys(records: Records, latest: int) -> list[Ending]:
    keys = [records.get(key) for key in records.expiring(0, latest)]
    return [
        (int(key.expires.timestamp()), key, None)
        for key in keys
        if key.expires and _is_in_use(key) and SHORT_LIVED not in key.tags
    ]


def _of_imports(records: Records) -> list[Ending]:
    """The activations, which an account holds of others, that end some day."""
    accounts = [key for key in records.all(Kind.ACCOUNT) if key.has_jwt and _is_in_use(key)]
    return [
        (listed.expires, account, listed)
        for account in accounts
        for listed in listed_imports(records, account)
        if listed.expires is not None
    ]


def _is_in_use(key: KeyRecord) -> bool:
    return not key.revoked and key.status == "active"


def _as_json(ending: Ending, now: int) -> dict[str, object]:
    at, key, listed = ending
    if listed is None:
        return key.to_json()
    subject = listed.entry.get("subject")
    return {
        **key.to_json(),
        "kind": "activation",
        "name": listed.entry.get("name") or subject,
        "status": "expired" if at <= now else "active",
        "expires": rfc3339(moment(at)),
        "subject": subject,
        "exporter": listed.exporter,
    }


def _look(ending: Ending, now: int) -> str:
    at, key, listed = ending
    if listed is None:
        return state_of(key).look
    return "bad" if at <= now else "warn"


def _row(ending: Ending, now: int) -> tuple[str, str, str, str]:
    at, key, listed = ending
    if listed is None:
        return key.path, key.role, key.public, signed_words(key)
    what = f"{listed.entry.get('subject')} of {listed.exporter}"
    verb = "expired" if at <= now else "expires"
    return key.path, "activation", what, f"{verb} {to_the_minute(moment(at))}"
