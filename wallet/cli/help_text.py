"""The texts of help beside the flags: examples, variables, usual places, exit codes."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence
from typing import Any

from wallet.errors import NoHomeError
from wallet.system.disk import paths


class Formatter(argparse.HelpFormatter):
    """Wraps what stands at the beginning of a line, and leaves lines that are set in."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # One is made for each flag that is declared, and argparse's loads four packers of files.
        super().__init__(*arguments, **{"width": _columns() - 2, **options})

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        import textwrap

        return "\n".join(
            line
            if line.startswith("  ")
            else textwrap.fill(line, width, initial_indent=indent, subsequent_indent=indent)
            for line in text.split("\n")
        )


def _columns() -> int:
    """The width of the terminal, as `shutil.get_terminal_size` finds it."""
    named = os.environ.get("COLUMNS", "")
    columns = int(named) if named.isdecimal() else 0
    if not columns:
        with contextlib.suppress(OSError):  # it is no terminal
            columns = os.get_terminal_size().columns
    return columns or 80


def of_all() -> str:
    """The text below the list of commands."""
    return "\n".join(
        [
            "examples:",
            "  nkey-wallet                               open the app",
            "  nkey-wallet new user billing --under acme/orders",
            "  nkey-wallet test billing --server nats://localhost:4222",
            "  nkey-wallet COMMAND --help                the flags of a command, with examples",
            "",
            "variables:",
            "  NKEY_WALLET_VAULT             the vault's file, where --vault does not name one",
            "  NKEY_WALLET_PASSPHRASE_FILE   a file with the passphrase; never the passphrase",
            "  NO_COLOR                      no colours",
            "",
            "places:",
            f"  vault    {_place('vault')}",
            f"  memory   {_place('state')}   (the newest save seen here)",
            "",
            "exit codes:",
            "    0  done; the check passed",
            "    1  the answer is no: key refused, problems found",
            "    2  the command was not understood",
            "    3  the vault could not be opened or written",
            "    4  no such key, or more than one fits",
            "   70  an error of the wallet's own",
            "   74  the output could not be written",
            "  130  interrupted",
        ]
    )


def of(examples: Sequence[str]) -> str:
    """The examples of a command, below its flags."""
    return "\n".join(["examples:", *(f"  {line}" for line in examples)])


def _place(what: str) -> str:
    try:
        if what == "vault":
            return paths.without_home(paths.data_directory() / paths.USUAL_VAULT)
        return paths.without_home(paths.state_directory())
    except NoHomeError:
        return "none here, for this user has no home directory"
