"""A passphrase that was mistyped is asked for again on a terminal, three times."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, AtTerminal, Run

pexpect = pytest.importorskip("pexpect")
WRONG = "this is no passphrase of it"


@pytest.fixture
def typed(vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vault whose passphrase stands in no file."""
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")


Spawn = Callable[..., tuple[Any, io.StringIO]]


@pytest.fixture
def spawn(at_terminal: AtTerminal) -> Spawn:
    """Start the wallet on a terminal: the process, and all that it shows there."""

    def start(*arguments: str) -> tuple[Any, io.StringIO]:
        child = at_terminal(*arguments)
        child.logfile_read = shown = io.StringIO()
        return child, shown

    return start


@pytest.mark.parametrize("command", [["public", "billing"], ["check"], ["backups"]])
def test_after_a_wrong_one_the_right_one_opens_it(
    typed: None, command: list[str], spawn: Spawn
) -> None:
    child, shown = spawn(*command)
    child.expect("Passphrase for ")
    child.sendline(WRONG)
    child.expect("does not open the vault.*Try again")
    child.expect("Passphrase for ")
    child.sendline(PASSPHRASE)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert WRONG not in shown.getvalue()
    assert PASSPHRASE not in shown.getvalue()


def test_three_wrong_ones_end_it_with_3(typed: None, spawn: Spawn) -> None:
    child, _ = spawn("public", "billing")
    for _ in range(3):
        child.expect("Passphrase for ")
        child.sendline(WRONG)
    child.expect("does not open the vault")
    index = child.expect(["Try again", pexpect.EOF])
    child.close()
    assert (index, child.exitstatus) == (1, 3)


def test_enter_alone_is_a_wrong_one_too(typed: None, spawn: Spawn) -> None:
    child, _ = spawn("public", "billing")
    child.expect("Passphrase for ")
    child.sendline("")
    child.expect("Try again")
    child.expect("Passphrase for ")
    child.sendline(PASSPHRASE)
    child.expect(r"U[A-Z2-7]{55}")
    child.expect(pexpect.EOF)


def test_a_copy_with_another_passphrase_is_asked_for_its_own(
    typed: None, run: Run, tmp_path: Path, spawn: Spawn
) -> None:
    given = tmp_path / "passphrase"
    new = tmp_path / "new"
    new.write_text("another passphrase of these tests\n", encoding="utf-8")
    copy = tmp_path / "copy.nkw"
    assert run("backup", str(copy), "--passphrase-file", str(given)).status == 0
    assert (
        run("passphrase", "--passphrase-file", str(given), "--new-passphrase-file", str(new)).status
        == 0
    )
    child, _ = spawn("restore", str(copy), "--passphrase-file", str(new))
    for answer in (WRONG, PASSPHRASE):
        child.expect(f"Passphrase for {copy}")
        child.sendline(answer)
    child.expect("the same keys in the same state")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1


def test_a_wrong_one_from_a_file_is_not_asked_for(vault: Run, tmp_path: Path, spawn: Spawn) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(WRONG + "\n", encoding="utf-8")
    child, _ = spawn("public", "billing", "--passphrase-file", str(wrong))
    index = child.expect(["Passphrase for", pexpect.EOF])
    child.close()
    assert (index, child.exitstatus) == (1, 3)
