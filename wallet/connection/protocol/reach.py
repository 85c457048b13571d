"""The nearness of addresses: on the internet, on this network, or this machine itself. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import IntEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Reach(IntEnum):
    """The places where an address can lead, the farthest first."""

    PUBLIC = 0
    PRIVATE = 1
    LINK_LOCAL = 2
    LOOPBACK = 3


class TooNearError(OSError):
    """A name that a server gave leads only to addresses nearer than that server itself."""


def reach_of(address: str) -> Reach:
    """Tell how near an IP address is, by the IPv4 one within it if any. Raises `ValueError`."""
    parsed = _inner(ipaddress.ip_address(address.partition("%")[0]))
    if parsed.is_loopback or parsed.is_unspecified:  # to connect to none is to connect to oneself
        return Reach.LOOPBACK
    if parsed.is_link_local or parsed.is_multicast:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if parsed.is_global else Reach.PRIVATE


def within(addresses: Iterable[str], reach: Reach | None) -> list[str]:
    """Keep addresses no nearer than `reach`. Raises `TooNearError` where that leaves none."""
    given = list(addresses)
    left = given if reach is None else [one for one in given if reach_of(one) <= reach]
    if given and not left:
        raise TooNearError("it leads to this network or machine, and was not contacted")
    return left


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
