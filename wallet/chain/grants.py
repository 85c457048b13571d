"""The rights that a user has in the end: by its own JWT, or by the scope it was signed under.

Read as nats-server reads it, with what it makes of a field that is left out, and judged by
the same rules: a source network, a connection type, a subject. For the hours of a day see
`opening_hours.py`. Pure.

Source: nats-io/jwt v2, types.go and signingkeys.go; nats-server auth.go, jwt.go, client.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any, NoReturn

from wallet.nats.subjects import REST, Patterns
from wallet.nats.validation.shapes import is_network

UNLIMITED = -1
EVERYTHING = REST
DEFAULT_ANSWERS, DEFAULT_ANSWER_TIME = 1, 120_000_000_000  # for a 0; nanoseconds
CONNECTION_TYPES = frozenset(
    {"STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT", "MQTT_WS", "IN_PROCESS"}
)

Json = Any


class MisreadError(Exception):
    """A field is not what it must be; a server does not take a JWT with it."""

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(f"“{field}” is not {wanted}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Rule:
    """Subjects that are allowed and denied.

    Nothing allowed by name means that all is, unless the rule is `closed`: then nothing is.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    closed: bool = False

    @property
    def forbids_all(self) -> bool:
        """Whether no subject is left that this rule lets pass."""
        if EVERYTHING in self.deny or (self.closed and not self.allow):
            return True
        denied = Patterns(self.deny)
        return bool(self.allow) and all(denied.covers(subject) for subject in self.allow)

    def permits(self, subject: str, queue: str = "") -> bool | None:
        """Whether it lets a subject pass, one with wildcards as a whole; None for not known.

        With a `queue`, a subscription for that group: entries such as `orders.> workers` are
        about it alone. To publish, an answer to a request passes besides where a grant has
        `responses`. Source: nats-server client.go, canSubscribe and pubAllowedFullCheck.
        """
        denied, of_queue = _met(self.deny, subject, queue)
        if denied or of_queue:
            return False
        allowed: bool | None = not self.closed
        if self.allow:
            plain, of_queue_allowed = _met(self.allow, subject, queue)
            allowed = plain if of_queue_allowed is None else of_queue_allowed
        return allowed if allowed is False or denied is not None else None


def _met(rules: tuple[str, ...], subject: str, queue: str) -> tuple[bool | None, bool | None]:
    """Whether a rule about all subscribers stands for a subject; and, where rules about queues do,
    whether one of them is about this queue.

    Loosely, as the server does: `a.*` stands for a subscription to `a.>`, too.
    """
    queued: dict[str, Patterns] = {}
    everybody = Patterns()
    for rule in rules:
        words = rule.split()
        if len(words) < 2:
            everybody.add(rule)
        elif queue:
            queued.setdefault(words[1], Patterns()).add(words[0])
    names = [name for name, patterns in queued.items() if patterns.covers(subject, loosely=True)]
    of_queue = any(Patterns([name]).covers(queue) for name in names) if names else None
    return everybody.covers(subject, loosely=True), of_queue


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of a user. Limits are −1 for none; `responses` is how many, within what seconds.

    `zone` names the time zone of `hours`; without one the server goes by its own.
    """

    subs: int = UNLIMITED
    data: int = UNLIMITED
    payload: int = UNLIMITED
    publish: Rule = Rule()
    subscribe: Rule = Rule()
    responses: tuple[int, float] | None = None
    networks: tuple[str, ...] = ()
    hours: tuple[tuple[str, str], ...] = ()
    zone: str = ""
    connection_types: tuple[str, ...] = ()
    bearer: bool = False
    proxied: bool = False

    @property
    def unrestricted(self) -> bool:
        """Whether it says nothing of subjects, so that the account's defaults hold."""
        return self.publish == self.subscribe == Rule() and self.responses is None

    @property
    def forbids_all(self) -> bool:
        """Whether it may neither publish nor subscribe to anything."""
        return self.subscribe.forbids_all and self.publish.forbids_all


def read(nats: Mapping[str, Json], *, left_out: int) -> Grant:
    """The grant in the `nats` fields of a user, or in a scope's template.

    A limit that is left out is `left_out`: 0 in a user's JWT, −1 in a template and in a JWT of
    version 1. Raises `MisreadError`.
    """
    return Grant(
        subs=_number(nats, "subs", left_out),
        data=_number(nats, "data", left_out),
        payload=_number(nats, "payload", left_out),
        networks=_networks(nats),
        hours=_hours(nats),
        zone=_text(nats, "times_location"),
        connection_types=_texts(nats, "allowed_connection_types"),
        bearer=_flag(nats, "bearer_token"),
        proxied=_flag(nats, "proxy_required"),
        **read_permissions(nats),
    )


