"""F4 in a dialog: the command that does the same as it, or the reason why there is none."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import ClassVar, Protocol

from wallet.app.host import Host
from wallet.app.lock.half_typed import LOGIN
from wallet.errors import NoHomeError, UsageError
from wallet.shell import command
from wallet.system.disk.paths import default_vault

# The beginning of a command, in a line or in a program's remark, told from what is quoted.
_BEGINNING = re.compile(
    r"""'[^'\n]*'|"[^"\n]*"|"""
    r"(?:^|(?<=&& )|(?<=; )|(?<=# )|(?<=// ))nkey-wallet(?= |$)",
    re.MULTILINE,
)


class Told(Protocol):
    """A dialog, as far as its command is concerned."""

    NO_COMMAND: ClassVar[str]
    edits: bool

    @property
    def app(self) -> Host: ...

    @property
    def is_untouched(self) -> bool: ...

    def as_command(self) -> str: ...


def has_command(dialog: Told) -> bool:
    """Whether a command does the same as a dialog."""
    return not dialog.NO_COMMAND


def command_of(dialog: Told) -> str:
    """The command that does the same as a dialog, on the vault that is open.

    Raises `UsageError` where none does, where the fields say too little, where nothing is changed
    yet that it could change, and where a password, or something like a seed, would be in it.
    """
    if not has_command(dialog):
        raise UsageError(f"No command does this: {dialog.NO_COMMAND}.")
    if dialog.edits and dialog.is_untouched:
        raise UsageError(
            "Nothing is changed here yet: its command says what is. Change a field first."
        )
    text = dialog.as_command()
    if LOGIN.search(text):
        raise UsageError(
            "The server's address has a name or password in it, which has no place in a "
            "command. Give the address without it."
        )
    if _holds_a_secret(text):
        raise UsageError(
            "A field holds a seed or a recovery code, or something like one, which has no place in "
            "a command: it would stay in the shell's history. Take it out first."
        )
    return in_vault(text, dialog.app.path)


def _holds_a_secret(text: str) -> bool:
    """Whether one of a command's words is what the command line would refuse."""
    from wallet.nats.seeds_among_words import are_a_secret  # once somebody asks for a command

    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return any(are_a_secret([word]) for word in words)


def in_vault(text: str, vault: Path) -> str:
    """Commands that name the vault, where commands that name none would take another."""
    place = os.path.abspath(vault)
    try:
        usual = os.path.abspath(default_vault())
    except NoHomeError:
        usual = ""
    named = command(("--vault", place))
    return text if place == usual else _BEGINNING.sub(lambda word: _named(word[0], named), text)


def _named(word: str, named: str) -> str:
    return word if word[0] in "'\"" else named
