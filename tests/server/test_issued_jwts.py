"""What the wallet issues, in the configurations it makes, before the real nats-server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import nats.errors
import pytest
from nats.aio.client import Client

from tests.natspy import connected
from tests.server.conftest import Serve
from wallet.exchange import configurations
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.file.container import KdfCost
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """acme with SYS, and orders with a signing key, a reader of its role, and a writer."""
    with (
        Passphrase("a passphrase for these tests") as passphrase,
        Vault.create(tmp_path / "vault.nkw", passphrase, KdfCost.MINIMUM) as made,
    ):
        acme = add(made, Kind.OPERATOR, "acme")
        system = add(made, Kind.ACCOUNT, "SYS", acme)
        orders = add(made, Kind.ACCOUNT, "orders", acme)
        with made.change() as records, Seed.generate(Kind.ACCOUNT) as seed:
            issuing = Issuing(records)
            issuing.set_system_account(system.id)
            template = {"pub": {"deny": [">"]}, "sub": {"allow": ["orders.>"]}}
            issuing.add_signing_key(
                orders.id, seed, name="readers", scope={"role": "reader", "template": template}
            )
            readers = records.find("readers").public
        add(made, Kind.USER, "reader", orders, signer=readers)
        may = {"pub": {"allow": ["orders.new"]}, "sub": {"allow": ["_INBOX.>", "orders.>"]}}
        add(made, Kind.USER, "writer", orders, nats=may)
        add(made, Kind.USER, "root", system)
        yield made


def add(
    vault: Vault, kind: Kind, name: str, under: KeyRecord | None = None, **more: Any
) -> KeyRecord:
    with vault.change() as records, Seed.generate(kind) as seed:
        return Issuing(records).add(seed, name=name, under=under.id if under else None, **more)


def creds(vault: Vault, name: str) -> Path:
    record = vault.records.find(name)
    path = vault.path.with_name(f"{name}.creds")
    with vault.open_seed(decode_public(record.public)) as seed:
        path.write_bytes(write_creds(vault.records.tokens.get(record.id) or "", seed))
    return path


def client(
    url: str, file: Path, heard: list[str] | None = None
) -> AbstractAsyncContextManager[Client]:
    async def note(error: Exception) -> None:
        if heard is not None:
            heard.append(str(error))

    return connected(url, user_credentials=str(file), connect_timeout=10, error_cb=note)


async def is_let_in(url: str, file: Path) -> bool:
    try:
        async with client(url, file):
            return True
    except (nats.errors.Error, OSError):
        return False


@pytest.mark.parametrize("resolver", ["memory", "full"])
async def test_a_server_that_trusts_the_operator_lets_its_users_in(
    vault: Vault, serve: Serve, resolver: str
) -> None:
    server = serve(_within_its_directory(vault, resolver))
    for name in ("reader", "writer", "root"):
        assert await is_let_in(server.url, creds(vault, name)), name


async def until_heard(heard: list[str], count: int) -> None:
    """Wait for so many objections: the client tells of them by tasks of its own, after the PONG."""
    async with asyncio.timeout(10):
        while len(heard) < count:
            await asyncio.sleep(0.01)


async def test_a_user_publishes_where_it_may_and_is_refused_elsewhere(
    vault: Vault, serve: Serve
) -> None:
    server = serve(_within_its_directory(vault, "memory"))
    heard: list[str] = []
    async with (
        client(server.url, creds(vault, "reader"), heard) as reader,
        client(server.url, creds(vault, "writer"), heard) as writer,
    ):
        arrived = await reader.subscribe("orders.>")
        await reader.flush()
        await writer.publish("orders.new", b"one")
        await writer.publish("orders.gone", b"two")
        await writer.flush()
        assert (await arrived.next_msg(timeout=10)).data == b"one"
        await reader.publish("orders.new", b"three")
        await reader.flush()
        await until_heard(heard, 2)
    said = " ".join(heard).lower()
    assert 'publish to "orders.gone"' in said
    assert 'publish to "orders.new"' in said


async def test_a_revoked_user_is_shut_out_after_a_reload_until_it_is_allowed_again(
    vault: Vault, serve: Serve
) -> None:
    server = serve(_within_its_directory(vault, "memory"))
    file = creds(vault, "writer")
    assert await is_let_in(server.url, file)
    with vault.change() as records:
        Issuing(records).revoking.revoke(records.find("writer").id)
    _reload(vault, server, _within_its_directory(vault, "memory"))
    await _until(server, file, let_in=False)
    old = file.read_bytes()
    with vault.change() as records:
        Issuing(records).revoking.allow_again(records.find("writer").id)
    assert await is_let_in(server.url, creds(vault, "writer")), "with its new JWT, without a reload"
    file.write_bytes(old)
    assert not await is_let_in(server.url, file), "a copy of the old JWT stays shut out"


async def test_strict_signing_takes_what_the_wallet_signs(vault: Vault, serve: Serve) -> None:
    with vault.change() as records, Seed.generate(Kind.OPERATOR) as seed:
        issuing = Issuing(records)
        acme = records.find("acme").id
        issuing.add_signing_key(acme, seed)
        issuing.edit(acme, {**issuing.claims(acme), "strict_signing_key_usage": True})
    server = serve(_within_its_directory(vault, "full"))
    for name in ("reader", "writer", "root"):
        assert await is_let_in(server.url, creds(vault, name)), name


async def test_an_account_alone_brings_a_servers_configuration_up_to_date(
    vault: Vault, serve: Serve
) -> None:
    text = _within_its_directory(vault, "memory")
    server = serve(text)
    late = add(vault, Kind.ACCOUNT, "late", vault.records.find("acme"))
    add(vault, Kind.USER, "newcomer", late)
    file = creds(vault, "newcomer")
    assert not await is_let_in(server.url, file)
    lines = configurations.account(vault.records, [late]).splitlines()[1:-1]
    _reload(vault, server, text.replace("resolver_preload: {", "\n".join(
        ["resolver_preload: {", *lines]
    )))  # fmt: skip
    await _until(server, file, let_in=True)


async def test_users_without_an_operator_are_held_to_their_permissions(
    tmp_path: Path, serve: Serve
) -> None:
    names = ["a b", "é#x", "it's {", 'say "so"\\', "$SYS", "SYSTEM"]
    with (
        Passphrase("a passphrase for these tests") as passphrase,
        Vault.create(tmp_path / "vault.nkw", passphrase, KdfCost.MINIMUM) as vault,
    ):
        may = {
            "pub": {"allow": ["orders.new"], "deny": ['a"b', "c\\d", "$JS.>"]},
            "sub": {"allow": ["_INBOX.>", "orders.> workers"]},
            "resp": {"max": 1, "ttl": 5_000_000_000},
            "allowed_connection_types": ["STANDARD"],
        }
        for number, name in enumerate(names):
            account = add(vault, Kind.ACCOUNT, name)
            add(vault, Kind.USER, f"user {number}", account, nats=may)
        listed = [vault.records.find(name) for name in names]
        serve(configurations.accounts(vault.records, listed))
        users = [vault.records.find(f"user {number}") for number in range(len(names))]
        server = serve(configurations.authorization(vault.records, users))
        with vault.open_seed(decode_public(users[0].public)) as seed:
            text = seed.encode().decode()
        heard: list[str] = []

        async def note(error: Exception) -> None:
            heard.append(str(error))

        async with connected(server.url, nkeys_seed_str=text, error_cb=note) as connection:
            await connection.publish("orders.new", b"")
            await connection.publish("orders.gone", b"")
            await connection.flush()
            await until_heard(heard, 1)
        assert re.findall(r'publish to "([^"]*)"', " ".join(heard).lower()) == ["orders.gone"]


def _within_its_directory(vault: Vault, resolver: str) -> str:
    text = configurations.operator(vault.records, vault.records.find("acme"), resolver)
    place, process = vault.path.with_name("jwt"), vault.path.with_name("pid")
    assert resolver == "memory" or './jwt"' in text
    return f'pid_file: "{process}"\n' + text.replace('"./jwt"', f'"{place}"')


def _reload(vault: Vault, server: LocalServer, text: str) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    config = server.log.with_name("server.conf")
    first = config.read_text().splitlines()[:3]
    config.write_text("\n".join([*first, text]))
    os.kill(int(vault.path.with_name("pid").read_text()), signal.SIGHUP)


async def _until(server: LocalServer, file: Path, *, let_in: bool) -> None:
    for _ in range(200):
        if await is_let_in(server.url, file) is let_in:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {'refused' if let_in else 'let in'} after the reload")
