"""A push, or a test of many, whose outcome the vault cannot note: it is told all the same."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.deployment.conftest import House
from wallet.system.disk import files
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server


class FullDisk(files.System):
    """A file system with no room for another save of a vault."""

    def replace(self, old: Path, new: Path) -> None:
        if new.name == "vault.nkw":
            raise OSError(errno.ENOSPC, "No space left on device")
        super().replace(old, new)


@pytest.fixture
def server(house: House) -> LocalServer:
    server = house.server("n1", "acme/orders")
    for user in ("billing", "laptop"):
        assert house.call("test", user, "--server", server.url).status == 0
    assert house.call("revoke", "laptop").status == 0
    return server


def test_what_a_push_brought_to_servers_is_told_where_the_disk_is_full(
    house: House, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "system", FullDisk())
    done = house.call("push", "acme/orders", "--server", server.url)
    assert done.status == 3
    assert "held by 1 of 1" in done.out
    assert "is not surely noted in the vault" in done.out
    assert "the disk is full" in done.out
    assert house.record("acme/orders").unproved
    again = house.call("push", "acme/orders", "--server", server.url, "--json")
    assert (again.status, again.json()["ok"], "the disk is full" in again.err) == (3, False, True)
    assert again.json()["accounts"][0]["proved"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_was_found_of_many_is_told_where_the_disk_is_full(
    house: House, server: LocalServer, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    monkeypatch.setattr(files, "system", FullDisk())
    done = house.call("test", "acme/orders", "--server", server.url, *form)
    assert done.status == 3
    assert house.record("billing").public in done.out or "acme/orders/billing" in done.out
    assert "the disk is full" in done.err
