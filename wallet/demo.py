"""The demo: a throwaway vault and a real nats-server that knows some of its keys.

Everything lies in one directory under the system's temporary one. It goes when the demo
ends, by whatever end; should even its watcher be killed, the next demo removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wallet.errors import BusyError
from wallet.nkeys import Kind, Seed
from wallet.passphrase import Passphrase
from wallet.system.filelock import lock_file
from wallet.system.natsserver import LocalServer
from wallet.vault import seen
from wallet.vault.container import KdfCost
from wallet.vault.record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

PREFIX = "nkey-wallet-demo-"
PASSPHRASE = "only a demonstration"  # guards nothing: shown on the screen  # noqa: S105
IN_USE = "in-use"  # locked for as long as the demo runs


@dataclass(frozen=True)
class Demo:
    """A running demo: where its vault is, what opens it, and the server beside it."""

    path: Path
    server_url: str
    note: str

    def passphrase(self) -> Passphrase:
        """A fresh copy of the demo's passphrase."""
        return Passphrase(PASSPHRASE)


@contextmanager
def running() -> Iterator[Demo]:
    """Make the vault, start the server, and remove both at the end.

    Raises `ServerMissingError` when there is no nats-server, `ServerFailedError` when it
    does not start.
    """
    remove_leftovers()
    with ExitStack() as at_the_end:
        directory = _claim_directory(at_the_end)
        at_the_end.enter_context(seen.kept_in(directory))
        path = directory / "vault.nkw"
        configuration = _make_vault(path)
        server_directory = directory / "server"
        server_directory.mkdir(mode=0o700)
        server = LocalServer(server_directory, configuration)
        at_the_end.callback(server.stop)
        yield Demo(
            path=path,
            server_url=server.url,
            note=f"Demo: a throwaway vault. Its passphrase is “{PASSPHRASE}”.",
        )


def _claim_directory(at_the_end: ExitStack) -> Path:
    """A new directory, locked before it has the name by which leftovers are found."""
    unnamed = Path(tempfile.mkdtemp(prefix="nkey-wallet-new-"))
    at_the_end.callback(shutil.rmtree, unnamed, ignore_errors=True)
    at_the_end.enter_context(lock_file(unnamed / IN_USE, 0))
    directory = unnamed.with_name(unnamed.name.replace("nkey-wallet-new-", PREFIX))
    at_the_end.callback(shutil.rmtree, directory, ignore_errors=True)
    return unnamed.rename(directory)


def remove_leftovers() -> list[Path]:
    """Remove the directories of demos whose process is gone; give those removed."""
    removed = []
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_ours(directory) and not _alive(directory):
            shutil.rmtree(directory, ignore_errors=True)
            removed.append(directory)
    return removed


def _is_ours(directory: Path) -> bool:
    if directory.is_symlink() or not directory.is_dir():
        return False
    return os.name != "posix" or directory.stat().st_uid == os.getuid()


def _alive(directory: Path) -> bool:
    try:
        with lock_file(directory / IN_USE, 0):
            return False
    except BusyError:
        return True


def _make_vault(path: Path) -> str:
    """The sample keys, and the server configuration that takes three of the five users."""
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.LIGHT) as vault,
        vault.change() as records,
    ):
        acme = _add(records, Kind.OPERATOR, "acme")
        orders = _add(records, Kind.ACCOUNT, "orders", acme.id)
        metrics = _add(records, Kind.ACCOUNT, "metrics", acme.id)
        billing = _add(records, Kind.USER, "billing", orders.id, "prod")
        reports = _add(records, Kind.USER, "reports", orders.id, "prod")
        grafana = _add(records, Kind.USER, "grafana", metrics.id, "prod")
        retired = _add(records, Kind.USER, "old-batch", orders.id)
        records.set_status(retired.id, "retired")
        laptop = _add(records, Kind.USER, "laptop", metrics.id, "dev")
        records.set_notes(
            laptop.id, "The demo's server was not told about this key. Press t and see why."
        )
        _add(records, Kind.SERVER, "n1")
        _add(records, Kind.CURVE, "sealing")
    return f"""server_name: demo
accounts {{
  ORDERS {{ users = [
    {{ nkey: {billing.public} }}
    {{ nkey: {reports.public}, permissions {{ publish: {{ deny: ">" }}, subscribe: "reports.>" }} }}
  ] }}
  METRICS {{ users = [ {{ nkey: {grafana.public} }} ] }}
}}
"""


def _add(
    records: Records, kind: Kind, name: str, under: int | None = None, *tags: str
) -> KeyRecord:
    with Seed.generate(kind) as seed:
        return records.add(seed, name=name, under=under, tags=tags)
