"""`test --cluster`: the servers that a server names see a key only once somebody agreed."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.app.inpty import in_pty
from tests.cli.conftest import Run, Start
from tests.server.test_several import joined
from wallet.system.natsserver import LocalServer


@pytest.fixture
def servers(vault: Run, start: Start) -> list[LocalServer]:
    lists = vault("config", "billing", "--for", "server").out
    return asyncio.run(joined(start, lists, lists))


def saw_a_client(server: LocalServer) -> bool:
    return "authentication error" in server.log.read_text(encoding="utf-8")


def test_without_a_terminal_the_others_are_listed_and_not_tested(
    vault: Run, servers: list[LocalServer]
) -> None:
    first, other = servers
    done = vault("test", "billing", "--server", first.url, "--cluster", "--json")
    assert done.status == 0
    assert [report["url"] for report in done.json()] == [first.url]
    assert "--cluster-yes" in done.err
    assert other.url.removeprefix("nats://") in done.err
    assert not saw_a_client(other)  # a test that is accepted shows a wrong signature too
    said = vault("test", "billing", "--server", first.url, "--cluster-yes", "--json")
    assert [report["url"] for report in said.json()] == [first.url, other.url]
    assert saw_a_client(other)


@pytest.mark.parametrize(("answer", "tested"), [("y", True), ("n", False)])
def test_on_a_terminal_it_is_asked_once_with_the_addresses(
    vault: Run, servers: list[LocalServer], answer: str, tested: bool
) -> None:
    first, other = servers
    command = ["-m", "wallet", "test", "billing", "--server", first.url, "--cluster"]
    with in_pty(command, environment=dict(os.environ)) as child:
        child.expect_exact(other.url.removeprefix("nats://"))
        child.expect("Test them as well")
        child.sendline(answer)
        child.expect("accepted")
        child.expect_exact("\n")
        child.wait()
    assert saw_a_client(other) is tested
