"""Accounts that are deleted here go on at servers: health says so, until they are gone there."""

from __future__ import annotations

import time

import pytest

from tests.deployment.conftest import House

pytestmark = pytest.mark.newer_server


def told(house: House) -> list[str]:
    notes = house.call("health", "--json").json()
    return [note["why"] + note["fix"] for note in notes if note["code"] == "deleted-let-in"]


def test_health_tells_of_a_deleted_account_that_a_server_has_until_a_person_says_it_is_gone(
    house: House,
) -> None:
    url = house.server().url
    assert house.push("acme/orders", "--server", url)["ok"]
    public = house.record("acme/orders").public
    assert told(house) == []
    assert house.call("servers", "forget", public).status == 1, "it is here"
    assert house.call("delete", "acme/orders", "--yes").status == 0
    (text,) = told(house)
    assert "acme/orders" in text
    assert url in text
    assert f"nkey-wallet servers forget {public}" in text
    assert "no more" in house.call("servers", "forget", public).err
    assert f"all that had {public}" in house.call("history").out
    assert told(house) == []
    assert house.call("servers", "forget", public).status == 1


def test_nothing_is_told_of_a_deleted_account_that_servers_were_proved_to_let_nobody_in_by(
    house: House,
) -> None:
    url = house.server().url
    assert house.push("acme/orders", "--server", url)["ok"]
    time.sleep(1.1)
    assert house.call("revoke", "*", "--under", "acme/orders").status == 0
    assert house.push("acme/orders", "--server", url)["ok"]
    assert house.call("delete", "acme/orders", "--yes").status == 0
    assert told(house) == []
