"""The TLS files that a configuration names are judged without being used."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from tests.server.conftest import Authority, Certificate, Serve
from tests.server.rehearsing import public, temporary, told, vault, write
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw
from wallet.connection.rehearsal.tls_files import flaws_of
from wallet.errors import ConfigurationError
from wallet.nats.config import parser
from wallet.system.disk import regular_files
from wallet.system.natsserver import LocalServer, ServerFailedError
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures


def flaws(directory: Path, text: str, now: datetime | None = None) -> list[ConfigurationFlaw]:
    path = write(directory, text)
    return flaws_of(parser.read(path, regular_files.content), path.parent, now)


def told_of(found: list[ConfigurationFlaw]) -> list[tuple[str, bool, int]]:
    return [(flaw.code, flaw.fatal, flaw.line) for flaw in found]


@pytest.fixture
def good(authority: Authority) -> Certificate:
    return authority.issue()


def test_files_that_are_in_order_have_no_flaw(tmp_path: Path, good: Certificate) -> None:
    text = good.block(f'ca_file: "{good.ca}"', "verify: true")
    websocket = f"websocket {{ port: 1, {text.strip()} }}\n"
    leaf = f'leafnodes {{ remotes: [ {{ url: "tls://h:1", tls {{ ca_file: "{good.ca}" }} }} ] }}\n'
    assert flaws(tmp_path, text + websocket + leaf) == []


def test_relative_paths_are_looked_for_beside_the_configuration(
    tmp_path: Path, good: Certificate
) -> None:
    (tmp_path / "certs").mkdir()
    for file, name in ((good.cert, "a.crt"), (good.key, "a.key")):
        (tmp_path / "certs" / name).write_bytes(file.read_bytes())
    assert flaws(tmp_path, "tls { cert_file: './certs/a.crt', key_file: './certs/a.key' }") == []


def test_what_is_not_on_this_machine_is_noted_and_no_more(tmp_path: Path) -> None:
    text = "port: 1\ntls {\n cert_file: /no/such.crt\n key_file: /no/such.key\n ca_file: /no/ca\n}"
    found = flaws(tmp_path, text)
    assert told_of(found) == [
        ("tls-file", False, 3),
        ("tls-file", False, 4),
        ("tls-file", False, 5),
    ]
    assert "/no/such.crt, the certificate for `tls`, is not on this machine" in found[0].why


def test_the_dates_of_certificates_are_judged(tmp_path: Path, authority: Authority) -> None:
    old, soon = authority.issue(days=-1), authority.issue(days=3)
    (found,) = flaws(tmp_path, old.block())
    assert (found.code, found.fatal) == ("tls-expired", True)
    assert "The certificate of localhost" in found.why
    assert f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}" in found.why
    assert told_of(flaws(tmp_path, soon.block())) == [("tls-expires-soon", False, 1)]
    before = datetime.now(UTC) - timedelta(days=365)
    assert told_of(flaws(tmp_path, soon.block(), before)) == [("tls-not-yet-valid", True, 1)]


def test_an_authority_that_expired_does_not_stop_the_server(
    tmp_path: Path, good: Certificate
) -> None:
    text = good.block(f'ca_file: "{good.ca}"')
    later = datetime.now(UTC) + timedelta(days=29, hours=12)
    assert {flaw.code for flaw in flaws(tmp_path, text, later)} == {"tls-expires-soon"}
    much_later = later + timedelta(days=1)
    assert told_of(flaws(tmp_path, text, much_later)) == [
        ("tls-expired", True, 1),
        ("tls-expired", False, 1),
    ]


def test_a_key_of_another_certificate_is_found(
    tmp_path: Path, authority: Authority, good: Certificate
) -> None:
    other = authority.issue()
    (found,) = flaws(tmp_path, f'tls {{ cert_file: "{good.cert}", key_file: "{other.key}" }}')
    assert found.fatal
    assert "do not belong to each other" in found.why
    several = (
        f'tls {{ certs: [ {{ cert_file: "{good.cert}", key_file: "{good.key}" }},\n'
        f'{{ cert_file: "{good.cert}", key_file: "{other.key}" }} ] }}'
    )
    assert [flaw.line for flaw in flaws(tmp_path, several)] == [2]


def test_an_encrypted_key_is_one_that_no_server_opens(tmp_path: Path, good: Certificate) -> None:
    key = serialization.load_pem_private_key(good.key.read_bytes(), None)
    good.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"a word"),
        )
    )
    (found,) = flaws(tmp_path, good.block())
    assert found.fatal
    assert "encrypted" in found.why


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("tls { cert_file: CERT }", "names a certificate and no key"),
        ("tls { key_file: KEY }", "names a key and no certificate"),
        ("tls { verify: true }", "names no certificate"),
        ("cluster { tls { timeout: 2 } }", "`cluster.tls` names no certificate"),
        ("tls { cert_file: KEY, key_file: KEY }", "certificate for `tls`, in PEM, and holds none"),
        ("tls { cert_file: CERT, key_file: CERT }", "key for `tls`, in PEM, and holds none"),
        ("tls { cert_file: CERT, key_file: KEY, ca_file: KEY }", "authorities' certificates"),
        ("tls { cert_file: GARBAGE, key_file: KEY }", "one in it cannot be read"),
        ("tls { cert_file: HERE, key_file: KEY }", "cannot be read: is a directory"),
        ("tls { cert_file: PIPE, key_file: KEY }", "cannot be read: it is not a regular file"),
        ("tls { cert_file: 'a\x01b', key_file: KEY }", "is not on this machine"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, good: Certificate, block: str, said: str
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    os.mkfifo(tmp_path / "pipe")
    garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    files = {
        "CERT": good.cert,
        "KEY": good.key,
        "HERE": tmp_path,
        "PIPE": tmp_path / "pipe",
        "GARBAGE": write(tmp_path, garbage, "garbage.pem"),
    }
    for word, path in files.items():
        block = block.replace(f": {word}", f': "{path}"')
    found = flaws(tmp_path, block)
    assert said in " ".join(flaw.why for flaw in found)
    assert all(flaw.why.isprintable() for flaw in found)


@pytest.mark.parametrize(
    ("text", "fatal"),
    [
        ("tls { timeout: 2 }", True),
        ("tls { timeout: 2 }\nallow_non_tls: true", False),
        ("tls { timeout: 2 }\nallow_non_tls: false", True),
        ("cluster { name: c, port: -1, tls { timeout: 2 } }", False),
        ("websocket { port: -1, tls { timeout: 2 } }", False),
    ],
)
def test_a_block_without_a_certificate_is_fatal_only_where_it_shuts_every_client_out(
    tmp_path: Path, serve: Serve, text: str, fatal: bool
) -> None:
    (flaw,) = flaws(tmp_path, text)
    assert "names no certificate" in flaw.why
    assert flaw.fatal is fatal
    at = urlsplit(serve(text).url)  # it begins all the same
    with socket.create_connection((at.hostname, at.port), 5) as client:
        assert (b'"tls_required":true' in client.recv(4096)) is fatal


def test_nothing_of_a_file_is_shown(tmp_path: Path, good: Certificate) -> None:
    secret = good.key.read_text().splitlines()[1]
    found = flaws(tmp_path, f'tls {{ cert_file: "{good.key}", key_file: "{good.cert}" }}')
    assert found
    assert secret not in repr(found)


# --- within a rehearsal -----------------------------------------------------------------


async def test_a_certificate_that_expired_is_no_success_though_the_keys_are_taken(
    vault: Vault, authority: Authority, tmp_path: Path
) -> None:
    users = f"authorization {{ users [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    path = write(tmp_path, users + authority.issue(days=-1).block())
    found = await rehearse(path, vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    assert not found.ok
    assert [(flaw.code, flaw.where) for flaw in found.flaws] == [("tls-expired", f"{path} line 2")]
    found = await rehearse(write(tmp_path, users + authority.issue().block()), vault)
    assert found.ok
    assert found.flaws == ()


async def test_a_certificate_that_demands_a_staple_is_told_and_no_responder_asked(
    vault: Vault, tmp_path: Path, authority: Authority
) -> None:
    text = authority.issue(staple=True).block()
    with pytest.raises(ServerFailedError):
        LocalServer(tmp_path, text)
    users = f"authorization {{ users: [ {{ nkey: {public(vault, 'one')} }} ] }}\n"
    found = await rehearse(write(tmp_path, users + text), vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    assert told_of(list(found.flaws)) == [("tls-ocsp", False, 2)]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("cert-file: x", "line 3: .*cert-file"),
        ("cipher_suites: [NONE_OF_THAT_NAME]", "line 3: .*NONE_OF_THAT_NAME"),
        ("timeout: soon", "line 3: nats-server"),
    ],
)
async def test_settings_of_tls_are_judged_by_the_server_itself(
    vault: Vault, tmp_path: Path, setting: str, said: str
) -> None:
    text = f"port: 1\ntls {{\n  {setting}\n  cert_file: /no/such.crt, key_file: /no/such.key\n}}\n"
    with pytest.raises(ConfigurationError, match=said):
        await rehearse(write(tmp_path, text), vault)
