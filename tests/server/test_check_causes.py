"""The rest of the causes, each from a real server or a real listener that is none."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from base64 import urlsafe_b64decode
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from tests.server.conftest import Lender, Serve, ask, codes, ring
from tests.server.listeners import (
    connected,
    full_backlog,
    jwt,
    logged_port,
    says,
    scripted,
    serving,
    unused_port,
)
from wallet.connection.causes.report import Stage, StageStarted, Verdict
from wallet.connection.check.attempt import Event, check
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol import network
from wallet.connection.protocol.message import ProtocolError
from wallet.connection.protocol.target import Target
from wallet.connection.protocol.untrusted_json import json_object
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed, verify
from wallet.system.natsserver import LocalServer

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="as Linux's network stack does it")

# --- servers that judge the key -------------------------------------------------------------


async def test_a_full_account_says_so_and_names_the_key(serve: Serve, user: Seed) -> None:
    with Seed.generate(Kind.USER) as other:
        server = serve(
            f"accounts {{ A {{ limits {{ max_connections: 1 }}, users = [ "
            f"{{ nkey: {user.public} }}, {{ nkey: {other.public} }} ] }} }}"
        )
        async with connected(server.url, other):
            report = await ask(server.url, user)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("account-full", True)]
    assert user.public.text in report.causes[0].why


async def test_a_bare_key_in_operator_mode_is_unknown_or_lacks_a_jwt_and_neither_is_certain(
    serve: Serve, user: Seed
) -> None:
    with Seed.generate(Kind.OPERATOR) as operator, Seed.generate(Kind.ACCOUNT) as account:
        system = account.public.text
        server = serve(
            f"operator: {jwt(operator, operator, 'operator', system_account=system)}\n"
            f"system_account: {system}\nresolver: MEMORY\n"
            f"resolver_preload: {{ {system}: {jwt(operator, account, 'account')} }}\n"
        )
        report = await ask(server.url, user)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("key-unknown", False), ("jwt-missing", False)]
    assert user.public.text in report.causes[0].why
    assert "operator" in report.causes[1].why


def gave_up(server: LocalServer) -> bool:
    """Whether a server has waited for credentials as long as it does."""
    return "Authentication Timeout" in server.log.read_text(encoding="utf-8")


async def test_an_answer_that_comes_too_late_is_told_as_such(serve: Serve, user: Seed) -> None:
    users = f"users = [ {{ nkey: {user.public} }} ]"
    server = serve(f"debug: true, authorization {{ timeout: 0.2, {users} }}")

    def dawdle(event: Event) -> None:
        deadline = time.monotonic() + 30
        while event == StageStarted(Stage.AUTHENTICATE) and not gave_up(server):
            assert time.monotonic() < deadline, "the server waits on"
            time.sleep(0.02)

    report = await check(
        Server(Target.parse(server.url)), user.public, ring(Lender(user)), CheckOptions(40), dawdle
    )
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("auth-timeout", True)]
    assert "Authentication Timeout" in report.causes[0].why


async def test_an_unknown_key_beside_no_auth_user_is_never_a_success(
    serve: Serve, user: Seed
) -> None:
    with Seed.generate(Kind.USER) as known:
        server = serve(
            "accounts { GUESTS { users = [ { user: guest, password: guest } ] }, "
            f"REAL {{ users = [ {{ nkey: {known.public} }} ] }} }}\nno_auth_user: guest"
        )
        report = await ask(server.url, user)
    assert not report.ok
    first = report.causes[0]
    assert (first.code, first.certain) in {("key-unknown", False), ("accepted-as-other", True)}
    assert user.public.text in first.why


async def test_an_account_key_let_in_as_no_auth_user_is_told_apart(
    serve: Serve, user: Seed, program: str | None
) -> None:
    server = serve(
        "accounts { GUESTS { users = [ { user: guest, password: guest }, "
        f"{{ nkey: {user.public} }} ] }} }}\nno_auth_user: guest"
    )
    with Seed.generate(Kind.ACCOUNT) as account:
        report = await ask(server.url, account)
        named = account.public.text
    assert report.verdict is Verdict.UNCHECKED
    # An older server does not tell as whom.
    told = program is None
    assert codes(report) == [("accepted-as-other", told), ("key-wrong-kind", True)]
    assert ("“guest”" in report.causes[0].why) is told
    assert ("“GUESTS”" in report.causes[0].why) is told
    assert named in report.causes[1].why


# --- ports that are not for clients ------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["nats", "tls"])
async def test_the_monitoring_port_tells_which_port_to_use(
    serve: Serve, user: Seed, scheme: str
) -> None:
    server = serve('http: "127.0.0.1:-1"')
    port = logged_port(server, "http monitor on")
    report = await ask(f"{scheme}://127.0.0.1:{port}", user, timeout=3)
    assert codes(report) == [("http-port", True)]
    assert str(port) in report.causes[0].why
    assert server.url.replace("nats://", f"{scheme}://") in report.causes[0].fix


@pytest.mark.parametrize(
    ("banner", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", ("not-nats", True)),
        (b"220 mail.example ESMTP\r\n", ("not-nats", True)),
        (b"+PONG\r\n", ("not-nats", True)),
        (b"", ("not-nats", True)),
    ],
)
async def test_another_protocols_banner_is_no_nats_server(
    user: Seed, banner: bytes, code: tuple[str, bool]
) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        await writer.drain()

    async with serving(greet) as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=3)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == [code]
    assert f"127.0.0.1:{port}" in report.causes[0].why


async def test_a_web_server_is_told_from_nats_monitoring(user: Seed) -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await reader.read()  # keeps the connection open, as HTTP/1.1 does

    async with serving(web) as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=3)
    assert codes(report) == [("http-port", True)]
    assert "web server" in report.causes[0].why


# --- networks ----------------------------------------------------------------------------------


@only_linux
async def test_a_port_that_drops_what_is_sent_is_a_timeout(user: Seed) -> None:
    with full_backlog("127.0.0.1") as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=0.5)
    assert codes(report) == [("timeout", True)]
    assert f"127.0.0.1:{port}" in report.causes[0].why
    assert "0.5 seconds" in report.causes[0].why


@only_linux
async def test_an_address_without_a_route_is_unreachable(user: Seed) -> None:
    report = await ask("nats://255.255.255.255:4222", user, timeout=3)
    assert codes(report) == [("unreachable", True)]
    assert "255.255.255.255:4222" in report.causes[0].why


@only_linux
async def test_a_dead_address_does_not_keep_the_next_from_being_tried() -> None:
    with full_backlog("127.0.0.2") as port:
        async with serving(says(b"hello\r\n"), port):
            async with asyncio.timeout(20):
                wire, address = await network.dial(["127.0.0.2", "127.0.0.1"], port)
            assert address == "127.0.0.1"
            assert await wire.line() == b"hello"
            await wire.close()


async def test_a_refusal_is_what_is_told_of_several_failed_addresses() -> None:
    with pytest.raises(ConnectionRefusedError):
        await network.dial(["255.255.255.255", "127.0.0.1"], unused_port())


def test_a_name_server_that_hangs_keeps_nobody_waiting(
    user: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even at the end of the program, where asyncio waits for its own threads."""
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "gave up")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        report = asyncio.run(ask("nats://nats.example:4222", user, timeout=0.3))
        assert not release.is_set()
        waiting = [thread for thread in threading.enumerate() if thread.name == "resolve"]
        assert waiting
        assert all(thread.daemon for thread in waiting)
    finally:
        release.set()
    assert codes(report) == [("dns", True)]
    assert "nats.example" in report.causes[0].why


