"""The answers of nats-server's monitoring, read by type and made safe to show. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wallet.connection.protocol.untrusted_json import count_in, moment_in, text_in
from wallet.errors import JwtError
from wallet.nats.jwt import Claims, decode
from wallet.nats.nkeys import Kind
from wallet.nats.validation.shapes import is_key

MAX_OPERATORS = 20
MISSING = "does not exist"  # in the place of an answer: the server knows no such account


@dataclass(frozen=True, slots=True)
class Monitored:
    """The monitoring's words, each None where it had none; `problem` is why it said nothing.

    `operators` are the JWTs of those that the server trusts.
    `account` is the JWT that it has of the account that was asked for, `account_known` whether
    it knows that account at all.
    """

    url: str
    problem: str = ""
    server_id: str = ""
    server_name: str = ""
    version: str = ""
    port: int | None = None
    auth_required: bool = False
    tls_required: bool = False
    connections: int | None = None
    max_connections: int | None = None
    loaded: datetime | None = None
    started: datetime | None = None
    operators: tuple[Claims, ...] = ()
    system_account: str = ""
    account_known: bool | None = None
    account: Claims | None = None

    @property
    def by_jwts(self) -> bool | None:
        """Whether the server goes by JWTs; None where that does not show.

        Without an operator the system account has a name, mostly $SYS, and is no key.
        """
        if self.operators:
            return True
        named = self.system_account and not is_key(self.system_account, Kind.ACCOUNT)
        return False if named else None

    def to_json(self) -> dict[str, object]:
        """The server's answers, or why there are none, as `monitor` of `test --json`."""
        if self.problem:
            return {"url": self.url, "problem": self.problem}
        return {
            "url": self.url,
            "server_id": self.server_id,
            "server_name": self.server_name,
            "version": self.version,
            "auth_required": self.auth_required,
            "tls_required": self.tls_required,
            "connections": self.connections,
            "max_connections": self.max_connections,
            "config_load_time": _iso(self.loaded),
            "start": _iso(self.started),
            "operators": [operator.subject for operator in self.operators],
            "system_account": self.system_account,
            "account_known": self.account_known,
        }


def read(url: str, server: dict[str, object], account: dict[str, object] | str | None) -> Monitored:
    """Read the answers to /varz and /accountz; `account` is None where none was asked for."""
    account_known: bool | None = None
    if isinstance(account, dict):
        account_known = True
    elif account == MISSING:
        account_known = False
    if isinstance(account, dict) and account.get("server_id") != server.get("server_id"):
        account_known, account = None, None  # behind one address answer several servers
    return Monitored(
        url=url,
        server_id=text_in(server.get("server_id")),
        server_name=text_in(server.get("server_name")),
        version=text_in(server.get("version")),
        port=count_in(server.get("port")),
        auth_required=server.get("auth_required") is True,
        tls_required=server.get("tls_required") is True,
        connections=count_in(server.get("connections")),
        max_connections=count_in(server.get("max_connections")),
        loaded=moment_in(server.get("config_load_time")),
        started=moment_in(server.get("start")),
        operators=_operators(server.get("trusted_operators_jwt")),
        system_account=text_in(server.get("system_account")),
        account_known=account_known,
        account=_account(account) if isinstance(account, dict) else None,
    )


def _operators(tokens: object) -> tuple[Claims, ...]:
    if not isinstance(tokens, list):
        return ()
    # Only its own signature says what an operator's keys are: anybody can sign about another.
    return tuple(
        claims
        for claims in map(_claims, tokens[:MAX_OPERATORS])
        if claims and claims.type == "operator" and claims.issuer.text == claims.subject
    )


def _account(answer: dict[str, object]) -> Claims | None:
    detail = answer.get("account_detail")
    claims = _claims(detail.get("jwt")) if isinstance(detail, dict) else None
    return claims if claims and claims.type == "account" else None


def _claims(token: object) -> Claims | None:
    """Verify and read a JWT; give None for one that cannot be trusted."""
    try:
        return decode(token) if isinstance(token, str) else None
    except JwtError:
        return None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
