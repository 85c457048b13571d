"""Whether a user may use a subject in the end, and by which rule. Pure.

All that decides is looked at: whether it is let in at all, what its own JWT, its role or its
account's defaults say of subjects, limits, and answers to requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wallet.chain import grants, users
from wallet.chain.accounts import limit_of
from wallet.chain.grants import UNLIMITED, Grant, Rule
from wallet.chain.model import Chain, Weight, called
from wallet.chain.order import granted, objections
from wallet.chain.scopes import ScopeError
from wallet.codes import Code
from wallet.nats.jwt import Claims
from wallet.nats.subjects import is_wild, overlap
from wallet.nats.validation.account_rules import has_jetstream
from wallet.nats.validation.imports import asked_as
from wallet.text import without_seeds

JETSTREAM = "$JS.API."
_SHOWN = 8

OWN, ROLE, DEFAULT, LIMIT = "own", "role", "default", "limit"
"""Where a rule stands: `own: pub.allow orders.>`."""
NO_RULE, CALLOUT, MISREAD, IMPORT = "none", "callout", "misread", "import"


@dataclass(frozen=True, slots=True)
class Use:
    """Something to do with a subject: to publish to it, or to subscribe, in a `queue` perhaps."""

    subject: str
    publish: bool
    queue: str = ""

    def __str__(self) -> str:
        if self.publish:
            return f"publish to {self.subject}"
        return f"subscribe to {self.subject}{f' in the queue {self.queue}' if self.queue else ''}"


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer: None for not known. `rule` names what decides, and `why` says it to people.

    A rule is where it stands and its entry, or the code of what keeps the user out altogether.
    `conditions` are sentences about when, whence and how far the answer holds.
    """

    may: bool | None
    rule: str
    why: str
    conditions: tuple[str, ...] = ()


def listed(nats: Mapping[str, Any], use: Use) -> Permission:
    """The answer for a user without a JWT, whom a configuration lists with these fields."""
    try:
        grant = grants.read(nats, left_out=UNLIMITED)
    except grants.MisreadError as error:
        return Permission(None, MISREAD, f"What it may do cannot be read: {error}.")
    return _by_subjects(grant, OWN, "its own permissions", use)


def permission(chain: Chain, use: Use, now: float) -> Permission:
    """The answer for a user by its JWT and its account's; `now` is seconds since 1970."""
    user, account = chain.user, chain.account
    if user is None:
        why = "It has no JWT, and a server that trusts its operator lets nobody in without one."
        return Permission(False, Code.JWT_MISSING.value, why)
    try:
        grant: Grant | None = granted(chain)
    except (ScopeError, grants.MisreadError):
        grant = None
    objected = objections(chain, now=now, connection_type=_way_in(grant))
    refused = [each for each in objected if each.weight is Weight.REFUSED]
    if refused:
        return Permission(False, refused[0].code.value, refused[0].why)
    possible = tuple(each.why for each in objected if each.weight is Weight.POSSIBLE)
    if account is not None and users.delegated(account, user):
        why = f"The account {called(account)} leaves it to a service of its own (auth callout)."
        return Permission(None, CALLOUT, why, possible)
    if grant is None:
        return Permission(None, MISREAD, "What it may do cannot be read.", possible)
    if limited := _by_limits(chain, grant, use):
        return limited
    place, words = place_of_rights(chain)
    answer = _by_subjects(grant, place, words, use)
    more = (*_ways(grant), *possible, *_empty_only(chain, grant, use))
    return Permission(answer.may, answer.rule, answer.why, (*answer.conditions, *more))


def _way_in(grant: Grant | None) -> str:
    """A connection of a type that the user may make."""
    allowed = {name.upper() for name in grant.connection_types} if grant else set()
    known = sorted(allowed & grants.CONNECTION_TYPES)
    return "STANDARD" if not known or "STANDARD" in known else known[0]


def place_of_rights(chain: Chain) -> tuple[str, str]:
    """Name the place where a user's rights over subjects stand: for programs, and in words."""
    place, words, own = OWN, "its own permissions", chain.own_grant()
    if chain.scope is not None and chain.user is not None:
        role = without_seeds(str(chain.scope.get("role") or "without a name"), 60)
        place, words = ROLE, f"its role “{role}” (signing key {chain.user.issuer.text})"
        own = grants.read(chain.scope.get("template") or {}, left_out=UNLIMITED)
    account = chain.account if chain.belongs and own.unrestricted else None
    if account is not None and not grants.with_defaults(own, account.nats).unrestricted:
        return DEFAULT, f"the defaults of the account {called(account)}"
    return place, words


# --- subjects -----------------------------------------------------------------------------------


