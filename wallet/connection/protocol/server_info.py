"""The words of a server about itself and about us, read by type and made safe to show. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wallet.connection.protocol.message import ProtocolError
from wallet.connection.protocol.untrusted_json import MAX_INTEGER, json_object, text_in
from wallet.nats.nkeys import Kind
from wallet.nats.validation.shapes import is_key
from wallet.text import plain

MAX_URLS = 64
MAX_ITEMS = 100  # of a list
CUT = "…"  # stands at the end of a list or text of which there was more

_SHOWN: dict[str, type] = {
    "server_id": str,
    "server_name": str,
    "version": str,
    "proto": int,
    "host": str,
    "port": int,
    "headers": bool,
    "max_payload": int,
    "jetstream": bool,
    "auth_required": bool,
    "tls_required": bool,
    "tls_verify": bool,
    "tls_available": bool,
    "client_id": int,
    "client_ip": str,
    "cluster": str,
    "domain": str,
    "ldm": bool,
    "connect_info": bool,
    "remote_account": str,
    "acc_is_sys": bool,
}

# A server's nonce is 15 characters of base64. Nothing that could be another thing to sign is
# taken for one: a JWT of version 2 has a dot in it, one of version 1 is far longer.
_NONCE = re.compile(r"[A-Za-z0-9_+/=-]{1,64}")

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Identity:
    """The user that the server takes us for, in its own words made safe to show."""

    user: str
    account: str
    permissions: dict[str, object] = field(default_factory=dict)
    expires: datetime | None = None


def info_of(line: bytes) -> dict[str, object]:
    """Read the JSON of a server's greeting. Raises `ProtocolError` for any other line."""
    if line[:4].upper() != b"INFO":
        raise ProtocolError(line, "something that is not a NATS server's greeting")
    return json_object(line[4:])


def info_fields(info: dict[str, object]) -> dict[str, object]:
    """Keep the fields of an INFO that are known, where they have the type that they should have."""
    fields: dict[str, object] = {}
    for name, wanted in _SHOWN.items():
        value = info.get(name)
        if type(value) is not wanted:
            continue
        if isinstance(value, str):
            fields[name] = plain(value, 100)
        elif wanted is bool or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
            fields[name] = value
    urls = info.get("connect_urls")
    if isinstance(urls, list):
        fields["connect_urls"] = [
            plain(url, 100) for url in urls[:MAX_URLS] if isinstance(url, str)
        ]
    return fields


def version_in(info: Mapping[str, object]) -> tuple[int, int, int] | None:
    """The version that an INFO names, None where it names none."""
    parts = _VERSION.match(str(info.get("version", "")))
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


def nonce_of(info: dict[str, object]) -> str | None:
    """The text that a server wants signed; None where its INFO asks for no signature.

    Raises `ProtocolError` for what no server asks to sign.
    """
    nonce = info.get("nonce")
    if nonce is None or nonce == "":
        return None
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise ProtocolError(b"", "a nonce that no NATS server sends; it was not signed")
    return nonce


def identity_of(answer: bytes) -> Identity | None:
    """Read a server's answer to `$SYS.REQ.USER.INFO`; None for what is no such answer."""
    try:
        data = json_object(answer).get("data")
    except ProtocolError:
        return None
    if not isinstance(data, dict):
        return None
    permissions = _clean(data.get("permissions"))
    return Identity(
        user=text_in(data.get("user")),
        account=text_in(data.get("account")),
        permissions=permissions if isinstance(permissions, dict) else {},
        expires=_expiry(data.get("expires")),
    )


def teller_of(answer: bytes) -> object:
    """The id of the server that gives an answer, None where it names none."""
    try:
        server = json_object(answer).get("server")
    except ProtocolError:
        return None
    return (
        info_fields({"server_id": server.get("id")}).get("server_id")
        if isinstance(server, dict)
        else None
    )


def goes_by_jwts(account: str) -> bool | None:
    """Whether a server that put somebody into this account goes by JWTs; None for no account.

    Accounts that JWTs made are called by their public key, those of a configuration by a name.
    """
    return is_key(account, Kind.ACCOUNT) if account else None


def _clean(value: object, depth: int = 0) -> object:
    """Make every text of a JSON value safe to show, and cut what is absurdly long or deep."""
    if isinstance(value, str):
        return plain(value, 200)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, list) and depth < 6:
        shown = [_clean(item, depth + 1) for item in value[:MAX_ITEMS]]
        return [*shown, CUT] if len(value) > MAX_ITEMS else shown
    if isinstance(value, dict) and depth < 6:
        return {
            plain(str(name), 100): _clean(item, depth + 1)
            for name, item in list(value.items())[:100]
        }
    return CUT


def _expiry(value: object) -> datetime | None:
    """Turn the time that is left, which a server gives in nanoseconds, into a moment."""
    if type(value) is not int or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(time.time() + value / 1e9, UTC).replace(microsecond=0)
    except (OverflowError, ValueError, OSError):
        return None
