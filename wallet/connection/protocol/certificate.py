"""The certificate of a server, read for an explanation and never for trust. Pure.

TLS gives no details of a certificate that it refused, and those are what a person needs: for
which names it is, until when, and who signed it. This reads just these from the DER bytes,
which come from an untrusted sender: every length is checked.

Source: RFC 5280, section 4.1.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, cast

from wallet.text import plain

MAX_SIZE = 64 * 1024
MAX_NAMES = 20

_SEQUENCE, _SET, _OID, _OCTETS = 0x30, 0x31, 0x06, 0x04
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS, _DNS, _IP = 0xA0, 0xA3, 0x82, 0x87
_COMMON_NAME, _ORGANIZATION, _ALTERNATIVE_NAMES = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x1d\x11"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The parts of a certificate that a person needs: names safe to show, times in UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    since: datetime
    until: datetime
    self_signed: bool


class _Item(NamedTuple):
    tag: int
    value: bytes


def read(der: bytes) -> Certificate | None:
    """Read a certificate from DER bytes; give None for bytes that are none."""
    try:
        return _read(der[:MAX_SIZE])
    except (ValueError, IndexError, OverflowError):
        return None


def _read(der: bytes) -> Certificate:
    (whole,) = _items(der)[:1]
    fields = _items(_items(whole.value)[0].value)
    if fields[0].tag == _VERSION:
        fields = fields[1:]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    since, until = map(_time, _items(validity.value)[:2])
    extensions = next((item.value for item in fields[6:] if item.tag == _EXTENSIONS), b"")
    return Certificate(
        subject=_name(subject.value),
        issuer=_name(issuer.value),
        names=_alternative_names(extensions),
        since=since,
        until=until,
        self_signed=issuer.value == subject.value,
    )


def _items(data: bytes) -> list[_Item]:
    """Split DER bytes into the items that stand in them. Raises ValueError or IndexError."""
    items, at = [], 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4:
                raise ValueError("a length of unknown form")
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("a length beyond the end")
        items.append(_Item(tag, data[at : at + length]))
        at += length
    return items


def _name(rdn_sequence: bytes) -> str:
    """Read a subject or issuer: its common name, or its organisation where it has none."""
    parts = {}
    for one in _items(rdn_sequence):
        for pair in _items(one.value):
            oid, value = _items(pair.value)[:2]
            parts[oid.value] = value.value
    name = parts.get(_COMMON_NAME) or parts.get(_ORGANIZATION) or b""
    return plain(name.decode(errors="replace"), 100)


def _alternative_names(extensions: bytes) -> tuple[str, ...]:
    for wrapped in _items(extensions):
        for extension in _items(wrapped.value):
            parts = _items(extension.value)
            if parts[0].value == _ALTERNATIVE_NAMES:
                (names,) = _items(parts[-1].value)
                return tuple(filter(None, map(_general_name, _items(names.value)[:MAX_NAMES])))
    return ()


def _general_name(item: _Item) -> str:
    if item.tag == _DNS:
        return plain(item.value.decode(errors="replace"), 100)
    if item.tag == _IP:
        return str(ipaddress.ip_address(item.value))
    return ""


def _time(item: _Item) -> datetime:
    text = item.value.decode("ascii")
    if item.tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif item.tag != _GENERALIZED_TIME:
        raise ValueError("not a time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def describe_session(session: ssl.SSLObject | None) -> str:
    """Describe a TLS session in a few words: its version, and the verified certificate."""
    if session is None:
        return ""
    certificate = session.getpeercert() or {}
    subject = cast("tuple[tuple[tuple[str, str], ...], ...]", certificate.get("subject", ()))
    names = [value for part in subject for name, value in part if name == "commonName"]
    until = str(certificate.get("notAfter", ""))
    return ", ".join(
        filter(
            None,
            [
                session.version() or "TLS",
                f"certificate of {names[0]}" if names else "certificate verified",
                f"until {until}" if until else "",
            ],
        )
    )
