"""Real nats-servers, and certificates made for one test."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.tools import optional
from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes.report import Cause, Report
from wallet.connection.check.attempt import check
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.nats.nkeys import Kind, Seed
from wallet.system import natsserver
from wallet.system.natsserver import LocalServer

Serve = Callable[[str], LocalServer]

# The server that comes with the tests, and Debian's old one where it is at hand.
SERVERS: list[str | None] = [None, *filter(None, [optional("nats-server-2.9")])]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what starts a server on each that is here, but what only a newer one can do."""
    if "program" in metafunc.fixturenames:
        newer = metafunc.definition.get_closest_marker("newer_server")
        metafunc.parametrize(
            "program",
            SERVERS[:1] if newer else SERVERS,
            indirect=True,
            ids=lambda program: "2.9" if program else "new",
        )


@pytest.fixture
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The nats-server that `serve` starts, None for the one that comes with the tests."""
    path: str | None = request.param
    if path:
        monkeypatch.setattr(natsserver, "find", lambda: path)
    return path


@pytest.fixture
def serve(
    program: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Serve]:
    """Start a nats-server with a configuration; it ends with the test."""
    running: list[LocalServer] = []

    def start(configuration: str) -> LocalServer:
        server = LocalServer(tmp_path_factory.mktemp("server"), configuration)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def user() -> Iterator[Seed]:
    """A user's key."""
    with Seed.generate(Kind.USER) as seed:
        yield seed


def knows(*seeds: Seed) -> str:
    """A configuration that lets these users in."""
    users = ", ".join(f"{{ nkey: {seed.public} }}" for seed in seeds)
    return f"authorization {{ users = [ {users} ] }}\n"


class Lender:
    """Gives a copy of a seed each time, and remembers what became of it."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.lent: list[Seed] = []

    def __call__(self) -> Seed:
        copy = Seed.from_raw(self.seed.kind, self.seed.raw)
        self.lent.append(copy)
        return copy

    @property
    def all_wiped(self) -> bool:
        return all(not any(seed.raw) for seed in self.lent)


def ring(lend: Callable[[], Seed], chain: Chain | None = None) -> Keyring:
    """A keyring of one key."""
    return Keyring(lambda _: lend(), lambda _: chain)


async def ask(
    url: str,
    seed: Seed,
    *,
    tls: TlsFiles | None = None,
    timeout: float = 5.0,
    chain: Chain | None = None,
) -> Report:
    """Check `seed` at `url`, and that the seed was opened once at most, and wiped."""
    lender = Lender(seed)
    server, options = Server(Target.parse(url), tls), CheckOptions(timeout)
    report = await check(server, seed.public, ring(lender, chain), options)
    assert len(lender.lent) <= 1
    assert lender.all_wiped
    return report


def codes(report: Report) -> Sequence[tuple[str, bool]]:
    """The causes as code and certainty, in their order.

    Without the thought behind most refusals by servers from 2.10 on, that a service decides.
    """
    return but_a_callout(report.causes)


def but_a_callout(causes: Iterable[Cause]) -> Sequence[tuple[str, bool]]:
    """The same of causes; what stands first is never left out."""
    found = [(Code(cause.code), cause.certain) for cause in causes]
    return found[:1] + [one for one in found[1:] if one != ("auth-callout", False)]


@dataclass(frozen=True)
class Certificate:
    """PEM files of a certificate, its key, and the one who signed it."""

    cert: Path
    key: Path
    ca: Path

    def block(self, *more: str) -> str:
        """The server's `tls` block."""
        return (
            f'tls {{ cert_file: "{self.cert}", key_file: "{self.key}"'
            + "".join(f", {line}" for line in more)
            + " }\n"
        )


class Authority:
    """Signs certificates in a directory."""

    def __init__(self, directory: Path, name: str = "Test CA") -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = directory / f"{name.replace(' ', '-')}.pem"
        certificate = self._signed(self._name, self._key, [], days=30, ca=True)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self, name: str = "localhost", *, days: int = 30, staple: bool = False
    ) -> Certificate:
        """A certificate for a host name or address; with negative `days` it has expired.

        With `staple` it demands an OCSP staple.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        alternative: x509.GeneralName
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        certificate = self._signed(subject, key, [alternative], days=days, ca=False, staple=staple)
        stem = f"{name}-{certificate.serial_number:x}"
        files = Certificate(
            self.directory / f"{stem}.crt", self.directory / f"{stem}.key", self.file
        )
        files.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        names: list[x509.GeneralName],
        *,
        days: int,
        ca: bool,
        staple: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if staple:
            demand = x509.TLSFeature([x509.TLSFeatureType.status_request])
            builder = builder.add_extension(demand, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of the test's own."""
    return Authority(tmp_path_factory.mktemp("ca"))
