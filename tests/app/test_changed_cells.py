"""Over SSH only what changes is sent, and the screen comes to look as if all had been."""

from __future__ import annotations

import random
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.app.inpty import START, in_pty, wait_until
from wallet.app.terminal.changed_cells import ChangedCells, Pen
from wallet.nats.nkeys import Kind, generate_many
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

pyte = pytest.importorskip("pyte")
WIDTH, HEIGHT = 30, 8
STYLES = (
    *("", "1;38;2;1;2;3", "48;2;9;9;9", "38;5;17;48;5;3", "4", "7", "2;31", "3;97;41", "31;9"),
    *("38;2;1;2;3", "1", "48;2;9;9;9;38;2;0;0;0"),
)
TEXTS = ("a", "Bc", "hello world", "   ", "─│▕", "日本", "é", "e\u0301x", "👍 ok", "x" * 12, "▾ ●")


class Terminal:
    """A terminal that something is sent to."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)
        self.sent = 0

    def send(self, text: str) -> None:
        self.sent += len(text.encode())
        self._stream.feed(text)

    def resize(self, rows: int, columns: int) -> None:
        """Have another size; what is on the screen is painted again."""
        self._screen.resize(rows, columns)

    def shown(self) -> list[list[tuple[Any, ...]]]:
        """Each cell as a person sees it: of a blank without lines the paper alone."""
        rows = []
        for y in range(self._screen.lines):
            cells = [self._screen.buffer[y][x] for x in range(self._screen.columns)]
            rows.append(
                [
                    (each.data, each.bg, each.underscore, each.reverse, each.strikethrough)
                    + ((each.fg, each.bold, each.italics) if each.data.strip() else ())
                    for each in cells
                ]
            )
        return rows

    @property
    def cursor(self) -> tuple[int, int]:
        return self._screen.cursor.y, min(self._screen.cursor.x, self._screen.columns - 1)


def painted(chance: random.Random) -> str:
    """Some whole rows, as Textual paints them, and now and then what is no text."""
    out = []
    for y in sorted(chance.sample(range(HEIGHT), chance.randrange(1, HEIGHT))):
        out.append(f"\x1b[{y + 1};1H")
        room = WIDTH
        while room:
            text = chance.choice(TEXTS)
            text = text if cell_len(text) <= room else "." * room
            style = chance.choice(STYLES)
            out.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
            room -= cell_len(text)
        if chance.random() < 0.3 and y < HEIGHT - 1:
            out.append("\n")
    if chance.random() < 0.2:
        others = ["\x1b[?25l", "\x1b[?2026h", "\x1b]0;title\x07", "\x1b[2J", "\x1b[?1049h\x1b[2J"]
        out.append(chance.choice(others))
    out.append(f"\x1b[{chance.randrange(1, HEIGHT + 1)};{chance.randrange(1, WIDTH + 1)}H")
    return "".join(out)


@pytest.mark.parametrize("seed", range(60))
def test_the_screen_looks_as_if_all_had_been_sent(seed: int) -> None:
    chance = random.Random(seed)
    whole, changed, cells = Terminal(), Terminal(), ChangedCells()
    cells.forget(WIDTH, HEIGHT)
    for _ in range(12):
        frame = painted(chance)
        whole.send(frame)
        changed.send(cells.changes(frame))
        assert changed.shown() == whole.shown()
        assert changed.cursor == whole.cursor


def test_what_is_painted_again_as_it_was_costs_nothing_but_the_cursor() -> None:
    frame = painted(random.Random(1))
    cells = ChangedCells()
    cells.forget(WIDTH, HEIGHT)
    cells.changes(frame)
    rows = frame[: frame.rindex("\x1b[")].replace("\x1b[2J", "")
    assert len(cells.changes(rows)) <= len("\x1b[10;10H")


def test_another_colour_is_sent_without_what_stays_of_the_pen() -> None:
    bold = Pen().after("1;38;2;1;2;3;48;2;9;9;9")
    assert bold.after("38;2;4;5;6").instead_of(bold) == "\x1b[38;2;4;5;6m"
    assert Pen().after("48;2;9;9;9").instead_of(bold) == "\x1b[0;48;2;9;9;9m"
    assert Pen().instead_of(bold) == "\x1b[m"


@pytest.mark.parametrize(
    "frame",
    [
        "\x1b[1;1H" + "x" * (WIDTH + 5),  # beyond the edge
        f"\x1b[{HEIGHT + 3};1Hx",  # below the screen
        "\x1b[1;1Ha\nb",  # where a line goes on is the terminal's to say
        "\x1b[1;1H\x1b[38;9;1mx",  # no such colour
        "\x1b[1;1H\x1b[73mx",  # no such number
    ],
)
def test_what_is_not_understood_goes_through_as_it_came_and_is_not_remembered(frame: str) -> None:
    cells = ChangedCells()
    cells.forget(WIDTH, HEIGHT)
    cells.changes("\x1b[2;1H\x1b[1mbefore")
    assert cells.changes(frame).removeprefix("\x1b[m") == frame
    assert "before" in cells.changes("\x1b[2;1H\x1b[1mbefore")


def test_after_another_size_everything_is_sent_again() -> None:
    cells = ChangedCells()
    cells.forget(WIDTH, HEIGHT)
    cells.changes("\x1b[1;1Hhello")
    assert "hello" not in cells.changes("\x1b[1;1Hhello")
    cells.forget(WIDTH, HEIGHT + 1)
    assert "hello" in cells.changes("\x1b[1;1Hhello")


# --- the app itself --------------------------------------------------------------------------

# What pyte does not know and a terminal does not show: questions and modes of the keyboard.
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[\?[0-9;]*\$p|\x1b\[[<>=][0-9;]*[a-zA-Z]")
PROGRAM = START + (
    "WalletApp(Path(sys.argv[1]), passphrase=Passphrase('a passphrase for these tests')).run()"
)


class AppOnTerminal:
    """The app in a terminal, over SSH or not."""

    def __init__(self, child: Any) -> None:
        self.child, self.terminal = child, Terminal(80, 24)

    def read(self) -> None:
        """Take in what has come."""
        pexpect = pytest.importorskip("pexpect")
        with suppress(pexpect.TIMEOUT):
            while True:
                text = self.child.read_nonblocking(65536, 0.1)
                self.terminal.send(_UNKNOWN_TO_PYTE.sub("", text))

    def lines(self) -> list[str]:
        """The rows that are shown, the first apart: a clock may be in it."""
        self.read()
        return ["".join(cell[0] for cell in row) for row in self.terminal.shown()][1:]

    def resize(self, rows: int, columns: int) -> None:
        self.child.setwinsize(rows, columns)
        self.terminal.resize(rows, columns)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_over_ssh_the_app_shows_what_it_shows_elsewhere_with_a_tenth_of_the_bytes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "vault.nkw"
    with Passphrase("a passphrase for these tests") as passphrase:
        vault = Vault.create(path, passphrase, KdfCost.MINIMUM)
    with vault, vault.change() as records:
        operator = records.add_many(generate_many(Kind.OPERATOR, 1), stem="acme")[0]
        records.add_many(generate_many(Kind.ACCOUNT, 40), stem="日本 ▾", under=operator.id)
    arguments = ["-c", PROGRAM, str(path)]
    with (
        in_pty(arguments, environment={"SSH_CONNECTION": "", "SSH_TTY": ""}) as here,
        in_pty(arguments, environment={"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}) as there,
    ):
        apps = AppOnTerminal(here), AppOnTerminal(there)

        shown: list[str] = []

        def alike() -> bool:
            """Both show the same, and something else than before."""
            nonlocal shown
            before, shown_here, shown_there = shown, apps[0].lines(), apps[1].lines()
            if shown_here != shown_there or shown_here == before or "│" not in "".join(shown_here):
                return False
            shown = shown_here
            return True

        wait_until(alike, "the same first screen")
        before = [app.terminal.sent for app in apps]
        for keys in ("\x1b[B", "\x1b[B", "\x1b[B", "?", "\x1b", "G", "/", "日", "\x1b"):
            for app in apps:
                app.child.send(keys)
            wait_until(alike, f"the same screen after {keys!r}")
        whole, changed = (app.terminal.sent - sent for app, sent in zip(apps, before, strict=True))
        assert changed < whole / 5
        for app in apps:
            app.resize(30, 100)
        wait_until(alike, "the same screen in another size")
        for app in apps:
            app.child.send("\x1b[A")
        wait_until(alike, "the same screen after a step in it")
        for app in apps:  # smaller and back at once: the terminal has lost what was beyond its edge
            app.resize(12, 40)
            app.resize(30, 100)
        for app in apps:
            app.child.send("\x1b[B")
        wait_until(alike, "the same screen after another size for a moment")
