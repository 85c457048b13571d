"""Answers of the terminal that the wallet did not ask for are no keys, however they come."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.app.terminal import terminal_answers
from wallet.app.terminal.terminal_answers import TerminalAnswers

ANSWERS = [
    "\x1b]52;c;ZHhkenVPeA==\x07",  # a clipboard
    "\x1b]52;c;ZHhkenVPeA==\x1b\\",
    "\x1b]11;rgb:dddd/dddd/dddd\x1b\\",  # the background
    "\x1bP>|tmux 3.4\x1b\\",  # a name and version
    "\x1bP1+r5463=38\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",  # a picture that was sent
    "\x1b[?62;4c",  # what it is
    "\x1b[>41;354;0c",
    "\x1b[?1u",
    "\x1b[?997;1n",  # dark or light
    "\x1b[0n",
    "\x1b[8;24;80t",  # its size
    "\x1b[4;600;800t",
]
KEYS = [
    "q",
    "\x1b",
    "\x1bx",
    "\x1bPj",  # Esc, then keys typed ahead: no string of a terminal begins so
    "\x1b]n",
    "\x1b_q",
    "\x1bXLq",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x1b[3~",
    "\x1b[97;5u",
    "\x1b[<0;10;5M",
    "\x1b[200~é]P_\x1b[201~",
    "\x1b[I",
    "\x1b[?2026;2$y",  # answers to what Textual asks
    "\x1b[?2048;1$y",
    "\x1b[48;24;80;600;800t",
    "\x1b[12;40R",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_taken_out_whole_and_in_two_pieces(answer: str) -> None:
    assert TerminalAnswers().taken_out(f"a{answer}b") == "ab"
    if answer[1] != "[":  # a control sequence is so short that it comes at once
        for at in range(2, len(answer)):
            answers = TerminalAnswers()
            assert answers.taken_out(answer[:at]) + answers.taken_out(f"{answer[at:]}b") == "b"


@given(st.lists(st.sampled_from(KEYS), max_size=6))
def test_keys_a_mouse_and_what_textual_asks_for_pass(keys: list[str]) -> None:
    typed = "".join(keys)
    answers = TerminalAnswers()
    assert answers.taken_out(typed) + answers.overdue() == typed


@given(st.lists(st.sampled_from([*ANSWERS, "q", "\x1b[A", "é"]), max_size=6))
def test_between_answers_keys_stay(mixed: list[str]) -> None:
    left = TerminalAnswers().taken_out("".join(mixed))
    assert left == "".join(one for one in mixed if one not in ANSWERS)


@pytest.mark.parametrize("alone", ["\x1b]", "\x1bP", "\x1b_"])
def test_a_key_with_alt_is_typed_as_soon_as_nothing_follows(alone: str) -> None:
    answers = TerminalAnswers()
    assert answers.taken_out(alone) == ""
    assert answers.overdue() == alone
    assert answers.overdue() == ""


def test_an_answer_without_an_end_is_thrown_away_and_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = TerminalAnswers()
    assert answers.taken_out("\x1b]52;c;ZHhk") == ""
    assert answers.overdue() == ""
    monkeypatch.setattr(terminal_answers, "_PATIENCE", 0.0)
    assert answers.overdue() == ""
    assert answers.taken_out("q") == "q"
    assert answers.taken_out("\x1b]52;c;ZHhk\x1b[Aq") == "\x1b[Aq"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_the_app_takes_no_answer_for_keys_and_half_a_character_for_no_end(tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    from tests.app.inpty import in_pty
    from tests.app.test_memory import WALLET, drain
    from wallet.secrets.passphrase import Passphrase
    from wallet.vault.file.container import KdfCost
    from wallet.vault.vault import Vault

    text = "my dog likes to eat cheese"
    with Passphrase(text) as passphrase:
        Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    with in_pty(WALLET, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        child.send(f"{text}\r")
        child.expect_exact("locks in")
        drain(child)
        for answer in ANSWERS:  # L would lock, q end it, n and H open dialogs
            child.send(answer.replace("ZHhkenVPeA", "LqnH").replace("tmux", "Lq"))
        os.write(child.child_fd, "é".encode()[:1])
        with pytest.raises(pexpect.TIMEOUT):
            child.expect(["is locked", "A new", "What needs a look", pexpect.EOF], timeout=2)
        os.write(child.child_fd, "é".encode()[1:])
        child.send("L")
        child.expect_exact("is locked")
