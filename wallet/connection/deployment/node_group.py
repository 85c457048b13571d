"""The servers behind one connection: their roll call, their copies of accounts, pushes to them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wallet.connection.deployment import answers
from wallet.connection.deployment.answers import (
    MAX_SERVERS,
    Accepted,
    Loaded,
    Node,
    Present,
    Variables,
)
from wallet.connection.deployment.scatter_gather import ForbiddenError, Question, Requests
from wallet.connection.protocol.message import Message
from wallet.nats.claims.content import few
from wallet.nats.jwt import MAX_SIZE

QUIET = 2.0  # seconds: what may never be answered is waited for no longer than that
UNNAMED = "servers without a name"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Copy:
    """A server's copy of an account: its JWT, None where it has none.

    `known` is false where the server did not tell; `perhaps` are JWTs of which it may hold one.
    `in_use` is true where it goes by this JWT now; then `revoked` are the public keys of users
    whose JWTs it refuses, each with the time up to which these were issued, in seconds since 1970.
    """

    token: str | None = None
    known: bool = True
    perhaps: tuple[str, ...] = ()
    in_use: bool = False
    revoked: Mapping[str, float] = field(default_factory=dict)


UNTOLD = Copy(known=False)
ByServer = dict[str, Copy]


class NodeGroup:
    """All servers that one connection reaches, by their ids.

    `silent` says why others were not heard, by their names. What asks them raises what
    `Requests.ask` raises.
    """

    def __init__(self, requests: Requests, patience: float) -> None:
        """`patience` is seconds to wait for an answer that should come."""
        self._requests, self._patience = requests, patience
        self.servers: dict[str, Node] = {}
        self.silent: dict[str, str] = {}
        self._variables: dict[str, Variables] = {}
        self.takes_accounts = True  # false once nobody listened to a pushed JWT

    async def call_roll(self) -> None:
        """Learn which servers there are."""
        present: dict[str, Present] = {}
        nobody = False

        def hear(_: int, message: Message) -> bool:
            nonlocal nobody
            nobody |= answers.is_nobody(message)
            answer = answers.present(message)
            if answer is None or answer.server.id in present or len(present) >= MAX_SERVERS:
                return False
            present[answer.server.id] = answer
            return True

        def all_there() -> bool:
            if nobody and not present:  # this is no user of the system account
                return True
            names = {each.server.name for each in present.values()}
            count = max((each.active_servers for each in present.values()), default=1)
            routes = {name for each in present.values() for name in each.neighbours}
            return 1 <= count <= len(present) and routes <= names

        await self._requests.ask([(answers.ROLL_CALL, b"")], hear, all_there, self._patience)
        self.servers = {identifier: each.server for identifier, each in present.items()}
        names = {server.name for server in self.servers.values()}
        for each in present.values():
            for name in each.neighbours:
                if name not in names:
                    why = f"{each.server.name} is connected to it, and it did not answer."
                    self.silent.setdefault(name, why)
        count = max((each.active_servers for each in present.values()), default=0)
        if (missing := count - len(present) - len(self.silent)) > 0:
            self.silent[UNNAMED] = f"The others count {missing} more that did not answer."

    async def ask_configurations(self) -> None:
        """Learn the servers' routes and the operators that they trust from their configurations."""
        try:
            [self._variables] = await self._first_answers(
                [(answers.VARIABLES, b"")], answers.variables, QUIET
            )
        except ForbiddenError:  # a user of the vault may do less than one made here
            self._variables = {}

    @property
    def trusted(self) -> dict[str, frozenset[str]]:
        """The operators, and their signing keys, that each server trusts, by its id; without those
        that did not tell."""
        return {key: each.operators for key, each in self._variables.items() if each.operators}

    @property
    def system_accounts(self) -> dict[str, str]:
        """The system account of each server, by its id; without those that did not tell."""
        known = {key: each.system_account for key, each in self._variables.items()}
        return {key: account for key, account in known.items() if account}

    def missing_by_routes(self) -> list[str]:
        """Say of each cluster if fewer servers answer than its servers have routes configured to.

        One that was stopped in order is forgotten by the others, but not by their configuration.
        That names addresses, of which one server may have several: it is no proof.
        """
        by_cluster: dict[str, list[frozenset[str]]] = {}
        for identifier, variables in self._variables.items():
            by_cluster.setdefault(self.servers[identifier].cluster, []).append(variables.routes)
        remarks = []
        for cluster, of_servers in sorted(by_cluster.items()):
            every, here = sorted(frozenset().union(*of_servers)), len(of_servers)
            if len(every) > here:
                remarks.append(
                    f"The servers of the cluster {cluster} have routes to {len(every)} addresses "
                    f"({few(every)}), and {here} of them answered: one may be down."
                )
        return remarks

    def with_leaf_nodes(self) -> list[str]:
        """Say which servers leaf nodes are connected to: these hold accounts of their own."""
        return [
            f"Leaf nodes are connected to {self.servers[key].name} ({each.leaf_nodes:,}): what "
            "they hold is known only of those that are named here. Name others by their addresses."
            for key, each in self._variables.items()
            if each.leaf_nodes
        ]

    async def look(self, accounts: Sequence[str]) -> dict[str, ByServer]:
        """Look at the servers' copies of accounts, by their public keys and the servers' ids."""
        loaded = await self.loaded(accounts)
        quiet = any(server.quiet for server in self.servers.values())
        lists = await self._lists_for_lookup() if quiet else None
        stored = await self._stored(accounts, lists or {})
        copies = {}
        for account, by_server, texts in zip(accounts, loaded, stored, strict=True):
            unsure = _is_unsure(texts, len(self.servers))
            unsure = unsure and any(answer.token is None for answer in by_server.values())
            if unsure and lists is None:
                lists = await self.lists()
            copies[account] = self._copies(account, by_server, texts, lists if unsure else None)
        return copies

    async def lists(self) -> dict[str, set[str]]:
        """The public keys of the accounts that each server stores, by the server's id.

        Servers that store none are left out.
        """
        [stored] = await self._first_answers([(answers.LIST, b"")], answers.listed, QUIET)
        return stored

    async def _lists_for_lookup(self) -> dict[str, set[str]] | None:
        """Ask as `lists` does; None where nobody stores accounts, or this user may not ask that."""
        nobody = False

        def read(message: Message) -> tuple[Node, set[str]] | None:
            nonlocal nobody
            nobody |= answers.is_nobody(message)
            return answers.listed(message)

        try:
            [stored] = await self._first_answers([(answers.LIST, b"")], read, QUIET, lambda: nobody)
        except ForbiddenError:
            return None
        return None if nobody else stored

    async def send(self, tokens: Sequence[str]) -> list[dict[str, Accepted]]:
        """Push JWTs; give for each of them the servers' answers, by their ids."""
        nobody = False

        def read(message: Message) -> tuple[Node, Accepted] | None:
            nonlocal nobody
            nobody |= answers.is_nobody(message)
            return answers.accepted(message)

        questions = [(answers.UPDATE, token.encode()) for token in tokens]
        accepted = await self._first_answers(questions, read, enough=lambda: nobody)
        self.takes_accounts = not nobody
        return accepted

    async def connections(self, users: Sequence[tuple[str, str]]) -> list[dict[str, int]]:
        """Count the connections of users that servers still have: for each user, by their ids.

        `users` are pairs of public keys: the account's, and the user's. nats-server 2.9 finds no
        user of a JWT, and says none.
        """
        questions = [
            (
                answers.connections_of(account),
                f'{{"auth":true,"limit":1,"user":"{user}"}}'.encode(),
            )
            for account, user in users
        ]
        return await self._first_answers(questions, answers.connected)

    async def loaded(self, accounts: Sequence[str]) -> list[dict[str, Loaded]]:
        """The accounts as servers go by them: for each account, by the servers' ids.

        A server that answers nothing at all is taken for silent from now on.
        """
        questions = [(answers.info_of_account(account), b"") for account in accounts]
        loaded = await self._first_answers(questions, answers.loaded)
        for identifier in set(self.servers).difference(*loaded) if accounts else ():
            server = self.servers.pop(identifier)
            self.silent[server.name] = "It answered the roll call, and nothing after it."
        return loaded

    async def _first_answers(
        self,
        questions: Sequence[Question],
        read: Callable[[Message], tuple[Node, T] | None],
        longest: float = math.inf,
        enough: Callable[[], bool] = lambda: False,
    ) -> list[dict[str, T]]:
        """Ask, and give for each question the first answer of each server, by the servers' ids.

        `read` makes a server and an answer of a message. It is over when every server has answered
        every question, or `enough` says so; or when nothing that counts came for the group's
        patience, and `longest` seconds at most. Raises what `Requests.ask` raises.
        """
        heard: list[dict[str, T]] = [{} for _ in questions]
        left = len(questions) * len(self.servers)

        def hear(number: int, message: Message) -> bool:
            nonlocal left
            answer = read(message)
            if answer is None:
                return False
            identifier = answer[0].id
            if identifier not in self.servers or identifier in heard[number]:
                return False
            heard[number][identifier] = answer[1]
            left -= 1
            return True

        patience = min(self._patience, longest)
        await self._requests.ask(questions, hear, lambda: left <= 0 or enough(), patience)
        return heard

    async def _stored(
        self, accounts: Sequence[str], lists: Mapping[str, set[str]]
    ) -> list[list[str | None] | None]:
        """The answers without a name to the question for each account; None where nobody listens.

        A server that stores none answers emptily, or until 2.10 not at all: that is not waited for
        where `lists` has what the server stores, by its id.
        """
        stored: list[list[str | None] | None] = [[] for _ in accounts]
        left = len(accounts) * len(self.servers)
        for server in self.servers.values():
            if server.quiet and server.id in lists:
                left -= sum(account not in lists[server.id] for account in accounts)

        def hear(number: int, message: Message) -> bool:
            nonlocal left
            texts = stored[number]
            if texts is None or len(texts) >= len(self.servers):
                return False
            if answers.is_nobody(message):
                stored[number] = None
                left -= len(self.servers)
                return True
            if len(message.payload) > MAX_SIZE:
                return False
            texts.append(message.payload.decode("latin-1") or None)
            left -= 1
            return True

        questions = [(answers.lookup_of(account), b"") for account in accounts]
        quiet = min(self._patience, QUIET)
        await self._requests.ask(questions, hear, lambda: left <= 0, quiet)
        return stored

    def _copies(
        self,
        account: str,
        loaded: Mapping[str, Loaded],
        texts: list[str | None] | None,
        lists: Mapping[str, set[str]] | None,
    ) -> ByServer:
        """Join what servers told of an account to their copies of it, by their ids.

        `loaded` are the accounts as they go by them, `texts` the stored JWTs without a name, and
        `lists` the accounts that each stores, None where that was not asked.
        """
        copies = {
            identifier: Copy(answer.token, bool(answer.token), in_use=True, revoked=answer.revoked)
            for identifier, answer in loaded.items()
            if answer.token is not None
        }
        others = [identifier for identifier in self.servers if identifier not in copies]
        if texts is None:  # a resolver that is not asked: in memory, or at an address
            return copies | dict.fromkeys(others, UNTOLD)
        left = Counter(texts) - Counter(copy.token for copy in copies.values())
        if lists is not None:
            for identifier in list(others):
                if identifier in lists and account not in lists[identifier]:
                    copies[identifier] = Copy()
                    others.remove(identifier)
            del left[None]
        distinct = list(left)
        certain = len(distinct) == 1 and left.total() >= len(others)
        perhaps = tuple(token for token in distinct if token is not None)
        copy = Copy(distinct[0]) if certain else Copy(known=False, perhaps=perhaps)
        return copies | dict.fromkeys(others, copy)


def _is_unsure(texts: list[str | None] | None, servers: int) -> bool:
    """Whether answers without a name leave open which server has which JWT, or none."""
    if texts is None:
        return False
    return len(texts) < servers or (None in texts and any(texts))
