"""The outcome of bringing accounts to servers: at each server, of each account, and in all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from wallet.connection.deployment.comparison import State
from wallet.errors import VaultError
from wallet.vault.key_record import KeyRecord


class Delivery(StrEnum):
    """The outcome of bringing an account to one server."""

    HOLDS = "holds"  # it holds this JWT, seen there
    LACKS = "lacks"  # it said that it took the JWT, and does not show it
    SILENT = "silent"
    REFUSED = "refused"  # it did not take the JWT
    SKIPPED = "skipped"  # it keeps only what it needs, and this not now
    NO_PUSH = "no-push"  # its resolver takes no accounts this way
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class AtServer:
    """The outcome at one server, and why, in words."""

    delivery: Delivery
    why: str = ""


@dataclass(frozen=True, slots=True)
class RevokedUser:
    """A revoked user that was tried: whether a server keeps it out; None where that is not known.

    `server` is an address where it tried to connect, or the name of one that it is connected to.
    """

    public: str
    path: str
    server: str
    refused: bool | None
    why: str = ""


@dataclass(slots=True)
class AccountOutcome:
    """The outcome for one account. `state` is that of the worst server copy before."""

    record: KeyRecord
    state: State
    why: str = ""
    pushed: bool = False
    token: str = ""  # the JWT that servers were asked for last
    servers: dict[str, AtServer] = field(default_factory=dict)
    users: list[RevokedUser] = field(default_factory=list)

    @property
    def proved(self) -> bool:
        """Whether every server shows this JWT, and none let a revoked user in that was tried."""
        hold = [one.delivery is Delivery.HOLDS for one in self.servers.values()]
        return bool(hold) and all(hold) and all(user.refused is not False for user in self.users)

    def seen_at(self, names: Collection[str], address: str) -> bool | None:
        """Whether the servers of these names, which are those behind an address, were seen to go
        by this JWT; False where one was seen to go by another, or to let a revoked user in, and
        None where neither is known."""
        deliveries = [at.delivery if (at := self.servers.get(name)) else None for name in names]
        users = [user for user in self.users if user.server == address or user.server in names]
        elsewhere = {Delivery.LACKS, Delivery.REFUSED, Delivery.NO_PUSH, Delivery.NOT_SENT}
        if not elsewhere.isdisjoint(deliveries) or any(user.refused is False for user in users):
            return False
        return True if deliveries and set(deliveries) == {Delivery.HOLDS} else None

    def to_json(self) -> dict[str, object]:
        """The account and what each server has of it, as one of the `accounts` of `push --json`."""
        return {
            "public": self.record.public,
            "name": self.record.name,
            "path": self.record.path,
            "state": self.state.value,
            "why": self.why,
            "pushed": self.pushed,
            "servers": {
                name: {"outcome": one.delivery.value, "why": one.why}
                for name, one in self.servers.items()
            },
            "users": [
                {
                    "public": user.public,
                    "path": user.path,
                    "server": user.server,
                    "refused": user.refused,
                    "why": user.why,
                }
                for user in self.users
            ],
            "proved": self.proved,
        }


@dataclass(slots=True)
class Pushed:
    """The outcome of a push.

    `unheard` are addresses of servers that did not answer or were not asked, and that accounts,
    by their paths, are known at: what these hold is not proved. `unnoted` is why the vault could
    not keep what was seen.
    """

    accounts: list[AccountOutcome] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unheard: dict[str, list[str]] = field(default_factory=dict)
    unnoted: VaultError | None = None

    @property
    def ok(self) -> bool:
        """Whether all is proved, and the vault knows it."""
        proved = bool(self.accounts) and all(account.proved for account in self.accounts)
        return proved and self.unnoted is None

    def to_json(self) -> dict[str, object]:
        """All accounts, and which servers were not heard, as the object of `push --json`."""
        return {
            "ok": self.ok,
            "accounts": [account.to_json() for account in self.accounts],
            "remarks": self.remarks,
            "unheard": self.unheard,
        }
