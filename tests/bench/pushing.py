"""Pushing 1,000 accounts to one local server, beside `nsc push -A`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.table import Row
from tests.tools import tool
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.tasks.deployment.differences import chosen_accounts
from wallet.tasks.deployment.push import push
from wallet.vault.file.container import KdfCost
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

BY_NSC = 10  # it waits its whole second for each account, so that few tell what many take


def measure(accounts: int) -> tuple[float, float]:
    """Seconds an account: the wallet's, proved, with this many; and nsc's, with a few of them."""
    with tempfile.TemporaryDirectory() as directory, Passphrase("for measuring only") as passphrase:
        place = Path(directory)
        with Vault.create(place / "v.nkw", passphrase, KdfCost.MINIMUM) as vault:
            ours = _ours(place, vault, accounts)
        with Vault.create(place / "few.nkw", passphrase, KdfCost.MINIMUM) as vault:
            return ours, _nscs(place, vault)


def report(accounts: int) -> Iterator[Row]:
    """The row of it, an account beside one that `nsc push -A` brings."""
    tool("nsc")
    ours, nscs = measure(accounts)
    today = f"{ours * accounts:.2f} s, nsc {nscs:.2f} s an account"
    yield Row(f"{accounts:,} accounts pushed and proved, beside nsc", today, ours / nscs)


def _ours(place: Path, vault: Vault, accounts: int) -> float:
    _fill(vault, accounts)
    server = _server(place / "ours", vault.records)
    try:
        chosen = chosen_accounts(vault.records, [])
        before = time.perf_counter()
        done = asyncio.run(push(vault, chosen, [Server(Target.parse(server.url))], 30))
        took = time.perf_counter() - before
    finally:
        server.stop()
    if not done.ok:
        raise RuntimeError("not all were proved: nothing was measured")
    return took / accounts


def _nscs(place: Path, vault: Vault) -> float:
    _fill(vault, BY_NSC)
    store = place / "store"
    write(listed(vault, [vault.records.find("acme")], "nsc", store))
    server = _server(place / "nscs", vault.records)
    command = [tool("nsc"), "--all-dirs", str(store), "push", "-A"]
    try:
        before = time.perf_counter()
        subprocess.run(
            [*command, "--account-jwt-server-url", server.url],
            env={**os.environ, "HOME": str(store), "NSC_HOME": str(store)},
            capture_output=True,
            check=True,
        )
        return (time.perf_counter() - before) / BY_NSC
    finally:
        server.stop()


def _fill(vault: Vault, accounts: int) -> None:
    with vault.change() as records:
        issuing = Issuing(records)
        with Seed.generate(Kind.OPERATOR) as seed:
            operator = issuing.add(seed, name="acme")
        for number in range(accounts):
            with Seed.generate(Kind.ACCOUNT) as seed:
                account = issuing.add(seed, name=f"account-{number}", under=operator.id)
        issuing.set_system_account(account.id)


def _server(directory: Path, records: Records) -> LocalServer:
    directory.mkdir()
    operator = records.find("acme")
    claims = records.tokens.claims(operator.id)
    system = records.by_public(str(claims.nats["system_account"])) if claims else None
    if system is None:
        raise RuntimeError("the vault was not filled")
    return LocalServer(
        directory,
        f"server_name: n1\noperator: {records.tokens.get(operator.id)}\n"
        f"system_account: {system.public}\n"
        f'resolver: {{ type: full, dir: "{directory / "jwts"}" }}\n'
        f"resolver_preload: {{ {system.public}: {records.tokens.get(system.id)} }}\n",
    )
