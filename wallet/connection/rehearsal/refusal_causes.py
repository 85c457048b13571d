"""The causes for which a key was refused in a rehearsal.

A server tells a client no more than that it does not let it in. Its own log says why, and its
configuration, which is known in a rehearsal, says what to change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wallet.chain import Chain, Objection, Weight, objections
from wallet.chain.users import delegated
from wallet.codes import Code, Trait
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.protocol.server_info import version_in
from wallet.connection.rehearsal.known_accounts import (
    RIGHT_KEY,
    RIGHT_OPERATOR,
    KnownAccounts,
    misplaced,
    untrusted,
)
from wallet.connection.rehearsal.rewriting.admission import ListedUser
from wallet.nats.jwt import parse
from wallet.text import plain

_LINE = re.compile(r'\bcid:(\d+) - (?:"[^"]*" - )*(.*)')
_SAYS_NOTHING = ("Client connection ", "authentication error", "TLS ")
_LONGEST = 300


def log_words(log: Path, clients: set[int]) -> dict[int, str]:
    """The last words about each of these clients, by their ids, in nats-server's log.

    Words that say no more than that it was refused do not count; a client of which there are no
    others is left out.
    """
    words: dict[int, str] = {}
    if not clients:
        return words
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = _LINE.search(line)
            if match and int(match[1]) in clients and not match[2].startswith(_SAYS_NOTHING):
                words[int(match[1])] = plain(match[2].strip().rstrip("."), _LONGEST)
    return words


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The configuration that keys were tried with, by its `name`, and the server's `address`.

    `listed` are the users that it lists, by their public keys; `asks_another` is whether it leaves
    it to a service who is let in. `known_accounts` is None where it has no operator.
    `account_tokens` are the JWTs of accounts in the wallet, by their public keys; `now` is seconds
    since 1970.
    """

    name: str
    address: str
    listed: Mapping[str, ListedUser]
    asks_another: bool
    known_accounts: KnownAccounts | None
    account_tokens: Mapping[str, str]
    now: float


def explain(
    report: Report, chain: Chain | None, account: str | None, logged: str, around: Circumstances
) -> Cause:
    """Explain why the key of `report` was not taken.

    `chain` are its JWTs, `account` is the public key of its account, and `logged` are the words
    about it in the server's log, empty where there are none.
    """
    first_cause = report.causes[0]
    in_plain_words = Trait.IN_PLAIN_WORDS in first_cause.code.traits
    refused = report.verdict is Verdict.REFUSED and not in_plain_words
    if refused and around.known_accounts is not None:
        proved = _proved_by_jwts(report, chain, account, around, around.known_accounts)
        return proved or _logged(report, logged, first_cause, around)
    if refused and first_cause.code in {Code.KEY_UNKNOWN, Code.JWT_MISSING}:
        listed = around.listed.get(report.public)
        if around.asks_another and not listed:
            return _unlisted_left_to_a_service(report.public, around)
        return _listed(listed, logged, around) if listed else _not_listed(report.public, around)
    return _without_address(first_cause, around)


def _without_address(cause: Cause, around: Circumstances) -> Cause:
    """Name the configuration instead of the address, which is gone when a person reads this."""
    here = f"nats-server with {around.name}"
    why, fix = (text.replace(around.address, here) for text in (cause.why, cause.fix))
    return Cause(cause.code, why, fix, certain=cause.certain)


# --- a configuration that lists keys --------------------------------------------------------


def _not_listed(public: str, around: Circumstances) -> Cause:
    fix = (
        "Add it to the `users` in it, in `authorization` or in the account it belongs to; of "
        f"two blocks with the same name, only the last counts:\n{{ nkey: {public} }}"
    )
    return Cause(Code.KEY_UNKNOWN, f"{around.name} does not list {public}.", fix, certain=True)


def _unlisted_left_to_a_service(public: str, around: Circumstances) -> Cause:
    return Cause(
        Code.AUTH_CALLOUT,
        f"{around.name} does not list {public}, and asks its auth_callout service about each user "
        "who is not among the auth_users. No such service runs here.",
        "Test it against a server with that service; or list the key, and add it to auth_users.",
        certain=True,
    )


