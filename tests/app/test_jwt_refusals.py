"""Users with JWTs tested from the app: what the vault's JWTs prove is on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.test_main import (
    PASSPHRASE,
    dialog,
    enter_server,
    filled_vault,
    find,
    opened,
    sees,
)
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

LONG_AGO = 1_577_836_800  # 2020-01-01


def make(records: Records, kind: Kind, name: str, under: int | None = None, **more: int) -> int:
    with Seed.generate(kind) as seed:
        return Issuing(records).add(seed, name=name, under=under, expires=more.get("expires")).id


@filled_vault
def vault(records: Records) -> None:
    """acme with orders, and in it one user whose JWT is sound and one whose JWT expired."""
    acme = make(records, Kind.OPERATOR, "acme")
    system = make(records, Kind.ACCOUNT, "SYS", acme)
    Issuing(records).set_system_account(system)
    orders = make(records, Kind.ACCOUNT, "orders", acme)
    make(records, Kind.USER, "billing", orders)
    make(records, Kind.USER, "late", orders, expires=LONG_AGO)


@pytest.fixture
def server(vault: Path, tmp_path: Path) -> Iterator[LocalServer]:
    """The server of that operator."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened_vault:
        records = opened_vault.records
        known = {name: records.find(name) for name in ("acme", "SYS", "orders")}
        tokens = {name: records.tokens.get(record.id) for name, record in known.items()}
    (tmp_path / "server").mkdir()
    running = LocalServer(
        tmp_path / "server",
        f"operator: {tokens['acme']}\nsystem_account: {known['SYS'].public}\nresolver: MEMORY\n"
        f"resolver_preload: {{\n{known['SYS'].public}: {tokens['SYS']}\n"
        f"{known['orders'].public}: {tokens['orders']}\n}}\n",
    )
    yield running
    running.stop()


async def test_an_expired_jwt_is_told_with_its_date_and_the_key_that_mends_it(
    vault: Path, server: LocalServer
) -> None:
    async with opened(vault, (110, 50)) as pilot:
        await find(pilot, "late")
        await dialog(pilot, "t", "Test acme/orders/late")
        await enter_server(pilot, server.url)
        await sees(pilot, "? REFUSED, NOT PROVED WHY", "jwt-expired (certain)", "2020-01-01")
        await sees(pilot, "p on acme/orders/late: type 365d in Expires")


async def test_all_users_of_an_account_show_what_is_wrong_with_each(
    vault: Path, server: LocalServer
) -> None:
    async with opened(vault, (110, 50)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "T", "of acme/orders")
        await enter_server(pilot, server.url)
        screen = await sees(pilot, "1 refused", "its JWT has expired", "✓ accepted")
        rows = screen[screen.index("1 refused") :]
        assert rows.index("late") < rows.index("billing")
