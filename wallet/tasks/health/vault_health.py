"""The health of a vault: its keys, its own settings, and seeds that lie in the usual places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from wallet.exchange.exposure import ScanLog
from wallet.shell import command, file_word
from wallet.system.disk.volumes import readable_by_others
from wallet.tasks.health.key_health import RULES, HealthNote, KeyUnderLook, same_seeds
from wallet.tasks.keys_under_test import Read
from wallet.tasks.scan import KnownExposure, known, scan
from wallet.vault.db.parts.settings import Settings
from wallet.vault.file.kdf import KdfCost
from wallet.vault.vault import Vault

_OLD_SETTING = "old-key-days"
OLD_DAYS, MOST_DAYS = 90, 36_500


def old_days(settings: Settings) -> int:
    """After how many days a key counts as old: a setting of the vault."""
    kept = settings.get(_OLD_SETTING, "")
    return int(kept) if kept.isascii() and kept.isdigit() and len(kept) < 6 else OLD_DAYS


def keep_old_days(settings: Settings, days: int) -> None:
    """Keep after how many days a key counts as old."""
    settings.set(_OLD_SETTING, str(days))


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
    notes = [*_of_vault(vault), *same_seeds(records), *_in_places(vault, places)]
    old = timedelta(days=old_days(records.settings))
    for number, record in enumerate(records.all(), 1):
        on_key(number)
        key = KeyUnderLook(records, record, now, old, read)
        for rule in RULES:
            notes += rule(key)
    return sorted(notes, key=lambda note: not note.problem)


def _of_vault(vault: Vault) -> Iterator[HealthNote]:
    """The vault's own file and settings."""
    if readable_by_others(vault.path):
        why = f"Other users of this machine may read the vault's file {vault.path}."
        fix = f"chmod 600 {file_word(str(vault.path))}"
        yield HealthNote("open-vault", "", None, why, f"Make it yours alone:\n{fix}", problem=True)
    if vault.cost.work < KdfCost.STANDARD.work:
        yield HealthNote(
            "weak-derivation",
            "",
            None,
            "A guess at the passphrase costs less than the wallet's own standard: whoever gets the "
            "file tries more of them.",
            "Let it cost more:\n" + command("passphrase", ("--cost", "standard")),
        )
    if not vault.backups():
        why = "No older save of the vault is kept: what is deleted or damaged cannot be had back."
        fix = f"Copy it to another disk:\n{command('backup', 'FILE')}"
        yield HealthNote("no-backup", "", None, why, fix)


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
            "open-seed",
            path,
            public,
            f"{whose} stands in {file}, which other users of this machine may read.",
            f"Make the file yours alone, and rotate the key:\nchmod 600 {file_word(file)}",
            problem=True,
        )
    why = f"{whose} stands in {file} without a passphrase."
    fix = f"Import it, which offers to delete the file:\nnkey-wallet import {file_word(file)}"
    return HealthNote("plain-seed", path, public, why, fix)
