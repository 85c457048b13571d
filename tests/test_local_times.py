"""Times in UTC are shown with this machine's own beside them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet import when
from wallet.cli import output
from wallet.codes import HealthCode
from wallet.show.health_groups import lines_of
from wallet.tasks.health.key_health import HealthNote
from wallet.when import here_too

if sys.platform == "win32":
    pytest.skip("tzset is POSIX's", allow_module_level=True)


@pytest.fixture
def in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_kolkata")
def test_each_time_in_a_sentence_gets_the_time_here_once() -> None:
    text = "Expired at 2026-10-30 20:00:00 UTC; signed 2026-10-31 10:00 UTC."
    told = (
        "Expired at 2026-10-30 20:00:00 UTC, 2026-10-31 01:30 here; "
        "signed 2026-10-31 10:00 UTC, 15:30 here."
    )
    assert here_too(text) == told
    assert here_too(told) == told


@pytest.mark.usefixtures("in_kolkata")
def test_a_day_that_no_calendar_has_stays_as_it_is() -> None:
    assert here_too("at 2026-02-30 10:00 UTC") == "at 2026-02-30 10:00 UTC"


@pytest.mark.usefixtures("in_kolkata")
def test_health_tells_people_the_time_here_and_programs_none_but_utc() -> None:
    why = "Its JWT expired on 2026-10-30 20:00:00 UTC: servers refuse it."
    note = HealthNote(HealthCode.EXPIRED, "acme/orders/x", "U", why, "Sign it anew.", problem=True)
    assert "01:30 here" in lines_of([note])[0]
    assert note.to_json()["why"] == why


@pytest.mark.usefixtures("in_kolkata")
def test_the_command_line_tells_people_the_time_here_and_the_text_of_a_file_none(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    output.prepare()
    output.say("read 2026-10-31 10:00 UTC")
    output.columns([("a", "expires 2026-10-31 10:00 UTC")])
    output.exact("# written 2026-10-31 10:00 UTC\n")
    output.note("until 2026-10-31 10:00:00 UTC.")
    output.finish(0)
    out, err = map(bytes.decode, capsysbinary.readouterr())
    assert out.splitlines() == [
        "read 2026-10-31 10:00 UTC, 15:30 here",
        "a  expires 2026-10-31 10:00 UTC, 15:30 here",
        "# written 2026-10-31 10:00 UTC",
    ]
    assert err == "until 2026-10-31 10:00:00 UTC, 15:30 here.\n"


_FORMATS = re.compile(r"\.strftime\(|(?<!from)isoformat\(|:%[HY]")
_OTHERS = {
    "vault/key_record.py": "RFC 3339, for programs",
    "connection/causes/report.py": "the same",
    "connection/protocol/statistics.py": "the same",
    "vault/backups/older_saves.py": "the names of files",
    "vault/backups/retention.py": "days, to count by",
    "chain/opening_hours.py": "times of day in the zone of a JWT, which is named",
    "connection/rehearsal/throwaway_certificate.py": "the bytes of a certificate",
}


def test_a_moment_is_written_for_people_in_one_place() -> None:
    wallet = Path(when.__file__).parent
    own_ways = {
        path.relative_to(wallet).as_posix()
        for path in wallet.rglob("*.py")
        if _FORMATS.search(path.read_text("utf-8"))
    }
    assert own_ways == {"when.py", *_OTHERS}
