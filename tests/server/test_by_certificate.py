"""Servers that go by the client's certificate (verify_and_map), and look at no key."""

from __future__ import annotations

import pytest

from tests.server.conftest import Authority, Serve, ask, codes
from wallet.connection.causes.report import Verdict
from wallet.connection.protocol.target import TlsFiles
from wallet.nats.nkeys import Kind, Seed


def tls(authority: Authority, mapped: str) -> tuple[str, TlsFiles]:
    """A server's `tls` block that maps users, and the client's files."""
    ours = authority.issue("wallet")
    block = authority.issue().block(f"{mapped}: true", f'ca_file: "{authority.file}"')
    return block, TlsFiles(authority.file, ours.cert, ours.key)


def by_name(url: str) -> str:
    """Certificates here are for a name."""
    return url.replace("127.0.0.1", "localhost")


async def test_who_is_let_in_by_certificate_is_told_so_and_not_that_anybody_is(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block, files = tls(authority, "verify_and_map")
    users = 'authorization { users = [ { user: "CN=wallet" } ] }\n'
    report = await ask(by_name(serve(users + block).url), user, tls=files, timeout=10)
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report)[0][0] == "accepted-by-certificate"
    assert "anybody" not in report.causes[0].why
    assert user.public.text in report.causes[0].why


@pytest.mark.newer_server("a nonce without keys takes `proxies`, which came with 2.12")
async def test_a_certificate_decides_beside_a_nonce_too(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block, files = tls(authority, "verify_and_map")
    users = 'authorization { users = [ { user: "CN=wallet" } ] }\n'
    with Seed.generate(Kind.USER) as proxy:
        nonce = f"proxies {{ trusted = [ {{ key: {proxy.public} }} ] }}\n"
    report = await ask(by_name(serve(nonce + users + block).url), user, tls=files, timeout=10)
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report)[0][0] == "accepted-by-certificate"


async def test_a_server_that_only_verifies_certificates_lets_in_whoever_has_one(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block, files = tls(authority, "verify")
    report = await ask(by_name(serve(block).url), user, tls=files, timeout=10)
    assert codes(report)[0] == ("accepted-without-check", True)
    assert "anybody in who shows a certificate" in report.causes[0].why


async def test_a_listed_key_beside_a_mapped_certificate_is_what_is_checked(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    block, files = tls(authority, "verify_and_map")
    users = f'authorization {{ users = [ {{ user: "CN=wallet" }}, {{ nkey: {user.public} }} ] }}\n'
    report = await ask(by_name(serve(users + block).url), user, tls=files, timeout=10)
    assert report.verdict is Verdict.ACCEPTED
