"""`expiring`: the keys whose JWT soon ends, for a job that runs every day."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from wallet.cli.arguments import add_json
from wallet.cli.list_keys import show
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.vault.signing.short_lived import SHORT_LIVED
from wallet.when import span

EXAMPLES = [
    "nkey-wallet expiring --within 30d",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `expiring`."""
    command.add_argument(
        "--within", metavar="TIME", default="14d", help="how soon: 12h, 30d (default: 14d)"
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`expiring`: the next first; 1 when there are any. Those meant to end are left out."""
    within = span(arguments.within)
    if within <= 0:
        raise UsageError("--within is a time from now on: 12h, 14d.")
    now = int(time.time())
    with unlock(arguments) as vault:
        ids = vault.records.expiring(now + 1, now + within)
        keys = [vault.records.get(key) for key in ids]
    soon = [
        record
        for record in keys
        if not record.revoked and record.status == "active" and SHORT_LIVED not in record.tags
    ]
    soon.sort(key=lambda record: (record.expires is None, record.expires, record.path))
    show(soon, in_json=arguments.json)
    return 1 if soon else 0
