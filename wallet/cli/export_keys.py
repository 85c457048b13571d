"""`export` and `jwt`: keys as the files of other programs."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from wallet import chain
from wallet.cli import output
from wallet.cli.claims import claims_of
from wallet.cli.vault_access import note_secrets, unlock
from wallet.errors import UsageError
from wallet.exchange.export import check_free, listed, write
from wallet.exchange.file_forms import ExportFile, seeds_in
from wallet.nats.nkeys import Kind
from wallet.secrets import sodium
from wallet.system.plainfiles import who_reads
from wallet.tasks.keys_under_test import chain_about
from wallet.vault.db.history import What

STANDARD_OUTPUT = "-"
MANY = 200  # from here on progress is shown


def export(arguments: Namespace) -> int:
    """`export REF… --as FORM --to PATH`: never over another file unasked."""
    to = Path(arguments.to)
    if arguments.to == STANDARD_OUTPUT:
        return _to_standard_output(arguments)
    with unlock(arguments) as vault:
        chosen = [vault.records.find(ref) for ref in arguments.refs]
        items = listed(vault, chosen, arguments.form, to, arguments.server, output.note)
        overwrite = arguments.force or _may_overwrite(items)
        if not overwrite:
            check_free(items)
        note_secrets(arguments, vault, What.EXPORTED, seeds_in(items), f"{arguments.form} to {to}")
        written = write(items, overwrite=overwrite, on_progress=_progress(len(items)))
    secret = sum(item.secret for item in items)
    for path in written[:MANY]:
        output.path(path)
    if len(written) > MANY:
        output.say(f"… and {len(written) - MANY:,} more beneath {to}")
    if secret:
        what = "1 of them holds a seed" if secret == 1 else f"{secret:,} of them hold seeds"
        output.note(
            f"{what}, unencrypted: whoever reads the file can be that key, and {who_reads()}. "
            "Delete it when it is not needed."
        )
    if arguments.form == "nsc":
        output.note(f"nsc works with it as: nsc --all-dirs {to} list keys --all")
    if arguments.form == "context":
        output.note("Put the .json files into nats/context/ in your configuration directory.")
    return 0


def _to_standard_output(arguments: Namespace) -> int:
    """The one file, byte for byte; several have no place there."""
    if arguments.form in {"nsc", "context"}:
        raise UsageError(f"As {arguments.form} there is more than one file: name a directory.")
    with unlock(arguments) as vault:
        chosen = [vault.records.find(ref) for ref in arguments.refs]
        items = listed(vault, chosen, arguments.form, Path(STANDARD_OUTPUT), None, output.note)
        if len(items) != 1:
            raise UsageError(f"These are {len(items):,} files: name a directory to put them in.")
        (item,) = items
        shown = item.secret and output.results.is_terminal and not arguments.force
        if shown and not output.confirm("Show the seed on this screen?"):
            return 1
        note_secrets(arguments, vault, What.EXPORTED, seeds_in(items), f"{arguments.form} to -")
        data = item.make()
        try:
            output.results.write_bytes(data if isinstance(data, bytearray) else bytes(data))
        finally:
            if isinstance(data, bytearray):
                sodium.wipe(data)
    return 0


def jwt(arguments: Namespace) -> int:
    """`jwt REF`: the JWT alone; with `--json` what it says, in words too.

    With `--json` also what a key without a JWT may do, unsigned: what `edit --claims` takes.
    """
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        claims = vault.records.tokens.claims(record.id)
        nats = claims_of(vault.records, record) if claims is None else None
        if arguments.json and nats is not None:
            kind = Kind.USER if record.signing else record.kind
            typed = {**nats, "type": kind.value, "version": 2}
            payload = {"name": record.name, "sub": record.public, "nats": typed}
            output.as_json({"jwt": None, "claims": payload, "words": []})
            return 0
        if claims is None:
            raise UsageError(
                f"{record.path} has no JWT: no operator stands above it, or its signer's seed is "
                "not in this vault."
            )
        if not arguments.json:
            output.say(claims.token)
            return 0
        links = chain_about(vault.records, record)
        output.as_json(
            {
                "jwt": claims.token,
                "claims": claims.payload,
                "words": chain.describe(links, time.time()) if links else [],
            }
        )
    return 0


def _may_overwrite(items: list[ExportFile]) -> bool:
    """Ask on a terminal; elsewhere `write` refuses."""
    there = [item.path for item in items if item.path.exists() or item.path.is_symlink()]
    if not there or not sys.stdin.isatty():
        return False
    what = str(there[0]) if len(there) == 1 else f"{len(there):,} files, {there[0]} among them"
    return output.confirm(f"Write over {what}?")


def _progress(count: int) -> Callable[[int], None] | None:
    if count < MANY:
        return None
    progress = output.Progress("Exporting")

    def show(done: int) -> None:
        if done == count:
            progress.clear()
        else:
            progress.show(f"{done:,} of {count:,}")

    return show
