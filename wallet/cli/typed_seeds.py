"""Seeds that a person types among the words of a command: none is used, repeated or kept.

What is typed stands in the shell's history, in names of files and servers, and in what a command
tells. So it is looked for before the words are read, by the rule that the app has for its forms.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from wallet.cli.arguments import SIGNATURE
from wallet.cli.commands import COMMANDS
from wallet.errors import UsageError
from wallet.text import holds_seed

_LONG = 24  # characters; no damaged seed or code in one word is shorter
_LONGEST_CODE = 40
_BEGINS_SEED = re.compile(r"s[oauncx]", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]+")
_WITHOUT_VALUE = {"--json", "--"}  # flags of `inspect` that a text may follow
_OWN_CHECK = "--recovery-code-file"  # it says of a code in its place what is to be done then


def refuse(words: Sequence[str]) -> None:
    """Raise `UsageError` where a word may be a seed or a recovery code, or several together are.

    The one of `inspect` is what it is about. The name of a file or directory that is there is a
    name, unless it is a whole seed.
    """
    if not any(map(_is_worth_a_look, words)):
        return
    names = {one.name for one in COMMANDS}
    at = next((place for place, word in enumerate(words) if word in names), None)
    if at is not None and words[at] == "inspect":
        text = _inspected(words, at)
        words = [word for place, word in enumerate(words) if place != text]
    from wallet.nats.seed_likeness import is_seed_in_words  # few lines have such words

    before = ["", *words]
    if is_seed_in_words(words) or any(map(_is_secret, words, before)):
        raise UsageError(
            "There is a seed among the words of this command, or something like one. Nothing was "
            "done, and it is repeated nowhere; but it may stand in the shell's history now: take "
            "it out there. A key is named by its public key, path or name. `nkey-wallet inspect` "
            "says what a text is that is piped into it."
        )


def _inspected(words: Sequence[str], command: int) -> int | None:
    """The place of the text that `inspect` is about: of its own words the first that is no flag,
    and no flag's value."""
    for place in range(command + 1, len(words)):
        before = words[place - 1]
        is_value = before.startswith("-") and "=" not in before and before not in _WITHOUT_VALUE
        if not words[place].startswith("-") and not is_value:
            return place
    return None


def _is_worth_a_look(word: str) -> bool:
    """Whether a word may be a seed, or the first group of one: a usual path is none."""
    new = _below_what_is_there(word) if os.sep in word else word
    return len(new) >= _LONG or _BEGINS_SEED.match(new) is not None or holds_seed(word)


def _below_what_is_there(path: str) -> str:
    """The end of a path that is not there: it may be to come, as the vault of a first start."""
    there = path
    try:
        while there and not os.path.lexists(there):
            there = os.path.dirname(there)
    except ValueError:  # a NUL in it
        return path
    return path[len(there) :].lstrip(os.sep)


def _is_secret(word: str, before: str) -> bool:
    from wallet.nats.nkeys import looks_like_seed as begins_as_seed
    from wallet.nats.seed_likeness import is_seed_typed

    if holds_seed(word) or (begins_as_seed(word) and word.isalnum()):
        return is_seed_typed(word)
    if SIGNATURE.fullmatch(word) or _JWT.fullmatch(word):
        return False
    if before == _OWN_CHECK and sum(map(str.isalnum, word)) <= _LONGEST_CODE:
        return False
    return is_seed_typed(word) and is_seed_typed(_what_is_new(word))


def _what_is_new(word: str) -> str:
    """The name in a path whose directory is there, and nothing of one that is there itself."""
    try:
        if os.path.lexists(word):
            return ""
    except ValueError:  # a NUL in it
        return word
    directory, name = os.path.split(word)
    return name if directory and os.path.isdir(directory) else word
