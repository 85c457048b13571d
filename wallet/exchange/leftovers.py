"""The files with seeds in plain text that an import leaves on the disk, and deleting them safely.

Only a file is offered of which every byte that is not white space is accounted for: seeds and
JWTs that are in the vault, or the fixed words around them. It lies in what the person named, and
has no second name. Nothing is deleted but by `delete`, one file at a time, and only after
`verified_backup` has read the seeds and JWTs in it out of a second copy of the vault, made for
this. A file that is no longer what was imported is left alone. A deleted file may live on in
snapshots, backups and the spare blocks of an SSD: whoever deletes is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from wallet.errors import SaveFailedError, UsageError, WalletError
from wallet.exchange import file_deletion
from wallet.exchange.readers.file_content import NotOpenedError
from wallet.exchange.readers.material import Findings, PlainFile
from wallet.nats.nkeys import decode_public
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.records import Records
from wallet.vault.vault import Vault

HONEST = (
    "Copies may live on in backups, snapshots and an SSD's spare blocks. Programs that read these "
    "files, nsc among them, will miss them."
)


def leftovers(records: Records, findings: Findings) -> list[PlainFile]:
    """The files of this import that may be deleted, for all that they hold is in the vault now."""
    return [file for file, why in _judged(records, findings) if not why]


def withheld(records: Records, findings: Findings) -> list[tuple[PlainFile, str]]:
    """The other files with seeds in plain text, each with why it is not to be deleted."""
    return [(file, why) for file, why in _judged(records, findings) if why]


def _judged(records: Records, findings: Findings) -> Iterator[tuple[PlainFile, str]]:
    """Each file once, and why it may not be deleted; nothing when it may."""
    seen: set[tuple[int, int]] = set()
    for file in findings.plain_files:
        if (file.device, file.inode) in seen:
            continue
        seen.add((file.device, file.inode))
        reasons = [_in_the_way(file, findings)]
        if more := [*file.contents.others, *_not_held(records, file)]:
            listed = " and ".join(filter(None, [", ".join(more[:-1]), more[-1]]))
            reasons.append(f"It also holds {listed}.")
        yield file, " ".join(filter(None, reasons))


def _in_the_way(file: PlainFile, findings: Findings) -> str:
    """Say why a file is not to be deleted, whatever is in it."""
    if not file_deletion.POSSIBLE:
        return "On this system there is no safe way to delete just this file."
    if file.linked:
        return "It was reached by a symbolic link."
    if not findings.is_inside(file.real):
        return "It lies outside of what was named."
    return file_deletion.SECOND_NAME if file.links != 1 else ""


def _not_held(records: Records, file: PlainFile) -> Iterator[str]:
    """Name in words the keys, JWTs and names of a file that the vault does not have."""
    contents = file.contents
    if any(records.sealed(public) is None for public in contents.seeds):
        yield "a seed that the vault does not have"
    if any(records.by_public(public) is None for public in contents.publics):
        yield "a public key that the vault does not have"
    if any(_token(records, subject) != token for subject, token in contents.tokens):
        yield "a JWT that the vault does not have"
    for public, name in contents.names:
        record = records.by_public(public)
        if record is None or name not in {record.name, record.path}:
            yield "another name for a key than it has here"


def _token(records: Records, public: str) -> str | None:
    record = records.by_public(public)
    return None if record is None else records.tokens.get(record.id)


def verified_backup(vault: Vault, of: Iterable[PlainFile]) -> Path:
    """Copy the vault beside itself, and read all that these files hold back out of the copy.

    The copy opens with today's passphrase, and is not removed with older backups. Raises what
    saving raises, and `SaveFailedError` when a seed or JWT does not come back.
    """
    of = list(of)

    def verify(copy: Path) -> None:
        records = vault.read_copy(copy)
        try:
            for public in {public for file in of for public in file.publics}:
                _read_back(records, public, copy)
            for subject, token in {pair for file in of for pair in file.contents.tokens}:
                if _token(records, subject) != token:
                    raise SaveFailedError(
                        f"The JWT of {subject} does not come back out of {copy}. Nothing is "
                        "deleted."
                    )
        finally:
            records.close()

    return older_saves.keep_verified(files.real_path(vault.path), verify)


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
        if why := _in_the_way(file, findings):
            raise NotOpenedError(why)
        if file.contents.others:
            raise NotOpenedError(f"It also holds {file.contents.others[0]}.")
        file_deletion.delete(file, findings)
    except (NotOpenedError, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{file.path} was not deleted. {why}") from None


Ask = Callable[[str], str]
"""Asks a question that ends with the answers allowed, and gives the answer in small letters."""


def offer(vault: Vault, findings: Findings, ask: Ask, say: Callable[[str], None]) -> int:
    """Offer to list and to delete what is left, one question at a time; how many were deleted."""
    left = leftovers(vault.records, findings)
    for file, why in withheld(vault.records, findings):
        say(f"A seed stays in plain text in {file.path}, not offered for deletion: {why}")
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
    say(f"The vault was copied to {backup}, and every seed and JWT read back out of it.")
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
    try:
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
    finally:  # Ctrl+C at a question ends it, too
        say(f"Deleted {deleted:,} of {len(left):,}.")
    return deleted


def whose(records: Records, file: PlainFile) -> str:
    """Name in words the keys whose seeds a file holds."""
    record = records.by_public(file.publics[0])
    name = record.path if record else file.publics[0]
    more = len(file.publics) - 1
    return f"the seed of {name}" + (f" and {more:,} more" if more else "")
