"""The wallet's push beside nsc's own, on the same operator and the same servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployment.conftest import House
from tests.deployment.test_push import revoke
from tests.exchange.test_export import nsc


@pytest.fixture
def home(house: House, tmp_path: Path) -> Path:
    """The operator in a store of nsc's own."""
    done = house.call("export", "acme", "--as", "nsc", "--to", str(tmp_path / "store"))
    assert done.status == 0, done
    return tmp_path / "store"


def pushed_by_nsc(home: Path, url: str) -> str:
    return nsc(home, "push", "-A", "--account-jwt-server-url", url)


def test_nsc_finds_nothing_to_change_after_our_push(house: House, home: Path) -> None:
    server = house.server()
    assert house.push("--server", server.url)["ok"]
    nsc(home, "edit", "operator", "--account-jwt-server-url", server.url)
    words = nsc(home, "pull", "-A", "--overwrite-newer")
    assert "orders" in words
    stored = next(home.rglob("orders.jwt")).read_text()
    assert stored == house.token("acme/orders")


def test_what_nsc_pushed_is_the_same_to_us(house: House, home: Path) -> None:
    server = house.server()
    words = pushed_by_nsc(home, server.url)
    assert "n1" in words
    assert set(house.diff("--server", server.url).values()) == {"same"}
    told = house.push("--server", server.url)
    assert told["ok"]
    assert not told["orders"]["pushed"]


def test_nscs_stale_push_undoes_a_revocation_and_ours_is_seen_to_be_lacking(
    house: House, home: Path
) -> None:
    server = house.server()
    revoke(house, "laptop")
    assert house.push("--server", server.url)["ok"]
    pushed_by_nsc(home, server.url)  # the store is from before the revocation
    assert house.diff("orders", "--server", server.url) == {("acme/orders", "n1"): "newer-here"}
    told = house.push("orders", "--server", server.url)
    assert told["ok"], told
