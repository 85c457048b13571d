"""Deleting or moving an account names, in its dialog, the imports in others that end by that."""

from __future__ import annotations

from pathlib import Path

from tests.app.test_chain import empty as empty
from tests.app.test_main import changed, closed, dialog, find, opened, records_of, sees
from tests.app.test_shared_subjects import path as path
from wallet.vault.signing.issuance import Issuing

EXPORT = {"name": "status", "subject": "status", "type": "service"}


def share(path: Path) -> None:
    with changed(path) as records:
        shared = Issuing(records)
        orders, metrics = records.find("orders"), records.find("metrics")
        shared.edit(orders.id, {**shared.claims(orders.id), "exports": [EXPORT]})
        one = {"name": "s", "subject": "status", "type": "service", "account": orders.public}
        shared.edit(metrics.id, {**shared.claims(metrics.id), "imports": [one]})


async def test_a_dialog_that_deletes_the_exporter(path: Path) -> None:
    share(path)
    async with opened(path) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "d", "accounts end by that: service status in", "acme/metrics.")


async def test_a_dialog_that_moves_the_exporter(path: Path) -> None:
    share(path)
    async with opened(path) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "m", "Under which operator?")
        await pilot.press("ctrl+u", "enter")
        await sees(pilot, "accounts end: service status in", "acme/metrics.", "once more")
        assert records_of(pilot).find("orders").path == "acme/orders"
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("orders").path == "orders"
