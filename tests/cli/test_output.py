"""What reaches the terminal, and what is said when nothing reaches anybody."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import wallet
from tests.cli.conftest import AtTerminal, Run
from tests.cli.forks import Forks
from wallet.cli import output

pexpect = pytest.importorskip("pexpect")

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX shells and devices")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b2J\u202eall is well"


STARTED = (sys.executable, "-m", "wallet")
"""The wallet as a program of its own; of what is tried in many ways, one is."""


def shell(
    line: str, program: Sequence[str] = STARTED, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A line for bash, in which `wallet` is the command."""
    return subprocess.run(
        ["bash", "-c", f'wallet() {{ {shlex.join(program)} "$@"; }}; {line}'],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=120,
    )


def on_a_terminal(
    *arguments: str, program: Sequence[str] = STARTED, **variables: str
) -> tuple[str, int]:
    """All that the command writes to a real pseudo-terminal, and its exit code."""
    child = pexpect.spawn(
        program[0],
        [*program[1:], *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **variables},
        encoding="utf-8",
        codec_errors="surrogateescape",
        timeout=120,
        dimensions=(24, 200),
    )
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before), int(child.exitstatus if child.exitstatus is not None else -1)


def is_safe(text: str) -> bool:
    """Whether a terminal obeys nothing in it, our own colours apart: of signs that a line begins
    with, and of states that it ends with.
    """
    text = re.sub(r"^( *)\x1b\[3[123]m([✓✗!?])\x1b\[39m ", r"\1\2 ", text, flags=re.MULTILINE)
    states = r"  \x1b\[(?:31|33|2)m([⊘○–◔✗↻◌↑?] [a-z0-9 ↑?–]+)\x1b\[(?:39|22)m(?=\r?$)"
    text = re.sub(states, r"  \1", text, flags=re.MULTILINE)
    return not any((c < " " and c not in "\r\n") or "\x7f" <= c <= "\x9f" for c in text) and (
        "\u202e" not in text
    )


# --- one way out ------------------------------------------------------------------------------


def test_only_one_module_of_the_command_line_writes_to_the_terminal() -> None:
    package = Path(wallet.__file__).parent
    found = []
    # The last is a program of its own, whose standard output is a pipe to the wallet.
    allowed = {"cli/output.py", "system/terminal.py", "system/keeper.py"}
    for file in sorted(package.rglob("*.py")):
        where = file.relative_to(package).as_posix()
        if where in allowed or where.startswith("app/"):
            continue
        text = file.read_text(encoding="utf-8")
        if not re.search(r"print|stdout|stderr", text):  # to parse all takes a second
            continue
        for node in ast.walk(ast.parse(text)):
            printed = isinstance(node, ast.Name) and node.id == "print"
            stream = (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "sys"
                and node.attr in {"stdout", "stderr", "__stdout__", "__stderr__"}
            )
            if (printed or stream) and isinstance(node, ast.expr):
                found.append(f"{where}:{node.lineno}")
    assert not [place for place in found if not _looks_only(package / place)], found


def _looks_only(place: Path) -> bool:
    """Whether the line only asks what standard output is."""
    name, _, number = str(place).rpartition(":")
    line = Path(name).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    return ".isatty()" in line or "file is sys.stderr" in line


HOSTILE = ["list", "--vault", f"/nowhere/{ESCAPE}"]


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        HOSTILE,
        ["list", "--passphrase-file", f"/nowhere/{ESCAPE}"],
        ["show", ESCAPE],
        ["list", f"--{ESCAPE}"],
        ["new", ESCAPE],
        [ESCAPE],
        ["new", "user", ESCAPE],
        ["new", "user", "x", "--under", ESCAPE],
        ["import", f"/nowhere/{ESCAPE}"],
        ["inspect", ESCAPE],
        ["inspect", f"U{ESCAPE}"],
        ["test", "billing", "--server", ESCAPE],
        ["test", "--config", f"/nowhere/{ESCAPE}"],
        ["servers", "add", ESCAPE, "--url", "nats://localhost"],
        ["export", "billing", "--as", "creds", "--to", f"/dev/null/{ESCAPE}"],
        ["edit", "billing", "--claims", f"/nowhere/{ESCAPE}"],
        ["edit", "billing", "--expires", ESCAPE],
        ["config", ESCAPE, "--for", "server"],
    ],
)
def test_no_argument_comes_back_as_a_command_to_the_terminal(
    vault: Run, forks: Forks, arguments: list[str]
) -> None:
    program = STARTED if arguments is HOSTILE else forks.command()
    text, status = on_a_terminal(*arguments, program=program)
    assert is_safe(text), repr(text)
    assert status in {1, 2, 3, 4}, text


