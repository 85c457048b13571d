"""What a person is told of a certificate that was refused, and how it is read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.server.conftest import Authority, Serve, ask, codes, knows
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.protocol import certificate
from wallet.connection.protocol.target import TlsFiles
from wallet.nats.nkeys import Seed


def _der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


async def _ask_over_tls(
    serve: Serve, user: Seed, block: str, files: TlsFiles, scheme: str = "tls"
) -> Report:
    server = serve(knows(user) + block)
    port = server.url.rsplit(":", 1)[1]
    return await ask(f"{scheme}://localhost:{port}", user, tls=files, timeout=10)


async def test_an_expired_certificate_is_named_with_its_date(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    await _expired(serve, user, authority)


@pytest.mark.newer_server("handshake_first came with 2.10")
async def test_an_expired_certificate_is_named_where_tls_comes_first(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    await _expired(serve, user, authority, "handshake_first: true")


async def _expired(serve: Serve, user: Seed, authority: Authority, *more: str) -> None:
    files = authority.issue(days=-3)
    ended = x509.load_pem_x509_certificate(files.cert.read_bytes()).not_valid_after_utc
    report = await _ask_over_tls(serve, user, files.block(*more), TlsFiles(authority.file))
    assert report.verdict is Verdict.FAILED
    assert codes(report) == [("tls-expired", True)]
    assert f"expired on {ended:%Y-%m-%d %H:%M} UTC" in report.causes[0].why


async def test_a_certificate_for_other_names_is_told_with_those_names(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block = authority.issue("nats.example").block()
    report = await _ask_over_tls(serve, user, block, TlsFiles(authority.file))
    cause = report.causes[0]
    assert codes(report) == [("tls-hostname", True)]
    assert "is for nats.example, not for localhost" in cause.why
    assert "tls://nats.example:" in cause.fix


async def test_an_unknown_authority_is_named(
    serve: Serve, user: Seed, authority: Authority, tmp_path: Path
) -> None:
    mine = Authority(tmp_path, "Somebody else's CA")
    report = await _ask_over_tls(serve, user, authority.issue().block(), TlsFiles(mine.file))
    assert codes(report) == [("tls-untrusted", True)]
    assert "“Test CA”, which is not trusted here" in report.causes[0].why
    assert "--tls-ca" in report.causes[0].fix


async def test_nothing_was_sent_where_the_certificate_is_not_trusted(
    serve: Serve, user: Seed, authority: Authority, tmp_path: Path
) -> None:
    mine = Authority(tmp_path, "Other")
    block = authority.issue().block() + "debug: true\ntrace: true\n"
    server = serve(knows(user) + block)
    port = server.url.rsplit(":", 1)[1]
    url = f"nats://localhost:{port}"
    report = await ask(url, user, tls=TlsFiles(mine.file))
    assert codes(report) == [("tls-untrusted", True)]
    assert "CONNECT {" not in server.log.read_text()
    assert (await ask(url, user, tls=TlsFiles(authority.file))).ok
    assert "CONNECT {" in server.log.read_text(), "the log would have shown it"


def test_a_certificate_is_read_as_cryptography_reads_it(authority: Authority) -> None:
    for name in ("nats.example", "10.1.2.3"):
        files = authority.issue(name)
        theirs = x509.load_pem_x509_certificate(files.cert.read_bytes())
        ours = certificate.read(_der(files.cert))
        assert ours is not None
        common = theirs.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        assert ours.subject == common
        assert ours.issuer == "Test CA"
        assert (ours.since, ours.until) == (
            theirs.not_valid_before_utc,
            theirs.not_valid_after_utc,
        )
        assert ours.names == (common,)
        assert not ours.self_signed
    own = certificate.read(_der(authority.file))
    assert own is not None
    assert own.self_signed
    assert own.names == ()
    assert own.until - datetime.now(UTC) < timedelta(days=31)


def test_a_broken_certificate_is_none_and_never_an_error(authority: Authority) -> None:
    good = _der(authority.issue().cert)
    generator = random.Random(7)
    readable = 0
    for _ in range(3000):
        broken = bytearray(good)
        for _ in range(generator.randrange(1, 4)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        if generator.random() < 0.3:
            del broken[generator.randrange(len(broken)) :]
        if found := certificate.read(bytes(broken)):
            readable += 1
            for text in (found.subject, found.issuer, *found.names):
                assert all(character.isprintable() for character in text), text
    assert certificate.read(b"") is None
    assert certificate.read(generator.randbytes(500)) is None
    assert 0 < readable < 3000
