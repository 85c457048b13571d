"""Who may import whom: rooms from the ground up, no circle, and pure rooms that touch nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import wallet
from wallet.cli.commands import COMMANDS, Command

TOP = Path(wallet.__file__).parent
# From the ground up: a room imports what stands before it. Those in one line know nothing of
# each other.
ROOMS = [
    {"codes", "errors", "text", "when", "shell"},
    {"secrets"},
    {"nats"},
    {"system", "chain"},
    {"vault", "connection"},
    {"exchange"},
    {"tasks"},
    {"show"},
    {"app"},
    {"cli"},
    {"__main__"},
]
CONNECTION = ["protocol", "causes", "check", "deployment", "rehearsal"]
# Within the vault, in the same manner; what is not a subroom of it is a module.
VAULT = [
    {"key_record"},
    {"file", "db"},
    {"records"},
    {"tree", "signing", "backups", "own_texts", "key_rows"},
    {"session"},
    {"vault"},
    {"copies", "disclosure"},
]
PURE = ["codes", "text", "when", "shell", "nats", "chain", "connection.causes"]
READS_FILES = {"wallet.nats.config.parser"}  # paths and the environment, but no file
TOUCHES = {"asyncio", "http", "os", "pathlib", "shutil", "socket", "sqlite3", "ssl", "subprocess"}
# The version is anybody's to name.
GROUND = {"wallet", "wallet.codes", "wallet.errors", "wallet.text", "wallet.when", "wallet.shell"}


def modules() -> dict[str, Path]:
    """Every module of the wallet by its name."""
    found = {}
    for path in TOP.rglob("*.py"):
        parts = ("wallet", *path.relative_to(TOP).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


@cache
def imports(module: str) -> tuple[str, ...]:
    """What a module imports, wherever it says so, for types alone too."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[str]:
    return _named(ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def _named(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module


@cache
def arrows() -> dict[str, set[str]]:
    """Each module with those of the wallet that it imports.

    Read when a test asks: each process of the suite collects every file.
    """
    return {module: {name for name in imports(module) if name in MODULES} for module in MODULES}


@cache
def loads(module: str) -> frozenset[str]:
    """Each module that is loaded where this one is: what it imports outside any function."""
    loaded: set[str] = set()
    to_look_at = [module]
    while to_look_at:
        name = to_look_at.pop()
        if name not in loaded:
            loaded.add(name)
            to_look_at += _at_once(name) if name in MODULES else []
    return frozenset(loaded)


@cache
def _at_once(module: str) -> tuple[str, ...]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    kept = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return tuple(_named(kept))


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def level_of(module: str) -> int:
    room = room_of(module)
    return -1 if not room else next(n for n, rooms in enumerate(ROOMS) if room in rooms)


def test_a_room_imports_only_what_stands_below_it() -> None:
    upwards = [
        f"{module} imports {other}"
        for module, others in arrows().items()
        for other in sorted(others)
        if other not in GROUND
        and room_of(module) != room_of(other)
        and level_of(other) >= level_of(module)
    ]
    assert upwards == []


def test_the_ground_imports_only_itself() -> None:
    assert [m for m in GROUND for other in arrows()[m] if other not in GROUND] == []


def test_a_connection_imports_downwards_from_the_rehearsal_to_the_protocol() -> None:
    def level(module: str) -> int:
        parts = module.split(".")
        return CONNECTION.index(parts[2]) if parts[1:2] == ["connection"] and parts[2:] else -1

    upwards = [(m, o) for m, others in arrows().items() for o in others if -1 < level(m) < level(o)]
    assert upwards == []


def test_the_vault_imports_downwards_from_its_copies_to_the_bytes_of_its_file() -> None:
    def part(module: str) -> str:
        parts = module.split(".")
        return parts[2] if parts[1:2] == ["vault"] and parts[2:] else ""

    levels = {name: number for number, line in enumerate(VAULT) for name in line}
    assert levels.keys() == {part(module) for module in MODULES} - {""}
    upwards = [
        f"{module} imports {other}"
        for module, others in arrows().items()
        for other in sorted(others)
        if part(module)
        and part(other)
        and part(module) != part(other)
        and levels[part(other)] >= levels[part(module)]
    ]
    assert upwards == []


def test_no_module_imports_itself_around_a_circle() -> None:
    try:
        TopologicalSorter(arrows()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_only_the_app_imports_textual() -> None:
    def is_of_the_app(module: str) -> bool:
        return any(name.split(".")[0] == "textual" for name in imports(module))

    assert {room_of(module) for module in MODULES if is_of_the_app(module)} == {"app"}


def test_only_opening_the_app_imports_the_app_from_the_command_line() -> None:
    found = [
        m for m in MODULES if room_of(m) == "cli" and any(room_of(o) == "app" for o in arrows()[m])
    ]
    assert found == ["wallet.cli.app"]


# Their files are loaded for their help too.
CONNECTING = {"diff", "pull", "push", "servers", "test"}
LOAD = 2.1  # a command's, by that of `public`, which shows one line of the vault


def test_only_commands_that_connect_load_what_connects() -> None:
    connecting = {command.name for command in COMMANDS if "asyncio" in loads(file_of(command))}
    assert connecting == CONNECTING


def test_no_command_loads_much_more_than_the_lightest_does_and_so_no_help() -> None:
    (public,) = (command for command in COMMANDS if command.name == "public")
    most = LOAD * len(loads(file_of(public)))
    heavy = {
        command.name: len(loads(file_of(command)))
        for command in COMMANDS
        if len(loads(file_of(command))) > most
    }
    assert heavy == {}


def file_of(command: Command) -> str:
    return f"wallet.cli.{command.file}"


def test_only_the_vault_asks_its_database() -> None:
    asked = [
        f"{module} line {node.lineno}"
        for module, path in MODULES.items()
        if room_of(module) != "vault"
        if "database" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and node.attr == "database"
    ]
    assert asked == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_touches_neither_files_nor_the_network(room: str) -> None:
    touched = [
        f"{module} imports {name}"
        for module in MODULES
        if f"{module}.".startswith(f"wallet.{room}.") and module not in READS_FILES
        for name in imports(module)
        if name.split(".")[0] in TOUCHES
    ]
    assert touched == []
