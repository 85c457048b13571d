"""Servers that stand behind one address: a push speaks to one of them, and clients meet any."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House, add
from tests.deployment.test_hostile_answers import vault as vault
from tests.deployment.test_lying_servers import Fake, pushed
from tests.server.conftest import Authority
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.revocations import revoke
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@contextmanager
def relay(*urls: str, at: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port behind which these servers answer in turn; it runs in threads of its own."""
    targets = cycle(Target.parse(url) for url in urls)
    listener = socket.create_server((at, port))
    ends: list[socket.socket] = []

    def pipe(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                target = next(targets)
                server = socket.create_connection((target.host, target.port))
                ends.extend((client, server))
                for pair in ((client, server), (server, client)):
                    threads.append(threading.Thread(target=pipe, args=pair))
                    threads[-1].start()

    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        threads[0].join(5)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        for end in (*ends, listener):
            end.close()


@pytest.fixture
def two_at(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name of two network addresses, as a name server would tell it."""
    look_up = socket.getaddrinfo

    def answers(host: Any, *args: Any, **more: Any) -> list[Any]:
        hosts = ["127.0.0.1", "127.0.0.2"] if host == "two.test" else [host]
        return [entry for one in hosts for entry in look_up(one, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    return "two.test"


def changes(house: House) -> None:
    """Revoke one whose seed is not here, as of another machine: no user is let try."""
    time.sleep(1.1)
    stranger = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
    assert house.call("revoke", stranger, "--under", "acme/orders").status == 0


def proof(house: House, url: str, *more: str) -> tuple[bool, str]:
    """Push orders there: whether that is proved, and all that is told."""
    done = house.call("push", "acme/orders", "--server", url, *more)
    unproved = house.record("acme/orders").unproved
    assert (done.status == 0) is not unproved
    return not unproved, done.out + done.err


def test_a_push_to_one_of_two_servers_behind_a_proxy_proves_nothing_of_that_address(
    house: House,
) -> None:
    one, other = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    changes(house)
    with relay(one.url, other.url) as port:
        url = f"nats://127.0.0.1:{port}"
        is_proved, words = proof(house, url)
        assert not is_proved, words
        assert f"greets clients at 127.0.0.1:{port}" in words
        assert house.call("diff", "acme/orders", "--server", url).status == 1
        # By addresses of their own both have it, and then the shared one as well.
        assert proof(house, f"{one.url},{other.url},{url}")[0]


def test_a_push_to_the_first_address_of_a_name_proves_nothing_of_the_second(
    house: House, two_at: str
) -> None:
    one, other = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    port = Target.parse(one.url).port
    changes(house)
    with relay(other.url, at="127.0.0.2", port=port):
        is_proved, words = proof(house, f"nats://{two_at}:{port}")
    assert not is_proved, words
    assert "127.0.0.2" in words


def test_a_second_address_where_the_same_server_answers_or_nobody_is_no_reason_to_doubt(
    house: House, two_at: str
) -> None:
    one = house.server("n1", "acme/orders")
    port = Target.parse(one.url).port
    changes(house)
    assert proof(house, f"nats://{two_at}:{port}")[0]
    changes(house)
    with relay(one.url, at="127.0.0.2", port=port):
        assert proof(house, f"nats://{two_at}:{port}")[0]


@pytest.mark.newer_server
def test_a_cluster_behind_a_proxy_is_proved_whole(house: House) -> None:
    servers = house.cluster(2)
    with relay(*(server.url for server in servers)) as port:
        url = f"nats://127.0.0.1:{port}"
        house.push("acme/orders", "--server", url)
        time.sleep(1.1)
        assert house.call("revoke", "laptop").status == 0
        told = house.push("acme/orders", "--server", url)
    assert told["ok"], told
    assert [user["refused"] for user in told["orders"]["users"]] == [True]


@pytest.mark.newer_server("handshake_first came with 2.10")
def test_servers_that_greet_after_tls_are_told_apart_too(
    house: House, authority: Authority
) -> None:
    block = authority.issue("127.0.0.1").block("handshake_first: true")
    one = house.server("n1", "acme/orders", more=block)
    other = house.server("n2", "acme/orders", more=block)
    changes(house)
    with relay(one.url, other.url) as port:
        is_proved, words = proof(house, f"tls://127.0.0.1:{port}", "--tls-ca", str(authority.file))
    assert not is_proved, words
    assert f"greets clients at 127.0.0.1:{port}" in words


@pytest.mark.parametrize(
    "words",
    [("acme/orders/laptop", "--beside", "billing"), ("acme/orders/laptop",), ("acme/orders",)],
    ids=["beside another", "by an experiment", "with all of its account"],
)
def test_a_refusal_by_one_of_two_servers_behind_a_proxy_is_no_proof_of_a_revocation(
    house: House, words: tuple[str, ...]
) -> None:
    time.sleep(1.1)
    old = house.server("n1", "acme/orders")
    assert house.call("revoke", "laptop").status == 0
    new = house.server("n2", "acme/orders")
    more = ("--experiment",) if len(words) == 1 and "laptop" in words[0] else ()
    with relay(*[new.url] * 2, old.url) as port:  # whoever comes third is let in
        url = f"nats://127.0.0.1:{port}"
        for _ in range(3):
            done = house.call("test", *words, *more, "--server", url, "--timeout", "2")
            assert house.record("acme/orders").unproved, done
            assert "That is right" not in done.out
    time.sleep(1.1)
    assert house.call("push", "acme/orders", "--server", f"{old.url},{new.url}").status == 0
    for server in (old, new):
        done = house.call("test", *words, *more, "--server", server.url)
        assert "That is right" in done.out or "1 of 1 refused, as they should be" in done.out


@pytest.mark.newer_server
def test_what_somebody_expects_to_be_refused_is_not_proved_by_one_of_two_servers(
    house: House,
) -> None:
    old, new = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    elsewhere = house.copy("elsewhere")
    time.sleep(1.1)
    assert elsewhere.call("revoke", "laptop").status == 0
    assert elsewhere.push("acme/orders", "--server", new.url)["ok"]
    words = ("test", "acme/orders/laptop", "--expect", "refused", "--beside", "billing")
    with relay(*[new.url] * 2, old.url) as port:
        done = house.call(*words, "--server", f"nats://127.0.0.1:{port}")
    assert done.status == 1, done
    assert "others greet clients at this address" in done.out
    assert house.call(*words, "--server", new.url).status == 0


def test_servers_that_are_tested_at_addresses_of_their_own_leave_the_shared_one_in_no_doubt(
    house: House,
) -> None:
    time.sleep(1.1)
    assert house.call("revoke", "laptop").status == 0
    one, other = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    with relay(one.url) as port:
        url = f"nats://127.0.0.1:{port}"
        told = house.call("test", "acme/orders", "--server", f"{url},{other.url}", "--json").json()
    assert [report["as_wanted"] for report in told] == [True] * 4, told


AFTER_ALL = "2999-01-01T00:00:00Z"


class Refusing(Fake):
    """A server that ends the connection of one user with these words."""

    def __init__(self, own: str, tokens: dict[str, str], user: str, words: bytes) -> None:
        super().__init__(own, tokens)
        self._user, self._words = user.encode(), words

    async def answers_connect(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        if self._user in line:
            writer.write(b"-ERR '" + self._words + b"'\r\n")
            writer.close()


@pytest.mark.parametrize(("words", "refused"), [
    (b"Authorization Violation", True),
    (b"maximum connections exceeded", None),
    (b"Authentication Timeout", None),
])  # fmt: skip
async def test_a_server_that_is_full_or_too_slow_refused_no_revoked_user(
    vault: Path, words: bytes, refused: bool | None
) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        system = opened.records.find("SYS")
        with opened.change() as records:
            gone = add(
                Issuing(records), Kind.USER, words.decode().lower().replace(" ", "-"), system
            )
        revoke(opened, [gone.path])
        token = opened.records.tokens.get(system.id) or ""
        server = Refusing("N1", {"N1": token}, gone.public, words)
        server.revoked = {one.public: AFTER_ALL for one in opened.records.beneath(system.id)}
        done = await pushed(opened, server)
        (outcome,) = done.accounts
        assert [one.refused for one in outcome.users if one.public == gone.public] == [refused]
