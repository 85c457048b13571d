"""`export` and `jwt`: keys as the files of other programs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, REF, add_unrecorded
from wallet.cli.vault_access import note_secrets, unlock
from wallet.errors import UsageError
from wallet.exchange import remainder, runtime_secrets
from wallet.exchange.export import FORMS, in_the_way, left_behind, listed, write
from wallet.exchange.file_forms import ExportFile
from wallet.secrets import sodium
from wallet.system.disk.plainfiles import FileExistsAlreadyError, who_reads
from wallet.tasks.export import export
from wallet.vault.db.journal.kinds import What
from wallet.vault.vault import Vault

STANDARD_OUTPUT = "-"
MANY = 200  # are named; the rest are counted

EXAMPLES = [
    "nkey-wallet export billing --as creds --to billing.creds",
    "nkey-wallet export acme/orders --as kubernetes --to - --yes",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `export`."""
    command.add_argument("refs", nargs="+", metavar="REF", help=REF)
    add_unrecorded(command)
    command.add_argument(
        "--as",
        dest="form",
        required=True,
        choices=FORMS,
        help="creds, context and what follows it of an operator or account are those of all its "
        "users; nsc takes operators whole; kubernetes is a Secret, systemd and docker the text "
        "that systemd-creds and docker secret take from a pipe",
    )
    command.add_argument(
        "--to",
        type=FILE,
        required=True,
        metavar="PATH",
        help="a file, or a directory; - for standard output",
    )
    command.add_argument("--server", metavar="URL", help="the address that goes into a context")
    command.add_argument("--force", action="store_true", help="write over files that are there")
    command.add_argument(
        "--yes", action="store_true", help="print a kubernetes, systemd or docker secret unasked"
    )


def run(arguments: Namespace) -> int:
    """`export REF… --as FORM --to PATH`: never over another file unasked.

    Exit 1 when keys had to be left out that have no such form.
    """
    to = Path(arguments.to)
    if arguments.to == STANDARD_OUTPUT:
        return _to_standard_output(arguments)
    lacks: list[str] = []
    with unlock(arguments) as vault:
        chosen = [vault.records.find(ref) for ref in arguments.refs]
        items = listed(
            vault, chosen, arguments.form, to, arguments.server, output.note, lacks.append
        )
        stays = remainder.sentence(vault.records, arguments.form, items)
        overwrite = arguments.force or _may_overwrite(items)
        try:
            written = export(
                *(vault, chosen, arguments.form, items, _noting(arguments, vault)),
                lambda: _written(items, to, overwrite=overwrite),
                over_others=overwrite,
            )
        except FileExistsAlreadyError as error:
            error.on_command_line = "To write over it: --force."
            raise
    secret = sum(item.secret for item in items)
    for item in written[:MANY]:
        output.path(item.path)
    if len(written) > MANY:
        output.say(f"… and {len(written) - MANY:,} more beneath {to}")
    if secret:
        several = f"{secret:,} of them hold seeds" if secret > 1 else "1 of them holds a seed"
        output.note(
            f"{'It holds a seed' if len(items) == 1 else several}, unencrypted: whoever reads the "
            f"file can be that key, and {who_reads()}. Delete it when it is not needed."
        )
    if arguments.form == "nsc":
        output.note(f"nsc works with it as: nsc --all-dirs {to} list keys --all")
    if arguments.form == "context":
        output.note(
            "Put each context into nats/context/ in your configuration directory, as NAME.json: by "
            "that name the nats CLI finds it. Leave the files beside them where they are: the "
            "contexts name their place."
        )
    return _told(lacks, stays)


def _told(lacks: list[str], stays: str) -> int:
    """Say what stays here, and which keys were left out for want of what the form needs; the exit
    code.
    """
    if stays:
        output.note(stays)
    for sentence in lacks[:MANY]:
        output.note(sentence)
    if lacks:
        more = f", {len(lacks) - MANY:,} of them unnamed here" if len(lacks) > MANY else ""
        output.note(f"Left out: {len(lacks):,}{more}. The others were written.")
    return 1 if lacks else 0


def _to_standard_output(arguments: Namespace) -> int:
    """The one file, byte for byte; several have no place there, but for Kubernetes' manifests."""
    form = arguments.form
    if form in {"nsc", "context"}:
        raise UsageError(f"As {form} there is more than one file: name a directory.")
    if form in runtime_secrets.FORMS and not arguments.yes and not sys.stdin.isatty():
        raise UsageError("A secret is printed without asking only with --yes.")
    lacks: list[str] = []
    with unlock(arguments) as vault:
        chosen = [vault.records.find(ref) for ref in arguments.refs]
        to = Path(STANDARD_OUTPUT)
        items = listed(vault, chosen, form, to, None, output.note, lacks.append)
        if len(items) != 1 and form != runtime_secrets.KUBERNETES:
            raise UsageError(f"These are {len(items):,} files: name a directory to put them in.")
        if not _may_show(arguments, items):
            return 1
        stays = remainder.sentence(vault.records, form, items)
        noting = _noting(arguments, vault)
        export(vault, chosen, form, items, noting, lambda: _printed(items), over_others=True)
        if form in runtime_secrets.FORMS and output.results.is_terminal:
            output.note(f"\nPipe it into: {runtime_secrets.how_to_use(form, chosen[0])}")
    return _told(lacks, stays)


def _noting(arguments: Namespace, vault: Vault) -> Callable[[Sequence[str]], None]:
    """Give what notes that seeds leave the vault."""
    detail = f"{arguments.form} to {Path(arguments.to)}"
    return lambda seeds: note_secrets(arguments, vault, What.EXPORTED, seeds, detail)


def _may_show(arguments: Namespace, items: list[ExportFile]) -> bool:
    """Ask before a seed is printed: on this screen, or as a secret wherever that goes."""
    if not any(item.secret for item in items) or arguments.force or arguments.yes:
        return True
    if arguments.form in runtime_secrets.FORMS:
        return output.confirm("Print the secret? Whoever sees it can be that key.")
    return not output.results.is_terminal or output.confirm("Show the seed on this screen?")


def _printed(items: list[ExportFile]) -> list[ExportFile]:
    """Print the files one after another; none of them where standard output has not taken all."""
    for number, item in enumerate(items):
        if number:
            output.results.write_bytes(b"---\n")
        data = item.make()
        try:
            output.results.write_bytes(data if isinstance(data, bytearray) else bytes(data))
        finally:
            if isinstance(data, bytearray):
                sodium.wipe(data)
    output.results.flush()
    return [] if output.results.lost else items


def _may_overwrite(items: list[ExportFile]) -> bool:
    """Ask on a terminal; elsewhere `write` refuses."""
    there = list(in_the_way(items))
    if not there or not sys.stdin.isatty():
        return False
    what = str(there[0]) if len(there) == 1 else f"{len(there):,} files, {there[0]} among them"
    return output.confirm(f"Write over {what}?")


def _written(items: list[ExportFile], to: Path, *, overwrite: bool) -> list[ExportFile]:
    """Write the files; where Ctrl+C comes in between, say how many are there."""
    progress, count = output.Progress("Exporting"), len(items)
    done = 0

    def show(number: int) -> None:
        nonlocal done
        done = number
        progress.show(f"{done:,} of {count:,}")

    try:
        return write(items, overwrite=overwrite, on_progress=show)
    except KeyboardInterrupt:
        if done:
            raise KeyboardInterrupt(f"{left_behind(done, count)}, beneath {to}.") from None
        raise
    finally:
        progress.clear()
