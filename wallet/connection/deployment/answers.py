"""Servers' answers on subjects of the system account, read by type and made safe to show. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wallet.connection.protocol.message import Message, ProtocolError
from wallet.connection.protocol.server_info import version_in
from wallet.connection.protocol.untrusted_json import (
    count_in,
    json_object,
    moment_in,
    text_in,
)
from wallet.nats.jwt import MAX_SIZE
from wallet.text import as_name, without_quotes

MAX_SERVERS = 1000  # of one system, and neighbours that one of them names

ROLL_CALL = "$SYS.REQ.SERVER.PING"
VARIABLES = "$SYS.REQ.SERVER.PING.VARZ"
UPDATE = "$SYS.REQ.CLAIMS.UPDATE"
LIST = "$SYS.REQ.CLAIMS.LIST"


def lookup_of(account: str) -> str:
    """The subject on which servers with a full resolver give the JWT that they store, unnamed."""
    return f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP"


def info_of_account(account: str) -> str:
    """The subject on which servers give their name and the JWT that they go by, once needed."""
    return f"$SYS.REQ.ACCOUNT.{account}.INFO"


def connections_of(account: str) -> str:
    """The subject on which servers tell who is connected to them in an account."""
    return f"$SYS.REQ.ACCOUNT.{account}.CONNZ"


@dataclass(frozen=True, slots=True)
class Node:
    """A server that answered: `name` as it calls itself, else its `id`.

    `time` is that of its clock, in seconds since 1970; `cluster` is empty where it names none. One
    of before 2.10 is `quiet`: asked for an account that it stores none of, it does not answer.
    """

    id: str
    name: str
    time: float | None = None
    cluster: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """An answer to the roll call: the server, and the names of those that it has routes to.

    `active_servers` is how many it counts in its system, itself among them.
    """

    server: Node
    neighbours: tuple[str, ...] = ()
    active_servers: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer to a pushed JWT: whether the server took it, and its own words."""

    taken: bool
    words: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """An account as a server goes by it now.

    `token` is its JWT, None where the server has not needed the account yet, and empty where it
    goes by no JWT. `revoked` are the public keys of users whose JWTs it refuses, each with the time
    up to which these were issued, in seconds since 1970.
    """

    token: str | None
    revoked: dict[str, float]


@dataclass(frozen=True, slots=True)
class Variables:
    """A server's configuration: the addresses of its routes, the operators that it trusts with
    their signing keys, and its system account, empty where it names none.

    Operators and the account are public keys. `leaf_nodes` is how many are connected to it.
    """

    routes: frozenset[str]
    operators: frozenset[str]
    system_account: str = ""
    leaf_nodes: int = 0


def is_nobody(message: Message) -> bool:
    """Whether a message is the server's word that nobody listens on the subject of a question."""
    return bool(re.match(rb"NATS/1\.0\s+503\b", message.headers[:20]))


def present(message: Message) -> Present | None:
    """Read an answer to the roll call; None for anything else."""
    server, answer = _answer(message)
    if server is None:
        return None
    statistics = _block(answer.get("statsz"))
    names = [text_in(_block(route).get("name")) for route in _elements(statistics.get("routes"))]
    names = [as_name(name) for name in names if name]
    count = statistics.get("active_servers")
    count = min(count, MAX_SERVERS) if type(count) is int and count > 0 else 1
    return Present(server, tuple(dict.fromkeys(names)), count)


def variables(message: Message) -> tuple[Node, Variables] | None:
    """Read a server's answer to `VARIABLES`; None for anything else."""
    server, answer = _answer(message)
    data = answer.get("data")
    if server is None or not isinstance(data, dict):
        return None
    addresses = [text_in(url) for url in _elements(_block(data.get("cluster")).get("urls"))]
    claims = [_block(claim) for claim in _elements(data.get("trusted_operators_claim"))]
    operators = [text_in(claim.get("sub")) for claim in claims]
    for claim in claims:
        operators += map(text_in, _elements(_block(claim.get("nats")).get("signing_keys")))
    return server, Variables(
        frozenset(filter(None, addresses)),
        frozenset(filter(None, operators)),
        text_in(data.get("system_account")),
        count_in(data.get("leafnodes")) or 0,
    )


def accepted(message: Message) -> tuple[Node, Accepted] | None:
    """Read a server's answer to a pushed JWT; None for anything else."""
    server, answer = _answer(message)
    data, error = answer.get("data"), answer.get("error")
    if server is None:
        return None
    if isinstance(error, dict):
        return server, Accepted(taken=False, words=_words(error.get("description")))
    if not isinstance(data, dict):
        return None
    words = _words(data.get("message"))
    # A resolver that only caches says 200, and that it left the JWT alone.
    return server, Accepted(data.get("code") == 200 and "skipped" not in words, words)


def loaded(message: Message) -> tuple[Node, Loaded] | None:
    """Read a server's answer to the question for an account; None for anything else."""
    server, answer = _answer(message)
    data, error = answer.get("data"), answer.get("error")
    if server is None:
        return None
    if isinstance(error, dict):
        unneeded = "exist" in text_in(error.get("description"), 300)
        return (server, Loaded(None, {})) if unneeded else None
    if not isinstance(data, dict):
        return None
    token = data.get("jwt", "")
    if not isinstance(token, str) or len(token) > MAX_SIZE:
        return None
    times = {
        user: moment
        for user, text in _block(data.get("revoked_user")).items()
        if (moment := _seconds(text)) is not None
    }
    return server, Loaded(token, times)


def connected(message: Message) -> tuple[Node, int] | None:
    """Read how many connections a server tells of; None for anything else."""
    server, answer = _answer(message)
    if server is None:
        return None
    count = _block(answer.get("data")).get("num_connections")
    return server, count if type(count) is int and count > 0 else 0


def listed(message: Message) -> tuple[Node, set[str]] | None:
    """Read the public keys of the accounts that a server stores; None for anything else."""
    server, answer = _answer(message)
    accounts = answer.get("data")
    if server is None or not isinstance(accounts, list):
        return None
    return server, {account for account in accounts if isinstance(account, str)}


def _answer(message: Message) -> tuple[Node | None, dict[str, object]]:
    """Read any answer, and which server gives it; None where that does not tell."""
    try:
        answer = json_object(message.payload)
    except ProtocolError:
        return None, {}
    server = _block(answer.get("server"))
    identifier = text_in(server.get("id"), 80)
    if not identifier:
        return None, answer
    name = as_name(text_in(server.get("name")) or identifier)
    version = version_in({"version": server.get("ver")})
    return Node(
        identifier,
        name,
        _seconds(server.get("time")),
        text_in(server.get("cluster")),
        quiet=version is not None and version < (2, 10, 0),
    ), answer


def _words(value: object) -> str:
    return without_quotes(text_in(value, 300))


def _block(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _elements(value: object) -> list[object]:
    return value[:MAX_SERVERS] if isinstance(value, list) else []


def _seconds(value: object) -> float | None:
    """Read a time as seconds since 1970; give None for what is none."""
    moment = moment_in(value)
    return moment.timestamp() if moment else None
