"""Many reports as lines, with a count of each verdict above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wallet.app.host import Host
from wallet.app.widgets.results.cause_text import cause_text, said_on
from wallet.app.widgets.results.sign_styles import styled
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.show import verdict_signs
from wallet.show.columns import padded
from wallet.show.short_texts import ending, short_address
from wallet.text import plain

_SHARED = 2
SHOWN = 500  # lines; the count above them is of all


class ReportTable(Vertical):
    """The reports in the order they are given."""

    DEFAULT_CSS = """
    ReportTable {
        height: auto;

        #count { padding: 0 1; text-style: bold; height: auto; }
        #shared-causes { padding: 0 1; height: auto; display: none; }
        #rows { height: auto; max-height: 66vh; padding: 0 1; }
        #rows Static { width: 1fr; }
    }
    """

    app: Host

    def compose(self) -> ComposeResult:
        yield TextIfAny(id="count")
        yield Static("", id="shared-causes")
        with VerticalScroll(id="rows", can_focus=False):
            yield TextIfAny(id="table")

    def count(self, numbers: Mapping[Verdict, int], reports: Sequence[Report] = ()) -> None:
        """Show how many there are of each verdict, and of `reports` to be refused how many were."""
        self.query_one("#count", Static).update("   ".join(verdict_signs.counts(numbers, reports)))

    def show(self, reports: Sequence[Report], names: Mapping[str, str] | None = None) -> None:
        """Show a line for each report; with several keys, `names` has each public key's name."""
        self.count(Counter(report.verdict for report in reports), reports)
        servers = len({report.url for report in reports})
        lines = [
            _row(names[report.public] if names else "", report, server=servers > 1 or not names)
            for report in reports[:SHOWN]
        ]
        self.query_one("#table", Static).update(Content("\n").join(lines))
        self._tell_shared(reports)

    def _tell_shared(self, reports: Sequence[Report]) -> None:
        """Say in full, above the lines and once, what several of them have for their cause."""
        first = [report.causes[0] for report in reports if report.causes]
        shared = [cause for cause, count in Counter(first).most_common(_SHARED) if count > 1]
        words = self.query_one("#shared-causes", Static)
        words.display = bool(shared)
        say = said_on(self.screen, self.app)
        words.update(Content("\n").join(cause_text(say, cause) for cause in shared))


def _row(name: str, report: Report, *, server: bool) -> Content:
    cause = report.causes[0].code.heading if report.causes else ""
    if report.wish.wanted is Wanted.REFUSED and report.as_wanted:
        cause = f"right: {report.wish.because}"
    account = report.account
    denied = next((f"no {a.action} {a.subject}" for a in report.may if not a.allowed), "")
    parts = [f" {report.verdict.value:<10}"]
    if name:
        parts.append(padded(ending(name, 30), 31))
    if server:
        parts.append(padded(short_address(report.url, 34), 35))
    key = [(f"{report.public[:8]}…  ", "dim")] if name and not server else []
    time = f"{report.rtt_ms:.2f} ms  " if report.rtt_ms is not None and not name else ""
    remark = denied or cause or (f"account {account}" if account else "")
    return Content.assemble(
        styled(verdict_signs.sign_of(report)), *parts, *key, (time, "dim"), plain(remark, 40)
    )
