"""The registry of cause codes: whole, in use, told to people, and the one place for them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import wallet
from tests import codes_table
from wallet.codes import Code
from wallet.connection.rehearsal.servers import DOORS
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
Nodes = list[tuple[Path, ast.AST]]


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    """The syntax of all sources, read here: each process of the suite collects every file."""
    return [
        (path, node)
        for path in TOP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]


def key_problems(nodes: Nodes) -> set[str]:
    """What the sources say that is wrong with a key's text."""
    return {
        node.args[0].value
        for _, node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == KeyFormatError.__name__
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_no_code_that_was_promised_is_gone() -> None:
    assert set(PROMISED) <= set(Code)


def test_no_code_stands_in_the_sources_but_in_the_registry(nodes: Nodes) -> None:
    # Those of one word are words for other things too: mypy tells where such a one is no `Code`.
    hyphened = {code.value for code in Code if "-" in code} - key_problems(nodes)
    loose = [
        f"{path.relative_to(TOP)}:{node.lineno}: {node.value}"
        for path, node in nodes
        if path != TOP / "codes.py"
        and isinstance(node, ast.Constant)
        and node.value in hyphened
        # What creds may lack is a problem of theirs, and no cause.
        and path != TOP / "nats" / "creds.py"
    ]
    assert loose == []


def test_each_code_is_one_that_something_gives(nodes: Nodes) -> None:
    named = {
        node.attr
        for path, node in nodes
        if path != TOP / "codes.py"
        and isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == Code.__name__
    }
    given = {Code[name] for name in named} | {Code(problem) for problem in key_problems(nodes)}
    given |= {Code(f"anybody-{door}") for door in DOORS}
    assert set(Code) - given == set()


def test_each_meaning_is_one_sentence() -> None:
    for code in Code:
        assert re.fullmatch(r"[A-Z`n].*[^.]\.", code.meaning), code
        assert ". " not in code.meaning, code
    assert len({code.meaning for code in Code}) == len(Code)


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
