"""The command that brings a changed account to servers is told after each change, and works."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done
from tests.deployment.conftest import House
from tests.deployment.test_marks import marks
from tests.deployment.test_push import describe, revoke
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server


def pushes(text: str) -> list[list[str]]:
    """The pushes that are told in a text, as words of a command line."""
    lines = [line.partition("nkey-wallet push")[2] for line in text.splitlines()]
    return [["push", *shlex.split(words.partition(";")[0])] for words in lines if words]


@pytest.fixture
def server(house: House) -> LocalServer:
    server = house.server()
    house.push("--server", server.url)
    return server


def works(house: House, done: Done, server: LocalServer) -> None:
    (words,) = pushes(done.err)
    assert server.url in words
    assert house.call(*words).status == 0
    assert not marks(house, "acme/orders")[1]


def test_after_an_import_of_a_later_jwt(house: House, server: LocalServer, tmp_path: Path) -> None:
    other = house.copy("other")
    other.change(describe("changed there"))
    (tmp_path / "orders.jwt").write_text(other.token("acme/orders"))
    works(house, house.call("import", str(tmp_path / "orders.jwt")), server)


def test_after_an_import_that_changes_no_account_nothing_is_told(
    house: House, server: LocalServer, tmp_path: Path
) -> None:
    house.change(describe("open before"))
    (tmp_path / "orders.jwt").write_text(house.token("acme/orders"))
    assert pushes(house.call("import", str(tmp_path / "orders.jwt")).err) == []


def test_after_a_pull(house: House, server: LocalServer) -> None:
    other = house.copy("other")
    revoke(other, "laptop")
    other.push("--server", server.url)
    house.change(describe("later here"))
    works(house, house.call("pull", "--server", server.url), server)
    assert house.record("laptop").revoked


def test_after_a_restore(house: House, server: LocalServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup.nkw"
    house.call("backup", str(backup))
    revoke(house, "laptop")
    house.push("--server", server.url)
    done = house.call("restore", str(backup), "--yes")
    works(house, done, server)


def steps(house: House) -> list[dict[str, Any]]:
    (rotation,) = house.call("rotations", "--json").json()
    return list(rotation["open"])


def test_the_steps_of_a_rotated_account_name_the_servers_and_all_that_changed(
    house: House, server: LocalServer
) -> None:
    how = ("--stream", "--private")
    assert house.call("pair", "acme/orders", "acme/metrics", "orders.new", *how).status == 0
    house.push("--server", server.url)
    house.call("rotate", "acme/orders", "--as", "leaked", "--yes")
    first, *_ = steps(house)
    (words,) = pushes(first["fix"])
    assert first["code"] == "deploy"
    assert words[-2:] == ["--server", server.url]
    assert {*words[1:-2]} == {"acme/orders", "acme/orders-old", "acme/metrics"}
    assert house.call(*words).status == 0
    assert [step["code"] for step in steps(house)] == ["hand-out", "remove"]


def test_the_steps_of_a_rotated_signing_key_name_the_servers(
    house: House, server: LocalServer
) -> None:
    house.call("new", "account", "plain", "--under", "acme/orders", "--signing")
    house.push("--server", server.url)
    house.call("rotate", "acme/orders/plain", "--as", "leaked", "--yes")
    for step in steps(house):
        if step["code"] in {"deploy", "prove"}:
            assert f"nkey-wallet push acme/orders --server {server.url}" in step["fix"]
    house.call("rotate", "acme", "--as", "planned", "--yes")
    operators = house.call("rotations", "--json").json()[1]["open"]
    assert f"nkey-wallet push acme --server {server.url}" in operators[0]["fix"]
