"""The map in wallet/ARCHITECTURE.md is true: its files are there, and its journeys are short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import wallet

TOP = Path(wallet.__file__).parent
MAP = (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILES = re.compile(r"`([a-z_/]+\.(?:py|md|sql))`")
ROOMS = re.compile(r"`([a-z_/]+/)`")
JOURNEYS = [
    journey
    for journey in MAP.split("## Three journeys")[1].split("\n## ")[0].split("\n\n")
    if journey.startswith("**")
]


def test_every_file_and_room_of_the_map_is_there() -> None:
    within = [TOP, *(path for path in TOP.rglob("*") if path.is_dir())]
    assert [name for name in FILES.findall(MAP) if not (TOP / name).is_file()] == []
    missing = [room for room in ROOMS.findall(MAP) if not any((d / room).is_dir() for d in within)]
    assert missing == []


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.relative_to(TOP) for path in TOP.rglob("__init__.py")}
    names = {f"{room.name}/" for room in rooms if room.name}
    assert names - set(ROOMS.findall(MAP)) <= {"screens/", "widgets/"}


def test_there_are_three_journeys() -> None:
    assert len(JOURNEYS) == 3


@pytest.mark.parametrize("journey", JOURNEYS, ids=["filter", "test", "new"])
def test_a_journey_is_told_in_ten_lines_and_twelve_files(journey: str) -> None:
    assert len(journey.strip().splitlines()) <= 10
    assert len(set(FILES.findall(journey))) <= 12
