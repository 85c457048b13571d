"""The files with seeds in plain text that an import leaves on the disk, and deleting them safely.

Nothing is deleted but by `delete`, one file at a time, and only after `verified_backup` has read
the seeds in it out of a second copy of the vault, made for this. A file that is no longer what
was imported is left alone. A deleted file may live on in snapshots, backups and the spare blocks
of an SSD: whoever deletes is told so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from wallet.errors import SaveFailedError, UsageError, WalletError
from wallet.exchange.found import Findings, PlainFile
from wallet.exchange.opening import NotOpenedError, opened
from wallet.nkeys import decode_public
from wallet.system import files, saving
from wallet.vault.records import Records
from wallet.vault.vault import Vault

HONEST = (
    "Copies may live on in backups, snapshots and an SSD's spare blocks. Programs that read these "
    "files, nsc among them, will miss them."
)


def leftovers(records: Records, findings: Findings) -> list[PlainFile]:
    """The files of this import whose every seed is in the vault now, each once."""
    held: dict[str, bool] = {}
    kept: dict[tuple[int, int], PlainFile] = {}
    for file in findings.plain_files:
        for public in file.publics:
            if public not in held:
                held[public] = records.sealed(public) is not None
        if all(held[public] for public in file.publics):
            kept.setdefault((file.device, file.inode), file)
    return list(kept.values())


def verified_backup(vault: Vault, of: Iterable[PlainFile]) -> Path:
    """Copy the vault beside itself, and read every seed of these files back out of the copy.

    The copy opens with today's passphrase. Raises what saving raises, and `SaveFailedError`
    when a seed does not come back; then the copy is not to be trusted, nor the vault.
    """
    real = files.real_path(vault.path)
    backup = real.with_name(f"{real.name}.{time.strftime('%Y%m%d-%H%M%S')}.bak")
    with files.reading(real) as file:
        content = file.read(file.size)

    def verify(written: bytes) -> None:
        if written != content:
            raise SaveFailedError(f"The copy {backup} reads back differently. Nothing is deleted.")

    saving.save(backup, [content], verify)
    records = vault.read_copy(backup)
    try:
        for public in {public for file in of for public in file.publics}:
            _read_back(records, public, backup)
    finally:
        records.close()
    return backup


def _read_back(records: Records, public: str, backup: Path) -> None:
    try:
        with records.open_seed(decode_public(public)) as seed:
            same = seed.public.text == public
    except WalletError:
        same = False
    if not same:
        raise SaveFailedError(
            f"The seed of {public} does not come back out of {backup}. Nothing is deleted."
        )


def delete(file: PlainFile, findings: Findings) -> None:
    """Delete one file, when it still is what was imported. Raises `UsageError` when not."""
    try:
        with opened(file.path, follow=False) as now:
            unchanged = (now.device, now.inode, len(now.content)) == (
                file.device,
                file.inode,
                file.size,
            ) and findings.digest(now.content) == file.digest
        if not unchanged:
            raise NotOpenedError("It is no longer the file that was imported.")
        os.unlink(file.path)
    except (NotOpenedError, OSError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{file.path} was not deleted. {said}") from None


Ask = Callable[[str], str]
"""Asks a question that ends with the answers allowed, and gives the answer in small letters."""


def offer(vault: Vault, findings: Findings, ask: Ask, say: Callable[[str], None]) -> int:
    """Offer to list and to delete what is left, one question at a time; how many were deleted."""
    left = leftovers(vault.records, findings)
    if not left:
        return 0
    many = "1 file holds" if len(left) == 1 else f"{len(left):,} files hold"
    if ask(f"{many} seeds in plain text that are in the vault now. List them? [y/N]") != "y":
        return 0
    for file in left:
        say(f"  {file.path}  {whose(vault.records, file)}")
    if ask("Delete them, one question each, after a verified backup? [y/N]") != "y":
        return 0
    backup = verified_backup(vault, left)
    say(f"The vault was copied to {backup}, and every seed read back out of it.")
    say(HONEST)
    return _delete_each(vault, findings, left, ask, say)


def _delete_each(
    vault: Vault,
    findings: Findings,
    left: list[PlainFile],
    ask: Ask,
    say: Callable[[str], None],
) -> int:
    deleted, all_of_them = 0, False
    for file in left:
        question = f"Delete {file.path}, {whose(vault.records, file)}?"
        answer = "y" if all_of_them else ask(f"{question} [y/N, a: all that follow, q: stop]")
        if answer == "q":
            break
        all_of_them = all_of_them or answer == "a"
        if answer not in {"y", "a"}:
            continue
        try:
            delete(file, findings)
            deleted += 1
        except UsageError as error:
            say(str(error))
    say(f"Deleted {deleted:,} of {len(left):,}.")
    return deleted


def whose(records: Records, file: PlainFile) -> str:
    """Whose seed a file holds, in words."""
    known = records.by_public(file.publics[0])
    name = known.path if known else file.publics[0]
    more = len(file.publics) - 1
    return f"the seed of {name}" + (f" and {more:,} more" if more else "")
