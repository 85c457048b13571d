"""An account of a text's bytes: taken as a key or JWT, fixed words of its form, or neither. Pure.

Whoever wants to delete a file has to know that nothing in it is lost. `Ledger` marks what was
taken out of one text; `Contents` is what a file held, for comparing with a vault later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wallet.secrets import sodium

# Source: nats-io/jwt v2, creds_utils.go: what nsc, the nats CLI and this wallet write around.
_FIXED = re.compile(
    rb"(?<!-)-{3,}+[ \t]*+(?:BEGIN|END) (?:NATS )?(?:OPERATOR|ACCOUNT|USER|ACTIVATION)"
    rb" (?:JWT|NKEY SEED|SEED)-{3,}+"
    rb"|(?<!\*)\*{10,}+(?: IMPORTANT \*{10,}+)?"
    rb"|NKEY Seed printed below can be used to sign and prove identity\."
    rb"|NKEYs are sensitive and should be treated as secrets\."
)


@dataclass(slots=True)
class Contents:
    """The contents of one file, so that it can be said what its deletion would lose.

    `seeds` and `publics` are public keys, `tokens` JWTs by their subject's public key, `names`
    what stood beside a key as its name. `others` says, in words, what is none of these.
    """

    seeds: list[str] = field(default_factory=list)
    publics: list[str] = field(default_factory=list)
    tokens: list[tuple[str, str]] = field(default_factory=list, repr=False)
    names: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Ledger:
    """The parts of one text that were taken. The text stays its owner's."""

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self._taken: list[slice] = []

    def take(self, place: slice) -> None:
        """Note that a reader has taken the bytes at `place`."""
        self._taken.append(place)

    def has_more(self) -> bool:
        """Whether anything but white space is left beside what was taken and the fixed words."""
        rest = bytearray(self._content)
        try:
            for place in self._taken:
                rest[place] = bytes(place.stop - place.start)
            # Not across what was taken, which is zero by now and no part of any fixed word.
            for at, end in [match.span() for match in _FIXED.finditer(rest)]:
                rest[at:end] = bytes(end - at)
            left = rest.strip(b"\0 \t\r\n\v\f")
            sodium.wipe(rest)
            rest = left
            return bool(left)
        finally:
            sodium.wipe(rest)
