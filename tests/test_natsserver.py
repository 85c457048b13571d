"""Which nats-server is run, and what is written for it."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.server.rehearsing import public, told, vault
from wallet.connection.rehearsal.rehearsal_report import Binary
from wallet.system import natsserver
from wallet.system.natsserver import LocalServer, ServerMissingError
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["vault"]  # a fixture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file names")


def program(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    made = directory / "nats-server"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


def test_the_one_on_the_path_is_run_before_the_one_that_came_with_the_wallet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, on_path = program(tmp_path / "scripts"), program(tmp_path / "bin")
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(beside.parent))
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert natsserver.find() == str(on_path)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert natsserver.find() == str(beside)


def test_whatever_lies_in_the_current_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows looks there first; on other systems a PATH may name it."""
    program(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path / "empty"))
    for path in (".", "", f".{os.pathsep}/none"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(ServerMissingError):
            natsserver.find()


def test_the_home_directory_is_not_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    assert Binary("/home/alice/bin/nats-server", "2").shown_path == "~/bin/nats-server"
    assert Binary("/home/alicea/nats-server", "2").shown_path == "/home/alicea/nats-server"
    assert Binary("/usr/bin/nats-server", "2").shown_path == "/usr/bin/nats-server"


@pytest.mark.parametrize("name", ["C:\\Users\\x", 'it\'s "quoted"', "tab\tand é", "{a: $HOME}"])
async def test_a_temporary_directory_with_any_name_will_do(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Backslashes as Windows has them, and what else a name may hold."""
    directory = tmp_path / name
    (directory / "demo").mkdir(parents=True)
    server = LocalServer(directory / "demo", "")
    server.stop()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    text = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    text += 'server_name: s\njetstream { store_dir: "/none" }\nlog_file: "x"\n'
    text += "tls { cert_file: a, key_file: b }\n"
    found = await rehearse(text, vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    assert [path.name for path in directory.iterdir()] == ["demo"]
