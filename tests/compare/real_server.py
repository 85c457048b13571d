"""A real nats-server with a configuration as it is, in a network of its own; and who it lets in.

Runs as a program of its own: `unshare -rn python -m tests.compare.real_server`. A line of JSON says
what to run, a line of JSON what came of it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from wallet.nats.nkeys import Kind, Seed
from wallet.system import natsserver

PATIENCE = 15.0  # seconds for a start
SETTLED = 0.05  # seconds after which a server that began still runs
RATED = "connection_rate_limit"  # handshakes of TLS that a server takes in a second


def ended(log: str) -> str:
    """The last words of a server that did not start: all it says of its configuration, or why."""
    for begins in ("[FTL] ", "panic: ", "nats-server: "):
        if begins in log:
            return log.partition(begins)[2][:1000]
    return log[-300:]


def lets_in(port: int, seed: Seed | None) -> str:
    """`taken`, `refused`, or what else came of connecting with a key; with None, with nothing."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as plain:
            return _spoken(plain, seed)
    except ssl.SSLError:
        return "certificate"
    except OSError as error:
        return f"closed: {error.strerror or error}"


def _spoken(plain: socket.socket, seed: Seed | None) -> str:
    plain.settimeout(0.5)
    stream: socket.socket = plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        info = _line(stream)
    except TimeoutError:  # TLS comes first
        plain.settimeout(5)
        stream = context.wrap_socket(plain)
        info = _line(stream)
    stream.settimeout(5)
    if not info.startswith(b"INFO "):
        return f"closed: {info[:60]!r}"
    said = json.loads(info[5:])
    if said.get("tls_required") and stream is plain:
        stream = context.wrap_socket(plain)
    shown: dict[str, Any] = {"verbose": False, "pedantic": False, "lang": "x", "protocol": 1}
    if seed is not None:
        signature = seed.sign(str(said.get("nonce", "")).encode())
        shown |= {
            "nkey": seed.public.text,
            "sig": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        }
    stream.sendall(b"CONNECT " + json.dumps(shown).encode() + b"\r\nPING\r\n")
    while line := _line(stream):
        if line.startswith(b"PONG"):
            return "taken"
        if line.startswith(b"-ERR"):
            return "refused"
    return "certificate" if stream is not plain else "refused"


def _line(stream: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\n") and len(found) < 1 << 20:
        more = stream.recv(1)
        if not more:
            break
        found += more
    return found


def run(file: Path, root: Path, seeds: list[str]) -> dict[str, Any]:
    """Start a server with a file, in `root`, and try these keys and a stranger's."""
    with tempfile.TemporaryDirectory() as ports, tempfile.TemporaryFile() as said:
        log = Path(ports) / "log"
        running = subprocess.Popen(
            [natsserver.find(), "-c", str(file), "--ports_file_dir", ports, "-l", str(log)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={"HOME": ports, "TMPDIR": ports, "PATH": "/bin"},
        )
        try:
            port = _port(running, Path(ports))
            if port:
                pause = 1.1 if RATED in file.read_text(encoding="utf-8") else 0.0
                return {"started": True, "keys": _tried(port, seeds, pause)}
        finally:
            running.kill()
            running.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
        if log.exists():
            words += "\n" + log.read_text(errors="replace")
        return {"started": False, "words": ended(words)}


def _port(running: subprocess.Popen[bytes], ports: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and running.poll() is None:
        for file in ports.glob("*.ports"):
            with contextlib.suppress(ValueError, KeyError):
                url = json.loads(file.read_text())["nats"][0]
                time.sleep(SETTLED)
                return int(url.rpartition(":")[2]) if running.poll() is None else 0
        time.sleep(0.005)
    return 0


def _tried(port: int, seeds: list[str], pause: float) -> dict[str, str]:
    """What comes of each of these keys, a stranger's and none; `pause` is seconds between them."""
    found = {}
    for number, text in enumerate(seeds):
        with Seed.decode(text) as seed:
            found[str(number)] = lets_in(port, seed)
        time.sleep(pause)
    with Seed.generate(Kind.USER) as stranger:
        found["stranger"] = lets_in(port, stranger)
    time.sleep(pause)
    return found | {"nobody": lets_in(port, None)}


def loopback_up() -> None:
    """In a new network even loopback is down. SIOCSIFFLAGS with IFF_UP and IFF_RUNNING."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    import fcntl  # not on Windows, where this file is only looked at

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        fcntl.ioctl(made, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))


class Worker:
    """One such program, running."""

    def __init__(self) -> None:
        self._running = subprocess.Popen(
            ["unshare", "-rn", sys.executable, "-m", "tests.compare.real_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, file: Path, root: Path, seeds: list[str]) -> dict[str, Any]:
        stdin, stdout = self._running.stdin, self._running.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"file": str(file), "root": str(root), "seeds": seeds}) + "\n")
        stdin.flush()
        return cast("dict[str, Any]", json.loads(stdout.readline()))

    def close(self) -> None:
        self._running.communicate()  # which closes the pipes, too


def separate() -> bool:
    """Whether a network of its own can be had here."""
    try:
        done = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    loopback_up()
    for line in sys.stdin:
        asked = json.loads(line)
        result = run(Path(asked["file"]), Path(asked["root"]), asked["seeds"])
        print(json.dumps(result), flush=True)
