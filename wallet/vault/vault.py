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

A vault whose changes are made `in_place`, as a command's are, keeps no records of before: those
in memory are changed, and after an error read from the disk again.

Any thread may call any method. Changes wait for each other; reading waits for nothing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from wallet.errors import ForkedError, OlderThanSeenError, SaveUncertainError
from wallet.nats.nkeys import PublicKey, Seed, decode_public
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import LOCK_WAIT, Backup, Why
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import newest_save, slots
from wallet.vault.file.container import KdfCost, SeedBox, identity
from wallet.vault.file.first_look import header_at
from wallet.vault.file.ways_in import Opener, WaysIn, opened_by
from wallet.vault.records import Records
from wallet.vault.session import kept_text, unlocked_state, vanished_file
from wallet.vault.session.accepted_files import Taken
from wallet.vault.session.session import Session
from wallet.vault.session.unlocked_state import (
    UnlockedState,
    closed_unless_saved,
    copied,
    make_file,
    open_file,
    open_read,
)
from wallet.vault.session.vanished_file import SealedVault
from wallet.vault.session.ways_in_change import (
    Unchanged,
    WaysInChange,
    note_ways_in,
    sealed_anew,
)


class Vault(Session):
    """An unlocked vault, until `lock`. As a context manager it locks at the end."""

    def __repr__(self) -> str:
        return f"Vault({str(self.path)!r}, {'locked' if self.locked else 'unlocked'})"

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
            older_saves.require_free(real, path, keep_aside=keep_aside)
            opened = make_file(real, passphrase, cost)
            older_saves.put_aside(real)
        newest_save.remember(opened.header.vault_id, real, opened.save)
        return cls(path, real, opened)

    @classmethod
    def require(cls, path: Path) -> None:
        """Raise what `unlock` raises for a file that no passphrase opens, before one is asked."""
        header_at(files.real_path(path))

    @classmethod
    def ways_in_at(cls, path: Path) -> WaysIn:
        """The ways in that a file names, which proves nothing. Raises as `require` does."""
        return WaysIn.of(header_at(files.real_path(path)).slots)

    @classmethod
    def unlock(
        cls,
        path: Path,
        opener: Opener,
        *,
        accept_older: bool = False,
        accept_damaged: bool = False,
        read_only: bool = False,
    ) -> Vault:
        """Open the vault by a passphrase or recovery code, which stays the caller's to wipe.

        With `accept_older` it opens too where it is older than what was seen here, or a fork
        of it, with `accept_damaged` where its contents fail their check; what stood there before
        the first save over it is kept. `read_only` is for a look at any file: it neither notes
        what was seen nor is refused for it or for damage, and nothing can be changed.

        Raises `WrongPassphraseError`, of which those of key files and codes are kinds, and
        `KeyFileNeededError`; the errors of `Header.parse` for a file that is no
        sound vault; `AlteredError`, `ContentsInvalidError` or `NewerContentsError` when the
        secret is right and the contents are not, `ContentsDamagedError` when they fail their
        check; `OlderThanSeenError` or `ForkedError` when it does not follow what was seen here.
        """
        real = files.real_path(path)
        # Asked before the file is opened: what another program saves from here on is newer.
        vault_id = header_at(real).vault_id
        before = newest_save.newest(vault_id, real)
        accept, lenient = accept_older or read_only, accept_damaged or read_only
        opened, related = open_file(real, opener, before, accept=accept, lenient=lenient)
        taken = Taken(before, related, read_only=read_only)
        if not (read_only or taken.unlike):
            newest_save.remember(opened.header.vault_id, real, opened.save)
        vault = cls(path, real, opened, taken)
        vault.saves_over_damage = accept_damaged
        return vault

    @classmethod
    def unlock_sealed(cls, path: Path, sealed: SealedVault, opener: Opener) -> Vault:
        """Open what `sealed` kept of a vault whose file is gone; raises what `unlock` raises."""
        opened, _ = open_read(files.FileInMemory(sealed.start, bytearray(sealed.body)), opener)
        vault = cls(path, files.real_path(path), opened)
        vault._directory = sealed.directory
        return vault

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
        """The cost of a guess at the passphrase. Raises `LockedError`."""
        return slots.cost_of_any(self._unlocked().header.slots)

    @property
    def ways_in(self) -> WaysIn:
        """The ways in that the vault has: to advise by. Raises `LockedError`."""
        return WaysIn.of(self._unlocked().header.slots)

    @property
    def backup_path(self) -> Path:
        """The path of the save before. It opens with the passphrase of its time."""
        return files.backup_path(self._real)

    def open_seed(self, public: PublicKey | str) -> Seed:
        """The seed of a key, for the caller to wipe: use it as a context manager.

        Raises `NoSuchKeyError`, `NoSeedError` when only the public half is held,
        `AlteredError` when the sealed seed is not this key's, and `LockedError`.
        """
        public = decode_public(public) if isinstance(public, str) else public
        return self._unlocked().records.open_seed(public)

    def backups(self) -> list[Backup]:
        """The backups of this vault, the newest save first. Raises `LockedError`."""
        from wallet.vault.backups.backup_plan import Plan  # which only saves need beside

        return older_saves.of_vault(self._real, self.vault_id, Plan.of(self.records.settings).place)

    def outdated_backups(self) -> list[Backup]:
        """The backups that open by what was taken away since: a passphrase, key file or code of
        before. Raises `LockedError`."""
        from wallet.vault.backups.outdated_backups import outdated  # which only few ask for

        opened = self._unlocked()
        return outdated(self.backups(), opened.header, opened.records)

    def delete_backups(self, backups: Iterable[Backup]) -> int:
        """Delete backups of this vault, and say how many went; others are left as they are.

        Raises `ReadOnlyError`, and `LockedError`.
        """
        self._require_changes_wanted()
        return sum(older_saves.delete(backup, self.vault_id) for backup in backups)

    def back_up(self, to: Path) -> tuple[int, int]:
        """Copy the vault as it stands on the disk to a new file, and read all of the copy.

        Gives the number of the save that was copied, and of keys in it. Raises `UsageError` for a
        name that saves use, and what `older_saves.copy_verified` and `unlocked_state.read_back`
        raise; then there is no copy.
        """
        held: list[tuple[int, int]] = []
        older_saves.require_other_name(self._real, to.name)
        verify = unlocked_state.read_back
        older_saves.copy_verified(
            self._real, to, lambda copy: held.append(verify(self._unlocked(), copy))
        )
        return held[0]

    def read_copy(self, path: Path) -> Records:
        """The records in another file of this vault, a copy or backup, for the caller to close.

        Raises what `unlock` raises for the file, and `AlteredError` for one of other keys.
        """
        return self.open_copy(path).records

    def open_copy(self, path: Path) -> UnlockedState:
        """Another file of this vault as a state with the vault's own keys: not to be wiped."""
        return unlocked_state.open_copy(self._unlocked(), path)

    @property
    def vanished(self) -> bool:
        """Whether the file is gone from its place; what it held is still in memory."""
        return files.is_gone(self._real)

    def sealed(self) -> SealedVault:
        """The vault as last seen, sealed as a file would be: to outlive a lock in memory."""
        return vanished_file.seal(self._unlocked(), self._directory)

    def seal_text(self, text: bytearray) -> bytes:
        """Seal a text, to outlive a lock in memory, and wipe it. Raises `LockedError`."""
        return kept_text.seal(self._unlocked(), text)

    def unseal_text(self, sealed: bytes) -> bytearray:
        """The text that `seal_text` sealed, for the caller to wipe.

        Raises `AlteredError` in another vault, and after a change of the ways in.
        """
        return kept_text.unseal(self._unlocked(), sealed)

    def write_anew(self) -> None:
        """Write the vault again where its file has vanished, as the next save.

        Raises `VaultExistsError` when a file is there again, `VaultMissingError` when the
        directory is another, and what a save raises.
        """
        self._require_changes_wanted()
        with self._exclusively():
            vanished_file.require_directory(self._real, self._directory)
            with files.locked(self._real, LOCK_WAIT):
                vanished_file.require_gone(self._real, self.path)
                opened = self._unlocked()
                records = copied(opened)
                with closed_unless_saved(records):
                    vanished_file.require_directory(self._real, self._directory)
                    self._commit(opened._replace(records=records), opened.header.slots)

    def save_over(self) -> Path | None:
        """Save what is in memory over a file that does not follow it; that one is kept for good.

        Gives its place; None where it does follow, and is taken over instead, as by `refresh`.
        Raises what `change` raises.
        """
        self._require_changes_wanted()
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._unlocked()
            try:
                self._newest(opened)
            except (ForkedError, OlderThanSeenError) as parted:
                self._require_sound(opened.records)
                kept, records = older_saves.keep(self._real, Why.FORK), copied(opened)
                with closed_unless_saved(records):
                    fresh = opened._replace(records=records)
                    self._commit(fresh, fresh.header.slots, taken=Taken.over(self._real, parted))
                return kept
        return None

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
    def change(self, *, minor: bool = False, beside: int = 0) -> Iterator[Records]:
        """The transaction: see the module's description.

        `minor` is for what only notes something, as how a test went: no backup goes for it.
        `beside` is the number of the save of another file that this one joins with the vault.
        Raises `LockedError`, `BusyError`, what `refresh` raises, `DiskFullError`,
        `PermissionRefusedError` or `SaveFailedError` with nothing changed, and
        `SaveUncertainError` with the change made but not confirmed by the disk.
        """
        self._require_changes_wanted()
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            self._require_sound(opened.records)
            with self._records_to_change(opened) as fresh:
                yield fresh
                taken = self._saver.taken._replace(beside=beside)
                saved = opened._replace(records=fresh)
                self._commit(saved, opened.header.slots, minor=minor, taken=taken)

    def replace(
        self,
        make: Callable[[Records, SeedBox], Records],
        what: What,
        detail: str,
        before: Why,
    ) -> None:
        """A change like `change`, to other records instead of a copy of the newest ones.

        They take over the past of these, and the notes on what happened, with one on this.
        `make` gets the newest records and what seals seeds in this vault, and gives records
        sealed by it, which become the vault's. What they replace is kept as a backup from
        `before` that. Raises what `change` raises, and what `make` raises.
        """
        self._require_changes_wanted()
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            records = make(opened.records, opened.seed_box)
            with closed_unless_saved(records):
                self._require_sound(records)
                records.follow(opened.records)
                records.history.note(what, detail=detail)
                older_saves.keep(self._real, before)
                self._commit(opened._replace(records=records), opened.header.slots)

    def require_opener(self, opener: Opener) -> None:
        """Raise what `unlock` raises where this does not open the vault as it is now."""
        header = self._unlocked().header
        _, keys = opened_by(header.slots, opener, identity(header.vault_id))
        keys.wipe()

    def change_passphrase(
        self,
        old: Opener,
        new: Passphrase,
        cost: KdfCost | None = None,
        *,
        key_file: KeyFile | Unchanged | None = Unchanged.AS_IT_IS,
    ) -> None:
        """Give the vault another passphrase and new keys, and seal all of it again.

        `cost` is what a guess at the new one takes; without it, as much as at the old one. With a
        `key_file` the passphrase opens the vault only together with that from now on; None lets
        it open alone. By a recovery code, which stays, every passphrase of before is replaced,
        and a key file is needed only where one is given here.

        The old passphrase opens nothing that is saved from now on, not even with an old
        backup's keys. Backups made before, `backup_path` among them, still open with it.
        Raises `WrongPassphraseError` for the old one, and what `change` raises.
        """
        self._change_ways_in(old, WaysInChange(new, cost, key_file=key_file))

    def change_recovery(self, passphrase: Passphrase, code: RecoveryCode | None) -> None:
        """Let `code` open the vault too, and no other one; None: none does any more.

        The vault gets new keys and is sealed again, as for another passphrase, and backups made
        before still open with the code of their time. Raises what `change_passphrase` raises.
        """
        self._change_ways_in(passphrase, WaysInChange(passphrase, recovery=code))

    def _change_ways_in(self, old: Opener, change: WaysInChange) -> None:
        self._require_changes_wanted()
        with self._exclusively(), files.locked(self._real, LOCK_WAIT):
            opened = self._newest(self._unlocked())
            self._require_sound(opened.records)
            fresh, all_slots = sealed_anew(opened, old, change)
            try:
                fresh.records.database.take_state(opened.records.database)
                older_saves.keep(self._real, Why.PASSPHRASE)
                note_ways_in(fresh.records, old, change, opened.header.slots, all_slots)
                self._commit(fresh, all_slots)
            except SaveUncertainError:
                opened.wipe()
                raise
            except BaseException:
                fresh.wipe()
                raise
            opened.wipe()
