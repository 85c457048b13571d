"""Commands as they are printed, to paste into a shell. Pure."""

from __future__ import annotations

from wallet.text import without_seeds

LONGEST_WORD = 4000  # of a command; a list of networks may be long


def command(*words: str | tuple[str, ...]) -> str:
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
    return shlex.join(["nkey-wallet", *plain, *(["--", *dashed] if dashed else [])])


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
