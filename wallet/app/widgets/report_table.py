"""Many reports as lines, with a count of each verdict above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wallet.connection.report import Report, Verdict
from wallet.text import plain

SHOWN = 500  # lines; the count above them is of all
SIGNS = {
    Verdict.ACCEPTED: ("✓", "$text-success"),
    Verdict.REFUSED: ("✗", "$text-error"),
    Verdict.UNCHECKED: ("!", "$text-warning"),
    Verdict.FAILED: ("✗", "$text-error"),
}


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

    def count(self, numbers: Mapping[Verdict, int]) -> None:
        """How many of each verdict."""
        counts = [
            f"{SIGNS[verdict][0]} {numbers[verdict]:,} {verdict.value}"
            for verdict in (Verdict.REFUSED, Verdict.FAILED, Verdict.UNCHECKED, Verdict.ACCEPTED)
            if numbers.get(verdict)
        ]
        self.query_one("#count", Static).update("   ".join(counts))

    def show(self, reports: Sequence[Report], names: Mapping[str, str] | None = None) -> None:
        """One line for each, with `names` by public key where there are several keys."""
        self.count(Counter(report.verdict for report in reports))
        servers = len({report.url for report in reports})
        lines = [
            _row(names[report.public] if names else "", report, server=servers > 1 or not names)
            for report in reports[:SHOWN]
        ]
        self.query_one("#table", Static).update(Content("\n").join(lines))


def _row(name: str, report: Report, *, server: bool) -> Content:
    sign, style = SIGNS[report.verdict]
    cause = report.causes[0].code if report.causes else ""
    account = report.account
    denied = next((f"no {a.action} {a.subject}" for a in report.may if not a.allowed), "")
    parts = [f" {report.verdict.value:<10}"]
    if name:
        parts.append(f"{plain(name, 30):<31}")
    if server:
        parts.append(f"{plain(report.url, 34):<35}")
    key = [(f"{report.public[:8]}…  ", "dim")] if name and not server else []
    time = f"{report.rtt_ms:.2f} ms  " if report.rtt_ms is not None and not name else ""
    said = denied or cause or (f"account {account}" if account else "")
    return Content.assemble((sign, style), *parts, *key, (time, "dim"), plain(said, 40))
