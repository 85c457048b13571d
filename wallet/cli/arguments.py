"""How arguments are read: no abbreviations, paths in one manner, words by the one way out."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from wallet.cli import output
from wallet.system import paths

FILE = "file"
"""The type of an argument that names a file, `-` for a standard stream where it means one."""


class Parser(argparse.ArgumentParser):
    """One whose flags are never abbreviated, and whose words are made safe for a terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})
        self.color = False  # Python 3.14 would colour it
        self.register("type", Path, paths.given)
        self.register("type", FILE, lambda text: str(paths.given(text)))

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            output.say(
                message.removesuffix("\n"),
                to=output.notes if file is sys.stderr else output.results,
            )


class Run:
    """A command's function, imported when it is called: `public` never loads the app."""

    def __init__(self, module: str, function: str) -> None:
        self.module, self.function = module, function

    def __call__(self, arguments: argparse.Namespace) -> int:
        status: int = getattr(import_module(self.module), self.function)(arguments)
        return status
