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
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import platformdirs

from wallet import sodium
from wallet.errors import (
    AlteredError,
    BusyError,
    LockedError,
    SaveUncertainError,
    VaultExistsError,
    WrongPassphraseError,
)
from wallet.nkeys import PublicKey, Seed, decode_public
from wallet.passphrase import Passphrase
from wallet.system import files, volumes
from wallet.vault import backups, seen, slots, storage
from wallet.vault.container import (
    HEADER,
    Header,
    KdfCost,
    SeedBox,
    VaultKeys,
    identity,
    seal_body,
)
from wallet.vault.records import Records
from wallet.vault.retention import Keeper

LOCK_WAIT = 15.0
"""Seconds to wait for another window or program that is saving."""


def default_path() -> Path:
    """`NKEY_WALLET_VAULT`, else `vault.nkw` in the platform's data directory."""
    named = os.environ.get("NKEY_WALLET_VAULT")
    if named:
        return Path(named)
    return platformdirs.user_data_path("nkey-wallet", appauthor=False) / "vault.nkw"


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    """What an unlocked vault has in memory; replaced as a whole, so that readers see one state."""

    header: Header
    keys: VaultKeys
    seed_box: SeedBox
    records: Records

    def wipe(self) -> None:
        self.seed_box.wipe()
        self.keys.wipe()


