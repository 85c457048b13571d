"""The whole command line: what stands before and after every command, and the commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import wallet
from wallet.cli import help_text
from wallet.cli.arguments import DebugInfo, Parser, add_common
from wallet.cli.commands import COMMANDS, GROUPS, Command


class CommandParser(Parser):
    """The parser of one command, made when it is to parse: its file is imported only then.

    A line names one command, and to make the parsers of all took longer than most of them last.
    """

    def __init__(self, *, command: Command | None = None, **options: Any) -> None:
        """Make it at once where it is for a verb behind a command: then no `command` is given."""
        self._command, self._options = command, options
        if command is None:
            super().__init__(**options)

    def declare(self) -> None:
        """Import the file of the command and take its flags, examples and function from it."""
        if self._command is not None:
            command, self._command = self._command, None
            module = command.module()
            super().__init__(**self._options)
            self.epilog = help_text.of(module.EXAMPLES)
            module.add_arguments(self)
            add_common(self)  # last: who reads the help asks for the command's own
            self.set_defaults(run=module.run, noted_as=command.name)

    def flags(self) -> Iterator[str]:
        """The flags that are declared."""
        return super().flags() if self._command is None else iter(())

    def _check_help(self, action: argparse.Action) -> None:
        """Leave it to the tests of help: Python 3.14 would make every parser for it."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, once the flags are declared.

        What stands behind a bare `--` is `behind_dashes`. argparse takes an optional word for left
        out where a flag comes before it: it is put in its place here.
        """
        self.declare()
        parsed, left = super().parse_known_args(args, namespace)
        words = list(args or ())
        parsed.behind_dashes = words[words.index("--") + 1 :] if "--" in words else []
        late = left[1:] if left[:1] == ["--"] else [word for word in left if word[:1] != "-"]
        for action in self._actions:
            optional = action.nargs == argparse.OPTIONAL and not action.option_strings
            if optional and getattr(parsed, action.dest) is None and len(late) == 1:
                setattr(parsed, action.dest, self._get_value(action, late[0]))
                left = [word for word in left if word not in {"--", late[0]}]
                break
        self.refuse_unknown(left)
        return parsed, []


class WholeParser(Parser):
    """The parser of the whole line, which knows a mistyped flag before the command."""

    def format_help(self) -> str:
        """The commands in their groups, then the flags, and what is said below them."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        listed = {one.dest: one for one in self._subparsers_action()._choices_actions}
        for title, commands in GROUPS.items():
            formatter.start_section(title)
            formatter.add_arguments([listed[command.name] for command in commands])
            formatter.end_section()
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_arguments(
                [action for action in group._group_actions if action.option_strings]
            )
            formatter.end_section()
        formatter.add_text(help_text.of_all())
        return formatter.format_help()

    def _subparsers_action(self) -> argparse._SubParsersAction[Any]:
        return next(
            action for action in self._actions if isinstance(action, argparse._SubParsersAction)
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, unless an unknown flag stands before the command, with a value like a command."""
        words = list(sys.argv[1:] if args is None else args)
        names = {command.name for command in COMMANDS}
        before = list(takewhile(lambda word: word not in names, words))
        known = {"--", *(flag for action in self._actions for flag in action.option_strings)}
        self.refuse_unknown(
            [word for word in before if word[:2] == "--" and word.partition("=")[0] not in known]
        )
        parsed, left = super().parse_known_args(words, namespace)
        if parsed.read_only and parsed.run is not _open_app:
            self.error("--read-only is for the app, and a command was given.")
        return parsed, left


def build() -> Parser:
    """The command line. A command's flags are declared when it is parsed (`declare`)."""
    parser = WholeParser(
        prog="nkey-wallet",
        description="A wallet for NATS keys that lives in the terminal. Without a command it "
        "opens the app.",
    )
    add_common(parser)
    parser.add_argument("--version", action="version", version=f"nkey-wallet {wallet.__version__}")
    parser.add_argument(
        "--debug-info",
        action=DebugInfo,
        help="the versions of everything, for a report; no secret and no name of a key",
    )
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="of the app: change nothing in the vault until O ends that",
    )
    parser.set_defaults(run=_open_app, noted_as="app")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", prog=parser.prog, parser_class=CommandParser
    )
    for command in COMMANDS:
        commands.add_parser(
            command.name, help=command.help, description=command.help, command=command
        )
    return parser


def _open_app(arguments: argparse.Namespace) -> int:
    from wallet.cli import app

    return app.open_app(arguments)
