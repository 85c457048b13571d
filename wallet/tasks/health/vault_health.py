"""The health of a vault: its keys, its file and copies, what was written of it, and seeds that lie
in the usual places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from wallet.codes import HealthCode
from wallet.exchange.exposure import ScanLog
from wallet.nats.claims.content import few
from wallet.shell import command, file_word
from wallet.system.disk.files import real_path
from wallet.system.disk.volumes import readable_by_others, replaceable_by_others
from wallet.tasks.connection.keys_under_test import Read
from wallet.tasks.health.configuration_health import configuration_notes, deleted_accounts
from wallet.tasks.health.copies_elsewhere import last_copy, without_copy
from wallet.tasks.health.key_health import RULES, HealthNote, KeyUnderLook, same_seeds
from wallet.tasks.scan import KnownExposure, known, scan
from wallet.tasks.settings import OLD_KEYS
from wallet.vault.backups import older_saves
from wallet.vault.file import key_file_place
from wallet.vault.file.kdf import KdfCost
from wallet.vault.vault import Vault
from wallet.when import to_the_second


def health_notes(
    vault: Vault,
    places: Sequence[Path],
    now: datetime,
    on_key: Callable[[int], None] = lambda _number: None,
) -> list[HealthNote]:
    """Tell everything that is to be told, problems first; `places` are looked through for seeds.

    `on_key` hears how many keys were looked at.
    """
    records, read = vault.records, Read()
    notes = [
        *_of_file(vault),
        *_of_ways_in(vault),
        *_of_copies(vault),
        *configuration_notes(records, now, lambda: on_key(0)),
        *deleted_accounts(records),
        *same_seeds(records),
        *_in_places(vault, places),
    ]
    old = timedelta(days=OLD_KEYS.number(records.settings))
    for number, record in enumerate(records.all(), 1):
        on_key(number)
        key = KeyUnderLook(records, record, now, old, read)
        for rule in RULES:
            notes += rule(key)
    return sorted(notes, key=lambda note: not note.problem)


def _of_file(vault: Vault) -> Iterator[HealthNote]:
    """Tell what is wrong with the vault's own file, and those beside it."""
    path = vault.path
    if readable_by_others(path):
        why = (
            f"Other users of this machine may read the vault's file {path}: they can try "
            "passphrases on a copy of it, as long as they like."
        )
        yield _about_vault(HealthCode.OPEN_VAULT, why, _closing([path]), problem=True)
    opened = [backup.path for backup in vault.backups() if readable_by_others(backup.path)]
    if opened:
        why = (
            f"Other users of this machine may read {few([str(one) for one in opened])}, older "
            "saves of the vault: they can try passphrases on them, older ones too."
        )
        yield _about_vault(HealthCode.OPEN_BACKUP, why, _closing(opened), problem=True)
    if replaceable_by_others(path):
        why = (
            f"Other users of this machine may put another file in the place of {path}, or take "
            "it away: its directory is writable to them."
        )
        fix = f"chmod go-w {file_word(str(path.parent))}"
        yield _about_vault(
            HealthCode.OPEN_DIRECTORY, why, f"Make the directory yours alone:\n{fix}", problem=True
        )


def _of_ways_in(vault: Vault) -> Iterator[HealthNote]:
    """Tell what a forgotten passphrase would cost, and what a guess at it does."""
    if not vault.ways_in.recovery:
        yield _about_vault(
            HealthCode.NO_RECOVERY,
            "No recovery code opens the vault: with its passphrase forgotten nobody can open it.",
            "Make a code, and keep it where no computer is:\n" + command("recovery"),
        )
    yield from _of_key_file(vault)
    if outdated := len(vault.outdated_backups()):
        yield _about_vault(
            HealthCode.OUTDATED_BACKUPS,
            f"{older_saves.outdated_in_words(outdated)}: who knows that one reads what the vault "
            "held then.",
            "Delete them on the vault's page in the app, or by hand:\n" + command("backups"),
        )
    if vault.cost.work < KdfCost.STANDARD.work:
        yield _about_vault(
            HealthCode.WEAK_DERIVATION,
            "A guess at the passphrase costs less than the wallet's own standard: whoever gets the "
            "file tries more of them.",
            "Let it cost more:\n" + command("passphrase", ("--cost", "standard")),
        )


def _of_key_file(vault: Vault) -> Iterator[HealthNote]:
    """Tell who else may have the key file, where it is known where that lies."""
    place = key_file_place.remembered(vault.vault_id) if vault.ways_in.key_file else None
    if place is None:
        return
    if readable_by_others(place):
        why = (
            f"Other users of this machine may read the key file {place}: the passphrase alone "
            "stands between them and the vault."
        )
        yield _about_vault(HealthCode.OPEN_KEY_FILE, why, _closing([place]), problem=True)
    elif real_path(place).parent == real_path(vault.path).parent:
        why = f"The key file {place} lies beside the vault: whoever takes the one takes the other."
        move = command("passphrase", ("--new-key-file", "FILE"))
        yield _about_vault(HealthCode.KEY_FILE_BESIDE, why, f"Set one that lies elsewhere:\n{move}")


def _of_copies(vault: Vault) -> Iterator[HealthNote]:
    """Tell what of the vault would be lost with its file, or with the disk."""
    fix = "Copy it to another disk:\n" + command("backup", "FILE")
    if not vault.backups():
        why = "No older save of the vault is kept: what is deleted or damaged cannot be had back."
        yield _about_vault(HealthCode.NO_BACKUP, why, fix)
    copied = last_copy(vault.records.settings)
    if copied is None:
        if vault.records.count():
            why = (
                "No copy of the vault at another place is known here: with this disk all its "
                "seeds would be lost."
            )
            yield _about_vault(HealthCode.NO_COPY, why, fix)
        return
    lacking = [key.path for key in without_copy(vault.records, copied)]
    if lacking:
        why = (
            f"Since the vault was copied, on {to_the_second(copied)}, {few(lacking)} came into "
            "it: with this disk these seeds would be lost."
        )
        yield _about_vault(HealthCode.NO_COPY, why, fix)


def _about_vault(code: HealthCode, why: str, fix: str, *, problem: bool = False) -> HealthNote:
    return HealthNote(code, "", None, why, fix, problem)


def _closing(files: Sequence[Path]) -> str:
    """Say how files are made their owner's alone."""
    return f"Make it yours alone:\nchmod 600 {' '.join(file_word(str(file)) for file in files)}"


def _in_places(vault: Vault, places: Sequence[Path]) -> Iterator[HealthNote]:
    """Seeds in plain text where NATS' tools keep them."""
    there = [str(place) for place in places]
    for exposure in known(list(scan(there, ScanLog())), vault.records):
        yield _plain_seed(exposure)


def _plain_seed(exposure: KnownExposure) -> HealthNote:
    file = exposure.seed.path
    path, public = exposure.key or "", exposure.seed.public.text
    whose = "Its seed" if exposure.known else f"The seed of {public}, which this vault lacks,"
    if readable_by_others(Path(file)):
        return HealthNote(
            HealthCode.OPEN_SEED,
            path,
            public,
            f"{whose} stands in {file}, which other users of this machine may read.",
            f"Make the file yours alone, and rotate the key:\nchmod 600 {file_word(file)}",
            problem=True,
        )
    why = f"{whose} stands in {file} without a passphrase."
    fix = f"Import it, which offers to delete the file:\nnkey-wallet import {file_word(file)}"
    return HealthNote(HealthCode.PLAIN_SEED, path, public, why, fix)
