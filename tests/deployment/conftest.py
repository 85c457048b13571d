"""A vault with an operator whose servers run here, and the command line to push to them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import settled_keys as settled_keys
from tests.cli.conftest import PASSPHRASE, Done, Run
from tests.cli.conftest import run as run
from tests.ports import free_ports
from tests.server.conftest import Serve
from tests.server.conftest import authority as authority
from tests.server.conftest import program as program
from tests.server.conftest import pytest_generate_tests as pytest_generate_tests
from tests.server.conftest import serve as serve
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.file import newest_save
from wallet.vault.file.container import KdfCost
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


class House:
    """The vault of the operator “acme” (system account SYS, accounts orders and metrics, users
    billing, laptop and grafana), its command line, and servers that trust it."""

    def __init__(self, run: Run, path: Path, serve: Serve) -> None:
        self._run, self.path, self._serve = run, path, serve

    def open(self) -> Vault:
        with Passphrase(PASSPHRASE) as passphrase:
            return Vault.unlock(self.path, passphrase)

    def change(self, work: Callable[[Issuing, Records], None], now: int | None = None) -> None:
        """Change the vault, by a clock that shows `now`."""
        with self.open() as vault, vault.change() as records:
            work(Issuing(records, now), records)

    def record(self, ref: str) -> KeyRecord:
        with self.open() as vault:
            return vault.records.find(ref)

    def token(self, ref: str) -> str:
        with self.open() as vault:
            return vault.records.tokens.get(vault.records.find(ref).id) or ""

    def copy(self, name: str) -> House:
        """The vault as it is now, in another file: what another machine has of it."""
        other = object.__new__(House)
        other._run, other._serve = self._run, self._serve
        other.path = self.path.parent.parent / name / "vault.nkw"
        other.path.parent.mkdir()
        other.path.write_bytes(self.path.read_bytes())
        return other

    def call(self, *arguments: str) -> Done:
        return self._run(*arguments, "--vault", str(self.path))

    def push(self, *arguments: str) -> Any:
        done = self.call("push", "--json", *arguments)
        told = done.json()
        assert (done.status == 0) is told["ok"], done
        return {account["name"]: account for account in told["accounts"]} | {"ok": told["ok"]}

    def diff(self, *arguments: str) -> dict[tuple[str, str], str]:
        """The states by account and server."""
        done = self.call("diff", "--json", *arguments)
        assert done.status in {0, 1}, done
        assert done.out, done
        return {
            (row["account"] or row["public"], row["server"]): row["state"] for row in done.json()
        }

    def server(
        self, name: str = "n1", *known: str, resolver: str = "full", more: str = ""
    ) -> LocalServer:
        """A server that trusts the operator, and knows from the start SYS and `known`."""
        directory = self.path.parent.parent / f"jwts-{name}"
        kinds = {
            "full": f'{{ type: full, dir: "{directory}", allow_delete: true }}',
            "cache": f'{{ type: cache, dir: "{directory}" }}',
            "memory": "MEMORY",
        }
        preload = "\n".join(
            f"  {self.record(ref).public}: {self.token(ref)}" for ref in ("acme/SYS", *known)
        )
        return self._serve(
            f'pid_file: "{self._pid_file(name)}"\n'
            f"server_name: {name}\noperator: {self.token('acme')}\n"
            f"system_account: {self.record('acme/SYS').public}\n"
            f"resolver: {kinds[resolver]}\nresolver_preload: {{\n{preload}\n}}\n{more}"
        )

    def _pid_file(self, name: str) -> Path:
        return self.path.parent.parent / f"{name}.pid"

    def signal(self, name: str, number: int) -> None:
        """Send a signal to the server of that name."""
        os.kill(int(self._pid_file(name).read_text()), number)

    def cluster(self, count: int = 3) -> list[LocalServer]:
        """Servers n1, n2 … that hear each other."""
        ports = free_ports(count)
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in ports)
        servers = [
            self.server(
                f"n{number}",
                more=f"cluster {{ name: acme, listen: 127.0.0.1:{port}, routes: [ {routes} ] }}\n",
            )
            for number, port in enumerate(ports, 1)
        ]
        everyone = {f"n{number}" for number in range(1, count + 1)}
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            states = self.diff("acme/SYS", "--server", servers[0].url, "--timeout", "1")
            if {server for _, server in states} == everyone:
                return servers
        raise AssertionError(f"no cluster came about: {states}")


def add(issuing: Issuing, kind: Kind, name: str, under: KeyRecord | None = None) -> KeyRecord:
    with Seed.generate(kind) as seed:
        return issuing.add(seed, name=name, under=under.id if under else None)


def build(path: Path, now: int | None = None) -> None:
    """Make the vault of a house, by a clock that shows `now`."""
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.MINIMUM) as vault,
        vault.change() as records,
    ):
        issuing = Issuing(records, now)
        operator = add(issuing, Kind.OPERATOR, "acme")
        system = add(issuing, Kind.ACCOUNT, "SYS", operator)
        issuing.set_system_account(system.id)
        add(issuing, Kind.USER, "sys", system)
        orders = add(issuing, Kind.ACCOUNT, "orders", operator)
        metrics = add(issuing, Kind.ACCOUNT, "metrics", operator)
        add(issuing, Kind.USER, "billing", orders)
        add(issuing, Kind.USER, "laptop", orders)
        add(issuing, Kind.USER, "grafana", metrics)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a house's vault, made once: a copy costs a test nothing."""
    place = tmp_path_factory.mktemp("house")
    with newest_save.kept_in(place / "state"):
        build(place / "keys" / "vault.nkw")
    return place / "keys"


@pytest.fixture
def house(run: Run, built: Path, tmp_path: Path, serve: Serve) -> House:
    return House(run, shutil.copytree(built, tmp_path / "keys") / "vault.nkw", serve)


@pytest.fixture
def server(house: House) -> LocalServer:
    """One that knows acme/orders, and lets its users in."""
    server = house.server("n1", "acme/orders")
    for user in ("acme/orders/laptop", "billing"):
        assert house.call("test", user, "--server", server.url).status == 0
    return server
