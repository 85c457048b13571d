"""The report of a check, and the stages that are told on the way to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wallet.codes import Code, Remark
from wallet.connection.causes.verdict import TAKEN, Wish, as_wanted
from wallet.connection.causes.verdict import Verdict as Verdict
from wallet.connection.protocol.server_info import Identity


class Stage(StrEnum):
    """The stages of a connection, in their order."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    INFO = "info"
    TLS = "tls"
    AUTHENTICATE = "authenticate"
    PING = "ping"


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage has begun."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage has ended: `ok` is None when it was not needed or not reached, `ms` its time."""

    stage: Stage
    ok: bool | None
    ms: float | None
    detail: str

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.stage.value,
            "ok": self.ok,
            "ms": None if self.ms is None else round(self.ms, 2),
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Cause(Remark):
    """A reason for what came: `certain` when the evidence proves it."""

    certain: bool = field(kw_only=True)
    seen_before: bool = False  # proved by an earlier sight of the server, and not by this one

    @property
    def heading(self) -> str:
        """Its code, and whether the evidence proves it; alone where that is what it says itself."""
        if self.code is Code.REFUSAL_NOT_PROVED:
            return self.code.heading
        if self.seen_before:
            return f"{self.code.heading} (as was seen before)"
        return f"{self.code.heading} ({'certain' if self.certain else 'possible'})"

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "certain": self.certain, "why": self.why, "fix": self.fix}


@dataclass(frozen=True, slots=True)
class SubjectAnswer:
    """Whether the key may `subscribe` or `publish`; None: not known. `how` says from where."""

    subject: str
    action: str
    allowed: bool | None
    how: str

    def to_json(self) -> dict[str, object]:
        return {
            "subject": self.subject,
            "action": self.action,
            "allowed": self.allowed,
            "how": self.how,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a check found. All text in it is one line, free of control characters."""

    public: str
    url: str
    verdict: Verdict
    summary: str
    stages: tuple[StageResult, ...]
    causes: tuple[Cause, ...]
    server: dict[str, object]
    identity: Identity | None = None
    rtt_ms: float | None = None
    address: str = ""  # that was connected to
    account: str = ""  # the server's for us, with its name where the wallet knows it
    may: tuple[SubjectAnswer, ...] = ()
    monitor: dict[str, object] | None = None
    wish: Wish = TAKEN
    proof: str = ""  # in words: that a refusal is that of this key, and not of a wrong server
    # Whether it was taken from a list, or the other user was who proves a refusal; None: not told.
    by_list: bool | None = False
    seen_there: str = ""  # in words: when this server was seen to have the key's revocation
    is_explained: bool = False  # by that; another server at this address would refuse it too
    refused_key: bool = False  # a server that gave a nonce did not take what was shown
    named: Code | None = None  # why it ended the connection, where the server's own words say it
    objections: tuple[Code, ...] = ()  # what the JWTs at hand are certain to be refused for
    by_service: bool = False  # an authorization service decides, about it or about that other user
    signer: str = ""  # the signing key of its account that signed its JWT, where one did
    other_signer: bool = False  # that other user was signed by another key than this one
    shares_address: bool = False  # other servers greet clients there too, and were not asked
    at: float | None = None  # when it was begun, seconds since 1970
    begun_with: tuple[object, ...] = ()  # what the vault held of the key then, to be compared
    servers_copy: bool = False  # those JWTs include the account's as the server itself has it

    @property
    def as_wanted(self) -> bool | None:
        """Whether it came as it was wanted; None where that is not known."""
        return as_wanted(self.wish.wanted, self.verdict, proved=bool(self.proof))

    @property
    def server_address(self) -> str:
        """The server's `host:port`, as it was given."""
        return self.url.partition("://")[2]

    @property
    def server_named(self) -> tuple[str, object]:
        """The server by its address and its id: the same address may lead to several."""
        return self.url, self.server.get("server_id")

    @property
    def ok(self) -> bool:
        """Whether a server that checks keys took this one."""
        return self.verdict is Verdict.ACCEPTED

    def to_json(self) -> dict[str, object]:
        """Verdict, stages, causes and times, as the object of `test --json`."""
        fields: dict[str, object] = {
            "ok": self.ok,
            "wanted": self.wish.wanted.value,
            "as_wanted": self.as_wanted,
            "public": self.public,
            "url": self.url,
            "verdict": self.verdict.value,
            "summary": self.summary,
            "server": self.server,
            "stages": [stage.to_json() for stage in self.stages],
            "causes": [cause.to_json() for cause in self.causes],
            "rtt_ms": None if self.rtt_ms is None else round(self.rtt_ms, 3),
        }
        if self.identity:
            fields["identity"] = {
                "user": self.identity.user,
                "account": self.identity.account,
                "permissions": self.identity.permissions,
                "expires": self.identity.expires and self.identity.expires.isoformat(),
            }
        if self.may:
            fields["may"] = [answer.to_json() for answer in self.may]
        if self.monitor is not None:
            fields["monitor"] = self.monitor
        return fields
