"""The three JWTs of a chain, and an objection to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wallet.chain import grants
from wallet.codes import Remark
from wallet.nats.claims.signing_keys import scope_of, scopes_in
from wallet.nats.claims.signing_keys import signing_keys as keys_in
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.flaw import Flaw
from wallet.nats.validation.jwt_flaws import typed
from wallet.nats.validation.shapes import is_key
from wallet.text import without_seeds
from wallet.when import exactly


class Weight(StrEnum):
    """The gravity of an objection."""

    REFUSED = "refused"  # every server that goes by these JWTs refuses the user
    POSSIBLE = "possible"  # a server may refuse: that depends on what is not known here
    WARNING = "warning"  # the user is let in, and then something will not be as it was meant


@dataclass(frozen=True, slots=True)
class Objection(Remark):
    """An objection of a server to a chain, `about` whose JWT: `user`, `account` or `operator`."""

    about: str
    weight: Weight = Weight.REFUSED


Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Visit:
    """A client that connects: when, in seconds since 1970, from where and how, and to which server.

    What is None is not known, and nothing is made of it.
    """

    now: float
    address: str | None = None
    connection_type: str = "STANDARD"
    server: Version | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A user's JWT, its account's and its operator's, as far as they are at hand.

    A user's key that has no JWT has a chain too, where its account has one. They may be anybody's:
    what is not of its type in them is not in here.
    """

    user: Claims | None = None
    account: Claims | None = None
    operator: Claims | None = None

    def __post_init__(self) -> None:
        for name in ("user", "account", "operator"):
            claims = getattr(self, name)
            if claims is not None:
                object.__setattr__(self, name, typed(claims))

    @property
    def belongs(self) -> bool:
        """Whether the account is the one that the user's JWT names."""
        return bool(self.user and self.account and self.account.subject == self.user.account)

    @property
    def scope(self) -> Mapping[str, Any] | None:
        """The scope of the key that signed the user, None where it has none or is not known."""
        if not (self.user and self.account and self.belongs):
            return None
        return scope_of(self.account.nats, self.user.issuer.text)

    @property
    def strict(self) -> bool:
        """Whether the operator lets only signing keys sign."""
        return bool(self.operator and self.operator.nats.get("strict_signing_key_usage") is True)

    def own_grant(self) -> grants.Grant:
        """Read the user's rights from its own JWT alone. Raises `grants.MisreadError`."""
        if self.user is None:
            return grants.Grant()
        left_out = 0 if self.user.version > 1 else grants.UNLIMITED
        return grants.read(self.user.nats, left_out=left_out)


def called(claims: Claims) -> str:
    """A key by its name, if its JWT gives one, and its public key."""
    subject = without_seeds(claims.subject, 60)
    return f"“{without_seeds(claims.name, 60)}” ({subject})" if claims.name else subject


def dated(claims: Claims) -> str:
    """Say when a JWT was issued."""
    return exactly(claims.issued) if claims.issued else "unknown date"


def told(flaws: list[Flaw]) -> str:
    """The first of what is wrong with a JWT, and how much more there is."""
    more = f" (and {len(flaws) - 1:,} more)" if len(flaws) > 1 else ""
    return f"{without_seeds(str(flaws[0]), 300)}{more}"


def signing_keys(claims: Claims) -> list[str]:
    """The public keys that an operator or account lists as its signing keys, and nothing else."""
    kind = Kind.OPERATOR if claims.type == "operator" else Kind.ACCOUNT
    return [key for key in keys_in(claims.nats) if is_key(key, kind)]


def scopes(claims: Claims) -> dict[str, str]:
    """The roles of an account's scoped signing keys, by public key."""
    return {
        key: without_seeds(str(scope.get("role") or "without a name"), 60)
        for key, scope in scopes_in(claims.nats).items()
    }
