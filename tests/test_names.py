"""Names say what is behind them, and docstrings who does what to what.

A class's name stands once in the wallet; a module is named by a noun of its field, and a value for
what it is. A function has one thing to say, and a file one subject: neither is long.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

import wallet
from wallet.cli.commands import GROUPS

TOP, TESTS = Path(wallet.__file__).parent, Path(__file__).parent
FILES = sorted(TOP.rglob("*.py"))
MODULES = [path for path in FILES if not path.stem.startswith("__")]
Trees = dict[Path, ast.Module]

# Words that said nothing of what was behind them.
MEANINGLESS = {
    "judging",
    "learned",
    "asking",
    "held",
    "seen",
    "kept",
    "refine",
    "operating",
    "found",
    "others",
    "whole",
}
# Ending as a participle does, these are things: what the field or the language calls so.
NOUNS = {
    "accounting",
    "encoding",
    "hardening",
    "monitoring",
    "seed",
    "signing",
}
# The file of a command that is named as the command is: a word that people type.
TYPED = {
    TOP.joinpath("cli", *command.file.split(".")).with_suffix(".py")
    for group in GROUPS.values()
    for command in group
    if command.file.split(".")[-1] == command.name
}
# Of a value they say that one has it, and not what it is: `first_problem`, not `found`.
NO_VALUES = {"found", "made", "said"}
# With these begins a fragment that names no subject: nobody knows who does what to what.
FRAGMENTS = (
    "What ",
    "Which ",
    "How ",
    "From ",
    "Of ",
    "The same ",
    "Why ",
    "Where ",
    "When ",
    "Those ",
    "As ",
    "By ",
    "For ",
    "In ",
    "That ",
    "Until ",
    *("Who ", "Whom ", "Whose ", "Whoever "),
    "With ",
)

LINES_OF_A_FUNCTION, LINES_OF_A_FILE = 60, 400  # at most

ENDINGS = (
    "",
    "s",
    "es",
    "ed",
    "ing",
    "er",
    "ers",
    "or",
    "ors",
    "ion",
    "ions",
    "ation",
    "ations",
    "al",
    "e",
    "y",
    "ies",
)


def stems(name: str) -> set[str]:
    """A name without each ending that it has; three letters at least are left."""
    return {
        name.removesuffix(ending)
        for ending in ENDINGS
        if name.endswith(ending) and len(name) - len(ending) >= 3
    }


def differ_by_an_ending(one: str, other: str) -> bool:
    """Whether two names are one word with two endings, underscores left out."""
    return bool(stems(one.replace("_", "")) & stems(other.replace("_", "")))


def is_a_participle(name: str) -> bool:
    """Whether a name is one word alone that ends as a participle; `line_folding` says of what."""
    participle = name.endswith(("ed", "ing")) and "_" not in name
    return name in MEANINGLESS or (participle and name not in NOUNS)


def values(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names of parameters, variables, fields and attributes that are set, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs) and node.name:
            yield node.name, node.lineno


def values_that_say_nothing(tree: ast.Module) -> list[str]:
    """Those of `NO_VALUES`, private ones too, each with its line."""
    return [f"{line} {name}" for name, line in values(tree) if name.lstrip("_") in NO_VALUES]


def fragments(tree: ast.Module) -> list[str]:
    """The first lines of docstrings that begin as a fragment does, with the lines they stand at."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        f"{getattr(node, 'lineno', 1)} {text.splitlines()[0]}"
        for node in ast.walk(tree)
        if isinstance(node, documented) and (text := ast.get_docstring(node) or "")
        if text.startswith(FRAGMENTS)
    ]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """The syntax of every file, read here: each process of the suite collects every file."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def long_functions(tree: ast.Module) -> list[str]:
    """The functions that are longer than one is read at a look, each with its line."""
    return [
        f"{node.lineno} {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= LINES_OF_A_FUNCTION
    ]


def everywhere(look: Callable[[ast.Module], list[str]], trees: Trees) -> list[str]:
    """Look through every file; give what is seen, with the file and the line."""
    return [
        f"{path.relative_to(TOP).as_posix()}:{line}"
        for path, tree in trees.items()
        for line in look(tree)
    ]


def test_no_class_name_stands_twice(trees: Trees) -> None:
    """Private ones too: `_Line` and `Line` are one word for two things."""
    names = Counter(
        node.name.lstrip("_")
        for path in MODULES
        for node in ast.walk(trees[path])
        if isinstance(node, ast.ClassDef)
    )
    twins = {name for name, times in names.items() if times > 1}
    assert twins == set()


def test_no_module_is_named_by_a_bare_participle() -> None:
    participles = [str(path.relative_to(TOP)) for path in MODULES if is_a_participle(path.stem)]
    assert participles == []


def pairs_told_apart_by_an_ending(paths: Iterable[Path]) -> list[str]:
    """Those of `paths` that another differs from by an ending alone, wherever the two stand.

    A file of the same name in another room has the same subject, seen from there; a file that is
    named as its command is does not count.
    """
    by_stem = defaultdict(set)
    for path in paths:
        if path not in TYPED:
            for stem in stems(path.stem.replace("_", "")):
                by_stem[stem].add(path)
    pairs = {
        (one, other)
        for alike in by_stem.values()
        for one, other in combinations(sorted(alike), 2)
        if one.stem != other.stem
    }
    return [f"{one.relative_to(TOP)} and {other.relative_to(TOP)}" for one, other in sorted(pairs)]


def test_no_two_modules_differ_by_an_ending() -> None:
    assert pairs_told_apart_by_an_ending(MODULES) == []


def test_no_two_files_of_tests_differ_by_an_ending() -> None:
    files = {path.stem.removeprefix("test_") for path in TESTS.rglob("test_*.py")}
    assert [pair for pair in combinations(sorted(files), 2) if differ_by_an_ending(*pair)] == []


def test_only_a_commands_own_file_may_differ_from_another_by_an_ending() -> None:
    assert TOP / "cli" / "keys" / "delete.py" in TYPED
    assert all(path.is_relative_to(TOP / "cli") and path in MODULES for path in TYPED)
    dialog, command = TOP / "app/screens/keys/delete.py", TOP / "cli/keys/delete.py"
    task, others = TOP / "tasks/keys/deletion.py", TOP / "exchange/deletion.py"
    assert pairs_told_apart_by_an_ending([command, task, others]) == []
    assert pairs_told_apart_by_an_ending([dialog, task]) == [
        "app/screens/keys/delete.py and tasks/keys/deletion.py"
    ]
    helper = TOP / "cli/connection/reports.py"  # of no command
    assert pairs_told_apart_by_an_ending([helper, TOP / "connection/causes/report.py"])


def test_no_module_differs_by_an_ending_from_a_room_beside_it() -> None:
    pairs = [
        f"{room}/ and {path.relative_to(TOP)}"
        for room in {path.parent for path in TOP.rglob("*/__init__.py")}
        for path in room.parent.glob("*.py")
        if differ_by_an_ending(room.name, path.stem)
    ]
    pairs += [
        f"{one} and {other}"
        for one, other in combinations({path.parent for path in TOP.rglob("*/__init__.py")}, 2)
        if one.parent == other.parent and differ_by_an_ending(one.name, other.name)
    ]
    assert pairs == []


def test_the_pairs_that_once_stood_here_would_be_found() -> None:
    for one, other in [
        ("serverconf", "server_conf"),
        ("rehearsal", "rehearsed"),
        ("rehearsal", "rehearse"),
        ("monitoring", "monitored"),
        ("record", "records"),
        ("signing", "signers"),
        ("rows", "row"),
        ("rotate", "rotations"),
    ]:
        assert differ_by_an_ending(one, other), (one, other)
    for name in ("judging", "learned", "held", "seen", "imported"):
        assert is_a_participle(name), name
    assert not differ_by_an_ending("sandbox", "servers")
    assert not is_a_participle("attempt")


def test_no_value_is_called_found_made_or_said(trees: Trees) -> None:
    assert everywhere(values_that_say_nothing, trees) == []


def test_no_docstring_begins_as_a_fragment(trees: Trees) -> None:
    assert everywhere(fragments, trees) == []


def test_nothing_at_the_top_of_a_module_is_reached_by_tests_alone(trees: Trees) -> None:
    used: Counter[str] = Counter()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                used[node.id] += 1
            elif isinstance(node, ast.Attribute):
                used[node.attr] += 1
            elif isinstance(node, ast.alias) and node.asname is not None:
                used[node.name] += 1
    left = [
        f"{path.relative_to(TOP).as_posix()}: {name}"
        for path, tree in trees.items()
        for name in defined(tree)
        if not used[name] and not name.startswith("__")
    ]
    assert left == []


def defined(tree: ast.Module) -> Iterator[str]:
    """The names of the functions, classes and values at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_function_and_no_file_is_too_long_to_be_read_at_once(trees: Trees) -> None:
    assert everywhere(long_functions, trees) == []
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert [str(path) for path, lines in lengths.items() if lines > LINES_OF_A_FILE] == []


def test_a_value_and_a_fragment_would_be_seen_wherever_they_stand() -> None:
    source = '''
"""What this is about."""
class Thing:
    """From here to there."""
    found: int
    def method(self, said, *, made=None):
        """How it goes."""
        self._found = [found for found in said]
        for _said in made:
            with open(_said) as found, suppress(made):
                ...
        if made := said:
            (found, other), *said = lambda found: found
        match made:
            case [1, *rest] as found: ...
async def outside(first_problem, summary, findings):
    """Find what is meant.

    What is found is given."""
    first_problem.found.append(summary.said(found=1))
'''
    tree = ast.parse(source)
    assert len(values_that_say_nothing(tree)) == 12
    assert [text.split()[1] for text in fragments(tree)] == ["What", "From", "How"]
