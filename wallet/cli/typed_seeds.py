"""Seeds that a person types among the words of a command: none is used, repeated or kept.

What is typed stands in the shell's history, in names of files and servers, and in what a command
tells. So it is looked for before the words are read, by the rule that the app has for its forms.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise

from wallet.cli.arguments import NO_SEED, SIGNATURE
from wallet.cli.commands import COMMANDS
from wallet.errors import UsageError
from wallet.text import holds_seed

_LONG = 24  # characters; no damaged seed or code in one word is shorter
_TOGETHER = 46  # of several words that are no flags
_LONGEST_CODE = 40
_WITHOUT_VALUE = {"--json", "--"}  # flags of `inspect` that a text may follow
_OWN_CHECK = "--recovery-code-file"  # it says of a code in its place what is to be done then


def refuse(words: Sequence[str]) -> None:
    """Raise `UsageError` where words hold a seed or a recovery code, or something like one.

    The word of `inspect` is what it is about. The name of a file or directory that is there is a
    name, and `--no-seed` says that all are, unless there is a whole seed.
    """
    if not _are_worth_a_look(words):
        return
    names = {one.name for one in COMMANDS}
    at = next((place for place, word in enumerate(words) if word in names), None)
    text = _inspected(words, at) if at is not None and words[at] == "inspect" else None
    words = [word for place, word in enumerate(words) if place != text]
    # Few lines have such words.
    from wallet.nats.seeds_among_words import hold_a_code, hold_something_like_one
    from wallet.nats.whole_seeds import hold_a_seed

    doubtful = list(_in_doubt(words))
    if hold_a_seed(words) or hold_a_code(doubtful):
        raise UsageError(f"There is a seed or a code among the words of this command. {_DONE}")
    new = [_what_is_new(word) for word in doubtful]
    if NO_SEED not in words and hold_something_like_one(new):
        raise UsageError(
            f"There is something like a seed among the words of this command. {_DONE} If it is "
            f"none, but a name: put {NO_SEED} before it."
        )


_DONE = (
    "Nothing was done, and it is repeated nowhere; but it may stand in the shell's history now: "
    "take it out there. A key is named by its public key, path or name. `nkey-wallet inspect` says "
    "what a text is that is piped into it."
)


def _in_doubt(words: Sequence[str]) -> Iterator[str]:
    """The words that may be something like a seed: no signature, and no code where it is told."""
    for before, word in pairwise(["", *words]):
        is_code = before == _OWN_CHECK and sum(map(str.isalnum, word)) <= _LONGEST_CODE
        if not (is_code or SIGNATURE.fullmatch(word)):
            yield word


def _inspected(words: Sequence[str], command: int) -> int | None:
    """The place of the text that `inspect` is about: of its own words the first that is no flag,
    and no flag's value."""
    for place in range(command + 1, len(words)):
        before = words[place - 1]
        is_value = before.startswith("-") and "=" not in before and before not in _WITHOUT_VALUE
        if not words[place].startswith("-") and not is_value:
            return place
    return None


def _are_worth_a_look(words: Sequence[str]) -> bool:
    """Whether words may hold a seed, in one of them or together: usual words and paths do not."""
    new = [_below_what_is_there(word) if os.sep in word else word for word in words]
    longest = max(map(len, new), default=0)
    together = sum(len(word) for word in new if word[:1] != "-")
    return longest >= _LONG or together >= _TOGETHER or any(map(holds_seed, words))


def _below_what_is_there(path: str) -> str:
    """The end of a path that is not there: it may be to come, as the vault of a first start."""
    there = path
    try:
        while there and not os.path.lexists(there):
            there = os.path.dirname(there)
    except ValueError:  # a NUL in it
        return path
    return path[len(there) :].lstrip(os.sep)


def _what_is_new(word: str) -> str:
    """The name in a path whose directory is there, and nothing of one that is there itself."""
    try:
        if os.path.lexists(word):
            return ""
    except ValueError:  # a NUL in it
        return word
    directory, name = os.path.split(word)
    return name if directory and os.path.isdir(directory) else word
