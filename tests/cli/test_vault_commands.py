"""`init`, where the passphrase comes from, and what the exit codes say."""

from __future__ import annotations

import io
import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, AtTerminal, Run
from tests.cli.forks import Forks

pexpect = pytest.importorskip("pexpect")


def test_init_makes_a_vault_that_only_its_owner_can_read(run: Run, tmp_path: Path) -> None:
    done = run("init", "--cost", "light")
    path = tmp_path / "keys" / "vault.nkw"
    assert done.status == 0, done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_copy_of_the_vault_goes_to_no_file_called_like_standard_output(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = vault("backup", "-")
    assert done.status == 2
    assert "goes to a file" in done.err
    assert not (tmp_path / "-").exists()


def test_what_stands_in_the_place_of_the_backup_is_named(vault: Run, tmp_path: Path) -> None:
    backup = tmp_path / "keys" / "vault.nkw.bak"
    backup.unlink(missing_ok=True)
    backup.mkdir()
    done = vault("new", "server", "other")
    assert done.status == 3
    assert f"the directory {backup} stands in the way" in done.err


def test_init_never_overwrites_a_vault(vault: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.nkw"
    before = path.read_bytes()
    done = vault("init")
    assert done.status == 3
    assert "already" in done.err
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
@pytest.mark.parametrize("kind", ["directory", "text", "pipe", "link that leads nowhere"])
def test_init_calls_nothing_a_vault_that_is_none(run: Run, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "directory":
        place.mkdir()
    elif kind == "text":
        place.write_text("mine")
    elif sys.platform != "win32" and kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(tmp_path / "nowhere")
    done = run("init", "--vault", str(place))
    assert done.status == 3
    assert "There is a vault" not in done.err
    assert "left as it is" in done.err


@pytest.mark.parametrize("weak", ["short", "password1234567", "a" * 20])
def test_init_refuses_a_weak_passphrase_with_a_reason(run: Run, tmp_path: Path, weak: str) -> None:
    (tmp_path / "passphrase").write_text(weak, encoding="utf-8")
    done = run("init", "--cost", "light")
    assert done.status == 2
    assert weak not in done.err
    assert not (tmp_path / "keys" / "vault.nkw").exists()


def test_without_a_vault_every_command_says_how_to_make_one(run: Run) -> None:
    done = run("list")
    assert done.status == 3
    assert "init" in done.err


def test_a_wrong_passphrase_is_said_to_be_just_that(vault: Run, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("another passphrase entirely", encoding="utf-8")
    done = vault("list")
    assert (done.status, done.out) == (3, "")
    assert "passphrase" in done.err
    assert "another" not in done.err


def test_flags_may_stand_before_or_after_the_command(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NKEY_WALLET_VAULT")
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    flags = ["--vault", str(tmp_path / "keys" / "vault.nkw")]
    flags += ["--passphrase-file", str(tmp_path / "passphrase")]
    assert vault(*flags, "public", "billing").out == vault("public", "billing", *flags).out
    assert vault("public", *flags, "billing").out.startswith("U")


def test_a_missing_passphrase_file_is_named(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", str(tmp_path / "nowhere"))
    done = vault("list")
    assert done.status == 2
    assert "nowhere" in done.err


@pytest.mark.parametrize("content", ["", "\n", "two\nlines of it", "x" * 5000])
def test_a_passphrase_file_with_something_else_in_it_is_refused(
    vault: Run, tmp_path: Path, content: str
) -> None:
    (tmp_path / "passphrase").write_text(content, encoding="utf-8")
    done = vault("list")
    assert done.status == 2
    assert "passphrase file" in done.err


def command(tmp_path: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "wallet", *words(tmp_path, *arguments)]


def words(tmp_path: Path, *arguments: str) -> list[str]:
    return ["--vault", str(tmp_path / "v" / "v.nkw"), *arguments]


def test_the_passphrase_is_read_from_standard_input(tmp_path: Path, forks: Forks) -> None:
    for arguments in (["init", "--cost", "light"], ["new", "user", "me"], ["public", "me"]):
        done = subprocess.run(
            forks.command(*words(tmp_path, *arguments, "--passphrase-file", "-")),
            input=PASSPHRASE + "\r\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("U")


def test_without_a_terminal_or_a_file_the_way_to_give_a_passphrase_is_told(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        command(tmp_path, "init"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--passphrase-file" in done.stderr


def test_on_a_terminal_the_passphrase_is_asked_twice_and_never_shown(tmp_path: Path) -> None:
    program, *arguments = command(tmp_path, "init", "--cost", "light")
    child = pexpect.spawn(program, arguments, encoding="utf-8", timeout=60)
    child.logfile_read = shown = io.StringIO()  # `before` is only what came after the last match
    for prompt in ("New passphrase", "same again"):
        child.expect(prompt)
        assert not child.getecho(), "it stops before it is asked for"
        child.sendline(PASSPHRASE)
    child.expect("Made")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    program, *arguments = command(tmp_path, "list")
    child = pexpect.spawn(program, arguments, encoding="utf-8", timeout=60)
    child.logfile_read = shown
    child.expect("Passphrase for")
    assert not child.getecho()
    child.sendline(PASSPHRASE)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "Passphrase for" in shown.getvalue()
    assert PASSPHRASE not in shown.getvalue()


def test_two_different_passphrases_make_no_vault(tmp_path: Path, at_terminal: AtTerminal) -> None:
    child = at_terminal(*words(tmp_path, "init", "--cost", "light"))
    for _ in range(3):
        child.expect("New passphrase")
        child.sendline(PASSPHRASE)
        child.expect("same again")
        child.sendline("something different")
        child.expect("not the same")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert not (tmp_path / "v" / "v.nkw").exists()


def test_ctrl_c_at_the_passphrase_leaves_with_130_and_a_working_terminal(
    tmp_path: Path, at_terminal: AtTerminal
) -> None:
    child = at_terminal(*words(tmp_path, "init"))
    child.expect("New passphrase")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_a_generated_passphrase_is_offered_and_opens_the_vault(
    tmp_path: Path, at_terminal: AtTerminal
) -> None:
    child = at_terminal(*words(tmp_path, "init", "--cost", "light"))
    child.expect("New passphrase")
    child.sendline("")
    child.expect(r"write down now:\s+(\S.*?)\r\n")
    assert isinstance(child.match, re.Match)
    generated = child.match.group(1)
    child.expect("same again")
    child.sendline(generated)
    child.expect("Made")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_no_command_but_the_app_loads_textual(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from wallet.cli import main; main(['list']); "
            "print(any(m.split('.')[0] == 'textual' for m in sys.modules))",
        ],
        env={**os.environ, "NKEY_WALLET_VAULT": str(tmp_path / "none.nkw")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "False"


def test_the_app_refuses_to_start_without_a_terminal(tmp_path: Path) -> None:
    for arguments in ([], ["demo"]):
        done = subprocess.run(
            command(tmp_path, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "terminal" in done.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    line = " ".join([*command(tmp_path, "--help"), "|", "true"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [["nonsense"], ["new"], ["new", "bird"], ["test", "x"]])
def test_what_is_not_understood_exits_with_2(run: Run, wrong: list[str]) -> None:
    assert run(*wrong).status == 2


def test_init_says_that_a_backup_is_there_and_makes_nothing(vault: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.nkw"
    path.unlink()
    before = sorted(path.parent.iterdir())
    done = vault("init", "--cost", "light")
    assert done.status == 3
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", done.err)
    assert f"nkey-wallet restore {path}.bak" in done.err
    assert "nkey-wallet init --keep-aside" in done.err
    assert sorted(path.parent.iterdir()) == before


def test_what_init_says_of_a_backup_helps(vault: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.nkw"
    path.unlink()
    assert "restore" in vault("list").err  # and so does whatever needs the vault
    assert vault("restore", f"{path}.bak", "--yes").status == 0
    assert "billing" in vault("list").out


def test_init_prints_a_command_that_starts_anew_for_a_vault_that_was_named(
    vault: Run, tmp_path: Path
) -> None:
    path = tmp_path / "keys" / "vault.nkw"
    path.unlink()
    told = vault("--vault", str(path), "init").err
    printed = re.findall(r"`nkey-wallet (init [^`]*)`", told)
    assert len(printed) == 1
    assert vault(*shlex.split(printed[0]), "--cost", "light").status == 0
    assert list(path.parent.glob("*.aside.bak"))


def test_init_starts_anew_and_keeps_a_backup_aside(vault: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.nkw"
    path.unlink()
    content = Path(f"{path}.bak").read_bytes()
    done = vault("init", "--cost", "light", "--keep-aside")
    assert done.status == 0
    (aside,) = path.parent.glob("*.aside.bak")
    assert str(aside) in done.err
    assert aside.read_bytes() == content
    for number in range(3):
        assert vault("new", "user", f"u{number}").status == 0
    assert aside.read_bytes() == content


@pytest.mark.parametrize("command", [["list"], ["init", "--cost", "light"], ["show", "x"]])
def test_an_old_sqlite_is_told_before_a_passphrase_is_asked_for(
    vault: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Simulated: `sqlite3` says that it is older than it is."""
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", "/nowhere")
    if command[0] == "init":
        monkeypatch.setenv("NKEY_WALLET_VAULT", "/nowhere/vault.nkw")
    done = vault(*command)
    assert done.status == 3
    assert "SQLite" in done.err
    assert "estore" not in done.err


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o644, True), (0o640, True)])
def test_a_passphrase_file_that_others_can_read_is_told(
    vault: Run, monkeypatch: pytest.MonkeyPatch, mode: int, told: bool
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        file = Path(directory) / "pass phrase"
        file.write_text(PASSPHRASE)
        file.chmod(mode)
        monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", str(file))
        done = vault("list")
        assert done.status == 0
        assert ("may read the passphrase file" in done.err) is told
        if told:
            assert f"chmod 600 '{file}'" in done.err
            Path(directory).chmod(0o700)  # nobody else comes so far
            assert vault("list").err == ""
