"""The whole command line: what stands before and after every command, and the commands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import wallet
from wallet.cli import help_text
from wallet.cli.arguments import FILE, DebugInfo, Parser
from wallet.cli.commands import COMMANDS, Command


class CommandParser(Parser):
    """The parser of one command, which imports the command's file when it is to parse."""

    command: Command | None = None

    def declare(self) -> None:
        """Import the file of the command and take its flags, examples and function from it."""
        if self.command is not None:
            command, self.command = self.command, None
            module = command.module()
            self.epilog = help_text.of(module.EXAMPLES)
            module.add_arguments(self)
            self.set_defaults(run=module.run)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, once the flags are declared."""
        self.declare()
        return super().parse_known_args(args, namespace)


def build() -> Parser:
    """The command line. A command's flags are declared when it is parsed (`declare`)."""
    common = _common()
    parser = Parser(
        prog="nkey-wallet",
        description="A wallet for NATS keys that lives in the terminal. Without a command it "
        "opens the app.",
        epilog=help_text.of_all(),
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"nkey-wallet {wallet.__version__}")
    parser.add_argument(
        "--debug-info",
        action=DebugInfo,
        help="the versions of everything, for a report; no secret and no name of a key",
    )
    parser.set_defaults(run=_open_app)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", parser_class=CommandParser
    )
    for command in COMMANDS:
        below = commands.add_parser(
            command.name, help=command.help, description=command.help, parents=[common]
        )
        below.command = command
    return parser


def _open_app(arguments: argparse.Namespace) -> int:
    from wallet.cli import app

    return app.open_app(arguments)


def _common() -> CommandParser:
    common = CommandParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--vault", type=Path, metavar="FILE", help="the vault's file")
    common.add_argument(
        "--passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the passphrase from FILE; - for standard input",
    )
    common.add_argument(
        "--accept-older",
        action="store_true",
        help="open the vault also when it is older than one seen here, or was changed apart from "
        "it; what stood there is kept",
    )
    common.add_argument(
        "--accept-damaged",
        action="store_true",
        help="open the vault, and save over it, also when its contents fail their check; what "
        "stood there is kept",
    )
    return common