# --- what is said, and what is not -----------------------------------------------------------


async def test_the_handshake_is_what_a_client_says_and_its_signature_is_right(user: Seed) -> None:
    said: dict[str, object] = {}

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"PXoWU7zWAMt75FY","auth_required":true}\r\n')
        said.update(json.loads((await reader.readline()).removeprefix(b"CONNECT ")))

    async with serving(server) as port:
        await ask(f"nats://127.0.0.1:{port}", user, timeout=5)
    signature = said.pop("sig")
    assert isinstance(signature, str)
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert verify(user.public, b"PXoWU7zWAMt75FY", raw)
    assert isinstance(said.pop("version"), str)
    assert said == {
        "verbose": False, "pedantic": False, "tls_required": False, "lang": "python",
        "name": "nkey-wallet", "protocol": 1, "echo": True, "headers": True,
        "no_responders": True, "nkey": user.public.text,
    }  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.USER])
async def test_a_key_that_is_no_users_signs_nothing(kind: Kind) -> None:
    got = bytearray()

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"PXoWU7zWAMt75FY","auth_required":true}\r\n')
        got.extend(await reader.readline())
        writer.write(b"-ERR 'Authorization Violation'\r\n")

    with Seed.generate(kind) as seed:
        async with serving(server) as port:
            report = await ask(f"nats://127.0.0.1:{port}", seed, timeout=5)
        assert seed.public.text.encode() not in got
    assert b"CONNECT" in got
    assert b'"sig"' not in got
    assert codes(report) == [("key-wrong-kind", True)]