@posix
def test_a_path_in_a_variable_is_made_safe_in_prompts_and_errors(
    vault: Run, tmp_path: Path
) -> None:
    hostile = tmp_path / "a\x1b[2Jb"
    hostile.mkdir()
    (tmp_path / "keys" / "vault.nkw").rename(hostile / "vault.nkw")
    variables = {"NKEY_WALLET_VAULT": str(hostile / "vault.nkw")}
    text, status = on_a_terminal("list", **variables)
    assert is_safe(text)
    assert status == 0
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wallet", "list"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables, "NKEY_WALLET_PASSPHRASE_FILE": ""},
        encoding="utf-8",
        timeout=60,
    )
    child.expect("Passphrase for .*: ")
    assert is_safe(child.before + child.after)
    child.sendintr()
    child.expect(pexpect.EOF)
    assert is_safe(child.before)


@pytest.mark.slow
@posix
def test_names_in_a_hostile_vault_are_shown_without_what_a_terminal_obeys(
    vault: Run, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Our own writer refuses such a name: somebody else's program need not.
    from wallet.secrets.passphrase import Passphrase
    from wallet.vault.vault import Vault

    passphrase = (tmp_path / "passphrase").read_bytes().strip()
    with (
        Passphrase(bytearray(passphrase)) as typed,
        Vault.unlock(tmp_path / "keys" / "vault.nkw", typed) as opened,
        opened.change() as records,
        records.database.question() as sql,
    ):
        sql.execute("UPDATE keys SET name = ? WHERE name = 'billing'", [f"bill\x1b[2J{ESCAPE}"])
    public = json.loads(vault("list", "--json", "--kind", "user").out)[0]["public"]
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["show", public],
        ["show", public, "--json"],
        ["rename", public, "x"],
        ["jwt", public, "--json"],
        ["config", public, "--for", "server"],
        ["config", public, "--for", "go"],
        ["revoke", public],
        ["test", public, "--server", "nats://127.0.0.1:1"],
        ["edit", public, "--limit", "nothing=1"],
        ["seed", public, "--yes"],
        ["new", "user", "x", "--under", public],
    ):
        program = STARTED if arguments == ["list"] else forks.command()
        text, _ = on_a_terminal(*arguments, program=program)
        assert is_safe(text), (arguments, text)


def test_json_keeps_every_character_and_holds_none_that_a_terminal_obeys(
    capfd: pytest.CaptureFixture[str],
) -> None:
    value = {"name": f"{ESCAPE}\x7f\x85\u2028\ue000\U000e0001 日本語 ✓", "lone": "\ud800"}
    output.prepare()
    output.as_json(value)
    output.results.flush()
    text = capfd.readouterr().out
    assert json.loads(text) == value
    assert is_safe(text)
    assert "日本語 ✓" in text


@pytest.mark.parametrize("values", [
    [],
    [{}],
    [{"tags": [], "name": "a[b"}, {"tags": ["x", "y"], "name": f"{ESCAPE}\x7f\ud800 日本語"}],
    [{"name": "{}[]\n"}, {"deep": {"within": [1, {"list": [[]]}]}, "none": None, "yes": True}],
    [{"number": number, "tags": ["t"] * (number % 3)} for number in range(2501)],
])  # fmt: skip
def test_many_objects_are_written_by_pieces_as_one_list_is(
    values: list[dict[str, object]], capfd: pytest.CaptureFixture[str]
) -> None:
    output.prepare()
    output.as_json(values)
    output.results.flush()
    whole = capfd.readouterr().out
    output.all_as_json(values, dict)
    output.results.flush()
    assert capfd.readouterr().out == whole
    assert is_safe(whole)


