"""From what a person writes, addresses or the names of profiles, to the places to ask."""

from __future__ import annotations

from pathlib import Path

from wallet.connection.check.question import Place
from wallet.connection.protocol.monitoring import Monitor, MonitorAddress
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.vault.db.servers import ServerProfile, Servers


def profile_of(
    name: str, urls: list[str], tls: TlsFiles, monitor: str | None = None
) -> ServerProfile:
    """A profile whose addresses and files were looked at. Raises `UsageError`."""
    targets = Target.parse_all(urls)
    tls.context()
    address = MonitorAddress.parse(monitor).url if monitor else ""
    return ServerProfile(
        name,
        tuple(target.url for target in targets),
        ca=_kept(tls.ca),
        cert=_kept(tls.cert),
        key=_kept(tls.key),
        monitor=address,
    )


def places_of(
    servers: Servers, texts: list[str], tls: TlsFiles, monitor: str | None = None
) -> list[Place]:
    """The places that these texts mean, several with commas between; each place once.

    A word that is the name of a profile means its servers, with its files and its monitoring
    (which is that of its first server). `tls` and `monitor` come before what a profile says;
    a monitoring address belongs to one server. Raises `UsageError`.
    """
    found: dict[str, Place] = {}
    for word in [part.strip() for text in texts for part in text.split(",") if part.strip()]:
        profile = servers.profile(word)
        places = _of_profile(profile, tls) if profile else [Place(Target.parse(word), tls)]
        for place in places:
            found.setdefault(place.target.url, place)
    if not found:
        Target.parse("")
    if monitor:
        if len(found) > 1:
            raise UsageError("The monitoring address belongs to one server.")
        watched = Monitor(MonitorAddress.parse(monitor), tls)
        return [Place(place.target, place.tls, watched) for place in found.values()]
    return list(found.values())


def _of_profile(profile: ServerProfile, given: TlsFiles) -> list[Place]:
    tls = TlsFiles(
        given.ca or _path(profile.ca),
        given.cert or _path(profile.cert),
        given.key or _path(profile.key),
    )
    targets = Target.parse_all(list(profile.urls))
    monitor = Monitor(MonitorAddress.parse(profile.monitor), tls) if profile.monitor else None
    return [
        Place(target, tls, monitor if number == 0 else None)
        for number, target in enumerate(targets)
    ]


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _kept(path: Path | None) -> str:
    """A path that means the same from everywhere."""
    return str(path.absolute()) if path else ""
