"""The demo: a throwaway vault and a real nats-server that trusts its operator.

Everything lies in one directory under the system's temporary one. It goes when the demo
ends, by whatever end; should even its watcher be killed, the next demo removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wallet.errors import BusyError
from wallet.exchange import configurations
from wallet.nats.config.writer import JWT_DIRECTORY
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk.filelock import lock_file
from wallet.system.natsserver import LocalServer
from wallet.text import server_string
from wallet.vault.file import newest_save
from wallet.vault.file.container import KdfCost
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

PREFIX = "nkey-wallet-demo-"
PASSPHRASE = "only a demonstration"  # guards nothing: shown on the screen  # noqa: S105
IN_USE = "in-use"  # locked for as long as the demo runs
MARKED = "of-the-demo"  # beside the lock: on Windows nobody reads what is locked
MARK = b"nkey-wallet demo: this directory goes with it, all that is in it too.\n"


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
        at_the_end.enter_context(newest_save.kept_in(directory))
        path = directory / "vault.nkw"
        server_directory = directory / "server"
        server_directory.mkdir(mode=0o700)
        text = _make_vault(path, server_directory / "jwt")
        server = LocalServer(server_directory, text)
        at_the_end.callback(server.stop)
        yield Demo(
            path=path,
            server_url=server.url,
            note=f"Throwaway demo. Its passphrase: “{PASSPHRASE}”.",
        )


def _claim_directory(at_the_end: ExitStack) -> Path:
    """A new directory, locked before it has the mark by which leftovers are known.

    It is not renamed, for Windows renames none in which a file is open, and goes after its lock.
    """
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    at_the_end.callback(shutil.rmtree, directory, ignore_errors=True)
    at_the_end.enter_context(lock_file(directory / IN_USE, 0))
    (directory / MARKED).write_bytes(MARK)
    return directory


def remove_leftovers() -> list[Path]:
    """Remove the directories of demos whose process is gone; give those removed."""
    removed = []
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_ours(directory) and not _alive(directory):
            shutil.rmtree(directory, ignore_errors=True)
            removed.append(directory)
    return removed


def _is_ours(directory: Path) -> bool:
    """Whether a demo made it: by its exact name, whose it is, and the mark inside."""
    if not re.fullmatch(re.escape(PREFIX) + r"[a-z0-9_]{8}", directory.name, re.ASCII):
        return False
    try:
        status, mark = os.lstat(directory), os.lstat(directory / MARKED)
        if not (stat.S_ISDIR(status.st_mode) and stat.S_ISREG(mark.st_mode)):
            return False
        if sys.platform != "win32" and status.st_uid != os.getuid():
            return False
        return mark.st_size == len(MARK) and (directory / MARKED).read_bytes() == MARK
    except OSError:
        return False


def _alive(directory: Path) -> bool:
    try:
        with lock_file(directory / IN_USE, 0):
            return False
    except BusyError:
        return True


def _make_vault(path: Path, accounts: Path) -> str:
    """The sample keys, and the configuration of a server that trusts their operator.

    A user made in the demo is taken by the server at once: it is signed by an account that the
    server knows. One user is revoked, one has expired, and one has no JWT, to be refused. The
    server keeps accounts in the directory `accounts`, and takes what is pushed.
    """
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.LIGHT) as vault,
    ):
        with vault.change() as records:
            issuing = Issuing(records)
            acme = _add(issuing, Kind.OPERATOR, "acme")
            system = _add(issuing, Kind.ACCOUNT, "SYS", acme)
            issuing.set_system_account(system.id)
            orders = _add(issuing, Kind.ACCOUNT, "orders", acme)
            metrics = _add(issuing, Kind.ACCOUNT, "metrics", acme)
            with Seed.generate(Kind.ACCOUNT) as seed:
                readers = {"pub": {"deny": [">"]}, "sub": {"allow": ["orders.>", "_INBOX.>"]}}
                scope = {"role": "reader", "template": readers}
                signing = issuing.add_signing_key(orders.id, seed, name="readers", scope=scope)
            _add(issuing, Kind.USER, "billing", orders, "prod")
            _add(issuing, Kind.USER, "reports", orders, "prod", signer=signing.public)
            _add(issuing, Kind.USER, "grafana", metrics, "prod")
            yesterday = int(time.time()) - 24 * 60 * 60
            old = _add(issuing, Kind.USER, "old-batch", orders, expires=yesterday)
            laptop = _add(issuing, Kind.USER, "laptop", metrics, "dev")
            _add(issuing, Kind.USER, "sensor")
            _add(issuing, Kind.SERVER, "n1")
            _add(issuing, Kind.CURVE, "sealing")
        with vault.change() as records:
            # Of its own: where one change makes a key and revokes it, the history tells the making.
            Issuing(records).revoking.revoke(laptop.id)
            records.set_status(old.id, "retired")
            note = "The demo's server shuts this key out. Test it and see why."
            records.set_notes(laptop.id, note)
            records.deliveries.note_written(acme.id)
            for account in (system, orders, metrics):  # the server has them from its configuration
                records.deliveries.take_word(account.id)
            text = configurations.operator(records, records.get(acme.id), "full")
    place = server_string(accounts.as_posix())
    return f"server_name: demo\n{text}".replace(f'"{JWT_DIRECTORY}"', place)


def _add(
    issuing: Issuing,
    kind: Kind,
    name: str,
    under: KeyRecord | None = None,
    *tags: str,
    signer: str | None = None,
    expires: int | None = None,
) -> KeyRecord:
    with Seed.generate(kind) as seed:
        return issuing.add(
            seed,
            name=name,
            under=under.id if under else None,
            tags=tags,
            signer=signer,
            expires=expires,
        )
