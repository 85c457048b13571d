"""What nats-server does in a rehearsal, seen by tracing its calls: it touches nothing outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.rehearsing import public, temporary, vault, write
from tests.server.test_rehearsal_isolation import Traps, nasty, traps
from wallet.system import natsserver
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "traps", "vault"]  # fixtures

_CALLS = "trace=%network,open,openat,creat,mkdir,mkdirat,rename,renameat,unlink,unlinkat,rmdir,link"
_ADDRESS = re.compile(r"sin_port=htons\((\d+)\), sin_addr=inet_addr\(\"([^\"]*)\"\)")
_SIX = re.compile(r"sin6_port=htons\((\d+)\).*inet_pton\(AF_INET6, \"([^\"]*)\"")
_MADE = re.compile(
    r"(?:openat\(\S+ \"([^\"]*)\", [^,)]*O_(?:WRONLY|RDWR|CREAT)"
    r"|(?:mkdir|unlink|rename|rmdir|link|creat)(?:at)?\((?:AT_FDCWD, )?\"([^\"]*)\")"
)
_READ = re.compile(r"openat\(\S+ \"([^\"]*)\"")


def traces() -> bool:
    """Whether a process can be traced here."""
    if sys.platform != "linux" or shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not traces(), reason="needs strace")


def end_what_was_traced(around: Path) -> None:
    """End the servers whose strace the rehearsal has ended: they go on where that is killed."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            if any(word.startswith(os.fsencode(around.parent)) for word in arguments[1:]):
                os.kill(int(process.name), signal.SIGKILL)


def traced(
    vault: Vault, path: Path, around: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[str]]:
    """What every nats-server called in one rehearsal, and what came of the keys."""
    program, log = natsserver.find(), around / "trace"
    script = around / "nats-server"
    script.write_text(
        f'#!/bin/sh\nexec strace -f -qq -s 300 -e {_CALLS} -A -o {log} {program} "$@"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{around}{os.pathsep}{os.environ['PATH']}")
    try:
        found = asyncio.run(rehearse(path, vault))
    finally:
        end_what_was_traced(around)
    assert found.not_started == ""
    return log.read_text(errors="replace"), [row.verdict.value for row in found.rows]


def test_traced_no_address_but_this_machines_and_no_file_but_the_sandboxs_is_touched(
    vault: Vault,
    temporary: Path,
    tmp_path: Path,
    traps: Traps,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    users = f"""accounts {{ SYS {{}}
  A {{ jetstream: enabled, users: [ {{ nkey: {public(vault, "one")} }} ] }} }}
system_account: SYS
"""
    text = nasty(outside, traps, users).replace("127.0.0.1:", "host.example.invalid:")
    called, verdicts = traced(vault, write(tmp_path, text), outside, monkeypatch)
    assert verdicts == ["accepted"]
    lines = [line for line in called.splitlines() if "ENOENT" not in line]
    addresses = {match[2] for line in lines for match in _ADDRESS.finditer(line)}
    addresses |= {match[2] for line in lines for match in _SIX.finditer(line)}
    assert called.count("bind(") > 8, "its doors"
    assert called.count("connect(") > 2, "whom it would have contacted"
    # It asks its own system whether there is IPv6, by addresses that nothing is sent to.
    assert addresses <= {"127.0.0.1", "::1", "::", "0.0.0.0", "::ffff:127.0.0.1"}
    assert not any("sun_path" in line for line in lines), "a Unix socket, such as syslog's"
    made = {match[1] or match[2] for line in lines if (match := _MADE.search(line))}
    allowed = (str(temporary), "/dev/null", "/proc/self/", "/sys/fs/cgroup")
    assert {name for name in made if not name.startswith(allowed) and name.startswith("/")} == set()
    assert any(name.startswith(str(temporary)) for name in made)
    asked = {match[1] for line in lines if (match := _READ.search(line))}
    assert not {name for name in asked if name in {"/etc/resolv.conf", "/etc/hosts"}}
    assert sorted(path.name for path in outside.iterdir()) == ["nats-server", "trace"]
