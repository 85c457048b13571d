"""Keeping what a check found with the key that was checked."""

from __future__ import annotations

from datetime import UTC, datetime

from wallet.connection.report import Report
from wallet.vault.vault import Vault


def remember(vault: Vault, report: Report) -> None:
    """Save a report's outcome, and its server as the one used last.

    Writes the vault, so it may take a while and raises what `Vault.change` raises.
    """
    with vault.change() as records:
        records.add_test_result(
            report.public,
            report.url,
            ok=report.ok,
            verdict=report.verdict.value,
            summary=report.summary,
            at=datetime.now(UTC),
        )
        records.remember_server(report.url)
