"""Connections to groups of servers, as a user of the system account."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from wallet.chain import Chain
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.report import Stage
from wallet.connection.check.attempt import opened
from wallet.connection.check.explanation import explained
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.deployment.answers import Accepted, Loaded, Node
from wallet.connection.deployment.node_group import ByServer, Copy, NodeGroup
from wallet.connection.deployment.scatter_gather import ForbiddenError, Requests
from wallet.connection.protocol.conversation import ServerError, Talk
from wallet.connection.protocol.greetings import others_at
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.errors import WalletError
from wallet.nats.nkeys import PublicKey, Seed
from wallet.text import plain
from wallet.when import how_long

CLOCKS_AGREE = 30  # seconds
PATIENCE_FOR_GREETINGS = 1.0  # seconds
ANOTHER = (
    "A server that answered nothing of what was asked greets clients at {}, who may meet it there. "
    "Name it by an address of its own."
)
T = TypeVar("T")


class NotDeployedError(WalletError):
    """The servers were not reached, or ended the conversation: their copies are not known."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of the system account, with its JWTs; it hears answers beneath the subject `inbox`.

    `lasting` is whether it is for a server whose clock is far ahead.
    """

    public: PublicKey
    open_seed: Callable[[], Seed]
    chain: Chain
    inbox: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class ReachedServers:
    """The groups of servers that the connections reach, and remarks about them.

    `unreached` says why servers could not be connected to, by their addresses; `arrived` the id of
    the one at each other address, with its group.
    """

    groups: list[NodeGroup] = field(default_factory=list)
    alone: list[NodeGroup] = field(default_factory=list)  # each of one server of a group, itself
    unreached: dict[str, str] = field(default_factory=dict)
    arrived: dict[str, tuple[str, NodeGroup]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def servers(self) -> dict[str, Node]:
        """Every server that answered, by its id."""
        return {key: server for group in self.groups for key, server in group.servers.items()}

    @property
    def trusted(self) -> dict[str, frozenset[str]]:
        """The operators, and their signing keys, that each server trusts, by its id; without those
        that did not tell."""
        return {key: trust for group in self.groups for key, trust in group.trusted.items()}

    @property
    def system_accounts(self) -> dict[str, str]:
        """The system account of each server, by its id; without those that did not tell."""
        return {key: one for group in self.groups for key, one in group.system_accounts.items()}

    @property
    def names(self) -> dict[str, str]:
        """A name for each server, by its id, and no two alike: servers of one name are told apart
        by their ids, whatever another calls itself."""
        servers = sorted(self.servers.values(), key=lambda server: (server.name, server.id))
        count = Counter(server.name for server in servers)
        short = {
            server.id: server.name if count[server.name] == 1 else f"{server.name} {server.id[:8]}"
            for server in servers
        }
        count = Counter(short.values())
        names, taken = dict[str, str](), set[str]()
        for server in servers:
            own = short[server.id]
            name = own if count[own] == 1 else f"{server.name} {server.id}"
            while name in taken:
                name += " too"
            names[server.id] = name
            taken.add(name)
        return names

    @property
    def silent(self) -> dict[str, str]:
        """The reasons why servers were not heard, by their names or addresses."""
        return self.unreached | {
            name: why for group in self.groups for name, why in group.silent.items()
        }

    def behind(self, address: str) -> set[str]:
        """The servers that an address stands for, by id: the one there, and those of its group
        that are at no other of the addresses."""
        own, group = self.arrived[address]
        elsewhere = {server for server, _ in self.arrived.values()}
        return {own} | (group.servers.keys() - elsewhere)

    @property
    def time(self) -> float | None:
        """The latest time that a server told, seconds since 1970."""
        times = [server.time for server in self.servers.values() if server.time is not None]
        return max(times, default=None)

    @property
    def takes_accounts(self) -> bool:
        """Whether somebody listened to what was sent, everywhere."""
        return all(group.takes_accounts for group in self.groups)

    async def look(self, accounts: Sequence[str]) -> dict[str, ByServer]:
        """Look at the copies of accounts in all groups, as `NodeGroup.look` does in one."""
        copies: dict[str, ByServer] = {account: {} for account in accounts}
        for group in self.groups:
            for account, by_server in (await group.look(accounts)).items():
                copies[account].update(by_server)
        return copies

    async def contradicted(self, copies: Mapping[str, ByServer]) -> set[tuple[str, str]]:
        """The accounts and servers, by public key and id, of which another server told what the
        server itself does not, over a connection of its own.

        `copies` are those that `look` gave. Only servers that are named are reached like that.
        """
        accounts, lies = list(copies), set[tuple[str, str]]()
        for itself in self.alone:
            own = next(iter(itself.servers))
            try:
                answers = await itself.loaded(accounts)
            except (ForbiddenError, ServerError, ProtocolError, ClosedError, OSError):
                answers = [{} for _ in accounts]
            for account, loaded in zip(accounts, answers, strict=True):
                told = copies[account].get(own)
                if told is not None and told.known and not _agrees(told, loaded.get(own)):
                    lies.add((account, own))
        return lies

    async def lists(self) -> dict[str, set[str]]:
        """The accounts that each server stores, by its id, as `NodeGroup.lists` gives them."""
        stored: dict[str, set[str]] = {}
        for group in self.groups:
            stored |= await group.lists()
        return stored

    async def send(self, tokens: Sequence[str]) -> list[dict[str, Accepted]]:
        """Push JWTs to all groups, as `NodeGroup.send` does to one."""
        return _joined([await group.send(tokens) for group in self.groups], len(tokens))

    async def connections(self, users: Sequence[tuple[str, str]]) -> list[dict[str, int]]:
        """Count users' connections in all groups, as `NodeGroup.connections` does in one."""
        return _joined([await group.connections(users) for group in self.groups], len(users))


