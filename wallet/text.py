"""Text from outside, made safe to show: names, a server's words, a JWT's claims. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Control, surrogate, private use, unassigned, line and paragraph separators: nothing that moves
# a cursor, ends a line, or has no agreed width. Format characters (Cf) hold the bidi controls.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SEED_INSIDE = re.compile(r"S[OAUNCX][A-Z2-7]{56}", re.IGNORECASE)
_WORD = re.compile(r"[^\s“”\"'.,;:!?()]+(?:[.:][^\s“”\"'.,;:!?()]+)*")
_PLAIN_QUOTES = str.maketrans("“”", '""')
_NO_CELL = {"Mn", "Me", "Cf"}
_JOINERS = {"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}
# What takes no ink: fillers that count as letters, joiners, and the selectors of a form.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d\u180f")
_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
INVISIBLE = _FILLERS | _SELECTORS | _JOINERS
"""Characters that are not seen, and make another name of one that looks the same."""


def plain(text: str, limit: int = 200) -> str:
    """Make a text one line of at most `limit` characters, without control or direction characters.

    White space becomes a blank, what cannot be shown or would not be seen a replacement
    character, and a cut is marked by an ellipsis. Markup is left as it is: whoever draws it
    draws it as plain text.
    """
    # Cut first: a hostile text may be megabytes long.
    cut = text[: limit + 1]
    # Most are plain, and there may be thousands: isprintable leaves out all that is not.
    if cut.isascii() and cut.isprintable():
        safe = cut
    else:
        safe = "".join(map(_safe, cut))
        if not INVISIBLE.isdisjoint(safe):
            safe = "".join(map(_seen, safe, " " + safe, safe[1:] + " "))
    return safe if len(text) <= limit else safe[: limit - 1] + "…"


def all_plain(texts: Sequence[str], limit: int = 200) -> Sequence[str]:
    """Make each text `plain`: where all of them are it already, as most are, at one look."""
    together = "".join(texts)
    if together.isascii() and together.isprintable() and max(map(len, texts)) <= limit:
        return texts
    return [plain(text, limit) for text in texts]


def hide_seeds(text: str) -> str:
    """Leave out of a text what looks like a seed, and nothing else: whoever is told of it sees it.

    For where something is told; `without_seeds` is for a part of a text that is cut.
    """
    return _SEED_INSIDE.sub("(a seed)", text)


def without_seeds(text: str, limit: int = 200) -> str:
    """Do as `plain`, and leave out what looks like a seed: people paste them in odd places."""
    # A seed at a cut would be one no more, and yet be shown. So the text is first cut far enough
    # behind what is shown, also where all before it are seeds, of which a seventh is left.
    return plain(hide_seeds(text[: 8 * limit + 128]), limit)


def near(word: str, words: Iterable[str], alike: float = 0.6) -> list[str]:
    """At most three of `words` that somebody who wrote `word` may have meant, likeliest first.

    `alike` is the least likeness, from 0 to 1, as `difflib` counts it.
    """
    import difflib  # takes as long to load as a short command to run

    return difflib.get_close_matches(word, list(words), 3, alike) if len(word) <= 128 else []


def without_quotes(text: str) -> str:
    """A stranger's words as they stand in quotes: they end none, and begin none."""
    return text.translate(_PLAIN_QUOTES)


def as_name(name: str) -> str:
    """A stranger's name for itself as it stands in a sentence: in quotes where it is no word."""
    return name if _WORD.fullmatch(name) else f"“{without_quotes(name)}”"


def an(noun: str) -> str:
    """A noun with its article: “an account”, “a user”. A u is the one of “user” or “U…”: “a”."""
    return f"an {noun}" if noun[:1].lower() in {*"aeio"} else f"a {noun}"


def did_you_mean(meant: Iterable[str]) -> str:
    """A question to put behind a sentence, with a blank before it; nothing for nothing."""
    choices = " or ".join(meant)
    return f" Did you mean {choices}?" if choices else ""


def shared_beginning(texts: Sequence[str]) -> str:
    """The characters with which all of some texts begin."""
    first, last = min(texts), max(texts)
    same = (one == other for one, other in zip(first, last, strict=False))
    return first[: sum(takewhile(bool, same))]


def holds_seed(text: str) -> bool:
    """Whether what looks like a whole seed stands somewhere in a text."""
    return _SEED_INSIDE.search(text) is not None


def is_unsafe(character: str) -> bool:
    """Whether a terminal may do something with it other than draw it."""
    return character not in _JOINERS and unicodedata.category(character) in _UNSAFE


def width(text: str) -> int:
    """Count the cells of a terminal that a plain text takes: two for each wide character, none for
    what is drawn upon another. Source: Unicode's East Asian Width.
    """
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in _NO_CELL:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _seen(character: str, before: str, after: str) -> str:
    """A character that takes no ink as a sign that it is there, but where a script needs it."""
    if character not in INVISIBLE:
        return character
    if character in _FILLERS or not _takes_forms(before):
        return _REPLACEMENT
    # Persian and Indic scripts join and divide letters so, and emoji are made of several.
    return character if character in _SELECTORS or _takes_forms(after) else _REPLACEMENT


def _takes_forms(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Lo":
        return "HANGUL" not in unicodedata.name(character, "")
    return kind in {"So", "Sk", "Mn", "Mc"} and not character.isascii()


def _safe(character: str) -> str:
    if character.isspace():
        return " "
    return _REPLACEMENT if is_unsafe(character) else character


def server_string(text: str) -> str:
    """A string in quotes as nats-server's configuration has it, whatever is in it.

    Only what is plain ASCII stands as it is: a backslash of a Windows path, a quote and bytes
    that are no text (surrogates, as `os.fsdecode` makes them) are escaped.
    """
    return '"' + "".join(map(_escaped, text.encode(errors="surrogateescape"))) + '"'


def _escaped(byte: int) -> str:
    safe = 0x20 <= byte < 0x7F and byte not in b'"\\'
    return chr(byte) if safe else f"\\x{byte:02x}"
