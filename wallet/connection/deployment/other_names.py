"""Other addresses of servers that were reached: asked for nothing but their greeting.

`localhost` and `127.0.0.1`, or a name and its address, may be one server. Its id tells: a server
makes one when it starts, and says it before anything else. No key is shown for that, and nobody is
contacted who was not: only addresses of this machine, and those that were reached.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable, Mapping

from wallet.connection.protocol.greetings import MOST, greeted_id, network_addresses
from wallet.connection.protocol.target import Target
from wallet.errors import UsageError


async def other_names(
    urls: Iterable[str], reached: Mapping[str, Target], timeout: float
) -> dict[str, str]:
    """The addresses among `urls` that lead to servers `reached`, by these servers' ids.

    Every network address of one that is answered at tells an id of these servers. `timeout` is
    seconds for a name's addresses, and for each greeting.
    """
    places = {
        (address, target.port)
        for target in reached.values()
        for address in await network_addresses(target, timeout)
    }
    asked = list(urls)[:MOST]
    ids = await asyncio.gather(*(_id_at(url, places, reached, timeout) for url in asked))
    return {url: server for url, server in zip(asked, ids, strict=True) if server}


async def _id_at(
    url: str, places: set[tuple[str, int]], reached: Mapping[str, Target], timeout: float
) -> str:
    """The id of the server that an address leads to; empty where it leads to any other."""
    try:
        target = Target.parse(url)
    except UsageError:
        return ""
    addresses = await network_addresses(target, timeout)
    here = any(_is_loopback(address) and port == target.port for address, port in places)
    if not addresses or not all(
        (address, target.port) in places or (here and _is_loopback(address))
        for address in addresses
    ):
        return ""
    greetings = await asyncio.gather(*(greeted_id(one, target, timeout, None) for one in addresses))
    ids = {one for one in greetings if one is not None}
    return ids.pop() if len(ids) == 1 and ids <= reached.keys() else ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
