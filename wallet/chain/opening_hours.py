"""The hours of a day at which a user may connect, judged as nats-server judges them. Pure.

Source: nats-server jwt.go, validateTimes and validateTimeRangeAt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from zoneinfo import ZoneInfo

from wallet.nats.validation.shapes import is_clock, is_zone

_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")
# Where clocks are, from UTC-12 to UTC+14: for windows that the server judges by its own zone.
_OFFSETS = range(-12 * 3600, 14 * 3600 + 1, 15 * 60)
_DAY = 86_400
_LATEST = 253_402_000_000  # in the year 9999: with the day after it, the last a calendar has


def open_at(hours: tuple[tuple[str, str], ...], zone: str, now: float) -> bool | None:
    """Whether one of these windows is open at `now`, seconds since 1970.

    None where that depends on the server's own time zone.
    """
    if not hours:
        return True
    if not all(is_clock(moment) for window in hours for moment in window):
        return False
    there = _zone(zone)
    if there is not None:
        return _is_open(hours, _moment(now, there))
    if zone and not is_zone(zone):
        return False
    spans = _merged(hours)
    of_day = _moment(now, UTC).timestamp() % _DAY
    answers = {_within(spans, (of_day + offset) % _DAY) for offset in _OFFSETS}
    return answers.pop() if len(answers) == 1 else None


def after_midnight(hours: tuple[tuple[str, str], ...], zone: str, now: float) -> bool:
    """Whether the only window open began the day before.

    Servers before 2.14.0 (2.12.8, 2.11.17) refuse in these hours.
    """
    there = _zone(zone)
    if there is None or not open_at(hours, zone, now):
        return False
    same_day = tuple(window for window in hours if _at(window[0]) <= _at(window[1]))
    moment = _moment(now, there)
    late = any(_at(s) > _at(e) and _at(s) < moment.time() for s, e in hours)
    return not late and not (same_day and _is_open(same_day, moment))


def clock_in(zone: str, now: float) -> str:
    """The time of day there, `09:15 in Europe/Berlin`; in UTC where the zone is not known."""
    there = _zone(zone)
    moment = _moment(now, there or UTC)
    return f"{moment:%H:%M:%S} {f'in {zone}' if there and zone != 'UTC' else 'UTC'}"


def _is_open(hours: tuple[tuple[str, str], ...], now: datetime) -> bool:
    """Source: nats-server jwt.go, validateTimeRangeAt."""
    for first, last in hours:
        start, end = _on(now.date(), first, now.tzinfo), _on(now.date(), last, now.tzinfo)
        if start < now.timestamp() < end:
            return True
        if start > end:
            after = _on(now.date() + timedelta(days=1), last, now.tzinfo)
            if now.timestamp() < end or start < now.timestamp() < after:
                return True
    return False


def _merged(hours: tuple[tuple[str, str], ...]) -> list[tuple[int, int]]:
    """The windows as seconds of a day without their ends, in order, joined where they overlap."""
    spans = []
    for start, end in ((_seconds(first), _seconds(last)) for first, last in hours):
        spans += [(start, end)] if start < end else []
        spans += [(-1, end), (start, _DAY)] if start > end else []
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _within(spans: list[tuple[int, int]], of_day: float) -> bool:
    at = bisect_left(spans, (of_day,)) - 1
    return at >= 0 and spans[at][0] < of_day < spans[at][1]


def _seconds(moment: str) -> int:
    there = _at(moment)
    return there.hour * 3600 + there.minute * 60 + there.second


def _moment(now: float, there: tzinfo) -> datetime:
    return datetime.fromtimestamp(min(max(now, 86_400), _LATEST), there)


def _on(day: date, moment: str, zone: tzinfo | None) -> float:
    return datetime.combine(day, _at(moment), zone).timestamp()


def _at(moment: str) -> clock:
    hour, minute, second = map(int, moment[: moment.rindex(":") + 3].split(":"))
    return clock(hour, minute, second)


def _zone(name: str) -> tzinfo | None:
    """The zone of this name; None for the server's own, and for one that is not known here."""
    if name == "UTC":
        return UTC
    if not name or name == "Local" or not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None
