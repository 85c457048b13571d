"""Failures of attempts to connect: what sockets, TLS or the protocol raise, told apart once."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum, auto

from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.reach import TooNearError

# OpenSSL's verify codes, from x509_vfy.h.
_NOT_YET_VALID, _EXPIRED, _WRONG_HOST, _WRONG_ADDRESS = 9, 10, 62, 64
# Alerts that a server sends about our certificate, and about nothing else.
_ABOUT_OUR_CERTIFICATE = ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERT", "CERTIFICATE_UNKNOWN")


class TlsNotOfferedError(Exception):
    """The server speaks clear text only, and TLS was asked for."""


class FailureKind(StrEnum):
    """The kinds of failure that causes are named for."""

    NO_ANSWER = auto()
    NO_ADDRESS = auto()  # the name has none
    NAME_SERVER_SILENT = auto()
    NO_NAME = auto()  # the text cannot be looked up as one
    TOO_NEAR = auto()  # the name leads to where the server cannot be
    NOTHING_LISTENS = auto()
    CERTIFICATE_EXPIRED = auto()
    CERTIFICATE_NOT_YET_VALID = auto()
    CERTIFICATE_OF_ANOTHER = auto()
    CERTIFICATE_UNTRUSTED = auto()
    TLS_NOT_OFFERED = auto()
    OUR_CERTIFICATE_REFUSED = auto()
    TLS_HANDSHAKE_REFUSED = auto()
    TLS = auto()  # anything else that is wrong with it
    CLOSED = auto()  # by the server, in good order
    BROKEN_OFF = auto()
    NOT_THE_PROTOCOL = auto()
    OTHER = auto()


OF_THE_CERTIFICATE = frozenset(
    {
        FailureKind.CERTIFICATE_EXPIRED,
        FailureKind.CERTIFICATE_NOT_YET_VALID,
        FailureKind.CERTIFICATE_OF_ANOTHER,
        FailureKind.CERTIFICATE_UNTRUSTED,
    }
)
OF_TLS = frozenset(
    {
        FailureKind.OUR_CERTIFICATE_REFUSED,
        FailureKind.TLS_HANDSHAKE_REFUSED,
        FailureKind.TLS,
    }
)


class SomeRefusedError(ConnectionRefusedError):
    """Some of a name's addresses refused, and the others failed otherwise or were not tried."""

    def __init__(self, refused: int, of: int) -> None:
        super().__init__(f"{refused} of {of} addresses refused")
        self.how_many = f"{refused:,} of {of:,}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure: `words` for a person, and OpenSSL's own words as `tls_reason`."""

    kind: FailureKind
    words: str = "the connection broke"
    tls_reason: str = ""
    addresses: str = ""  # how many, where only some of a name's refused


def failure_of(error: BaseException) -> Failure:
    """Make a failure of an exception that ended a stage."""
    reason = ""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
    elif isinstance(error, ssl.SSLError):
        reason = error.reason or ""
    some = error.how_many if isinstance(error, SomeRefusedError) else ""
    return Failure(_kind(error), describe(error), reason, some)


def describe(error: BaseException) -> str:
    """Say in a few words what went wrong."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no such name"
    if isinstance(error, ssl.SSLEOFError):
        return "the other side left in the middle of TLS"
    if isinstance(error, TooNearError):
        return str(error)
    if isinstance(error, UnicodeError):
        return "not a name that can be looked up"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'no reason given'}".replace("_", " ").lower()
    if isinstance(error, ClosedError):
        return "the server closed the connection"
    if isinstance(error, ProtocolError):
        return f"not the NATS protocol: {error}"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    return str(error)


def _kind(error: BaseException) -> FailureKind:
    if isinstance(error, socket.gaierror):
        silent = error.errno == socket.EAI_AGAIN
        return FailureKind.NAME_SERVER_SILENT if silent else FailureKind.NO_ADDRESS
    if isinstance(error, ssl.SSLCertVerificationError):
        return _kind_of_certificate(error.verify_code)
    if isinstance(error, ssl.SSLError):
        return _kind_of_tls((error.reason or "").upper())
    for class_, kind in (
        (TimeoutError, FailureKind.NO_ANSWER),
        (TooNearError, FailureKind.TOO_NEAR),
        (TlsNotOfferedError, FailureKind.TLS_NOT_OFFERED),
        (UnicodeError, FailureKind.NO_NAME),
        (ConnectionRefusedError, FailureKind.NOTHING_LISTENS),
        (ConnectionError, FailureKind.BROKEN_OFF),
        (ClosedError, FailureKind.CLOSED),
        (ProtocolError, FailureKind.NOT_THE_PROTOCOL),
    ):
        if isinstance(error, class_):
            return kind
    return FailureKind.OTHER


def _kind_of_certificate(verify_code: int) -> FailureKind:
    kinds = {
        _EXPIRED: FailureKind.CERTIFICATE_EXPIRED,
        _NOT_YET_VALID: FailureKind.CERTIFICATE_NOT_YET_VALID,
        _WRONG_HOST: FailureKind.CERTIFICATE_OF_ANOTHER,
        _WRONG_ADDRESS: FailureKind.CERTIFICATE_OF_ANOTHER,
    }
    return kinds.get(verify_code, FailureKind.CERTIFICATE_UNTRUSTED)


def _kind_of_tls(reason: str) -> FailureKind:
    if any(words in reason for words in _ABOUT_OUR_CERTIFICATE):
        return FailureKind.OUR_CERTIFICATE_REFUSED
    if "HANDSHAKE_FAILURE" in reason:
        return FailureKind.TLS_HANDSHAKE_REFUSED
    return FailureKind.TLS
