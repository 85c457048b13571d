"""What the app shows names no flag of the command line: it has fields and keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wallet
from wallet.app.key_repairs import _IN_BOTH

WALLET = Path(wallet.__file__).parent
ROOMS = ("app", "chain", "connection", "exchange", "nats", "show", "tasks", "vault")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# A whole command is meant as one, ours or another program's.
COMMANDS = re.compile(
    r"`[^`]*`|(nkey-wallet|nats-server|nats|nsc|systemd-creds|go|pip|git) [^.;\n`)]*--[^;\n`)]*"
)
# Flags that the app itself is started with, and texts that no screen leads to.
STARTS = {"--read-only", "--vault"}
COMMAND_LINE_ALONE = {
    "app/key_repairs.py": "a table of commands, for the keys that do the same",
    "app/screens/keys/rotations.py": "a table of commands, for what the buttons do",
    "tasks/deployment/revocations.py": "the dialog has an account, and never names nobody",
    "tasks/sharing/account_pairs.py": "the wizard asks for the kind and whether it is private",
    "tasks/keys/permission.py": "the dialog has no wildcards beside publishing in its command",
    "nats/claims/edit.py": "the dialog keeps every limit",
    "nats/client_snippets.py": "programs and commands to copy",
    "exchange/git_history.py": "what git is called with",
    "exchange/nsc_export.py": "nsc's own commands",
}


def texts(tree: ast.Module) -> Iterator[str]:
    """The texts in a module, with `…` for what is put into them; docstrings left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    within = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in docstrings | within:
            yield node.value if isinstance(node.value, str) else ""


def flags_shown(text: str) -> set[str]:
    """The flags that stay in a text once the app has put its own words in their place."""
    shown = COMMANDS.sub("", _IN_BOTH.sub(r"(\1)", text))
    return set(FLAG.findall(shown)) - STARTS if " " in shown.strip() else set()


@pytest.mark.parametrize("room", ROOMS)
def test_no_text_of_a_room_names_a_flag_where_the_app_shows_it(room: str) -> None:
    named = {
        (path.relative_to(WALLET).as_posix(), text[:80])
        for path in sorted((WALLET / room).rglob("*.py"))
        if path.relative_to(WALLET).as_posix() not in COMMAND_LINE_ALONE
        for text in texts(ast.parse(path.read_text(encoding="utf-8")))
        if flags_shown(text)
    }
    assert named == set()


def test_a_flag_is_seen_where_it_stands_in_a_sentence() -> None:
    assert flags_shown("Give more time (--timeout), or wait.") == {"--timeout"}
    assert flags_shown("Name it: --tls-ca FILE, or the CA field.") == {"--tls-ca"}
    assert flags_shown("Name it (the CA field of the test in the app, --tls-ca FILE).") == set()
    assert flags_shown("Say `nkey-wallet edit acme --strict` first.") == set()
