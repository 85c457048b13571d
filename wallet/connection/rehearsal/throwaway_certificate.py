"""A certificate of nobody, and its key, for a server whose own files are not on this machine. Pure.

Source: RFC 5280 for the certificate, RFC 8410 for Ed25519 in it and in PKCS #8.
"""

from __future__ import annotations

import textwrap
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from wallet.nats.nkeys import Kind, Seed

_ED25519 = bytes.fromhex("300506032b6570")
_COMMON_NAME = bytes.fromhex("0603550403")
_CONSTRAINTS = bytes.fromhex("300f0603551d130101ff040530030101ff")  # may sign: it is a CA's too
_NAME = b"nkey-wallet rehearsal"


def make(now: datetime | None = None) -> tuple[str, str]:
    """Make a certificate, valid from a day before `now` to a day after, and its key, in PEM."""
    at = now or datetime.now(UTC)
    with Seed.generate(Kind.SERVER) as seed:
        name = _der(0x30, _der(0x31, _der(0x30, _COMMON_NAME + _der(0x0C, _NAME))))
        day = timedelta(days=1)
        validity = _der(0x30, _time(at - day) + _time(at + day))
        key = _der(0x30, _ED25519 + _der(0x03, b"\0" + seed.public.raw))
        version, serial = _der(0xA0, _der(0x02, b"\x02")), _der(0x02, b"\x01")
        extensions = _der(0xA3, _der(0x30, _CONSTRAINTS))
        signed = _der(0x30, version + serial + _ED25519 + name + validity + name + key + extensions)
        signature = _der(0x03, b"\0" + seed.sign(signed))
        certificate = _der(0x30, signed + _ED25519 + signature)
        secret = _der(0x04, _der(0x04, bytes(seed.raw)))
        private = _der(0x30, _der(0x02, b"\0") + _ED25519 + secret)
    return _pem("CERTIFICATE", certificate), _pem("PRIVATE KEY", private)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _time(moment: datetime) -> bytes:
    return _der(0x18, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _pem(what: str, data: bytes) -> str:
    lines = textwrap.wrap(b64encode(data).decode("ascii"), 64)
    return "\n".join([f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""])
