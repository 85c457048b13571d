"""Copying, against helper programs that work, lie, fail and hang, and a real tmux."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools import tool
from wallet.system import clipboard, clipboard_helpers
from wallet.system.clipboard import (
    copy_public,
    copy_secret,
    osc52,
    wrapped_for_screen,
    wrapped_for_tmux,
)

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the helpers of X11 and Wayland"
)

PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
SECRET = b"SUAEL6GG2L2HIF7DUGZJGMRUFKXELGGYFMHF76UO2AYBG3K4YLWR3FKC2Q"
X11 = {"DISPLAY": ":7", "TERM": "xterm-256color"}
WAYLAND = {"WAYLAND_DISPLAY": "wayland-7", "TERM": "xterm-256color"}

KEEPS = """
case "$*" in
  *-out*|*--no-newline*) [ -s "$HELD" ] || exit 1; cat "$HELD" ;;
  *--clear*) : > "$HELD" ;;
  *) cat > "$HELD" ;;
esac
"""


class Helpers:
    """Programs of ours at the front of the PATH; they keep the clipboard in a file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "bin"
        self.directory.mkdir()
        self.held = directory / "held"
        self.calls = directory / "calls"

    def install(self, name: str, body: str = KEEPS) -> None:
        path = self.directory / name
        path.write_text(
            f'#!/bin/sh\nHELD={self.held}\necho "{name} $*" >> {self.calls}\n{body}',
            encoding="utf-8",
        )
        path.chmod(0o755)

    def clipboard(self) -> bytes:
        return self.held.read_bytes() if self.held.exists() else b""

    def called(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []


@pytest.fixture
def helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Helpers:
    made = Helpers(tmp_path)
    monkeypatch.setenv("PATH", f"{made.directory}:/usr/bin:/bin")
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_helpers, "TIME_LIMIT", 0.5)


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something has happened, as long as a slow machine may need."""
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


class Terminal:
    """Collects what is written to the terminal."""

    def __init__(self) -> None:
        self.written = ""

    def write(self, sequence: str) -> None:
        self.written += sequence


def copy(environment: dict[str, str], text: str = PUBLIC) -> tuple[clipboard.Copied, Terminal]:
    terminal = Terminal()
    return copy_public(text, write_terminal=terminal.write, environment=environment), terminal


# The desktop


@pytest.mark.parametrize(
    ("environment", "name"), [(X11, "xclip"), (X11, "xsel"), (WAYLAND, "wl-copy")]
)
def test_on_a_desktop_its_helper_gets_the_key_and_the_way_is_told(
    helpers: Helpers, environment: dict[str, str], name: str
) -> None:
    helpers.install(name)
    copied, terminal = copy(environment)
    assert (copied.ok, copied.way) == (True, "desktop")
    assert name in copied.message
    assert helpers.clipboard() == PUBLIC.encode()
    assert terminal.written == ""


def test_the_text_is_never_an_argument_of_a_helper(helpers: Helpers) -> None:
    helpers.install("xclip")
    copy(X11)
    copy_secret(bytearray(SECRET), environment=X11).clear()
    assert helpers.called()
    for call in helpers.called():
        assert PUBLIC not in call
        assert SECRET.decode() not in call


@pytest.mark.parametrize("body", ["exit 1", "cat > /dev/null; exit 1", "kill -9 $$"])
def test_a_helper_that_fails_is_not_believed_and_the_terminal_takes_over(
    helpers: Helpers, body: str
) -> None:
    helpers.install("xclip", body)
    copied, terminal = copy(X11)
    assert (copied.ok, copied.way) == (True, "terminal")
    assert "xclip failed" in copied.message
    assert terminal.written == osc52(PUBLIC)


def test_a_helper_that_fails_where_the_terminal_cannot_is_told_as_not_copied(
    helpers: Helpers,
) -> None:
    helpers.install("xclip", "exit 1")
    copied, terminal = copy({**X11, "TERM": "linux"})
    assert (copied.ok, copied.way) == (False, "none")
    assert "xclip failed" in copied.message
    assert terminal.written == ""


def test_the_next_helper_is_tried_when_one_fails(helpers: Helpers) -> None:
    helpers.install("xclip", "exit 1")
    helpers.install("xsel")
    copied, _ = copy(X11)
    assert (copied.ok, copied.way) == (True, "desktop")
    assert helpers.clipboard() == PUBLIC.encode()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "body", ["sleep 600", "sleep 600 & wait", "trap '' TERM; cat > /dev/null; sleep 600"]
)
def test_a_helper_that_hangs_is_given_up_and_ended_with_its_children(
    helpers: Helpers, tmp_path: Path, body: str
) -> None:
    helpers.install("xclip", f"echo $$ > {tmp_path}/pid\n{body}")
    copied, terminal = copy(X11)
    assert copied.way == "terminal"
    assert "did not answer" in copied.message
    assert terminal.written == osc52(PUBLIC)
    group = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20  # a process that was killed may still be on its way out
    while running_in_group(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running_in_group(group) == []


def running_in_group(group: int) -> list[str]:
    """The processes of a group; those that only wait to be buried by init do not count."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(process_group) == group and state not in "ZX":
            found.append(stat.parent.name)
    return found


