"""The operators that the server of a rehearsal trusts, and the accounts that it knows by JWTs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wallet.chain import Chain, Weight, objections
from wallet.chain.model import called, signing_keys
from wallet.codes import Code, Remark
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting import operator_configuration
from wallet.connection.rehearsal.rewriting.operator_configuration import (
    Account,
    PreparedConfiguration,
)
from wallet.nats.jwt import Claims
from wallet.text import plain, without_seeds


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The accounts that a server knows, by their public keys, and whom it trusts to sign them.

    `trusted` are the public keys of the `operators` that sign accounts, and those that are trusted
    without an operator's JWT. `in_directory` is whether it keeps the accounts' JWTs in files.
    """

    operators: tuple[Claims, ...]
    trusted: frozenset[str]
    by_key: dict[str, Account]
    in_directory: bool

    @classmethod
    def of(cls, prepared: PreparedConfiguration) -> KnownAccounts:
        """Read them from the configuration of a server that runs."""
        operators = operator_configuration.operators_of(prepared.configuration)
        trusted = set(operator_configuration.trusted_keys(prepared.configuration))
        for operator in operators:
            trusted.update(signing_keys(operator))
            if not Chain(None, None, operator).strict:
                trusted.add(operator.subject)
        accounts = operator_configuration.accounts_of(prepared)
        in_directory = prepared.directory is not None
        return cls(tuple(operators), frozenset(trusted), accounts, in_directory)

    def trusts(self, account: Claims) -> bool:
        """Whether a trusted key signed an account."""
        return account.issuer.text in self.trusted

    def operator_of(self, account: Claims) -> Claims | None:
        """The operator whose key signed an account; the first one where none of them did."""
        issuer = account.issuer.text
        for operator in self.operators:
            if issuer == operator.subject or issuer in signing_keys(operator):
                return operator
        return self.operators[0] if self.operators else None

    def chain(self, user: Claims | None, account_key: str | None) -> Chain | None:
        """The chain of JWTs by which the server judges a user of an account.

        None where neither the user nor the account has one.
        """
        account = self.by_key.get(account_key or "")
        claims = account.claims if account else None
        if user is None and claims is None:
            return None
        return Chain(user, claims, self.operator_of(claims) if claims else None)

    def name_of(self, account_key: str) -> str:
        """The name that an account's JWT gives; empty where that is not known."""
        account = self.by_key.get(account_key)
        return plain(account.claims.name, 100) if account and account.claims else ""

    def whom(self) -> str:
        """Name those whom the server trusts, in words."""
        named = [f"the operator {called(operator)}" for operator in self.operators]
        return " and ".join(named) or f"the keys {', '.join(sorted(self.trusted)[:5])}"

    def flaws(self, now: float) -> list[ConfigurationFlaw]:
        """The reasons for which servers refuse the accounts, whether or not a key was tried.

        `now` is seconds since 1970.
        """
        return [
            ConfigurationFlaw(one.code, one.why, one.fix, *account.origin, fatal=False)
            for account in self.by_key.values()
            for one in self._objections(account, now)
        ]

    def _objections(self, account: Account, now: float) -> Sequence[Remark]:
        claims = account.claims
        if claims is None:
            key = without_seeds(account.key, 60)
            why = f"What is given as the JWT of {key} cannot be read as one."
            return [Remark(Code.JWT_ACCOUNT_UNKNOWN, why, "Put the account's JWT there.")]
        if claims.subject != account.key:
            return [Remark(Code.JWT_ACCOUNT_UNKNOWN, misplaced(account, claims), RIGHT_KEY)]
        if not self.trusts(claims):
            return [Remark(Code.JWT_ISSUER, untrusted(self, claims), RIGHT_OPERATOR)]
        chain = Chain(None, claims, self.operator_of(claims))
        return [one for one in objections(chain, now=now) if one.weight is not Weight.POSSIBLE]


RIGHT_KEY = "Put each account's JWT behind that account's own public key."
RIGHT_OPERATOR = (
    "Name the operator that signed the account; or let the one that is named sign it again."
)


def misplaced(account: Account, claims: Claims) -> str:
    """Say that the JWT of one account, `claims`, stands behind the key of another, `account`."""
    key = without_seeds(account.key, 60)
    return (
        f"Behind the key {key} stands the JWT of the account {called(claims)}: nats-server takes "
        "neither."
    )


def untrusted(known_accounts: KnownAccounts, account: Claims) -> str:
    """Say that an account is signed by a key that the server does not trust."""
    return (
        f"The account {called(account)} is signed by {account.issuer.text}, and the configuration "
        f"trusts {known_accounts.whom()}, who has no such key."
    )
