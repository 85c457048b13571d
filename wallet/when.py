"""Times as people write them, for the ends of JWTs, and as they read them. Pure."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from wallet.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
# A number has a digit before its point or behind it.
_DURATION = re.compile(
    "([0-9]+(?=[^0-9])|(?=\\.[0-9]))(\\.[0-9]*|)(ns|us|\u00b5s|\u03bcs|ms|s|m(?!s)|h)"
)
_IN_UTC = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) UTC(?!, [-\d: ]+ here)")
_LAST = 253_402_300_799  # the end of the year 9999


def moment(text: str, now: int) -> int | None:
    """A point in time, seconds since 1970, None for `never`.

    `text` is a span from `now` on (`90d`; units s, m, h, d, w, y), a date (`2027-01-31`, its
    beginning in UTC) or a date and time (`2027-01-31T12:00:00Z`, `2027-01-31 12:00 UTC`). Raises
    `UsageError`.
    """
    text = text.strip()
    if text.lower() in {"never", "none", "no", ""}:
        return None
    if re.fullmatch(r"[0-9]{1,9}[a-z]", text.lower()):
        point = now + span(text)
    else:
        try:
            written = datetime.fromisoformat(re.sub(r" UTC\Z", "+00:00", text, flags=re.I))
        except ValueError:
            raise UsageError(
                f"{text!r} is no time: write 90d, 12h, 2027-01-31, 2027-01-31T12:00:00Z or never."
            ) from None
        point = int((written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp())
    if not 0 < point <= _LAST:
        raise UsageError(f"{text!r} lies outside the times that a JWT can name.")
    return point


def past(text: str, now: int) -> int:
    """The second before which something was, since 1970: `now`, a span ago (`2h`), a date, a time.

    `now` has the second that runs before it. Dates and times as `moment` has them. Whether it has
    passed is not looked at. Raises `UsageError`.
    """
    text = text.strip()
    if text.lower() == "now":
        return now + 1
    if re.fullmatch(r"[0-9]{1,9}[a-z]", text.lower()):
        point = now - span(text)
    else:
        try:
            point = moment(text, now) or 0
        except UsageError:
            raise UsageError(
                f"{text!r} is no time: write 2h (two hours ago), now, 2026-01-31 or "
                "2026-01-31T12:00:00Z."
            ) from None
    if point <= 0:
        raise UsageError(f"{text!r} lies before the times that a JWT can name.")
    return point


def span(text: str) -> int:
    """A length of time in seconds: `5s`, `1m`, `90d`. Raises `UsageError`."""
    match = re.fullmatch(r"([0-9]{1,9})([a-z])", text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise UsageError(f"{text!r} is no length of time: write 5s, 1m, 12h or 90d.")
    return int(match[1]) * _UNITS[match[2]]


def nanoseconds(text: str) -> int:
    """A length of time as nats-server reads it: `1m30s`, `.5s`, `-1.5h`, `2μs`.

    Raises `ValueError` for what is none. Source: Go, time.ParseDuration.
    """
    unsigned = text.removeprefix(text[:1]) if text[:1] in {"-", "+"} else text
    if unsigned == "0":
        return 0
    parts = _DURATION.findall(unsigned[:1001])
    if len(text) > 1000 or not parts or "".join(map("".join, parts)) != unsigned:
        raise ValueError(f"{text[:40]!r} is no length of time")
    total = 0
    for whole, point, unit in parts:
        length, digits = _NANOSECONDS[unit], point[1:]
        # Go keeps as many digits of a fraction as a number of 63 bits holds, and rounds down.
        while digits and int(digits) > 1 << 63:
            digits = digits[:-1]
        total += int(whole or "0") * length
        if digits:
            total += int(float(int(digits)) * (float(length) / 10.0 ** len(digits)))
    total = -total if text[:1] == "-" else total
    if not -(1 << 63) <= total < 1 << 63:
        raise ValueError(f"{text[:40]!r} is beyond 292 years")
    return total


def written(seconds: int) -> str:
    """`2027-01-31 12:00 UTC`."""
    return to_the_minute(datetime.fromtimestamp(seconds, UTC))


def to_the_minute(moment: datetime) -> str:
    """`2027-01-31 12:00 UTC`, of a moment in any time zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def to_the_second(moment: datetime) -> str:
    """`2027-01-31 12:00:00 UTC`, of a moment in any time zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def exactly(seconds: float) -> str:
    """`2027-01-31 12:00:00 UTC`; the number itself where no calendar has such a day."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"


def how_long(seconds: float) -> str:
    """A length of time in a unit that fits: `40 seconds`, `3 hours`, `12 days`."""
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    name, length = next((unit for unit in units if seconds >= 2 * unit[1]), ("second", 1))
    count = int(seconds // length)
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def ago(moment: datetime) -> str:
    """Say how long ago a moment is, in the largest unit that fits: `3 days ago`."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for unit, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def short_ago(moment: datetime) -> str:
    """Say how long ago a moment is, in a few characters: `2 h ago`."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for unit, length in (("y", 31_557_600), ("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"


def with_local(moment: datetime) -> str:
    """`2027-01-31 12:00 UTC, 13:00 here`: with this machine's own time where that is another."""
    return to_the_minute(moment) + or_here(moment)


def with_local_second(moment: datetime) -> str:
    """`2027-01-31 12:00:00 UTC, 13:00 here`: with this machine's own time where that is another."""
    return to_the_second(moment) + or_here(moment)


def here_too(text: str) -> str:
    """A text with this machine's own time behind each time in UTC that has it not yet."""
    if " UTC" not in text:  # as most, and of a hundred thousand lines
        return text

    def with_here(written: re.Match[str]) -> str:
        try:
            return written[0] + or_here(datetime.fromisoformat(f"{written[1]}+00:00"))
        except (ValueError, OverflowError, OSError):  # no calendar has it
            return written[0]

    return _IN_UTC.sub(with_here, text)


def or_here(moment: datetime) -> str:
    """`, 13:00 here`, to stand behind a time in UTC; empty where this machine's is the same."""
    there, here = moment.astimezone(UTC), moment.astimezone()
    if here.utcoffset() == there.utcoffset():
        return ""
    day = "" if here.date() == there.date() else f"{here:%Y-%m-%d} "
    return f", {day}{here:%H:%M} here"