def test_a_helper_that_stays_behind_to_serve_the_clipboard_is_not_waited_for(
    helpers: Helpers, tmp_path: Path
) -> None:
    # As xclip does: the child keeps every descriptor that it was given.
    helpers.install("xclip", f"cat > $HELD\n(sleep 30; :) & echo $! > {tmp_path}/child\nexit 0")
    try:
        copied, _ = copy(X11)
        assert copied.way == "desktop"
        assert helpers.clipboard() == PUBLIC.encode()
        os.kill(int((tmp_path / "child").read_text()), 0)  # it still serves
    finally:
        os.kill(int((tmp_path / "child").read_text()), 9)


def test_no_helper_is_used_without_a_display(helpers: Helpers) -> None:
    for name in ("xclip", "xsel", "wl-copy"):
        helpers.install(name)
    copied, _ = copy({"TERM": "xterm"})
    assert copied.way == "terminal"
    assert helpers.called() == []


def test_nowhere_says_why_and_what_to_install(helpers: Helpers) -> None:
    # A PATH without any helper, whatever this machine has.
    os.environ["PATH"] = str(helpers.directory)
    copied = copy_public(PUBLIC, write_terminal=None, environment=X11)
    assert (copied.ok, copied.way) == (False, "none")
    assert "xclip" in copied.message
    copied = copy_public(PUBLIC, write_terminal=None, environment=WAYLAND)
    assert "wl-clipboard" in copied.message


# The terminal


def test_over_ssh_the_terminal_comes_first_and_helpers_are_left_alone(helpers: Helpers) -> None:
    helpers.install("xclip")
    copied, terminal = copy({**X11, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})
    assert (copied.ok, copied.way) == (True, "terminal")
    assert terminal.written == osc52(PUBLIC)
    assert helpers.called() == []


def test_the_control_sequence_holds_the_text_in_base64() -> None:
    start, text, end = "\x1b]52;c;", base64.b64encode(b"key \xe2\x9c\x93").decode(), "\x07"
    assert osc52("key ✓") == start + text + end
    assert wrapped_for_tmux("\x1b]52;c;eA==\x07") == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"


def test_what_is_too_long_for_a_terminal_is_not_sent() -> None:
    copied, terminal = copy({"TERM": "xterm"}, "x" * 80_000)
    assert not copied.ok
    assert terminal.written == ""


@pytest.mark.parametrize("terminal_name", ["linux", "dumb", ""])
def test_a_terminal_without_a_clipboard_is_not_written_to(terminal_name: str) -> None:
    copied, terminal = copy({"TERM": terminal_name})
    assert (copied.ok, copied.way) == (False, "none")
    assert terminal.written == ""


# Secrets


@pytest.mark.parametrize("name", ["xclip", "xsel", "wl-copy"])
def test_a_secret_is_copied_and_cleared_again(helpers: Helpers, name: str) -> None:
    helpers.install(name)
    reader = {"wl-copy": "wl-paste"}.get(name)
    if reader:
        helpers.install(reader)
    if name == "xsel":  # whose reading has another name
        helpers.install(name, KEEPS.replace("*-out*", "*--output*"))
    copied = copy_secret(bytearray(SECRET), environment=WAYLAND if reader else X11)
    assert (copied.ok, copied.way, copied.pending) == (True, "desktop", True)
    assert helpers.clipboard() == SECRET
    assert copied.clear()
    assert helpers.clipboard() == b""
    assert not copied.pending


def test_what_was_copied_since_is_left_alone(helpers: Helpers) -> None:
    helpers.install("xclip")
    copied = copy_secret(bytearray(SECRET), environment=X11)
    for other in (b"something else", SECRET + b"\n", SECRET[:-1]):
        helpers.held.write_bytes(other)
        assert copied.clear()
        assert helpers.clipboard() == other


def test_clearing_twice_does_nothing_the_second_time(helpers: Helpers) -> None:
    helpers.install("xclip")
    copied = copy_secret(bytearray(SECRET), environment=X11)
    copied.clear()
    helpers.held.write_bytes(SECRET)  # somebody copies the same thing by themselves
    assert copied.clear()
    assert helpers.clipboard() == SECRET


