"""The plan for older saves of a vault, how many and where: settings in the vault itself."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from wallet.errors import UsageError
from wallet.vault.backups import sizes
from wallet.vault.db.parts.settings import Settings

_NUMBER = "backups-number"
_DAYS = "backups-days"
_SIZE = "backups-size"
_PLACE = "backups-place"
_MOUNT = "backups-mount"
_NOTED = "backups-noted"

MOST = 1000
MAX_SIZE = 1 << 50


@dataclass(frozen=True, slots=True)
class Plan:
    """The backups to keep besides the newest one and those that stay for a reason.

    The last `number` changes (0: no backups but the newest), then the newest of each of
    `days` days; all of them together at most `size` bytes (0: whatever they take). `place`
    is another directory for the ordinary ones; None is beside the vault. `mount` is where the
    disk that it is on was mounted when it was chosen; None where that is the system's own.
    """

    number: int = 10
    days: int = 30
    size: int = 1 << 30
    place: Path | None = None
    mount: Path | None = field(default=None, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Plan:
        """The plan in a vault; what makes no sense there is as if it were not set."""
        place = settings.get(_PLACE, "")
        mount = settings.get(_MOUNT, "")
        usual = cls()
        return cls(
            _bounded(settings.get(_NUMBER, ""), MOST, usual.number),
            _bounded(settings.get(_DAYS, ""), MOST, usual.days),
            _bounded(settings.get(_SIZE, ""), MAX_SIZE, usual.size),
            Path(place) if os.path.isabs(place) and "\0" not in place else None,
            Path(mount) if os.path.isabs(mount) and "\0" not in mount else None,
        )

    @property
    def place_now(self) -> Path | None:
        """The other directory, None while it is not there.

        Where a disk was unplugged a directory of that name may remain: what is written into it
        would be on the vault's own disk, and unseen when the other is back.
        """
        if self.place is None or not os.path.isdir(self.place):
            return None
        return self.place if self.mount is None or os.path.ismount(self.mount) else None

    @property
    def sentence(self) -> str:
        """The plan in a sentence for a person."""
        if not self.number:
            return "Only the save before is kept, as NAME.bak."
        size = f", at most {sizes.written(self.size)} of them" if self.size else ""
        where = f" in {self.place}" if self.place else " beside the vault"
        away = ""
        if self.place is not None and self.place_now is None:
            away = f" {self.place} is not there now: until it is, they go beside the vault."
        return (
            f"The last {self.number} changes are kept, then one a day for {self.days} days{size},"
            f"{where}; those kept for a reason stay until you delete them.{away}"
        )

    def keep_in(self, settings: Settings) -> None:
        """Make this the vault's plan: within a change. Raises `UsageError` for what cannot be."""
        if not (0 <= self.number <= MOST and 0 <= self.days <= MOST):
            raise UsageError(f"Backups are kept of 0 to {MOST} changes and days.")
        if not 0 <= self.size <= MAX_SIZE:
            raise UsageError("That is no size that backups could have.")
        if self.place is not None and not (self.place.is_absolute() and os.path.isdir(self.place)):
            raise UsageError(
                f"{self.place} is no directory here. Make it, and name it with its whole path."
            )
        settings.set(_NUMBER, str(self.number))
        settings.set(_DAYS, str(self.days))
        settings.set(_SIZE, str(self.size))
        place = str(self.place or "")
        if place != settings.get(_PLACE, ""):  # else its disk may be unplugged by now
            settings.set(_PLACE, place)
            settings.set(_MOUNT, str(_mount_of(self.place) or "") if self.place else "")


def note_minor(settings: Settings, generation: int, before: int) -> None:
    """Note that save `generation` will be save `before` again, but for what only notes something.

    Save `before` is then let go with the next one: all that is in it is in its successor.
    """
    settings.set(_NOTED, f"{generation} {before}")


def superseded_by(settings: Settings, generation: int) -> int | None:
    """The number of the save that save `generation` repeats; None when it made a change."""
    with contextlib.suppress(ValueError):
        noted, before = settings.get(_NOTED, "").split(" ")
        if noted == str(generation):
            return int(before)
    return None


def _mount_of(place: Path) -> Path | None:
    """Find where the disk that holds `place` is mounted; None for the root of all."""
    real = place.resolve()
    mount = next((each for each in (real, *real.parents) if os.path.ismount(each)), None)
    return None if mount is None or mount == mount.parent else mount


def _bounded(text: str, most: int, otherwise: int) -> int:
    sensible = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if sensible and int(text) <= most else otherwise
