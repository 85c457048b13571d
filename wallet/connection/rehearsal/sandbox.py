"""Where a rehearsal's servers run: a directory of their own, ports of this machine, bounds.

nats-server gets one text, which names nothing outside. Its memory and its time are bounded, and
it ends when we do, with the directory.
"""

from __future__ import annotations

import os
import re
import socket
import stat
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from wallet.connection.rehearsal import throwaway_certificate
from wallet.connection.rehearsal.rewriting.named_files import locate
from wallet.errors import ConfigurationError
from wallet.system import natsserver, regular_files
from wallet.system.keeper import Ended, Keeper, Running
from wallet.system.natsserver import ServerFailedError
from wallet.text import plain, server_string

MEMORY = 1 << 30
MEMORY_FOR_EACH_BYTE = 64  # of the configuration
READING = 30.0  # seconds for `-t`, and for a start
RUNNING = 3600.0
_LAST_WORDS = re.compile(r"^(?:\S*nats-server\S*: |.*\[FTL\] |panic: |fatal error: )(.*)$", re.M)
_VERSION = re.compile(r"\[INF\]\s+Version:\s+(\S+)")
_TAKEN = re.compile(r":(\d+): bind: |:(\d+): listen: ")
_MOST_SAID = 1 << 20


class Sandbox:
    """It is closed at the end, or goes with this process."""

    def __init__(self, beside: Path | None) -> None:
        """`beside` is the directory of the configuration. Raises `ServerMissingError`,
        `ServerFailedError`."""
        self.program = natsserver.find()
        self._beside = beside
        try:
            self._keeper = Keeper()
        except OSError as error:
            raise ServerFailedError(
                f"No temporary directory could be made for nats-server: {error}."
            ) from None
        self.directory = self._keeper.directory
        self._ports: list[tuple[str, int, int]] = []  # at a host, a number, and ours for it
        self._free: list[socket.socket] = []
        self._uses: dict[int, list[str]] = {}
        self._refusing: dict[tuple[str, str], int] = {}
        self._held: list[socket.socket] = []
        self._paths: dict[str, str] = {}
        self._throwaway: tuple[str, str] | None = None

    def close(self) -> None:
        """End what runs and remove the directory."""
        self.release()
        for held in self._held:
            held.close()
        self._keeper.close()

    # --- what stands in the place of things outside --------------------------------------

    def port(self, host: str, number: int) -> int:
        """See `Places`. It is held until `release`, so that nobody else takes it."""
        anywhere = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104
        for other, same, found in self._ports:  # noqa: B007
            meet = host == other or host in anywhere or other in anywhere
            if number == same and number > 0 and meet:
                break
        else:
            self._free.append(_bound())
            found = int(self._free[-1].getsockname()[1])
            self._ports.append((host, number, found))
        self._uses.setdefault(found, []).append(f"{host}:{number}")
        return found

    def refusing(self, host: str, port: str) -> int:
        """See `Places`: bound, so that nobody else can take it, and never listened on."""
        if (host, port) not in self._refusing:
            self._held.append(_bound())
            self._refusing[host, port] = int(self._held[-1].getsockname()[1])
        return self._refusing[host, port]

    def path(self, written: str) -> str:
        """See `Places`. A path in the sandbox is what it is."""
        if Path(written).is_relative_to(self.directory):
            return written
        if written not in self._paths:
            self._paths[written] = str(self.directory / f"place-{len(self._paths)}")
        return self._paths[written]

    def credentials(self, written: str) -> str:
        """See `Places`. No directory is of the same name, though one may be written so."""
        path = f"{self.path(written)}.creds"
        Path(path).write_text("left out\n", encoding="ascii")
        return path

    def certificates(self, files: Iterable[str]) -> dict[str, str] | None:
        """See `Places`: regular files of a size that certificates have."""
        found = {}
        for written in files:
            path = os.path.abspath(locate(written, self._beside))
            try:
                status = os.stat(path)
                fit = stat.S_ISREG(status.st_mode) and status.st_size <= 4 << 20
                if not fit or not os.access(path, os.R_OK):
                    return None
            except (OSError, ValueError):
                return None
            found[written] = path
        return found

    def throwaway(self) -> tuple[str, str]:
        """See `Places`."""
        if self._throwaway is None:
            paths = self.directory / "nobody.crt", self.directory / "nobody.key"
            for path, text in zip(paths, throwaway_certificate.make(), strict=True):
                path.write_text(text, encoding="ascii")
            self._throwaway = str(paths[0]), str(paths[1])
        return self._throwaway

    def release(self) -> None:
        """Let the ports go that a server is to take."""
        for held in self._free:
            held.close()

    def forget_ports(self) -> None:
        """Ports that somebody else took meanwhile: let others be found."""
        self.release()
        self._ports.clear()
        self._uses.clear()

    # --- nats-server ----------------------------------------------------------------------

    def complaint(self, text: str, name: str) -> str:
        """What `nats-server -t` says against a text; empty when it has nothing to say.

        It is written as `name`. Raises `ServerFailedError` when it does not come to an end, or
        takes too much.
        """
        path, log = self.directory / name, self.directory / f"{name}.log"
        path.write_text(text, encoding="utf-8")
        running = self._run(["-t", "-c", str(path)], log, text, READING)
        ended = running.wait(READING + 10)
        log_text = said(log)
        log.unlink(missing_ok=True)
        if ended is None or ended.why:
            raise _beyond(ended, "did not finish reading the configuration")
        return "" if ended.status == 0 else re.sub(r"^\S*nats-server\S*: ", "", log_text.strip())

    def start(self, text: str, name: str) -> SandboxServer:
        """Start it and wait until it listens; `name` is that of a directory for its files.

        Raises `ServerFailedError` with its last words.
        """
        directory = self.directory / name
        directory.mkdir()
        path, log = directory / "server.conf", directory / "server.log"
        ours = {"ports_file_dir": directory, "log_file": log}
        lines = [f"{key}: {server_string(str(value))}\n" for key, value in ours.items()]
        path.write_text(text + "".join(lines), encoding="utf-8")
        running = self._run(["-c", str(path)], directory / "said.log", text, RUNNING)
        return SandboxServer(running, directory, log)

    def _run(self, arguments: list[str], log: Path, text: str, seconds: float) -> Running:
        memory = MEMORY + MEMORY_FOR_EACH_BYTE * len(text)
        try:
            return self._keeper.run(
                [self.program, *arguments], log, memory=memory, seconds=seconds, home=self.directory
            )
        except OSError as error:
            raise ServerFailedError(f"nats-server could not be started: {error}.") from None

    def own_port_taken(self, words: str) -> bool:
        """Whether a port of ours was taken meanwhile, and not by the configuration itself."""
        match = _TAKEN.search(words)
        number = int(match[1] or match[2]) if match else 0
        return len(self._uses.get(number, [])) == 1

    def as_written(self, words: str) -> str:
        """A server's words with the configuration's own places in them."""
        for written, path in self._paths.items():
            words = words.replace(path, written)
        for number, uses in self._uses.items():
            words = words.replace(f"127.0.0.1:{number}", uses[0])
        for (host, port), number in self._refusing.items():
            words = words.replace(f"127.0.0.1:{number}", f"{host}:{port}")
        return words.replace(str(self.directory), "")


