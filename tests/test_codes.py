"""The registry of cause codes: whole, in use, told to people, and the one place for them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import wallet
from tests import codes_table
from wallet.codes import Code, HealthCode
from wallet.connection.rehearsal.server_pair import DOORS
from wallet.errors import KeyFormatError
from wallet.nats.nkeys import Seed, decode_public
from wallet.tasks.inspection import inspect

TOP = Path(wallet.__file__).parent
# What scripts may go by since the first version.
PROMISED = re.findall(
    r"\S+",
    """
    accepted-without-check accepted-as-other dns refused timeout unreachable not-nats http-port
    tls-required tls-first tls-untrusted tls-hostname tls-expired tls-client-cert tls-not-offered
    no-nkey-auth key-unknown key-wrong-kind wrong-port jwt-missing jwt-expired jwt-not-yet
    jwt-revoked jwt-account-unknown jwt-issuer jwt-source jwt-time-window jwt-connection-type
    jwt-signature jwt-scope jwt-not-used account-expired server-full account-full auth-timeout
    lame-duck protocol
    """,
)


class Sources(NamedTuple):
    """What the sources of the wallet say of codes, the registry left out."""

    texts: list[tuple[str, str]]  # each text with a hyphen, and where it stands
    names: set[str]  # of `Code.NAME`
    of_health: set[str]  # of `HealthCode.NAME`, where a note is made with it
    key_problems: set[str]  # what is wrong with a key's text


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Read here: each process of the suite collects every file."""
    read = Sources([], set(), set(), set())
    for path in TOP.rglob("*.py"):
        # One tree at a time: half a million nodes would keep the collector of garbage busy.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            note(read, path.relative_to(TOP).as_posix(), node)
    return read


def note(read: Sources, file: str, node: ast.AST) -> None:
    """Add what a node of a file says."""
    if isinstance(node, ast.Call):
        for given in node.args[:1]:
            if (
                isinstance(given, ast.Attribute)
                and isinstance(given.value, ast.Name)
                and given.value.id == HealthCode.__name__
            ):
                read.of_health.add(given.attr)
        if isinstance(node.func, ast.Name) and node.func.id == KeyFormatError.__name__:
            problem = node.args[0]
            if isinstance(problem, ast.Constant) and isinstance(problem.value, str):
                read.key_problems.add(problem.value)
    elif file == "codes.py":
        return
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and "-" in node.value:
            read.texts.append((f"{file}:{node.lineno}", node.value))
    elif (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == Code.__name__
    ):
        read.names.add(node.attr)


def test_no_code_that_was_promised_is_gone() -> None:
    assert set(PROMISED) <= set(Code)


def test_no_code_stands_in_the_sources_but_in_the_registry(sources: Sources) -> None:
    # Those of one word are words for other things too: mypy tells where such a one is no `Code`.
    hyphened = {code.value for code in (*Code, *HealthCode) if "-" in code} - sources.key_problems
    loose = [
        f"{place}: {text}"
        for place, text in sources.texts
        if text in hyphened
        # What creds may lack is a problem of theirs, and no cause.
        and not place.startswith("nats/creds.py:")
        and not place.startswith("vault/tree/")  # words of the filter
    ]
    assert loose == []


def test_each_code_is_one_that_something_gives(sources: Sources) -> None:
    given = {Code[name] for name in sources.names}
    given |= {Code(problem) for problem in sources.key_problems}
    given |= {Code(f"anybody-{door}") for door in DOORS}
    assert set(Code) - given == set()


def test_each_code_of_health_is_one_that_a_note_is_made_with(sources: Sources) -> None:
    assert {HealthCode[name] for name in sources.of_health} == set(HealthCode)


def test_each_meaning_is_one_sentence() -> None:
    for code in (*Code, *HealthCode):
        assert re.fullmatch(r"[A-Z`n].*[^.]\.", code.meaning), code
        assert ". " not in code.meaning, code
    assert len({code.meaning for code in (*Code, *HealthCode)}) == len(Code) + len(HealthCode)


def test_the_table_for_people_is_what_the_registry_says() -> None:
    assert codes_table.PATH.read_text(encoding="utf-8") == codes_table.table(), (
        "write it anew: python -m tests.codes_table"
    )


@pytest.mark.parametrize("decode", [decode_public, Seed.decode])
def test_whatever_is_wrong_with_a_keys_text_has_a_code(decode: object) -> None:
    given = ["", "U", "u" * 56, "U" * 56, "S" * 58, "SU" + "A" * 56, "U" * 56 + " x", "0" * 56]
    assert callable(decode)
    for text in given:
        with pytest.raises(KeyFormatError) as refused:
            decode(text)
        assert Code(refused.value.problem)
        assert all(isinstance(problem.code, Code) for problem in inspect(text).problems)
