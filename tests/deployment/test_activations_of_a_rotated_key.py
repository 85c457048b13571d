"""Activations that a rotated signing key made for accounts elsewhere are told in its steps."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.deployment.conftest import House
from wallet.nats.nkeys import Kind, Seed

pytestmark = pytest.mark.newer_server


def steps(house: House) -> list[dict[str, Any]]:
    (rotation,) = house.call("rotations", "--json").json()
    return list(rotation["open"])


@pytest.mark.parametrize("manner", ["planned", "leaked"])
def test_they_are_to_be_made_anew_where_the_account_has_private_exports(
    house: House, manner: str
) -> None:
    server = house.server()
    house.call("new", "account", "plain", "--under", "acme/orders", "--signing")
    house.call("exports", "acme/orders", "add", "help", "--service", "--private")
    house.call("exports", "acme/orders", "add", "news", "--stream", "--public")
    house.call("pair", "acme/orders", "acme/metrics", "help")
    house.push("--server", server.url)
    house.call("rotate", "acme/orders/plain", "--as", manner, "--yes")
    (share,) = [step for step in steps(house) if step["code"] == "share"]
    assert "help" in share["why"]
    assert "news" not in share["why"]
    with Seed.generate(Kind.ACCOUNT) as elsewhere:
        words = share["fix"].partition("nkey-wallet ")[2].partition(";")[0]
        words = words.replace("IMPORTER", elsewhere.public.text)
        assert house.call(*shlex.split(words)).status == 0


def test_without_private_exports_nothing_is_told(house: House) -> None:
    house.call("new", "account", "plain", "--under", "acme/orders", "--signing")
    house.call("exports", "acme/orders", "add", "news", "--stream", "--public")
    house.call("rotate", "acme/orders/plain", "--as", "leaked", "--yes")
    assert "share" not in [step["code"] for step in steps(house)]
