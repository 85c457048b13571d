"""Several servers at once: named ones, and those that a cluster names."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.server.conftest import Authority, Serve, knows
from tests.server.listeners import logged_port, scripted, serving, unused_port
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.cluster import MOST_SERVERS, Agree, Named, named_by
from wallet.connection.check.many import ask_all, check_at_once
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.reach import Reach
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.system.natsserver import LocalServer
from wallet.tasks.connection.key_tests import at_once_of
from wallet.vault.records import Records


async def agreed(_: Named) -> bool:
    """Ask each server that is named."""
    return True


ROUTES = "cluster {{ name: c, host: 127.0.0.1, port: -1, routes: [ {routes} ] }}\n"


def lends(*seeds: Seed) -> Callable[[PublicKey], Seed]:
    by_public = {seed.public.text: seed for seed in seeds}

    def lend(key: PublicKey) -> Seed:
        seed = by_public[key.text]
        return Seed.from_raw(seed.kind, seed.raw)

    return lend


async def survey(
    urls: list[str],
    *users: Seed,
    cluster: Agree | None = None,
    tls: TlsFiles | None = None,
    timeout: float = 5.0,
    on_report: Callable[[Report], None] | None = None,
) -> list[Report]:
    servers = [Server(target, tls) for target in Target.parse_all(urls)]
    keys = [user.public for user in users]
    keyring, options = Keyring(lends(*users)), CheckOptions(timeout, 1)
    return await ask_all(
        servers, keys, keyring, options, cluster=cluster, at_once=4, on_report=on_report
    )


async def joined(serve: Serve, *configurations: str) -> list[LocalServer]:
    """A cluster: one server for each configuration, once each knows the others."""
    first = serve(configurations[0] + ROUTES.format(routes=""))
    port = logged_port(first, "Listening for route connections on")
    routes = ROUTES.format(routes=f'"nats://127.0.0.1:{port}"')
    servers = [first, *(serve(configuration + routes) for configuration in configurations[1:])]
    deadline = time.monotonic() + 20
    for server in servers:
        while len(await urls_of(server)) < len(servers):
            assert time.monotonic() < deadline, "the servers did not find each other"
            await asyncio.sleep(0.05)
    return servers


async def urls_of(server: LocalServer) -> list[str]:
    target = Target.parse(server.url)
    reader, writer = await asyncio.open_connection(target.host, target.port)
    info = json.loads((await reader.readline()).removeprefix(b"INFO "))
    writer.close()
    return info.get("connect_urls") or []


async def test_one_address_leads_to_each_server_of_the_cluster_once(
    serve: Serve, user: Seed
) -> None:
    with Seed.generate(Kind.USER) as other:
        servers = await joined(serve, knows(user), knows(user), knows(other))
    heard: list[Report] = []
    reports = await survey([servers[0].url], user, cluster=agreed, on_report=heard.append)
    assert [report.verdict for report in reports] == [
        Verdict.REFUSED,
        Verdict.ACCEPTED,
        Verdict.ACCEPTED,
    ]
    assert reports[0].url == servers[2].url
    assert {report.url for report in reports} == {server.url for server in servers}
    assert len(heard) == 3
    alone = await survey([servers[0].url], user)
    assert [report.url for report in alone] == [servers[0].url]


async def test_a_clusters_addresses_are_certified_by_the_name_that_was_given(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue("localhost").block() + knows(user)
    servers = await joined(serve, block, block)
    url = servers[0].url.replace("127.0.0.1", "localhost")
    reports = await survey([url], user, cluster=agreed, tls=TlsFiles(ca=authority.file), timeout=10)
    assert [report.verdict for report in reports] == [Verdict.ACCEPTED] * 2
    assert reports[1].url == servers[1].url  # by its address
    (by_address,) = await survey([servers[1].url], user, tls=TlsFiles(ca=authority.file))
    assert by_address.causes[0].code == "tls-hostname"


async def test_every_named_server_is_asked_about_every_key_and_the_worst_come_first(
    serve: Serve, user: Seed
) -> None:
    nowhere = f"nats://127.0.0.1:{unused_port()}"
    with Seed.generate(Kind.USER) as other:
        good, anybody = serve(knows(user)).url, serve("").url
        reports = await survey([f"{anybody}, {good}", nowhere, good], user, other)
        assert [(report.verdict, report.public, report.url) for report in reports] == [
            (Verdict.REFUSED, other.public.text, good),
            (Verdict.FAILED, user.public.text, nowhere),
            (Verdict.FAILED, other.public.text, nowhere),
            (Verdict.UNCHECKED, user.public.text, anybody),
            (Verdict.UNCHECKED, other.public.text, anybody),
            (Verdict.ACCEPTED, user.public.text, good),
        ]


@pytest.mark.parametrize(
    "urls",
    [["a b", "http://h/", "[::1", 5, None, "u:p@h:1", "", "x\x1b[2J:1"], "no list", {"a": 1}],
)
async def test_addresses_that_are_none_lead_nowhere(user: Seed, urls: object) -> None:
    info = b"INFO " + json.dumps({"nonce": "abc", "connect_urls": urls}).encode() + b"\r\n"

    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(info)
        await reader.read(4096)

    async with serving(hostile) as port:
        reports = await survey([f"nats://127.0.0.1:{port}"], user, cluster=agreed, timeout=3)
    assert len(reports) == 1


async def test_a_server_cannot_send_us_to_more_than_a_few_others(user: Seed) -> None:
    came = 0

    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        urls = [f"127.0.{came % 256}.{number}:{port}" for number in range(1, 90)]
        writer.write(b"INFO " + json.dumps({"nonce": "a", "connect_urls": urls}).encode() + b"\r\n")
        await writer.drain()

    async with serving(hostile) as port:
        reports = await survey([f"nats://127.0.0.1:{port}"], user, cluster=agreed, timeout=3)
    assert len(reports) == MOST_SERVERS


async def test_a_server_that_names_itself_by_another_address_is_told_once(user: Seed) -> None:
    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "N1", "nonce": "abc", "connect_urls": [f"localhost:{port}"]}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        await reader.read(4096)

    async with serving(listening) as port:
        reports = await survey([f"nats://127.0.0.1:{port}"], user, cluster=agreed, timeout=3)
    assert len(reports) == 1


def test_a_list_of_addresses_names_each_once_and_an_empty_one_is_refused() -> None:
    targets = Target.parse_all(["nats://a:1,b", " tls://c ", "nats://b:4222,"])
    assert [target.url for target in targets] == ["nats://a:1", "nats://b:4222", "tls://c:4222"]
    for wrong in ([""], [","], ["a,http://b"], []):
        with pytest.raises(UsageError):
            Target.parse_all(wrong)


@pytest.mark.parametrize(
    ("kept", "number"), [(None, 20), ("7", 7), ("0", 20), ("1001", 20), ("x", 20)]
)
def test_how_many_run_at_a_time_is_kept_in_the_vault(kept: str | None, number: int) -> None:
    from tests.vault.many import Cells

    records = Records.empty(Cells())
    if kept is not None:
        records.settings.set("tests-at-once", kept)
    assert at_once_of(records) == number
    with pytest.raises(UsageError):
        check_at_once(0)


async def test_connect_urls_that_are_none_are_shown_as_text(user: Seed) -> None:
    report = await scripted(user, b'INFO {"nonce":"abc","connect_urls":["a\\u001b[2J"]}\r\n')
    assert "\x1b" not in json.dumps(report.to_json(), ensure_ascii=False)


async def test_nothing_is_asked_of_a_server_that_nobody_agreed_to(serve: Serve, user: Seed) -> None:
    servers = await joined(serve, knows(user), knows(user))
    seen: list[Named] = []

    async def declined(named: Named) -> bool:
        seen.append(named)
        return False

    reports = await survey([servers[0].url], user, cluster=declined)
    assert [report.url for report in reports] == [servers[0].url]
    ((places, kept_away),) = seen
    assert {f"nats://{place.target.address}" for place in places} == {servers[1].url}
    assert kept_away == []
    assert "cid:" not in servers[1].log.read_text(encoding="utf-8")


def naming(address: str, *urls: str) -> Report:
    """The report of a server at `address` that names these."""
    return Report(
        "U",
        "nats://seed.example:4222",
        Verdict.REFUSED,
        "",
        (),
        (),
        {"connect_urls": list(urls)},
        address=address,
    )


HERE = ["10.1.2.3:4222", "192.168.0.7:22", "169.254.169.254:80", "127.0.0.1:4222", "0.0.0.0:1"]
HERE_6 = ["[::1]:4222", "[fe80::1]:4222", "[::ffff:127.0.0.1]:4222", "[64:ff9b::7f00:1]:4222"]


def test_a_public_server_leads_to_no_address_on_this_network_or_machine() -> None:
    wave = [Server(Target.parse("nats://seed.example"))]
    there = ["8.8.4.4:4222", "[2606:4700::1111]:4222", "n2.example:4222"]
    named = named_by(wave, [naming("8.8.8.8", *HERE, *HERE_6, *there)], set())
    assert [server.target.address for server in named.servers] == there
    assert named.kept_away == HERE + HERE_6


def test_a_server_on_a_network_leads_to_it_and_not_to_this_machine() -> None:
    wave = [Server(Target.parse("nats://10.0.0.1"))]
    report = replace(naming("10.0.0.1", *HERE, "8.8.4.4:1"), url="nats://10.0.0.1:4222")
    named = named_by(wave, [report], set())
    assert [server.target.address for server in named.servers] == [*HERE[:2], "8.8.4.4:1"]


async def test_a_name_that_leads_to_this_machine_is_not_contacted_either(user: Seed) -> None:
    came = 0

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        writer.write(b"INFO {}\r\n")
        await writer.drain()

    async with serving(listening) as port:
        target = Target("localhost", port, tls=False, reach=Reach.PUBLIC)
        report = await check(
            Server(target), user.public, Keyring(lambda _: Seed.generate(Kind.USER))
        )
    assert [cause.code for cause in report.causes] == ["not-contacted"]
    assert came == 0


async def test_a_named_server_has_to_show_the_certificate_of_the_first_ones_name(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    first = authority.issue("localhost").block() + knows(user)
    other = authority.issue("127.0.0.1").block() + knows(user)  # good, and for its own address
    servers = await joined(serve, first, other)
    url = servers[0].url.replace("127.0.0.1", "localhost")
    files = TlsFiles(ca=authority.file)
    for scheme in (url, url.replace("tls://", "nats://")):  # the second becomes TLS by itself
        reports = await survey([scheme], user, cluster=agreed, tls=files, timeout=10)
        assert [report.verdict for report in reports] == [Verdict.FAILED, Verdict.ACCEPTED]
        assert reports[0].causes[0].code == "tls-hostname"