@pytest.mark.parametrize("nonce", ["eyJ0eXAiOiJKV1Q.eyJzdWIiOiJV", "A" * 65, "two words", "ü", 7])
async def test_what_is_no_nonce_is_never_signed(user: Seed, nonce: object) -> None:
    """A server must not get a signature that means something elsewhere, such as on a JWT."""
    got = bytearray()

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps({"nonce": nonce}).encode() + b"\r\n")
        got.extend(await reader.read(4096))

    async with serving(server) as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=3)
    assert report.verdict is Verdict.FAILED
    assert b"sig" not in got
    assert user.public.text.encode() not in got


async def test_a_server_that_is_shutting_down_is_named_first(user: Seed) -> None:
    report = await scripted(
        user, b'INFO {"server_name":"n3","nonce":"abc","auth_required":true,"ldm":true}\r\n'
    )
    assert report.verdict is Verdict.FAILED
    assert report.causes[0].code == "lame-duck"
    assert "n3" in report.causes[0].why


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"-ERR 'User Authentication Expired'", ("jwt-expired", True)),
        (b"-ERR 'Account Authentication Expired'", ("account-expired", True)),
        (b"-ERR 'User Authentication Revoked'", ("jwt-revoked", True)),
        (b"-ERR 'Unknown Protocol Operation'", ("protocol", True)),
    ],
)
async def test_what_a_server_says_after_letting_in_counts(
    user: Seed, said: bytes, cause: tuple[str, bool]
) -> None:
    info = b'INFO {"nonce":"abc","auth_required":true}\r\n'
    report = await scripted(user, info, b"PONG\r\n" + said + b"\r\n")
    assert not report.ok
    assert codes(report) == [cause]


async def test_what_speaks_something_else_after_its_pong_is_no_success(user: Seed) -> None:
    info = b'INFO {"nonce":"abc","auth_required":true}\r\n'
    report = await scripted(user, info, b"PONG\r\nHTTP/1.1 200 OK\r\n")
    assert report.verdict is Verdict.FAILED
    assert codes(report) == [("protocol", True)]


async def test_a_check_that_is_given_up_leaves_no_seed_open(user: Seed) -> None:
    lender = Lender(user)
    reached = asyncio.Event()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"abc","auth_required":true}\r\n')
        await reader.readline()
        reached.set()
        await reader.read()

    async with serving(greets) as port:
        target = Target("127.0.0.1", port, tls=False)
        task = asyncio.create_task(
            check(Server(target), user.public, ring(lender), CheckOptions(60))
        )
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(lender.lent) == 1
    assert lender.all_wiped