def _by_subjects(grant: Grant, place: str, words: str, use: Use) -> Permission:
    rule = grant.publish if use.publish else grant.subscribe
    name = "pub" if use.publish else "sub"
    may = rule.permits(use.subject, use.queue)
    if may is None:
        return Permission(None, place, f"There are too many subjects in {words} to look through.")
    entry = _deciding(rule, name, use, may=may)
    if may and not entry:
        doing = "publishing" if use.publish else "subscribing"
        kept = " that denies it" if rule.deny else ""
        return Permission(True, NO_RULE, f"Nothing is said of {doing} in {words}{kept}.", ())
    conditions = tuple(_undelivered(rule, use)) if may else tuple(_answers(grant, use))
    why = f"By {words}: {entry}."
    if entry == f"{name}.allow":
        others = "" if rule.allow else ", which is empty"
        why = f"It is not in the {entry} of {words}{others}."
        if not rule.allow and grant.responses:
            why = f"By {words} it may publish answers to requests alone."
            entry = "resp"
    return Permission(may, f"{place}: {entry}", why, conditions)


def _deciding(rule: Rule, name: str, use: Use, *, may: bool) -> str:
    """The entry that decides; `pub.allow` alone where a subject is missing from those allowed."""
    if may:
        # What is about a queue goes before what is about all subscribers.
        entries = sorted(rule.allow, key=lambda entry: len(entry.split()) < 2)
        alone = (each for each in entries if Rule((each,)).permits(use.subject, use.queue))
        entry = next(alone, None)
        return f"{name}.allow {without_seeds(entry, 200)}" if entry is not None else ""
    denying = (
        each for each in rule.deny if Rule((), (each,)).permits(use.subject, use.queue) is False
    )
    entry = next(denying, None)
    return f"{name}.allow" if entry is None else f"{name}.deny {without_seeds(entry, 200)}"


def _undelivered(rule: Rule, use: Use) -> Iterator[str]:
    """Name the subjects that a subscription with wildcards does not get.

    Source: client.go, loadMsgDenyFilter.
    """
    if use.publish or not is_wild(use.subject):
        return
    within = [
        without_seeds(each, 80)
        for each in rule.deny
        if len(each.split()) < 2 and overlap(each, use.subject)
    ]
    if within:
        more = f" and {len(within) - _SHOWN:,} more" if len(within) > _SHOWN else ""
        yield f"Messages to {', '.join(within[:_SHOWN])}{more} do not reach it (sub.deny)."


def _answers(grant: Grant, use: Use) -> Iterator[str]:
    if not use.publish or grant.responses is None:
        return
    most, seconds = grant.responses
    count = f"{most:,} of them" if most > 0 else "any number"
    within = f" within {seconds:g} seconds" if seconds > 0 else ""
    yield f"As an answer to a request it may, wherever that goes: {count}{within}."


# --- limits and ways in ---------------------------------------------------------------------------


def _by_limits(chain: Chain, grant: Grant, use: Use) -> Permission | None:
    """Find a limit that forbids a use, whatever the permissions allow."""
    account = chain.account if chain.belongs else None
    if not use.publish:
        if grant.subs == 0:
            return _limited("subs", "It may have no subscription: its limit `subs` is 0.")
        if account is not None and limit_of(account, "subs") == 0:
            whose = f"the account {called(account)}"
            return _limited("subs", f"No user of {whose} may have one: its limit `subs` is 0.")
    elif account is not None and use.subject.startswith(JETSTREAM):
        missing = not (has_jetstream(account.nats) or _imports(account, use.subject))
        why = f"Nobody answers there: the account {called(account)} has no JetStream."
        return _limited("JetStream", why) if missing else None
    return None


def _imports(account: Claims, subject: str) -> bool:
    """Whether requests to a subject go to another account, which exports it as a service."""
    listed = account.nats.get("imports")
    return any(
        one.get("type") == "service" and overlap(asked_as(one), subject)
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    )


def _limited(name: str, why: str) -> Permission:
    return Permission(False, f"{LIMIT}: {name}", why)


def _empty_only(chain: Chain, grant: Grant, use: Use) -> Iterator[str]:
    account = chain.account if chain.belongs else None
    none = account is not None and limit_of(account, "payload") == 0
    if use.publish and (grant.payload == 0 or none):
        yield f"Empty messages only: the limit `payload` of {'its account' if none else 'it'} is 0."


def _ways(grant: Grant) -> Iterator[str]:
    """Say from where, when and how a user may connect, where that is bounded."""
    for preposition, texts in (
        ("from", grant.networks),
        ("at", tuple(f"{start}-{end}" for start, end in grant.hours)),
        ("as", grant.connection_types),
    ):
        if texts:
            shown = ", ".join(without_seeds(text, 60) for text in texts[:_SHOWN])
            zone = without_seeds(grant.zone, 60) or "in the time zone of the server"
            where = f" ({zone})" if preposition == "at" else ""
            yield f"It may connect {preposition} {shown} only{where}."
