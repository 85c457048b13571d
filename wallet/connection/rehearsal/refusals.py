"""Why a key was refused in a rehearsal: there the configuration is known, and the server's log.

A server tells a client no more than that it does not let it in. Its own log says why, and what
it was given says what to change.
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
    Known,
    misplaced,
    untrusted,
)
from wallet.connection.rehearsal.rewriting.admission import ListedUser
from wallet.nats.jwt import parse
from wallet.text import plain

_LINE = re.compile(r'\bcid:(\d+) - (?:"[^"]*" - )*(.*)')
_SAYS_NOTHING = ("Client connection ", "authentication error", "TLS ")
_LONGEST = 300


def said_in(log: Path, clients: set[int]) -> dict[int, str]:
    """What nats-server's log says last of these clients, by their ids, and not only that they
    were refused."""
    found: dict[int, str] = {}
    if not clients:
        return found
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = _LINE.search(line)
            if match and int(match[1]) in clients and not match[2].startswith(_SAYS_NOTHING):
                found[int(match[1])] = plain(match[2].strip().rstrip("."), _LONGEST)
    return found


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A rehearsal's configuration by its name, what it lists or knows, and where it was tried.

    `held` are the JWTs of accounts in the wallet, by their keys; `now` is seconds since 1970.
    """

    name: str
    address: str
    listed: Mapping[str, ListedUser]
    asks_another: bool
    known: Known | None
    held: Mapping[str, str]
    now: float


def explain(
    report: Report, chain: Chain | None, account: str | None, said: str, around: Circumstances
) -> Cause:
    """Why the key of `report` was not taken.

    `account` is the key of its account, `said` what the server's log says of it.
    """
    found = report.causes[0]
    in_plain_words = Trait.IN_PLAIN_WORDS in found.code.traits
    refused = report.verdict is Verdict.REFUSED and not in_plain_words
    if refused and around.known is not None:
        told = _of_jwts(report, chain, account, around, around.known)
        return told or _logged(report, said, found, around)
    if refused and found.code in {Code.KEY_UNKNOWN, Code.JWT_MISSING}:
        listed = around.listed.get(report.public)
        if around.asks_another and not listed:
            return _unlisted_left_to_a_service(report.public, around)
        return _listed(listed, said, around) if listed else _not_listed(report.public, around)
    return _elsewhere(found, around)


def _elsewhere(found: Cause, around: Circumstances) -> Cause:
    """The address is of no use to anybody: it is gone when this is read."""
    here = f"nats-server with {around.name}"
    why, fix = (text.replace(around.address, here) for text in (found.why, found.fix))
    return Cause(found.code, why, fix, certain=found.certain)


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


def _listed(listed: ListedUser, said: str, around: Circumstances) -> Cause:
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
    logged = f" Its log says: “{said}”." if said else ""
    return Cause(
        Code.REFUSED_THOUGH_LISTED,
        f"{where}, and still nats-server refuses it.{logged}",
        "Look at that block: what it says of this user, and whether it is read at all.",
        certain=False,
    )


# --- a configuration with an operator -------------------------------------------------------


def _of_jwts(
    report: Report,
    chain: Chain | None,
    account_key: str | None,
    around: Circumstances,
    known: Known,
) -> Cause | None:
    """What the JWTs prove; None where they prove nothing."""
    public, user = report.public, chain.user if chain else None
    if user is None:
        why = (
            f"{around.name} trusts {known.whom()}, so it takes users by their JWTs, and the wallet "
            f"holds none of {public}."
        )
        fix = (
            "Move the key beneath an account of that operator, which gives it a JWT; or import "
            "its creds."
        )
        return Cause(Code.JWT_MISSING, why, fix, certain=True)
    account = known.accounts.get(account_key or "")
    if account is None:
        return _unknown_account(account_key or "", around, known)
    where = f" ({account.origin.file} line {account.origin.line})"
    if account.claims is None:
        why = f"What is given as the JWT of {account.key} cannot be read as one{where}."
        return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, RIGHT_KEY, certain=True)
    if account.claims.subject != account.key:
        why = misplaced(account, account.claims) + where
        return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, RIGHT_KEY, certain=True)
    if not known.trusts(account.claims):
        return Cause(
            Code.JWT_ISSUER, untrusted(known, account.claims) + where, RIGHT_OPERATOR, certain=True
        )
    told = objections(
        chain or Chain(),
        now=around.now,
        address="127.0.0.1",
        server=version_in(report.server),
    )
    for objection in told:
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


def _unknown_account(account_key: str, around: Circumstances, known: Known) -> Cause:
    held = around.held.get(account_key)
    called = f"“{plain(parse(held).name, 60)}” ({account_key})" if held else account_key
    why = f"{around.name} has no JWT of the account {called}, to which the user belongs."
    if known.in_directory:
        why += " Neither has the resolver's directory: other servers could still give it."
    if held is None:
        fix = "Bring the account's JWT into the wallet, and give it to the server."
    elif known.in_directory:
        fix = f"Push it to the servers, or add it to resolver_preload:\n{account_key}: {held}"
    else:
        fix = f"Add it to resolver_preload:\n{account_key}: {held}"
    return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, fix, certain=True)


def _logged(report: Report, said: str, found: Cause, around: Circumstances) -> Cause:
    if not said:
        return _elsewhere(found, around)
    why = f"nats-server with {around.name} refuses {report.public}. Its log says: “{said}”."
    return Cause(Code.JWT_REFUSED, why, _elsewhere(found, around).fix, certain=True)
