"""Addresses of servers that name this machine by several names.

They stay apart: a name may lead to several addresses with a server on each, and a certificate is
for one of the names. It is said that they may be one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit


def may_be_the_same(url: str, others: Iterable[str]) -> list[str]:
    """The other addresses, each once, of this machine that have the same scheme and port."""
    own = _port_here(url)
    if own is None:
        return []
    return [one for one in dict.fromkeys(others) if one != url and _port_here(one) == own]


def _port_here(url: str) -> tuple[str, int | None] | None:
    """The scheme and port of an address of this machine; None for one that leads elsewhere."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    return (parts.scheme, port) if host == "localhost" or _is_loopback(host) else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
