"""What the rehearsal's tests share: a vault, a temporary directory, and who listens where."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.support import make, opened_once
from wallet.connection.rehearsal.rehearsal_report import Rehearsal
from wallet.connection.rehearsal.sandbox import Sandbox
from wallet.nats.nkeys import Kind, Seed
from wallet.system.keeper import Keeper
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault with the users one, two and three, and the public half of a fourth."""
    path = tmp_path_factory.mktemp("vault") / "vault.nkw"
    with opened_once(path, _make) as opened:
        yield opened


def _make(path: Path) -> None:
    with make(path) as made, made.change() as records:
        for name in ("one", "two", "three"):
            with Seed.generate(Kind.USER) as seed:
                records.add(seed, name=name)
        with Seed.generate(Kind.USER) as seed:
            records.add_public(seed.public, name="half")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary directory, where nothing is left after a rehearsal."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


def public(vault: Vault, name: str) -> str:
    return vault.records.find(name).public


def told(found: Rehearsal) -> list[tuple[str, str, str, str]]:
    return [
        (row.path, row.verdict.value, row.account, row.cause.code if row.cause else "")
        for row in found.rows
    ]


def write(directory: Path, text: str, name: str = "server.conf") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that rehearsals from now on write, and every argument and variable they give."""
    found: list[str] = []
    complaint, close, tell = Sandbox.complaint, Sandbox.close, Keeper._tell

    def complaint_too(self: Sandbox, text: str, name: str) -> str:
        found.append(text)
        return complaint(self, text, name)

    def close_too(self: Sandbox) -> None:
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        found.extend(path.read_bytes().decode(errors="replace") for path in files)
        close(self)

    def tell_too(self: Keeper, **request: object) -> None:
        found.append(repr(request))
        tell(self, **request)

    monkeypatch.setattr(Sandbox, "complaint", complaint_too)
    monkeypatch.setattr(Sandbox, "close", close_too)
    monkeypatch.setattr(Keeper, "_tell", tell_too)
    return found


def listens_here() -> list[int]:
    """The ports that nats-servers started by this process listen on, where /proc tells."""
    if not Path("/proc/net/tcp").exists():
        return []
    inodes = set()
    for pid in descendants(os.getpid()):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = os.readlink(link)
            except OSError:  # closed, or its process ended, since it was listed
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                address, port = words[1].split(":")
                assert address == "0100007F", line
                found.append(int(port, 16))
    return found


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found: list[int] = []
    for file in children:
        with contextlib.suppress(OSError):  # the thread ended since it was listed
            found += map(int, file.read_text().split())
    return found + [deeper for child in found for deeper in descendants(child)]
