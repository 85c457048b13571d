"""The clipboard: which way leads to it here, whether it worked, and taking back a secret.

On a desktop a small program does it (wl-copy, xclip, xsel, pbcopy), always given the text on
its standard input, always under a time limit, its exit code believed. Where no such program
applies, on Windows, pyperclip speaks to the system; what it did is read back, for it reports
success blindly. Over SSH, or without a desktop, the terminal is asked by OSC 52, which no
terminal confirms: good for public keys, never used for a secret.

All functions block for at most a few seconds: call them in a thread. Nothing here raises for
what a clipboard does, and no message holds the text.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wallet.secrets import sodium
from wallet.shell import written
from wallet.system import clipboard_helpers as helpers
from wallet.system.clipboard_helpers import Helper, HelperError, HelperTimeoutError
from wallet.system.remote import over_ssh

MAX_TERMINAL = 70_000
"""Bytes of text beyond which terminals drop an OSC 52."""

_SCREEN_PIECE = 252  # 256, without ESC P and ESC \\

WriteTerminal = Callable[[str], None]
"""Writes a control sequence to the terminal that the app runs in."""
OTHER_WAYS = "Press " + written("‹reveal›") + " to show it, or "
OTHER_WAYS += written("‹export›") + " to write it into a file."


@dataclass(frozen=True, slots=True)
class Copied:
    """The outcome of a copy: `way` is `desktop`, `terminal` or `none`; `message` a sentence."""

    ok: bool
    way: str
    message: str


class CopiedSecret:
    """The outcome of a secret's copy, and the way to take it back. Holds a keyed hash, no text."""

    __slots__ = ("_digest", "_helper", "_key", "_length", "message", "ok", "way")

    def __init__(self, copied: Copied, helper: Helper | None = None, text: bytearray | None = None):
        self.ok = copied.ok
        self.way = copied.way
        self.message = copied.message
        self._helper = helper
        self._key = sodium.random_secret(32)
        self._length = len(text or b"")
        self._digest = sodium.blake2b(text or b"", key=self._key)

    def __repr__(self) -> str:
        return f"CopiedSecret({self.way}, {'ok' if self.ok else 'failed'})"

    @property
    def pending(self) -> bool:
        """Whether there may still be something to clear."""
        return self.ok and self._helper is not None

    def clear(self) -> bool:
        """Clear the clipboard if it still holds the secret; true when it is certainly gone.

        What somebody copied since is left alone. Calling it again does nothing.
        """
        helper, self._helper = self._helper, None
        if helper is None:
            return True
        try:
            # One byte more than the secret, so that something longer does not pass for it.
            content = helper.read(self._length + 1)
        except HelperTimeoutError:
            return False
        except HelperError:
            # An empty clipboard is an error to wl-paste and xclip: then nothing is ours.
            return helper.reading_fails_when_empty
        try:
            ours = sodium.same(sodium.blake2b(content, key=self._key), self._digest)
        finally:
            sodium.wipe(content)
        return self._erase(helper) if ours else True

    @staticmethod
    def _erase(helper: Helper) -> bool:
        try:
            helper.erase()
        except HelperError:
            return False
        return True


def copy_public(
    text: str,
    *,
    write_terminal: WriteTerminal | None,
    environment: Mapping[str, str] | None = None,
) -> Copied:
    """Copy what anybody may see: a public key, a configuration. Tries one way after another."""
    environment = os.environ if environment is None else environment
    remote = over_ssh(environment)
    failures = []
    # Over SSH a desktop helper would fill the clipboard of the far machine.
    for helper in () if remote else helpers.available(environment):
        try:
            helper.copy(text.encode())
        except HelperError as failed:
            failures.append(str(failed))
        else:
            return Copied(True, "desktop", f"On the desktop clipboard, by {helper.name}.")
    sent = _by_terminal(text, write_terminal, environment)
    if not failures:
        return sent
    why = " ".join(failures)
    if sent.ok:
        return Copied(True, "terminal", f"{sent.message} The desktop's did not work: {why}")
    return Copied(False, "none", f"Not copied. {why} {sent.message.removeprefix('Not copied: ')}")


