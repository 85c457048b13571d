"""Users whose JWTs keep them out: what `test` says to do is done, and they get in."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet.connection.causes.report import Cause
from wallet.system.natsserver import LocalServer

# Each user, how it is kept out, and the first cause that has to be told.
KEPT_OUT = [
    ("late", ["edit", "late", "--expires", "2020-01-01"], "jwt-expired"),
    ("early", ["edit", "early", "--not-before", "2099-01-01"], "jwt-not-yet"),
    ("far", ["edit", "far", "--source", "10.0.0.0/8"], "jwt-source"),
    ("browser", ["edit", "browser", "--connection-type", "WEBSOCKET"], "jwt-connection-type"),
    ("roled", ["edit", "worker", "--source", "10.0.0.0/8"], "jwt-source"),
    ("crowd", ["edit", "acme/full", "--limit", "conn=0"], "account-full"),
    ("old", ["edit", "acme/ended", "--expires", "2020-01-01"], "account-expired"),
]
# Let in, and then of no use.
LET_IN = [
    ("deaf", ["edit", "deaf", "--limit", "subs=0"], "jwt-limits"),
    ("mute", ["edit", "mute", "--deny-pub", ">", "--deny-sub", ">"], "permissions-deny-all"),
    ("brief", ["edit", "brief", "--expires", "2d"], "jwt-expires-soon"),
]
# Shut out on purpose: nothing that is offered lets it in.
SHUT_OUT = ("gone", ["revoke", "gone"], "jwt-revoked")
ACCOUNTS = {"crowd": "full", "old": "ended"}


@pytest.fixture
def sabotaged(run: Run) -> Run:
    """A vault with an operator, and users who are each kept out in a way of their own."""

    def done(*arguments: str) -> None:
        made = run(*arguments)
        assert made.status == 0, (arguments, made.err)

    done("init", "--cost", "light")
    done("new", "operator", "acme")
    done("new", "account", "SYS", "--under", "acme")
    done("edit", "acme", "--system-account", "SYS")
    for account in ("orders", "full", "ended"):
        done("new", "account", account, "--under", "acme")
    done("new", "account", "worker", "--under", "acme/orders", "--signing", "--role", "worker")
    for name, sabotage, _ in [*KEPT_OUT, *LET_IN, SHUT_OUT]:
        signer = ["--signer", "worker"] if name == "roled" else []
        done("new", "user", name, "--under", f"acme/{ACCOUNTS.get(name, 'orders')}", *signer)
        done(*sabotage)
    return run


def serve(run: Run, directory: Path) -> LocalServer:
    """The operator's server, as the wallet writes its configuration."""
    directory.mkdir()
    made = run("config", "acme", "--for", "operator")
    assert made.status == 0, made.err
    return LocalServer(directory, made.out)


def outcome(run: Run, name: str, server: LocalServer) -> tuple[int, list[Cause]]:
    done = run("test", name, "--server", server.url, "--json", "--creds-only")
    return done.status, [Cause(**cause) for cause in done.json()["causes"]]


@pytest.mark.slow
def test_the_command_that_is_named_lets_each_of_them_in(sabotaged: Run, tmp_path: Path) -> None:
    run = sabotaged
    server = serve(run, tmp_path / "before")
    commands = []
    for name, _, code in KEPT_OUT + LET_IN:
        status, causes = outcome(run, name, server)
        assert (status, causes[0].code, causes[0].certain) == (
            0 if (name, _, code) in LET_IN else 1,
            code,
            True,
        ), (name, causes)
        _, _, command = causes[0].fix.partition("\n")
        commands.append(shlex.split(command))
    status, causes = outcome(run, SHUT_OUT[0], server)
    assert status == 1
    assert [cause.code for cause in causes[:2]] == ["refusal-not-proved", SHUT_OUT[2]]
    assert not any(f"allow {SHUT_OUT[0]}" in cause.fix for cause in causes)
    server.stop()
    for words in commands:
        assert words[0] == "nkey-wallet"
        mended = run(*words[1:])
        assert mended.status == 0, (words, mended.err)
    server = serve(run, tmp_path / "after")
    for name, _, _ in KEPT_OUT + LET_IN:
        assert outcome(run, name, server) == (0, []), name
    server.stop()
