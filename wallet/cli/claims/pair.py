"""`pair`: let one account of the vault import what another exports, in one step."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import moment
from wallet.cli.claims.shared_subjects import add_kind, add_private, changed_json, tell
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.claims.shared_subjects import SERVICE, STREAM, words
from wallet.show.shared_subjects import export_row
from wallet.tasks.sharing.account_links import listed_exports
from wallet.tasks.sharing.account_pairs import PairingWish, pair, unclear
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims

EXAMPLES = [
    "nkey-wallet pair orders metrics",
    "nkey-wallet pair orders metrics 'orders.eu.status' --service --private --as status",
    "nkey-wallet pair orders metrics 'orders.eu.status' --expires 90d",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `pair`."""
    command.add_argument("exporter", metavar="EXPORTER", help=f"the account that shares: {REF}")
    command.add_argument("importer", metavar="IMPORTER", help="the account that it shares with")
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="exported already, or to be exported now; asked for on a terminal",
    )
    add_kind(command)
    add_private(command, "only accounts with an activation may import it: one is made")
    command.add_argument(
        "--as", dest="local", metavar="SUBJECT", default="", help="how the importer calls it"
    )
    command.add_argument("--expires", metavar="WHEN", help="of the activation: 90d, 2027-01-31")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`pair EXPORTER IMPORTER [SUBJECT]`: what is unclear is asked on a terminal."""
    with unlock(arguments) as vault:
        exporter, importer = _accounts(arguments, vault.records)
        wish = _wish(arguments, vault.records, exporter)
        with vault.change() as records:
            issuing = Issuing(records)
            new = pair(issuing, *_accounts(arguments, records), wish)
        tell(vault, issuing)
        if arguments.json:
            output.as_json({"changed": changed_json(vault.records, issuing), "import": new})
        else:
            known_as = new.get("local_subject")
            output.say(
                f"{importer.path} imports {words(new)} from {exporter.path}"
                + (f", as {known_as}" if known_as else "")
                + (", with an activation." if new.get("token") else ".")
            )
    return 0


def _accounts(arguments: Namespace, records: Records) -> tuple[KeyRecord, KeyRecord]:
    return records.find(arguments.exporter), records.find(arguments.importer)


def _wish(arguments: Namespace, records: Records, exporter: KeyRecord) -> PairingWish:
    """Take the wish from the flags, and ask the person for what they leave open."""
    subject = arguments.subject or _ask_subject(records, exporter)
    wish = PairingWish(
        subject, arguments.kind, arguments.private, arguments.local, moment(arguments.expires)
    )
    claims = present_claims(records, exporter.id)
    missing = unclear(claims, wish) if sys.stdin.isatty() else []
    if "kind" in missing:
        question = f"Is {subject} a service, which answers, or a stream of messages?"
        wish = replace(wish, kind=_ask_one_of(question, (SERVICE, STREAM)))
        missing = unclear(claims, wish)
    if "private" in missing:
        question = f"Is {subject} private, only with the activation that is made, or public?"
        wish = replace(wish, private=_ask_one_of(question, ("private", "public")) == "private")
    return wish


def _ask_subject(records: Records, exporter: KeyRecord) -> str:
    """Ask which of the exports is meant, or which other subject. Raises `UsageError`."""
    if not sys.stdin.isatty():
        raise UsageError("Say which subject: nkey-wallet pair EXPORTER IMPORTER SUBJECT.")
    exports = listed_exports(records, exporter)
    output.columns(map(export_row, exports), to=output.notes)
    numbers = "Number of the export, or another subject" if exports else "Subject to export"
    answer = output.ask(f"{numbers}:")
    if not answer:
        raise UsageError("No subject was given. Nothing was changed.")
    if answer.isdecimal() and 0 < int(answer[:9]) <= len(exports):
        return str(exports[int(answer) - 1].entry.get("subject"))
    return answer


def _ask_one_of(question: str, choices: tuple[str, str]) -> str:
    """Ask for one of two words, or its first letters, until the answer is one."""
    while True:
        answer = output.ask(f"{question} [{'/'.join(choices)}]").lower()
        fitting = [choice for choice in choices if answer and choice.startswith(answer)]
        if len(fitting) == 1:
            return fitting[0]
