"""A class's name stands once in the wallet, and a module is named by a noun of its field."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import wallet

TOP = Path(wallet.__file__).parent
MODULES = sorted(path for path in TOP.rglob("*.py") if not path.stem.startswith("__"))

# Still to be renamed. The list may only shrink: take a name off with its twin.
TWINS_STILL_THERE = {"Parser"}

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
# A command's file is named as the command is, and these two are what people type.
COMMANDS = {("backup", "backups")}
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
    "ation",
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


def test_no_class_name_stands_twice() -> None:
    """Private ones too: `_Line` and `Line` are one word for two things."""
    names = Counter(
        node.name.lstrip("_")
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    twins = {name for name, times in names.items() if times > 1}
    assert twins - TWINS_STILL_THERE == set()
    assert TWINS_STILL_THERE - twins == set(), "no twin any more: take it off the list"


def test_no_module_is_named_by_a_bare_participle() -> None:
    participles = [str(path.relative_to(TOP)) for path in MODULES if is_a_participle(path.stem)]
    assert participles == []


def test_no_two_modules_of_a_room_differ_by_an_ending() -> None:
    rooms = defaultdict(list)
    for path in MODULES:
        rooms[path.parent].append(path.stem)
    for path in TOP.rglob("__init__.py"):  # a room within a room stands beside its files
        rooms[path.parent.parent].append(path.parent.name)
    pairs = [
        f"{room.relative_to(TOP)}: {one} and {other}"
        for room, names in rooms.items()
        if room.is_relative_to(TOP)
        for one, other in combinations(sorted(names), 2)
        if differ_by_an_ending(one, other) and (room.name != "cli" or (one, other) not in COMMANDS)
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
    ]:
        assert differ_by_an_ending(one, other), (one, other)
    for name in ("judging", "learned", "held", "seen", "imported"):
        assert is_a_participle(name), name
    assert not differ_by_an_ending("sandbox", "servers")
    assert not is_a_participle("attempt")
