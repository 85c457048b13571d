"""Ctrl+C in the moment in which a question is on the screen and its reading has not begun."""

import subprocess
import sys

import pytest

TIMES = 600  # with a bare read about seven in a thousand hung

ASKED = """
import os, pty, sys, time
from wallet.cli import output
from wallet.system import terminal

def asked():
    if {hidden}:
        terminal.ask_passphrase("Passphrase: ")
    else:
        output.ask("Passphrase:")

hung = 0
for turn in range({times}):
    child, screen = pty.fork()
    if child == 0:
        try:
            asked()
        except KeyboardInterrupt:
            os._exit(130)
        os._exit(1)
    os.read(screen, 100)
    for _ in range(turn * 7 % 400):
        pass  # not always the same instant
    os.write(screen, b"\x03")
    end = time.monotonic() + 20
    while not (ended := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.0005)
    os.close(screen)
    if not ended[0]:
        hung += 1
        os.kill(child, 9)
        os.waitpid(child, 0)
        break
    assert os.waitstatus_to_exitcode(ended[1]) == 130
print("hung", hung)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
@pytest.mark.parametrize("hidden", [True, False], ids=["a passphrase", "a question"])
def test_ctrl_c_ends_a_question_also_in_the_instant_it_appears(hidden: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED.format(hidden=hidden, times=TIMES)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.split()[-2:] == ["hung", "0"], done.stderr[-2000:]
