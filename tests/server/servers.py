"""A real nats-server for a test: started, waited for, reloaded, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from wallet.system import natsserver

# Another version to run everything against, such as Debian's 2.9.
CHOSEN = os.environ.get("NKEY_WALLET_TEST_NATS_SERVER")
READY_IN = 20.0  # seconds; a laden machine is slow, not broken


def program() -> str:
    """The nats-server to test with; skips the test, saying so, where there is none."""
    try:
        return CHOSEN or natsserver.find()
    except natsserver.ServerMissingError as missing:
        pytest.skip(str(missing))


def version() -> tuple[int, ...]:
    """Its version: (2, 15, 1)."""
    said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True)
    return tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:3])


class RunningServer:
    """A nats-server on free ports of 127.0.0.1, all of its files in one directory."""

    def __init__(self, directory: Path, config: str) -> None:
        """Start it with `config`, which says nothing of the client port, and wait for it."""
        self.directory = directory
        self.log_path = directory / "server.log"
        self._config = directory / "server.conf"
        self._write(config)
        self._output = self.log_path.open("ab")
        self._process = subprocess.Popen(
            [program(), "-c", str(self._config)], stdout=self._output, stderr=self._output
        )
        try:
            self._ports = self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Where clients connect, as `nats://`."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """The same place by the name that the test's certificates are for, as `tls://`."""
        return f"tls://localhost:{self.port}"

    @property
    def port(self) -> int:
        """The client port."""
        return self._port("nats")

    @property
    def monitoring_port(self) -> int:
        """The HTTP port, if `config` has one."""
        return self._port("monitoring")

    @property
    def cluster_port(self) -> int:
        """The route port, if `config` has one."""
        return self._port("cluster")

    @property
    def websocket_port(self) -> int:
        """The WebSocket port, if `config` has one."""
        return self._port("websocket")

    def logged_port(self, what: str) -> int:
        """A port that is only named in the log: `Listening for <what> connections on …`."""
        found = re.search(rf"for {what} connections on \S*:(\d+)", self.log())
        assert found is not None, f"the log names no port for {what}"
        return int(found[1])

    def _port(self, name: str) -> int:
        return int(self._ports[name][0].rsplit(":", 1)[1])

    def log(self) -> str:
        """What the server wrote so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def reload(self, config: str) -> None:
        """Change the configuration as a person does: write the file, send SIGHUP, wait."""
        before = self.log().count("Reloaded server configuration")
        self._write(config, port=self.port)
        self._process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + READY_IN
        while self.log().count("Reloaded server configuration") == before:
            assert time.monotonic() < deadline, f"not reloaded: {self.log()[-500:]}"
            time.sleep(0.01)

    def stop(self) -> None:
        """End it, and wait until it has."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _write(self, config: str, port: int = -1) -> None:
        text = f'host: 127.0.0.1\nport: {port}\nports_file_dir: "{self.directory}"\n{config}\n'
        self._config.write_text(text, encoding="utf-8")

    def _wait(self) -> Mapping[str, list[str]]:
        deadline = time.monotonic() + READY_IN
        while time.monotonic() < deadline and self._process.poll() is None:
            for ports in self.directory.glob("*.ports"):
                with contextlib.suppress(ValueError, OSError):  # still being written
                    found: dict[str, list[str]] = json.loads(ports.read_text(encoding="utf-8"))
                    return found
            time.sleep(0.01)
        raise AssertionError(f"nats-server did not start: {self.log()[-1000:]}")


def clean(directory: Path) -> None:
    """Remove a directory that a server may still be writing its last words to."""
    shutil.rmtree(directory, ignore_errors=True)
