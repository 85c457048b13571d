"""Whether Go can read a URL, and what it takes for its parts. Pure.

Go refuses some that Python takes, and the other way round; a JWT with one that Go cannot read
is refused whole. Source: Go's net/url, `Parse`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_HOST = r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"\x80-\U0010ffff]*"  # long to compile
_HOST_ESCAPE = re.compile(r"%(?!25|[89a-fA-F][0-9a-fA-F])")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")


class Url(NamedTuple):
    """A URL as Go reads it: `host` is without its port, `user` whether credentials stand in it."""

    scheme: str
    host: str
    path: str
    user: bool


def parsed(text: str) -> Url | None:
    """The parts of a URL, None where Go reads none."""
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        return None
    text, _, fragment = text.partition("#")
    if text == "*" and not fragment:
        return Url("", "", "*", user=False)
    if _ESCAPE.search(fragment) or text.startswith(":"):
        return None
    scheme, rest = "", text
    if match := _SCHEME.match(text):
        scheme, rest = match[1].lower(), text[match.end() :]
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, "", "", user=False)  # opaque, as in mailto:somebody
        if ":" in rest.partition("/")[0] or _ESCAPE.search(rest):
            return None
        return Url("", "", rest, user=False)
    authority, path = "", rest
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    user, at, host = authority.rpartition("@")
    host_name = _host(scheme, host)
    if host_name is None or _ESCAPE.search(path):
        return None
    if at and (not _USER.fullmatch(user) or _ESCAPE.search(user)):
        return None
    return Url(scheme, host_name, path, user=bool(at))


def _host(scheme: str, host: str) -> str | None:
    """The name in `name:port` or `[address]:port`, None for what is none."""
    opened = host.rfind("[")
    if opened > 0:
        return None
    if opened == 0:
        inside, bracket, port = host[1:].rpartition("]")
        address, zone = inside, ""
        if "%25" in inside:
            address, _, zone = inside.partition("%25")
        right = bracket and _is_port(port) and _is_address(address) and not _ESCAPE.search(zone)
        return inside if right else None
    # Only one colon in http and https; elsewhere several hosts with ports may be listed.
    cut = host.find(":") if scheme in {"http", "https"} else host.rfind(":")
    name, port = (host, "") if cut < 0 else (host[:cut], host[cut:])
    return name if _is_port(port) and _is_host(host) else None


def _is_address(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    return not _HOST_ESCAPE.search(text) and re.fullmatch(_HOST, text.replace("%", "")) is not None


def _is_port(text: str) -> bool:
    return re.fullmatch(r"(:[0-9]*)?", text) is not None
