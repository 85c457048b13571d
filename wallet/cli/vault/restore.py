"""`restore`: another file's contents in the vault's place, after saying which keys go and come."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, add_file_passphrase
from wallet.cli.claims.flags import tell_pushes
from wallet.cli.named_files import accepted, path_of
from wallet.cli.openers import given_opener, passphrase_of, with_opener
from wallet.cli.vault.check import of_file
from wallet.errors import (
    DAMAGED,
    ContentsDamagedError,
    ContentsInvalidError,
    UsageError,
    VaultMissingError,
    WrongPassphraseError,
)
from wallet.tasks.deployment.deliveries import changed_since, unproved_tokens
from wallet.vault.backups.older_saves import Why
from wallet.vault.copies.restoration import Restoration, compare
from wallet.vault.copies.vault_copy import Standing, VaultCopy, restore, restore_alone
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet restore /mnt/usb/vault.nkw --dry-run",
    "nkey-wallet restore /mnt/usb/vault.nkw",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `restore`."""
    command.add_argument("file", type=FILE, metavar="FILE", help="a backup or copy of this vault")
    command.add_argument("--yes", action="store_true", help="do not ask first")
    command.add_argument(
        "--dry-run", action="store_true", help="only show which keys would go, come and change"
    )
    add_file_passphrase(command)


def run(arguments: Namespace) -> int:
    """`restore FILE`: 0 done or shown, 1 left as it was, 3 when a file cannot be used."""
    path, file = path_of(arguments), Path(arguments.file)
    if not (arguments.yes or arguments.dry_run or sys.stdin.isatty()):
        raise UsageError(
            "A vault's contents are replaced without asking only with --yes. What would go and "
            "come, --dry-run shows."
        )
    opener = given_opener(arguments, path)
    there = Standing.at(path)  # before it is judged
    vault, why, opener = _present(arguments, path, opener)
    try:
        with open_copy(arguments, file, opener) as copy:
            damaged_too = accepted(arguments)["accept_damaged"]
            if not damaged_too:
                copy.require_sound()  # before anybody is asked
            if vault is not None:
                vault.saves_over_damage = damaged_too
                try:
                    return _restored(arguments, vault, copy)
                except ContentsInvalidError as error:
                    if not vault.check_contents():  # else so damaged that nothing compares with it
                        raise
                    why = str(error)
            return _alone(arguments, there, copy, why)
    finally:
        if opener is not None:
            opener.wipe()
        if vault is not None:
            vault.lock()


def _present(
    arguments: Namespace, path: Path, opener: Opener | None
) -> tuple[Vault | None, str, Opener | None]:
    """The vault as it is now; or None, and why nobody can open it.

    One whose contents fail their check is opened all the same: what it revokes stays revoked,
    and its passphrase stays. Only what it is replaced by has to be sound.
    """
    try:
        Vault.require(path)
    except (VaultMissingError, *DAMAGED) as error:
        return None, str(error), opener
    (vault, why), opener = with_opener(arguments, opener, path, lambda typed: _opened(path, typed))
    return vault, why, opener


def _opened(path: Path, opener: Opener) -> tuple[Vault | None, str]:
    """The vault; or None, and why no passphrase opens it."""
    try:
        return Vault.unlock(path, opener, accept_older=True), ""
    except ContentsDamagedError as error:
        vault = Vault.unlock(path, opener, accept_older=True, accept_damaged=True)
        output.note(str(error))
        return vault, ""
    except DAMAGED as error:
        return None, str(error)


def open_copy(arguments: Namespace, file: Path, opener: Opener | None) -> VaultCopy:
    """The file, opened with its own passphrase, or by what opens the vault where that fits."""
    if arguments.file_passphrase_file is not None:
        with passphrase_of(arguments, file, arguments.file_passphrase_file) as own:
            return VaultCopy.open(file, own)
    if opener is not None:
        try:
            return VaultCopy.open(file, opener)
        except WrongPassphraseError as error:
            if not sys.stdin.isatty():
                plain = type(error) is WrongPassphraseError
                raise (of_file(file) if plain else error) from None
    copy, asked = with_opener(arguments, None, file, lambda typed: VaultCopy.open(file, typed))
    asked.wipe()
    return copy


def _restored(arguments: Namespace, vault: Vault, copy: VaultCopy) -> int:
    if copy.header.vault_id != vault.vault_id:
        raise UsageError(
            f"{copy.path} is a file of another vault than {vault.path}. Nothing was changed. Use "
            "it with --vault."
        )
    _show(compare(vault.records, copy.records))
    if arguments.dry_run:
        return _only_shown()
    if not _agreed(arguments, f"Put the contents of {copy.path} in the place of {vault.path}?"):
        return 1
    before = unproved_tokens(vault.records)
    with output.working("Restoring"):
        left = restore(vault, copy)
    for account, what in left.items():
        output.note(f"{account}: {what}.")
    kept = (one for one in vault.backups() if one.why is Why.RESTORE)
    earlier = (one.path for one in kept if (one.generation or 0) < vault.generation)
    before_it = next(earlier, vault.backup_path)
    output.note(
        f"Restored: {vault.path} is save {vault.generation} now, with the contents of "
        f"{copy.path}. What it held before is in {before_it}. Its passphrase is as it was."
    )
    tell_pushes(vault.records, changed_since(vault.records, before))
    return 0


def _alone(arguments: Namespace, there: Standing, copy: VaultCopy, why: str) -> int:
    path = there.path
    output.note(f"{why}\n")
    count = copy.records.count()
    output.note(f"{copy.path} holds {count} key{'' if count == 1 else 's'}.")
    output.note(
        f"The passphrase of {copy.path} will be the one of {path}, as its key file and recovery "
        "code will, where it has them."
    )
    output.note(
        f"What was revoked, retired or deleted after save {copy.header.generation} is not so in "
        "it: look through the users before servers are told what it holds."
    )
    if arguments.dry_run:
        return _only_shown()
    if not _agreed(arguments, f"Put the contents of {copy.path} at {path}?"):
        return 1
    restore_alone(there, copy)
    output.note(f"Restored: {path} opens with the passphrase of {copy.path} from now on.")
    return 0


def _show(told: Restoration) -> None:
    output.columns(
        (what, record.path, record.public)
        for what, records in (
            ("goes", told.going),
            ("comes", told.coming),
            ("changes", told.changed),
        )
        for record in records
    )
    output.columns((what, f"server {name}") for what, name in told.servers)
    output.columns(("stays revoked", public) for public in told.kept_out)
    output.columns(("stays let in", record.path, record.public) for record in told.let_in)
    if told.let_in:
        output.note(
            "Who stays let in goes out of the vault, and no account revokes it: servers take it "
            "until it expires. `nkey-wallet revoke PUBLIC --under ACCOUNT` shuts one out."
        )
    if told.nothing:
        output.note("It holds the same keys in the same state.")
    output.note("Tests and settings become those of then, too; the history goes on.")


def _only_shown() -> int:
    output.note("Nothing was changed: --dry-run.")
    return 0


def _agreed(arguments: Namespace, question: str) -> bool:
    if arguments.yes or output.confirm(question):
        return True
    output.note("Nothing was changed.")
    return False
