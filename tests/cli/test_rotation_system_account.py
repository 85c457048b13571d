"""The rotation of the system account, to its end on real servers: who may push, and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Deploy, Deployed, Run
from tests.cli.test_rotation import Wallet, codes, export, going_on, let_in
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import wallet as wallet

Configure = Callable[[], str]


def push(run: Run, server: Deployed, *refs: str) -> dict[str, Any]:
    told: dict[str, Any] = run("push", *refs, "--server", server.url, "--json").json()
    return {one["path"]: one for one in told["accounts"]} | {"remarks": " ".join(told["remarks"])}


@pytest.fixture(params=["full", "memory"])
def resolver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def configure(acme: Wallet, resolver: str) -> Configure:
    acme("new", "user", "watch", "--under", "acme/SYS")
    return lambda: acme("config", "acme", "--for", "operator", "--resolver", resolver)


def test_a_planned_one_is_proved_only_once_servers_have_the_new_one_as_theirs(
    acme: Wallet, run: Run, deploy: Deploy, tmp_path: Path, configure: Configure, resolver: str
) -> None:
    old_creds = export(acme, "watch", tmp_path / "old.creds")
    server = deploy(configure())
    acme("push", "acme/SYS", "--server", server.url)
    acme("rotate", "SYS", "--as", "planned", "--yes")
    new_creds = export(acme, "watch", tmp_path / "new.creds")
    assert codes(going_on(acme)[0]) == ["deploy", "deploy", "finish"]

    # Until then a revocation gets out by a user of the old one.
    acme("revoke", "nightly")
    told = push(run, server, "acme")
    assert "another system account than acme/SYS" in told["remarks"]
    assert told["acme/orders"]["proved"] is (resolver == "full")
    still = codes(going_on(acme)[0])  # a full resolver has the new one's JWT by now
    assert still == ["deploy", *(["deploy"] if resolver == "memory" else []), "finish"]
    assert not let_in(server.url, new_creds) or resolver == "full"

    # To shut the old one now would leave nobody who may push.
    finished = run("rotate", "SYS", "--finish", "--yes", "--json").json()
    assert codes(finished) == ["deploy", "deploy", "prove", "remove"]
    told = push(run, server, "acme/SYS-old")
    assert told["acme/SYS-old"]["pushed"] is False
    assert "nobody could push there any more" in told["acme/SYS-old"]["why"]
    assert let_in(server.url, old_creds)

    server.restart(configure())
    if resolver == "full":
        push(run, server, "acme")
        assert codes(going_on(acme)[0]) == ["remove"]
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    assert push(run, server, "acme/SYS")["acme/SYS"]["proved"]
    acme("rotate", "SYS", "--finish", "--on-my-word")
    assert going_on(acme) == []


def test_what_servers_were_seen_to_name_is_not_asked_for_again_once_the_old_one_is_out(
    acme: Wallet, run: Run, deploy: Deploy, configure: Configure, resolver: str
) -> None:
    server = deploy(configure())
    acme("push", "acme/SYS", "--server", server.url)
    acme("rotate", "SYS", "--as", "planned", "--yes")
    server.restart(configure())
    if resolver == "memory":  # which shows an account only once a user of it has connected
        acme("test", "acme/SYS/watch", "--server", server.url)
    push(run, server, "acme/SYS")
    seen = "deploy" not in codes(going_on(acme)[0])
    finished = run("rotate", "SYS", "--finish", "--yes", "--json").json()
    asked = [step for step in finished["open"] if "as their system account" in step["why"]]
    assert seen
    assert asked == []
    assert "every known server names" in run("history", "acme/SYS-old", "--json").out


def test_a_leaked_one_is_shut_at_once_and_proved_after_the_restart(
    acme: Wallet, run: Run, deploy: Deploy, tmp_path: Path, configure: Configure, resolver: str
) -> None:
    old_creds = export(acme, "watch", tmp_path / "old.creds")
    server = deploy(configure())
    acme("push", "acme/SYS", "--server", server.url)
    acme("rotate", "SYS", "--as", "leaked", "--yes")
    new_creds = export(acme, "watch", tmp_path / "new.creds")
    told = push(run, server, "acme")
    if resolver == "full":
        assert told["acme/orders"]["proved"]
        assert told["acme/SYS"]["proved"]  # what is to stay is there before the old one goes
        (at,) = told["acme/SYS-old"]["servers"].values()
        assert "push again" in at["why"]
        assert not let_in(server.url, old_creds)
    assert "prove" in codes(going_on(acme)[0])
    server.restart(configure())
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    if resolver == "full":
        assert push(run, server, "acme")["acme/SYS-old"]["proved"]
        assert codes(going_on(acme)[0]) == ["remove"]


def test_an_undone_one_leaves_the_old_one_where_it_was(
    acme: Wallet, run: Run, deploy: Deploy, tmp_path: Path, configure: Configure, resolver: str
) -> None:
    server = deploy(configure())
    acme("push", "acme/SYS", "--server", server.url)
    acme("rotate", "SYS", "--as", "planned", "--yes")
    new_creds = export(acme, "watch", tmp_path / "new.creds")
    server.restart(configure())
    acme("rotate", "SYS", "--undo", "--yes")
    again = export(acme, "watch", tmp_path / "again.creds")
    push(run, server, "acme/SYS", "acme/orders")  # by a user of the one that is undone
    server.restart(configure())
    assert let_in(server.url, again)
    told = push(run, server, "acme")
    assert told["acme/SYS"]["proved"]
    assert told["remarks"] == ""
    if resolver == "full":
        assert not let_in(server.url, new_creds)
