"""The app does not run in a browser, where nobody is asked who they are."""

from __future__ import annotations

import os
import sys

import pytest

from tests.cli.conftest import Run

pexpect = pytest.importorskip("pexpect")


@pytest.mark.parametrize("command", [[], ["demo"]])
def test_under_textual_serve_it_refuses_and_says_why(vault: Run, command: list[str]) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wallet", *command],
        env={**os.environ, "TERM": "xterm-256color", "TERM_PROGRAM": "textual"},
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 300),
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert "does not run in a browser" in child.before
    assert "by ssh" in child.before
