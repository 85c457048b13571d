"""Two pushes at once, of two versions of an account: nothing is proved of the one that lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import forks as forks
from tests.cli.forks import Forks
from tests.deployment.conftest import House
from wallet.connection.deployment.node_group import NodeGroup
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server

LAPTOP = "acme/orders/laptop"


@pytest.fixture
def before_it_sends(
    house: House, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> Callable[[tuple[str, ...]], None]:
    """Once a push has looked at the servers, and before it sends, let others do something."""

    def meanwhile(*commands: tuple[str, ...]) -> None:
        send = NodeGroup.send

        async def send_later(self: NodeGroup, *given: Any) -> Any:
            monkeypatch.setattr(NodeGroup, "send", send)
            for words in commands:
                time.sleep(1.1)
                ended = forks.run(*words, "--vault", str(house.path))
                assert ended.returncode == 0, ended.notes
            return await send(self, *given)

        monkeypatch.setattr(NodeGroup, "send", send_later)

    return meanwhile


@pytest.mark.parametrize("out", [("revoke", LAPTOP), ("rotate", LAPTOP, "--as", "leaked", "--yes")])
def test_a_push_that_overwrites_a_newer_one_leaves_its_revocation_open(
    house: House,
    server: LocalServer,
    before_it_sends: Callable[..., None],
    out: tuple[str, ...],
) -> None:
    """Both said “proved on every server”, and the server let the user in."""
    assert house.call("edit", "acme/orders", "--description", "one").status == 0
    before_it_sends(out, ("push", "acme/orders", "--server", server.url))
    done = house.call("push", "acme/orders", "--server", server.url)
    user = f"{LAPTOP}-old" if "rotate" in out else LAPTOP
    assert house.call("test", user, "--server", server.url, "--expect", "refused").status == 1

    assert done.status == 1
    assert "was changed meanwhile" in done.out + done.err
    assert "0 of 1 proved on every server" in done.out + done.err


@pytest.mark.parametrize("out", [("revoke", LAPTOP), ("rotate", LAPTOP, "--as", "leaked", "--yes")])
def test_what_was_overwritten_is_open_in_the_vault_and_another_push_closes_it(
    house: House,
    server: LocalServer,
    before_it_sends: Callable[..., None],
    out: tuple[str, ...],
) -> None:
    assert house.call("edit", "acme/orders", "--description", "one").status == 0
    before_it_sends(out, ("push", "acme/orders", "--server", server.url))
    house.call("push", "acme/orders", "--server", server.url)
    gone = house.record(f"{LAPTOP}-old" if "rotate" in out else LAPTOP)

    def is_open() -> tuple[bool, bool, bool]:
        with house.open() as vault:
            records = vault.records
            whom = {who for one in records.deliveries.unproved() for who in one.revoked}
            return (
                records.find("acme/orders").unproved,
                gone.public in whom,
                bool(records.rotations.open()),
            )

    assert is_open() == (True, True, "rotate" in out)
    assert house.call("push", "acme/orders", "--server", server.url).status == 0
    assert is_open() == (False, False, False)


def test_an_account_that_is_changed_while_it_is_pushed_is_not_proved(
    house: House, server: LocalServer, before_it_sends: Callable[..., None]
) -> None:
    assert house.call("edit", "acme/orders", "--description", "one").status == 0
    before_it_sends(("revoke", LAPTOP))
    done = house.call("push", "acme/orders", "--server", server.url)
    assert done.status == 1, done
    assert "was changed meanwhile" in done.out + done.err
    assert house.record("acme/orders").unproved
    assert house.push("acme/orders", "--server", server.url)["ok"]
