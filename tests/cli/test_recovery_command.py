"""`recovery`, `--recovery-code-file` and `--key-file`, as scripts and people use them."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, AtTerminal, Run
from wallet.errors import DiskFullError
from wallet.secrets.key_file import LARGEST
from wallet.system.disk import files
from wallet.vault.vault import Vault

NEW = "another passphrase for these tests"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){6}[0-9A-Z]{5}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


@pytest.fixture
def page(vault: Run, tmp_path: Path) -> Path:
    """The page of a vault's new recovery code."""
    page = tmp_path / "page.txt"
    done = vault("recovery", "--to", str(page))
    assert done.status == 0, done.err
    assert not CODE.search(done.out + done.err)
    return page


@pytest.fixture
def new(tmp_path: Path) -> str:
    """A file with a new passphrase."""
    file = tmp_path / "new-passphrase"
    file.write_text(NEW + "\n", encoding="utf-8")
    return str(file)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Where a key file is to be made."""
    (tmp_path / "usb").mkdir()
    return tmp_path / "usb" / "vault.key"


def code_in(page: Path) -> str:
    match = CODE.search(page.read_text(encoding="utf-8"))
    assert match is not None
    return match[0]


def ways_in(run: Run) -> dict[str, bool]:
    status: dict[str, bool] = run("recovery", "--status", "--json").json()
    return status


# The code


def test_a_page_says_what_it_is_and_is_for_its_owner_only(page: Path, vault: Run) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(CODE.findall(text)) == 1
    for word in ("vault.nkw", "UTC", "Ctrl+R", "--recovery-code-file", "without a key file"):
        assert word in text
    assert all(len(line) <= 80 for line in text.splitlines())
    if sys.platform != "win32":
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert ways_in(vault) == {"passphrase": True, "key_file": False, "recovery": True}


def test_another_machine_opens_the_vault_with_the_code_alone(
    page: Path, path: Path, tmp_path: Path
) -> None:
    """A home of its own, nothing but the file and the paper: typed without dashes, in small."""
    home = tmp_path / "other"
    home.mkdir()
    shutil.copy(path, home / "copy.nkw")
    typed = home / "typed"
    typed.write_text(code_in(page).lower().replace("-", " ").replace("0", "o"), encoding="utf-8")
    typed.chmod(0o600)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "wallet", "--recovery-code-file", str(typed)]
    done = subprocess.run(
        [*command, "--vault", str(home / "copy.nkw"), "public", "billing"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("U")
    assert "new passphrase" in done.stderr


def test_a_new_passphrase_by_the_code_ends_the_old_one_and_keeps_the_code(
    page: Path, vault: Run, new: str
) -> None:
    flags = ["--recovery-code-file", str(page)]
    done = vault(*flags, "passphrase", "--new-passphrase-file", new)
    assert done.status == 0, done.err
    assert "still open" in done.err
    assert vault("list").status == 3
    for opener in (["--passphrase-file", new], flags):
        assert vault(*opener, "list").status == 0
        assert vault("list", *opener).status == 0


@pytest.mark.parametrize("command", [["check"], ["backups"], ["check", "copy.nkw"]])
def test_other_commands_and_files_open_by_the_code(
    page: Path, vault: Run, path: Path, tmp_path: Path, command: list[str]
) -> None:
    shutil.copy(path, tmp_path / "copy.nkw")
    words = [str(tmp_path / each) if each == "copy.nkw" else each for each in command]
    assert vault(*words, "--recovery-code-file", str(page)).status == 0


def test_a_backup_is_put_where_the_vault_was_by_the_code(
    page: Path, vault: Run, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.nkw"
    shutil.move(path, copy)
    shutil.rmtree(path.parent)
    done = vault("restore", str(copy), "--yes", "--recovery-code-file", str(page))
    assert done.status == 0, done.err
    assert vault("list").status == 0
    assert ways_in(vault)["recovery"]


def test_a_mistyped_code_is_told_with_its_group_and_not_shown(
    page: Path, vault: Run, tmp_path: Path
) -> None:
    code = code_in(page)
    wrong = code[:13] + ("7" if code[13] != "7" else "8") + code[14:]
    typed = tmp_path / "typed"
    typed.write_text(wrong, encoding="utf-8")
    done = vault("list", "--recovery-code-file", str(typed))
    assert (done.status, done.out) == (3, "")
    assert "Group 3" in done.err
    assert wrong not in done.err
    typed.write_text("not a code", encoding="utf-8")
    assert vault("list", "--recovery-code-file", str(typed)).status == 3
    assert vault("list", "--recovery-code-file", str(tmp_path / "none")).status == 2
    assert vault("list", "--recovery-code-file", str(tmp_path)).status == 2


def test_a_second_code_ends_the_first_and_removing_ends_all(
    page: Path, vault: Run, tmp_path: Path
) -> None:
    second = tmp_path / "second.txt"
    assert vault("recovery", "--to", str(second)).status == 0
    done = vault("list", "--recovery-code-file", str(page))
    assert done.status == 3
    assert "replaced" in done.err
    assert vault("list", "--recovery-code-file", str(second)).status == 0
    done = vault("recovery", "--remove")
    assert done.status == 0
    assert "still open" in done.err
    assert vault("list", "--recovery-code-file", str(second)).status == 3
    assert not ways_in(vault)["recovery"]
    assert vault("recovery", "--remove").status == 1


def test_a_page_is_never_written_over_and_goes_when_the_vault_is_not_saved(
    vault: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there.txt"
    there.write_text("mine", encoding="utf-8")
    before = path.read_bytes()
    done = vault("recovery", "--to", str(there))
    assert (done.status, there.read_text(encoding="utf-8")) == (2, "mine")

    def full(*_: object) -> None:
        raise DiskFullError("full")

    monkeypatch.setattr(Vault, "change_recovery", full)
    page = tmp_path / "page.txt"
    assert vault("recovery", "--to", str(page)).status == 3
    assert not page.exists()
    assert path.read_bytes() == before


@pytest.mark.parametrize("flags", [["--to", "-"], [], ["--json", "--remove"]])
def test_without_a_terminal_a_code_is_neither_shown_nor_made(
    vault: Run, path: Path, flags: list[str]
) -> None:
    before = path.read_bytes()
    done = vault("recovery", *flags)
    assert done.status == 2
    assert not CODE.search(done.out + done.err)
    assert path.read_bytes() == before


def test_code_and_new_passphrase_do_not_both_come_from_standard_input(
    page: Path, vault: Run, path: Path
) -> None:
    before = path.read_bytes()
    done = vault("passphrase", "--recovery-code-file", "-", "--new-passphrase-file", "-")
    assert done.status == 2
    assert path.read_bytes() == before


def test_passphrase_and_code_together_are_not_understood(page: Path, vault: Run, new: str) -> None:
    done = vault("list", "--recovery-code-file", str(page), "--passphrase-file", new)
    assert done.status == 2


def test_by_the_code_alone_no_code_is_replaced(page: Path, vault: Run, tmp_path: Path) -> None:
    to = tmp_path / "second.txt"
    done = vault("recovery", "--to", str(to), "--recovery-code-file", str(page))
    assert done.status == 1
    assert "new passphrase first" in done.err
    assert not to.exists()


def test_init_says_how_a_lost_passphrase_is_prepared_for(run: Run) -> None:
    assert "nkey-wallet recovery" in run("init", "--cost", "light").err


# The key file


def test_with_a_key_file_the_passphrase_alone_opens_nothing(
    vault: Run, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = vault("passphrase", "--new-key-file", str(key))
    assert done.status == 0, done.err
    assert "no recovery code" in done.err or "nothing else" in done.err
    assert len(key.read_bytes()) == 64
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    done = vault("list")
    assert (done.status, done.out) == (3, "")
    assert "--key-file" in done.err
    for where in (["--key-file", str(key), "list"], ["list", "--key-file", str(key)]):
        assert vault(*where).status == 0
    monkeypatch.setenv("NKEY_WALLET_KEY_FILE", str(key))
    assert vault("list").status == 0
    assert vault("check").status == 0
    assert ways_in(vault) == {"passphrase": False, "key_file": True, "recovery": False}


def test_a_wrong_key_file_and_a_wrong_passphrase_are_told_alike(
    vault: Run, key: Path, new: str, tmp_path: Path
) -> None:
    assert vault("passphrase", "--new-key-file", str(key)).status == 0
    other = tmp_path / "other.key"
    other.write_bytes(bytes(100))
    one = vault("list", "--key-file", str(other))
    two = vault("list", "--key-file", str(key), "--passphrase-file", new)
    assert (one.status, one.err.splitlines()[-1]) == (3, two.err.splitlines()[-1])
    assert "together" in two.err


def test_a_file_that_is_there_becomes_the_key_file_and_stays_as_it_is(
    vault: Run, new: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(range(256)) * 50)
    content = photo.read_bytes()
    flags = ["--new-key-file", str(photo), "--new-passphrase-file", new]
    assert vault("passphrase", *flags).status == 0
    assert photo.read_bytes() == content
    assert vault("list", "--key-file", str(photo), "--passphrase-file", new).status == 0
    done = vault("passphrase", "--no-key-file", "--key-file", str(photo), "--passphrase-file", new)
    assert done.status == 0, done.err
    assert vault("list", "--passphrase-file", new).status == 0
    assert vault("passphrase", "--no-key-file", "--passphrase-file", new).status == 1


def test_the_code_opens_without_the_key_file_and_a_new_passphrase_needs_none(
    page: Path, vault: Run, key: Path, new: str
) -> None:
    assert vault("passphrase", "--new-key-file", str(key)).status == 0
    key.unlink()
    flags = ["--recovery-code-file", str(page), "--new-passphrase-file", new]
    done = vault("passphrase", *flags)
    assert done.status == 0
    assert "key file of before is not needed any more" in done.err
    assert "--new-key-file FILE" in done.err
    assert vault("list", "--passphrase-file", new).status == 0


def test_no_key_file_is_made_where_a_stick_is_not_plugged_in(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    before = path.read_bytes()
    done = vault("passphrase", "--new-key-file", str(tmp_path / "stick" / "vault.key"))
    assert done.status == 3
    assert "plugged in" in done.err
    assert not (tmp_path / "stick").exists()
    assert path.read_bytes() == before


def test_a_vault_is_made_with_a_key_file_from_the_beginning(run: Run, key: Path) -> None:
    assert run("init", "--cost", "light", "--key-file", str(key)).status == 3
    key.write_bytes(bytes(range(64)))
    assert run("init", "--cost", "light", "--key-file", str(key)).status == 0
    assert run("list").status == 3
    assert run("list", "--key-file", str(key)).status == 0


def _directory(file: Path) -> None:
    file.mkdir()


def _pipe(file: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no pipes in the file system")
    os.mkfifo(file)


def _huge(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(LARGEST + 1)


BAD = {
    "empty": lambda file: file.write_bytes(b""),
    "tiny": lambda file: file.write_bytes(b"secret"),
    "huge": _huge,
    "directory": _directory,
    "pipe": _pipe,
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_a_key_file_is_refused(
    vault: Run, path: Path, tmp_path: Path, kind: str
) -> None:
    bad = tmp_path / "bad"
    BAD[kind](bad)
    before = path.read_bytes()
    for flags in (["passphrase", "--new-key-file", str(bad)], ["list", "--key-file", str(bad)]):
        done = vault(*flags)
        assert (done.status, done.out) == (3, ""), done.err
        assert "cannot be used" in done.err
    assert path.read_bytes() == before


def test_the_vault_is_not_its_own_key_file_and_nor_is_a_copy(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    before = path.read_bytes()
    for each in (path, link, path.with_name("vault.nkw.bak"), path.with_name("vault.nkw.lock")):
        done = vault("passphrase", "--new-key-file", str(each))
        assert done.status == 3, done.err
    assert path.read_bytes() == before


def test_a_key_file_that_is_gone_is_told_before_the_passphrase_is_asked_for(
    vault: Run, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vault("passphrase", "--new-key-file", str(key)).status == 0
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    done = vault("list")
    assert "no key file was named" in done.err
    key.unlink()
    assert "cannot be used" in vault("list", "--key-file", str(key)).err


# On a terminal


pexpect = pytest.importorskip("pexpect")


OnTerminal = Callable[..., tuple[Any, io.StringIO]]


@pytest.fixture
def on_a_terminal(at_terminal: AtTerminal) -> OnTerminal:
    """Start the wallet on a terminal: the process, and all that it shows there."""

    def start(path: Path, *arguments: str) -> tuple[Any, io.StringIO]:
        environment = {**os.environ}
        environment.pop("NKEY_WALLET_PASSPHRASE_FILE", None)
        child = at_terminal("--vault", str(path), *arguments, env=environment, dimensions=(50, 120))
        child.logfile_read = shown = io.StringIO()
        return child, shown

    return start


def test_on_a_terminal_the_code_counts_only_once_it_was_typed_back(
    vault: Run, path: Path, on_a_terminal: OnTerminal
) -> None:
    child, shown = on_a_terminal(path, "recovery")
    child.expect("Passphrase for")
    child.sendline(PASSPHRASE)
    child.expect(CODE.pattern)
    code = child.after
    child.expect("Type the code back")
    wrong = code[:6] + ("2" if code[6] != "2" else "3") + code[7:]
    child.sendline(wrong)
    child.expect("Group 2 .*Try again")
    child.expect("Type the code back")
    child.sendline(code.lower().replace("-", ""))
    child.expect("opens .* from now on")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert shown.getvalue().count(code) == 1, "it was shown once, and not as it was typed"
    assert ways_in(vault)["recovery"]


@pytest.mark.parametrize("answers", [["nothing of it"] * 3, ["\x03"]])
def test_a_code_that_is_not_typed_back_changes_nothing(
    vault: Run, path: Path, answers: list[str], on_a_terminal: OnTerminal
) -> None:
    before = path.read_bytes()
    child, _ = on_a_terminal(path, "recovery")
    child.expect("Passphrase for")
    child.sendline(PASSPHRASE)
    for answer in answers:
        child.expect("Type the code back")
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus in {2, 130}
    assert path.read_bytes() == before


def test_a_command_that_was_opened_by_a_typed_code_asks_for_a_new_passphrase(
    page: Path, vault: Run, path: Path, new: str, on_a_terminal: OnTerminal
) -> None:
    child, shown = on_a_terminal(path, "public", "billing", "--recovery-code-file", "-")
    child.expect("Recovery code")
    child.sendline(code_in(page))
    for prompt in ("New passphrase", "The same again"):
        child.expect(prompt)
        child.sendline(NEW)
    child.expect("\nU[A-Z0-9]{55}")
    child.close()
    assert code_in(page) not in shown.getvalue()
    assert vault("list", "--passphrase-file", new).status == 0


def test_the_code_is_replaced_by_the_code_once_a_new_passphrase_is_typed(
    page: Path,
    vault: Run,
    key: Path,
    path: Path,
    new: str,
    tmp_path: Path,
    on_a_terminal: OnTerminal,
) -> None:
    assert vault("passphrase", "--new-key-file", str(key)).status == 0
    to = tmp_path / "second.txt"
    flags = ("--to", str(to), "--recovery-code-file", str(page))
    child, _ = on_a_terminal(path, "recovery", *flags)
    child.expect("key file is not needed with the new passphrase")
    for prompt in ("New passphrase", "The same again"):
        child.expect(prompt)
        child.sendline(NEW)
    child.expect("key file of before is not needed any more")
    child.expect("type the current passphrase once more")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert vault("list", "--passphrase-file", new).status == 0
    assert vault("list", "--recovery-code-file", str(to)).status == 0
    assert vault("list", "--recovery-code-file", str(page)).status == 3


def test_a_code_in_the_place_of_its_file_is_not_repeated(page: Path, vault: Run) -> None:
    code = code_in(page)
    for given in (code, code.lower().replace("-", ""), code[:-1] + "!" + code[-1]):
        done = vault("list", "--recovery-code-file", given)
        assert done.status == 2
        assert given not in done.err
        assert "make another one" in done.err


class Interrupted(files.System):
    """Is interrupted by Ctrl+C just behind the rename that puts a save in its place."""

    def replace(self, old: Path, new: Path) -> None:
        super().replace(old, new)
        if new.name == "vault.nkw":
            raise KeyboardInterrupt


def test_a_page_stays_where_an_interruption_came_after_its_code_was_in_force(
    page: Path, vault: Run, tmp_path: Path, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code of before opens nothing any more: without the page there would be none."""
    other = tmp_path / "other.txt"
    with monkeypatch.context() as patch:
        patch.setattr(files, "system", Interrupted())
        done = vault("recovery", "--to", str(other))
    assert done.status == 130
    assert str(other) in done.err
    assert "opens the vault" in done.err
    flags = ("--new-passphrase-file", new)
    assert vault("passphrase", "--recovery-code-file", str(page), *flags).status == 3
    done = vault("passphrase", "--recovery-code-file", str(other), *flags)
    assert done.status == 0, done.err
