"""The next step of a new account on its way to servers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.deployment.conftest import add
from tests.vault.many import many
from tests.vault.support import empty_vault, unlock
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.first_steps import first_step
from wallet.vault.records import Records
from wallet.vault.signing.issuance import KEEP, Issuing


def test_an_account_called_as_a_system_account_is_to_become_it_and_needs_no_user(
    tmp_path: Path,
) -> None:
    path = empty_vault(tmp_path / "keys" / "vault.nkw")
    with unlock(path) as vault, vault.change() as records:
        issuing = Issuing(records)
        acme = add(issuing, Kind.OPERATOR, "acme")
        system = add(issuing, Kind.ACCOUNT, "SYS", acme)
        step = first_step(records, [system])
        assert step == "Next: ‹claims› on acme makes acme/SYS its system account, no user needed."
        nats = {**issuing.claims(acme.id), "system_account": system.public}
        issuing.edit(acme.id, nats, expires=KEEP, not_before=KEEP)
        assert "user in it" not in first_step(records, [records.get(system.id)])
        orders = add(issuing, Kind.ACCOUNT, "orders", records.get(acme.id))
        assert first_step(records, [orders]) == "Next: ‹new› on acme/orders makes a user in it."


def rows_read(records: Records) -> int:
    """The number of rows that are read to tell the next step of the accounts."""
    accounts, count = list(records.all(Kind.ACCOUNT)), 0

    def row(_cursor: sqlite3.Cursor, values: tuple[object, ...]) -> tuple[object, ...]:
        nonlocal count
        count += 1
        return values

    with records.database.question() as sql:
        sql.row_factory = row
    assert "‹test› on a user" in first_step(records, accounts)
    with records.database.question() as sql:
        sql.row_factory = None
    return count


def test_the_next_step_of_an_account_is_told_without_reading_its_users() -> None:
    assert rows_read(many(5_000)) == rows_read(many(1))


def test_two_questions_are_asked_of_each_account() -> None:
    records = many(50, 50)
    asked: list[str] = []
    accounts = list(records.all(Kind.ACCOUNT))
    with records.database.question() as sql:
        sql.set_trace_callback(asked.append)
    first_step(records, accounts)
    with records.database.question() as sql:
        sql.set_trace_callback(None)
    # Its operator, and the first of its users; the JWT of the operator only for one called SYS.
    assert len([each for each in asked if each.lstrip().startswith("SELECT")]) == 2 * 50
