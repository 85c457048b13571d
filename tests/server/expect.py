"""What every report must be, whatever the server did."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

from wallet.connection.report import Cause, Report, Stage, Verdict


def first_cause(report: Report) -> Cause:
    """The likeliest cause, after a look at the whole report."""
    assert_presentable(report)
    assert report.causes, f"no cause is named: {report.summary}"
    return report.causes[0]


def codes(report: Report) -> list[tuple[str, bool]]:
    """Code and certainty of every cause, likeliest first."""
    return [(cause.code, cause.certain) for cause in report.causes]


def stages(report: Report) -> dict[str, bool | None]:
    """What became of each stage."""
    return {stage.stage.value: stage.ok for stage in report.stages}


def assert_presentable(report: Report) -> None:
    """Its JSON is JSON; its texts can be put on a screen; verdict and causes fit together."""
    json.dumps(report.to_json(), allow_nan=False)
    assert [stage.stage for stage in report.stages] == list(Stage)
    assert report.ok is (report.verdict is Verdict.ACCEPTED)
    assert report.summary
    if not report.ok:
        assert report.causes
    for text in _texts(report.to_json()):
        for line in text.splitlines() or [""]:
            bad = [c for c in line if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
            assert not bad, f"{bad!r} in {line!r}"
            assert not any(c in line for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    for cause in report.causes:
        assert "\n" not in cause.why
        assert cause.why
        assert cause.fix
        assert len(cause.why) < 1500
    assert "\n" not in report.summary


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(name)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
