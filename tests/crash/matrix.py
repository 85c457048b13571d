"""One cell of the matrix after the other: break a change, and look at what is left."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from errno import EACCES, EIO, ENOSPC
from pathlib import Path
from typing import NoReturn

from tests.crash.calls import Calls, Fault
from tests.crash.changes import Change, Row, add, names_in, unlock_after
from wallet.errors import SaveUncertainError, VaultError, VaultMissingError
from wallet.vault.backups import older_saves
from wallet.vault.file import newest_save

KILLS = ("before", "half", "after")
ERRORS = (EIO, ENOSPC, EACCES)
MOST = 2_000  # calls: more than any change makes


@dataclass(frozen=True)
class Cell:
    """One change with one fault: which call it was, and what was lost, in words; or nothing."""

    row: str
    fault: Fault
    call: str
    lost: str


def cells(
    row: Row, directory: Path, *, every: int = 1, hows: Sequence[str | int] = (*KILLS, *ERRORS)
) -> Iterator[Cell]:
    """The cells of a row, tried in `directory`: each of `hows` at every `every`th call."""
    with _Place(row, directory) as place:
        for turn, how in enumerate(hows):
            for number in range(1 + turn % every, MOST, every):
                cell = place.tried(Fault(number, how))
                if cell is None:
                    break
                if how != "half" or cell.call == "write":  # nothing else has a half
                    yield cell


class _Place:
    """A directory that is put back as it was before each cell."""

    def __init__(self, row: Row, directory: Path) -> None:
        self.row = row
        self.pristine = directory / "pristine"
        self.work = directory / "work"
        self.path = self.work / "vault" / "vault.nkw"

    def __enter__(self) -> _Place:
        self.path.parent.mkdir(parents=True)
        with newest_save.kept_in(self.work / "state"):
            self.row.prepare(self.path)
            self.change = self.row.open(self.path)
        shutil.copytree(self.work, self.pristine)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.pristine)
        shutil.rmtree(self.work)

    def tried(self, fault: Fault) -> Cell | None:
        """None when the change ended before it made so many calls."""
        shutil.rmtree(self.work)
        shutil.copytree(self.pristine, self.work)
        with newest_save.kept_in(self.work / "state"):
            before = _contents(self.path, without_ordinary=fault.how == ENOSPC)
            call, outcome = _broken(self.change, fault)
            if not call:
                return None
            no_half = fault.how == "half" and call != "write"
            return Cell(self.row.name, fault, call, "" if no_half else self._lost(outcome, before))

    def _lost(self, outcome: str, before: set[bytes]) -> str:
        """What is not as it must be, in words; nothing when all is."""
        allowed = {
            "killed": {self.row.before, self.row.after},
            "done": {self.row.after},
            "failed": {self.row.before},
            "uncertain": {self.row.after},
        }.get(outcome)
        if allowed is None:
            return f"an error of no class of ours: {outcome}"
        gone = not self.row.goes and not before <= _contents(self.path)
        return self._problem(outcome, allowed) or (
            "a file that stood there is nowhere any more" if gone else ""
        )

    def _problem(self, outcome: str, allowed: set[frozenset[str] | None]) -> str:
        try:
            with unlock_after(self.path, self.row) as vault:
                if (keys := names_in(vault)) not in allowed:
                    return f"it was {outcome}, and the keys are {sorted(keys)}"
                add(vault, "next")
            with unlock_after(self.path, self.row) as vault:
                after = names_in(vault)
        except VaultMissingError:
            return "" if None in allowed else f"it was {outcome}, and there is no vault"
        except VaultError as error:
            return f"{type(error).__name__}: {error}"
        left = [name for name in os.listdir(self.path.parent) if ".new-" in name]
        if after != keys | {"next"} or left:
            return f"after the next save the keys are {sorted(after)}, and there is {left}"
        return ""


def _broken(change: Change, fault: Fault) -> tuple[str, str]:
    """Do a change in a child of this process, with a fault.

    The name of the call that was broken, empty when the change made fewer; and `killed`,
    `done`, `failed`, `uncertain`, or an error that is not the wallet's.
    """
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(change, fault, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        call, _, outcome = pipe.read().partition("\n")
    _, status = os.waitpid(child, 0)
    return call, "killed" if os.WIFSIGNALED(status) else outcome


def _child(change: Change, fault: Fault, pipe: int) -> NoReturn:
    try:
        really_write = os.write
        calls = Calls(fault, lambda call: really_write(pipe, call.encode()))
        calls.watch()
        try:
            change()
            outcome = "done"
        except SaveUncertainError:
            outcome = "uncertain"
        except VaultError:
            outcome = "failed"
        except BaseException as error:  # noqa: BLE001  (a forked child must not return)
            outcome = f"{type(error).__name__}: {error}"
        calls.leave()
        really_write(pipe, f"\n{outcome}".encode())
    finally:
        os._exit(0)


def _contents(path: Path, *, without_ordinary: bool = False) -> set[bytes]:
    """The hashes of all files beside a vault, but for locks, which are empty.

    Ordinary backups are those that may go where a disk is full.
    """
    ordinary = {
        each.path for each in older_saves.every_backup(path) if each.why is older_saves.Why.ORDINARY
    }
    return {
        hashlib.blake2b(entry.read_bytes()).digest()
        for entry in path.parent.rglob("*")
        if entry.is_file() and entry.stat().st_size
        if not (without_ordinary and entry in ordinary)
    }
