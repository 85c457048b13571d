"""Opening a file by one of its ways in: the state that an unlocked vault has in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wallet.errors import AlteredError, LockedError, SaveUncertainError, VaultError
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.system import author
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.file import ancestry, machine, slots, ways_in
from wallet.vault.file.ancestry import Relation, Save
from wallet.vault.file.container import (
    HEADER,
    Header,
    KdfCost,
    SeedBox,
    VaultKeys,
    identity,
    seal_body,
)
from wallet.vault.file.ways_in import Opener
from wallet.vault.records import Records
from wallet.vault.session import storage

WAYS_IN_CHANGED = (
    "The vault's passphrase was changed in another window or program, or another way in. Unlock it "
    "again."
)


class UnlockedState(NamedTuple):
    """The state of an unlocked vault in memory; replaced as a whole, so that readers see one state.

    `tables_version` is that of the file; the records' tables are always today's.
    """

    header: Header
    keys: VaultKeys
    seed_box: SeedBox
    records: Records
    tables_version: int

    @property
    def save(self) -> Save:
        """The save of the vault that this state is of."""
        return Save(self.header.generation, self.header.digest(), self.tables_version)

    def wipe(self) -> None:
        """Forget the keys."""
        self.seed_box.wipe()
        self.keys.wipe()


def make_file(real: Path, passphrase: Passphrase, cost: KdfCost) -> UnlockedState:
    """Write an empty vault with one way in; the lock must be held. Raises what a save raises."""
    vault_id, keys = sodium.random(16), VaultKeys.generate()
    seed_box = SeedBox(vault_id, keys.seeds)
    try:
        way_in = slots.wrap(keys, passphrase.raw, cost, identity(vault_id), passphrase.key_file)
        records = Records.empty(seed_box)
        header, body = seal_body(
            records.database.serialize(), keys.body, vault_id, 1, slots.filled(way_in)
        )
        storage.save(real, header, body, keys)
    except BaseException:
        seed_box.wipe()
        keys.wipe()
        raise
    return UnlockedState(header, keys, seed_box, records, records.database.tables_version)


def open_file(
    real: Path,
    opener: Opener,
    before: Save | None = None,
    *,
    accept: bool = False,
    lenient: bool = False,
) -> tuple[UnlockedState, Relation]:
    """Open the file, and tell what it is beside the save that was seen `before`.

    `accept` takes an older one or a fork too, `lenient` one whose contents are damaged. Raises
    what `Vault.unlock` raises.
    """
    with files.reading(real) as file:
        header = Header.parse(file.read(HEADER), file.size)
    while True:
        # While no file is open: Windows lets nobody replace one that is, and this takes its time.
        # And before the body is read: this may take as much memory as all of that.
        number, keys = ways_in.opened_by(header.slots, opener, identity(header.vault_id))
        try:
            with files.reading(real) as file:
                now = Header.parse(file.read(HEADER), file.size)
                if (now.vault_id, now.slots) == (header.vault_id, header.slots):
                    opened = keys, now, now.slots[number]
                    return _opened_by(
                        *opened, file, before, accept=accept, lenient=lenient, real=real
                    )
        except BaseException:
            keys.wipe()
            raise
        keys.wipe()
        header = now  # somebody changed the ways in meanwhile


def open_read(
    file: files.ReadFile,
    opener: Opener,
    before: Save | None = None,
    *,
    accept: bool = False,
    lenient: bool = False,
) -> tuple[UnlockedState, Relation]:
    """Open a vault as `open_file` does, from a file already open or from bytes in memory."""
    header = Header.parse(file.read(HEADER), file.size)
    number, keys = ways_in.opened_by(header.slots, opener, identity(header.vault_id))
    slot = header.slots[number]
    return _opened_by(keys, header, slot, file, before, accept=accept, lenient=lenient)


def _opened_by(
    keys: VaultKeys,
    header: Header,
    slot: bytes,
    file: files.ReadFile,
    before: Save | None,
    *,
    accept: bool,
    lenient: bool,
    real: Path | None = None,
) -> tuple[UnlockedState, Relation]:
    """Open by the keys from a slot of the header what stands behind that; wipe them where it fails.

    The file was read up to there; beside `real` its backups lie.
    """
    seed_box = SeedBox(header.vault_id, keys.seeds)
    try:
        records = storage.read(file, header, keys, seed_box, checked=not lenient, slot=slot)
        records.database.lenient = lenient
        opened = UnlockedState(header, keys, seed_box, records, records.database.tables_version)
        related = ancestry.relation(opened.save, records.ancestors, before)
        if related is Relation.OLDER and real is not None and _is_outside_backups(opened, real):
            related = Relation.FORK
        if before is not None and not accept and related in (Relation.OLDER, Relation.FORK):
            records.close()
            raise ancestry.refusal(related, opened.save, before)
    except BaseException:
        seed_box.wipe()
        keys.wipe()
        raise
    return opened, related


def _is_outside_backups(opened: UnlockedState, real: Path) -> bool:
    """Whether a file is certainly no part of what became of the vault, as far as the newest backup
    tells that is no earlier save and opens with the same keys."""
    for backup in older_saves.of_vault(real, opened.header.vault_id):
        number = backup.generation or 0
        if backup.why not in {Why.NEWEST, Why.ORDINARY} or number < opened.header.generation:
            continue
        with contextlib.suppress(OSError, VaultError):
            if number == opened.header.generation:
                return older_saves.look(backup.path).digest() != opened.save.header
            with files.reading(backup.path) as file:
                header = Header.parse(file.read(HEADER), file.size)
                records = storage.read(file, header, opened.keys, opened.seed_box, checked=False)
            with contextlib.closing(records):
                return ancestry.is_outside(opened.save, records.ancestors)
    return False


def newest(real: Path, path: Path, opened: UnlockedState) -> UnlockedState | None:
    """Read what the file holds now, when it follows `opened`; None when it holds just that.

    Raises what `Vault.refresh` raises; `LockedError` when the keys in memory open it no more.
    """
    with files.reading(real) as file:
        start = file.read(HEADER)
        if start == opened.header.pack():
            return None
        return _successor(start, file, path, opened)


def read_again(real: Path, path: Path, opened: UnlockedState) -> UnlockedState:
    """Read what the file holds now, be it just what was `opened`. Raises as `newest` does."""
    with files.reading(real) as file:
        start = file.read(HEADER)
        if start != opened.header.pack():
            return _successor(start, file, path, opened)
        lenient = opened.records.database.lenient
        records = storage.read(
            file, opened.header, opened.keys, opened.seed_box, checked=not lenient
        )
        records.database.lenient = lenient
        return opened._replace(records=records)


def _successor(
    start: bytes, file: files.ReadFile, path: Path, opened: UnlockedState
) -> UnlockedState:
    header = Header.parse(start, file.size)
    if header.vault_id != opened.header.vault_id:
        raise AlteredError(
            f"Another vault now stands at {path}. Nothing was written. Lock, and "
            "unlock to open that one."
        )
    if header.generation < opened.header.generation:
        there, past = Save(header.generation, header.digest()), opened.records.ancestors
        related = Relation.FORK if ancestry.is_outside(there, past) else Relation.OLDER
        raise ancestry.refusal(related, there, opened.save)
    try:
        lenient = opened.records.database.lenient
        records = storage.read(file, header, opened.keys, opened.seed_box, checked=not lenient)
        records.database.lenient = lenient
    except AlteredError:
        if header.slots == opened.header.slots:
            raise
        raise LockedError(WAYS_IN_CHANGED) from None
    newer = UnlockedState(
        header, opened.keys, opened.seed_box, records, records.database.tables_version
    )
    related = ancestry.relation(newer.save, records.ancestors, opened.save)
    if related is not Relation.SUCCESSOR:
        records.close()
        raise ancestry.refusal(related, newer.save, opened.save)
    return newer


def open_copy(opened: UnlockedState, path: Path) -> UnlockedState:
    """Open another file with the keys of an open vault; raises as `Vault.open_copy` does."""
    with files.reading(files.real_path(path)) as file:
        header = Header.parse(file.read(HEADER), file.size)
        records = storage.read(file, header, opened.keys, opened.seed_box)
    return opened._replace(header=header, records=records)


def read_back(opened: UnlockedState, copy: Path) -> tuple[int, int]:
    """Read all of a copy that was just made; the number of its save, and of keys in it.

    Raises `LockedError` where the file that was copied had got new keys, and as `open_copy` does.
    """
    try:
        there = open_copy(opened, copy)
    except AlteredError:
        if older_saves.look(copy).slots == opened.header.slots:
            raise
        raise LockedError(WAYS_IN_CHANGED) from None
    with contextlib.closing(there.records):
        return there.header.generation, there.records.count()


def copied(opened: UnlockedState) -> Records:
    """Fresh records with the same contents, to be changed."""
    fresh = Records.load(opened.records.database.serialize(), opened.seed_box, checked=False)
    fresh.database.take_state(opened.records.database)
    watch(fresh)
    return fresh


def watch(records: Records) -> None:
    """Let the history note what is changed from now on."""
    records.history.watch(machine.identity(author.person()))


@contextlib.contextmanager
def closed_unless_saved(records: Records) -> Iterator[None]:
    """Let go of records that did not become the vault's."""
    try:
        yield
    except SaveUncertainError:
        raise
    except BaseException:
        records.close()
        raise
