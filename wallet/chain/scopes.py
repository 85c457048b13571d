"""Scoped signing keys: whose users take the scope's word, and what its templates become. Pure.

A subject in a scope may hold `{{name()}}`, `{{subject()}}`, `{{account-name()}}`,
`{{account-subject()}}`, `{{tag(x)}}` and `{{account-tag(x)}}`, each to be replaced for the
user that connects. A tag can have several values, or none.

Source: nats-server auth.go, processUserPermissionsTemplate.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from operator import itemgetter
from typing import Any

from wallet.chain.grants import EVERYTHING, Grant, Rule
from wallet.nats.jwt import Claims
from wallet.nats.subjects import subject_problem

MOST_SUBJECTS = 4096
LONGEST_TEXT = 1 << 23  # characters made of templates
_SLOT = re.compile(r"\{\{([^}]+)\}\}")
_TAG = re.compile(r"(account-tag|tag)\((.*)\)", re.IGNORECASE)

# What a user must not carry under a scoped key. A limit of 0 and a flag that is false count as
# left out; a list does not, even an empty one.
_LIMITS = ("subs", "data", "payload", "times_location", "bearer_token", "proxy_required")
_LISTS = ("src", "times", "allowed_connection_types", "resp")

Json = Any


class ScopeError(Exception):
    """The scope cannot be applied to this user: its server refuses it."""


class TooLongError(ScopeError):
    """The scope is too much to look at here, so how a server takes it is not known."""


def carried(user: Mapping[str, Json]) -> list[str]:
    """The limits and permissions in a user's own JWT that its scope forbids it to carry."""
    names = [name for name in _LIMITS if user.get(name)]
    names += [name for name in _LISTS if user.get(name) is not None]
    for name in ("pub", "sub"):
        rule = user.get(name)
        if isinstance(rule, dict) and (
            rule.get("allow") is not None or rule.get("deny") is not None
        ):
            names.append(name)
    return names


def filled(grant: Grant, user: Claims, account: Claims) -> Grant:
    """The template's grant with its subjects made for this user. Raises `ScopeError`."""
    filling = _Filling(user, account)
    return replace(
        grant,
        publish=filling.rule(grant.publish),
        subscribe=filling.rule(grant.subscribe),
    )


class _Filling:
    """The templates of a scope, filled with one user's names and tags."""

    def __init__(self, user: Claims, account: Claims) -> None:
        self._tags = {"tag": _in_order(user.tags), "account-tag": _in_order(account.tags)}
        self._known: dict[tuple[str, str], list[str]] = {}
        self._simple = {
            "name()": user.name,
            "subject()": user.subject,
            "account-name()": account.name,
            "account-subject()": user.issuer_account or "",
        }
        self._length = 0  # characters made so far

    def rule(self, rule: Rule) -> Rule:
        allow = self._subjects(rule.allow, must=False)
        deny = self._subjects(rule.deny, must=True)
        if rule.allow and not allow:  # what was meant to be narrow must not become wide
            deny = (*deny, EVERYTHING)
        return replace(rule, allow=allow, deny=deny)

    def _subjects(self, subjects: tuple[str, ...], *, must: bool) -> tuple[str, ...]:
        if not any(_SLOT.search(subject) for subject in subjects):
            return subjects
        filled_in: list[str] = []
        for subject in subjects:
            slots = [match[0] for match in _SLOT.finditer(subject)]
            choices = [self._values(slot[2:-2].strip(), subject, must=must) for slot in slots]
            count = 1
            for values in choices:  # before any value is looked at: they multiply
                count *= len(values)
                if len(filled_in) + count > MOST_SUBJECTS:
                    raise ScopeError(f"“{subject}” becomes more than {MOST_SUBJECTS:,} subjects")
            longest = len(subject) + sum(max(map(len, values)) for values in choices)
            self._charge(count * (len(slots) + 1) * longest)
            for words in product(*choices):
                text = subject
                for slot, word in zip(slots, words, strict=True):
                    text = text.replace(slot, word)
                if not subject_problem(text):
                    filled_in.append(text)
                elif must:
                    raise ScopeError(f"“{subject}” becomes “{text}”, which is no subject")
        return tuple(filled_in)

    def _values(self, slot: str, subject: str, *, must: bool) -> list[str]:
        simple = self._simple.get(slot.lower())
        if simple is not None:
            return [simple]
        tag = _TAG.fullmatch(slot)
        if tag is None:
            raise ScopeError(f"“{subject}” asks for “{slot}”, which servers do not know")
        # Of what is not written in lower case the server takes the whole for the tag's name.
        name = tag[2] if tag[1].islower() else slot.removesuffix(")")
        values = self._of_tag(tag[1].lower(), name.lower())
        if not values and must:
            raise ScopeError(f"“{subject}” asks for the tag “{tag[2]}”, and there is none")
        return values or [" "]

    def _of_tag(self, whose: str, name: str) -> list[str]:
        """The values of a tag, in their order, found without going through all tags each time."""
        if (whose, name) not in self._known:
            tags = self._tags[whose]
            first = bisect_left(tags, (f"{name}:", 0))
            last = bisect_left(tags, (f"{name};", 0), first)  # `;` comes right after `:`
            in_order = sorted(tags[first:last], key=itemgetter(1))
            self._charge(sum(len(tag) for tag, _ in in_order))
            self._known[whose, name] = [tag[len(name) + 1 :] for tag, _ in in_order]
        return self._known[whose, name]

    def _charge(self, characters: int) -> None:
        self._length += characters
        if self._length > LONGEST_TEXT:
            raise TooLongError("its templates become more text than is looked at here")


def _in_order(tags: tuple[str, ...]) -> list[tuple[str, int]]:
    return sorted((tag, at) for at, tag in enumerate(tags))
