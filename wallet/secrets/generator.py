"""Making a passphrase: words of a list that ships with the wallet, by chance.

There is a blank between them: blanks are easy to type, and four of the words hold a hyphen.
"""

from __future__ import annotations

import secrets

from wallet.secrets import known_texts, sodium
from wallet.secrets.passphrase import Passphrase

_SEPARATOR = 0x20


def generate(words: int = 6) -> Passphrase:
    """A new passphrase of `words` words of the list, by chance, with blanks between them.

    A word is one of 7,776 and has 12.9 bits: six have 77, which no guessing at the vault's
    derivation reaches; seven have 90.
    """
    listed = known_texts.words()
    chosen = bytearray()
    for number in range(words):
        if number:
            chosen.append(_SEPARATOR)
        chosen += listed[secrets.randbelow(len(listed))]
    try:
        return Passphrase(chosen)
    finally:
        sodium.wipe(chosen)
