"""What the vault's tests share: a cheap vault, keys in it, and a file's bytes taken apart."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wallet.errors import VaultError
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file import newest_save, slots
from wallet.vault.file.ancestry import Save
from wallet.vault.file.container import KdfCost, SeedBox
from wallet.vault.file.first_look import header_at
from wallet.vault.file.kdf import SALT
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

TEXT = "correct horse battery staple"
CHEAP = KdfCost.MINIMUM
CHANGER = Path(__file__).with_name("changer.py")


def passphrase(text: str = TEXT) -> Passphrase:
    return Passphrase(text)


class _SaltedAlike:
    """libsodium, but that a slot made by it has the salt of all others."""

    def random(self, size: int) -> bytes:
        return b"salt" * 4 if size == SALT else sodium.random(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(sodium, name)


def make(path: Path, *names: str) -> Vault:
    """A new vault with a user key of each name.

    Its own keys are as random as ever. The salt is not: what it and the passphrase give is
    remembered, and most of the time that a vault takes to make is the derivation.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slots, "sodium", _SaltedAlike())
        vault = Vault.create(path, passphrase(), CHEAP)
    for name in names:
        add(vault, name)
    return vault


def empty_vault(path: Path, text: str = TEXT) -> Path:
    """A file of a vault without a key, as cheap to open as may be."""
    with passphrase(text) as typed:
        Vault.create(path, typed, CHEAP).lock()
    return path


_made: dict[Callable[[Path], object], _Made] = {}


class _Made(NamedTuple):
    """A vault's files by what follows its name, and what this machine notes beside them."""

    contents: dict[str, bytes]
    newest: Save
    machine: bytes | None

    @classmethod
    def at(cls, path: Path) -> _Made:
        newest = newest_save.newest(header_at(path).vault_id, path.resolve())
        assert newest is not None
        files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
        contents = {file.name.removeprefix(path.name): file.read_bytes() for file in files}
        contents.pop(".lock", None)
        number = newest_save.directory() / "machine"
        return cls(contents, newest, number.read_bytes() if number.exists() else None)

    def put_at(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, content in self.contents.items():
            file = path.with_name(path.name + ending)
            file.touch(mode=0o600)
            file.write_bytes(content)
        newest_save.remember(header_at(path).vault_id, path.resolve(), self.newest)
        if self.machine is not None:
            (newest_save.directory() / "machine").write_bytes(self.machine)


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """A vault as `make` makes it, with its backup: made by the first test that asks, copied for
    the others. Each has the same keys, and this machine has seen it as it is.
    """
    if make in _made:
        _made[make].put_at(path)
    else:
        make(path)
        _made[make] = _Made.at(path)
    return path


def opened_once(path: Path, make: Callable[[Path], object], text: str = TEXT) -> Vault:
    """The same, opened with this passphrase."""
    with passphrase(text) as typed:
        return Vault.unlock(made_once(path, make), typed)


def issue(issuing: Issuing, kind: Kind, name: str, under: int | None = None) -> int:
    """Make a key with its JWT, where an operator stands above; its id."""
    with Seed.generate(kind) as seed:
        return issuing.add(seed, name=name, under=under).id


def make_fleet(issuing: Issuing) -> int:
    """acme/{orders,metrics} with their JWTs; billing, reports and till in orders; n1 alone.

    Gives the id of orders.
    """
    acme = issue(issuing, Kind.OPERATOR, "acme")
    orders = issue(issuing, Kind.ACCOUNT, "orders", acme)
    issue(issuing, Kind.ACCOUNT, "metrics", acme)
    for name in ("billing", "reports", "till"):
        issue(issuing, Kind.USER, name, orders)
    issue(issuing, Kind.SERVER, "n1")
    return orders


def box() -> SeedBox:
    """A seed box of a vault that is nowhere."""
    return SeedBox(os.urandom(16), bytearray(os.urandom(32)))


def unlock(path: Path, *, accept_older: bool = False) -> Vault:
    return Vault.unlock(path, passphrase(), accept_older=accept_older)


def add(vault: Vault, name: str) -> PublicKey:
    with Seed.generate(Kind.USER) as seed, vault.change() as records:
        records.add(seed, name=name)
        return seed.public


def names_in(vault: Vault) -> set[str]:
    return {record.name for record in vault.records.all()}


def public_keys_in(vault: Vault) -> set[str]:
    return {record.public for record in vault.records.all()}


def rehashed(content: bytes | bytearray) -> bytes:
    """The file with a right header checksum, as one makes who alters it on purpose."""
    checksum = hashlib.blake2b(bytes(content[:1312]), digest_size=32).digest()
    return bytes(content[:1312]) + checksum + bytes(content[1344:])


def put(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def flip(content: bytes, at: int, bit: int = 1) -> bytes:
    at %= len(content)
    return put(content, at, bytes([content[at] ^ bit]))


def sound_file(directory: Path) -> bytes:
    """The bytes of a vault with two keys, to be damaged."""
    path = directory / "sound.nkw"
    make(path, "first", "second").lock()
    return path.read_bytes()


def refused(path: Path, expected: type[VaultError]) -> str:
    """That the vault is refused with exactly this class; its message, which must be plain."""
    with pytest.raises(VaultError) as caught:
        unlock(path)
    assert caught.type is expected, f"{caught.type.__name__}: {caught.value}"
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert message.isprintable()
    assert message.endswith(".")
    assert 20 < len(message) < 360 + len(str(path))
    assert not re.search(r"Traceback|0x|Errno|\bb'|[{}<>]", message)
    return message


def noted_of(vault: Vault) -> list[tuple[str, str]]:
    """What the history tells of the vault as a whole, and in detail."""
    events = vault.records.history.events()
    return [(event.what, event.detail) for event in events if event.public is None]


def run_changer(
    *arguments: object, through: Callable[[list[str]], list[str]] | None = None
) -> list[str]:
    """Run `changer.py` in a process of its own; its lines of output."""
    command = [sys.executable, str(CHANGER), *map(str, arguments)]
    result = subprocess.run(
        through(command) if through else command,
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.splitlines()
