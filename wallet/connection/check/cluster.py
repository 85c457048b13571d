"""The other servers of a cluster, as a server names them: who may be asked, and how. Pure.

What a server names is its word alone. So a person sees the addresses before a key is shown
there; none leads from a public server to a machine on this network or to this one; and each
has to show the certificate that the first server was verified by, for the same name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from wallet.connection.causes.report import Report, Stage
from wallet.connection.check.request import Server
from wallet.connection.protocol.reach import Reach, reach_of
from wallet.connection.protocol.target import Target
from wallet.errors import UsageError

MOST_SERVERS = 64


class Named(NamedTuple):
    """The servers that were named and are not known yet; `kept_away` are not to be contacted."""

    servers: list[Server]
    kept_away: list[str]


Agree = Callable[[Named], Awaitable[bool]]


def named_by(wave: Sequence[Server], reports: Iterable[Report], addresses: set[str]) -> Named:
    """Collect the servers that reports of `wave` name; their addresses join `addresses`."""
    by_url = {server.target.url: server for server in wave}
    named = Named([], [])
    for report in reports:
        server = by_url.get(report.url)
        urls = report.server.get("connect_urls")
        if server is None or not isinstance(urls, list):
            continue
        for url in urls:
            target = _neighbour(server.target, report, url)
            if target is None or target.address in addresses or len(addresses) >= MOST_SERVERS:
                continue
            addresses.add(target.address)
            if _is_within(target):
                named.servers.append(replace(server, target=target, monitor=None))
            else:
                named.kept_away.append(target.address)
    return named


def _is_within(target: Target) -> bool:
    """Whether an address may be contacted; a name is judged when it was looked up."""
    if target.reach is None or not _is_address(target.host):
        return True
    return reach_of(target.host) <= target.reach


def _neighbour(of: Target, report: Report, url: object) -> Target | None:
    """Read what a server names as another of its cluster, `host:port`; it is spoken to alike."""
    if not isinstance(url, str) or "/" in url:
        return None
    spoke_tls = any(stage.stage is Stage.TLS and stage.ok for stage in report.stages)
    try:
        target = Target.parse(f"{'tls' if of.tls or spoke_tls else 'nats'}://{url}")
    except UsageError:
        return None
    reach = reach_of(report.address) if report.address else Reach.PUBLIC
    within = reach if of.reach is None else min(reach, of.reach)
    return replace(target, tls_name=of.certified if target.tls else None, reach=within)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