def test_on_wayland_a_secret_is_marked_and_can_be_pasted_once(helpers: Helpers) -> None:
    helpers.install("wl-copy")
    copied = copy_secret(bytearray(SECRET), environment=WAYLAND)
    assert helpers.called() == ["wl-copy --sensitive --paste-once"]
    assert "once" in copied.message


def test_an_older_wl_copy_is_used_without_the_mark_and_that_is_said(helpers: Helpers) -> None:
    helpers.install("wl-copy", f'case "$*" in *--sensitive*) exit 1;; esac\n{KEEPS}')
    copied = copy_secret(bytearray(SECRET), environment=WAYLAND)
    assert copied.ok
    assert "history" in copied.message
    assert helpers.called()[1:] == ["wl-copy --paste-once"]


def test_where_no_mark_exists_a_history_is_warned_of(helpers: Helpers) -> None:
    helpers.install("xclip")
    assert "history" in copy_secret(bytearray(SECRET), environment=X11).message


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "xterm"}, {**X11, "SSH_TTY": "/dev/pts/1"}, {"TERM": "xterm", "TMUX": "/tmp/t,1,0"}],
)
def test_a_secret_never_goes_through_the_terminal(
    helpers: Helpers, environment: dict[str, str]
) -> None:
    helpers.install("xclip")
    helpers.install("tmux")
    copied = copy_secret(bytearray(SECRET), environment=environment)
    assert (copied.ok, copied.way, copied.pending) == (False, "none", False)
    assert copied.message.startswith("Not copied")
    assert helpers.called() == []


@pytest.mark.usefixtures("impatient")
def test_a_clipboard_that_hangs_at_clearing_is_told_and_not_waited_for(helpers: Helpers) -> None:
    helpers.install("xclip", f'case "$*" in *-out*) sleep 600;; esac\n{KEEPS}')
    copied = copy_secret(bytearray(SECRET), environment=X11)
    assert copied.ok
    assert not copied.clear()


def test_the_copied_secret_is_not_kept_in_memory_by_its_receipt(helpers: Helpers) -> None:
    helpers.install("xclip")
    text = bytearray(SECRET)
    copied = copy_secret(text, environment=X11)
    text[:] = bytes(len(text))
    held = [getattr(copied, name) for name in copied.__slots__]
    assert not [value for value in held if isinstance(value, bytes | bytearray) and SECRET in value]
    assert SECRET.decode() not in repr(copied)


def test_reading_stops_at_its_limit(helpers: Helpers) -> None:
    helpers.install("xclip", "while :; do echo endless; done")
    assert clipboard_helpers.read(["xclip"], 20) == b"endless\nendless\nendl"


def test_work_in_this_process_has_a_time_limit_too(impatient: None) -> None:
    gate = threading.Event()
    with pytest.raises(clipboard_helpers.HelperTimeoutError):
        clipboard_helpers.limited(gate.wait)
    gate.set()
    with pytest.raises(clipboard_helpers.HelperError, match="ZeroDivisionError"):
        clipboard_helpers.limited(lambda: 1 / 0)
    assert clipboard_helpers.limited(lambda: 6 * 7) == 42


# Where pyperclip does it, as on Windows; here it is made to use xclip

THROUGH_PYPERCLIP = 'case "$*" in *-o*) cat "$HELD";; *) cat > "$HELD";; esac'


@pytest.fixture
def pyperclip_helper(helpers: Helpers) -> clipboard_helpers.Helper:
    import pyperclip  # type: ignore[import-untyped, unused-ignore]

    helpers.held.write_bytes(b"")
    helpers.install("xclip", THROUGH_PYPERCLIP)
    pyperclip.set_clipboard("xclip")
    return clipboard_helpers.Pyperclip()


def test_pyperclip_copies_reads_and_erases(
    helpers: Helpers, pyperclip_helper: clipboard_helpers.Helper
) -> None:
    pyperclip_helper.copy(PUBLIC.encode())
    assert helpers.clipboard() == PUBLIC.encode()
    assert pyperclip_helper.read(10) == PUBLIC.encode()[:10]
    assert "history" in pyperclip_helper.copy_secret(bytearray(SECRET))
    assert helpers.clipboard() == SECRET
    pyperclip_helper.erase()
    assert helpers.clipboard() == b""