def copy_secret(text: bytearray, *, environment: Mapping[str, str] | None = None) -> CopiedSecret:
    """Copy a secret, by ways that read it from their standard input and can be cleared again.

    `text` stays the caller's, to wipe. Never through the terminal, where nothing confirms it
    and nothing takes it back.
    """
    environment = os.environ if environment is None else environment
    failures = []
    why_not = why_no_secret(environment)
    for helper in () if why_not else helpers.available(environment):
        try:
            note = helper.copy_secret(text)
        except HelperError as failed:
            failures.append(str(failed))
        else:
            message = f"On the desktop clipboard, by {helper.name}. {note}".strip()
            return CopiedSecret(Copied(True, "desktop", message), helper, text)
    why = why_not or " ".join(failures)
    return CopiedSecret(Copied(False, "none", f"Not copied: {why} {OTHER_WAYS}"))


def why_no_secret(environment: Mapping[str, str] | None = None) -> str:
    """Say why no secret can be copied here; empty where it can be tried."""
    environment = os.environ if environment is None else environment
    if over_ssh(environment):
        return "over SSH a secret would pass through the terminal, which cannot take it back."
    if any(helpers.available(environment)):
        return ""
    why = "there is no desktop clipboard here that a secret could be cleared from."
    return f"{why} {helpers.advice(environment)}".strip()


def osc52(text: str) -> str:
    """The control sequence that asks a terminal to put `text` on its clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode('ascii')}\x07"


def wrapped_for_tmux(sequence: str) -> str:
    """Wrap a sequence for tmux to hand through to the terminal outside (`allow-passthrough`)."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def wrapped_for_screen(sequence: str) -> str:
    """Wrap a sequence for GNU screen to hand through: in pieces, for it drops what is longer.

    Source: screen's MAXSTR, 768 bytes since 4.2.1 and 256 before 4.2; with its own two marks.
    """
    pieces = (sequence[n : n + _SCREEN_PIECE] for n in range(0, len(sequence), _SCREEN_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def _by_terminal(text: str, write: WriteTerminal | None, environment: Mapping[str, str]) -> Copied:
    terminal = environment.get("TERM", "")
    if write is None or (sys.platform != "win32" and terminal in {"", "dumb", "linux"}):
        return Copied(
            False,
            "none",
            f"Not copied: this terminal has no clipboard. {helpers.advice(environment)}".strip(),
        )
    if len(text.encode()) > MAX_TERMINAL:
        return Copied(False, "none", "Not copied: it is longer than terminals take. Export it.")
    if environment.get("TMUX"):
        return _by_tmux(text, write)
    if environment.get("STY"):
        write(wrapped_for_screen(osc52(text)))
        return Copied(
            True,
            "terminal",
            "Sent through GNU screen to your terminal's clipboard; neither confirms.",
        )
    write(osc52(text))
    return Copied(True, "terminal", "Sent to your terminal's clipboard; terminals do not confirm.")


def _by_tmux(text: str, write: WriteTerminal) -> Copied:
    """Inside tmux: by what its options let through, else by its own buffer."""
    if helpers.tmux_option("allow-passthrough") in {"on", "all"}:
        write(wrapped_for_tmux(osc52(text)))
        return Copied(
            True, "terminal", "Sent through tmux to your terminal's clipboard; it does not confirm."
        )
    if helpers.tmux_option("set-clipboard") == "on":
        write(osc52(text))
        return Copied(
            True,
            "terminal",
            "Sent to tmux, which keeps a copy in its paste buffer, and to your terminal.",
        )
    try:
        helpers.TMUX.copy(text.encode())
    except HelperError:
        return Copied(
            False,
            "none",
            "Not copied: tmux drops it silently as it is set. Allow it with "
            "`tmux set -g allow-passthrough on` or `tmux set -g set-clipboard on`.",
        )
    return Copied(
        True,
        "terminal",
        "In tmux's paste buffer, and sent on to your terminal. If it did not arrive there: "
        "`tmux set -g set-clipboard on`.",
    )
