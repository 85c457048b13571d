"""The parser of arguments: it takes no abbreviations and every path in one manner, and its words go
through `output`. The flags that several commands share are here too."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wallet.cli import output
from wallet.cli.help_text import Formatter
from wallet.system.disk import paths

KINDS = ["operator", "account", "user", "server", "cluster", "curve"]
REF = "a public key, its unique beginning, a path (operator/account/user) or a name only one has"

FILE = "file"
"""The type of an argument that names a file, `-` for a standard stream where it means one."""


class Parser(argparse.ArgumentParser):
    """A parser whose flags are never abbreviated, and whose words are made safe for a terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        ours = {"allow_abbrev": False, "formatter_class": Formatter}
        super().__init__(*arguments, **{**ours, **options})
        self.color = False  # Python 3.14 would colour it
        self.register("type", Path, paths.given)
        self.register("type", FILE, lambda text: str(paths.given(text)))

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            output.say(
                message.removesuffix("\n"),
                to=output.notes if file is sys.stderr else output.results,
            )


class DebugInfo(argparse.Action):
    """`--debug-info`: what runs here, and no more."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from wallet.system import about

        output.fields(about.everything())
        parser.exit()


def add_common(command: argparse.ArgumentParser) -> None:
    """Declare the flags that may stand before every command, and after it."""
    add = partial(command.add_argument, default=argparse.SUPPRESS)
    add("--vault", type=Path, metavar="FILE", help="the vault's file")
    add(
        "--passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the passphrase from FILE; - for standard input",
    )
    add(
        "--accept-older",
        action="store_true",
        help="open the vault also when it is older than one seen here, or was changed apart from "
        "it; what stood there is kept",
    )
    add(
        "--accept-damaged",
        action="store_true",
        help="open the vault, and save over it, also when its contents fail their check; what "
        "stood there is kept",
    )


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")


def add_tls(command: argparse.ArgumentParser) -> None:
    command.add_argument("--tls-ca", type=Path, metavar="FILE", help="who signed the server (PEM)")
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="our certificate (PEM)")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="our certificate's key (PEM)")


def add_unrecorded(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--unrecorded",
        action="store_true",
        help="go on also where it cannot be noted in the vault that the secret is shown",
    )


def add_file_passphrase(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--file-passphrase-file",
        type=FILE,
        metavar="FILE",
        help="the passphrase of that file, when it is another than the vault's",
    )
