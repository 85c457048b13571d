"""The table of outside formats: what each is called, how it is recognised, what reads it.

A text is read by the first row that recognises it. A new format is a module of its own with two
functions, and a row here. What lies in a directory as nsc keeps it needs none: its files are of
these formats, and `nsc_store` finds those that lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wallet.exchange.readers import auth_backup, contexts, env_file, keys_in_text
from wallet.exchange.readers.configuration import server_configuration
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.nats.config import parser


class Format(NamedTuple):
    """A format of other programs' files, with the functions that recognise and read it.

    `recognises` looks at a text and takes nothing; `read` puts what is in it into the findings,
    and raises for nothing that is in it. Files with one of the `suffixes` may be as large as
    `largest`, in bytes.
    """

    name: str
    recognises: Callable[[SourceText], bool]
    read: Callable[[SourceText, Findings], None]
    suffixes: frozenset[str] = frozenset()
    largest: int = keys_in_text.MAX_SIZE


# From the one that is told apart most surely to the one that takes what is left.
FORMATS = (
    Format("a context of the nats CLI", contexts.recognises, contexts.read),
    Format("a backup of nats auth", auth_backup.recognises, auth_backup.read),
    Format("variables, as in .env files", env_file.recognises, env_file.read),
    Format(
        "a configuration of nats-server",
        server_configuration.recognises,
        server_configuration.read,
        server_configuration.SUFFIXES,
        parser.MAX_SIZE,  # it may list thousands of users
    ),
    Format("keys, creds and JWTs", keys_in_text.recognises, keys_in_text.read),
)


def format_of(text: SourceText) -> Format:
    """The format that a text is read as."""
    for row in FORMATS:
        if row.recognises(text):
            return row
    return FORMATS[-1]


def largest(path: Path) -> int:
    """The most bytes that a file may have to be read, by how its name ends."""
    suffix = path.suffix.lower()
    return max(row.largest for row in FORMATS if not row.suffixes or suffix in row.suffixes)
