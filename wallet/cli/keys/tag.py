"""`tag`: tags put on keys, and taken off."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli.keys.key_changes import add_refs, change_each
from wallet.errors import UsageError
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet tag billing reports --add prod --remove trial",
    "nkey-wallet tag billing --add region:eu --sign",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `tag`."""
    add_refs(command)
    command.add_argument(
        "--add", metavar="TAG", action="append", default=[], help="put it on; more than once"
    )
    command.add_argument(
        "--remove", metavar="TAG", action="append", default=[], help="take it off; more than once"
    )
    command.add_argument(
        "--sign",
        action="store_true",
        help="sign the keys' JWTs anew with the new tags: templates of roles go by what a JWT says",
    )


def run(arguments: Namespace) -> int:
    """`tag REF…`: what is added comes after the tags that are there; all keys or none."""
    if not arguments.add and not arguments.remove:
        raise UsageError("Say which tags: --add TAG, --remove TAG.")
    if both := sorted(set(arguments.add) & set(arguments.remove)):
        raise UsageError(f"The tag {both[0]} cannot be added and removed at once.")

    def change(issuing: Issuing, records: Records, record: KeyRecord) -> None:
        remaining = [tag for tag in record.tags if tag not in arguments.remove]
        wanted = list(dict.fromkeys([*remaining, *arguments.add]))
        if wanted != list(record.tags):
            issuing.set_tags(record.id, wanted)
        claims = records.tokens.claims(record.id) if arguments.sign else None
        if claims is not None and not set(wanted) <= set(claims.tags):
            issuing.reissue(record.id)

    return change_each(arguments, arguments.refs, change, "has these tags now")
