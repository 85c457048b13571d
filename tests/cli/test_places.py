"""Where the vault is looked for: no permission, no home, `~`, another user, no environment."""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.tools import tool
from wallet.cli import argument_parser
from wallet.cli.arguments import FILE

pexpect = pytest.importorskip("pexpect")
SEED = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU"  # a published vector
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX users and modes")
NOBODY = "54321"  # a number that no list of users knows


def as_nobody(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The wallet as a user whom the system does not know, with an environment of its own."""
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return subprocess.run(
        [*prefix, *python(), "-m", "wallet", *arguments],
        env={"PYTHONPATH": path_of_modules(), **variables},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@cache
def python() -> list[str]:
    """This Python, or a copy of it where another user may not come to where it is installed."""
    own = [os.path.realpath(sys.executable)]
    return own if _runs_for_nobody(own) else _copied_python()


def _runs_for_nobody(python: list[str]) -> bool:
    tried = subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", *python, "-c", "import encodings, textual"],
        env={"PYTHONPATH": path_of_modules()},
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def _copied_python() -> list[str]:
    place = Path(tempfile.mkdtemp(prefix="nkey-wallet-python-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    program = str(shutil.copy(os.path.realpath(sys.executable), place))
    library = Path(sysconfig.get_path("stdlib"))
    left_out = shutil.ignore_patterns("site-packages", "test", "config-*", "idlelib", "*.pyc.*")
    shutil.copytree(library, place / "lib" / library.name, ignore=left_out)
    for shared in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        shutil.copy(shared, place / "lib")
    _open_for_all(place)
    return ["env", f"PYTHONHOME={place}", f"LD_LIBRARY_PATH={place / 'lib'}", program]


def _open_for_all(place: Path) -> None:
    for directory, _, files in os.walk(place):
        Path(directory).chmod(0o755)
        for file in files:
            path = Path(directory, file)
            path.chmod(path.stat().st_mode | 0o444)


def path_of_modules() -> str:
    return os.pathsep.join([str(_copied()), *(p for p in sys.path if "site-packages" in p)])


@cache
def _copied() -> Path:
    """A copy of the wallet where any user may read it; where the checkout lies it may be closed.

    With what is compiled of it: who may not write there would compile all of it at each start.
    """
    place = Path(tempfile.mkdtemp(prefix="nkey-wallet-copied-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    shutil.copytree(ROOT / "wallet", place / "wallet", ignore=shutil.ignore_patterns("*.pyc.*"))
    _open_for_all(place)
    return place


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that another user may write; needs root."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("another user can only be tried as root, with setpriv")
    if not _runs_for_nobody(python()):
        pytest.skip("another user cannot run this Python")
    with tempfile.TemporaryDirectory() as made:  # pytest's own are closed to others
        place = Path(made)
        place.chmod(0o777)
        yield place


@pytest.mark.slow
def test_without_home_locale_or_user_a_named_vault_suffices(open_place: Path) -> None:
    (open_place / "passphrase").write_text("seven llamas paint quiet bridges\n", encoding="utf-8")
    named = ["--vault", "here.nkw", "--passphrase-file", "passphrase"]
    for arguments in (
        ["init", "--cost", "light"],
        ["new", "operator", "acme"],
        ["new", "account", "orders", "--under", "acme"],
        ["list", "--json"],
        ["config", "--for", "operator"],
    ):
        done = as_nobody(*arguments, *named, cwd=open_place)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    assert sorted(
        file.name for file in open_place.iterdir() if not file.name.startswith("here")
    ) == ["passphrase"], "something was made in a directory called ~"


def test_without_a_home_and_a_vault_named_one_sentence_says_what_is_missing(
    open_place: Path,
) -> None:
    for arguments in (["list"], ["init"], ["passphrase"], ["backups"]):
        done = as_nobody(*arguments, cwd=open_place)
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("\n") == 1
        assert "--vault" in done.stderr
    assert list(open_place.iterdir()) == []


def test_a_home_that_is_not_ours_is_one_sentence(open_place: Path) -> None:
    done = as_nobody("init", "--passphrase-file", "/dev/null", cwd=open_place, HOME="/")
    assert done.returncode in {2, 3}
    assert "Traceback" not in done.stderr
    home = open_place / "home"
    home.mkdir(mode=0o700)
    done = as_nobody("list", cwd=open_place, HOME=str(home))
    assert done.returncode == 3
    assert "not allow" in done.stderr
    assert "no vault" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [["list"], ["init"], ["passphrase"], ["backups"], ["restore", "x", "--yes"]]
)
def test_a_directory_that_may_not_be_read_is_not_an_absent_vault(
    open_place: Path, arguments: list[str]
) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    (closed / "vault.nkw").write_bytes(b"x")
    (open_place / "pw").write_text("seven llamas paint quiet bridges\n", encoding="utf-8")
    done = as_nobody(
        *arguments,
        cwd=open_place,
        NKEY_WALLET_VAULT=str(closed / "vault.nkw"),
        NKEY_WALLET_PASSPHRASE_FILE="pw",
    )
    assert done.returncode == 3, done.stderr
    assert "not allow" in done.stderr
    assert "init" not in done.stderr


def test_the_app_does_not_offer_a_new_vault_where_it_may_not_look(open_place: Path) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    child = pexpect.spawn(
        "setpriv",
        [f"--reuid={NOBODY}", *python(), "-m", "wallet", "--vault", str(closed / "v.nkw")],
        env={"PYTHONPATH": path_of_modules(), "TERM": "xterm"},
        cwd=str(open_place),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3
    assert "not allow" in str(child.before)


def test_a_home_is_written_alike_in_every_flag_and_variable(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir("/")
    monkeypatch.setenv("NKEY_WALLET_VAULT", "~/keys/vault.nkw")
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", "~/passphrase")
    for arguments in (
        ["list"],
        ["export", "billing", "--as", "creds", "--to", "~/billing.creds"],
        ["import", "~/billing.creds", "--dry-run"],
        ["backup", "~/copy.nkw"],
    ):
        done = vault(*arguments)
        assert done.status == 0, (arguments, done.err)
    monkeypatch.delenv("NKEY_WALLET_VAULT")
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    named = ["--vault", "~/keys/vault.nkw", "--passphrase-file", "~/passphrase"]
    for arguments in (["list"], ["new", "server", "n9"], ["public", "n9"]):
        assert vault(*arguments, *named).status == 0
    assert (tmp_path / "billing.creds").exists()


def test_every_argument_that_names_a_file_is_read_in_the_one_manner() -> None:
    def looked_at(found: argparse.ArgumentParser) -> list[argparse.Action]:
        actions = []
        for action in found._actions:
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    below.declare()
                    actions += looked_at(below)
            else:
                actions.append(action)
        return actions

    files = [
        action
        for action in looked_at(argument_parser.build())
        if action.metavar in {"FILE", "PATH", "DIRECTORY", "PLACE"} and action.dest != "under"
    ]
    assert len(files) > 10
    assert not [action.dest for action in files if action.type not in {Path, FILE}]


@pytest.mark.slow
def test_the_demo_runs_for_a_user_without_home_locale_or_terminal_size(open_place: Path) -> None:
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    again = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    # The demo starts this Python once more: where only root may, root is who tries it.
    tried = subprocess.run([*other, *python(), "-c", again], capture_output=True, check=False)
    program, *arguments = [*([] if tried.returncode else other), *python(), "-m", "wallet", "demo"]
    child = pexpect.spawn(
        program,
        arguments,
        env={
            "PYTHONPATH": path_of_modules(),
            "PATH": os.pathsep.join([str(Path(tool("nats-server")).parent), os.environ["PATH"]]),
            "TMPDIR": str(open_place),
        },
        cwd=str(open_place),
        encoding="utf-8",
        codec_errors="replace",
        dimensions=(0, 0),
        timeout=60,
    )
    child.expect("billing")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert list(open_place.iterdir()) == []


def test_an_unknown_person_s_home_is_one_sentence(run: Run) -> None:
    done = run("list", "--vault", "~nobody-of-that-name/vault.nkw")
    assert done.status == 2
    assert "~nobody-of-that-name" in done.err


@pytest.mark.parametrize(
    "words",
    [["import", ""], ["scan", ""], ["list", "--vault", ""], ["list", "--passphrase-file", ""]],
)
def test_an_empty_path_is_not_the_current_directory(
    vault: Run, open_place: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_place)
    (open_place / "lost.nk").write_text(SEED)
    done = vault(*words)
    assert done.status == 2
    assert "A path is empty" in done.err
    assert "lost" not in vault("list").out


def test_what_is_remembered_is_for_its_owner_alone(vault: Run, empty_home: Path) -> None:
    state = empty_home / ".local" / "state" / "nkey-wallet"
    assert vault("new", "server", "n7").status == 0
    for directory in (state, state / "seen"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        directory.chmod(0o755)  # as earlier versions made them
    assert vault("new", "server", "n8").status == 0
    for directory in (state, state / "seen"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
