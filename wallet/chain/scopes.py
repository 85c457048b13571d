"""Scoped signing keys: whose users take the scope's word, and what its templates become. Pure.

A subject in a scope may hold `{{name()}}`, `{{subject()}}`, `{{account-name()}}`,
`{{account-subject()}}`, `{{tag(x)}}` and `{{account-tag(x)}}`, each to be replaced for the
user that connects. A tag can have several values, or none.

Source: nats-server auth.go, processUserPermissionsTemplate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from wallet.chain.grants import EVERYTHING, Grant, Rule
from wallet.jwt import Claims

MOST_SUBJECTS = 4096
_SLOT = re.compile(r"\{\{([^}]+)\}\}")
_TAG = re.compile(r"(account-tag|tag)\((.*)\)", re.IGNORECASE)

# What a user must not carry under a scoped key. A limit of 0 and a flag that is false count as
# left out; a list does not, even an empty one.
_LIMITS = ("subs", "data", "payload", "times_location", "bearer_token", "proxy_required")
_LISTS = ("src", "times", "allowed_connection_types", "resp")

Json = Any


class ScopeError(Exception):
    """The scope cannot be applied to this user: its server refuses it."""


def carried(user: Mapping[str, Json]) -> list[str]:
    """The limits and permissions in a user's own JWT that its scope forbids it to carry."""
    found = [name for name in _LIMITS if user.get(name)]
    found += [name for name in _LISTS if user.get(name) is not None]
    for name in ("pub", "sub"):
        rule = user.get(name)
        if isinstance(rule, dict) and (
            rule.get("allow") is not None or rule.get("deny") is not None
        ):
            found.append(name)
    return found


def filled(grant: Grant, user: Claims, account: Claims) -> Grant:
    """The template's grant with its subjects made for this user. Raises `ScopeError`."""
    return replace(
        grant,
        publish=_filled_rule(grant.publish, user, account),
        subscribe=_filled_rule(grant.subscribe, user, account),
    )


def _filled_rule(rule: Rule, user: Claims, account: Claims) -> Rule:
    allow = _subjects(rule.allow, user, account, must=False)
    deny = _subjects(rule.deny, user, account, must=True)
    if rule.allow and not allow:  # what was meant to be narrow must not become wide
        deny = (*deny, EVERYTHING)
    return Rule(allow, deny)


def _subjects(
    subjects: tuple[str, ...], user: Claims, account: Claims, *, must: bool
) -> tuple[str, ...]:
    if not any(_SLOT.search(subject) for subject in subjects):
        return subjects
    made: list[str] = []
    for subject in subjects:
        slots = [match[1].strip() for match in _SLOT.finditer(subject)]
        values = [_values(slot, subject, user, account, must=must) for slot in slots]
        for chosen in product(*values):
            each = iter(chosen)
            text = _SLOT.sub(lambda _, each=each: next(each), subject)  # type: ignore[misc]
            if _is_valid(text):
                made.append(text)
            elif must:
                raise ScopeError(f"“{subject}” becomes “{text}”, which is no subject")
            if len(made) > MOST_SUBJECTS:
                raise ScopeError(f"“{subject}” becomes more than {MOST_SUBJECTS:,} subjects")
    return tuple(made)


def _values(slot: str, subject: str, user: Claims, account: Claims, *, must: bool) -> list[str]:
    simple = {
        "name()": user.name,
        "subject()": user.subject,
        "account-name()": account.name,
        "account-subject()": user.issuer_account or "",
    }
    if slot.lower() in simple:
        return [simple[slot.lower()]]
    tag = _TAG.fullmatch(slot)
    if tag is None:
        raise ScopeError(f"“{subject}” asks for “{slot}”, which servers do not know")
    start = f"{tag[2].lower()}:"
    tags = account.tags if tag[1].lower() == "account-tag" else user.tags
    found = [text.removeprefix(start) for text in tags if text.startswith(start)]
    if not found and must:
        raise ScopeError(f"“{subject}” asks for the tag “{tag[2]}”, and there is none")
    return found or [" "]


def _is_valid(subject: str) -> bool:
    tokens = subject.split(".")
    return all(tokens) and ">" not in tokens[:-1] and not re.search(r"[\t\n\f\r ]", subject)
