"""`unpair`: take back what an account was given to import."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.shared_subjects import changed_json, tell
from wallet.cli.vault_access import unlock
from wallet.nats.claims.shared_subjects import words
from wallet.tasks.sharing.account_pairs import unpair
from wallet.vault.signing.issuance import Issuing
from wallet.when import exactly

EXAMPLES = [
    "nkey-wallet unpair orders metrics 'orders.eu.status'",
    "nkey-wallet unpair orders metrics",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `unpair`."""
    command.add_argument("exporter", metavar="EXPORTER", help=f"the account that shares: {REF}")
    command.add_argument("importer", metavar="IMPORTER", help="the account that it shared with")
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        default="",
        help="as the exporter has it; without it all that is imported from there",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`unpair EXPORTER IMPORTER [SUBJECT]`: activations are taken back, imports removed."""
    with unlock(arguments) as vault:
        with vault.change() as records:
            issuing = Issuing(records)
            exporter = records.find(arguments.exporter)
            importer = records.find(arguments.importer)
            done = unpair(issuing, exporter, importer, arguments.subject)
        tell(vault, issuing)
        if arguments.json:
            output.as_json(
                {
                    "changed": changed_json(vault.records, issuing),
                    "removed": list(done.imports),
                    "revoked_until": done.revoked_until,
                }
            )
            return 0
    for one in done.imports:
        output.say(f"{importer.path} imports {words(one)} from {exporter.path} no longer.")
    if done.revoked_until is not None:
        output.say(
            f"{exporter.path} takes back its activations for {importer.path} that were issued "
            f"until {exactly(done.revoked_until)}."
        )
    elif exporter.path not in issuing.left:
        output.say(f"{exporter.path} exports that to anybody, who can import it again.")
    return 0
