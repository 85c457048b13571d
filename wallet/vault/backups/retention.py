"""Retention of older saves: which backups a save lets stay, and which it lets go."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from wallet.errors import VaultError
from wallet.system.disk import files
from wallet.vault.backups import backup_plan as plans
from wallet.vault.backups import older_saves
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.backups.older_saves import Backup, Why
from wallet.vault.db.parts.settings import Settings
from wallet.vault.file import durable_save
from wallet.vault.file.container import Header


class Retention(durable_save.OlderSaves):
    """Keeps and lets go of older saves of the vault at `real`, as its plan says."""

    def __init__(
        self,
        real: Path,
        vault_id: bytes,
        plan: Plan,
        *,
        superseded: int | None = None,
        prune: bool = True,
    ) -> None:
        """`superseded` is the number of the save that the present one repeats, but for what
        only notes something: as the newest backup it need not be kept. `prune` lets go of old
        ones; not so while it is not sure that the present vault is sound.
        """
        self._real = real
        self._vault_id = vault_id
        self._plan = plan
        self._superseded = superseded
        self._prune = prune

    @classmethod
    def of(
        cls, real: Path, settings: Settings, before: Header, after: int, *, minor: bool, prune: bool
    ) -> Retention:
        """Prepare save number `after` of a vault with these settings; the file now is `before`.

        A `minor` save, which only notes something, is noted in the settings: it repeats the one
        before.
        """
        superseded = plans.superseded_by(settings, before.generation)
        if minor:
            plans.note_minor(settings, after, before.generation)
        return cls(real, before.vault_id, Plan.of(settings), superseded=superseded, prune=prune)

    def make_way(self) -> None:
        newest = files.backup_path(self._real)
        try:
            status = os.lstat(newest)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            return  # nothing replaces that
        try:
            present: Header | None = older_saves.look(newest)
        except (OSError, VaultError):
            present = None
        if present is None or present.vault_id != self._vault_id:
            older_saves.move_aside(newest, self._real)
        elif self._plan.number and present.generation != self._superseded:
            self._keep_ordinary(newest, status)

    def _keep_ordinary(self, newest: Path, status: os.stat_result) -> None:
        if status.st_nlink > 1 and any(
            os.path.samestat(status, os.lstat(each.path))
            for each in self._all()
            if each.why is not Why.NEWEST
        ):
            return
        place = self._plan.place_now
        if place is not None:
            with contextlib.suppress(OSError):  # full, or unplugged just now: beside the vault
                older_saves.put_away(newest, place / self._real.name, Why.ORDINARY)
                files.sync_directory(place)
                return
        while True:
            try:
                older_saves.put_away(newest, self._real, Why.ORDINARY)
                return
            except OSError as error:
                if error.errno not in durable_save.NO_ROOM or not self.make_room():
                    raise

    def make_room(self) -> bool:
        if not self._prune:
            return False
        return any(older_saves.delete(each, self._vault_id) for each in reversed(self._ordinary()))

    def tidy(self) -> None:
        if not self._prune:
            return
        with contextlib.suppress(OSError, VaultError):
            for backup in spent(self._ordinary(), self._plan, datetime.now(UTC)):
                older_saves.delete(backup, self._vault_id)

    def _all(self) -> list[Backup]:
        return older_saves.of_vault(self._real, self._vault_id, self._plan.place)

    def _ordinary(self) -> list[Backup]:
        return [each for each in self._all() if each.why is Why.ORDINARY]


def spent(ordinary: Sequence[Backup], plan: Plan, now: datetime) -> list[Backup]:
    """The ordinary backups of a vault, of these (the newest save first), that are to go.

    The newest `plan.number` stay, then the newest of each of `plan.days` days. By their
    number: however far a clock jumps ahead, no day is over for that. While the times
    contradict the saves' order, or lie ahead of `now`, a day's are not told apart, and only
    the size counts.
    """
    go: list[Backup] = []
    if _clock_is_trusted(ordinary, now):
        days: set[str] = set()
        for backup in ordinary[plan.number :]:
            day = backup.saved.strftime("%Y-%m-%d")
            if day in days or len(days) >= plan.days:
                go.append(backup)
            days.add(day)
    size = 0
    for backup in ordinary:
        size += backup.size
        if plan.size and size > plan.size and backup not in go:
            go.append(backup)
    return go


_SLACK = 10 * 60.0  # seconds that clocks are set by without anything being wrong


def _clock_is_trusted(ordinary: Sequence[Backup], now: datetime) -> bool:
    later = now
    for backup in ordinary:
        if (backup.saved - later).total_seconds() > _SLACK:
            return False
        later = backup.saved
    return True
