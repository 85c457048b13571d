"""Reports of checks as a person reads them: one in full, many as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from wallet.cli import output
from wallet.connection.causes.report import Report, StageResult
from wallet.connection.causes.verdict import Wanted
from wallet.connection.protocol.server_info import Identity
from wallet.show import verdict_signs
from wallet.text import plain
from wallet.when import to_the_minute

EXPLAINED = 5  # told in full below a table; one mistake is mostly behind many refusals


Named = Callable[[str], str]
"""Puts the paths of this vault's keys in the place of their public keys, as the app does."""


def show_stage(named: Named, stage: object) -> None:
    """Print one line for a stage that has ended."""
    if isinstance(stage, StageResult):
        mark = verdict_signs.OF_STAGE[stage.ok]
        time = f"{stage.ms:8.1f} ms" if stage.ms is not None else " " * 11
        output.say(f"{mark} {stage.stage.value:<13}{time}  {named(stage.detail)}")


def show(report: Report, named: Named) -> None:
    """The verdict, whom the server takes us for, what that may do, and the causes."""
    output.say(f"\n{named(report.summary)}")
    if report.identity:
        output.fields(_identity(report.identity))
    if report.monitor:
        output.fields(_monitoring(report.monitor))
    for answer in report.may:
        mark = verdict_signs.OF_ANSWER[answer.allowed]
        output.say(f"{mark} {answer.action:<9}  {answer.subject}  ({answer.how})")
    for cause in report.causes:
        output.say(f"\n{cause.heading}\n  {named(cause.why)}")
        first, *more = cause.fix.splitlines() or [""]
        output.say("\n".join([f"  → {first}", *(f"    {line}" for line in more)]))


def table(reports: Sequence[Report], names: Mapping[str, str], named: Named) -> None:
    """Print a line for each key and server, then the first few that went wrong in full."""
    output.columns(_cells(report, names, named) for report in reports)
    wrong = [report for report in reports if not report.as_wanted]
    unlike = {_advice(report): report for report in reversed(wrong)}  # the first of each
    explained = [report for report in wrong if unlike[_advice(report)] is report][:EXPLAINED]
    for report in explained:
        output.say(f"\n{plain(names[report.public], 300)} at {report.url}")
        show(report, named)
    told = {_advice(report) for report in explained}
    others = sum(_advice(report) not in told for report in wrong)
    if same := len(wrong) - len(explained) - others:
        output.say(f"\nAnd {same:,} more for the same reason.")
    if others:
        output.say(f"\n{others:,} more are not as wanted; --json tells why.")
    output.say(f"\n{_count(reports)}")


def _advice(report: Report) -> tuple[object, ...]:
    """Give by what two explanations differ: where, how it went, and what is to be done."""
    return report.url, report.verdict, *((cause.code, cause.fix) for cause in report.causes)


def _count(reports: Sequence[Report]) -> str:
    """Count the accepted and, where some were wanted refused, those that are as wanted."""
    unwanted = [report for report in reports if report.wish.wanted is Wanted.REFUSED]
    others = len(reports) - len(unwanted)
    accepted = sum(report.ok for report in reports if report.wish.wanted is Wanted.TAKEN)
    summary = f"{accepted:,} of {others:,} accepted." if others else ""
    if unwanted:
        right = sum(report.as_wanted is True for report in unwanted)
        summary += f" {right:,} of {len(unwanted):,} refused, as they should be."
    return summary.strip()


def _cells(report: Report, names: Mapping[str, str], named: Named) -> tuple[str, ...]:
    server = report.server.get("server_name")
    is_named = isinstance(server, str) and server != report.server.get("server_id")
    account = named(f"account {report.account}") if report.account else ""
    denied = ", ".join(
        f"may not {answer.action} {answer.subject}" for answer in report.may if not answer.allowed
    )
    return (
        verdict_signs.sign_of(report),
        names[report.public],
        report.url,
        str(server) if is_named else "",
        report.verdict.value,
        "" if report.rtt_ms is None else f"{report.rtt_ms:.2f} ms",
        account,
        denied or _why(report),
    )


def _why(report: Report) -> str:
    if report.wish.wanted is Wanted.REFUSED and report.as_wanted:
        return f"right: {report.wish.because}"
    return report.causes[0].code.heading if report.causes else ""


def _identity(who: Identity) -> list[tuple[str, str]]:
    allowed = json.dumps(who.permissions, ensure_ascii=False) if who.permissions else "all"
    return [
        ("user", who.user),
        ("account", who.account),
        ("permissions", allowed),
        ("until", to_the_minute(who.expires) if who.expires else ""),
    ]


def _monitoring(told: Mapping[str, object]) -> list[tuple[str, str]]:
    """Give the lines that tell what the server's monitoring answered."""
    if problem := told.get("problem"):
        return [("monitoring", f"{told['url']}: {problem}")]
    return [
        ("monitoring", f"{told['url']}, server {told['server_name']}"),
        ("connections", f"{told['connections']} of {told['max_connections']}"),
        ("configuration", f"loaded {told['config_load_time']}"),
        ("operators", ", ".join(map(str, cast("list[str]", told["operators"])))),
    ]
