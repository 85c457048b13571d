"""The rules for a new passphrase.

It needs length, not rules about digits and signs: 15 characters, and not one of those that are
tried first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from wallet.errors import PassphraseRefusedError
from wallet.secrets import known_texts, sodium, strength
from wallet.secrets.passphrase import Passphrase, characters
from wallet.secrets.strength import Strength

MIN_CHARACTERS = 15

_MANY = 4  # different characters a passphrase has at least


def check_new(passphrase: Passphrase, known: Iterable[str] = ()) -> Strength:
    """Judge a passphrase that is to protect a vault. `known` are texts that stand in the vault.

    Raises `PassphraseRefusedError`, saying why, when it is shorter than 15 characters,
    repetitive, or among those tried first.
    """
    judged = judge(passphrase.raw, known, typed=passphrase.typed)
    if judged.score == 0:
        raise PassphraseRefusedError(judged.hint)
    return judged


def judge(raw: bytearray, known: Iterable[str] = (), *, typed: int | None = None) -> Strength:
    """Judge what was typed so far of a new passphrase: score 0 for what would be refused.

    `typed` is of how many characters `raw` was made, where one became many: so many count.
    Never raises. Rough on purpose; it cannot know your dog's name.
    """
    count = characters(raw) if typed is None else min(typed, characters(raw))
    reason = _refusal(raw, count)
    if reason:
        return Strength("not yet", 0, reason)
    return strength.of_bits(strength.guessing_bits(raw, known) * count / characters(raw))


def _refusal(raw: bytearray, count: int) -> str:
    """Say why this cannot be a new passphrase, or nothing."""
    if count < MIN_CHARACTERS:
        missing = MIN_CHARACTERS - count
        return (
            f"At least {MIN_CHARACTERS} characters, please: {missing} more. Several words are "
            "easier to remember than signs."
        )
    if not raw.isascii() and any(unicodedata.category(c) == "Cn" for c in raw.decode()):
        return (
            "It holds a character this system does not know yet, which another may store in "
            "another way. Please leave that out."
        )
    folded = _folded(raw)
    try:
        if len(set(folded)) < _MANY or _period(folded):
            return "This repeats itself. Take words that do not belong together."
        if any(folded == common for common in known_texts.sentences()):
            return "This one is in every list of known passphrases. Please take another."
    finally:
        sodium.wipe(folded)
    return ""


def _folded(raw: bytearray) -> bytearray:
    """Lower case, and without the blanks and signs that people put between."""
    folded = raw.lower()
    kept = bytearray(len(folded))
    length = 0
    for byte in folded:
        if byte >= 0x80 or 0x30 <= byte <= 0x39 or 0x61 <= byte <= 0x7A:
            kept[length] = byte
            length += 1
    result = kept[:length]
    sodium.wipe(folded, kept)
    return result


def _period(folded: bytearray) -> bool:
    """Whether it is one piece, said twice or more."""
    length = len(folded)
    return any(
        all(folded[i] == folded[i - size] for i in range(size, length))
        for size in range(1, length // 2 + 1)
    )
