"""Revoking in an account from the app, by keys: a bare public key, or everybody."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.app import test_main
from tests.app.hands import drawn, type_text
from tests.app.test_main import closed, dialog, find, opened, records_of, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_revoke import stranger
from wallet.nats.claims.revocations import revocations

pytestmark = pytest.mark.newer_server


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_main, "PASSPHRASE", PASSPHRASE)


async def test_everybody_is_revoked_only_after_their_names_were_seen(house: House) -> None:
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        await pilot.press("enter")
        await sees(pilot, "Whom?")
        await type_text(pilot, "*")
        await pilot.press("enter")
        await sees(pilot, "it shuts out 2: billing, laptop", "Enter does it")
        assert not records_of(pilot).find("billing").revoked
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("billing").revoked
        assert records_of(pilot).find("laptop").revoked


async def test_a_public_key_that_is_not_here_is_revoked(house: House, tmp_path: Path) -> None:
    public, _ = await asyncio.to_thread(stranger, house, tmp_path, int(time.time()))
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        await type_text(pilot, public)
        await pilot.press("enter")
        await sees(pilot, "it shuts out 0: none")
        await pilot.press("enter")
        await closed(pilot)
        records = records_of(pilot)
        claims = records.tokens.claims(records.find("acme/orders").id)
        assert claims
        assert set(revocations(claims.nats)) == {public}


async def test_what_was_changed_after_the_look_is_looked_at_again(house: House) -> None:
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        await type_text(pilot, "*")
        await pilot.press("enter")
        await sees(pilot, "Enter does it")
        await pilot.press("tab")
        await type_text(pilot, "2999-01-01")
        await pilot.press("enter")
        await sees(pilot, "lies in the future")
        assert "Enter does it" not in drawn(pilot.app)
        assert not records_of(pilot).find("billing").revoked