async def test_a_tls_handshake_that_never_ends_is_a_timeout(user: Seed) -> None:
    async def greet_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"abc","tls_required":true}\r\n')
        while await reader.read(4096):
            pass

    async with serving(greet_only) as port:
        report = await ask(f"tls://127.0.0.1:{port}", user, timeout=0.7)
    assert codes(report) == [("timeout", False)]
    assert f"127.0.0.1:{port}" in report.causes[0].why


@pytest.mark.parametrize("size", [b"1048577", b"99999999999999999999", b"-1", b"0x10"])
async def test_a_message_of_an_impossible_size_is_not_waited_for(user: Seed, size: bytes) -> None:
    info = b'INFO {"nonce":"abc","auth_required":true}\r\n'
    report = await scripted(user, info, b"MSG a 1 " + size + b"\r\n")
    assert codes(report) == [("protocol", True)]
    assert "size" in report.causes[0].why


def test_json_may_be_twenty_deep_and_no_deeper() -> None:
    deepest = b'{"a":' * 20 + b"1" + b"}" * 20
    assert json_object(deepest)
    for hostile in (b'{"a":' + deepest + b"}", b"[" * 100_000, b"[]", b"", b"\xff"):
        with pytest.raises(ProtocolError):
            json_object(hostile)


async def test_a_name_with_many_addresses_is_tried_at_each(
    user: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = unused_port()

    async def leads_to(_host: str, _port: int) -> list[str]:
        return [f"127.0.1.{number}" for number in range(1, 31)] + ["127.0.0.1"]

    monkeypatch.setattr(network, "resolve", leads_to)
    async with serving(says(b"hello\r\n"), port):
        report = await ask(f"nats://many.test:{port}", user, timeout=5)
    assert codes(report)[0][0] == "not-nats"


@only_linux
async def test_that_nothing_listens_is_certain_only_where_each_address_said_so(
    user: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ["127.0.0.1", "::1"]

    async def leads_to(_host: str, _port: int) -> list[str]:
        return list(addresses)

    monkeypatch.setattr(network, "resolve", leads_to)
    address = f"nats://both.test:{unused_port()}"
    every = await ask(address, user, timeout=5)
    assert codes(every) == [("refused", True)]
    addresses[1] = "255.255.255.255"
    some = await ask(address, user, timeout=5)
    assert codes(some) == [("refused", False)]
    assert "1 of 2" in some.causes[0].why


@pytest.mark.parametrize("address", ["::1", "nats://::1:4222", "tls://fe80::1"])
def test_an_ipv6_address_without_brackets_is_told_to_want_them(address: str) -> None:
    with pytest.raises(UsageError, match=r"\[::1\]"):
        Target.parse(address)
    assert Target.parse("nats://[::1]:4222").host == "::1"


def link_local() -> str:
    """An address of this machine that only its network's name makes whole; none: skip."""
    try:
        lines = Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except OSError:
        lines = []
    for line in lines:
        digits, *_, name = line.split()
        if digits.startswith("fe80"):
            return f"{IPv6Address(int(digits, 16))}%{name}"
    pytest.skip("no link-local address here")


async def test_an_address_of_one_network_that_is_not_named_is_told_to_want_it(
    user: Seed,
) -> None:
    report = await ask("[fe80::1]:4222", user, timeout=5)
    assert codes(report) == [("unreachable", True)]
    assert "within one network" in report.causes[0].why
    assert "[fe80::1%eth0]:4222" in report.causes[0].fix
    assert Target.parse("nats://[fe80::1%25eth0]:4222").host == "fe80::1%eth0"


async def test_an_address_of_one_network_alone_is_dialled_there() -> None:
    address = link_local()
    listening = socket.create_server(("::", 0), family=socket.AF_INET6)
    with listening:
        port = listening.getsockname()[1]
        addresses = await network.resolve(address, port)
        assert addresses == [address]
        wire, dialled = await network.dial(addresses, port)
        await wire.close()
    assert dialled == address
    assert Target.parse(f"nats://[{address}]:4222").host == address
