"""Write the completions for shells and the man page from the parser: `python -m tests.completions`.

They ship with the wallet, so that nobody who installs it needs what makes them.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]

import wallet
from wallet.cli import argument_parser
from wallet.cli.arguments import FILE
from wallet.cli.completions import FILES

DIRECTORY = Path(wallet.__file__).parent / "completions"
MANUAL = "nkey-wallet.1"
_DATE = re.compile(r"^(\.TH \S+ \S+) \S+", re.MULTILINE)  # of the day that it is written on


def declared() -> argparse.ArgumentParser:
    """The whole command line with the flags of every command, paths marked as such."""
    whole = argument_parser.build()
    for below in parsers(whole):
        for action in below._actions:
            if action.type in (Path, FILE):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return whole


def parsers(parent: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser, those of its commands, and those of their verbs."""
    if isinstance(parent, argument_parser.CommandParser):
        parent.declare()
    yield parent
    for action in parent._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


def texts() -> dict[str, str]:
    """The text of each file by its name."""
    os.environ["COLUMNS"] = "80"
    whole = declared()
    made_of = {name: shtab.complete(whole, shell) for shell, name in FILES.items()}
    about = {
        "project_name": "nkey-wallet",
        "version": wallet.__version__,
        "description": "a wallet for NATS keys",
        "manual_title": "nkey-wallet",
    }
    manual = str(Manpage(whole, format="pretty", _data=about))
    return {**made_of, MANUAL: _DATE.sub(r"\1", manual, count=1)}


if __name__ == "__main__":
    for name, text in texts().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