def _agrees(told: Copy, shown: Loaded | None) -> bool:
    """Whether a server shows itself what was told of its copy of an account; one that does not
    need the account now shows none, and may store it."""
    if shown is None or (shown.token is None and told.in_use):
        return False
    if shown.token is None:
        return True
    return shown.token == told.token and (not told.in_use or shown.revoked == told.revoked)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An attempt to connect to a server: `talk` is None where it failed, for the reason `why`."""

    address: str
    server_id: object
    talk: Talk | None
    user: SystemUser
    why: str = ""


@asynccontextmanager
async def reached(
    servers: Sequence[Server], users: Sequence[SystemUser], timeout: float
) -> AsyncIterator[ReachedServers]:
    """Connect to each server as the first of `users` that it takes, and call the roll.

    The later of `users` are tried where a server refused the one before. `timeout` is seconds for
    each connection, and the longest that an answer is waited for. Raises `NotDeployedError` where
    no server lets us in, and for whatever the servers do within the block that ends it.
    """
    async with AsyncExitStack() as stack:
        arrivals = await asyncio.gather(*(_enter(stack, each, users, timeout) for each in servers))
        with _in_words():
            yield await _call_roll(stack, servers, users, arrivals, timeout)


async def _system_group(
    stack: AsyncExitStack,
    server: Server,
    users: Sequence[SystemUser],
    arrival: _Arrival,
    timeout: float,
) -> tuple[_Arrival, NodeGroup | None]:
    """Call the roll over a connection; where nobody answers, the server has another system account,
    and is tried as the later users."""
    while arrival.talk is not None:
        group = NodeGroup(Requests(arrival.talk, arrival.user.inbox), timeout)
        await group.call_roll()
        later = users[users.index(arrival.user) + 1 :]
        if group.servers or not later:
            return arrival, group
        arrival = await _enter(stack, server, later, timeout)
    return arrival, None


async def _call_roll(
    stack: AsyncExitStack,
    servers: Sequence[Server],
    users: Sequence[SystemUser],
    arrivals: Sequence[_Arrival],
    timeout: float,
) -> ReachedServers:
    """Learn which servers each connection reaches, those that an earlier one reaches left out."""
    result = ReachedServers()
    ids: set[object] = set()
    for server, first in zip(servers, arrivals, strict=True):
        if first.talk is not None and first.server_id in ids:
            itself = NodeGroup(Requests(first.talk, first.user.inbox), timeout)
            own = str(first.server_id)
            itself.servers = {own: result.servers[own]}
            result.alone.append(itself)
            group_of_it = next(group for group in result.groups if own in group.servers)
            result.arrived[first.address] = own, group_of_it
            continue
        before = time.time()
        arrival, group = await _system_group(stack, server, users, first, timeout)
        if group is None:
            result.unreached[arrival.address] = arrival.why
            continue
        if not group.servers:
            result.unreached[arrival.address] = (
                "It let us in, and does not answer as it does to a user of its system account."
            )
            continue
        ids.update(group.servers)
        result.groups.append(group)
        result.arrived[arrival.address] = str(arrival.server_id), group
        if remark := _about_clocks(group, before, late=arrival.user.lasting):
            result.remarks.append(remark)
    if not result.groups:
        why = " ".join(f"{address}: {why}" for address, why in result.unreached.items())
        raise NotDeployedError(f"Nothing was looked at and nothing sent. {why}")
    for group in result.groups:
        await group.ask_configurations()
        result.remarks.extend(group.with_leaf_nodes())
        if not result.silent:  # else it is known already that not all are heard
            result.remarks.extend(group.missing_by_routes())
    await _look_for_others(result, servers, timeout)
    return result


async def _look_for_others(
    result: ReachedServers, servers: Sequence[Server], timeout: float
) -> None:
    """Take for silent who answers at the addresses of the servers, and not to the roll call.

    A name may lead to several servers, or a proxy to several in turns: whoever connects there may
    meet one that was not asked.
    """
    known = {*result.servers, *(server for server, _ in result.arrived.values())}
    patience = min(timeout, PATIENCE_FOR_GREETINGS)

    async def look(server: Server) -> None:
        target = server.target
        if target.address not in result.arrived:
            return
        _, group = result.arrived[target.address]
        for other, way in (await others_at(target, known, patience, server.tls)).items():
            group.silent[f"{other[:8]} at {way}"] = ANOTHER.format(target.address)

    await asyncio.gather(*map(look, servers))


async def _enter(
    stack: AsyncExitStack, server: Server, users: Sequence[SystemUser], timeout: float
) -> _Arrival:
    """Try to connect to a server as one user after the other, until it takes one."""
    address = server.target.address
    options = CheckOptions(timeout, round_trips=0, probe=Probe.NEVER)
    for user in users:
        attempt = await stack.enter_async_context(
            opened(server, user.public, _keyring_of(user), options)
        )
        if attempt.talk is not None:
            server_id = attempt.evidence.info.get("server_id")
            return _Arrival(address, server_id, attempt.talk, user)
        if attempt.evidence.failed is not Stage.AUTHENTICATE:
            break
    report = await explained(attempt.evidence, timeout)
    why = report.causes[0].why if report.causes else report.summary
    if attempt.evidence.failed is Stage.AUTHENTICATE:
        why = f"It refused the user of the system account. {why}"
    return _Arrival(address, None, None, user, why)


def _keyring_of(user: SystemUser) -> Keyring:
    return Keyring(lambda _: user.open_seed(), lambda _: user.chain)


def _about_clocks(group: NodeGroup, now: float, *, late: bool) -> str:
    """Say how far the servers' clocks are from the one here; empty where that does not matter."""
    times = [server.time for server in group.servers.values() if server.time is not None]
    apart = max((moment - now for moment in times), key=abs, default=0.0)
    if abs(apart) < CLOCKS_AGREE:
        return ""
    name = next(iter(group.servers.values())).name
    words = f"{how_long(abs(apart))} {'ahead of' if apart > 0 else 'behind'} the clock here"
    more = (
        ": it refused a user that is made for two minutes, and took one that lasts" if late else ""
    )
    return f"The clock of {name} is {words}{more}. Set the wrong one right."


@contextmanager
def _in_words() -> Iterator[None]:
    """Raise `NotDeployedError` for whatever servers do that ends a conversation."""
    try:
        yield
    except ForbiddenError as error:
        raise NotDeployedError(
            f"The servers do not let this user of the system account ask that: {error}. Name "
            "another one."
        ) from None
    except ServerError as error:
        raise NotDeployedError(f"The server ended the connection: {error}.") from None
    except (ProtocolError, ClosedError, OSError) as error:
        words = plain(str(error), 200) or "the connection was lost"
        raise NotDeployedError(
            f"The conversation with the server broke off: {words}. What it holds is not known: "
            "look again."
        ) from None


def _joined(parts: Sequence[Sequence[dict[str, T]]], length: int) -> list[dict[str, T]]:
    return [{key: one for part in parts for key, one in part[n].items()} for n in range(length)]
