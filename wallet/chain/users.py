"""The objections that a server has to a user's JWT, a function for each rule."""

from __future__ import annotations

import json

from wallet.chain import grants, opening_hours
from wallet.chain.grants import UNLIMITED, Grant
from wallet.chain.model import (
    Chain,
    Objection,
    Version,
    Visit,
    Weight,
    called,
    dated,
    scopes,
    signing_keys,
    told,
)
from wallet.chain.scopes import ScopeError, TooLongError, carried
from wallet.codes import Code
from wallet.nats.claims.revocations import EVERYBODY, revocations, revoked_as
from wallet.nats.jwt import Claims
from wallet.nats.validation.flaw import Flaw
from wallet.shell import command
from wallet.text import without_seeds
from wallet.when import exactly, how_long

SCOPE_RULES_TYPES: Version = (2, 10, 19)  # the first server that asks the scope for them
PROXIES: Version = (2, 12, 0)  # the first server that knows of them

WEEK = 7 * 86_400
CONTROL_LINE = 4096  # nats-server's default max_control_line
CONNECT_BESIDES = 350  # characters that clients say in CONNECT besides the JWT
ISSUE_AGAIN = "Sign the user's JWT again"


def _edit(chain: Chain, *flags: tuple[str, ...]) -> str:
    """Say where a rule is changed, and the command: in the user's JWT, or in its signer's scope."""
    if chain.user is None:
        return ""
    if chain.scope is None:
        return "in its JWT:\n" + command("edit", chain.user.subject, *flags)
    return (
        "in the scope of its signing key, and give the account's new JWT to the servers:\n"
        + command("edit", chain.user.issuer.text, *flags)
    )


def too_long(user: Claims, longest: int = CONTROL_LINE - CONNECT_BESIDES) -> list[Objection]:
    """A JWT of more than `longest` characters does not fit into one line of the protocol."""
    size = len(user.token)
    if size <= longest:
        return []
    return [
        Objection(
            Code.JWT_TOO_LONG,
            f"The JWT of {called(user)} has {size:,} characters: with what else a client says, "
            f"that is more than servers take in one line ({CONTROL_LINE:,}, unless they are told "
            "otherwise).",
            "Say the permissions with fewer subjects (wildcards), or put them into the scope of a "
            "signing key; or let every server take longer lines, in its configuration:\n"
            f"max_control_line: {1 << (size + 1024).bit_length()}",
            "user",
            Weight.POSSIBLE,
        )
    ]


def unreadable(user: Claims) -> list[Objection]:
    """A signature that is not the issuer's; what does not say that it is a user's JWT."""
    if user.signature_valid and user.type == "user":
        return []
    if user.signature_valid:
        return [
            Objection(
                Code.JWT_CLAIMS,
                f"The JWT of {called(user)} does not say that it is a user's: servers refuse it.",
                f"{ISSUE_AGAIN}:\n" + command("edit", user.subject),
                "user",
            )
        ]
    return [
        Objection(
            Code.JWT_SIGNATURE,
            f"The JWT of {called(user)} was changed after {user.issuer.text} signed it, or is "
            "damaged: the signature does not fit.",
            "Copy the whole of it again, or sign it anew:\n" + command("edit", user.subject),
            "user",
        )
    ]


def misread(user: Claims, flaws: list[Flaw]) -> Objection:
    """Fields that no server takes."""
    return Objection(
        Code.JWT_CLAIMS,
        f"In the JWT of {called(user)}, {told(flaws)}: servers refuse it whole.",
        f"{ISSUE_AGAIN} with {'that field' if len(flaws) == 1 else 'those fields'} put right:\n"
        + command("edit", user.subject),
        "user",
    )


def times_of_validity(user: Claims, now: float) -> list[Objection]:
    """Before its beginning, after its end."""
    objections = []
    if user.expired(now):
        end = user.expires or 0
        objections.append(
            Objection(
                Code.JWT_EXPIRED,
                f"The JWT of {called(user)} expired on {exactly(end)}, {how_long(now - end)} ago.",
                f"{ISSUE_AGAIN} with a later end, and give its creds out anew:\n"
                + command("edit", user.subject, ("--expires", "365d")),
                "user",
            )
        )
    if user.not_yet(now):
        begin = user.not_before or 0
        objections.append(
            Objection(
                Code.JWT_NOT_YET,
                f"The JWT of {called(user)} is not valid before {exactly(begin)}, in "
                f"{how_long(begin - now)}; this machine's clock says {exactly(now)}.",
                "Wait, set the clock right, or let it begin at once and give its creds out anew:\n"
                + command("edit", user.subject, ("--not-before", "never")),
                "user",
            )
        )
    return objections


