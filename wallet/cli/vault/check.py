"""`check`: whether a vault's file, all of it, is what a wallet writes."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, add_file_passphrase, add_json
from wallet.cli.named_files import path_of
from wallet.cli.openers import given_opener, passphrase_of, with_opener
from wallet.errors import VaultMissingError, WrongPassphraseError
from wallet.show.signs import Sign
from wallet.vault.file import kdf
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet check",
    "nkey-wallet check /mnt/usb/vault.nkw",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `check`."""
    command.add_argument(
        "file", nargs="?", type=FILE, metavar="FILE", help="another file than the vault's"
    )
    add_file_passphrase(command)
    add_json(command)


def run(arguments: Namespace) -> int:
    """`check [FILE]`: 0 sound, 1 with the problems, 3 where it cannot be opened.

    The file is read only: nothing is noted of having seen it, and it may be older.
    """
    path = Path(arguments.file) if arguments.file else path_of(arguments)
    if not os.path.lexists(path):
        raise VaultMissingError(f"There is no file at {path}.")
    given = _given(arguments, path)
    try:
        vault, opener = with_opener(
            arguments, given, path, lambda typed: Vault.unlock(path, typed, read_only=True)
        )
    except WrongPassphraseError as error:
        mismatch = type(error) is WrongPassphraseError and arguments.file
        raise (of_file(path) if mismatch else error) from None
    opener.wipe()
    with vault:
        if not arguments.file and (refused := vault.refusal):
            output.note(f"nkey-wallet: {refused} {refused.on_command_line}")
        count, generation, cost = vault.records.count(), vault.generation, vault.cost
        with output.working("Looking through it"):
            problems = vault.check_contents()
    if arguments.json:
        output.as_json({"ok": not problems, "problems": [each.to_json() for each in problems]})
        return 1 if problems else 0
    for problem in problems:
        output.say(f"{Sign.BAD} {problem.why}")
        output.say(f"  {problem.fix}")
    if not problems:
        keys = f"{count:,} key{'' if count == 1 else 's'}"
        output.say(f"{Sign.GOOD} {path}: save {generation:,}, {keys}, each seed its key's own.")
        output.say(
            f"  A guess at its passphrase takes {cost.memory_kib // 1024:,} MiB of memory "
            f"({kdf.name_of(cost)})."
        )
    return 1 if problems else 0


def of_file(path: Path) -> WrongPassphraseError:
    """Make the error for a copy that opens with another passphrase than the one given."""
    return WrongPassphraseError(
        f"This passphrase does not open {path}. Nothing was changed. A copy opens with the "
        "passphrase of its time: give that with --file-passphrase-file."
    )


def _given(arguments: Namespace, path: Path) -> Opener | None:
    if arguments.file and arguments.file_passphrase_file:
        return passphrase_of(arguments, path, arguments.file_passphrase_file)
    return given_opener(arguments, path)