class SandboxServer:
    """A nats-server that runs in a sandbox."""

    def __init__(self, running: Running, directory: Path, log: Path) -> None:
        """Wait until it listens. Raises `ServerFailedError` with its last words."""
        self._running, self.log, self._said = running, log, directory / "said.log"
        deadline = time.monotonic() + READING
        self.url = ""
        while not self.url:
            ended = running.wait(0.003)
            if ended is None and time.monotonic() < deadline:
                self.url = natsserver.client_url(directory)
                continue
            running.stop()
            if ended is None or ended.why:
                raise _beyond(ended, "did not begin to listen")
            raise ServerFailedError(self._last_words())

    def _last_words(self) -> str:
        words = f"{said(self.log)}\n{said(self._said)}"
        if match := _LAST_WORDS.search(words):
            return match[1].strip()
        return " ".join(words.split("\n")[-4:]).strip() or "nothing"

    @property
    def version(self) -> str:
        """As its log tells it; empty where it does not."""
        match = _VERSION.search(said(self.log))
        return plain(match[1], 40) if match else ""

    def stop(self) -> None:
        """End it, and wait for it."""
        self._running.stop()


def said(log: Path) -> str:
    """The beginning of a log: what a server says again and again is of no interest."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return lines.read(_MOST_SAID)
    except FileNotFoundError:
        return ""


def _beyond(ended: Ended | None, what: str) -> ServerFailedError:
    if ended is not None and ended.why == "memory":
        return ServerFailedError(
            "nats-server took more than its share of memory with it and was ended"
        )
    return ServerFailedError(f"nats-server {what} within {READING:g} seconds and was ended")


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where anybody else could bind it too
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        made.bind(("127.0.0.1", 0))
    except OSError as error:
        made.close()
        what = f"no free port of this machine could be had: {regular_files.reason(error)}"
        raise ConfigurationError("the rehearsal", 0, what) from None
    return made
