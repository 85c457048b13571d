"""A configuration with which nats-server does not start is found, though `-t` takes it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.server.rehearsing import public, temporary, told, vault, write
from wallet.connection.rehearsal import sandbox
from wallet.connection.rehearsal.sandbox import Sandbox
from wallet.errors import ConfigurationError
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures

# What is set, and a few of the server's words when it does not start. None of it is found by
# `nats-server -t`, but what is marked.
NOT_STARTING = [
    ("cluster { name: north, port: -1 }\ngateway { name: south, port: -1 }", "cluster name"),
    ("websocket { port: -1 }", "websocket requires TLS"),
    ("websocket { port: -1, no_tls: true, no_auth_user: nobody }", "no_auth_user"),
    ("websocket { port: -1, no_tls: true, token_cookie: t, jwt_cookie: j }", "trusted operators"),
    ("jetstream {}\ncluster { name: n, port: -1, routes: [nats://127.0.0.1:1] }", "server_name"),
    ("jetstream { domain: 'a.b' }", "domain"),
    ("server_name: s\nmqtt { port: -1 }", "JetStream"),
    ("server_name: s\njetstream {}\nmqtt { port: -1, ack_wait: '-1s' }", "ack"),
    ("lame_duck_duration: '30s'\nlame_duck_grace_period: '40s'", "lame duck grace period"),
    ("max_payload: 9MB\nmax_pending: 8MB", "max_payload"),
    ("http: 8222\nhttps: 8223", "can't specify both"),
    ("https: 8223", "TLS"),
    ("gateway { port: -1 }", "gateway"),
    ("gateway { name: a, port: -1, gateways: [ { name: b } ] }", "gateway"),
    ("leafnodes { remotes: [ { url: nats://h:1, account: GONE } ] }", "GONE"),
    ("leafnodes { port: -1, authorization { account: GONE } }", "GONE"),
    ("leafnodes { remotes: [ { urls: [nats://h:1, ws://h:2] } ] }", "mix of websocket"),
    ("leafnodes { port: -1, min_version: 2.7.0 }", "minimum version"),
    ("system_account: GONE", "account missing"),
    ("no_auth_user: gone", "gone"),
    ("port: 4222\nhttp_port: 4222", "address already in use"),
    ("port: 70000", "invalid port"),
    ("cluster { name: c, port: 4222 }", "address already in use"),
    ("cluster { name: c, port: -1, compression: fastest }", "compression"),
    ("resolver { type: full, dir: './jwt' }", "no operator is named"),
]


@pytest.mark.parametrize(("text", "said"), NOT_STARTING)
async def test_what_does_not_start_is_told_in_the_servers_words(
    vault: Vault, tmp_path: Path, text: str, said: str
) -> None:
    users = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    path = write(tmp_path, users + text)
    with pytest.raises(ConfigurationError) as refused:
        await rehearse(path, vault)
    assert str(path) in str(refused.value)
    assert "nats-server says" in str(refused.value)
    assert said in str(refused.value)
    assert "place-" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "port: 4222\ncluster { name: c, port: 6222 }\nhttp: 8222\nleafnodes { port: 7422 }",
        "host: 10.255.0.1\nlisten: '10.255.0.1:4222'\nclient_advertise: 'example.com:4222'",
        "host: 10.1.1.1\nport: 4222\nhttp: '10.1.1.2:4222'",
        "leafnodes { remotes: [ { url: 'nats://east:p1@h:1' }, { url: 'nats://west:p2@h:1' } ] }",
        "leafnodes { remotes: [ { url: 'nats://t1@h:1' }, { url: 'nats://t2@h:1' } ] }",
        "leafnodes { remotes: [ { url: 'tls://h:1', credentials: '/none/a' },"
        " { url: 'tls://h:1', credentials: '/none/b' } ] }",
        "server_name: s\njetstream { store_dir: /none, max_mem: 1M, max_file: 1M, domain: d }",
        "server_name: s\njetstream { key: k, cipher: aes }\n"
        "cluster { name: c, listen: '0.0.0.0:6222', routes: ['nats-route://u:p@other:6222'] }",
        "gateway { name: g, port: 7222, gateways: [ { name: h, url: 'nats://elsewhere:7222' } ] }",
        "server_name: s\njetstream {}\nmqtt { port: 1883 }",
        "websocket { port: 443, tls { cert_file: /none.crt, key_file: /none.key } }",
        "tls { cert_file: /none.crt, key_file: /none.key, ca_file: /none.ca, verify: true }",
        "lame_duck_duration: '60s'\nlame_duck_grace_period: '5s'\nmax_payload: 8MB",
        "https: 8443\ntls { cert_file: /none.crt, key_file: /none.key }",
        "log_file: /none/log\npid_file: /none/pid\nports_file_dir: /none\nprof_port: 6060",
        "resolver: MEMORY",
        "resolver: URL(http://none.example/jwt/v1/accounts/)",
        "ocsp: true\nocsp_cache: true",
    ],
)
async def test_what_starts_where_it_belongs_starts_here(
    vault: Vault, tmp_path: Path, text: str
) -> None:
    users = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    found = await rehearse(write(tmp_path, users + text), vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    assert found.not_started == ""
    assert [one.entry.value for one in found.doors if one.door == "client"] == ["refused"]


async def test_two_remotes_that_are_the_same_stay_the_same(vault: Vault, tmp_path: Path) -> None:
    text = "leafnodes { remotes: [ { url: 'nats://a:p@h:1' }, { url: 'nats://a:p@h:1' } ] }"
    with pytest.raises(ConfigurationError, match="duplicate remote"):
        await rehearse(write(tmp_path, text), vault)


@pytest.mark.parametrize(
    ("text", "setting", "why"),
    [
        ("host: 10.1.2.3", "host", "address"),
        ("listen: 'db.example:4222'", "listen", "address"),
        ("cluster { name: c, port: -1, routes: [nats://a:1] }", "cluster.routes", "contacted"),
        ("jetstream { store_dir: /none }", "jetstream.store_dir", "empty directory"),
        ("log_file: /none", "log_file", "written"),
        ("remote_syslog: 'udp://a:514'", "remote_syslog", "sent"),
        ("ocsp: true", "ocsp", "responder"),
        (
            "leafnodes { remotes: [ { url: tls://a, creds: /none } ] }",
            "leafnodes.remotes[].creds",
            "read",
        ),
    ],
)
async def test_what_cannot_be_judged_is_named_with_its_place_and_the_reason(
    vault: Vault, tmp_path: Path, text: str, setting: str, why: str
) -> None:
    path = write(tmp_path, f"\n{text}\n")
    found = await rehearse(path, vault)
    named = [one for one in found.unjudged if one.setting == setting]
    assert [(one.file, one.line) for one in named] == [(str(path), 2)]
    assert why in named[0].why
    assert any(setting in line and named[0].why in line for line in found.summary)


@pytest.mark.parametrize("url", ["nats://hub%E4.example:4222", "hub.example:1", "nats://h ost:1"])
async def test_an_address_that_is_not_understood_is_not_started_and_it_says_so(
    vault: Vault, tmp_path: Path, url: str
) -> None:
    if " " in url:  # Go does not take it for an address either
        with pytest.raises(ConfigurationError, match="line 1: nats-server says"):
            await rehearse(write(tmp_path, remote_at(url)), vault)
        return
    found = await rehearse(write(tmp_path, remote_at(url)), vault)
    assert "server.conf line 1" in found.not_started
    assert found.doors == ()
    assert any("was not started" in line for line in found.summary)


def remote_at(url: str) -> str:
    return f'leafnodes {{ remotes: [ {{ url: "{url}" }} ] }}\n'


async def test_a_server_without_a_door_for_anybody_has_no_warning(vault: Vault) -> None:
    text = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    assert (await rehearse(text, vault)).flaws == ()


@pytest.mark.parametrize(
    ("text", "door", "whom"),
    [
        ("websocket { port: -1, no_tls: true, no_auth_user: guest }", "websocket", "guest"),
        ("no_auth_user: guest\nwebsocket { port: -1, no_tls: true }", "client", "guest"),
        ("no_auth_user: guest\nwebsocket { port: -1, no_tls: true }", "websocket", "guest"),
        (
            "websocket { port: -1, tls { cert_file: a, key_file: b }, no_auth_user: guest }",
            "websocket",
            "guest",
        ),
        (
            "server_name: s\njetstream {}\nmqtt { port: -1, no_auth_user: guest }",
            "mqtt",
            "guest",
        ),
        ("no_auth_user: guest\ntls { cert_file: a, key_file: b }", "client", "guest"),
        (
            "no_auth_user: guest\ntls { cert_file: a, key_file: b, handshake_first: true }",
            "client",
            "guest",
        ),
    ],
)
async def test_a_door_that_lets_in_who_shows_nothing_is_a_warning(
    vault: Vault, tmp_path: Path, text: str, door: str, whom: str
) -> None:
    accounts = f"""accounts {{
  A {{ jetstream: {"enabled" if "jetstream" in text else "disabled"}
    users: [ {{ nkey: {public(vault, "one")} }}, {{ user: guest, password: g }} ] }} }}