def read_permissions(nats: Mapping[str, Json]) -> dict[str, Any]:
    """The fields of a grant that say which subjects; an account's defaults are such too.

    Where answers are allowed, or something is denied beside an empty list of what is allowed,
    nothing else may be published than what stands in that list. To subscribe, an empty list is
    none. Source: nats-server accounts.go, buildPermissionsFromJwt; auth.go,
    validateResponsePermissions.
    """
    resp = _object(nats, "resp")
    publish, responses = _rule(nats, "pub"), None
    listed = (_object(nats, "pub") or {}).get("allow") is not None
    if resp is not None:
        most = _number(resp, "max", 0) or DEFAULT_ANSWERS
        responses = most, (_number(resp, "ttl", 0) or DEFAULT_ANSWER_TIME) / 1e9
    if resp is not None or (listed and publish.deny):
        publish = replace(publish, closed=True)
    return {"publish": publish, "subscribe": _rule(nats, "sub"), "responses": responses}


def with_defaults(grant: Grant, account: Mapping[str, Json]) -> Grant:
    """The grant, with the account's default permissions where it says nothing of subjects."""
    if not grant.unrestricted:
        return grant
    return replace(grant, **read_permissions(_object(account, "default_permissions") or {}))


def fields(grant: Grant) -> dict[str, Json]:
    """The `nats` fields of a user's JWT of its own that would say the same of subjects, networks,
    hours, connection types and limits."""
    rules = {"pub": grant.publish, "sub": grant.subscribe}
    claims: dict[str, Json] = {
        name: {"allow": list(rule.allow), "deny": list(rule.deny)}
        if rule.allow or grant.responses
        else {"deny": [EVERYTHING] if rule.closed else list(rule.deny)}
        for name, rule in rules.items()
    }
    if grant.responses is not None:
        most, seconds = grant.responses
        claims["resp"] = {"max": most, "ttl": round(seconds * 1e9)}
    return claims | {
        "subs": grant.subs,
        "data": grant.data,
        "payload": grant.payload,
        "src": list(grant.networks),
        "times": [{"start": start, "end": end} for start, end in grant.hours],
        "allowed_connection_types": list(grant.connection_types),
    }


# --- rules ------------------------------------------------------------------------------------


def admits(networks: tuple[str, ...], address: str) -> bool:
    """Whether a client at this address may connect. None named: all may."""
    if not networks:
        return True
    try:
        client = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if client.version == 6 and client.ipv4_mapped:
        client = client.ipv4_mapped
    for network in networks:
        if not is_network(network):
            return False  # the server stops there, whatever follows
        if client in ip_network(network, strict=False):
            return True
    return False


def takes(types: tuple[str, ...], connection_type: str) -> bool:
    """Whether a connection of this type may be made. None named: all may."""
    known_types = {name.upper() for name in types} & CONNECTION_TYPES
    return not types or connection_type in known_types


# --- fields, as Go reads them -------------------------------------------------------------------


def _wrong(field: str, wanted: str) -> NoReturn:
    raise MisreadError(field, wanted)


def _number(place: Mapping[str, Json], name: str, left_out: int) -> int:
    value = place.get(name)
    if value is None:
        return left_out
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        _wrong(name, "a whole number")
    return int(value)


def _text(place: Mapping[str, Json], name: str) -> str:
    value = place.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else _wrong(name, "a text")


def _flag(place: Mapping[str, Json], name: str) -> bool:
    value = place.get(name)
    if value is None:
        return False
    return value if isinstance(value, bool) else _wrong(name, "true or false")


def _texts(place: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = place.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str | None) for item in value):
        _wrong(name, "a list of texts")
    return tuple(item or "" for item in value)


def _object(place: Mapping[str, Json], name: str) -> Mapping[str, Json] | None:
    value = place.get(name)
    if value is None or isinstance(value, dict):
        return value
    return _wrong(name, "an object")


def _rule(place: Mapping[str, Json], name: str) -> Rule:
    value = _object(place, name) or {}
    return Rule(_texts(value, "allow"), _texts(value, "deny"))


def _networks(place: Mapping[str, Json]) -> tuple[str, ...]:
    """A list, or as older tools wrote it, one text with commas."""
    value = place.get("src")
    if not isinstance(value, str):
        return _texts(place, "src")
    return tuple(part.strip().lower() for part in value.split(",") if part.strip())


def _hours(place: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    value = place.get("times")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(span, dict) for span in value):
        _wrong("times", "a list of spans with start and end")
    return tuple((_text(span, "start"), _text(span, "end")) for span in value)
