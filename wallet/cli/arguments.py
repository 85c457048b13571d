"""The parser of arguments: it takes no abbreviations and every path in one manner, and its words go
through `output`. The flags that several commands share are here too."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from wallet.cli import output
from wallet.cli.help_text import Formatter
from wallet.system.disk import paths
from wallet.text import did_you_mean, near, without_seeds

KINDS = ["operator", "account", "user", "server", "cluster", "curve"]
REF = "a public key, its unique beginning, a path (operator/account/user) or a name only one has"

ALIKE = 0.7  # of words as short as flags and commands, those less alike are no guess
SIGNATURE = re.compile(r"[A-Za-z0-9+/_-]{86}(==)?")
"""An Ed25519 signature in base64, URL-safe or not."""
ASKING = ("init", "passphrase", "recovery")
"""The commands behind which somebody may write a passphrase or a code: never repeated."""
FILE = "file"
"""The type of an argument that names a file, `-` for a standard stream where it means one."""


# What nk, nsc, the nats CLI, git and shells call what we call otherwise.
_ELSEWHERE = {
    **dict.fromkeys(("add", "create", "gen", "generate", "make"), "new"),
    **dict.fromkeys(("rm", "remove", "del"), "delete"),
    **dict.fromkeys(("describe", "info", "get", "view"), "show"),
    **dict.fromkeys(("ls", "keys"), "list"),
    **dict.fromkeys(("mv",), "move"),
    **dict.fromkeys(("validate", "verify-file", "fsck"), "check"),
    **dict.fromkeys(("ping", "connect"), "test"),
    **dict.fromkeys(("unrevoke",), "allow"),
    **dict.fromkeys(("unseal", "decrypt", "dec"), "open"),
    **dict.fromkeys(("encrypt", "enc"), "seal"),
    **dict.fromkeys(("help",), "--help"),
    **dict.fromkeys(("version",), "--version"),
}


class Parser(argparse.ArgumentParser):
    """A parser whose flags are never abbreviated, and whose words are made safe for a terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        ours = {"allow_abbrev": False, "formatter_class": Formatter}
        super().__init__(*arguments, **{**ours, **options})
        self.color = False  # Python 3.14 would colour it
        self.register("type", Path, paths.given)
        self.register("type", FILE, lambda text: str(paths.given(text)))

    def error(self, message: str) -> NoReturn:
        """Say what was not understood and where help is, and leave with 2.

        The list of all flags that argparse prints first would push that out of sight.
        """
        self.exit(2, f"{self.prog}: {message}\nFor what it takes: {self.prog} --help\n")

    def _parse_optional(self, arg_string: str) -> Any:
        """Take a signature that begins with a dash, as one of 64 does, for no flag."""
        return None if SIGNATURE.fullmatch(arg_string) else super()._parse_optional(arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a word that is none of the choices, naming those that may have been meant."""
        if action.choices is None or value in action.choices:
            return
        word, choices = without_seeds(str(value)), [str(each) for each in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            raise argparse.ArgumentError(
                None, f"There is no {str(action.metavar).lower()} {word}.{_meant(word, choices)}"
            )
        hint = _meant(word, choices) or f" It is one of {', '.join(choices)}."
        raise argparse.ArgumentError(action, f"There is no “{word}”.{hint}")

    def refuse_unknown(self, words: Sequence[str]) -> None:
        """Leave with 2 because of words that no flag and no argument takes, if there are any."""
        unknown = [without_seeds(word) for word in words]
        if flag := next((word for word in unknown if word[:1] == "-" and word != "--"), None):
            flag = flag.partition("=")[0]
            self.error(f"There is no flag {flag}.{_meant(flag, set(self.flags()))}")
        if unknown and self.prog.rpartition(" ")[2] in ASKING:
            self.error("This is too much. A passphrase is asked for, or read from a file.")
        if unknown:
            self.error(f"This is too much: {' '.join(unknown)}")

    def flags(self) -> Iterator[str]:
        """Every flag, those of the verbs behind it too."""
        for action in self._actions:
            yield from (flag for flag in action.option_strings if flag.startswith("--"))
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    yield from below.flags()

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            output.say(
                message.removesuffix("\n"),
                to=output.notes if file is sys.stderr else output.results,
            )


def _meant(word: str, choices: Iterable[str]) -> str:
    """Ask whether one of the choices was meant: one that is written alike, or means the same."""
    known = list(choices)
    elsewhere = _ELSEWHERE.get(word.lower())
    same = [elsewhere] if elsewhere and (elsewhere in known or elsewhere[0] == "-") else []
    return did_you_mean(same or near(word.lower(), known, ALIKE))


class DebugInfo(argparse.Action):
    """`--debug-info`: what runs here, and no more."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from wallet.system import about

        output.fields(about.everything())
        parser.exit()


NO_SEED = "--no-seed"


def add_common(command: argparse.ArgumentParser) -> None:
    """Declare the flags that may stand before every command, and after it."""
    group = command.add_argument_group("for every command")
    add = partial(group.add_argument, default=argparse.SUPPRESS)
    add("--vault", type=Path, metavar="FILE", help="the vault's file")
    add(
        "--passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the passphrase from FILE; - for standard input",
    )
    add(
        "--key-file",
        type=FILE,
        metavar="FILE",
        help="the key file that the passphrase opens the vault with, where one is set",
    )
    add(
        "--recovery-code-file",
        type=FILE,
        metavar="FILE",
        help="open the vault by the recovery code in FILE, or its page; - for standard input. On a "
        "terminal a new passphrase is asked for; a script is told that one is due, and goes on",
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
    add(
        NO_SEED,
        action="store_true",
        help="take what looks like a damaged seed for a name; a whole seed is refused always",
    )


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")


def add_to(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--to", type=FILE, metavar="PATH", help="a new file; without it, standard output"
    )


def add_tls(command: argparse.ArgumentParser) -> None:
    command.add_argument("--tls-ca", type=Path, metavar="FILE", help="who signed the server (PEM)")
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="our certificate (PEM)")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="our certificate's key (PEM)")


def add_cost(command: argparse.ArgumentParser, meaning: str, default: str | None = None) -> None:
    """Let a command take what a guess at a passphrase costs, as `COSTS` of the vault names it."""
    costs = ["light", "standard", "heavy"]
    command.add_argument("--cost", choices=costs, default=default, help=meaning)


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