def test_columns_line_up_by_their_width_on_screen(capfd: pytest.CaptureFixture[str]) -> None:
    output.prepare()
    output.columns([("日本語", "a"), ("abc", "b"), ("e\u0301", "c")])
    output.results.flush()
    assert capfd.readouterr().out == "日本語  a\nabc     b\ne\u0301       c\n"


# --- nobody listens ---------------------------------------------------------------------------

RESULTS = ["list", "list --json", "config --for operator", "jwt acme", "--help", "--version"]


def program_for(arguments: str, forks: Forks) -> Sequence[str]:
    """The first result comes from a program of its own, the others from one that is forked."""
    return STARTED if arguments == RESULTS[0] else forks.command()


@posix
@full
@pytest.mark.parametrize("arguments", [*RESULTS, "public billing", "inspect UABC", "seed n1 --yes"])
def test_a_full_disk_behind_standard_output_is_one_sentence_and_74(
    vault: Run, forks: Forks, arguments: str
) -> None:
    done = shell(f"wallet {arguments} > /dev/full", program_for(arguments, forks))
    assert done.returncode == 74
    said = done.stderr.strip().splitlines()[-1]
    assert said == "nkey-wallet: The output could not be written: No space left on device."
    assert "Traceback" not in done.stderr


@posix
@pytest.mark.parametrize("arguments", [*RESULTS, "public billing"])
def test_a_closed_standard_output_is_one_sentence_and_74(
    vault: Run, forks: Forks, arguments: str
) -> None:
    done = shell(f"wallet {arguments} >&-", program_for(arguments, forks))
    assert done.returncode == 74
    assert done.stderr == "nkey-wallet: The output could not be written: it is closed.\n"


@posix
@pytest.mark.parametrize("streams", ["<&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_streams_neither_stop_a_command_nor_get_into_a_file(
    vault: Run, forks: Forks, tmp_path: Path, streams: str
) -> None:
    done = shell(f"wallet new user closed {streams}")
    assert done.returncode == (74 if ">&- 2" in streams else 0), done.stderr
    assert vault("public", "closed").status == 0
    forked = forks.command()
    assert shell(f"wallet list --vault {tmp_path}/none {streams}", forked).returncode == 3
    assert shell(f"wallet nonsense {streams}", forked).returncode == 2
    assert shell(f"wallet seed n1 {streams} </dev/null", forked).returncode == 2


@pytest.mark.slow
@posix
def test_the_answer_stands_when_its_reader_has_left(vault: Run, forks: Forks) -> None:
    for arguments, status in (
        ("list", 0),
        ("list --json", 0),
        ("test billing --server nats://127.0.0.1:1", 1),
        ("test billing --server nats://127.0.0.1:1 --json", 1),
        ("test acme --server nats://127.0.0.1:1", 1),
        ("inspect UABC", 1),
        ("show nobody", 4),
    ):
        # The reader leaves before the first word, and is known to have left.
        line = f"(sleep 0.3; wallet {arguments}; echo $? >&3) 3>&2 | true"
        done = shell(line, program_for(arguments, forks))
        assert done.stderr.strip().splitlines()[-1] == str(status), (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        assert "BrokenPipe" not in done.stderr


@posix
@full
def test_no_vault_is_made_with_a_passphrase_that_nobody_could_read(tmp_path: Path) -> None:
    child = pexpect.spawn(
        "bash",
        ["-c", f'"{sys.executable}" -m wallet init --cost light 2>/dev/full'],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NKEY_WALLET_VAULT": str(tmp_path / "v.nkw")},
        encoding="utf-8",
        timeout=60,
    )
    child.expect("New passphrase")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 74
    assert not (tmp_path / "v.nkw").exists()


# --- wherever it is no terminal: UTF-8 and \n ---------------------------------------------------


@posix
@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "utf-16"},
    ],
)
def test_what_is_piped_is_utf_8_whatever_the_locale_says(
    vault: Run, forks: Forks, locale: dict[str, str]
) -> None:
    assert vault("new", "user", "Zoë-日本", "--under", "acme/orders").status == 0
    assert vault("config", "--for", "operator").status == 0  # takes the mark of what is unwritten
    plainly = shell("wallet list --json; wallet config --for operator", forks.command())
    there = shell("wallet list --json; wallet config --for operator", **locale)
    assert "Zoë-日本" in plainly.stdout
    assert there.stdout == plainly.stdout
    assert "\r" not in there.stdout


