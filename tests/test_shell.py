"""Commands that are printed to be pasted: nothing in them becomes another word, or an option."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path

import pytest

import wallet
from wallet.cli.argument_parser import build
from wallet.shell import command, file_word

NAMES = ["two words", "it's", "$(id)", "`id`", "a;b", "--yes", "日本語", "*", "~"]


@pytest.mark.parametrize("name", NAMES)
def test_a_word_stays_one_word_and_is_no_option(name: str) -> None:
    words = shlex.split(command("edit", "x", ("--tag", name)))
    assert words[-1] in (name, f"--tag={name}")
    assert not file_word(name).startswith("-")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_command_is_about_is_no_option_wherever_it_stands(name: str) -> None:
    arguments = build().parse_args(shlex.split(command("config", name, ("--for", "operator")))[1:])
    assert (arguments.refs, arguments.target) == ([name], "operator")


def test_a_flag_without_a_value_takes_none_of_the_next() -> None:
    words = shlex.split(command("init", ("--keep-aside",), ("--vault", "-v.nkw")))
    arguments = build().parse_args(words[1:])
    assert (arguments.keep_aside, str(arguments.vault)) == (True, "-v.nkw")


def test_what_moves_a_cursor_is_not_in_a_command() -> None:
    assert "\x1b" not in command("edit", "a\x1b[2Jb")


def test_one_module_quotes_what_is_pasted_into_a_shell() -> None:
    """But for the programs of others, which `client_snippets` writes."""
    top = Path(wallet.__file__).parent
    quoting = {
        file.relative_to(top).as_posix()
        for file in top.rglob("*.py")
        if "shlex" in (text := file.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.ImportFrom) and node.module == "shlex")
        or (isinstance(node, ast.Attribute) and node.attr in {"quote", "join"}
            and isinstance(node.value, ast.Name) and node.value.id == "shlex")
    }  # fmt: skip
    assert quoting == {"shell.py", "nats/client_snippets.py"}
