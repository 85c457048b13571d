"""A sandbox for a rehearsal's servers: a directory of their own, ports of this machine, bounds.

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
from wallet.connection.rehearsal.rewriting.isolation import ANYWHERE
from wallet.connection.rehearsal.rewriting.referenced_files import MAX_TLS_FILE, locate
from wallet.errors import ConfigurationError
from wallet.system import natsserver
from wallet.system.disk import regular_files
from wallet.system.keeper import Ended, Keeper, Running
from wallet.system.natsserver import ServerFailedError
from wallet.text import plain, server_string

MEMORY = 1 << 30
MEMORY_FOR_EACH_BYTE = 64  # of the configuration
READING = 30.0  # seconds for `-t`, and for a start
RUNNING = 3600.0
OUTPUT = "output.log"  # what a server prints elsewhere than in its own log
_LAST_WORDS = re.compile(r"^(?:\S*nats-server\S*: |.*\[FTL\] |panic: |fatal error: )(.*)$", re.M)
_VERSION = re.compile(r"\[INF\]\s+Version:\s+(\S+)")
_TAKEN = re.compile(r":(\d+): bind: |:(\d+): listen: ")
_MOST_READ = 1 << 20  # characters of a log


class Sandbox:
    """A directory and ports for the servers of one rehearsal.

    It is closed at the end, or goes with this process. It gives the `Replacements` for what a
    configuration names, and puts that back in what servers say.
    """

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
        self._until_release: list[socket.socket] = []
        self._uses: dict[int, list[str]] = {}
        self._refusing: dict[tuple[str, str], int] = {}
        self._until_close: list[socket.socket] = []
        self._paths: dict[str, str] = {}
        self._throwaway: tuple[str, str] | None = None

    def close(self) -> None:
        """End what runs and remove the directory."""
        self.release()
        for bound in self._until_close:
            bound.close()
        self._keeper.close()

    # --- replacements of things outside --------------------------------------------------

    def port(self, host: str, number: int) -> int:
        """See `Replacements`. It is bound until `release`, so that nobody else takes it."""
        same = (
            ours
            for other, theirs, ours in self._ports
            if number == theirs > 0 and _meet(host, other)
        )
        ours = next(same, 0)
        if not ours:
            self._until_release.append(_bound())
            ours = int(self._until_release[-1].getsockname()[1])
            self._ports.append((host, number, ours))
        self._uses.setdefault(ours, []).append(f"{host}:{number}")
        return ours

    def refusing(self, host: str, port: str) -> int:
        """See `Replacements`. It is bound, so that nobody else takes it, and never listened on."""
        if (host, port) not in self._refusing:
            self._until_close.append(_bound())
            self._refusing[host, port] = int(self._until_close[-1].getsockname()[1])
        return self._refusing[host, port]

    def path(self, written: str) -> str:
        """See `Replacements`. A path in the sandbox stays as it is."""
        if Path(written).is_relative_to(self.directory):
            return written
        if written not in self._paths:
            self._paths[written] = str(self.directory / f"place-{len(self._paths)}")
        return self._paths[written]

    def credentials(self, written: str) -> str:
        """See `Replacements`. No directory is of the same name, though one may be written so."""
        path = f"{self.path(written)}.creds"
        Path(path).write_text("left out\n", encoding="ascii")
        return path

    def certificates(self, files: Iterable[str]) -> dict[str, str] | None:
        """See `Replacements`. Only regular files of a size that certificates have are read."""
        paths = {}
        for written in files:
            path = os.path.abspath(locate(written, self._beside))
            try:
                status = os.stat(path)
                fit = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_TLS_FILE
                if not fit or not os.access(path, os.R_OK):
                    return None
            except (OSError, ValueError):
                return None
            paths[written] = path
        return paths

    def throwaway(self) -> tuple[str, str]:
        """See `Replacements`."""
        if self._throwaway is None:
            paths = self.directory / "nobody.crt", self.directory / "nobody.key"
            for path, text in zip(paths, throwaway_certificate.make(), strict=True):
                path.write_text(text, encoding="ascii")
            self._throwaway = str(paths[0]), str(paths[1])
        return self._throwaway

    def release(self) -> None:
        """Let the ports go that a server is to take."""
        for bound in self._until_release:
            bound.close()

    def forget_ports(self) -> None:
        """Let other ports be found, since somebody else took one of these."""
        self.release()
        self._ports.clear()
        self._uses.clear()

    # --- nats-server ----------------------------------------------------------------------

    def complaint(self, text: str, name: str) -> str:
        """Let `nats-server -t` judge a configuration's text, in a file called `name`.

        Gives its complaints as it prints them, empty when it has none. Raises `ServerFailedError`
        when it does not come to an end, or takes too much memory.
        """
        path, log = self.directory / name, self.directory / f"{name}.log"
        path.write_text(text, encoding="utf-8")
        running = self._run(["-t", "-c", str(path)], log, text, READING)
        ended = running.wait(READING + 10)
        log_text = beginning_of(log)
        log.unlink(missing_ok=True)
        if ended is None or ended.why:
            raise _beyond(ended, "did not finish reading the configuration")
        return "" if ended.status == 0 else re.sub(r"^\S*nats-server\S*: ", "", log_text.strip())

    def start(self, text: str, name: str) -> SandboxServer:
        """Start nats-server with a configuration's text and wait until it listens.

        `name` is that of a directory for its files. Raises `ServerFailedError` with its last words.
        """
        directory = self.directory / name
        directory.mkdir()
        path, log = directory / "server.conf", directory / "server.log"
        ours = {"ports_file_dir": directory, "log_file": log}
        lines = [f"{key}: {server_string(str(value))}\n" for key, value in ours.items()]
        path.write_text(text + "".join(lines), encoding="utf-8")
        running = self._run(["-c", str(path)], directory / OUTPUT, text, RUNNING)
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
        """Whether a server's words tell that somebody else took a port of ours meanwhile.

        One that the configuration itself takes twice does not count.
        """
        match = _TAKEN.search(words)
        number = int(match[1] or match[2]) if match else 0
        return len(self._uses.get(number, [])) == 1

    def as_written(self, words: str) -> str:
        """A server's words, with the configuration's own paths and addresses in them."""
        for written, path in self._paths.items():
            words = words.replace(path, written)
        for number, uses in self._uses.items():
            words = words.replace(f"127.0.0.1:{number}", uses[0])
        for (host, port), number in self._refusing.items():
            words = words.replace(f"127.0.0.1:{number}", f"{host}:{port}")
        return words.replace(str(self.directory), "")


class SandboxServer:
    """A nats-server that runs in a sandbox: its `url`, and the file of its `log`."""

    def __init__(self, running: Running, directory: Path, log: Path) -> None:
        """Wait until it listens. Raises `ServerFailedError` with its last words."""
        self._running, self.log, self._output = running, log, directory / OUTPUT
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
        words = f"{beginning_of(self.log)}\n{beginning_of(self._output)}"
        if match := _LAST_WORDS.search(words):
            return match[1].strip()
        return " ".join(words.split("\n")[-4:]).strip() or "nothing"

    @property
    def version(self) -> str:
        """The version that its log tells, such as `2.15.1`; empty where it tells none."""
        match = _VERSION.search(beginning_of(self.log))
        return plain(match[1], 40) if match else ""

    def stop(self) -> None:
        """End the server, and wait until it has ended."""
        self._running.stop()


def beginning_of(log: Path) -> str:
    """The beginning of a log, since what a server says again and again is of no interest."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return lines.read(_MOST_READ)
    except FileNotFoundError:
        return ""


def _beyond(ended: Ended | None, what: str) -> ServerFailedError:
    if ended is not None and ended.why == "memory":
        return ServerFailedError(
            "nats-server took more than its share of memory with it and was ended"
        )
    return ServerFailedError(f"nats-server {what} within {READING:g} seconds and was ended")


def _meet(host: str, other: str) -> bool:
    """Whether servers cannot open the same port at both addresses."""
    return host == other or host in ANYWHERE or other in ANYWHERE


def _bound() -> socket.socket:
    """A socket bound to a free port of this machine. Raises `ConfigurationError`."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where anybody else could bind it too
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        bound.bind(("127.0.0.1", 0))
    except OSError as error:
        bound.close()
        what = f"no free port of this machine could be had: {regular_files.reason(error)}"
        raise ConfigurationError("the rehearsal", 0, what) from None
    return bound