def test_line_ends_are_newlines_on_windows_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Simulated: a stream as Windows' Python makes it, cp1252 and CRLF."""
    file = tmp_path / "out"
    with file.open("w", encoding="cp1252", newline="\r\n") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        output.prepare()
        output.exact("a: ✓\nb\n")
        output.say("c\nd")
        assert output.finish(0) == 0
    assert file.read_bytes() == "a: ✓\nb\nc\nd\n".encode()


def test_a_reader_that_left_on_windows_is_known_by_its_own_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Simulated: there, writing to a pipe without a reader is EINVAL."""

    class Left:
        encoding = "utf-8"

        def isatty(self) -> bool:
            return False

        def write(self, _text: str) -> None:
            raise OSError(22, "Invalid argument")

        def fileno(self) -> int:
            raise ValueError

        def flush(self) -> None: ...

    written: Any = Left()
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setattr(sys, "platform", "win32")
    output.prepare()
    output.say("anything")
    assert output.finish(1) == 1


def coloured(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """What a terminal is sent for a report, under variables of the environment."""
    pty = pytest.importorskip("pty")
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    main, replica = pty.openpty()
    with open(replica, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        output.prepare()
        output.say("✓ done\n  ✗ not done\nneither ✓ nor ✗\x1b[35m")
        output.columns([("!", "a ✓ b"), ("–", "c")])
        output.finish(0)
    shown = b""
    with open(main, "rb", buffering=0) as screen, suppress(OSError):  # EIO: all was read
        while part := screen.read(4096):
            shown += part
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_signs_before_results_are_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = coloured(monkeypatch)
    assert "\x1b[32m✓\x1b[39m done" in shown
    assert "  \x1b[31m✗\x1b[39m not done" in shown
    assert "neither ✓ nor ✗\ufffd[35m" in shown, (
        "what stands in a text has no colour, and gets none"
    )
    assert "\x1b[33m!\x1b[39m  a ✓ b" in shown
    assert shown.count("\x1b") == 6


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_nobody_who_wants_none_gets_colours(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    shown = coloured(monkeypatch, **variables)
    assert "✓ done" in shown
    assert "\x1b" not in shown


def test_a_file_gets_no_colours(vault: Run) -> None:
    done = vault("check")
    assert done.out.startswith("✓ ")


@pytest.mark.slow
@posix
def test_work_without_a_count_says_after_a_second_for_how_long_it_goes_on(
    vault: Run, at_terminal: AtTerminal
) -> None:
    child = at_terminal("new", "user", "many", "--under", "acme/orders", "--count", "40000")
    child.expect(r"\r\x1b\[KMaking 40,000 keys: [1-9]\d* s")
    child.sendintr()
    child.expect("nothing half done is kept")
    child.expect(pexpect.EOF)
    assert len(vault("list").out.splitlines()) == 5


@posix
@full
@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ("creds billing", "billing"),
        ("jwt billing", "billing"),
        ("export billing --as creds --to -", "billing"),
        ("config --for operator", "acme/orders"),
    ],
)
def test_what_a_full_disk_has_not_taken_does_not_count_as_written(
    vault: Run, forks: Forks, arguments: str, key: str
) -> None:
    vault("edit", "billing", "--expires", "80d")
    vault("revoke", "n1")
    assert vault("show", key, "--json").json()["unwritten"]
    program = STARTED if arguments == "creds billing" else forks.command()
    assert shell(f"wallet {arguments} > /dev/full", program).returncode == 74
    assert vault("show", key, "--json").json()["unwritten"]
    assert shell(f"wallet {arguments} > /dev/null", forks.command()).returncode == 0
    assert not vault("show", key, "--json").json()["unwritten"]