def _listed(listed: ListedUser, logged: str, around: Circumstances) -> Cause:
    where = f"{listed.origin.file} line {listed.origin.line} lists {listed.public}"
    if not listed.standard:
        return Cause(
            Code.JWT_CONNECTION_TYPE,
            f"{where}, but its allowed_connection_types leave out ordinary clients.",
            "Add STANDARD to them, unless only other connections are meant.",
            certain=True,
        )
    if listed.proxied:
        return Cause(
            Code.JWT_PROXY,
            f"{where}, but takes it through a trusted proxy only (proxy_required).",
            "Remove proxy_required where the key is to connect directly.",
            certain=True,
        )
    if around.asks_another:
        return Cause(
            Code.AUTH_CALLOUT,
            f"{where}, but asks its auth_callout service about each user who is not among "
            "the auth_users, and no such service runs here.",
            "Add the key to auth_users, or test it against a server with that service.",
            certain=True,
        )
    quoted = f" Its log says: “{logged}”." if logged else ""
    return Cause(
        Code.REFUSED_THOUGH_LISTED,
        f"{where}, and still nats-server refuses it.{quoted}",
        "Look at that block: what it says of this user, and whether it is read at all.",
        certain=False,
    )


# --- a configuration with an operator -------------------------------------------------------


def _proved_by_jwts(
    report: Report,
    chain: Chain | None,
    account_key: str | None,
    around: Circumstances,
    known_accounts: KnownAccounts,
) -> Cause | None:
    """The cause that the JWTs prove; None where they prove none."""
    public, user = report.public, chain.user if chain else None
    if user is None:
        why = (
            f"{around.name} trusts {known_accounts.whom()}, so it takes users by their JWTs, and "
            f"the wallet holds none of {public}."
        )
        fix = (
            "Move the key beneath an account of that operator, which gives it a JWT; or import "
            "its creds."
        )
        return Cause(Code.JWT_MISSING, why, fix, certain=True)
    account = known_accounts.by_key.get(account_key or "")
    if account is None:
        return _unknown_account(account_key or "", around, known_accounts)
    where = f" ({account.origin.file} line {account.origin.line})"
    if account.claims is None:
        why = f"What is given as the JWT of {account.key} cannot be read as one{where}."
        return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, RIGHT_KEY, certain=True)
    if account.claims.subject != account.key:
        why = misplaced(account, account.claims) + where
        return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, RIGHT_KEY, certain=True)
    if not known_accounts.trusts(account.claims):
        why = untrusted(known_accounts, account.claims) + where
        return Cause(Code.JWT_ISSUER, why, RIGHT_OPERATOR, certain=True)
    for objection in objections(
        chain or Chain(),
        now=around.now,
        address="127.0.0.1",
        server=version_in(report.server),
    ):
        in_plain_words = Trait.IN_PLAIN_WORDS in objection.code.traits
        if objection.weight is Weight.REFUSED and not in_plain_words:
            return _objected(objection, where)
    if delegated(account.claims, user):
        why = (
            f"The account {account.key} leaves it to a service of its own who is let in "
            f"(auth callout){where}, and no such service runs here."
        )
        fix = "Test it against a server with that service."
        return Cause(Code.AUTH_CALLOUT, why, fix, certain=True)
    return None


def _objected(objection: Objection, where: str) -> Cause:
    why, fix = objection.why + (where if objection.about == "account" else ""), objection.fix
    if objection.code is Code.JWT_SOURCE:
        why += (
            " In a rehearsal everybody comes from this machine: from one of those networks it may "
            "well be let in."
        )
        fix = "Test it against the running server, from one of those networks."
    return Cause(objection.code, why, fix, certain=True)


def _unknown_account(
    account_key: str, around: Circumstances, known_accounts: KnownAccounts
) -> Cause:
    token = around.account_tokens.get(account_key)
    called = f"“{plain(parse(token).name, 60)}” ({account_key})" if token else account_key
    why = f"{around.name} has no JWT of the account {called}, to which the user belongs."
    if known_accounts.in_directory:
        why += " Neither has the resolver's directory: other servers could still give it."
    if token is None:
        fix = "Bring the account's JWT into the wallet, and give it to the server."
    elif known_accounts.in_directory:
        fix = f"Push it to the servers, or add it to resolver_preload:\n{account_key}: {token}"
    else:
        fix = f"Add it to resolver_preload:\n{account_key}: {token}"
    return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, fix, certain=True)


def _logged(report: Report, logged: str, first_cause: Cause, around: Circumstances) -> Cause:
    cause = _without_address(first_cause, around)
    if not logged:
        return cause
    why = f"nats-server with {around.name} refuses {report.public}. Its log says: “{logged}”."
    return Cause(Code.JWT_REFUSED, why, cause.fix, certain=True)