def test_what_pyperclip_claims_is_not_believed(
    helpers: Helpers, pyperclip_helper: clipboard_helpers.Helper
) -> None:
    import pyperclip  # type: ignore[import-untyped, unused-ignore]

    helpers.install("xclip", "exit 1")
    pyperclip.copy(PUBLIC)  # the control: it says nothing
    with pytest.raises(clipboard_helpers.HelperError, match="does not hold"):
        pyperclip_helper.copy(PUBLIC.encode())


@pytest.mark.usefixtures("impatient")
def test_pyperclip_is_given_up_when_it_hangs(
    helpers: Helpers, pyperclip_helper: clipboard_helpers.Helper
) -> None:
    helpers.install("xclip", "exec sleep 3")
    with pytest.raises(clipboard_helpers.HelperTimeoutError):
        pyperclip_helper.copy(PUBLIC.encode())


# A real tmux


@pytest.fixture
def tmux(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """tmux, with a server of its own; a socket's path may have few characters."""
    program = tool("tmux")
    directory = tempfile.mkdtemp(prefix="nkw-")
    monkeypatch.setenv("TMUX_TMPDIR", directory)
    yield program
    subprocess.run([program, "kill-server"], capture_output=True, check=False)
    shutil.rmtree(directory)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("", "paste buffer"),
        ("set -g set-clipboard on", "keeps a copy"),
        ("set -g allow-passthrough on", "through tmux"),
    ],
)
def test_inside_tmux_the_key_reaches_the_terminal_outside(
    tmp_path: Path, tmux: str, options: str, told: str
) -> None:
    pexpect = pytest.importorskip("pexpect")
    configuration = tmp_path / "tmux.conf"
    configuration.write_text(options + "\n", encoding="utf-8")
    script = tmp_path / "inside_tmux.py"
    script.write_text(
        "import sys, pathlib, time\n"
        "from wallet.system.clipboard import copy_public\n"
        "def write(text): sys.stdout.write(text); sys.stdout.flush()\n"
        f"copied = copy_public({PUBLIC!r}, write_terminal=write)\n"
        "said = f'{copied.way} {copied.message}'\n"
        f"pathlib.Path({str(tmp_path / 'told')!r}).write_text(said)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    child = pexpect.spawn(
        tmux,
        ["-f", str(configuration), "new", sys.executable, str(script)],
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[1])},
        timeout=30,
        dimensions=(24, 80),
    )
    try:
        child.expect_exact(b"52;")
        child.expect_exact(base64.b64encode(PUBLIC.encode()))
        wait_for(lambda: (tmp_path / "told").exists())
    finally:
        child.close(force=True)
    said = (tmp_path / "told").read_text(encoding="utf-8")
    assert said.startswith("terminal ")
    assert told in said


def test_a_tmux_that_lets_nothing_through_is_told_with_what_to_set(helpers: Helpers) -> None:
    helpers.install("tmux", 'case "$1" in load-buffer) exit 1;; esac; echo off')
    copied, terminal = copy({"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"})
    assert (copied.ok, copied.way) == (False, "none")
    assert "set-clipboard on" in copied.message
    assert terminal.written == ""


# A real GNU screen


@pytest.mark.parametrize("length", [10, 300, 5000])
def test_inside_screen_the_text_reaches_the_terminal_outside(tmp_path: Path, length: int) -> None:
    pexpect = pytest.importorskip("pexpect")
    program = tool("screen")
    sockets = tempfile.mkdtemp(prefix="nkw-")
    script = tmp_path / "inside_screen.py"
    script.write_text(
        "import sys\n"
        "from wallet.system.clipboard import copy_public\n"
        "def write(text):\n"
        "    sys.stdout.write(text)\n"
        "    sys.stdout.flush()\n"
        f"copied = copy_public('k' * {length}, write_terminal=write)\n"
        "print('told:', copied.message)\n",
        encoding="utf-8",
    )
    child = pexpect.spawn(
        program,
        ["-c", os.devnull, sys.executable, str(script)],
        env={
            **{k: v for k, v in os.environ.items() if k not in {"TMUX", "DISPLAY"}},
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "SCREENDIR": sockets,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        },
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    shutil.rmtree(sockets)
    assert osc52("k" * length).encode() in child.before
    assert b"through GNU screen" in child.before


def test_what_is_wrapped_for_screen_comes_in_pieces_that_its_oldest_takes() -> None:
    wrapped = wrapped_for_screen(osc52("k" * 1000))
    pieces = wrapped.split("\x1b\\")
    assert pieces.pop() == ""
    assert len(pieces) > 4
    assert all(len(piece) <= 254 and piece.startswith("\x1bP") for piece in pieces)
    assert "".join(piece[2:] for piece in pieces) == osc52("k" * 1000)
