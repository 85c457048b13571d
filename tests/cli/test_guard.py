"""An error of the wallet's own: a few lines without a value, and an exit code of its own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.test_arrows import MODULES
from wallet.cli import output
from wallet.cli.keys import list_keys
from wallet.errors import UsageError, WalletError

SECRET = "SUAEL6GG2L2HIF7DUGZJGMRUFKXELGGYFMHF76UO2AYBG3K4YLWR3FKC2Q"


class _HoldsASecretError(Exception):
    def __str__(self) -> str:
        return f"could not take {SECRET}"

    __repr__ = __str__


@pytest.mark.parametrize("kind", [_HoldsASecretError, RecursionError, MemoryError, KeyError])
def test_an_error_of_its_own_is_told_without_its_message(
    vault: Run, monkeypatch: pytest.MonkeyPatch, kind: type[Exception], tmp_path: Path
) -> None:
    def fails(*_arguments: object) -> int:
        raise kind(SECRET)

    monkeypatch.setattr(list_keys, "run", fails)
    done = vault("list")
    assert done.status == 70
    assert done.out == ""
    assert SECRET not in done.err
    assert "Traceback" not in done.err
    assert str(tmp_path) not in done.err
    assert kind.__name__ in done.err
    assert "test_guard.py" in done.err
    assert "Python" in done.err
    assert "report" in done.err


def test_the_error_behind_an_error_is_not_quoted_either(
    vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> int:
        try:
            raise _HoldsASecretError
        except _HoldsASecretError as error:
            raise RuntimeError(f"while reading {SECRET}") from error

    monkeypatch.setattr(list_keys, "run", fails)
    done = vault("list")
    assert done.status == 70
    assert SECRET not in done.err
    assert "_HoldsASecretError" in done.err


def test_a_thread_that_fails_prints_no_value(vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise _HoldsASecretError

    def works(*_arguments: object) -> int:
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        return 0

    monkeypatch.setattr(list_keys, "run", works)
    before = threading.excepthook
    done = vault("list")
    assert SECRET not in done.err
    assert "_HoldsASecretError" in done.err
    assert threading.excepthook is before


def test_a_part_that_is_not_installed_is_named(vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wallet.cli.connection.config", raising=False)
    monkeypatch.setitem(sys.modules, "wallet.nats.client_snippets", None)
    done = vault("config", "--for", "server")
    assert done.status == 70
    assert "wallet.nats.client_snippets" in done.err


def test_a_log_line_of_a_library_does_not_reach_the_terminal(
    vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    def works(*_arguments: object) -> int:
        logging.getLogger("asyncio").error("could not take %s", SECRET)
        return 0

    monkeypatch.setattr(list_keys, "run", works)
    assert SECRET not in vault("list").err


LOGS = """
import sys
from wallet import cli
from wallet.cli import argument_parser as parser

def works(arguments):
    import logging
    logging.getLogger("a.library").error("could not take %s", sys.argv[1])
    import asyncio
    logging.warning("nor %s", sys.argv[1])
    print(logging.__spec__.loader.get_filename("logging") == logging.__file__)
    return 0

build = parser.build
def one_that_logs():
    built = build()
    built.set_defaults(run=works)
    return built

parser.build = one_that_logs
assert "logging" not in sys.modules
sys.exit(cli.main([]))
"""


def test_a_log_line_does_not_either_where_logging_is_loaded_only_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGS, SECRET],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_flags_are_not_abbreviated(vault: Run) -> None:
    assert vault("list", "--jso").status == 2
    assert vault("new", "user", "x", "--und", "acme").status == 2


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        (["show", SECRET], ""),
        (["new", "user", "--count", SECRET], "There is a seed"),
        (["push", "acme", "--timeout", SECRET], "There is a seed"),
        (["list", f"--no-such={SECRET}"], ""),
        (["new", "user", "x", "--under", f"{SECRET}/{SECRET}"], ""),
    ],
)
def test_a_seed_among_the_words_of_a_command_is_repeated_by_no_refusal(
    vault: Run, words: list[str], quoted: str
) -> None:
    done = vault(*words)
    assert done.status in {2, 4}
    assert SECRET not in done.err + done.out
    assert quoted in done.err


def test_an_error_that_quotes_a_seed_is_told_without_it_in_text_and_in_json(
    vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> int:
        error = UsageError(f"The file has {SECRET.lower()} in it.")
        error.on_command_line = f"Take {SECRET} out of it."
        output.as_json({"problem": str(error)})
        output.note(f"In a note: {SECRET}")
        output.say(f"Before the error: {SECRET}", to=output.notes)
        raise error

    monkeypatch.setattr(list_keys, "run", fails)
    done = vault("list")
    assert SECRET not in (done.err + done.out).upper()
    assert "The file has (a seed) in it. Take (a seed) out of it." in done.err
    assert done.json() == {"problem": "The file has (a seed) in it."}
    assert "In a note: (a seed)" in done.err


def test_a_result_that_is_a_seed_is_one_so_that_the_search_above_can_find_it(
    vault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def works(*_arguments: object) -> int:
        output.say(SECRET)
        return 0

    monkeypatch.setattr(list_keys, "run", works)
    assert SECRET in vault("list").out


def test_every_error_of_the_family_leaves_out_seeds_by_the_one_method() -> None:
    def family(kind: type[WalletError]) -> Iterator[type[WalletError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from family(below)

    for module in MODULES:
        importlib.import_module(module)
    kinds = set(family(WalletError))
    assert len(kinds) > 50
    for kind in kinds:
        error = kind.__new__(kind, SECRET)
        error.args = (f"It met {SECRET}.",)
        assert str(error) == "It met (a seed).", kind
