"""The servers that a person means who writes addresses or the names of profiles."""

from __future__ import annotations

from pathlib import Path

from wallet.connection.check.request import Server
from wallet.connection.protocol.monitoring import Monitor, MonitorAddress
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.vault.db.parts.servers import ServerProfile, Servers


def profile_of(
    name: str, urls: list[str], tls: TlsFiles, monitor: str | None = None
) -> ServerProfile:
    """Make a profile, after a look at its addresses and files. Raises `UsageError`."""
    targets = Target.parse_all(urls)
    tls.context()
    address = MonitorAddress.parse(monitor).url if monitor else ""
    return ServerProfile(
        name,
        tuple(target.url for target in targets),
        ca=_absolute(tls.ca),
        cert=_absolute(tls.cert),
        key=_absolute(tls.key),
        monitor=address,
    )


def servers_of(
    servers: Servers, texts: list[str], tls: TlsFiles, monitor: str | None = None
) -> list[Server]:
    """The servers that these texts mean, several with commas between; each once.

    A word that is the name of a profile means its servers, with its files and its monitoring
    (which is that of its first server). `tls` and `monitor` come before what a profile says;
    a monitoring address belongs to one server. Raises `UsageError`.
    """
    by_url: dict[str, Server] = {}
    for word in [part.strip() for text in texts for part in text.split(",") if part.strip()]:
        profile = servers.profile(word)
        meant = _of_profile(profile, tls) if profile else [Server(Target.parse(word), tls)]
        for server in meant:
            by_url.setdefault(server.target.url, server)
    if not by_url:
        Target.parse("")
    if monitor:
        if len(by_url) > 1:
            raise UsageError("The monitoring address belongs to one server.")
        watched = Monitor(MonitorAddress.parse(monitor), tls)
        return [Server(server.target, server.tls, watched) for server in by_url.values()]
    return list(by_url.values())


def _of_profile(profile: ServerProfile, given: TlsFiles) -> list[Server]:
    tls = TlsFiles(
        given.ca or _path(profile.ca),
        given.cert or _path(profile.cert),
        given.key or _path(profile.key),
    )
    targets = Target.parse_all(list(profile.urls))
    monitor = Monitor(MonitorAddress.parse(profile.monitor), tls) if profile.monitor else None
    return [
        Server(target, tls, monitor if number == 0 else None)
        for number, target in enumerate(targets)
    ]


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _absolute(path: Path | None) -> str:
    """Write a path so that it means the same from everywhere."""
    return str(path.absolute()) if path else ""
