"""`revoke`: shut a user out, in its account's JWT."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.claims import tell_left
from wallet.cli.vault_access import unlock
from wallet.nats.claims import content as fields
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet revoke billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `revoke`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument(
        "--mend",
        action="store_true",
        help="leave out what servers refuse in the account's JWT, in the same change",
    )


def run(arguments: Namespace) -> int:
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
