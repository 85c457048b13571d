"""The saver of an unlocked vault: what others saved in its file is read, the next save written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wallet.errors import SaveUncertainError
from wallet.vault.db import migrations
from wallet.vault.file import newest_save, sound_saves
from wallet.vault.file.container import Header, seal_body
from wallet.vault.session import storage, unlocked_state
from wallet.vault.session.accepted_files import Taken, keep_damaged
from wallet.vault.session.unlocked_state import UnlockedState


class Written(NamedTuple):
    """A save that stands in the file: its state, the keys and notes that it touched, its bytes."""

    state: UnlockedState
    keys: frozenset[int]
    notes: frozenset[str]
    size: int


class Saver:
    """The file at `real`, which a person calls `path`. Its callers hold turn and lock file.

    It knows of no lock and of nobody who waits: it is given a state, and gives another.
    """

    def __init__(self, path: Path, real: Path, taken: Taken | None = None) -> None:
        self._path, self._real = path, real
        self.taken = taken or Taken()  # how the file was opened, until it is saved over
        self._may_remember = not self.taken.read_only  # what was seen here, on this machine
        self._sound: bytes | None = None  # the save that was looked through whole, by its header

    def newer(self, opened: UnlockedState) -> UnlockedState | None:
        """Read what somebody saved after `opened`, if anybody did. Raises as `newest` does."""
        return unlocked_state.newest(self._real, self._path, opened)

    def read_again(self, opened: UnlockedState) -> UnlockedState:
        """Read what the file holds now, be it just what was `opened`. Raises as `newer` does."""
        return unlocked_state.read_again(self._real, self._path, opened)

    def remember(self, opened: UnlockedState) -> None:
        """Note on this machine that this save was seen."""
        if self._may_remember:
            newest_save.remember(opened.header.vault_id, self._real, opened.save)

    def is_sound(self, header: Header) -> bool:
        """Whether the save of that header was looked through whole and found sound."""
        digest = header.digest()
        return self._sound == digest or sound_saves.is_remembered(header.vault_id, digest)

    def know_sound(self, header: Header) -> None:
        """Note that there is nothing wrong with the save of that header."""
        self._sound = header.digest()
        if self._may_remember:
            sound_saves.remember(header.vault_id, self._sound)

    def save(
        self,
        opened: UnlockedState,
        ways_in: tuple[bytes, ...],
        done: Callable[[Written], None],
        *,
        taken: Taken | None = None,
        minor: bool = False,
        over_damage: bool = False,
    ) -> None:
        """Write `opened.records` as the next generation, and tell `done` once that stands there.

        Also where the disk does not confirm it: then `SaveUncertainError` follows. With
        `over_damage` contents that fail their check are saved, and the file before is kept.
        Raises what `Vault.change` raises, with the file as it was.
        """
        from wallet.vault.backups.retention import Retention  # what only a save needs

        before, records, taken = opened.header, opened.records, taken or self.taken
        generation = taken.next_generation(before.generation)
        damaged = over_damage and keep_damaged(self._real, records)
        taken.keep_and_note(self._real, opened)
        touched = records.history.touched()
        records.history.write_down()
        records.ancestors.add(opened.save.generation, opened.save.header)
        older = Retention.of(
            self._real, records.settings, before, generation, minor=minor, prune=not damaged
        )
        image = records.database.hand_over()
        size = len(image)
        header, body = seal_body(image, opened.keys.body, before.vault_id, generation, ways_in)
        del image  # as large as all the vault, and no more needed
        saved = opened._replace(header=header, tables_version=migrations.VERSION)
        written = Written(saved, *touched, size)
        try:
            storage.save(
                *(self._real, header, body, opened.keys, older),
                records=records,
                checked=not damaged,
            )
        except SaveUncertainError:
            self.taken = Taken()
            done(written)
            raise
        self.taken = Taken()
        newest_save.remember(header.vault_id, self._real, saved.save)
        if not damaged and self.is_sound(before):
            self.know_sound(header)
        done(written)
