"""`creds`: a user's creds, or those of a new user that may do the same for a short time."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from wallet import when
from wallet.cli import output
from wallet.cli.arguments import REF, add_to, add_unrecorded
from wallet.cli.vault_access import note_secrets, note_written, unlock
from wallet.errors import StateRefusesError, UsageError
from wallet.exchange import remainder
from wallet.exchange.export import check_free, write
from wallet.exchange.file_forms import ExportFile, creds_file
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium
from wallet.system.disk.plainfiles import who_reads
from wallet.tasks.deployment.deliveries import unwritten_tokens
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord, rfc3339
from wallet.vault.signing.short_lived import add_short_lived, require_usable, take_out_spent
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet creds billing --for 15m --to billing.creds",
    "nkey-wallet creds billing > billing.creds",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `creds`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument(
        "--for",
        dest="lasts",
        metavar="TIME",
        help="of a new user with the same permissions that ends then (90s, 15m, 12h), or with "
        "REF: its seed is not kept, its public key is, so that it can be revoked",
    )
    add_to(command)
    command.add_argument("--yes", action="store_true", help="show them on a terminal unasked")
    add_unrecorded(command)


def run(arguments: Namespace) -> int:
    """`creds REF`: noted in the vault before anything is shown."""
    lasts = None if arguments.lasts is None else when.span(arguments.lasts)
    if lasts is not None and lasts <= 0:
        raise UsageError("--for is a time from now on: 90s, 15m, 12h.")
    stays = ""
    to = None if arguments.to in (None, "-") else Path(arguments.to)
    with unlock(arguments) as vault:
        user = vault.records.find(arguments.ref)
        require_usable(user)
        if to is not None:
            check_free([ExportFile(str(to), bytearray, secret=True)])
        elif output.results.is_terminal and not arguments.yes:
            of = f"of {user.path}" if lasts is None else f"of a short-lived {user.path}"
            if not output.confirm(f"Show the creds {of} on this screen, with the seed?"):
                output.note("Nothing was shown.")
                return 1
        if lasts is None:
            if not user.has_seed:
                raise StateRefusesError(
                    f"The seed of {user.path} is not in this vault, so its creds cannot be "
                    "written. With --for 15m they are those of a new user like it."
                )
            text = partial(creds_file, vault, user)
            note_secrets(arguments, vault, What.EXPORTED, [user.public], f"creds to {to or '-'}")
            tokens = unwritten_tokens(vault.records, [user])
            given = ExportFile(str(to), text, secret=True, about=user)
            stays = remainder.sentence(vault.records, "creds", [given])
            _give(to, text())
            note_written(vault, tokens)
        else:
            with Seed.generate(Kind.USER) as seed:
                short, token, taken_out = _add(vault, user, seed, lasts, to)
                _give(to, write_creds(token, seed))
            _tell(short, taken_out)
    if to is not None:
        output.path(to)
        output.note(f"It holds a seed, unencrypted: {who_reads()}.")
    if stays:
        output.note(stays)
    return 0


def _add(
    vault: Vault, user: KeyRecord, seed: Seed, lasts: int, to: Path | None
) -> tuple[KeyRecord, str, int]:
    """Keep the short-lived user's public half, with the note that its creds are given out.

    Gives it, its JWT, and how many that have ended were taken out with that, or they would pile up.
    Where that cannot be saved it raises: nobody could revoke such a user later.
    """
    with vault.change() as records:
        taken_out = take_out_spent(records)
        short = add_short_lived(records, as_it_is(records, user), seed.public, lasts)
        ends = rfc3339(short.expires) if short.expires else "never"
        detail = f"short-lived creds like {user.path}, until {ends}, to {to or '-'}"
        records.history.note(What.EXPORTED, short.public, detail)
        token = records.tokens.get(short.id)
    return short, token or "", taken_out


def _give(to: Path | None, text: bytearray) -> None:
    """Write creds and wipe them."""
    try:
        if to is None:
            output.results.write_bytes(text)
        else:
            write([ExportFile(str(to), lambda: text, secret=True)])
    finally:
        sodium.wipe(text)


def _tell(short: KeyRecord, taken_out: int) -> None:
    if taken_out:
        output.note(
            f"Taken out of the vault: {taken_out:,} short-lived user{'s' * (taken_out > 1)} that "
            "ended over a day ago. Nothing of them is left to revoke."
        )
    if short.expires is not None:
        output.note(
            f"{short.path} is in force until {when.to_the_second(short.expires)}. Its seed was not "
            f"kept. To shut it out before: nkey-wallet revoke {short.public}"
        )
