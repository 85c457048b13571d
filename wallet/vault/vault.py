"""The vault: create, unlock, change, lock. The one door between the records and the disk.

    with Vault.unlock(path, passphrase) as vault:
        with vault.change() as records:          # a transaction over memory and disk
            records.add(seed, name="billing")
        print(vault.records.find("billing").public)

`change()` gives fresh records, a copy of the newest save. When its block ends well they are
saved and become `vault.records`; when it raises, or the save fails, they are dropped, and
memory and disk are as before. A `Records` taken from `vault.records` earlier is never changed
under its reader: it stays readable as of its moment, until `lock()` closes it. To see a
change, take `vault.records` again.

Any thread may call any method. Changes wait for each other; reading waits for nothing.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import platformdirs

from wallet.errors import (
    BusyError,
    LockedError,
    SaveUncertainError,
    WrongPassphraseError,
)
from wallet.nkeys import PublicKey, Seed, decode_public
from wallet.passphrase import Passphrase
from wallet.system import files, volumes
from wallet.vault import backups, migrations, seen, slots, storage
from wallet.vault.backups import LOCK_WAIT
from wallet.vault.container import (
    HEADER,
    Header,
    KdfCost,
    SeedBox,
    VaultKeys,
    identity,
    seal_body,
)
from wallet.vault.history import What
from wallet.vault.opening import Opened, header_at, make_file, newest, open_file
from wallet.vault.records import Records
from wallet.vault.retention import Keeper
from wallet.vault.taking import Taken


def default_path() -> Path:
    """`NKEY_WALLET_VAULT`, else `vault.nkw` in the platform's data directory."""
    named = os.environ.get("NKEY_WALLET_VAULT")
    if named:
        return Path(named)
    return platformdirs.user_data_path("nkey-wallet", appauthor=False) / "vault.nkw"


