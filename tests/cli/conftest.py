"""A vault and a way to call the command line as a script does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.forks import Forks
from tests.derivations import Derivations
from tests.vault.support import empty_vault
from wallet.cli import main
from wallet.system.natsserver import LocalServer
from wallet.vault.file import kdf
from wallet.vault.file.container import KdfCost

PASSPHRASE = "a passphrase for these tests"


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, its results and its words."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    derivations_made: Derivations,
) -> Run:
    """Call `nkey-wallet` with the vault and the passphrase named by the environment.

    The cost `light` is the least that is allowed, and what was derived at any is remembered: a
    guess at the passphrase is not what is tested.
    """
    monkeypatch.setattr(kdf, "_argon2id", derivations_made.argon2id)
    monkeypatch.setitem(kdf.COSTS, "light", KdfCost.MINIMUM)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(tmp_path / "keys" / "vault.nkw"))
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", str(passphrase))

    def call(*arguments: str) -> Done:
        capfd.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as left:
            status = int(left.code or 0)
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return call


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the vault that `vault` gives, made once: a copy costs a test nothing."""
    directory = tmp_path_factory.mktemp("made") / "keys"
    given = directory.parent / "passphrase"
    given.write_text(PASSPHRASE + "\n", encoding="utf-8")
    path = directory / "vault.nkw"
    empty_vault(path, PASSPHRASE)
    for arguments in (
        ["operator", "acme"],
        ["account", "orders", "--under", "acme"],
        ["account", "metrics", "--under", "acme"],
        ["user", "billing", "--under", "acme/orders"],
        ["server", "n1"],
    ):
        flags = ["--vault", str(path), "--passphrase-file", str(given)]
        assert main(["new", *arguments, *flags]) == 0
    return directory


@pytest.fixture
def vault(run: Run, made: Path, tmp_path: Path) -> Run:
    """The same, with acme/orders/billing, acme/metrics and a server key in the vault."""
    shutil.copytree(made, tmp_path / "keys")
    return run


Once = Callable[[str, Callable[[], object]], None]


@pytest.fixture(scope="session")
def vaults_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the vaults lie that tests share, each in a directory of its name."""
    return tmp_path_factory.mktemp("vaults")


@pytest.fixture
def once(vaults_made: Path, tmp_path: Path) -> Once:
    """Have the vault that some commands make in this test's place: the first test runs them, the
    others get a copy of what came of it.
    """

    def have(name: str, make: Callable[[], object]) -> None:
        kept, here = vaults_made / name, tmp_path / "keys"
        if kept.exists():
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(kept, here)
        else:
            make()
            shutil.copytree(here, kept)

    return have


@pytest.fixture(scope="session")
def forks(derivations_made: Derivations) -> Iterator[Forks]:
    """Processes that begin with the wallet imported."""
    if sys.platform == "win32":
        pytest.skip("forks")
    running = Forks(derivations_made)
    yield running
    running.stop()


@pytest.fixture
def another_process(forks: Forks) -> Callable[..., str]:
    """Call the wallet in a process of its own, with the vault that the environment names."""

    def call(*words: str, exits: int = 0) -> str:
        done = forks.run(*words)
        assert done.returncode == exits, f"{words}: {done.output}{done.notes}"
        return done.output

    return call


AtTerminal = Callable[..., Any]


@pytest.fixture
def at_terminal(forks: Forks) -> AtTerminal:
    """Start the wallet on a terminal: `pexpect.spawn` of these words, with what that takes."""
    pytest.importorskip("pexpect")
    from tests.cli import terminals

    return partial(terminals.AtTerminal, forks.address)


Start = Callable[[str], LocalServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a nats-server with a configuration; it ends with the test."""
    running: list[LocalServer] = []

    def begin(configuration: str) -> LocalServer:
        directory = tmp_path / f"server-{len(running)}"
        directory.mkdir()
        running.append(LocalServer(directory, configuration))
        return running[-1]

    yield begin
    for server in running:
        server.stop()


class Deployed:
    """A nats-server whose configuration can be written anew, and read again."""

    def __init__(self, directory: Path, configuration: str) -> None:
        directory.mkdir()
        self._directory = directory
        self._server = LocalServer(directory, self._with_places(configuration))

    @property
    def url(self) -> str:
        return self._server.url

    def reload(self, configuration: str) -> None:
        """What an administrator does: save the file, `nats-server --signal reload`."""
        if sys.platform == "win32":
            raise NotImplementedError("POSIX only")
        config = self._directory / "server.conf"
        ports = config.read_text().splitlines()[:3]
        config.write_text("\n".join([*ports, self._with_places(configuration)]))
        said = self._server.log.read_text().count("Reloaded server configuration")
        os.kill(int((self._directory / "pid").read_text()), signal.SIGHUP)
        deadline = time.monotonic() + 30
        while self._server.log.read_text().count("Reloaded server configuration") == said:
            assert time.monotonic() < deadline, self._server.log.read_text()[-2000:]
            time.sleep(0.02)

    def restart(self, configuration: str) -> None:
        """Stop it, and start it with this at the same address: a changed operator needs that."""
        self._server.stop()
        port = self.url.rpartition(":")[2]
        text = f"port: {port}\n{self._with_places(configuration)}"  # the later one counts
        self._server = LocalServer(self._directory, text)

    def stop(self) -> None:
        self._server.stop()

    def _with_places(self, configuration: str) -> str:
        text = configuration.replace('"./jwt"', f'"{self._directory / "jwt"}"')
        return f'pid_file: "{self._directory / "pid"}"\n{text}'


Deploy = Callable[[str], Deployed]


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    running: list[Deployed] = []

    def begin(configuration: str) -> Deployed:
        running.append(Deployed(tmp_path / f"server-{len(running)}", configuration))
        return running[-1]

    yield begin
    for server in running:
        server.stop()