def other_account(chain: Chain) -> list[Objection]:
    """The account at hand is not the one that a server will look for."""
    user, account = chain.user, chain.account
    if user is None or account is None or chain.belongs:
        return []
    if user.issuer_account is None and user.issuer.text in signing_keys(account):
        why = (
            f"The JWT of {called(user)} is signed by {user.issuer.text} and does not say for which "
            f"account: a server looks for an account of that key, and not for {called(account)}."
        )
        fix = f"{ISSUE_AGAIN}, with `issuer_account`:\n" + command("edit", user.subject)
        return [Objection(Code.JWT_ACCOUNT_UNKNOWN, why, fix, "user")]
    why = (
        f"The JWT of {called(user)} is for the account {user.account}, and not for "
        f"{called(account)}."
    )
    fix = f"{ISSUE_AGAIN} by the account that it is meant for:\n" + command("edit", user.subject)
    return [Objection(Code.JWT_ACCOUNT_UNKNOWN, why, fix, "user", Weight.POSSIBLE)]


def scope(chain: Chain) -> list[Objection]:
    """A user that carries limits or permissions of its own under a scoped signing key."""
    user = chain.user
    if user is None or chain.account is None or chain.scope is None:
        return []
    own = carried(user.nats)
    if not own:
        return []
    role = scopes(chain.account)[user.issuer.text]
    return [
        Objection(
            Code.JWT_SCOPE,
            f"In its JWT of {dated(chain.account)} the account {called(chain.account)} makes "
            f"{user.issuer.text} a scoped signing key (role “{role}”): its users carry no limits "
            f"and no permissions, not even -1. The JWT of {called(user)} carries "
            f"{', '.join(own)}.",
            f"{ISSUE_AGAIN} without {', '.join(own)}, and give its creds out anew:\n"
            + command("edit", user.subject),
            "user",
        )
    ]


def misfit(chain: Chain, error: ScopeError) -> Objection:
    """A scope whose templates cannot be filled for this user."""
    user = chain.user
    name = called(user) if user else "the user"
    reason = str(error)
    return Objection(
        Code.JWT_SCOPE,
        f"The scope that signed {name} cannot be applied: {without_seeds(reason, 200)}.",
        f"{ISSUE_AGAIN} with that tag, or change the scope in the account's JWT.",
        "user",
        Weight.POSSIBLE if isinstance(error, TooLongError) else Weight.REFUSED,
    )


def bearer(chain: Chain, user: Claims, account: Claims, grant: Grant) -> list[Objection]:
    """A bearer token where the account wants none."""
    limits = account.nats.get("limits")
    disallowed = isinstance(limits, dict) and limits.get("disallow_bearer") is True
    if not (grant.bearer and disallowed):
        return []
    return [
        Objection(
            Code.JWT_BEARER,
            f"The JWT of {called(user)} is a bearer token, and the account {called(account)} "
            "takes none (disallow_bearer).",
            f"Turn that off {_edit(chain, ('--no-bearer',))}",
            "user",
        )
    ]


def connection_type(chain: Chain, user: Claims, grant: Grant, visit: Visit) -> list[Objection]:
    """A way of connecting that is not among those allowed."""
    wanted = visit.connection_type
    if grants.takes(grant.connection_types, wanted):
        return []
    if chain.scope is not None and visit.server and visit.server < SCOPE_RULES_TYPES:
        return []
    allowed = ", ".join(without_seeds(name, 30) for name in grant.connection_types[:8])
    both = ",".join([*grant.connection_types, wanted])
    return [
        Objection(
            Code.JWT_CONNECTION_TYPE,
            f"{called(user)} may connect as {allowed} only, and this was a {wanted} one.",
            f"Connect that way, or allow this one too {_edit(chain, ('--connection-type', both))}",
            "user",
        )
    ]


def revoked(user: Claims, account: Claims) -> list[Objection]:
    """A JWT issued no later than the account's revocation of it, or of all."""
    name = revoked_as(account.nats, user.subject, user.issued)
    if name is None:
        return []
    whom = "all JWTs (*)" if name == EVERYBODY else "its JWTs"
    at = revocations(account.nats)[name]
    return [
        Objection(
            Code.JWT_REVOKED,
            f"In its JWT of {dated(account)} the account {called(account)} revokes {whom} "
            f"issued up to {exactly(at)}; that of {called(user)} was issued on "
            f"{exactly(user.issued or 0)}.",
            "If it may connect again, give it a new JWT, and its creds out anew:\n"
            + command("allow", user.subject),
            "user",
        )
    ]


def source(chain: Chain, user: Claims, grant: Grant, visit: Visit) -> list[Objection]:
    """A network that is not among those it may come from."""
    address = visit.address
    if address is None or grants.admits(grant.networks, address):
        return []
    networks = ", ".join(without_seeds(text, 60) for text in grant.networks[:8])
    both = ",".join([*grant.networks, f"{address}/{128 if ':' in address else 32}"])
    return [
        Objection(
            Code.JWT_SOURCE,
            f"{called(user)} may connect from {networks} only, and the server sees us come from "
            f"{address}.",
            f"Connect from there, or add this network {_edit(chain, ('--source', both))}",
            "user",
        )
    ]


