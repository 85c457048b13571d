"""Does an installed wallet work where nothing else is installed? `python smoke.py COMMAND`.

Uses the standard library alone: the commands as scripts use them, then the app in a real
pseudo-terminal, from the passphrase to leaving with `q`.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

PASSPHRASE = "a passphrase for the smoke test"


def main(command: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "HOME": home,
            "PATH": os.defpath,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "NKEY_WALLET_VAULT": f"{home}/keys/vault.nkw",
            "NKEY_WALLET_PASSPHRASE_FILE": f"{home}/passphrase",
        }
        Path(home, "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")

        def run(*arguments: str, expect: int = 0) -> str:
            done = subprocess.run(
                [command, *arguments], env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == expect, (arguments, done.returncode, done.stderr)
            return done.stdout

        assert run("--version").startswith("nkey-wallet ")
        run("init", "--cost", "light")
        run("new", "operator", "acme")
        run("new", "account", "orders", "--under", "acme")
        run("new", "user", "billing", "--under", "acme/orders")
        public = run("public", "billing").strip()
        assert public in run("config", "billing", "--for", "server")
        assert json.loads(run("inspect", public, "--json"))["valid"] is True
        assert len(json.loads(run("list", "--json"))) == 3
        run("test", "billing", "--server", "nats://127.0.0.1:1", expect=1)
        run("public", "nobody", expect=4)
        opens_and_leaves(command, environment)
    print("the installed wallet works")


def opens_and_leaves(command: str, environment: dict[str, str]) -> None:
    """Start the app at 80×24, type the passphrase, see the keys, press q."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    environment = {k: v for k, v in environment.items() if k != "NKEY_WALLET_PASSPHRASE_FILE"}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command, [command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = ""

    def wait_for(text: str, seconds: float = 60) -> None:
        nonlocal seen
        deadline = time.monotonic() + seconds
        while text not in seen:
            ready, _, _ = select.select([terminal], [], [], deadline - time.monotonic())
            assert ready, f"“{text}” did not appear"
            seen += os.read(terminal, 65536).decode(errors="replace")

    wait_for("assphrase")
    os.write(terminal, PASSPHRASE.encode() + b"\r")
    wait_for("acme")
    os.write(terminal, b"q")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            assert os.waitstatus_to_exitcode(status) == 0, status
            return
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                continue
    raise AssertionError("q did not leave")


if __name__ == "__main__":
    main(sys.argv[1])
