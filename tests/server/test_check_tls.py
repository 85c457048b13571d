"""TLS: what is verified, what is refused, and that nothing falls back to clear text."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from tests.server.conftest import Authority, Lender, Serve, ask, codes, knows, ring
from tests.server.listeners import serving
from wallet.connection.causes.report import Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nats.nkeys import Seed


def over_tls(url: str, host: str = "localhost") -> str:
    return f"tls://{host}:{url.rsplit(':', 1)[1]}"


async def test_a_key_is_accepted_over_verified_tls(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block())
    report = await ask(over_tls(server.url), user, tls=TlsFiles(authority.file))
    assert report.verdict is Verdict.ACCEPTED
    tls = report.stages[3]
    assert tls.ok is True
    assert "TLSv1.3" in tls.detail
    assert "localhost" in tls.detail
    assert codes(report) == []


async def test_an_address_without_tls_changes_to_it_as_clients_do_and_says_so(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block())
    address = over_tls(server.url).replace("tls://", "nats://")
    report = await ask(address, user, tls=TlsFiles(authority.file))
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("tls-required", True)]
    assert over_tls(server.url) in report.causes[0].fix


async def test_a_certificate_of_an_unknown_authority_is_refused(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block())
    report = await ask(over_tls(server.url), user)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == [("tls-untrusted", True)]
    assert "--tls-ca" in report.causes[0].fix


async def test_a_certificate_for_another_name_is_refused(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue("elsewhere.example").block())
    report = await ask(over_tls(server.url), user, tls=TlsFiles(authority.file))
    assert codes(report) == [("tls-hostname", True)]
    assert "localhost" in report.causes[0].why


async def test_a_certificate_for_another_address_is_refused(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue("10.0.0.1").block())
    report = await ask(over_tls(server.url, "127.0.0.1"), user, tls=TlsFiles(authority.file))
    assert codes(report) == [("tls-hostname", True)]


async def test_an_expired_certificate_is_refused(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue(days=-1).block())
    report = await ask(over_tls(server.url), user, tls=TlsFiles(authority.file))
    assert codes(report) == [("tls-expired", True)]


async def test_a_missing_client_certificate_is_named(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue().block("verify: true", f'ca_file: "{authority.file}"')
    server = serve(knows(user) + block)
    report = await ask(over_tls(server.url), user, tls=TlsFiles(authority.file))
    assert report.verdict is Verdict.FAILED
    assert report.causes[0].code == "tls-client-cert"
    assert "none was shown" in report.causes[0].why


async def test_a_client_certificate_of_another_authority_is_named(
    serve: Serve, user: Seed, authority: Authority, tmp_path: Path
) -> None:
    block = authority.issue().block("verify: true", f'ca_file: "{authority.file}"')
    server = serve(knows(user) + block)
    foreign = Authority(tmp_path, "Foreign CA").issue("client")
    files = TlsFiles(authority.file, foreign.cert, foreign.key)
    report = await ask(over_tls(server.url), user, tls=files)
    assert report.causes[0].code == "tls-client-cert"
    assert "does not accept" in report.causes[0].why


async def test_with_the_right_client_certificate_the_key_is_accepted(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue().block("verify: true", f'ca_file: "{authority.file}"')
    server = serve(knows(user) + block)
    mine = authority.issue("client")
    files = TlsFiles(authority.file, mine.cert, mine.key)
    assert (await ask(over_tls(server.url), user, tls=files)).ok


async def test_tls_never_falls_back_to_clear_text(user: Seed) -> None:
    """A server that offers no TLS sees not one byte of ours."""
    got = bytearray()

    async def plain_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"N","nonce":"abc","auth_required":true}\r\n')
        got.extend(await reader.read(1000))

    async with serving(plain_server) as port:
        report = await ask(f"tls://127.0.0.1:{port}", user, timeout=2)
    assert codes(report) == [("tls-not-offered", True)]
    assert bytes(got) == b""


async def test_what_was_injected_before_tls_is_not_believed(
    user: Seed, authority: Authority
) -> None:
    """Somebody in between who adds a PONG in clear text has not been let in by the server."""
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    files = authority.issue()
    context.load_cert_chain(files.cert, files.key)

    async def injecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = cast("asyncio.Transport", writer.transport)
        transport.pause_reading()  # the client's first TLS bytes are for TLS to read
        info = b'INFO {"server_id":"N","nonce":"abc","auth_required":true,"tls_required":true}\r\n'
        writer.write(info + b"PONG\r\nPONG\r\n")
        await writer.drain()
        try:
            await writer.start_tls(context)
            await reader.read(10_000)
            writer.write(b"-ERR 'Authorization Violation'\r\n")
            await writer.drain()
        except OSError:
            pass

    async with serving(injecting) as port:
        report = await ask(f"tls://localhost:{port}", user, tls=TlsFiles(authority.file), timeout=9)
    assert report.stages[3].ok, "TLS itself is in order"
    assert report.verdict is Verdict.REFUSED
    assert report.causes[0].code == "key-unknown"


@pytest.mark.newer_server("handshake_first came with 2.10")
async def test_a_tls_first_server_is_recognised_from_a_clear_text_attempt(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block("handshake_first: true"))
    address = over_tls(server.url).replace("tls://", "nats://")
    report = await ask(address, user, tls=TlsFiles(authority.file), timeout=3)
    assert codes(report) == [("tls-first", True)]
    assert over_tls(server.url) in report.causes[0].fix


@pytest.mark.newer_server("handshake_first came with 2.10")
async def test_a_tls_first_server_accepts_a_key_over_tls(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block("handshake_first: true"))
    report = await ask(over_tls(server.url), user, tls=TlsFiles(authority.file), timeout=4)
    assert report.verdict is Verdict.ACCEPTED
    assert ("tls-first", True) in codes(report)


@pytest.mark.parametrize("name", ["ca", "cert"])
async def test_tls_files_that_cannot_be_used_are_refused_before_dialling(
    user: Seed, tmp_path: Path, name: str
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("not PEM at all")
    files = TlsFiles(ca=broken) if name == "ca" else TlsFiles(cert=broken, key=broken)
    lender = Lender(user)
    with pytest.raises(UsageError, match=r"broken\.pem"):
        await check(Server(Target.parse("tls://localhost:1"), files), user.public, ring(lender))
    assert lender.lent == []


async def test_a_certificate_without_its_key_is_refused(user: Seed, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs its key"):
        await check(
            Server(Target.parse("tls://localhost:1"), TlsFiles(cert=tmp_path / "x")),
            user.public,
            ring(Lender(user)),
        )