"""
    found = await rehearse(write(tmp_path, accounts + text), vault)
    assert ("one", "accepted", "A", "") in told(found)
    warned = [flaw for flaw in found.flaws if flaw.code == f"anybody-{door}"]
    assert len(warned) == 1, found.doors
    assert not warned[0].fatal
    assert warned[0].line > 0
    assert ("“guest”" in warned[0].why) == (whom == "guest")


async def test_a_server_without_any_users_is_open_at_the_leaf_nodes_port_too(
    vault: Vault,
) -> None:
    found = await rehearse("leafnodes { port: -1 }\n", vault)
    assert [flaw.code for flaw in found.flaws] == ["anybody-leafnodes"]


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("websocket { port: -1, no_tls: true }", "websocket"),
        ("server_name: s\njetstream {}\nmqtt { port: -1 }", "mqtt"),
        ("leafnodes { port: -1, authorization { user: u, password: p } }", "leafnodes"),
        ("tls { cert_file: a, key_file: b, ca_file: c, verify: true }", "client"),
    ],
)
async def test_a_door_that_asks_for_something_is_none(
    vault: Vault, tmp_path: Path, text: str, door: str
) -> None:
    users = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    found = await rehearse(write(tmp_path, users + text), vault)
    assert {one.door: one.entry.value for one in found.doors}[door] == "refused", found.doors
    assert not [flaw for flaw in found.flaws if flaw.code.startswith("anybody")]


async def test_a_leaf_remotes_seed_is_judged_by_its_form(vault: Vault, tmp_path: Path) -> None:
    def remote(seed: str) -> str:
        return f'leafnodes {{ remotes: [ {{ url: "tls://h:1", nkey: "{seed}" }} ] }}\n'

    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.ACCOUNT) as account:
        right, wrong = user.encode().decode(), account.encode().decode()
    assert (await rehearse(write(tmp_path, remote(right)), vault)).not_started == ""
    for bad in (wrong, right[:-1], f"{right[:-1]}{'A' if right[-1] != 'A' else 'B'}"):
        with pytest.raises(ConfigurationError, match="not a valid seed") as refused:
            await rehearse(write(tmp_path, remote(bad)), vault)
        assert right[:20] not in str(refused.value)
        assert wrong[:20] not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nping_interval: 120\n", "should be converted to a duration"),
        ("\ncluster { name: c, port: -1, ping_interval: '2h' }\n", "will reset to"),
        ("\nauthorization { timeout: 70 }\n", "is high"),
    ],
)
async def test_what_the_server_only_warns_of_is_no_mistake(
    vault: Vault, tmp_path: Path, text: str, said: str
) -> None:
    users = f"accounts {{ A {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }} }}\n"
    path = write(tmp_path, users + text)
    found = await rehearse(path, vault)
    assert told(found) == [("one", "accepted", "A", "")]
    assert found.ok
    (flaw,) = found.flaws
    assert (flaw.code, flaw.fatal, flaw.file, flaw.line) == ("server-warning", False, str(path), 3)
    assert said in flaw.why


async def test_of_a_port_that_is_set_twice_the_one_that_opened_is_tried(
    vault: Vault, tmp_path: Path
) -> None:
    """nats-server takes either of the two, by chance."""
    users = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    path = write(tmp_path, f"{users}listen: '127.0.0.1:-1'\nport: -1\n")
    for _ in range(8):
        found = await rehearse(path, vault)
        assert [(door.door, door.entry.value) for door in found.doors] == [("client", "refused")]


async def test_a_trace_without_a_destination_is_no_mistake(vault: Vault, tmp_path: Path) -> None:
    users = f"users: [ {{ nkey: {public(vault, 'one')} }} ]"
    path = write(tmp_path, f"accounts {{ A {{ {users}\nmsg_trace {{ sampling: 50 }} }} }}\n")
    found = await rehearse(path, vault)
    assert told(found) == [("one", "accepted", "A", "")]
    (flaw,) = found.flaws
    assert (flaw.code, flaw.fatal, flaw.line) == ("server-warning", False, 2)
    assert "since no destination was set" in flaw.why


@pytest.mark.parametrize(
    ("text", "verdicts", "code"),
    [
        ("max_connections: 0", {"refused"}, "server-full"),
        ("max_conn: -5", {"refused"}, "server-full"),
        ("max_connections: 1", {"accepted"}, ""),
        ("max_control_line: 10", {"refused"}, "protocol"),
    ],
)
async def test_a_server_that_takes_no_connection_takes_no_key(
    vault: Vault, tmp_path: Path, text: str, verdicts: set[str], code: str
) -> None:
    keys = ", ".join(f"{{ nkey: {public(vault, name)} }}" for name in ("one", "two"))
    path = write(tmp_path, f"{text}\nauthorization {{ users: [ {keys} ] }}\n")
    found = await rehearse(path, vault)
    rows = [row for row in found.rows if row.listed]
    assert {row.verdict.value for row in rows} == verdicts
    assert {row.cause.code if row.cause else "" for row in rows} == {code}


@pytest.mark.parametrize(
    ("limit", "verdict"), [("0", "refused"), ("-1", "accepted"), ("1", "accepted")]
)
async def test_an_account_that_takes_no_connection_takes_no_key(
    vault: Vault, tmp_path: Path, limit: str, verdict: str
) -> None:
    users = f"users: [ {{ nkey: {public(vault, 'one')} }} ]"
    limits = f"limits {{ max_connections: {limit}, max_subs: 1 }}"
    path = write(tmp_path, f"accounts {{ A {{ {users}, {limits} }} }}\n")
    found = await rehearse(path, vault)
    (row,) = (row for row in found.rows if row.listed)
    assert row.verdict.value == verdict
    assert (row.cause.code if row.cause else "") == ("account-full" if limit == "0" else "")


async def test_a_port_that_somebody_took_meanwhile_is_no_mistake(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By taking it in the moment in which it is let go."""
    release = Sandbox.release
    taken: list[socket.socket] = []

    def release_and_take(self: Sandbox) -> None:
        release(self)
        if not taken:
            taken.append(socket.create_server(("127.0.0.1", self._ports[0][2])))

    monkeypatch.setattr(Sandbox, "release", release_and_take)
    text = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    found = await rehearse(text, vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    for made in taken:
        made.close()


async def test_a_server_that_takes_too_much_memory_is_ended_and_it_says_so(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a bound below what any nats-server takes."""
    monkeypatch.setattr(sandbox, "MEMORY", 1 << 20)
    monkeypatch.setattr(sandbox, "MEMORY_FOR_EACH_BYTE", 0)
    with pytest.raises(ConfigurationError, match="memory with it and was ended"):
        await rehearse(write(tmp_path, "server_name: s\njetstream {}\n"), vault)


async def test_creds_and_a_directory_that_are_written_alike_are_two(
    vault: Vault, tmp_path: Path
) -> None:
    text = 'leafnodes { remotes: [ { url: "tls://h:1", creds: here } ] }\n'
    found = await rehearse(write(tmp_path, text + "jetstream { store_dir: here }\n"), vault)
    assert found.not_started == ""