class Vault:
    """An unlocked vault, until `lock`. As a context manager it locks at the end."""

    def __init__(self, path: Path, real: Path, opened: Opened, taken: Taken | None = None) -> None:
        """Use `create` or `unlock`."""
        self.path = path
        self.warning: str | None = volumes.warning(real)
        self.prune_backups = True  # not while it is unsure that the contents are sound
        self._real = real
        self._opened: Opened | None = opened
        self._taken = taken or Taken()
        self._handed_out: weakref.WeakSet[Records] = weakref.WeakSet([opened.records])
        self._state = threading.Lock()  # held for moments: guards the fields here
        self._changes = threading.Lock()  # held for a whole change
        self._changing: int | None = None
        self._to_wipe: list[Opened] = []

    def __repr__(self) -> str:
        return f"Vault({str(self.path)!r}, {'locked' if self.locked else 'unlocked'})"

    def __reduce__(self) -> str:
        raise TypeError("a vault is never copied or stored")

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lock()

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: Passphrase,
        cost: KdfCost = KdfCost.STANDARD,
        *,
        keep_aside: bool = False,
    ) -> Vault:
        """Make an empty vault (0600, in a directory that is made 0700 when missing).

        Whether the passphrase is strong enough is the caller's to ask. Raises
        `VaultExistsError` when anything stands at the path, `BackupThereError` when a backup
        stands beside it, unless that is to be kept aside, and what a save raises.
        """
        real = files.real_path(path)
        files.make_directory(real.parent)
        with files.locked(real, LOCK_WAIT):
            backups.make_way(real, path, keep_aside=keep_aside)
            opened = make_file(real, passphrase, cost)
        seen.remember(opened.header.vault_id, real, opened.save)
        return cls(path, real, opened)

    @classmethod
    def require(cls, path: Path) -> None:
        """Raise what `unlock` raises for a file that no passphrase opens, before one is asked."""
        header_at(files.real_path(path))

    @classmethod
    def unlock(
        cls,
        path: Path,
        passphrase: Passphrase,
        *,
        accept_older: bool = False,
        read_only: bool = False,
    ) -> Vault:
        """Open the vault. The passphrase stays the caller's, to wipe.

        With `accept_older` it opens too where it is older than what was seen here, or a fork
        of it; what stood there before the first save over it is kept. `read_only` is for a look
        at any file: it neither notes what was seen nor is refused for it, and nothing can be
        changed.

        Raises `WrongPassphraseError`; the errors of `Header.parse` for a file that is no
        sound vault; `AlteredError`, `ContentsInvalidError` or `NewerContentsError` when the
        passphrase is right and the contents are not; `OlderThanSeenError` or `ForkedError`
        when it does not follow what was seen here before.
        """
        real = files.real_path(path)
        # Asked before the file is opened: what another program saves from here on is newer.
        vault_id = header_at(real).vault_id
        before = None if read_only else seen.newest(vault_id, real)
        opened, related = open_file(real, passphrase, before, accept=accept_older)
        taken = Taken(before, related, read_only=read_only)
        if not (read_only or taken.unlike):
            seen.remember(opened.header.vault_id, real, opened.save)
        return cls(path, real, opened, taken)

    @property
    def locked(self) -> bool:
        return self._opened is None

    @property
    def records(self) -> Records:
        """The records as last saved or read, to read only. Raises `LockedError`."""
        return self._unlocked().records

    @property
    def generation(self) -> int:
        """The number of the save that is in memory. Raises `LockedError`."""
        return self._unlocked().header.generation

    @property
    def vault_id(self) -> bytes:
        """The 16 random bytes that tell this vault from others. Raises `LockedError`."""
        return self._unlocked().header.vault_id

    @property
    def cost(self) -> KdfCost:
        """What a guess at the passphrase takes. Raises `LockedError`."""
        ways_in = self._unlocked().header.slots
        return next(slots.cost_of(slot) for slot in ways_in if slot[0] == slots.PASSPHRASE)

    @property
    def backup_path(self) -> Path:
        """Where the save before is kept. It opens with the passphrase of its time."""
        return files.backup_path(self._real)

    def open_seed(self, public: PublicKey | str) -> Seed:
        """The seed of a key, for the caller to wipe: use it as a context manager.

        Raises `NoSuchKeyError`, `NoSeedError` when only the public half is held,
        `AlteredError` when the sealed seed is not this key's, and `LockedError`.
        """
        public = decode_public(public) if isinstance(public, str) else public
        return self._unlocked().records.open_seed(public)

    def read_copy(self, path: Path) -> Records:
        """The records in another file of this vault, a copy or backup, for the caller to close.

        Raises what `unlock` raises for the file, and `AlteredError` for one of other keys.
        """
        opened = self._unlocked()
        with files.reading(files.real_path(path)) as file:
            header = Header.parse(file.read(HEADER), file.size)
            return storage.read(file, header, opened.keys, opened.seed_box)

    def refresh(self) -> bool:
        """Take over what another window or program saved; True when there was something.

        While a change of our own runs it does nothing, for that reloads by itself. Raises
        what `unlock` raises for the file, and `LockedError` when the vault is locked, also
        when it locks it because the passphrase was changed elsewhere.
        """
        self._unlocked()
        if not self._changes.acquire(blocking=False):
            return False
        try:
            self._changing = threading.get_ident()
            before = self._unlocked()
            return self._newest(before) is not before
        finally:
            self._end_of_change()

    @contextlib.contextmanager
    def change(self, *, minor: bool = False) -> Iterator[Records]:
        """The transaction: see the module's description.

        `minor` is for what only notes something, as how a test went: no backup goes for it.
        Raises `LockedError`, `BusyError`, what `refresh` raises, `DiskFullError`,
        `PermissionRefusedError` or `SaveFailedError` with nothing changed, and
        `SaveUncertainError` with the change made but not confirmed by the disk.
        """
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            image = opened.records.serialize()
            fresh = Records.load(image, opened.seed_box, checked=False)
            try:
                yield fresh
                self._commit(replace(opened, records=fresh), opened.header.slots, minor=minor)
            except SaveUncertainError:
                raise
            except BaseException:
                fresh.close()
                raise

    def replace(
        self,
        make: Callable[[Records, SeedBox], Records],
        what: What,
        detail: str,
        before: backups.Why,
    ) -> None:
        """A change like `change`, to other records instead of a copy of the newest ones.

        They take over the past of these, and the notes on what happened, with one on this.
        `make` gets the newest records and what seals seeds in this vault, and gives records
        sealed by it, which become the vault's. What they replace is kept as a backup from
        `before` that. Raises what `change` raises, and what `make` raises.
        """
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            records = make(opened.records, opened.seed_box)
            try:
                records.follow(opened.records)
                records.note(what, detail=detail)
                backups.keep(self._real, before)
                self._commit(replace(opened, records=records), opened.header.slots)
            except SaveUncertainError:
                raise
            except BaseException:
                records.close()
                raise

    def change_passphrase(
        self, old: Passphrase, new: Passphrase, cost: KdfCost | None = None
    ) -> None:
        """Give the vault another passphrase and new keys, and seal all of it again.

        `cost` is what a guess at the new one takes; without it, as much as at the old one.

        The old passphrase opens nothing that is saved from now on, not even with an old
        backup's keys. Backups made before, `backup_path` among them, still open with it.
        Raises `WrongPassphraseError` for the old one, and what `change` raises.
        """
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            bound_to = identity(opened.header.vault_id)
            found = slots.unwrap_any(opened.header.slots, old.raw, bound_to)
            if found is None:
                raise WrongPassphraseError("The old passphrase is another. Nothing was changed.")
            number, old_keys = found
            old_keys.wipe()
            keys = VaultKeys.generate()
            seed_box = SeedBox(opened.header.vault_id, keys.seeds)
            try:
                cost = cost or slots.cost_of(opened.header.slots[number])
                way_in = slots.wrap(keys, new.raw, cost, bound_to)
                after = slots.replaced(opened.header.slots, number, keys, way_in)
                records = storage.resealed(opened.records, opened.seed_box, seed_box)
                backups.keep(self._real, backups.Why.PASSPHRASE)
                records.note(What.PASSPHRASE_CHANGED)
                fresh = replace(opened, keys=keys, seed_box=seed_box, records=records)
                self._commit(fresh, after)
            except SaveUncertainError:
                opened.wipe()
                raise
            except BaseException:
                seed_box.wipe()
                keys.wipe()
                raise
            opened.wipe()

    def lock(self) -> None:
        """Forget the keys and close the records, at once. Locking twice is no mistake.

        A change that is running in another thread is finished and saved first, by that
        thread, which then wipes the keys; `locked` is true from now on all the same.
        """
        with self._state:
            opened, self._opened = self._opened, None
            if opened is None:
                return
            if self._changing is not None:
                self._to_wipe.append(opened)
                return
        self._forget(opened)

    def _forget(self, opened: Opened) -> None:
        opened.wipe()
        with self._state:
            handed_out = list(self._handed_out)
            self._handed_out.clear()
        for records in handed_out:
            records.close()

    def _unlocked(self) -> Opened:
        opened = self._opened
        if opened is None:
            raise LockedError("The vault is locked. Unlock it to go on.")
        return opened

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One change at a time in this process, and what `lock` left to do at its end."""
        if self._changing == threading.get_ident():
            raise RuntimeError("a change inside a change of the same vault")
        if not self._changes.acquire(timeout=LOCK_WAIT):
            raise BusyError("Another change of this vault is still running. Try again after it.")
        try:
            self._changing = threading.get_ident()
            yield
        finally:
            self._end_of_change()

    def _end_of_change(self) -> None:
        with self._state:
            self._changing = None
            to_wipe, self._to_wipe = self._to_wipe, []
        self._changes.release()
        for opened in to_wipe:
            self._forget(opened)

    def _adopt(self, opened: Opened) -> None:
        """Make this the state that is seen, unless the vault was locked meanwhile."""
        with self._state:
            self._handed_out.add(opened.records)
            if self._opened is None:
                self._to_wipe.append(opened)
            else:
                self._opened = opened

    def _newest(self, opened: Opened) -> Opened:
        """The state after the file's newest save: `opened` itself when nothing was saved."""
        try:
            newer = newest(self._real, self.path, opened)
        except LockedError:
            self.lock()
            raise
        if newer is None:
            return opened
        self._adopt(newer)
        if not self._taken.read_only:
            seen.remember(newer.header.vault_id, self._real, newer.save)
        return newer

    def _commit(self, opened: Opened, ways_in: tuple[bytes, ...], *, minor: bool = False) -> None:
        """Save `opened.records` as the next generation and make them what is seen."""
        before = opened.header
        generation = self._taken.next_generation(before.generation)
        self._taken.keep_and_note(self._real, opened)
        opened.records.add_ancestor(opened.save)
        keeper = Keeper.of(
            self._real, opened.records, before, generation, minor=minor, prune=self.prune_backups
        )
        header, body = seal_body(
            opened.records.serialize(), opened.keys.body, before.vault_id, generation, ways_in
        )
        saved = replace(opened, header=header, tables_version=migrations.VERSION)
        try:
            storage.save(self._real, header, body, opened.keys, keeper)
        except SaveUncertainError:
            self._adopt(saved)
            raise
        self._taken = Taken()
        seen.remember(header.vault_id, self._real, saved.save)
        self._adopt(saved)
