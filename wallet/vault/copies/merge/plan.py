"""The plan of a merge: what joining another file with a vault would do, before anything is done.

What the two do not agree on, and nobody but a person can settle, is a conflict; a plan with open
ones is not carried out. A key that one of them deleted and the other changed since is asked about
too, and stays where nobody answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wallet.nats.claims.union import Side
from wallet.vault.db.parts.merge import KeyState

DELETED, PLACE, RIGHTS, NEWCOMER = "deletion", "place", "permissions", "newcomer"
"""Matters of conflicts that are no piece of an owner's claims."""


class MergeAction(StrEnum):
    """The things that a merge does with a key. The values are the contract of `merge --json`."""

    CONFLICT = "conflict"
    DELETE = "delete"
    KEEP = "keep"
    ADD = "add"
    CHANGE = "change"
    REVOKE = "revoke"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class MergeItem:
    """One thing that a merge does; `public` is None where it is about no key."""

    public: str | None
    path: str
    action: MergeAction
    why: str

    def to_json(self) -> dict[str, object]:
        """The key and what joining does to it, as an object of `merge --dry-run --json`."""
        return {
            "public": self.public,
            "path": self.path,
            "action": self.action.value,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """A matter that both changed, each otherwise; `ours` and `theirs` say it in words."""

    public: str
    path: str
    what: str
    ours: str
    theirs: str

    @property
    def sentence(self) -> str:
        """The difference in words, for a person to choose."""
        if self.what == DELETED:
            return f"Here: {self.ours}. In the other file: {self.theirs}."
        if self.what == NEWCOMER:
            return (
                "It comes from another vault, and what it hangs beneath there did not sign it. "
                "Here it would be signed with a later change, and servers would let it in. As "
                f"here: {self.ours}. As in the other file: {self.theirs}."
            )
        return f"Both changed its {self.what}. Here: {self.ours}. In the other file: {self.theirs}."


@dataclass(slots=True)
class MergeChoices:
    """The choices made so far: for single conflicts, or for all that are left.

    A deletion is never settled for all: a key goes only where that was said of it.
    """

    for_all: Side | None = None
    settled: dict[tuple[str, str], Side] = field(default_factory=dict)

    def choose(self, conflict: MergeConflict, side: Side) -> None:
        self.settled[conflict.public, conflict.what] = side

    def of(self, public: str, what: str) -> Side | None:
        """The side that was chosen in this matter; None where it is open."""
        for_all = None if what == DELETED else self.for_all
        return self.settled.get((public, what), for_all)


@dataclass(frozen=True, slots=True)
class ClaimsToSign:
    """The claims to sign anew for an operator or account, later than `after`, in seconds."""

    nats: Mapping[str, Any]
    expires: int | None
    not_before: int | None
    after: int


@dataclass(slots=True)
class JoinedKey:
    """A key as both together have it. `to_sign` is None where `state.token` stays as it is."""

    state: KeyState
    to_sign: ClaimsToSign | None = None


@dataclass(slots=True)
class MergePlan:
    """The things that a merge would do, and the keys as they are then, by public key.

    `deletable` are asked about: one of the two deleted them, the other changed them since. Of
    what is `lost`, by public key, the history tells: names, notes and claims that do not count.
    """

    choices: MergeChoices
    keys: dict[str, JoinedKey]
    items: list[MergeItem]
    conflicts: list[MergeConflict]
    deletable: list[MergeConflict]
    deleted: list[str]
    lost: list[tuple[str, str]]

    def count(self, action: MergeAction) -> int:
        return sum(item.action is action for item in self.items)
