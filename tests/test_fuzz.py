"""A short search for bytes that a reader does not stand; `python -m tests.fuzz` takes longer."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from types import FrameType, SimpleNamespace

import pytest

from tests.fuzz import guided
from tests.fuzz.__main__ import READERS
from tests.fuzz.guided import Fuzz

pytestmark = pytest.mark.slow


@pytest.mark.skipif(sys.platform == "win32", reason="time and memory are bounded on POSIX only")
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_stands_whatever_it_is_given(reader: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "1", reader]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def searched(read: object) -> str:
    """What a search of a reader comes to."""
    reader = SimpleNamespace(SEEDS=[b"harmless"], WORDS=(b"!",), SOURCES=(guided,), read=read)
    fuzz = Fuzz(reader, random.Random(1))
    found = [fuzz.tried(seed) for seed in reader.SEEDS]
    return "".join([*found, *(fuzz.tried(fuzz._altered()) for _ in range(200))])


def test_a_search_tells_a_fault_with_its_input_and_is_silent_without_one() -> None:
    def strict(data: bytes, _place: Path) -> None:
        if b"!" in data:
            raise IndexError("\x1b[31mred")

    told = searched(strict)
    assert "IndexError" in told
    assert "--again " in told
    assert "\x1b" not in told
    assert searched(lambda _data, _place: None) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="time is bounded on POSIX only")
def test_a_search_ends_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_data: bytes, _place: Path) -> None:
        while True:
            pass

    monkeypatch.setattr(guided, "SECONDS", 0.01)
    reader = SimpleNamespace(SEEDS=[b"x"], WORDS=(), SOURCES=(), read=endless)
    assert "TooLongError" in Fuzz(reader, random.Random(1)).tried(b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="time is bounded on POSIX only")
def test_a_search_leaves_what_measures_the_tests_at_work() -> None:
    def measure(_frame: FrameType, _event: str, _argument: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(measure)
    try:
        searched(lambda _data, _place: None)
        assert sys.gettrace() is measure
    finally:
        sys.settrace(before)
