"""A flaw in claims: where it stands, what it is, and what servers make of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from wallet.text import without_seeds

Json = Any
Path = tuple[str | int, ...]  # names and places in lists, from the `nats` fields on
LONGEST_SHOWN = 60
_LONGEST_SENTENCE = 500


def in_order(path: Path) -> list[str]:
    """Give a key to sort places by: what stands later in a list, or deeper, comes later."""
    return [str(step).zfill(9) for step in path]


class Effect(StrEnum):
    """The ways in which servers take claims with a flaw."""

    REFUSED = "refused"  # every server that knows the field refuses the whole JWT
    MISTAKEN = "mistaken"  # they take it, and it does not do what was meant
    SOMETIMES = "sometimes"  # some versions refuse the whole JWT
    LEFT_OUT = "left out"  # they take the JWT and leave this part out


class _LeaveOut:
    """The type of `LEAVE_OUT`, the mend of most flaws."""


LEAVE_OUT = _LeaveOut()


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw at one place in claims. `instead` mends it there, unless the place is left out.

    `mistyped`: it is not of the JSON type that belongs there, so nothing can be made of it.
    """

    path: Path
    what: str
    effect: Effect = Effect.REFUSED
    instead: Json = LEAVE_OUT
    mistyped: bool = False

    @property
    def where(self) -> str:
        """The flaw's place as people write it: `exports[2].subject`.

        It is safe to show, as `what` is: a seed that somebody pasted may stand in a name too.
        """
        text = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.path)
        return without_seeds(text.removeprefix("."), _LONGEST_SENTENCE)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.path else self.what

    def order(self) -> list[str]:
        """Give a key to sort flaws by their places."""
        return in_order(self.path)

    def milder(self, effect: Effect) -> Flaw:
        """Give the same flaw with another effect, for where servers take it otherwise."""
        return replace(self, effect=effect)


@dataclass(frozen=True, slots=True)
class About:
    """The surroundings of claims, as far as they are known; what is not known is not judged.

    `now` is seconds since 1970, `claims_of` gives an account's `nats` fields by its public key.
    """

    subject: str = ""
    now: float | None = None
    system_account: bool = False
    claims_of: Callable[[str], Mapping[str, Json] | None] = lambda _key: None


@dataclass(slots=True)
class Review:
    """A look at claims, with the flaws that it has come upon so far."""

    about: About
    flaws: list[Flaw] = field(default_factory=list)

    def add(
        self,
        path: Path,
        what: str,
        effect: Effect = Effect.REFUSED,
        instead: Json = LEAVE_OUT,
    ) -> None:
        """Note a flaw."""
        what = without_seeds(what, _LONGEST_SENTENCE)
        self.flaws.append(Flaw(path, what, effect, instead))

    def wrong(self, path: Path, wanted: str, given: Json, effect: Effect = Effect.REFUSED) -> None:
        """Note a value that is not what it must be."""
        self.add(path, f"{shown(given)} is not {wanted}", effect)

    def mistyped(self, path: Path, wanted: str, given: Json) -> None:
        """Note a value of another JSON type."""
        self.flaws.append(Flaw(path, f"{shown(given)} is not {wanted}", mistyped=True))


def shown(value: Json) -> str:
    """A value as it stands there, cut short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Cut behind a seed that begins in what is shown: cut within, it would be one no more.
    text = value[: 9 * LONGEST_SHOWN] if isinstance(value, str) else value
    return without_seeds(repr(text), LONGEST_SHOWN)
