"""What stands in the place of a secret in a text that is written to disk. Pure.

A secret that does not decide who is let in is replaced by another of the same form, so that a
server judges it alike: the same for the same, different for different, since two remotes with
different passwords are two. What is empty stays empty, a number a number.
"""

from __future__ import annotations

import re

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import Kind, Seed, looks_like_seed

# As nats-server tells a hash from a password.
_BCRYPT = re.compile(r"\$2[abxy]\$\d{2}\$")
# Of a word that nobody uses, at the least cost.
_HASH = "$2a$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
# At any place, for they may stand in a longer word; in a JWT there is much that looks alike.
_SEEDS = re.compile(r"(?=(S[OAUNCX][A-Z2-7]{56}))")
_MISTYPED = re.compile(r"(?<![\w.-])S[OAUNCX][A-Z2-7]{40,70}(?![\w.-])", re.IGNORECASE)
_KINDS = {kind.letter: kind for kind in Kind}
_WORD = "left-out"


class StandIns:
    """The stand-ins of one rehearsal."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def secret(self, text: str) -> str:
        """In the place of a password, a token, a key."""
        if not text:
            return text
        if looks_like_seed(text):
            return self.seed(text)
        if _BCRYPT.match(text):
            return _HASH
        return self._given.setdefault(text, f"{_WORD}-{len(self._given) + 1}")

    def seed(self, text: str) -> str:
        """In the place of a seed another of its kind; in that of what is none, another such."""
        if text not in self._given:
            self._given[text] = _seed_like(text)
        return self._given[text]

    def within(self, text: str) -> str:
        """The same text, with another in the place of each seed that stands in it."""
        for seed in {match[1] for match in _SEEDS.finditer(text)}:
            if _is_seed(seed):
                text = text.replace(seed, self.seed(seed))
        text = _MISTYPED.sub(lambda match: self._unless_ours(match[0]), text)
        return self._unless_ours(text) if looks_like_seed(text) else text

    def _unless_ours(self, text: str) -> str:
        return text if text in self._given.values() else self.seed(text)


def _is_seed(text: str) -> bool:
    try:
        with Seed.decode(text):
            return True
    except (KeyFormatError, ValueError):
        return False


def _seed_like(text: str) -> str:
    with Seed.generate(_KINDS.get(text[1:2].upper(), Kind.USER)) as seed:
        made = seed.encode().decode("ascii")
    return made if _is_seed(text) else made[:-1]  # too short for one, and as near to it
