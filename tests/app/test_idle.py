"""The clock that locks an idle wallet counts the time that the machine slept."""

from __future__ import annotations

import sys
import time

import pytest

from wallet.app.lock import idle


@pytest.mark.parametrize(
    ("platform", "clock"), [("darwin", "CLOCK_MONOTONIC"), ("linux", "CLOCK_BOOTTIME")]
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="has both clocks")
def test_the_clock_goes_on_in_sleep(
    platform: str, clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated: which clock is asked, on the system that is named."""
    asked: list[int] = []

    def gettime(which: int) -> float:
        asked.append(which)
        return 5.0

    monkeypatch.setattr(time, "clock_gettime", gettime)
    now = idle.clock_for(platform)
    assert now() == 5.0
    assert asked == [getattr(time, clock)]


def test_a_system_without_those_clocks_has_the_one_that_never_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert idle.clock_for("freebsd14") is time.monotonic
    assert idle.clock_for("win32") is time.monotonic


def test_it_is_over_after_the_minutes_and_not_before() -> None:
    moment = 0.0
    watch = idle.Idle(lambda: moment)
    moment = idle.DEFAULT_MINUTES * 60 - 1
    assert not watch.over
    moment += 1
    assert watch.over
    watch.touch()
    assert not watch.over


@pytest.mark.parametrize(("minutes", "words"), [(1, "1 minute"), (5, "5 minutes")])
def test_one_minute_is_told_as_one(minutes: int, words: str) -> None:
    clock = idle.Idle()
    clock.minutes = minutes
    assert clock.words == words


@pytest.mark.parametrize(
    ("passed", "left", "told"),
    [
        (0, 300, "locks in 5:00"),
        (269.0, 31, "locks in 0:31"),
        (269.5, 31, "locks in 0:31"),
        (270.0, 30, "! locks in 0:30"),
        (299.5, 1, "! locks in 0:01"),
        (300.0, 0, "! locks in 0:00"),
        (900.0, 0, "! locks in 0:00"),  # while a laptop slept
    ],
)
def test_the_time_that_is_left_is_told_with_a_mark_where_it_is_little(
    passed: float, left: int, told: str
) -> None:
    moment = 1000.0
    counted = idle.Idle(lambda: moment)
    moment += passed
    assert (counted.left, counted.clock, counted.soon) == (left, told, left <= 30)
    assert counted.over is (passed >= 300)
