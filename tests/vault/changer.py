"""A program that changes a vault, and is killed at it: see `test_kills.py`.

It is a process of its own, with one thread, so that it may fork: a child that was made by
fork has everything loaded, and can be killed two hundred times in a few seconds.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from wallet.errors import BusyError, VaultError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import files
from wallet.vault.file import durable_save, kdf
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

TEXT = "correct horse battery staple"


def unlock(path: Path, *, accept_older: bool = False) -> Vault:
    with Passphrase(TEXT) as passphrase:
        return Vault.unlock(path, passphrase, accept_older=accept_older)


def add(vault: Vault) -> str:
    with Seed.generate(Kind.USER) as seed:
        with vault.change() as records:
            records.add(seed)
        return seed.public.text


def many(path: Path, count: int) -> None:
    """Make `count` keys, each in a change of its own, and print those that were made."""
    vault = unlock(path)
    for _ in range(count):
        while True:
            try:
                print(add(vault), flush=True)
            except BusyError:  # seven others, on a machine that is slow: it says to try again
                continue
            break


def _derive_once() -> None:
    """Remember what the passphrase and a salt give, here and in all that is forked from here."""
    derived: dict[bytes, bytes] = {}
    derive = kdf.derive

    def remembered(passphrase: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
        if salt not in derived:
            derived[salt] = bytes(derive(passphrase, salt, cost))
        return bytearray(derived[salt])

    kdf.derive = remembered


class KilledSystem(files.System):
    """Kills this process before, half through or after its `number`th call."""

    def __init__(self, number: int, moment: str) -> None:
        self.left = number
        self.moment = moment

    def __getattribute__(self, name: str) -> object:
        call = super().__getattribute__(name)
        if name not in {"open", "write", "read", "sync", "close", "link", "replace", "unlink"}:
            return call
        return lambda *arguments, **named: self._counted(name, call, *arguments, **named)

    def _counted(
        self, name: str, call: Callable[..., object], *arguments: object, **named: object
    ) -> object:
        if sys.platform == "win32":
            raise NotImplementedError("POSIX only")
        self.left -= 1
        if self.left == 0:
            try:
                if self.moment == "after":
                    call(*arguments, **named)
                elif self.moment == "half" and name == "write":
                    descriptor, data = arguments
                    assert isinstance(data, memoryview)
                    call(descriptor, data[: len(data) // 2])
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)


def each(path: Path, moment: str, how: str) -> None:
    """Kill a change at its first, second, … call; print what is there after each, as JSON."""
    pristine = path.with_name("pristine")
    shutil.copy(path, pristine)
    _derive_once()
    vault = unlock(path)
    if how == "in-place":
        from tests.crash.changes import in_place  # it loads much that the others do without

        durable_save.save = in_place
    for number in range(1, 100):
        for other in path.parent.iterdir():
            if other.name.startswith(path.name):
                other.unlink()
        shutil.copy(pristine, path)
        acknowledged, killed = _forked(partial(_one, vault, number, moment))
        print(json.dumps({"call": number, "acknowledged": acknowledged, **_state(path)}))
        if not killed:
            return


def _one(vault: Vault, number: int, moment: str, tell: Callable[[str], None]) -> None:
    files.system = KilledSystem(number, moment)
    tell(add(vault))


def _state(path: Path) -> dict[str, object]:
    try:
        with unlock(path, accept_older=True) as vault:
            return {"opens": True, "keys": [record.public for record in vault.records.all()]}
    except VaultError as error:
        return {"opens": False, "error": type(error).__name__}


def kill(path: Path, rounds: int, start: int) -> None:
    """Kill a process that makes keys, `rounds` times at random moments.

    Prints for each kill whether it left half of a save, and the keys reported as made.
    """
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    chance = random.Random(start)  # the moments are not secret, and the same in every run
    _derive_once()
    unlock(path).lock()
    for _ in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _child(lambda tell: _endless(path, tell), writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            first = pipe.readline()
            assert first == b"open\n", "the vault did not open after a kill"
            began = time.monotonic()
            wait_for = chance.randrange(1, 4)
            made = [pipe.readline().decode().strip() for _ in range(wait_for)]
            # Up to twice what a change takes here, so that every moment of one has its turn.
            time.sleep(chance.uniform(0, 2 * (time.monotonic() - began) / wait_for))
            os.kill(child, signal.SIGKILL)
            made += pipe.read().decode().splitlines()
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the process ended by itself"
        left = any(path.parent.glob(f"{path.name}.new-*"))
        print("amid a save" if left else "between saves", *made)


def _endless(path: Path, tell: Callable[[str], None]) -> None:
    vault = unlock(path)
    tell("open")
    while True:
        tell(add(vault))


def _forked(work: Callable[[Callable[[str], None]], None]) -> tuple[list[str], bool]:
    """Do `work` in a child: the lines that it told, and whether it was killed."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(work, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed"
    return told, os.WIFSIGNALED(status)


def _child(work: Callable[[Callable[[str], None]], None], pipe: int) -> NoReturn:
    code = 1
    try:
        with os.fdopen(pipe, "w", buffering=1) as told:
            work(lambda text: print(text, file=told))
        code = 0
    except Exception as error:  # noqa: BLE001  (a forked child must not return)
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def fill(directory: Path) -> None:
    """Make a vault on a small file system, fill that, and try to change the vault.

    Prints the key that is in it, the error, and the keys that are there after it.
    """
    path = directory / "vault.nkw"
    with Passphrase(TEXT) as passphrase:
        vault = Vault.create(path, passphrase, KdfCost.MINIMUM)
    print(add(vault))
    with (directory / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    _tried(lambda: add(vault))
    print(*_files(directory))
    (directory / "filler").unlink()
    print(add(vault))
    with unlock(path) as again:
        print(*(record.public for record in again.records.all()))


def limited(path: Path) -> None:
    """Try to change the vault where no file may be as large as it."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    vault = unlock(path)
    size = path.stat().st_size
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, resource.RLIM_INFINITY))
    _tried(lambda: add(vault))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(add(vault))


def once(path: Path) -> None:
    """Try to unlock and change the vault, and print what came of it."""
    _tried(lambda: add(unlock(path)))


def _tried(change: Callable[[], str]) -> None:
    try:
        change()
    except VaultError as error:
        print(f"{type(error).__name__}: {error}")
    else:
        print("saved")


def _files(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def make(path: Path) -> None:
    """Make a vault with one key."""
    with Passphrase(TEXT) as passphrase, Vault.create(path, passphrase, KdfCost.MINIMUM) as vault:
        add(vault)
    print("made")


def main(arguments: Sequence[str]) -> None:
    what, where, *rest = arguments
    if what == "many":
        many(Path(where), int(rest[0]))
    elif what == "each":
        each(Path(where), *rest)
    elif what == "kill":
        kill(Path(where), *map(int, rest))
    else:
        {"fill": fill, "limited": limited, "once": once, "make": make}[what](Path(where))


if __name__ == "__main__":
    main(sys.argv[1:])
