"""What was mistyped unseen on a terminal is asked for again, three times in all."""

from __future__ import annotations

import io
import re
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


def test_a_new_one_that_will_not_do_is_asked_for_again(tmp_path: Path, spawn: Spawn) -> None:
    child, shown = spawn("init", "--cost", "light", "--vault", str(tmp_path / "new.nkw"))
    child.expect("New passphrase")
    child.sendline("short")
    child.expect("At least 15 characters.*Try again")
    child.expect("New passphrase")
    child.sendline(PASSPHRASE)
    child.expect("The same again")
    child.sendline("something different")
    child.expect("not the same.*Try again")
    for prompt in ("New passphrase", "The same again"):
        child.expect(prompt)
        child.sendline(PASSPHRASE)
    child.expect("Made")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "something different" not in shown.getvalue()


def test_three_new_ones_that_will_not_do_end_it_and_make_nothing(
    tmp_path: Path, spawn: Spawn
) -> None:
    child, _ = spawn("init", "--vault", str(tmp_path / "new.nkw"))
    for _ in range(3):
        child.expect("New passphrase")
        child.sendline("short")
    index = child.expect(["Try again", pexpect.EOF])
    child.close()
    assert (index, child.exitstatus) == (1, 2)
    assert not (tmp_path / "new.nkw").exists()


def test_of_a_generated_one_the_copy_is_asked_for_again(tmp_path: Path, spawn: Spawn) -> None:
    child, _ = spawn("init", "--cost", "light", "--vault", str(tmp_path / "new.nkw"))
    child.expect("New passphrase")
    child.sendline("")
    child.expect(r"to write down now:\s+(\S[^\r\n]*)\r\n")
    generated = child.match[1]
    child.expect("The same again")
    child.sendline("something different")
    child.expect("not the same.*Try again")
    child.expect("The same again")
    child.sendline(generated)
    child.expect("Made")
    child.expect(pexpect.EOF)


def test_a_mistyped_recovery_code_is_asked_for_again(
    vault: Run, tmp_path: Path, spawn: Spawn
) -> None:
    page = tmp_path / "page.txt"
    assert vault("recovery", "--to", str(page)).status == 0
    code = re.search(r"(?:[0-9A-Z]{5}-){6}[0-9A-Z]{5}", page.read_text(encoding="utf-8"))
    assert code is not None, page.read_text(encoding="utf-8")
    child, shown = spawn("public", "billing", "--recovery-code-file", "-")
    child.expect("Recovery code: ")
    child.sendline(code[0][:-1])
    child.expect("Try again")
    child.expect("Recovery code: ")
    child.sendline(code[0])
    child.expect("New passphrase")
    child.sendintr()
    child.expect(pexpect.EOF)
    assert code[0] not in shown.getvalue()


def test_the_one_that_deletes_old_backups_is_asked_for_again(
    typed: None, tmp_path: Path, spawn: Spawn
) -> None:
    new = tmp_path / "new"
    new.write_text("another passphrase of these tests\n", encoding="utf-8")
    given = tmp_path / "passphrase"
    child, _ = spawn(
        *("passphrase", "--passphrase-file", str(given), "--new-passphrase-file", str(new))
    )
    child.expect("type the current passphrase once more")
    child.sendline(WRONG)
    child.expect("Try again")
    child.expect("type the current passphrase once more")
    child.sendline("another passphrase of these tests")
    child.expect("Deleted")
    child.expect(pexpect.EOF)
