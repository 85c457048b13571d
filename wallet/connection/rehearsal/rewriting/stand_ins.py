"""Texts put in the place of secrets in a configuration that is written to disk. Pure.

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
        self._by_secret: dict[str, str] = {}

    def secret(self, text: str) -> str:
        """Give what stands in the place of a password, a token or a key."""
        if not text:
            return text
        if looks_like_seed(text):
            return self.seed(text)
        if _BCRYPT.match(text):
            return _HASH
        return self._by_secret.setdefault(text, f"{_WORD}-{len(self._by_secret) + 1}")

    def seed(self, text: str) -> str:
        """Give another seed of the same kind; in the place of a mistyped one, another such."""
        if text not in self._by_secret:
            self._by_secret[text] = _seed_like(text)
        return self._by_secret[text]

    def within(self, text: str) -> str:
        """Put another seed in the place of each that stands in a text."""
        for seed in {match[1] for match in _SEEDS.finditer(text)}:
            if _is_seed(seed):
                text = text.replace(seed, self.seed(seed))
        text = _MISTYPED.sub(lambda match: self._unless_ours(match[0]), text)
        return self._unless_ours(text) if looks_like_seed(text) else text

    def _unless_ours(self, text: str) -> str:
        return text if text in self._by_secret.values() else self.seed(text)


def _is_seed(text: str) -> bool:
    try:
        with Seed.decode(text):
            return True
    except (KeyFormatError, ValueError):
        return False


def _seed_like(text: str) -> str:
    with Seed.generate(_KINDS.get(text[1:2].upper(), Kind.USER)) as seed:
        other = seed.encode().decode("ascii")
    return other if _is_seed(text) else other[:-1]  # too short for a seed, and as near to it
