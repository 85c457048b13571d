"""Revoking in an account from the app, by keys: a bare public key, or everybody."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.app import test_main
from tests.app.hands import drawn, focus_is, type_text, until
from tests.app.test_main import closed, dialog, find, opened, records_of, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_revoke import stranger
from wallet.app.screens.claims.revoke import RevokeDialog
from wallet.app.widgets.details.history import history
from wallet.nats import jwt
from wallet.nats.claims.revocations import revocations
from wallet.show.issues import older_issues
from wallet.vault.key_record import moment, rfc3339
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

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
        await sees(pilot, "it shuts out 2: billing, laptop", "The button Revoke does it")
        assert not records_of(pilot).find("billing").revoked
        await until(pilot, lambda: focus_is(pilot.app, "cancel"), "the focus on No")
        await pilot.press("left", "enter")
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
        await pilot.press("left", "enter")
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
        await sees(pilot, "The button Revoke does it")
        pilot.app.screen.set_focus(pilot.app.screen.query_one("#before"))
        await type_text(pilot, "2999-01-01")
        await pilot.press("enter")
        await sees(pilot, "lies in the future")
        assert "The button Revoke does it" not in drawn(pilot.app)
        assert not records_of(pilot).find("billing").revoked


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_one_issue_of_a_user_is_revoked_by_its_time(
    house: House, size: tuple[int, int]
) -> None:
    first = (jwt.decode(house.token("billing")).issued or 0) + 10

    def limited(issuing: Issuing, records: Records) -> None:
        user = records.find("billing").id
        issuing.edit(user, {**issuing.claims(user), "subs": issuing.claims(user)["subs"] + 5})

    for number in (1, 2):
        house.change(limited, now=first + 10 * number)
    async with opened(house.path, size) as pilot:
        await find(pilot, "billing")
        records = records_of(pilot)
        told = str(history(records.find("billing"), records))
        assert told.startswith("‹revoke› revokes one of 2 older issues alone")
        assert "older ones" not in told
        await dialog(pilot, "x", "Revoke billing?", "Everything issued to it so far")
        pilot.app.screen.set_focus(pilot.app.screen.query_one("#issues"))
        await pilot.press("enter")
        screen = await sees(pilot, "Issue 2 and older", "Issue 1 and older")
        assert "Issue 3" not in screen
        await pilot.press("down", "enter")
        shown = pilot.app.screen
        assert isinstance(shown, RevokeDialog)
        assert rfc3339(moment(first + 11)) in shown.as_command()
        await pilot.click("#accept")
        await closed(pilot)
        records = records_of(pilot)
        user = records.find("billing")
        claims = records.tokens.claims(records.find("acme/orders").id)
        assert claims
        assert revocations(claims.nats) == {user.public: first + 10}
        assert not user.revoked, "the newest stays in force"
        assert [one.number for one in older_issues(records, user)] == []
