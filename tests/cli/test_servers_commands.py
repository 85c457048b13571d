"""`servers`, and their names in the place of an address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.server.conftest import Authority
from tests.server.listeners import logged_port
from wallet.system.natsserver import LocalServer


@pytest.fixture
def server(vault: Run, tmp_path: Path) -> Iterator[tuple[str, str, Authority]]:
    """The address and monitoring of a TLS server that knows billing, and who signed it."""
    (tmp_path / "ca").mkdir()
    (tmp_path / "server").mkdir()
    authority = Authority(tmp_path / "ca")
    allowed = vault("config", "billing", "--for", "server").out
    block = authority.issue("localhost").block()
    running = LocalServer(tmp_path / "server", f'{allowed}\n{block}http: "127.0.0.1:-1"\n')
    url = f"tls://localhost:{running.url.rsplit(':', 1)[1]}"
    yield url, f"http://127.0.0.1:{logged_port(running, 'http monitor on')}", authority
    running.stop()


def test_a_name_stands_for_addresses_files_and_monitoring(
    vault: Run, server: tuple[str, str, Authority]
) -> None:
    url, monitor, authority = server
    vault("new", "user", "stranger")
    kept = vault(
        "servers", "add", "prod", "--url", url, "--tls-ca", str(authority.file),
        "--monitor", monitor,
    )  # fmt: skip
    assert kept.status == 0, kept.err
    assert vault("test", "billing", "--server", "prod").status == 0
    refused = vault("test", "stranger", "--server", "prod", "--json").json()
    assert refused["url"] == url
    assert refused["causes"][0]["code"] == "key-unknown"
    assert refused["monitor"]["url"] == monitor
    (listed,) = vault("servers", "--json").json()
    assert {name: listed[name] for name in ("name", "urls", "tls_ca", "tls_cert", "monitor")} == {
        "name": "prod",
        "urls": [url],
        "tls_ca": str(authority.file),
        "tls_cert": "",
        "monitor": monitor,
    }
    assert [(one["ok"], one["server"]) for one in listed["results"]] == [(False, url), (True, url)]
    shown = vault("servers").out
    assert "prod" in shown
    assert "1 of 2 accepted" in shown
    assert "stranger" in shown


def test_a_profile_of_several_servers_is_a_table(vault: Run) -> None:
    urls = ["nats://127.0.0.1:1", "nats://127.0.0.1:2"]
    vault("servers", "add", "both", "--url", urls[0], "--url", urls[1])
    done = vault("test", "billing", "--server", "both", "--json")
    assert [report["url"] for report in done.json()] == urls
    assert "not tested" not in vault("servers").out


def test_a_name_that_nothing_answers_to_leads_to_the_servers_that_have_one(vault: Run) -> None:
    vault("servers", "add", "prod", "--url", "nats://127.0.0.1:1")
    done = vault("test", "billing", "--server", "no-such-profile", "--json")
    assert done.status == 1
    assert [report["code"] for report in done.json()["causes"]] == ["dns"]
    assert "no-such-profile" in done.err
    assert "nkey-wallet servers" in done.err
    for known in ("prod", "no-such-host.invalid"):
        assert "nkey-wallet servers" not in vault("test", "billing", "--server", known).err


def test_a_server_that_is_removed_is_no_longer_known(vault: Run) -> None:
    vault("servers", "add", "gone", "--url", "nats://127.0.0.1:1", "--json")
    vault("servers", "add", "gone", "--url", "nats://127.0.0.1:3")
    assert [one["urls"] for one in vault("servers", "list", "--json").json()] == [
        ["nats://127.0.0.1:3"]
    ]
    assert vault("servers", "remove", "gone").status == 0
    assert vault("servers", "--json").json() == []
    again = vault("servers", "remove", "gone")
    assert again.status == 1
    assert "gone" in again.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["add"],
        ["remove"],
        ["add", "x"],
        ["add", "a b", "--url", "nats://h"],
        ["add", "-", "--url", "nats://h"],
        ["add", "x" * 65, "--url", "nats://h"],
        ["add", "x", "--url", "http://h"],
        ["add", "x", "--url", "nats://h", "--monitor", "nats://h"],
        ["add", "x", "--url", "nats://h", "--tls-cert", "missing"],
        ["add", "x", "--url", "nats://h", "--tls-ca", "missing"],
        ["list", "x"],
    ],
)
def test_what_is_no_server_is_refused_and_not_kept(vault: Run, arguments: list[str]) -> None:
    done = vault("servers", *arguments)
    assert done.status == 2
    assert done.err
    assert vault("servers", "--json").json() == []


def test_an_address_without_a_name_is_listed_too_to_be_forgotten(vault: Run) -> None:
    vault("servers", "add", "prod", "--url", "nats://127.0.0.1:1")
    vault("test", "billing", "--server", "nats://127.0.0.1:2", "--timeout", "1")
    vault("test", "billing", "--server", "prod", "--timeout", "1")
    named, unnamed = vault("servers", "--json").json()
    assert (named["name"], named["kept"]) == ("prod", True)
    assert (unnamed["name"], unnamed["kept"]) == ("", False)
    assert unnamed["urls"] == ["nats://127.0.0.1:2"]
    assert len(unnamed["results"]) == 1
    shown = vault("servers").out
    assert "(no name)  nats://127.0.0.1:2" in shown
    assert vault("servers", "forget", "nats://127.0.0.1:2").status == 0
    assert len(vault("servers", "--json").json()) == 1


@pytest.mark.parametrize("command", ["push", "diff", "pull"])
def test_whose_accounts_are_meant_is_asked_with_the_command_to_type(
    vault: Run, command: str
) -> None:
    vault("new", "operator", "shop")
    vault("servers", "add", "prod", "--url", "nats://127.0.0.1:1")
    done = vault(command, "--server", "prod")
    assert done.status == 2
    assert "Name whose accounts are meant: acme, shop." in done.err
    assert f"nkey-wallet {command} acme --server prod" in done.err
    assert f"nkey-wallet {command} shop --server prod" in done.err


@pytest.mark.parametrize("words", ["push", "diff", "pull", "test billing"])
def test_a_command_that_needs_a_server_names_those_that_are_kept(
    vault: Run, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault("servers", "add", "prod", "--url", "nats://127.0.0.1:1")
    vault("servers", "add", "own", "--url", "nats://127.0.0.1:2")
    done = vault(*words.split())
    assert done.status == 2
    assert "--server own" in done.err
    assert "--server prod" in done.err
    monkeypatch.setenv("NKEY_WALLET_VAULT", "nowhere.nkw")
    done = vault(*words.split())
    assert done.status == 2
    assert "--server" in done.err
