"""The words of a filter, as a person or a script writes them: read, explained and completed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence

from wallet.nats.nkeys import Kind
from wallet.text import did_you_mean, near, plain, shared_beginning
from wallet.vault.key_record import (
    KIND_MARK,
    REVOKED_MARK,
    SEED_MARK,
    SIGNING_MARK,
    SOON_DAYS,
    STATUS_MARK,
    TAG_MARK,
    TOKEN_MARK,
    KeyRecord,
    fold,
)
from wallet.vault.records import Records
from wallet.vault.tree.state_ids import OF_STATES, ids_in_state

# Four characters are looked for in public keys too: fewer stand in nearly every one.
_IN_PUBLIC = re.compile(r"[a-z2-7]{4,}")
_SHOWN = 12


class Term:
    """A text that has to stand in a key's path, tags and marks, folded; or in its public key.

    `public` is its form there, empty where it is not looked for.
    """

    __slots__ = ("public", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.public = text.upper() if _IN_PUBLIC.fullmatch(text) else ""

    def stands_in(self, path: str, public: str) -> bool:
        """Whether it stands in the path of a key, with its marks, or in its public key."""
        return self.text in path or (self.public != "" and self.public in public)


class Query:
    """A filter as a person types it: terms that must all occur, divided by blanks.

    `kind:user`, `status:retired`, `tag:prod`, `no:seed`, `no:jwt`, `revoked:`, `signing:`,
    `expired:` and `expiring:` (within 14 days) ask for just that, `state:` for a state; a tag need
    only begin so, and a kind, status or state may be cut short while it is typed.
    """

    def __init__(self, typed: str) -> None:
        self.terms: list[Term] = []
        self.impossible = False
        # Seconds since 1970 between which the key's JWT expires.
        self.expires: tuple[int, int] | None = None
        self.states: set[str] = set()  # that no mark in the text tells
        self.plain: list[str] = []  # the terms that are not a filter's words
        for word in typed.split():
            text = self._term(word)
            if text is None:
                self.impossible = True
            elif text and all(text != term.text for term in self.terms):
                self.terms.append(Term(text))

    @property
    def empty(self) -> bool:
        """Whether it leaves every key."""
        return not (self.terms or self.impossible or self.states or self.expires)

    def among(self, records: Records) -> frozenset[int] | None:
        """The ids of the keys that can match, where more than their texts decides; else None."""
        several = [] if self.expires is None else [records.expiring(*self.expires)]
        several += [ids_in_state(records, state) for state in self.states]
        return frozenset.intersection(*several) if several else None

    def _term(self, word: str) -> str | None:
        """Give the text to look for; "" for a word too short to tell, None for what cannot be."""
        name, colon, value = word.casefold().partition(":")
        if colon and not value and name in _PLAIN:
            return _PLAIN[name]
        if colon and not value and name in _EXPIRY:
            return self._expire(name)
        if colon and name == "tag":
            return TAG_MARK + fold(value) if value else ""
        if colon and name in _CHOICES:
            choices = _CHOICES[name]
            fitting = [value] if value in choices else _beginning(value, choices)
            if len(fitting) != 1:
                return "" if fitting else None
            return self._state(fitting[0]) if name == "state" else choices[fitting[0]]
        text = "".join(c for c in fold(word) if c >= " ")
        self.plain.append(text)
        return text

    def _state(self, state: str) -> str:
        if state in _EXPIRY:
            return self._expire(state)
        if state in OF_STATES:
            self.states.add(state)
            return ""
        return _STATES[state]

    def _expire(self, name: str) -> str:
        now = int(time.time())
        first, last = _EXPIRY[name]
        earliest, latest = self.expires or (0, _NEVER)
        self.expires = (max(earliest, now + first), min(latest, now + last))
        return ""


_STATES = {
    "revoked": f"{REVOKED_MARK}R",
    "expired": "",
    "retired": f"{STATUS_MARK}R",
    "expiring": "",
    **dict.fromkeys(OF_STATES, ""),
    "no-seed": f"{SEED_MARK}N",
    "active": f"{STATUS_MARK}A",
}
_CHOICES = {
    "kind": {kind.value: KIND_MARK + kind.letter for kind in Kind},
    "state": _STATES,
    "status": {"active": f"{STATUS_MARK}A", "retired": f"{STATUS_MARK}R"},
    "no": {"seed": f"{SEED_MARK}N", "jwt": f"{TOKEN_MARK}N"},
}
_PLAIN = {"revoked": f"{REVOKED_MARK}R", "signing": f"{SIGNING_MARK}S"}
SOON = SOON_DAYS * 24 * 60 * 60
_NEVER = 1 << 62
_EXPIRY = {"expired": (-_NEVER, 0), "expiring": (1, SOON)}
WORDS = (
    "kind:",
    "tag:",
    "state:",
    "no:",
    "signing:",
    "expired:",
    "expiring:",
    "revoked:",
    "status:",
)
"""The words that a filter knows, the commonest first."""


def doubts(typed: str) -> list[str]:
    """Say of each word of a filter that asks for what no key can have what may have been meant."""
    known = [word.removesuffix(":") for word in WORDS]
    sentences = []
    for word in typed.split():
        name, colon, value = word.casefold().partition(":")
        if colon and name in _CHOICES:
            choices = _CHOICES[name]
            if not _beginning(value, choices):
                hint = did_you_mean(near(value, choices, 0.7)) or f" There is {', '.join(choices)}."
                if f"{value}:" in WORDS:  # as in kind:signing
                    hint = did_you_mean([f"{value}:"])
                sentences.append(f"There is no {name}:{plain(value, 40)}.{hint}")
        elif colon and name.isalpha() and name not in known:
            hint = did_you_mean(f"{each}:" for each in near(name, known, 0.7))
            if hint:
                sentences.append(f"No filter is called {plain(name, 40)}:.{hint}")
    return sentences


def completions(typed: str, tags: Iterable[str] = ()) -> list[str]:
    """The words that the last word of a filter may become, `tags` being those of the vault.

    Behind a blank, and before anything, all words; behind a name of no word none.
    """
    word = typed.rpartition(" ")[2].casefold()
    name, colon, value = word.partition(":")
    if not colon:
        return _beginning(word, WORDS)
    choices = tags if name == "tag" else _CHOICES.get(name, ())
    return [f"{name}:{choice}" for choice in _beginning(value, choices)][:_SHOWN]


def completed(typed: str, tags: Iterable[str] = ()) -> str:
    """The filter with its last word written on, as far as there is no doubt how."""
    before, blank, word = typed.rpartition(" ")
    fitting = completions(typed, tags) if word else []
    if not fitting:
        return typed
    shared = shared_beginning(fitting)
    ended = " " if len(fitting) == 1 and not shared.endswith(":") else ""
    return f"{before}{blank}{shared}{ended}"


def in_public_only(record: KeyRecord, terms: Sequence[str]) -> str:
    """The part of a public key that a filter found it by; empty where its path or a tag has it."""
    folded = fold(record.path)
    for term in terms:
        public = Term(term).public
        in_tag = any(term in fold(tag) for tag in record.tags)
        if public and public in record.public and term not in folded and not in_tag:
            return public
    return ""


def tags_in(records: Records) -> Iterator[str]:
    """All tags of a vault's keys, in alphabetical order."""
    with records.database.question() as sql:
        rows = sql.execute("SELECT DISTINCT tags FROM keys WHERE tags != ''").fetchall()
    yield from sorted({tag for (tags,) in rows for tag in str(tags).split()})


def _beginning(start: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.casefold().startswith(start)]
