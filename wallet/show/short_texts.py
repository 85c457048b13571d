"""Paths and addresses cut where it costs the least: what tells one from another stays."""

from __future__ import annotations

from collections.abc import Sequence

from wallet.text import plain

_LONGEST = 1000


def ending(path: str, limit: int) -> str:
    """A plain path of at most `limit` characters; its end stays, where the name is."""
    path = plain(path, _LONGEST)
    return path if len(path) <= limit else f"…{path[1 - limit :]}"


def short_address(url: str, limit: int) -> str:
    """A server's address in about `limit` characters: first the scheme goes, then the middle of
    the host, the port never: `tls://n1.eu.example.com:4222` becomes `n1.eu.…om:4222`.
    """
    whole = plain(url, _LONGEST)
    if len(whole) <= limit:
        return whole
    rest = whole.rpartition("://")[2]
    if len(rest) <= limit:
        return rest
    host, colon, port = rest.rpartition(":")
    if not colon or "]" in port:  # no port, or one of IPv6
        host, port = rest, ""
    room = max(limit - len(colon + port) - 1, 2)
    after = min(room // 3, 8)
    return f"{host[: room - after]}…{host[len(host) - after :]}{colon}{port}"


def short_addresses(urls: Sequence[str], limit: int) -> str:
    """The addresses of one server in about `limit` characters: as many as fit, and how many more
    there are."""
    for whole in (", ".join(urls), ", ".join(url.rpartition("://")[2] for url in urls)):
        if len(whole) <= limit:
            return plain(whole, _LONGEST)
    more = f", +{len(urls) - 1}" if len(urls) > 1 else ""
    return short_address(urls[0], limit - len(more)) + more
