"""The address of a server to be asked, and the certificates that go with it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wallet.connection.protocol.reach import Reach
from wallet.errors import UsageError
from wallet.nats.seeds_among_words import are_a_secret

DEFAULT_PORT = 4222
HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}")


def host_and_port(host: str, port: int) -> str:
    """Join a host and a port, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A server's address. With `tls` nothing is said to it in clear text but its own greeting.

    `tls_name` is the name that its certificate has to be for, where that is not the host. With a
    `reach`, which a server's word has, no address that is nearer than that is contacted.
    """

    host: str
    port: int
    tls: bool
    tls_name: str | None = None
    reach: Reach | None = None

    @property
    def address(self) -> str:
        """The address as `host:port`."""
        return host_and_port(self.host, self.port)

    @property
    def url(self) -> str:
        """The whole address with its scheme."""
        return f"{'tls' if self.tls else 'nats'}://{self.address}"

    @property
    def certified(self) -> str:
        """The name or address that its certificate has to be for."""
        return self.tls_name or self.host

    @classmethod
    def parse_all(cls, texts: Iterable[str]) -> list[Target]:
        """Read each address once; a text may hold several, with commas between.

        Raises `UsageError` for what is no address, and for none at all.
        """
        parts = [part for text in texts for part in text.split(",") if part.strip()]
        return list(dict.fromkeys(cls.parse(part) for part in parts or [""]))

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read `nats://host:port` or `tls://host:port`; scheme and port may be left out.

        Raises `UsageError` with what to write instead.
        """
        given = text.strip()
        if not given or any(character.isspace() or ord(character) < 32 for character in given):
            raise _refused("A server's address is one word")
        scheme, separator, _ = given.partition("://")
        if separator and scheme.lower() not in {"nats", "tls"}:
            raise _refused(f"“{scheme[:20]}://” is not spoken here")
        try:
            parts = urlsplit(given if separator else f"nats://{given}")
            host, port = parts.hostname, parts.port
        except ValueError:
            if given.rpartition("://")[2].count(":") > 1 and "[" not in given:
                raise _refused("An IPv6 address stands in brackets, [::1]") from None
            raise _refused("The port is a number from 1 to 65535") from None
        if "@" in parts.netloc:
            raise _refused("Leave out the name and password before the @: a key is tested here")
        if are_a_secret([given]):  # and it would be asked of name servers
            raise _refused("That is a seed, or looks like one, and no address")
        if not host or not HOST.fullmatch(host):
            raise _refused("The address names no host")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise _refused("Nothing follows the port")
        if port == 0:
            raise _refused("The port is a number from 1 to 65535")
        if ":" in host:  # a zone is told apart by %25 in what is a URL to the letter (RFC 6874)
            host = host.replace("%25", "%", 1)
        return cls(host, port or DEFAULT_PORT, parts.scheme == "tls")


def _refused(what: str) -> UsageError:
    return UsageError(f"{what}. Write nats://host:4222, or tls://host:4222 for TLS from the start.")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: who signed the server's certificate, and our own certificate with its key."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Make the context for TLS: the certificate and its name are always verified.

        Raises `UsageError` when a file cannot be read, or a certificate comes without its key.
        """
        if (self.cert is None) != (self.key is None):
            raise UsageError("A client certificate needs its key, and the key its certificate.")
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"The CA file {self.ca} cannot be used: {_reason(error)}.") from None
        # Python 3.13 began to refuse authorities without a key identifier, as many private ones
        # are. NATS clients in other languages take them, and the answer here should be theirs.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.cert and self.key:
            try:
                # An encrypted key would make OpenSSL ask on the terminal, under the app.
                context.load_cert_chain(self.cert, self.key, password=lambda: "")
            except (OSError, ssl.SSLError) as error:
                raise UsageError(
                    f"The client certificate {self.cert} with the key {self.key} cannot be used: "
                    f"{_reason(error)}."
                ) from None
        return context


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it is not the PEM file that is expected, or its key is another's or encrypted"
    return (error.strerror or "it cannot be read").lower()
