"""Commands as they are printed, to paste into a shell. Pure."""

from __future__ import annotations

import shlex

from wallet.text import without_seeds

_LONGEST_WORD = 4000  # of a command; a list of networks may be long


def command(*words: str) -> str:
    """A command of the wallet's own.

    Its words may come from a JWT of somebody else's: they are made safe to show here, and what
    begins with a dash does not become an option.
    """
    safe: list[str] = []
    for word in (without_seeds(word, _LONGEST_WORD) for word in words):
        if safe and safe[-1].startswith("--") and word.startswith("-"):
            safe[-1] = f"{safe[-1]}={word}"
        else:
            safe.append(word)
    return shlex.join(["nkey-wallet", *safe])


def file_word(path: str) -> str:
    """A file's path as a word of another program's command: never an option of it."""
    return shlex.quote(f"./{path}" if path.startswith("-") else path)
