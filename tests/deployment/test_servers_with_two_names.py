"""A server that is known by two addresses is one: its id, which it tells to anybody, says so."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.deployment.conftest import House
from wallet.connection.deployment.other_names import other_names
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.shut_out import shut_out_at

pytestmark = pytest.mark.newer_server


def by_name(url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


async def id_at(url: str) -> str:
    target = Target.parse(url)
    reader, writer = await asyncio.open_connection(target.host, target.port)
    greeting = await reader.readline()
    writer.close()
    return greeting.decode().split('"server_id":"')[1].split('"')[0]


def test_a_push_to_one_address_proves_for_the_other_and_says_so(house: House) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    name = by_name(url)
    assert house.call("test", "acme/orders/laptop", "--server", name).status == 0
    time.sleep(1.1)
    assert house.call("revoke", "laptop").status == 0
    done = house.call("push", "acme/orders", "--server", url)
    assert done.status == 0, done
    assert f"{name} leads to the same server as {url}" in done.out + done.err
    assert not house.record("acme/orders").unproved
    user = house.record("acme/orders/laptop")
    assert not user.unproved
    with house.open() as vault:
        assert set(shut_out_at(vault.records, user)) == {name, url}
        account = vault.records.find("acme/orders")
        assert vault.records.deliveries.unproved_servers(account.id) == []
        assert vault.records.all(Kind.ACCOUNT)


def test_another_server_at_the_same_port_of_another_address_is_not_taken_for_it(
    house: House,
) -> None:
    one, other = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    assert house.call("test", "acme/orders/laptop", "--server", by_name(other.url)).status == 0
    done = house.call("push", "acme/orders", "--server", one.url)
    assert "leads to the same server" not in done.out + done.err
    assert house.record("acme/orders").unproved
    assert by_name(other.url) in done.out + done.err


async def test_only_an_address_of_which_every_way_leads_to_a_server_is_another_name_of_it(
    house: House,
) -> None:
    server = await asyncio.to_thread(house.server)
    target, own = Target.parse(server.url), await id_at(server.url)
    name = by_name(server.url)

    async def told(*urls: str, reached: dict[str, Target] | None = None) -> dict[str, str]:
        return await other_names(urls, reached or {own: target}, 2)

    assert await told(name) == {name: own}
    assert await told(name, reached={"N" + "A" * 55: target}) == {}, "another id"
    assert await told("nats://localhost:1") == {}, "nobody listens there"
    assert await told("nats://192.0.2.1:4222") == {}, "it is elsewhere, and is not contacted"

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"NOTHER","version":"2.11.0","proto":1}\r\n')
        await writer.drain()
        writer.close()

    try:
        stranger = await asyncio.start_server(greet, "::1", target.port)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    async with stranger:
        assert await told(f"nats://[::1]:{target.port}") == {}, "a stranger"


def test_the_list_of_servers_says_which_may_be_one(house: House) -> None:
    for name, host in (("one", "localhost"), ("two", "127.0.0.1"), ("far", "n1.example")):
        done = house.call("servers", "add", name, "--url", f"nats://{host}:4222")
        assert done.status == 0
    told = {one["name"]: one["may_be"] for one in house.call("servers", "--json").json()}
    assert told == {"one": ["nats://127.0.0.1:4222"], "two": ["nats://localhost:4222"], "far": []}
    assert "one may be the same server as nats://127.0.0.1:4222" in house.call("servers").err


def test_an_address_in_the_vault_that_is_none_keeps_no_push_from_being_made(house: House) -> None:
    url = house.server("n1", "acme/orders").url
    house.change(
        lambda _, records: records.deliveries.known_servers.note(
            records.find("acme/orders").public, ["nats://a host:4222"]
        )
    )
    done = house.call("push", "acme/orders", "--server", url)
    assert (done.status, "servers forget 'nats://a host:4222'" in done.out) == (0, True), done
    assert house.call("servers", "forget", "nats://a host:4222").status == 0
    assert "a host" not in house.call("push", "acme/orders", "--server", url).out
