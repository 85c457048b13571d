"""The certificates and keys that a configuration names, judged here; nothing is sent anywhere.

Keys are tried without TLS. So it is judged apart whether these files are there, can be read,
belong together and are valid today.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wallet.codes import Code
from wallet.connection.protocol import certificate
from wallet.connection.protocol.certificate import Certificate
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting.configuration_text import Origin
from wallet.connection.rehearsal.rewriting.referenced_files import MAX_TLS_FILE, locate
from wallet.nats.config.names import Block, lowered, settings
from wallet.nats.config.parser import Literal, Value, block_of, is_true
from wallet.system.disk import regular_files
from wallet.text import plain, without_seeds
from wallet.when import to_the_minute

SOON = timedelta(days=7)
_BLOCKS = {"tls", "resolver_tls"}
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
# The extension TLS feature, id-pe 24 (RFC 7633), as DER.
_MUST_STAPLE = bytes.fromhex("06082b06010505070118")
_ENCRYPTED = re.compile(rb"ENCRYPTED")
_DIALS = {"remotes", "gateways", "resolver_tls"}  # where a certificate is not always needed


def flaws_of(
    configuration: dict[str, Value], beside: Path | None, now: datetime | None = None
) -> list[ConfigurationFlaw]:
    """Judge the TLS files that a configuration names; give their flaws, the fatal first.

    Relative paths are looked for in the current directory and in `beside`. A file that is not on
    this machine is no more than noted: the configuration may be meant for another. Certificates
    are to be valid at `now`, else at the current time.
    """
    moment = now or datetime.now(UTC)
    flaws: list[ConfigurationFlaw] = []
    with_tls_alone = not is_true(settings().by_setting(configuration).get("allow_non_tls"))
    for path, block in _blocks(configuration, settings(), ()):
        flaws += _TlsBlock(".".join(path), block, beside, moment).flaws(
            listens=not _DIALS & {*path}, for_all_clients=path == ("tls",) and with_tls_alone
        )
    return sorted(flaws, key=lambda flaw: not flaw.fatal)


def _blocks(
    entries: dict[str, Value], block: Block, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Every block about TLS in `entries`, which stand in `block`, with the names that lead to it.

    `above` are the names that lead to `entries`.
    """
    for key, value in entries.items():
        setting = block.find(key)
        if setting is None or setting.inside is None:
            continue
        path = (*above, plain(lowered(key), 60))
        for element in value.data if isinstance(value.data, list) else [value]:
            if not isinstance(element.data, dict):
                continue
            if setting.names[0] in _BLOCKS:
                yield path, element
            else:
                yield from _blocks(element.data, setting.inside, path)