class Vault:
    """An unlocked vault, until `lock`. As a context manager it locks at the end."""

    def __init__(self, path: Path, real: Path, opened: _Opened, newest_seen: int) -> None:
        """Use `create` or `unlock`."""
        self.path = path
        self.warning: str | None = volumes.warning(real)
        self.prune_backups = True  # not while it is unsure that the contents are sound
        self._real = real
        self._opened: _Opened | None = opened
        self._newest_seen = newest_seen
        self._handed_out: weakref.WeakSet[Records] = weakref.WeakSet([opened.records])
        self._state = threading.Lock()  # held for moments: guards the fields here
        self._changes = threading.Lock()  # held for a whole change
        self._changing: int | None = None
        self._to_wipe: list[_Opened] = []

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
    def create(cls, path: Path, passphrase: Passphrase, cost: KdfCost = KdfCost.STANDARD) -> Vault:
        """Make an empty vault (0600, in a directory that is made 0700 when missing).

        Whether the passphrase is strong enough is the caller's to ask. Raises
        `VaultExistsError` when anything stands at the path, and what a save raises.
        """
        real = files.real_path(path)
        files.make_directory(real.parent)
        vault_id, keys = sodium.random(16), VaultKeys.generate()
        seed_box = SeedBox(vault_id, keys.seeds)
        try:
            way_in = slots.wrap(keys, passphrase.raw, cost, identity(vault_id))
            all_slots = (way_in, *[slots.EMPTY] * (slots.SLOTS - 1))
            with files.locked(real, LOCK_WAIT):
                if os.path.lexists(real):
                    raise VaultExistsError(
                        f"There is a file at {path} already, and it is never written over. Open "
                        "it, or name another place."
                    )
                records = Records.empty(seed_box)
                header, body = seal_body(records.serialize(), keys.body, vault_id, 1, all_slots)
                storage.save(real, header, body, keys)
        except BaseException:
            seed_box.wipe()
            keys.wipe()
            raise
        return cls(path, real, _Opened(header, keys, seed_box, records), 0)

    @classmethod
    def require(cls, path: Path) -> None:
        """Raise what `unlock` raises for a file that no passphrase opens, before one is asked."""
        _header_at(files.real_path(path))

    @classmethod
    def unlock(cls, path: Path, passphrase: Passphrase, *, accept_older: bool = False) -> Vault:
        """Open the vault. The passphrase stays the caller's, to wipe.

        Raises `WrongPassphraseError`; the errors of `Header.parse` for a file that is no
        sound vault; `AlteredError` or `ContentsInvalidError` when the passphrase is right
        and the contents are not; `OlderThanSeenError` when a newer save was seen here before
        and `accept_older` is not set.
        """
        real = files.real_path(path)
        # Asked before the file is opened: what another program saves from here on is newer.
        newest = seen.newest(_header_at(real).vault_id)
        with files.reading(real) as file:
            header = Header.parse(file.read(HEADER), file.size)
            found = slots.unwrap_any(header.slots, passphrase.raw, identity(header.vault_id))
            if found is None:
                raise WrongPassphraseError(
                    "This passphrase does not open the vault. Nothing was changed."
                )
            _, keys = found
            seed_box = SeedBox(header.vault_id, keys.seeds)
            try:
                records = storage.read(file, header, keys, seed_box)
                if header.generation < newest and not accept_older:
                    records.close()
                    raise storage.older(header.generation, newest)
            except BaseException:
                seed_box.wipe()
                keys.wipe()
                raise
        seen.remember(header.vault_id, header.generation)
        return cls(path, real, _Opened(header, keys, seed_box, records), newest)

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
            fresh = Records.load(opened.records.serialize(), opened.seed_box)
            try:
                yield fresh
                self._commit(replace(opened, records=fresh), opened.header.slots, minor=minor)
            except SaveUncertainError:
                raise
            except BaseException:
                fresh.close()
                raise

    def replace(self, make: Callable[[Records, SeedBox], Records]) -> None:
        """A change like `change`, to other records instead of a copy of the newest ones.

        `make` gets the newest records and what seals seeds in this vault, and gives records
        sealed by it, which become the vault's. Raises what `change` raises, and what it raises.
        """
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            records = make(opened.records, opened.seed_box)
            try:
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
                self._commit(_Opened(opened.header, keys, seed_box, records), after)
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

    def _forget(self, opened: _Opened) -> None:
        opened.wipe()
        with self._state:
            handed_out = list(self._handed_out)
            self._handed_out.clear()
        for records in handed_out:
            records.close()

    def _unlocked(self) -> _Opened:
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

    def _adopt(self, opened: _Opened) -> None:
        """Make this the state that is seen, unless the vault was locked meanwhile."""
        with self._state:
            self._handed_out.add(opened.records)
            if self._opened is None:
                self._to_wipe.append(opened)
            else:
                self._opened = opened

    def _newest(self, opened: _Opened) -> _Opened:
        """The state after the file's newest save: `opened` itself when nothing was saved."""
        with files.reading(self._real) as file:
            start = file.read(HEADER)
            if start == opened.header.pack():
                return opened
            header = Header.parse(start, file.size)
            if header.vault_id != opened.header.vault_id:
                raise AlteredError(
                    f"Another vault now stands at {self.path}. Nothing was written. Lock, and "
                    "unlock to open that one."
                )
            if header.generation < opened.header.generation:
                raise storage.older(header.generation, opened.header.generation)
            try:
                records = storage.read(file, header, opened.keys, opened.seed_box)
            except AlteredError:
                if header.slots == opened.header.slots:
                    raise
                self.lock()
                raise LockedError(
                    "The vault's passphrase was changed in another window or program. Unlock "
                    "with the new one."
                ) from None
        newer = replace(opened, header=header, records=records)
        self._adopt(newer)
        seen.remember(header.vault_id, header.generation)
        return newer

    def _commit(self, opened: _Opened, ways_in: tuple[bytes, ...], *, minor: bool = False) -> None:
        """Save `opened.records` as the next generation and make them what is seen."""
        before = opened.header
        generation = max(before.generation, self._newest_seen) + 1
        keeper = Keeper.of(
            self._real, opened.records, before, generation, minor=minor, prune=self.prune_backups
        )
        header, body = seal_body(
            opened.records.serialize(), opened.keys.body, before.vault_id, generation, ways_in
        )
        saved = replace(opened, header=header)
        try:
            storage.save(self._real, header, body, opened.keys, keeper)
        except SaveUncertainError:
            self._adopt(saved)
            raise
        self._adopt(saved)


def _header_at(real: Path) -> Header:
    """The header of a vault that looks sound without its passphrase."""
    with files.reading(real) as file:
        return Header.parse(file.read(HEADER), file.size)
