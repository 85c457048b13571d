"""Asking on the terminal, unseen, straight into a buffer that can be wiped."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Literal, overload

from wallet.errors import UsageError
from wallet.secrets.passphrase import MAX_BYTES, Passphrase
from wallet.system import silence
from wallet.text import plain

if sys.platform == "win32":
    import msvcrt
else:
    import select

NO_TERMINAL = (
    "There is no terminal to ask for the passphrase on. Give it in a file with "
    "--passphrase-file, or on standard input with --passphrase-file -."
)
PASTE = "Paste, then press Ctrl+D; it is not shown: "
_CTRL_D = b"\x04"
LONGEST_PROMPT = 5000  # characters: a path, and a few words


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    if sys.platform == "win32":
        return sys.stdin.isatty()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@overload
def ask_passphrase(
    prompt: str, *, empty_is_none: Literal[False] = False, typed_ahead: bool = False
) -> Passphrase: ...
@overload
def ask_passphrase(
    prompt: str, *, empty_is_none: bool, typed_ahead: bool = False
) -> Passphrase | None: ...
def ask_passphrase(
    prompt: str, *, empty_is_none: bool = False, typed_ahead: bool = False
) -> Passphrase | None:
    """Read one line without showing it, nor anything after it until `silence.end`.

    `typed_ahead` takes what was typed since the last such line, which was not shown either; else
    it is thrown away.

    Raises `UsageError` without a terminal, `KeyboardInterrupt` on Ctrl+C or Ctrl+D, and
    `PassphraseRefusedError` for what cannot be a passphrase.
    """
    line = _read_line(plain(prompt, LONGEST_PROMPT), typed_ahead=typed_ahead)
    try:
        if not line and empty_is_none:
            return None
        return Passphrase(line)
    finally:
        line[:] = bytes(len(line))


def read_hidden(prompt: str, limit: int) -> bytearray:
    """Read several lines from the terminal without showing them, until Ctrl+D, for the caller to
    wipe; at most `limit` bytes. Raises `KeyboardInterrupt` on Ctrl+C.
    """
    try:
        return _read_lines(prompt, sys.stdin.fileno(), limit)
    finally:
        _to_stderr("\n")


def lines_of_keys(next_key: Callable[[], str], limit: int) -> bytearray:
    """Several lines, a key at a time, until Ctrl+D or Ctrl+Z; at most `limit` bytes.

    `next_key` is as Windows' `getwch`: Enter is a carriage return, keys without a character are
    two, the first of them NUL or 0xE0. Raises `KeyboardInterrupt` on Ctrl+C.
    """
    typed = bytearray()
    while len(typed) < limit:
        key = next_key()
        if key in {"\x04", "\x1a"}:
            break
        if key == "\x03":
            typed[:] = bytes(len(typed))
            raise KeyboardInterrupt
        if key in {"\0", "\xe0"}:
            next_key()
        elif key == "\b":
            del typed[-1:]
        else:
            typed += ("\n" if key == "\r" else key).encode("utf-8", "surrogatepass")
    return typed


def _to_stderr(text: str) -> None:
    """Our own words, on the screen at once."""
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


if sys.platform == "win32":

    def _read_lines(prompt: str, _descriptor: int, limit: int) -> bytearray:
        _to_stderr(prompt)
        # Not by reading standard input: the console would show what is typed.
        return lines_of_keys(msvcrt.getwch, limit)

    def _read_line(prompt: str, *, typed_ahead: bool) -> bytearray:
        if not has_terminal():
            raise UsageError(NO_TERMINAL)
        silence.begin(typed_ahead=typed_ahead)
        return bytearray(getpass.getpass(prompt).encode())

    def await_line(_terminal: int) -> None:
        """Windows' own calls see Ctrl+C while they read."""

else:

    def await_line(terminal: int) -> None:
        """Wait until something can be read from `terminal`, an open file descriptor.

        Raises `KeyboardInterrupt` on Ctrl+C also where the signal comes in the moment before the
        reading begins. A read alone would not notice it until the next key: Python looks for
        signals between its instructions, and the system interrupts only a read that has begun.
        """
        with _signals() as awakened:
            while terminal not in (ready := select.select([terminal, *awakened], [], [])[0]):
                os.read(ready[0], 64)  # a signal that ends nothing, as that of going on

    @contextlib.contextmanager
    def _signals() -> Iterator[list[int]]:
        """Give descriptors that a signal makes readable; none in a thread that gets no signals."""
        if threading.current_thread() is not threading.main_thread():
            yield []
            return
        read_end, write_end = os.pipe()
        try:
            os.set_blocking(write_end, False)
            earlier = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
            try:
                yield [read_end]
            finally:
                signal.set_wakeup_fd(earlier)
        finally:
            os.close(read_end)
            os.close(write_end)

    def _read_lines(prompt: str, terminal: int, limit: int) -> bytearray:
        silent = silence.begin(terminal=terminal)
        silent.show_nothing(by_keys=True)
        buffer, beyond = bytearray(limit), bytearray(4096)
        filled = 0
        try:
            _to_stderr(prompt)  # not before: whoever reads it may type at once
            with memoryview(buffer) as view:
                while True:
                    await_line(silent.descriptor)
                    full = filled == limit  # and the rest of it is not for the shell
                    with view[filled:] as rest:
                        got = os.readv(silent.descriptor, [beyond if full else rest])
                    start, held = (0, beyond) if full else (filled, buffer)
                    end = held.find(_CTRL_D, start, start + got)
                    if not full:
                        filled = end if end >= 0 else filled + got
                    if end >= 0 or not got:
                        break
                return bytearray(view[:filled])
        finally:
            buffer[:], beyond[:] = bytes(len(buffer)), bytes(len(beyond))
            with contextlib.suppress(*silence.GONE):
                silent.show_nothing()

    def _read_line(prompt: str, *, typed_ahead: bool) -> bytearray:
        try:
            silent = silence.begin(typed_ahead=typed_ahead)
        except OSError:
            raise UsageError(NO_TERMINAL) from None
        try:
            silent.ask(prompt.encode(errors="replace"))  # not before: it would be shown
            return _line_from(silent.descriptor)
        finally:
            silent.answered()

    def _line_from(terminal: int) -> bytearray:
        # In its line mode a terminal hands over a line at a time, at most 4,096 bytes.
        buffer = bytearray(4096)
        try:
            try:
                await_line(terminal)
                length = os.readv(terminal, [buffer])
            except OSError:  # the terminal has gone, and the person with it
                length = 0
            if length == 0:
                raise KeyboardInterrupt
            end = length - 1 if buffer[length - 1] == 0x0A else length
            return bytearray(memoryview(buffer)[: min(end, MAX_BYTES + 1)])
        finally:
            buffer[:] = bytes(len(buffer))
