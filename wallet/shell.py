"""Commands as they are printed, to paste into a shell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from wallet.text import without_seeds

LONGEST_WORD = 4000  # of a command; a list of networks may be long


class Advice(str):
    """A text that knows which commands in it are the wallet's own, by where they stand.

    `command` gives one, and one and a text added are one. What is quoted in it, a name or a
    server's words, is no command, whatever it says; a text made in any other way has none.
    """

    places: tuple[tuple[int, int], ...]

    def __new__(cls, text: str = "", places: Iterable[tuple[int, int]] = ()) -> Self:
        self = super().__new__(cls, text)
        self.places = tuple(places)
        return self

    def __add__(self, more: str) -> Advice:
        return Advice(f"{self!s}{more!s}", (*self.places, *_places(more, len(self))))

    def __radd__(self, before: str) -> Advice:
        moved = ((start + len(before), end + len(before)) for start, end in self.places)
        return Advice(f"{before!s}{self!s}", (*_places(before), *moved))

    def __reduce__(self) -> tuple[type[Advice], tuple[str, tuple[tuple[int, int], ...]]]:
        return Advice, (str(self), self.places)

    @property
    def pieces(self) -> tuple[list[str], list[str]]:
        """The pieces around the wallet's own commands, and these: one fewer."""
        text, at = str(self), 0
        around, own = list[str](), list[str]()
        for start, end in self.places:
            around.append(text[at:start])
            own.append(text[start:end])
            at = end
        return [*around, text[at:]], own


def written(text: str) -> Advice:
    """A command as it is written down here, such as one with places for what is to be named; or an
    action of the app, `‹revoke›`."""
    return Advice(text, [(0, len(text))])


def joined(texts: Iterable[str], between: str = "; ") -> Advice:
    """Texts in one, with the commands of all."""
    whole = Advice()
    for count, text in enumerate(texts):
        whole += between + text if count else text
    return whole


def _places(text: str, after: int = 0) -> Iterator[tuple[int, int]]:
    places = text.places if isinstance(text, Advice) else ()
    return ((start + after, end + after) for start, end in places)


def command(*words: str | tuple[str, ...]) -> Advice:
    """A command of the wallet's own.

    A tuple is a flag, with its value if it has one; a text is the command's name, or what it is
    about. Texts may come from a JWT of somebody else's: they are made safe to show here, and what
    begins with a dash becomes no option, neither as a value nor as a name.
    """
    import shlex

    plain: list[str] = []
    dashed: list[str] = []
    for word in words:
        safe = [
            without_seeds(part, LONGEST_WORD)
            for part in ([word] if isinstance(word, str) else word)
        ]
        if isinstance(word, str):
            (dashed if safe[0].startswith("-") else plain).extend(safe)
        elif len(safe) == 2 and safe[1].startswith("-"):
            plain.append("=".join(safe))
        else:
            plain.extend(safe)
    text = shlex.join(["nkey-wallet", *plain, *(["--", *dashed] if dashed else [])])
    return Advice(text, [(0, len(text))])


def file_stem(name: str, otherwise: str) -> str:
    """A key's name as the beginning of a file's, which no shell takes for something else.

    `otherwise` stands for one that has nothing to name a file by.
    """
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".-")
    return safe or otherwise


def file_word(path: str) -> str:
    """A file's path as a word of another program's command: never an option of it."""
    import shlex

    return shlex.quote(f"./{path}" if path.startswith("-") else path)
