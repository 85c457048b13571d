"""The plan of an import: what it would do to a vault, key by key, before anything is done.

    plan = planner.make_plan(records, findings, under=None, choices=Choices())

New keys are added, parents first; a key known by its public half gets its seed, one without a
JWT its JWT, one with an older JWT the newer one. What the vault has and a file contradicts is a
conflict, and nobody but a person settles it: `Choices` holds what was chosen, and a plan with
`open_conflicts` is not carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wallet.exchange.plan.candidates import ImportCandidate
from wallet.exchange.readers.material import Bad, Findings
from wallet.vault.key_record import KeyRecord

_SHOWN_SOURCES = 3


class Choice(StrEnum):
    """A way to settle a conflict.

    `keep`: what the vault has stays as it is, and a new key in conflict is left out.
    `take`: what the import says holds. `both`: a new key comes in beside the other, as NAME-2;
    elsewhere as `keep`. A name that is taken is never taken away: `take` gives NAME-2 as well.
    """

    KEEP = "keep"
    TAKE = "take"
    BOTH = "both"


class Step(StrEnum):
    """A step of an import: one thing that is done for a key."""

    ADD = "add"
    SEED = "fill in the seed"
    TOKEN = "set the JWT"  # noqa: S105 (a word for people)
    MOVE = "hang it where it belongs"
    SIGNING = "make it a signing key"
    PERMISSIONS = "set the permissions"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A matter that the vault and a file differ in: `what` is name, jwt, place, under or signer."""

    public: str
    path: str
    what: str
    sentence: str
    choices: tuple[Choice, ...]


@dataclass(slots=True)
class Choices:
    """The choices made so far: for single conflicts, or for all that are left."""

    for_all: Choice | None = None
    settled: dict[tuple[str, str], Choice] = field(default_factory=dict)

    def copy(self) -> Choices:
        return Choices(self.for_all, dict(self.settled))

    def choose(self, conflict: Conflict, choice: Choice) -> None:
        self.settled[conflict.public, conflict.what] = choice

    def of(self, conflict: Conflict) -> Choice | None:
        return self.settled.get((conflict.public, conflict.what), self.for_all)


@dataclass(slots=True)
class PlannedKey:
    """A key in the plan of an import, with the steps to take; without steps it stays as it is.

    An account that is to be `resigned` gets a JWT by the operator that it comes to.
    """

    candidate: ImportCandidate
    record: KeyRecord | None
    parent: str | None = None
    name: str = ""
    path: str = ""
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflict: Conflict | None = None
    left_out: bool = False
    resigned: bool = False

    @property
    def where(self) -> str:
        """The files, and lines of them, that tell of it; the first few, in words."""
        first, more = (
            self.candidate.sources[:_SHOWN_SOURCES],
            self.candidate.sources[_SHOWN_SOURCES:],
        )
        return ", ".join([*first, *([f"{len(more):,} more"] if more else [])])

    @property
    def what(self) -> str:
        """The planned change, in a word: `add`, `change`, `same`, `leave out`, `ask`, or `wait`."""
        if self.conflict is not None:
            return "ask"
        if self.left_out:
            return "leave out"
        if not self.steps:
            return "wait" if self.record is None else "same"
        return "add" if Step.ADD in self.steps else "change"


@dataclass(slots=True)
class ImportPlan:
    """The keys that an import would change, in order, and the findings it was planned from.

    `planned_for` stands for the contents of the records that it was planned by, `planned_with` are
    the choices of then; `choices` may be more by now.
    """

    findings: Findings
    under: str | None
    choices: Choices
    items: list[PlannedKey]
    planned_for: object
    planned_with: Choices

    @property
    def bad(self) -> list[Bad]:
        return self.findings.bad

    @property
    def open_conflicts(self) -> list[Conflict]:
        return [item.conflict for item in self.items if item.conflict is not None]

    @property
    def to_do(self) -> list[PlannedKey]:
        return [item for item in self.items if item.steps and item.conflict is None]

    @property
    def changes_nothing(self) -> bool:
        """Whether the import would leave keys and servers as they are."""
        return not self.to_do and not self.findings.servers

    def count(self, what: str) -> int:
        """Count the keys to which this would be done: see `PlannedKey.what`."""
        return sum(item.what == what for item in self.items)
