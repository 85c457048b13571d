"""A rehearsal touches nothing outside: no port, no server, no file, and no secret is copied."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.rehearsing import (
    listens_here,
    public,
    temporary,
    told,
    vault,
    write,
)
from wallet.connection.causes.report import Verdict
from wallet.system.natsserver import LocalServer, ServerFailedError
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures


class Traps:
    """Ports that are taken: who would listen on one fails, and who dials one is heard."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def tcp(self) -> int:
        return self._bound(socket.SOCK_STREAM)

    def udp(self) -> int:
        return self._bound(socket.SOCK_DGRAM)

    def _bound(self, kind: socket.SocketKind) -> int:
        made = socket.socket(socket.AF_INET, kind)
        made.bind(("0.0.0.0", 0))
        if kind is socket.SOCK_STREAM:
            made.listen()
        made.setblocking(False)
        self._sockets.append(made)
        return int(made.getsockname()[1])

    def touched(self) -> list[int]:
        found = []
        for trap in self._sockets:
            try:
                trap.accept()[0].close() if trap.type is socket.SOCK_STREAM else trap.recv(1)
            except BlockingIOError:
                continue
            found.append(trap.getsockname()[1])
        return found

    def close(self) -> None:
        for trap in self._sockets:
            trap.close()


@pytest.fixture
def traps() -> Iterator[Traps]:
    made = Traps()
    yield made
    made.close()


def nasty(outside: Path, traps: Traps, users: str, account: str = "A") -> str:
    """Everything that listens, dials, reads or writes, in as many spellings as it has."""
    tcp = traps.tcp
    return f"""
# PORT is used below, and is a setting too in another spelling
my_port = {tcp()}
listen: "0.0.0.0:{tcp()}"
Port: $my_port
HTTP: "0.0.0.0:{tcp()}"
http_port: {tcp()}
monitor_port: {tcp()}
"prof_port": {tcp()}
pid_file: "{outside}/pid"
PidFile = '{outside}/pid2'
ports_file_dir: "{outside}"
log_file: "{outside}/log"; logfile_size_limit: 1KB
debug: true, trace: on
syslog: true
remote_syslog: "udp://127.0.0.1:{traps.udp()}"
server_name: "nasty"
max_connections: 1
tls {{ cert_file: "{outside}/no.crt", key_file: "{outside}/no.key", verify: true }}
jetstream {{ store_dir: "{outside}/js", max_file: 1G, key: "secret-js-key" }}
cluster {{
  name: c, listen: "0.0.0.0:{tcp()}"
  tls {{ cert_file: "{outside}/c.crt", key_file: "{outside}/c.key" }}
  routes = [ "nats-route://u:secret-route@127.0.0.1:{tcp()}" ]
}}
gateway {{ name: c, port: {tcp()}
  gateways: [ {{ name: d, urls: ["nats://127.0.0.1:{tcp()}"] }} ] }}
leafnodes {{
  port: {tcp()}
  remotes: [ {{ url: "nats-leaf://127.0.0.1:{tcp()}", account: {account},
    credentials: "{outside}/leaf.creds"
    tls: {{ ca_file: "{outside}/ca.pem" }}
  }} ]
}}
websocket {{ port: {tcp()}, no_tls: true }}
WS {{ port: {tcp()}, tls: {{ cert_file: "{outside}/w.crt", key_file: "{outside}/w.key" }} }}
mqtt {{ port: {tcp()} }}
account_resolver: URL(http://127.0.0.1:{tcp()}/jwt/v1/accounts)
resolver_tls {{ ca_file: "{outside}/ca.pem" }}
ocsp {{ mode: auto, url: "http://127.0.0.1:{tcp()}" }}
ocsp_cache {{ type: local, local_store: "{outside}/ocsp" }}
{users}
"""


@pytest.mark.parametrize("included", [False, True])
async def test_nothing_outside_is_opened_dialled_or_made(
    vault: Vault, tmp_path: Path, traps: Traps, monkeypatch: pytest.MonkeyPatch, included: bool
) -> None:
    outside, elsewhere = tmp_path / "outside", tmp_path / "elsewhere"
    outside.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    users = f"""accounts {{ A {{ jetstream: enabled, users: [
  {{ nkey: {public(vault, "one")} }}, {{ nkey: {public(vault, "two")} }} ] }}, SYS {{}} }}
authorization {{ timeout: 5 }}
system_account: SYS
"""
    text = nasty(outside, traps, users)
    if included:
        write(tmp_path, text, "conf/all.conf")
        text = "include ./conf/../conf/all.conf\n"
    path = write(tmp_path, text)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    listening: list[list[int]] = []

    found = await rehearse(
        path, vault, on_progress=lambda _done, _all: listening.append(listens_here())
    )

    assert {(row[0], row[1], row[2]) for row in told(found)} == {
        ("one", "accepted", "A"),
        ("two", "accepted", "A"),
    }
    assert found.unknown.verdict is Verdict.REFUSED
    assert traps.touched() == []
    after = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    assert after == before
    assert list(outside.iterdir()) == list(elsewhere.iterdir()) == []
    unjudged = {one.setting for one in found.unjudged}
    assert {"cluster.routes", "leafnodes.remotes[].url", "gateway.gateways[].urls"} <= unjudged
    assert {"jetstream.store_dir", "log_file", "pid_file", "ports_file_dir"} <= unjudged
    assert set(found.left_out) == {"syslog", "remote_syslog", "ocsp", "ocsp_cache"}
    assert found.not_started == ""
    assert {one.door for one in found.doors} == {"client", "websocket", "mqtt", "leafnodes"}
    if sys.platform == "linux":
        assert [len(ports) for ports in listening] == [1, 1, 1], "its own port and no other"


def test_run_as_it_is_that_configuration_does_reach_outside(
    vault: Vault, tmp_path: Path, traps: Traps
) -> None:
    """So that the test above can fail."""
    outside = tmp_path / "outside"
    outside.mkdir()
    text = "\n".join(
        line
        for line in nasty(
            outside, traps, "accounts { A {}, SYS {} }\nsystem_account: SYS"
        ).splitlines()
        if not line.strip().startswith(("tls", "resolver_tls", "ocsp", "WS", "account_resolver"))
    )
    with pytest.raises(ServerFailedError):
        LocalServer(tmp_path, text)
    assert list(outside.iterdir()) != []
