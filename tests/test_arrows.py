"""Who may import whom: rooms from the ground up, no circle, and pure rooms that touch nothing."""

from __future__ import annotations

import ast
import re
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
TOUCHES = {
    *("asyncio", "fileinput", "glob", "http", "importlib", "io", "mmap", "multiprocessing", "os"),
    *("pathlib", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "urllib.request", "wallet.system"),
}
# What a pure module may have of these all the same, and why.
NEEDS = {
    "wallet.nats.config.parser": {"os", "pathlib"},  # for names of files, and the environment
    "wallet.nats.config.names": {"importlib"},  # the wallet's own table of settings
    "wallet.connection.protocol.certificate": {"ssl"},  # for a type
    "wallet.show.crash": {"pathlib"},  # to cut paths, which it opens none of
    "wallet.exchange.readers.texts.labels": {"os"},  # to cut the ending from a name
    "wallet.secrets.known_texts": {"importlib"},  # the wallet's own list of words
}
# Whoever names a module as it runs: where to, no test of arrows sees.
NAMES_MODULES = {"wallet.app.first_paint", "wallet.cli.commands", "wallet.vault.records"}
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
    return _named(ast.walk(tree_of(module)))


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def _named(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"relative, which no arrow shows: {ast.unparse(node)}"
            assert not node.level, f"relative, which no arrow shows: {ast.unparse(node)}"
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
    at_its_top = [
        node for node in tree_of(module).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return tuple(_named(at_its_top))


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
    # Nor has anybody else a connection of his own, or a use for the vault's: what is asked is a
    # method of the records' parts.
    users = {module for module in MODULES if "sqlite3" in imports(module)}
    assert {module for module in users if room_of(module) != "vault"} == {"wallet.system.about"}


def test_no_module_imports_what_another_has_for_itself() -> None:
    private = [
        f"{module} imports {alias.name}"
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
        if (node.module or "").split(".")[0] == "wallet"
    ]
    assert private == []


def test_no_module_is_imported_by_a_name_that_is_made_as_it_runs() -> None:
    named = {
        module
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Name | ast.Attribute)
        if getattr(node, "id", getattr(node, "attr", "")) in {"import_module", "__import__"}
    }
    assert named == NAMES_MODULES


def pure_modules() -> set[str]:
    """Those in a pure room, and those elsewhere whose docstring says that they are pure."""
    return {
        module
        for module in MODULES
        if any(f"{module}.".startswith(f"wallet.{room}.") for room in PURE)
        or re.search(r"\bPure[.:;]", ast.get_docstring(tree_of(module)) or "")
    }


def test_a_pure_module_touches_neither_files_nor_the_network() -> None:
    modules = pure_modules()
    assert {"wallet.nats.jwt", "wallet.vault.file.container"} <= modules
    touched = [
        f"{module}: {what}" for module in sorted(modules) for what in sorted(_touched(module))
    ]
    assert touched == []


def _touched(module: str) -> set[str]:
    """The names of what touches files, the network or other processes in a module."""
    touched = {
        there
        for name in imports(module)
        for there in TOUCHES - NEEDS.get(module, set())
        if f"{name}.".startswith(f"{there}.")
    }
    calls = (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call))
    if any(isinstance(call.func, ast.Name) and call.func.id == "open" for call in calls):
        touched.add("open()")
    return touched