class _TlsBlock:
    def __init__(self, name: str, block: Value, beside: Path | None, now: datetime) -> None:
        self._name, self._beside, self._now = name, beside, now
        self._settings = block_of(block, "tls")
        self._origin = Origin.of(block)

    def flaws(self, *, listens: bool, for_all_clients: bool) -> Iterator[ConfigurationFlaw]:
        """Judge the block.

        `listens` is whether the server takes connections with it and so needs a certificate; with
        `for_all_clients` no client comes in but by this TLS.
        """
        block = self._settings
        pairs = [block]
        if "certs" in block and isinstance(block["certs"].data, list):
            pairs += [block_of(pair, "tls.certs") for pair in block["certs"].data]
        for pair in pairs:
            yield from self._pair(pair)
        named = any("cert_file" in pair for pair in pairs)
        if listens and not named and "cert_store" not in block:
            why = f"`{self._name}` names no certificate: no TLS connection comes about."
            fix = "Set cert_file and key_file."
            # nats-server begins all the same.
            yield self._flaw(Code.TLS_FILE, self._origin, why, fix, fatal=for_all_clients)
        if ca := _named_file(block.get("ca_file")):
            yield from self._certificates(ca, "the authorities' certificates", needed=False)

    def _pair(self, settings: dict[str, Value]) -> Iterator[ConfigurationFlaw]:
        cert, key = (_named_file(settings.get(name)) for name in ("cert_file", "key_file"))
        sound = False
        if cert:
            sound = yield from self._certificates(cert, "the certificate", needed=True)
        if cert and not key:
            why = f"`{self._name}` names a certificate and no key: nats-server does not begin."
            yield self._flaw(Code.TLS_FILE, Origin.of(cert), why, "Set key_file too.")
        elif key and not cert:
            why = f"`{self._name}` names a key and no certificate: nats-server does not begin."
            yield self._flaw(Code.TLS_FILE, Origin.of(key), why, "Set cert_file too.")
        elif cert and key:
            yield from self._key(cert, key, sound=sound)

    def _certificates(
        self, value: Value, what: str, *, needed: bool
    ) -> Generator[ConfigurationFlaw, None, bool]:
        """Judge the certificates in a file; return whether they can be used."""
        path, written = self._path(value), without_seeds(str(value.data), 300)
        try:
            text = regular_files.content(path, MAX_TLS_FILE).decode("ascii", errors="replace")
        except (OSError, ValueError) as error:
            yield self._unread(value, what, error)
            return False
        blocks = _PEM.findall(text)
        certificates = [_read(block) for block in blocks]
        if not blocks or None in certificates:
            why = f"{written} is to hold {what} for `{self._name}`, in PEM, and "
            why += "one in it cannot be read." if blocks else "holds none."
            yield self._flaw(Code.TLS_FILE, Origin.of(value), why, "Put it there, as PEM.")
            return False
        for each in certificates:
            if each is not None:
                yield from self._validity(each, value, fatal=needed)
        if needed and _MUST_STAPLE in ssl.PEM_cert_to_DER_cert(blocks[0]):
            why = (
                f"The certificate in {written} demands an OCSP staple: unless `ocsp` is never, "
                "nats-server asks its responder and does not begin without an answer. Nobody was "
                "asked here."
            )
            fix = "See that the responder can be reached where the server runs."
            yield self._flaw(Code.TLS_OCSP, Origin.of(value), why, fix, fatal=False)
        return True

    def _validity(
        self, one: Certificate, value: Value, *, fatal: bool
    ) -> Iterator[ConfigurationFlaw]:
        what = (
            f"The certificate of {one.subject or 'nobody'} in {without_seeds(str(value.data), 300)}"
        )
        renew = "Renew it before this goes into service."
        if one.until <= self._now:
            why = f"{what}, for `{self._name}`, expired on {to_the_minute(one.until)}."
            yield self._flaw(Code.TLS_EXPIRED, Origin.of(value), why, renew, fatal=fatal)
        elif one.since > self._now:
            why = f"{what}, for `{self._name}`, is not valid before {to_the_minute(one.since)}."
            fix = "Wait, or use another. Or is this machine's clock wrong?"
            yield self._flaw(Code.TLS_NOT_YET_VALID, Origin.of(value), why, fix, fatal=fatal)
        elif one.until <= self._now + SOON:
            why = f"{what}, for `{self._name}`, expires on {to_the_minute(one.until)}."
            yield self._flaw(Code.TLS_EXPIRES_SOON, Origin.of(value), why, renew, fatal=False)

    def _key(self, cert: Value, key: Value, *, sound: bool) -> Iterator[ConfigurationFlaw]:
        written = without_seeds(str(key.data), 300)
        path = self._path(key)
        try:
            text = regular_files.content(path, MAX_TLS_FILE)
        except (OSError, ValueError) as error:
            yield self._unread(key, "the key", error)
            return
        if not _KEY.search(text):
            why = f"{written} is to hold the key for `{self._name}`, in PEM, and holds none."
            yield self._flaw(
                Code.TLS_FILE, Origin.of(key), why, "Put the private key there, as PEM."
            )
        elif _ENCRYPTED.search(text):
            why = f"The key in {written} is encrypted, which nats-server does not open."
            yield self._flaw(Code.TLS_FILE, Origin.of(key), why, "Give it one that is not.")
        elif sound and (misfit := _misfit(self._path(cert), path)):
            both = (
                f"the certificate in {without_seeds(str(cert.data), 300)} and the key in {written}"
            )
            why = f"In `{self._name}`, {both} cannot be used together: {misfit}."
            fix = "Name the two that were made together."
            yield self._flaw(Code.TLS_FILE, Origin.of(key), why, fix)

    def _unread(self, value: Value, what: str, error: Exception) -> ConfigurationFlaw:
        written = without_seeds(str(value.data), 300)
        if isinstance(error, FileNotFoundError):
            why = f"{written}, {what} for `{self._name}`, is not on this machine: not judged."
            fix = "Where the server runs it must be there; try the rehearsal there too."
            return self._flaw(Code.TLS_FILE, Origin.of(value), why, fix, fatal=False)
        reason = regular_files.reason(error) if isinstance(error, OSError) else "that is no path"
        why = f"{written}, {what} for `{self._name}`, cannot be read: {reason}."
        fix = "The one who runs nats-server must be able to read it."
        others = isinstance(error, PermissionError)  # the server may well run as that user
        return self._flaw(Code.TLS_FILE, Origin.of(value), why, fix, fatal=not others)

    def _path(self, value: Value) -> Path:
        return locate(str(value.data), self._beside)

    def _flaw(
        self, code: Code, at: Origin, why: str, fix: str, *, fatal: bool = True
    ) -> ConfigurationFlaw:
        return ConfigurationFlaw(code, why, fix, at.file, at.line, fatal=fatal)


def _named_file(value: Value | None) -> Value | None:
    """The value, if it names a file; what names none the server refuses itself."""
    if value is None or not value.data or isinstance(value.data, Literal):
        return None
    return value if isinstance(value.data, str) else None


def _read(pem: str) -> Certificate | None:
    try:
        return certificate.read(ssl.PEM_cert_to_DER_cert(pem))
    except ValueError:
        return None


def _misfit(cert: Path, key: Path) -> str:
    """Say why a certificate and a key cannot be used together; empty where they can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # whether one is too weak is not asked here
    try:
        context.load_cert_chain(cert, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return "they do not belong to each other"
        return f"one cannot be read ({(error.reason or 'no reason given').lower()})"
    except (OSError, ValueError):
        return "one cannot be read"
    return ""
