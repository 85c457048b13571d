"""Completions and the manual are those of today's commands, and shells take them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet.cli.commands import COMMANDS
from wallet.cli.completions import FILES

completions = pytest.importorskip("tests.completions")


def test_they_are_those_of_the_commands_as_they_are() -> None:
    for name, text in completions.texts().items():
        shipped = (completions.DIRECTORY / name).read_text(encoding="utf-8")
        # Pythons differ in where they break the lines of a usage.
        assert shipped.split() == text.split(), "write it anew: python -m tests.completions"


@pytest.mark.parametrize("shell", FILES)
def test_each_shell_gets_its_text(run: Run, shell: str) -> None:
    done = run("completions", shell)
    assert (done.status, done.err) == (0, "")
    for command in COMMANDS:
        assert command.name in done.out


def completed(shell: str, script: str, tmp_path: Path, run: Run) -> set[str]:
    """The words that a shell offers after running a script that has the completions in `$1`."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    file = tmp_path / FILES[shell]
    file.write_text(run("completions", shell).out, encoding="utf-8")
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *flags, "-c", script, *([] if shell == "fish" else ["-"]), str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return set(done.stdout.split())


BASH = """
source "$1"
complete -p nkey-wallet >/dev/null || exit 1
COMP_WORDS=({words}) COMP_CWORD={last}
function="$(complete -p nkey-wallet | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
"$function" nkey-wallet "${{COMP_WORDS[$COMP_CWORD]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("nkey-wallet rota", {"rotate", "rotations"}),
        ("nkey-wallet new us", {"user"}),
        ("nkey-wallet test --creds", {"--creds-only"}),
        ("nkey-wallet rotate --as le", {"leaked"}),
        ("nkey-wallet backup vau", {"vault.nkw"}),
    ],
)
def test_bash_offers_commands_kinds_flags_and_files(
    run: Run, tmp_path: Path, typed: str, offered: set[str]
) -> None:
    (tmp_path / "vault.nkw").touch()
    script = BASH.format(words=typed, last=len(typed.split()) - 1)
    assert completed("bash", script, tmp_path, run) == offered


def test_fish_offers_commands_and_kinds(run: Run, tmp_path: Path) -> None:
    script = 'source $argv[1]; complete -C "nkey-wallet rota"; complete -C "nkey-wallet new us"'
    assert {"rotate", "rotations", "user"} <= completed("fish", script, tmp_path, run)


def test_zsh_takes_its_text(run: Run, tmp_path: Path) -> None:
    script = (
        'fpath=("${1:h}" $fpath); autoload -U compinit && compinit -u -D; zsh -n "$1" && '
        "autoload -U +X _nkey-wallet && print $_comps[nkey-wallet]"
    )
    assert completed("zsh", script, tmp_path, run) == {"_nkey-wallet"}


def test_the_manual_is_one_and_tells_every_command() -> None:
    manual = completions.DIRECTORY / completions.MANUAL
    text = manual.read_text(encoding="utf-8").replace("\\-", "-")
    for command in COMMANDS:
        assert f"nkey-wallet {command.name}" in text
    if shutil.which("mandoc") is None:
        pytest.skip("there is no mandoc here")
    subprocess.run(["mandoc", "-T", "utf8", "-W", "error", str(manual)], check=True, timeout=60)
