"""The tab of a user's tests, the newest first."""

from __future__ import annotations

from textual.content import Content

from wallet.show.named_keys import by_names
from wallet.show.short_texts import short_address
from wallet.show.states.last_results import verdict_now
from wallet.text import plain
from wallet.vault.key_record import KeyRecord, TestResult
from wallet.vault.records import Records
from wallet.when import ago


def remembered_tests(record: KeyRecord, records: Records) -> Content:
    """Show each test that is remembered: sign, verdict, server and how long ago, and the words."""
    results = records.results.of_key(record.public)
    if not results:
        return Content("Not tested yet. ‹test› checks it against a server.")
    return Content("\n").join(_test(record, result, records) for result in results)


def _test(record: KeyRecord, result: TestResult, records: Records) -> Content:
    verdict = f"{verdict_now(records, record, result):<11}"
    line = f"{verdict} {short_address(result.server_url, 60)}  {ago(result.at)}"
    return Content(f"{line}\n  {by_names(records, plain(result.summary, 300))}")