def window(chain: Chain, user: Claims, grant: Grant, visit: Visit) -> list[Objection]:
    """A time of day outside all of its windows."""
    now = visit.now
    is_open = opening_hours.open_at(grant.hours, grant.zone, now)
    late = is_open is True and opening_hours.after_midnight(grant.hours, grant.zone, now)
    if is_open and not (late and not _knows_nights(visit.server)):
        return []
    spans = ", ".join(f"{start}-{end}" for start, end in grant.hours[:8])
    spans = without_seeds(f"{spans} ({grant.zone or 'in the time zone of the server'})", 300)
    clock = opening_hours.clock_in(grant.zone, now)
    if late:
        why = (
            f"{called(user)} may connect at {spans}, where it is {clock}: servers before 2.14.0 "
            "(2.12.8, 2.11.17) do not take the hours after midnight for part of a window that "
            "began the day before."
        )
    elif is_open is None:
        why = (
            f"{called(user)} may connect at {spans} only. It is {clock}, and no times_location is "
            "named: whether that is within depends on where the server's clock is."
        )
    else:
        why = f"{called(user)} may connect at {spans} only, and it is {clock}."
    fix = f"Wait, or let it connect at all hours {_edit(chain, ('--hours', ''))}"
    certain = is_open is False or (late and visit.server is not None)
    weight = Weight.REFUSED if certain else Weight.POSSIBLE
    return [Objection(Code.JWT_TIME_WINDOW, why, fix, "user", weight)]


def _knows_nights(server: Version | None) -> bool:
    """Whether the hours after midnight belong to a window that began the day before."""
    if server is None:
        return False
    return server >= (2, 14, 0) or (2, 13) > server >= (2, 12, 8) or (2, 12) > server >= (2, 11, 17)


def proxied(user: Claims, grant: Grant, visit: Visit) -> list[Objection]:
    """A user that must come through a proxy."""
    if not grant.proxied or (visit.server and visit.server < PROXIES):
        return []
    return [
        Objection(
            Code.JWT_PROXY,
            f"{called(user)} may connect through a trusted proxy only (proxy_required): servers "
            "from 2.12 on refuse it without one.",
            "Connect through the proxy, or take this out of its JWT:\n"
            + json.dumps({"proxy_required": True}),
            "user",
            Weight.REFUSED if visit.server else Weight.POSSIBLE,
        )
    ]


def delegated(account: Claims, user: Claims) -> bool:
    """Whether the account leaves the decision to a service of its own (auth callout)."""
    callout = account.nats.get("authorization")
    users = callout.get("auth_users") if isinstance(callout, dict) else None
    return isinstance(users, list) and bool(users) and user.subject not in users


def warnings(chain: Chain, user: Claims, grant: Grant, now: float) -> list[Objection]:
    """Warnings about a user that is let in, and then kept from something, or soon will be."""
    where = "the scope of its signing key" if chain.scope else "its JWT"
    objections = []
    for limit, value, what in (
        ("subs", grant.subs, "subscribe to anything: the server closes its connection"),
        ("payload", grant.payload, "publish anything but empty messages"),
    ):
        if value == 0:
            left_out = chain.scope is None and limit not in user.nats
            number = "left out, which means 0" if left_out else "0"
            objections.append(
                Objection(
                    Code.JWT_LIMITS,
                    f"{called(user)} cannot {what}. In {where} the limit `{limit}` is {number}.",
                    f"Raise it, -1 is none, {_edit(chain, ('--limit', f'{limit}={UNLIMITED}'))}",
                    "user",
                    Weight.WARNING,
                )
            )
    if grant.forbids_all:
        objections.append(
            Objection(
                Code.PERMISSIONS_DENY_ALL,
                f"{called(user)} may neither publish nor subscribe to any subject: what {where} "
                "allows is all denied.",
                "Deny only what it must not use; this denies nothing any more, "
                + _edit(chain, ("--deny-pub", ""), ("--deny-sub", "")),
                "user",
                Weight.WARNING,
            )
        )
    if user.expires is not None and now <= user.expires < now + WEEK:
        objections.append(
            Objection(
                Code.JWT_EXPIRES_SOON,
                f"The JWT of {called(user)} expires on {exactly(user.expires)}, in "
                f"{how_long(user.expires - now)}.",
                f"{ISSUE_AGAIN} with a later end, and give its creds out anew:\n"
                + command("edit", user.subject, ("--expires", "365d")),
                "user",
                Weight.WARNING,
            )
        )
    if grant.bearer:
        objections.append(
            Objection(
                Code.JWT_BEARER,
                f"The JWT of {called(user)} is a bearer token: whoever has seen it can connect "
                "with it, without the seed.",
                f"If that is not needed, turn it off {_edit(chain, ('--no-bearer',))}",
                "user",
                Weight.WARNING,
            )
        )
    return objections
