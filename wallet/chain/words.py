"""The JWTs of a chain told in words: one line a statement, safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wallet.chain import grants
from wallet.chain.grants import UNLIMITED, Grant, Rule
from wallet.chain.model import Chain, called, scopes, signing_keys
from wallet.chain.order import granted
from wallet.chain.scopes import ScopeError, carried
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.account_rules import has_jetstream
from wallet.nats.validation.jwt_flaws import left_out
from wallet.text import without_seeds
from wallet.when import exactly, how_long

SHOWN = 12  # of a list; the rest is counted
_NUMBERS = {
    "conn": "connections",
    "leaf": "leaf node connections",
    "subs": "subscriptions",
    "payload": "bytes a message",
    "imports": "imports",
    "exports": "exports",
}
_JETSTREAM = {
    "mem_storage": "bytes of memory",
    "disk_storage": "bytes of disk",
    "streams": "streams",
    "consumer": "consumers",
}
NOTHING = "nothing"
# Where nats-server takes 0 for no limit, as it does -1. It never counts `data` at all.
_NONE_IS_FREE = {"streams", "consumer"}

Json = Any


def describe(chain: Chain, now: float) -> list[str]:
    """The user's claims in words, then its account's and its operator's, as far as they are there.

    `now`, seconds since 1970, is what times are counted from.
    """
    lines = []
    if chain.user:
        lines += _user(chain, chain.user, now)
    if chain.account:
        lines += _account(chain, chain.account, now)
    if chain.operator:
        lines += _operator(chain.operator, now)
    return lines


def own_words(chain: Chain, kind: Kind, now: float) -> list[str]:
    """The claims of one key of a chain in words: those of its own JWT, and of a role it has."""
    if kind is Kind.USER and chain.user:
        return _user(chain, chain.user, now)
    if kind is Kind.ACCOUNT and chain.account:
        return _account(chain, chain.account, now)
    return _operator(chain.operator, now) if chain.operator else []


def _user(chain: Chain, user: Claims, now: float) -> list[str]:
    account = chain.account if chain.belongs else None
    of = called(account) if account else user.account
    lines = [
        f"User {called(user)} of the account {of}.",
        signed(user, account),
        validity(user, now),
    ]
    try:
        grant = granted(chain)
        if chain.scope is not None and account:
            role = scopes(account)[user.issuer.text]
            lines.append(f"Limits and permissions are those of its signing key's scope “{role}”.")
    except (ScopeError, grants.MisreadError) as error:
        return [*lines, f"What it may do cannot be read: {without_seeds(str(error), 200)}."]
    if chain.account is None and user.issuer_account is not None and not carried(user.nats):
        return [
            *lines,
            "A signing key signed it, and it says nothing of limits and permissions: they are "
            "those of the key's scope, in the account's JWT. Without one it may not subscribe.",
        ]
    return [*lines, *rights(grant)]


def rights(grant: Grant) -> list[str]:
    """Tell what a user may do, whence, when and how: a short sentence each."""
    lines = [
        f"Publish: {_publish(grant)}.",
        f"Subscribe: {_rule(grant.subscribe)}.",
    ]
    if grant.responses:
        most, seconds = grant.responses
        count = f"up to {most:,}" if most > 0 else "any number"
        within = f" within {seconds:g} seconds" if seconds > 0 else ""
        lines.append(f"Replies to what it receives: {count}{within}, wherever they go.")
    limits = {"subs": grant.subs, "payload": grant.payload}
    lines.append(f"Limits: {_limits(limits, limits)}.")
    if grant.networks:
        lines.append(f"Connects from {_some(grant.networks)} only.")
    if grant.hours:
        spans = _some(f"{start}-{end}" for start, end in grant.hours)
        lines.append(f"Connects at {spans} only ({_zone(grant.zone)}).")
    if grant.connection_types:
        lines.append(f"Connects as {_some(grant.connection_types)} only.")
    if grant.bearer:
        lines.append("A bearer token: whoever has the JWT connects, without the seed.")
    if grant.proxied:
        lines.append("Connects through a trusted proxy only.")
    return lines


def rights_in_short(grant: Grant) -> list[tuple[str, str]]:
    """The rights of a user in short: labels, each with a phrase; a bound that is not set is left
    out."""
    rows = [("Publishes", _publish(grant)), ("Subscribes", _rule(grant.subscribe))]
    if grant.responses:
        most, seconds = grant.responses
        within = f" within {seconds:g} seconds" if seconds > 0 else ""
        rows.append(("Replies", f"{f'up to {most:,}' if most > 0 else 'any number'}{within}"))
    limits = {"subs": grant.subs, "payload": grant.payload}
    rows.append(("Limits", _limits(limits, limits)))
    if grant.networks:
        rows.append(("Only from", _some(grant.networks)))
    if grant.hours:
        spans = _some(f"{start}-{end}" for start, end in grant.hours)
        rows.append(("Only at", f"{spans} ({_zone(grant.zone)})"))
    if grant.connection_types:
        rows.append(("Only as", _some(grant.connection_types)))
    return rows


def _account(chain: Chain, account: Claims, now: float) -> list[str]:
    lines = [f"Account {called(account)}.", signed(account, chain.operator)]
    lines += [validity(account, now), *account_limits(account)]
    limits = _limits_of(account)
    if limits.get("disallow_bearer") is True:
        lines.append("Takes no bearer tokens.")
    lines += _signers(account)
    lines += _revocations(account)
    try:
        defaults = Grant(**grants.read_permissions(account.nats.get("default_permissions") or {}))
    except (grants.MisreadError, AttributeError):
        defaults = Grant()
    if not defaults.unrestricted:
        lines.append(f"Users without permissions of their own publish {_publish(defaults)}, ")
        lines[-1] += f"subscribe {_rule(defaults.subscribe)}."
    lines += _shared(account.nats)
    lines += _texts(account.nats, _ACCOUNT_TEXTS)
    lines += [f"! {without_seeds(str(flaw), 300)}." for flaw in left_out(account, now)[:SHOWN]]
    return lines


def account_limits(account: Claims) -> list[str]:
    """The bounds that all users of an account share: a short sentence each."""
    limits = _limits_of(account)
    return [f"Limits: {_limits(_NUMBERS, limits)}.", *_jetstream(limits)]


def _limits_of(account: Claims) -> Mapping[str, Json]:
    limits = account.nats.get("limits")
    return limits if isinstance(limits, dict) else {}


def _shared(nats: Mapping[str, Json]) -> list[str]:
    """Tell what an account imports and exports, where it maps subjects to, and its traces go."""
    lines = []
    for name in ("imports", "exports"):
        phrases = [
            f"{one.get('type')} {one.get('subject')}{_with_whom(one)}"
            for one in _objects(nats.get(name))
        ]
        lines += [f"{name.capitalize()}: {_some(phrases, 160)}."] if phrases else []
    given = nats.get("mappings")
    mapped = list(given.items()) if isinstance(given, dict) else []
    for source, to in mapped[:SHOWN]:
        phrases = [f"{one.get('subject')} ({one.get('weight') or 100} %)" for one in _objects(to)]
        lines.append(f"Maps {without_seeds(source, 80)} to {_some(phrases)}.")
    if len(mapped) > SHOWN:
        lines.append(f"Maps {len(mapped) - SHOWN:,} more subjects.")
    trace = nats.get("trace")
    if isinstance(trace, dict) and trace.get("dest"):
        sampling = trace.get("sampling")
        part = f", of {sampling} % of the messages" if type(sampling) is int and sampling else ""
        lines.append(f"Traces go to {without_seeds(str(trace['dest']), 80)}{part}.")
    return lines


def _objects(listed: Json) -> list[dict[str, Json]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _with_whom(entry: Mapping[str, Json]) -> str:
    """Name the account that an import is from, or say that an export is not for everybody."""
    if entry.get("account"):
        return f" from {entry['account']}"
    if entry.get("account_token_position"):
        return " (each account its own)"
    return " (private)" if entry.get("token_req") is True else ""


_ACCOUNT_TEXTS = {"description": "Description", "info_url": "More about it"}
_OPERATOR_TEXTS = {
    "account_server_url": "Account server",
    "operator_service_urls": "Service URLs",
    "assert_server_version": "Oldest server",
}


def _texts(nats: Mapping[str, Json], names: Mapping[str, str]) -> list[str]:
    """Tell the texts that are there, and lists of texts, each behind its name."""
    lines = []
    for field, name in names.items():
        value = nats.get(field)
        if isinstance(value, str | list) and value:
            texts = [value] if isinstance(value, str) else [str(one) for one in value]
            lines.append(f"{name}: {_some(texts)}.")
    return lines


def _jetstream(limits: Mapping[str, Json]) -> list[str]:
    """Tell the storage that an account has; where there are tiers, servers go by those alone."""
    if not has_jetstream({"limits": limits}):
        return ["No JetStream."]
    tiers = limits.get("tiered_limits")
    if not (isinstance(tiers, dict) and tiers):
        return [f"JetStream: {_limits(_JETSTREAM, limits)}."]
    named = [(name, tier if isinstance(tier, dict) else {}) for name, tier in tiers.items()]
    lines = [
        f"JetStream, tier {without_seeds(name, 40)}: {_limits(_JETSTREAM, tier)}."
        for name, tier in named[:SHOWN]
    ]
    more = len(named) - SHOWN
    return [*lines, f"JetStream has {more:,} more tiers."] if more > 0 else lines


def _signers(claims: Claims) -> list[str]:
    roles = scopes(claims)
    keys = [
        f"{key} (scope “{roles[key]}”)" if key in roles else key for key in signing_keys(claims)
    ]
    return [f"Signing keys: {_some(keys)}."] if keys else []


def _revocations(account: Claims) -> list[str]:
    listed = account.nats.get("revocations")
    named = listed if isinstance(listed, dict) else {}
    lines = []
    everybody = named.get("*")
    if type(everybody) is int:
        lines.append(f"Revokes every user JWT issued up to {exactly(everybody)}.")
    others = [key for key in named if key != "*"]
    if others:
        lines.append(f"Revokes {len(others):,} of its users: {_some(others)}.")
    return lines


def _operator(operator: Claims, now: float) -> list[str]:
    lines = [f"Operator {called(operator)}.", validity(operator, now), *_signers(operator)]
    system = operator.nats.get("system_account")
    if isinstance(system, str) and system:
        lines.append(f"System account: {without_seeds(system, 60)}.")
    if operator.nats.get("strict_signing_key_usage") is True:
        lines.append("Only signing keys may sign (strict_signing_key_usage).")
    return lines + _texts(operator.nats, _OPERATOR_TEXTS)


def signed(claims: Claims, owner: Claims | None) -> str:
    """Say which key signed a JWT, and whose it is as far as the owner is known."""
    on = f" on {exactly(claims.issued)}" if claims.issued else ""
    issuer = claims.issuer.text
    if owner is None:
        whose = ""
    elif issuer == owner.subject:
        whose = f", {owner.type} “{without_seeds(owner.name, 60)}” itself"
    elif issuer in signing_keys(owner):
        whose = f", a signing key of {owner.type} “{without_seeds(owner.name, 60)}”"
    else:
        whose = f", which is no key of {owner.type} “{without_seeds(owner.name, 60)}”"
    return f"Signed{on} by {issuer}{whose}."


def validity(claims: Claims, now: float) -> str:
    """Tell from when until when a JWT is valid, and how far that is from `now`."""
    begin = ""
    if claims.not_before:
        ahead = " (not yet)" if claims.not_yet(now) else ""
        begin = f"Valid from {exactly(claims.not_before)}{ahead}. "
    if claims.expires is None:
        return f"{begin}Does not expire."
    away = abs(claims.expires - now)
    if claims.expired(now):
        return f"{begin}Expired on {exactly(claims.expires)}, {how_long(away)} ago."
    return f"{begin}Expires on {exactly(claims.expires)}, in {how_long(away)}."


def _publish(grant: Grant) -> str:
    """Say what a user may publish; where answers are allowed, that is nothing but what is named."""
    allowed = _rule(grant.publish)
    return f"{allowed} but replies" if grant.responses and allowed == NOTHING else allowed


def _rule(rule: Rule) -> str:
    if rule.forbids_all:
        return NOTHING
    allowed = _some(rule.allow) if rule.allow else "everything"
    return f"{allowed}, but not {_some(rule.deny)}" if rule.deny else allowed


def _limits(names: Iterable[str], values: Mapping[str, Json]) -> str:
    bounds, free = [], []
    for name in names:
        what = {**_NUMBERS, **_JETSTREAM}[name]
        value = values.get(name, 0)
        value = value if type(value) is int else 0
        if value == 0 and name in _NONE_IS_FREE:
            value = UNLIMITED
        if value == UNLIMITED:
            free.append(what)
        elif value == 0:
            bounds.append(f"no {what}" + ("" if name in values else " (left out, which means 0)"))
        else:
            bounds.append(f"{value:,} {what}")
    if not bounds:
        return "none"
    return ", ".join(bounds) + (f"; {', '.join(free)} unlimited" if free else "")


def _zone(name: str) -> str:
    return without_seeds(name, 40) or "the server's own time zone"


def _some(texts: Iterable[str], limit: int = 80) -> str:
    listed = [without_seeds(text, limit) for text in texts]
    more = f" and {len(listed) - SHOWN:,} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
