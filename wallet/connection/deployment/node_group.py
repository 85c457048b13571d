"""The servers behind one connection: their roll call, what they hold, and what is sent to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from wallet.connection.deployment import answers
from wallet.connection.deployment.answers import MAX_SERVERS, Accepted, Loaded, Node, Present
from wallet.connection.deployment.requests import ForbiddenError, Requests
from wallet.connection.protocol.wire import Message
from wallet.nats.claims.content import few
from wallet.nats.jwt import MAX_SIZE

QUIET = 2.0  # seconds: what may never be answered is waited for no longer than that
UNNAMED = "servers without a name"


@dataclass(frozen=True, slots=True)
class Copy:
    """A server's copy of an account: its JWT, None where it has none.

    `known` is false where the server did not tell; `perhaps` are JWTs of which it may hold one.
    `in_use` is true where it goes by this JWT now; then `revoked` are the users that it shuts out,
    each with the time up to which.
    """

    token: str | None = None
    known: bool = True
    perhaps: tuple[str, ...] = ()
    in_use: bool = False
    revoked: Mapping[str, float] = field(default_factory=dict)


UNTOLD = Copy(known=False)
ByServer = dict[str, Copy]


class NodeGroup:
    """All servers that one connection reaches. `silent` says of a server why it was not heard."""

    def __init__(self, requests: Requests, patience: float) -> None:
        """`patience` is seconds to wait for an answer that should come."""
        self._requests, self._patience = requests, patience
        self.servers: dict[str, Node] = {}
        self.silent: dict[str, str] = {}
        self.takes_accounts = True  # false once nobody listened to a pushed JWT

    async def call_roll(self) -> None:
        """Learn which servers there are. Raises what `Requests.ask` raises."""
        heard: dict[str, Present] = {}

        def hear(_: int, message: Message) -> bool:
            answer = answers.present(message)
            if answer is None or answer.server.id in heard or len(heard) >= MAX_SERVERS:
                return False
            heard[answer.server.id] = answer
            return True

        def all_there() -> bool:
            named = {present.server.name for present in heard.values()}
            known = max((present.known for present in heard.values()), default=1)
            routes = {name for present in heard.values() for name in present.neighbours}
            return 1 <= known <= len(heard) and routes <= named

        await self._requests.ask([(answers.ROLL_CALL, b"")], hear, all_there, self._patience)
        self.servers = {identifier: present.server for identifier, present in heard.items()}
        named = {present.server.name for present in heard.values()}
        for present in heard.values():
            for name in present.neighbours:
                if name not in named:
                    why = f"{present.server.name} is connected to it, and it did not answer."
                    self.silent.setdefault(name, why)
        known = max((present.known for present in heard.values()), default=0)
        if (missing := known - len(heard) - len(self.silent)) > 0:
            self.silent[UNNAMED] = f"The others count {missing} more that did not answer."

    async def missing_by_routes(self) -> list[str]:
        """Say of each cluster if fewer servers answer than its servers have routes configured to.

        One that was stopped in order is forgotten by the others, but not by their configuration.
        That names addresses, of which one server may have several: it is no proof.
        """
        told: dict[str, tuple[Node, frozenset[str]]] = {}

        def hear(_: int, message: Message) -> bool:
            answer = answers.routes(message)
            if answer is None or not self._counts(answer[0], told):
                return False
            told[answer[0].id] = answer
            return True

        question = [(answers.VARIABLES, b"")]
        quiet = min(self._patience, QUIET)
        with suppress(ForbiddenError):  # a user that is held may do less than one that is made
            await self._requests.ask(question, hear, lambda: len(told) == len(self.servers), quiet)
        remarks = []
        for cluster in sorted({server.cluster for server, _ in told.values()}):
            addresses = [to for server, to in told.values() if server.cluster == cluster]
            every, here = sorted(frozenset().union(*addresses)), len(addresses)
            if len(every) > here:
                remarks.append(
                    f"The servers of the cluster {cluster} have routes to {len(every)} addresses "
                    f"({few(every)}), and {here} of them answered: one may be down."
                )
        return remarks

    async def look(self, accounts: Sequence[str]) -> dict[str, ByServer]:
        """What each server holds of these accounts, by public key and the server's id."""
        in_use = await self._in_use(accounts)
        stored = await self._stored(accounts)
        lists: dict[str, set[str]] | None = None
        copies = {}
        for account, told, texts in zip(accounts, in_use, stored, strict=True):
            unsure = _is_unsure(texts, len(self.servers))
            unsure = unsure and any(answer.token is None for answer in told.values())
            if unsure and lists is None:
                lists = await self.lists()
            copies[account] = self._copies(account, told, texts, lists if unsure else None)
        return copies

    async def lists(self) -> dict[str, set[str]]:
        """The accounts that each server stores, by its id; without those that store none."""
        stored: dict[str, set[str]] = {}

        def hear(_: int, message: Message) -> bool:
            answer = answers.listed(message)
            if answer is None or answer[0].id not in self.servers or answer[0].id in stored:
                return False
            stored[answer[0].id] = set(answer[1])
            return True

        quiet = min(self._patience, QUIET)
        await self._requests.ask(
            [(answers.LIST, b"")], hear, lambda: len(stored) == len(self.servers), quiet
        )
        return stored

    async def send(self, tokens: Sequence[str]) -> list[dict[str, Accepted]]:
        """Push these JWTs; what each server, by its id, says to each of them."""
        heard: list[dict[str, Accepted]] = [{} for _ in tokens]
        left, nobody = len(tokens) * len(self.servers), False

        def hear(number: int, message: Message) -> bool:
            nonlocal left, nobody
            nobody |= answers.is_nobody(message)
            answer = answers.accepted(message)
            if answer is None or not self._counts(answer.server, heard[number]):
                return False
            heard[number][answer.server.id] = answer
            left -= 1
            return True

        questions = [(answers.UPDATE, token.encode()) for token in tokens]
        await self._requests.ask(questions, hear, lambda: nobody or left <= 0, self._patience)
        self.takes_accounts = not nobody
        return heard

    async def connections(self, users: Sequence[tuple[str, str]]) -> list[dict[str, int]]:
        """How many connections of these users, each with its account, each server still has.

        nats-server 2.9 finds no user of a JWT, and says none.
        """
        heard: list[dict[str, int]] = [{} for _ in users]
        left = len(users) * len(self.servers)

        def hear(number: int, message: Message) -> bool:
            nonlocal left
            answer = answers.connected(message)
            if answer is None or not self._counts(answer[0], heard[number]):
                return False
            heard[number][answer[0].id] = answer[1]
            left -= 1
            return True

        questions = [
            (
                answers.connections_of(account),
                f'{{"auth":true,"limit":1,"user":"{user}"}}'.encode(),
            )
            for account, user in users
        ]
        await self._requests.ask(questions, hear, lambda: left <= 0, self._patience)
        return heard

    def _counts(self, server: Node, heard: Mapping[str, object]) -> bool:
        """Whether an answer is the first of a server that is here."""
        return server.id in self.servers and server.id not in heard

    async def _in_use(self, accounts: Sequence[str]) -> list[dict[str, Loaded]]:
        heard: list[dict[str, Loaded]] = [{} for _ in accounts]
        left, spoke = len(accounts) * len(self.servers), set[str]()

        def hear(number: int, message: Message) -> bool:
            nonlocal left
            answer = answers.loaded(message)
            if answer is None or not self._counts(answer.server, heard[number]):
                return False
            heard[number][answer.server.id] = answer
            spoke.add(answer.server.id)
            left -= 1
            return True

        questions = [(answers.info_of_account(account), b"") for account in accounts]
        if not await self._requests.ask(questions, hear, lambda: left <= 0, self._patience):
            for identifier in set(self.servers) - spoke:
                server = self.servers.pop(identifier)
                self.silent[server.name] = "It answered the roll call, and nothing after it."
        return heard

    async def _stored(self, accounts: Sequence[str]) -> list[list[str | None] | None]:
        """The answers without a name to the question for each account; None where nobody listens.

        A server that stores none answers emptily, or until 2.10 not at all.
        """
        heard: list[list[str | None] | None] = [[] for _ in accounts]
        left = len(accounts) * len(self.servers)

        def hear(number: int, message: Message) -> bool:
            nonlocal left
            before = heard[number]
            if before is None or len(before) >= len(self.servers):
                return False
            if answers.is_nobody(message):
                heard[number] = None
                left -= len(self.servers)
                return True
            if len(message.payload) > MAX_SIZE:
                return False
            before.append(message.payload.decode("latin-1") or None)
            left -= 1
            return True

        questions = [(answers.lookup_of(account), b"") for account in accounts]
        quiet = min(self._patience, QUIET)
        await self._requests.ask(questions, hear, lambda: left <= 0, quiet)
        return heard

    def _copies(
        self,
        account: str,
        told: Mapping[str, Loaded],
        texts: list[str | None] | None,
        lists: Mapping[str, set[str]] | None,
    ) -> ByServer:
        copies = {
            identifier: Copy(answer.token, bool(answer.token), in_use=True, revoked=answer.revoked)
            for identifier, answer in told.items()
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
    """Whether answers without a name leave open which server holds what: some have it, some not."""
    if texts is None:
        return False
    return len(texts) < servers or (None in texts and any(texts))
