"""The programs that reach a desktop's clipboard, each run under a time limit.

A helper gets the text on its standard input, never as an argument, which every user of the
machine can read. Its output is closed or read up to a limit: xclip and wl-copy stay behind in
the background to serve the clipboard, and would hold a pipe open for ever.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from wallet.secrets import sodium
from wallet.system.disk.descriptors import read_into

T = TypeVar("T")

TIME_LIMIT = 3.0
"""Seconds a helper has; a healthy one takes a hundredth."""


class HelperError(Exception):
    """A helper did not do it; the message is a sentence that says why."""


class HelperTimeoutError(HelperError):
    """A helper took too long, and was ended."""


class Helper(Protocol):
    """A way to a desktop's clipboard. Every method may raise `HelperError`."""

    name: str
    reading_fails_when_empty: bool

    def copy(self, text: bytes | bytearray) -> None: ...
    def copy_secret(self, text: bytearray) -> str:
        """Copy, marked as a secret where that can be; gives what is to be known about it."""
        ...

    def read(self, limit: int) -> bytearray:
        """Read what the clipboard holds, at most `limit` bytes of it."""
        ...

    def erase(self) -> None: ...


HISTORY = "A clipboard history may keep it."


class Program:
    """A helper that is a program."""

    def __init__(
        self,
        name: str,
        copy: list[str],
        read: list[str],
        erase: list[str],
        *,
        secret: list[str] | None = None,
        secret_older: list[str] | None = None,
        reading_fails_when_empty: bool = False,
    ) -> None:
        self.name = name
        self.reading_fails_when_empty = reading_fails_when_empty
        self._copy, self._read, self._erase = copy, read, erase
        self._secret, self._secret_older = secret, secret_older

    def copy(self, text: bytes | bytearray) -> None:
        run(self._copy, text)

    def copy_secret(self, text: bytearray) -> str:
        if self._secret is None:
            run(self._copy, text)
            return HISTORY
        try:
            run(self._secret, text)
        except HelperTimeoutError:
            raise
        except HelperError:
            run(self._secret_older or self._copy, text)
            return f"This {self.name} is too old to mark it as a secret. {HISTORY}"
        return "It can be pasted once."

    def read(self, limit: int) -> bytearray:
        return read(self._read, limit)

    def erase(self) -> None:
        run(self._erase, b"")


class Pyperclip:
    """Windows' clipboard, in this process. What pyperclip claims is checked by reading back."""

    name = "pyperclip"
    reading_fails_when_empty = False

    def __init__(self) -> None:
        import pyperclip  # type: ignore[import-untyped, unused-ignore]

        self._module = pyperclip

    def copy(self, text: bytes | bytearray) -> None:
        wanted = text.decode()
        limited(lambda: self._module.copy(wanted))
        # Windows stores line ends in its own way.
        if limited(self._pasted).replace("\r\n", "\n") != wanted.replace("\r\n", "\n"):
            raise HelperError("The clipboard does not hold what was copied.")

    def copy_secret(self, text: bytearray) -> str:
        self.copy(text)
        return HISTORY

    def _pasted(self) -> str:
        return str(self._module.paste())

    def read(self, limit: int) -> bytearray:
        return bytearray(limited(self._pasted).encode()[:limit])

    def erase(self) -> None:
        limited(lambda: self._module.copy(""))


_WAYLAND = Program(
    "wl-copy",
    ["wl-copy"],
    ["wl-paste", "--no-newline"],
    ["wl-copy", "--clear"],
    secret=["wl-copy", "--sensitive", "--paste-once"],
    secret_older=["wl-copy", "--paste-once"],
    reading_fails_when_empty=True,
)
_XCLIP = Program(
    "xclip",
    ["xclip", "-selection", "clipboard", "-in"],
    ["xclip", "-selection", "clipboard", "-out"],
    ["xclip", "-selection", "clipboard", "-in"],
    reading_fails_when_empty=True,
)
_XSEL = Program(
    "xsel",
    ["xsel", "--clipboard", "--input"],
    ["xsel", "--clipboard", "--output"],
    ["xsel", "--clipboard", "--clear"],
)
_MACOS = Program("pbcopy", ["pbcopy"], ["pbpaste"], ["pbcopy"])

# `-w` hands the buffer to the terminal outside, whatever `set-clipboard` says (tmux 3.2).
TMUX = Program("tmux", ["tmux", "load-buffer", "-w", "-"], [], [])


def available(environment: Mapping[str, str]) -> Iterator[Helper]:
    """The helpers that can work here, the best first."""
    if sys.platform == "win32":
        yield Pyperclip()
    elif sys.platform == "darwin":
        yield _MACOS
    else:
        if environment.get("WAYLAND_DISPLAY") and _installed("wl-copy"):
            yield _WAYLAND
        if environment.get("DISPLAY"):
            for name, helper in (("xclip", _XCLIP), ("xsel", _XSEL)):
                if _installed(name):
                    yield helper


def advice(environment: Mapping[str, str]) -> str:
    """Say what to install so that there is a helper; empty where one is there."""
    if environment.get("WAYLAND_DISPLAY") and not _installed("wl-copy"):
        return "Installing wl-clipboard would give one."
    if environment.get("DISPLAY") and not (_installed("xclip") or _installed("xsel")):
        return "Installing xclip would give one."
    return ""


def tmux_option(name: str) -> str:
    """The value of a tmux option as the session sees it; empty when that cannot be told."""
    try:
        value = read(["tmux", "show-options", "-Apv", name], 64)
        return value.decode("utf-8", "replace").strip()
    except HelperError:
        return ""


def run(command: list[str], text: bytes | bytearray) -> None:
    """Run a helper on `text`. Raises `HelperError` unless it ends well, in time."""
    with _started(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            # A bytearray goes through a memoryview, without a copy.
            process.communicate(text, timeout=TIME_LIMIT)  # type: ignore[arg-type]
        except subprocess.TimeoutExpired:
            raise _timed_out(command) from None
        except OSError as error:
            raise HelperError(f"{command[0]} did not take it ({error.strerror}).") from None
        if process.returncode:
            raise HelperError(f"{command[0]} failed (exit {process.returncode}).")


def read(command: list[str], limit: int) -> bytearray:
    """At most `limit` bytes of a helper's output. Raises `HelperError` unless all goes well."""
    content = bytearray(limit)
    filled = 0
    until = time.monotonic() + TIME_LIMIT
    with _started(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  (it was asked for)
        with selectors.DefaultSelector() as ready, memoryview(content) as view:
            ready.register(process.stdout, selectors.EVENT_READ)
            while filled < limit:
                if not ready.select(max(0.0, until - time.monotonic())):
                    raise _timed_out(command)
                got = read_into(process.stdout.fileno(), view[filled:])
                if not got:
                    break
                filled += got
        if filled < limit:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise _timed_out(command) from None
            if process.returncode:
                sodium.wipe(content)
                raise HelperError(f"{command[0]} failed (exit {process.returncode}).")
    del content[filled:]
    return content


def limited(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, which is left behind when it takes too long."""
    results: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (told to the caller below)
            errors.append(error)

    thread = threading.Thread(target=call, name="clipboard", daemon=True)
    thread.start()
    thread.join(TIME_LIMIT)
    if errors:
        raise HelperError(f"The clipboard refused ({type(errors[0]).__name__}).")
    if not results:
        raise HelperTimeoutError("The clipboard did not answer.")
    return results[0]


@contextlib.contextmanager
def _started(command: list[str], *, stdin: int, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    """A helper in a session of its own; ended, with its children, when the block fails."""
    try:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment_for(command[0]),
        )
    except OSError as error:
        raise HelperError(f"{command[0]} could not be started ({error.strerror}).") from None
    try:
        yield process
    except BaseException:
        _kill(process)
        raise
    finally:
        for stream in (process.stdin, process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        if process.poll() is None:  # read up to its limit: the rest is of no interest
            _kill(process)


def environment_for(program: str) -> dict[str, str] | None:
    """The environment that a helper runs with; None is our own.

    pbcopy and pbpaste take text for MacRoman without a locale of UTF-8, as over SSH.
    """
    if program not in {"pbcopy", "pbpaste"}:
        return None
    return {**os.environ, "LC_ALL": "en_US.UTF-8"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1.0)


def _timed_out(command: list[str]) -> HelperTimeoutError:
    return HelperTimeoutError(f"{command[0]} did not answer within {TIME_LIMIT:g} seconds.")


def _installed(name: str) -> bool:
    return shutil.which(name) is not None
