"""Revoking whom an account revokes already, where creds may have been handed out since."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest

from tests.app import test_main
from tests.app.test_main import closed, dialog, find, opened, records_of, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from wallet.nats import jwt
from wallet.nats.claims.revocations import revocations
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import newest_save

pytestmark = pytest.mark.newer_server


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_main, "PASSPHRASE", PASSPHRASE)


def revoked_until(house: House) -> int:
    claims = jwt.decode(house.token("acme/orders"))
    return revocations(claims.nats)[house.record("billing").public]


def given_out_and_put_back(house: House, tmp_path: Path) -> int:
    """Revoke billing, let it in again, give its creds away, and put the vault of before back.

    Gives the second in which these creds were issued.
    """
    assert house.call("revoke", "billing").status == 0
    time.sleep(1.1)  # who is let in again has a JWT of the next second
    older = shutil.copyfile(house.path, tmp_path / "of before.nkw")
    assert house.call("allow", "billing").status == 0
    issued = jwt.decode(house.token("billing")).issued or 0
    assert issued > revoked_until(house)
    assert house.call("creds", "billing", "--to", str(tmp_path / "later.creds")).status == 0
    shutil.copyfile(older, house.path)
    return issued


def test_a_revocation_in_an_older_vault_reaches_the_creds_of_later(
    house: House, tmp_path: Path
) -> None:
    issued = given_out_and_put_back(house, tmp_path)
    done = house.call("revoke", "billing", "--accept-older", "--json")
    assert done.json()[0]["changed"]
    assert "another copy of the vault was taken for this one" in done.err
    assert revoked_until(house) >= issued


def test_once_an_older_vault_was_taken_a_revocation_of_before_is_made_anew(
    house: House, tmp_path: Path
) -> None:
    issued = given_out_and_put_back(house, tmp_path)
    assert house.call("note", "billing", "taken", "--accept-older").status == 0
    done = house.call("revoke", "billing", "--json")
    assert done.json()[0]["changed"]
    assert "another copy of the vault was taken, or joined" in done.err
    assert revoked_until(house) >= issued
    time.sleep(1.1)  # a note of the same second leaves it in doubt
    house.call("revoke", "billing")
    stands = house.token("acme/orders")
    assert "was revoked already" in house.call("revoke", "billing").err
    assert house.token("acme/orders") == stands


def test_after_a_restore_a_revocation_of_before_is_made_anew(house: House, tmp_path: Path) -> None:
    issued = given_out_and_put_back(house, tmp_path)
    older = shutil.copyfile(house.path, tmp_path / "older.nkw")
    with newest_save.kept_in(tmp_path / "other state"):
        assert house.call("restore", str(older), "--yes").status == 0
        assert house.record("billing").revoked
        done = house.call("revoke", "billing", "--json")
        assert done.json()[0]["changed"], done.err
        assert revoked_until(house) >= issued
        with house.open() as vault:
            assert vault.records.history.of_kind(What.RESTORED)


def test_up_to_now_takes_back_what_is_issued_in_this_very_second(house: House) -> None:
    house.call("revoke", "billing")
    house.call("allow", "billing")
    issued = jwt.decode(house.token("billing")).issued or 0
    time.sleep(max(0.0, issued - time.time()))
    house.call("revoke", "billing", "--before", "now")
    assert house.record("billing").revoked


@pytest.mark.parametrize("behind", [60, 7200], ids=["it is put back", "and has caught up"])
def test_a_clock_that_was_ahead_as_creds_were_given_away_hides_them_from_no_revocation(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: int
) -> None:
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 3600)
    issued = given_out_and_put_back(house, tmp_path)
    monkeypatch.setattr(time, "time", clock)
    assert house.call("note", "billing", "taken", "--accept-older").status == 0
    monkeypatch.setattr(time, "time", lambda: clock() + behind)
    done = house.call("revoke", "billing", "--json")
    assert done.json()[0]["changed"], done.err
    assert "another copy of the vault was taken, or joined" in done.err
    assert revoked_until(house) >= issued
    assert "was revoked already" in house.call("revoke", "billing").err


async def test_a_key_in_the_app_revokes_also_what_was_issued_since(house: House) -> None:
    house.call("revoke", "billing")
    stood = revoked_until(house)
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "x", "Allow billing?", "Revoke also since", "knows of none since")
        await pilot.press("right")
        await pilot.press("f4")
        await sees(pilot, "revoke acme/orders/billing --before now")
        await asyncio.sleep(max(0, stood + 1.1 - time.time()))
        await pilot.press("enter")
        await closed(pilot)
        records = records_of(pilot)
        claims = records.tokens.claims(records.find("acme/orders").id)
        assert claims
        assert revocations(claims.nats)[records.find("billing").public] > stood
        assert records.find("billing").revoked


async def test_the_app_says_that_an_older_vault_was_taken_where_somebody_is_revoked(
    house: House, tmp_path: Path
) -> None:
    given_out_and_put_back(house, tmp_path)
    assert house.call("note", "billing", "taken", "--accept-older").status == 0
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "x", "Allow billing?")
        await sees(pilot, "Another copy of the vault was taken", "creds that were handed out since")
