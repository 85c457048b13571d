"""The one way out to the terminal: results, notes, questions. All of the command line goes here.

Results go to standard output, everything else to standard error. What is written is made safe
for a terminal, whoever's text it is: control and direction characters never leave here, but in
the bytes of a file that goes into another (`exact`). Where a stream is no terminal it is UTF-8
with `\\n`, whatever the locale says, so that a file made here is the same everywhere.

A reader that leaves early, as `head` does, ends what is said and not what is done: the command
goes on to its end and its answer stands. A stream that takes no more, a full disk or a closed
one, is told at the end (`finish`).
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

from wallet.errors import OutputLostError
from wallet.show.signs import Sign
from wallet.system import silence
from wallet.text import all_plain, hide_seeds, is_unsafe, plain, without_seeds
from wallet.when import here_too

LONGEST = 20_000  # characters: more than a path or a note can have
NOTE = 4_000
PATIENCE = 1.0  # seconds without a word that nobody wonders about
_TOGETHER = 1000  # objects of a list that are written at a time
LOST = 74  # sysexits.h: EX_IOERR
_NOT_ASCII = re.compile(r"[^\x00-\x7e]")
_COLOURS = {Sign.GOOD: "32", Sign.BAD: "31", Sign.DOUBTFUL: "33", Sign.UNKNOWN: "33"}
_LOOKS = {
    "bad": ("\x1b[31m", "\x1b[39m"),
    "warn": ("\x1b[33m", "\x1b[39m"),
    "past": ("\x1b[2m", "\x1b[22m"),
}
# A sign that a line begins with, as every result does that has one.
_FIRST_SIGN = re.compile(rf"^( *)([{re.escape(''.join(_COLOURS))}])(?= )", re.MULTILINE)


_Value = TypeVar("_Value")


class Stream:
    """Standard output or standard error, which may be closed, full, or without a reader."""

    def __init__(self, name: str, *, shows_seeds: bool) -> None:
        self._name = name
        self._shows_seeds = shows_seeds
        self.problem: str | None = None
        """Say why something could not be written, in the system's words."""
        self._closed = self._silent = False

    def prepare(self) -> None:
        """Begin anew: UTF-8 where it is no terminal, something to write to where it is closed."""
        self.problem, self._silent = None, False
        stream: TextIO | None = getattr(sys, self._name)
        self._closed = stream is None
        if stream is None:
            setattr(sys, self._name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                # A check mark that the terminal's encoding lacks is no reason to fail.
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it."""
        try:
            return bool(getattr(sys, self._name).isatty())
        except (AttributeError, ValueError):
            return False

    @property
    def shows_colours(self) -> bool:
        """Whether it is a terminal that takes colours, and nobody forbade them."""
        # Source: no-color.org. An old console of Windows would show the codes themselves.
        refused = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        old = sys.platform == "win32" and "WT_SESSION" not in os.environ
        return self.is_terminal and not refused and not old

    @property
    def lost(self) -> bool:
        """Whether nothing that is written arrives any more."""
        return self._closed or self._silent

    def write(self, text: str) -> None:
        """Write a text that is safe already. Never raises: see `problem`.

        Of what is told beside results, whatever it quotes, no seed is shown.
        """
        shown = text if self._shows_seeds else hide_seeds(text)
        self._try(lambda stream: stream.write(shown))

    def write_bytes(self, data: bytes | bytearray) -> None:
        """Write bytes without a copy of them as text, and flush them."""

        def work(stream: TextIO) -> None:
            stream.flush()
            stream.buffer.write(data)
            stream.buffer.flush()

        self._try(work)

    def flush(self) -> None:
        """Hand over what is held back."""
        self._try(lambda stream: stream.flush(), wrote=False)

    def _try(self, work: Callable[[TextIO], object], *, wrote: bool = True) -> None:
        if self._closed and wrote and self.problem is None:
            self.problem = "it is closed"
        if self.lost:
            return
        try:
            work(getattr(sys, self._name))
        except (OSError, ValueError) as error:
            self._silent = True
            if not _reader_left(error):
                self.problem = getattr(error, "strerror", None) or "it is closed"
            self._let_go()

    def _let_go(self) -> None:
        """Python writes what it held back once more at its end, and would complain again."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, getattr(sys, self._name).fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            self._closed = True


results = Stream("stdout", shows_seeds=True)
notes = Stream("stderr", shows_seeds=False)


def prepare() -> None:
    """Make the standard streams fit to be used, before anything else is opened.

    The first file opened would otherwise take the number of a stream that is closed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    elif isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    results.prepare()
    notes.prepare()


def finish(status: int) -> int:
    """Write what is held back; the exit code, which is another where the answer was not heard."""
    results.flush()
    notes.flush()
    if results.problem is None or status not in {0, 1}:
        return status
    note(f"nkey-wallet: The output could not be written: {results.problem}.")
    notes.flush()
    return LOST


def say(text: str = "", *, to: Stream | None = None) -> None:
    """Write lines for people, divided by `\\n`, each made safe."""
    _write_lines(_safe(text), to or results)


def exact(text: str) -> None:
    """Write the text of a file, as it is. A terminal gets it safe, as all else."""
    results.write(_safe(text.removesuffix("\n")) if results.is_terminal else text)


def path(name: str | os.PathLike[str]) -> None:
    """Write a path on a line of its own: byte for byte where a program reads it."""
    if results.is_terminal:
        say(str(name))
    else:
        results.write_bytes(os.fsencode(name) + b"\n")


def as_json(value: object) -> None:
    """Write one JSON document. What a terminal would obey is written as `\\uXXXX`."""
    import json

    results.write(_escaped_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n")


def all_as_json(values: Sequence[_Value], fields: Callable[[_Value], dict[str, object]]) -> None:
    """Write a list of the `fields` of values as `as_json` does, some at a time, of 100,000 too.

    What Python's encoder indents, it writes in Python. So only what has more lists or objects in
    it is left to that.
    """
    import json

    flat = json.JSONEncoder(ensure_ascii=False, separators=(",\n    ", ": ")).encode
    indented = json.JSONEncoder(ensure_ascii=False, indent=2).encode

    def text_of(value: _Value) -> str:
        named = fields(value)
        body = flat(named)[1:-1]
        if not body or "{" in body or body.count("[") != body.count("[]"):
            return indented(named).replace("\n", "\n  ")
        return f"{{\n    {body}\n  }}"

    if not values:
        as_json([])
        return
    for start in range(0, len(values), _TOGETHER):
        some = map(text_of, values[start : start + _TOGETHER])
        results.write(("," if start else "[") + _escaped_json("\n  " + ",\n  ".join(some)))
    results.write("\n]\n")


def columns(
    rows: Iterable[Sequence[str]], to: Stream | None = None, looks: Iterable[str] = ()
) -> None:
    """Write rows with every column but the last as wide on screen as its widest cell.

    `looks` are those of the states in the last column, one a row, to be told by colour too.
    """
    from wallet.show.columns import joined  # the app starts without it

    to = to or results
    if not (safe := [all_plain(column, LONGEST) for column in zip(*rows, strict=True)]):
        return
    lines = joined(safe)
    if to.shows_colours and (looks := list(looks)):
        lines = list(map(_in_colour, lines, safe[-1], looks))
    _write_lines("\n".join(lines) + "\n", to)


def _in_colour(line: str, cell: str, look: str) -> str:
    """A line whose last cell, if it has one, is in the colour of a look."""
    begin, end = _LOOKS.get(look, ("", ""))
    cell = cell.rstrip()
    return f"{line.removesuffix(cell)}{begin}{cell}{end}" if cell else line


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """Write `name  value` lines, those without a value left out."""
    columns([(name, value) for name, value in pairs if value])


def note(text: str) -> None:
    """A word for the person on one line, kept out of the results."""
    notes.write(here_too(without_seeds(text, NOTE)) + "\n")


def secret(data: bytearray) -> None:
    """Write a secret as a result, from the buffer that its owner wipes."""
    results.write_bytes(data)
    results.write("\n")


def secret_note(before: str, data: bytes | bytearray) -> None:
    """Show a secret on standard error. Raises `OutputLostError` unless it was written."""
    notes.write(f"{before}:\n\n    ")
    notes.write_bytes(data)
    notes.write("\n\n")
    _must_be_heard()


def secret_page(page: bytearray) -> None:
    """Show a page with a secret in it on standard error. Raises as `secret_note` does."""
    notes.write("\n")
    notes.write_bytes(page)
    notes.write("\n")
    _must_be_heard()


def ask(question: str) -> str:
    """Ask a question and give the answer, without white space around it.

    Raises `KeyboardInterrupt` when nothing more can be answered, and `OutputLostError` when
    nobody can read the question.
    """
    silence.end()  # what is answered here is shown, and nobody knew this question before
    notes.write(f"{here_too(without_seeds(question, NOTE))} ")
    _must_be_heard()
    from wallet.system.terminal import await_line  # few commands ask

    try:
        if sys.stdin.isatty():  # nothing else: what was piped in may be in the buffer already
            await_line(sys.stdin.fileno())
        answer = sys.stdin.readline()
    except OSError:  # the terminal has gone
        answer = ""
    if not answer:
        raise KeyboardInterrupt
    return answer.strip()


def confirm(question: str) -> bool:
    """Ask a yes-or-no question; anything but y or yes is no."""
    try:
        return ask(f"{question} [y/N]").lower() in {"y", "yes"}
    except KeyboardInterrupt:
        notes.write("\n")
        return False


class Progress:
    """A line of progress on a terminal, for work that takes longer than a second; drawn ten times
    a second at most. Elsewhere nothing.
    """

    def __init__(self, what: str = "", after: str = "") -> None:
        self._before = f"{what}: " if what else ""
        self._after = after
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def show(self, text: str) -> None:
        """Say how far it is."""
        now = time.monotonic()
        if notes.is_terminal and now >= self._next:
            notes.write(f"\r\x1b[K{plain(self._before + text + self._after, NOTE)}")
            notes.flush()
            self._next, self._shown = now + 0.1, True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            notes.write("\r\x1b[K")
            notes.flush()
            self._shown = False


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on a terminal for how long work goes on that nobody counts; nothing may ask meanwhile."""
    progress, began, ended = Progress(what), time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(PATIENCE):
            progress.show(f"{time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
        progress.clear()


def _safe(text: str) -> str:
    """The lines of a text, each made safe to show."""
    return "\n".join(plain(line, len(line)) for line in text.split("\n")) + "\n"


def _write_lines(text: str, to: Stream) -> None:
    """Write safe lines: times with those here, on a terminal the signs before results in colour."""
    text = here_too(text)
    if to.shows_colours:
        text = _FIRST_SIGN.sub(
            lambda match: f"{match[1]}\x1b[{_COLOURS[Sign(match[2])]}m{match[2]}\x1b[39m", text
        )
    to.write(text)


def _must_be_heard() -> None:
    notes.flush()
    if notes.lost:
        raise OutputLostError(
            f"Standard error takes nothing ({notes.problem or 'its reader has left'}), so what was "
            "to be shown there would be lost. Nothing was changed."
        )


def _reader_left(error: OSError | ValueError) -> bool:
    if isinstance(error, BrokenPipeError):
        return True
    # What Windows says of a pipe whose reader has gone.
    return sys.platform == "win32" and getattr(error, "errno", None) == errno.EINVAL


def _escaped_json(text: str) -> str:
    return text if text.isascii() and "\x7f" not in text else _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if not is_unsafe(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
