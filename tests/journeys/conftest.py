"""A vault, a real server that trusts its operator, and a person who counts key presses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.app.conftest import settled_keys as settled_keys
from tests.app.hands import type_text, until
from tests.app.test_main import (
    Hands,
    changed,
    closed,
    filled_vault,
    records_of,
    sees,
    selected,
)
from tests.vault.support import issue
from wallet.nats.nkeys import Kind
from wallet.system.natsserver import LocalServer
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


class Person:
    """Presses keys and counts them. What is typed as a name is not counted, confirmations are."""

    def __init__(self, pilot: Hands) -> None:
        self.pilot = pilot
        self.presses = 0

    async def press(self, *keys: str) -> None:
        self.presses += len(keys)
        await self.pilot.press(*keys)

    async def type(self, name: str) -> None:
        await type_text(self.pilot, name)

    async def sees(self, *texts: str) -> None:
        await sees(self.pilot, *texts)

    async def press_button(self, name: str) -> None:
        """Go to a button the shorter way, as far as the focus is not there, and press it."""
        screen = self.pilot.app.screen
        await until(self.pilot, lambda: screen.focused is not None, "the focus")
        chain = [widget.id for widget in screen.focus_chain]
        assert screen.focused is not None
        there = (chain.index(name) - chain.index(screen.focused.id)) % len(chain)
        back = len(chain) - there
        await self.press(*(["tab"] * there if there <= back else ["shift+tab"] * back))
        assert screen.focused.id == name
        await self.press("enter")

    async def selects(self, name: str) -> None:
        await until(self.pilot, lambda: selected(self.pilot) == name, f"the cursor on {name}")

    async def is_back(self) -> None:
        await closed(self.pilot)

    def has(self, name: str) -> bool:
        return any(record.name == name for record in records_of(self.pilot).all())

    def record(self, ref: str) -> KeyRecord:
        return records_of(self.pilot).find(ref)


@filled_vault
def vault(records: Records) -> None:
    """acme with SYS, and in orders the users billing and laptop; laptop is revoked."""
    issuing = Issuing(records)
    add = partial(issue, issuing)
    acme = add(Kind.OPERATOR, "acme")
    orders = add(Kind.ACCOUNT, "orders", acme)
    add(Kind.USER, "billing", orders)
    issuing.revoking.revoke(add(Kind.USER, "laptop", orders))
    issuing.set_system_account(add(Kind.ACCOUNT, "SYS", acme))


@pytest.fixture
def server(vault: Path, tmp_path: Path) -> Iterator[LocalServer]:
    """A server with a full resolver that has all accounts, and was tested at before."""
    (tmp_path / "server").mkdir()
    with changed(vault) as records:
        tokens = {name: records.find(name) for name in ("acme", "SYS", "orders")}
        jwts = {name: records.tokens.get(record.id) for name, record in tokens.items()}
        preload = "\n".join(f"  {tokens[name].public}: {jwts[name]}" for name in ("SYS", "orders"))
        running = LocalServer(
            tmp_path / "server",
            f"server_name: n1\noperator: {jwts['acme']}\nsystem_account: {tokens['SYS'].public}\n"
            f'resolver: {{ type: full, dir: "{(tmp_path / "jwts").as_posix()}" }}\n'
            f"resolver_preload: {{\n{preload}\n}}\n",
        )
        records.servers.remember(running.url)
    yield running
    running.stop()


@pytest.fixture
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which the wallet was started."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory
