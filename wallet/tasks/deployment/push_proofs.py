"""The proofs of a push: where accounts were seen, by the addresses of the servers asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from wallet.connection.check.request import Server
from wallet.connection.deployment.reached_servers import ReachedServers
from wallet.connection.protocol.target import Target
from wallet.errors import UsageError
from wallet.tasks.deployment.arrival import AccountOutcome
from wallet.tasks.deployment.deliveries import Sighting, is_news, note_sightings
from wallet.tasks.rotation.proofs import Configured, note_push, wait_for_push
from wallet.vault.db.parts.rotations import Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

SAME = "{} leads to the same server as {}, by its id: what is proved there is proved for both."


async def other_addresses(
    records: Records,
    accounts: Sequence[KeyRecord],
    there: ReachedServers,
    servers: Sequence[Server],
    timeout: float,
) -> dict[Server, str]:
    """The other addresses of servers that were reached, where accounts are known at them; each with
    the address, as it was given, of the server that it leads to."""
    given = {each.target.address: each.target for each in servers}
    known = {url for account in accounts for url in records.deliveries.servers(account.id)}
    known = {url for url in known if _address(url) not in {"", *given}}
    ids = {server: given[address] for address, (server, _) in there.arrived.items()}
    if not known:
        return {}
    from wallet.connection.deployment.other_names import other_names  # seldom asked for

    names = await other_names(sorted(known), ids, timeout)
    more = {Server(Target.parse(url)): ids[server].url for url, server in names.items()}
    for one in more:
        server = names[one.target.url]
        there.arrived[one.target.address] = there.arrived[ids[server].address]
    return more


def _address(url: str) -> str:
    """The host and port of an address that the vault has; empty where it is none."""
    try:
        return Target.parse(url).address
    except UsageError:
        return ""


def note_proofs(
    vault: Vault,
    outcomes: Sequence[AccountOutcome],
    there: ReachedServers,
    servers: Sequence[Server],
    configured: Configured,
    refused: set[tuple[str, str]],
    begun_with: Collection[Rotation],
) -> None:
    """Keep where accounts were seen, and what that, and servers' configurations, prove of the
    rotations that the push has `begun_with`: each address by itself, so that one which lacks
    something is told from the others."""
    urls = {each.target.address: each.target.url for each in servers}
    sightings = []
    for outcome in outcomes:
        known = vault.records.deliveries.servers(outcome.record.id)
        doubt = _unexpected(there, servers, known)
        seen = {
            urls[address]: outcome.seen_at(_names_behind(there, address) | doubt, address)
            for address in there.arrived
        }
        if outcome.pushed or any(holds is not None for holds in seen.values()):
            one = Sighting(outcome.record.public, outcome.token, seen, sent=outcome.pushed)
            sightings.append(one)
    news = any(is_news(vault.records, sighting) for sighting in sightings)
    if news or wait_for_push(vault.records):
        with vault.change(minor=True) as records:
            current = note_sightings(records, sightings)
            where = {
                sighting.account: [url for url, holds in sighting.servers.items() if holds]
                for sighting in sightings
                if sighting.account in current
            }
            note_push(records, where, refused, configured, begun_with)


def _unexpected(there: ReachedServers, servers: Sequence[Server], known: Iterable[str]) -> set[str]:
    """The addresses that were not reached and are none of those known, so that nothing would wait
    for them: they leave all others of the push in doubt."""
    urls = {*known}
    return {
        each.target.address
        for each in servers
        if each.target.address in there.unreached and each.target.url not in urls
    }


def _names_behind(there: ReachedServers, address: str) -> set[str]:
    """The names of the servers that an address stands for, and of those of its group that were
    not heard."""
    names = there.names
    _, group = there.arrived[address]
    return {names.get(server, server) for server in there.behind(address)} | group.silent.keys()


def configured_at(
    records: Records, operator: KeyRecord, there: ReachedServers, servers: Sequence[Server]
) -> Configured:
    """Join what the configurations of the servers behind each address name."""
    operators: dict[str, frozenset[str] | None] = {}
    system_accounts: dict[str, str | None] = {}
    if _unexpected(there, servers, records.deliveries.known_servers.of(operator.public)):
        return Configured()
    for each in servers:
        address, url = each.target.address, each.target.url
        if address not in there.arrived or there.arrived[address][1].silent:
            continue
        behind = there.behind(address)
        trusted = [there.trusted.get(server) for server in behind]
        joined = frozenset[str]().union(*(keys or () for keys in trusted))
        operators[url] = None if None in trusted else joined
        accounts = {there.system_accounts.get(server) for server in behind}
        system_accounts[url] = accounts.pop() if len(accounts) == 1 else None
    return Configured(operators, system_accounts)
