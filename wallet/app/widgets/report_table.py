"""Many reports as lines, with a count of each verdict above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import WORST_FIRST, Verdict, Wanted, sign_of
from wallet.text import plain

SHOWN = 500  # lines; the count above them is of all
STYLES = {"✓": "$text-success", "✗": "$text-error", "!": "$text-warning", "?": "$text-warning"}


class ReportTable(Vertical):
    """The reports in the order they are given."""

    DEFAULT_CSS = """
    ReportTable {
        height: auto;

        #count { padding: 0 1; text-style: bold; height: auto; }
        #rows { height: auto; max-height: 16; padding: 0 1; }
        #rows Static { width: 1fr; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("", id="count", markup=False)
        with VerticalScroll(id="rows", can_focus=False):
            yield Static("", id="table")

    def count(self, numbers: Mapping[Verdict, int], reports: Sequence[Report] = ()) -> None:
        """Show how many reports have each verdict, and how many that were to be refused were."""
        counts = [
            f"{sign_of(Wanted.TAKEN, verdict, fulfilled=None)} {numbers[verdict]:,} {verdict.value}"
            for verdict in WORST_FIRST
            if numbers.get(verdict)
        ]
        unwanted = [report for report in reports if report.wish.wanted is Wanted.REFUSED]
        if unwanted:
            right = sum(report.as_wanted is True for report in unwanted)
            sign = "✓" if right == len(unwanted) else "✗"
            counts.append(f"{sign} {right:,} of {len(unwanted):,} to be refused were")
        self.query_one("#count", Static).update("   ".join(counts))

    def show(self, reports: Sequence[Report], names: Mapping[str, str] | None = None) -> None:
        """One line for each, with `names` by public key where there are several keys."""
        self.count(Counter(report.verdict for report in reports), reports)
        servers = len({report.url for report in reports})
        lines = [
            _row(names[report.public] if names else "", report, server=servers > 1 or not names)
            for report in reports[:SHOWN]
        ]
        self.query_one("#table", Static).update(Content("\n").join(lines))


def _row(name: str, report: Report, *, server: bool) -> Content:
    sign, style = report.sign, STYLES[report.sign]
    cause = report.causes[0].code.heading if report.causes else ""
    if report.wish.wanted is Wanted.REFUSED and report.as_wanted:
        cause = f"right: {report.wish.because}"
    account = report.account
    denied = next((f"no {a.action} {a.subject}" for a in report.may if not a.allowed), "")
    parts = [f" {report.verdict.value:<10}"]
    if name:
        parts.append(f"{plain(name, 30):<31}")
    if server:
        parts.append(f"{plain(report.url, 34):<35}")
    key = [(f"{report.public[:8]}…  ", "dim")] if name and not server else []
    time = f"{report.rtt_ms:.2f} ms  " if report.rtt_ms is not None and not name else ""
    remark = denied or cause or (f"account {account}" if account else "")
    return Content.assemble((sign, style), *parts, *key, (time, "dim"), plain(remark, 40))
