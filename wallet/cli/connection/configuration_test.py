"""`test --config` and `config --rehearse`: will this configuration let the keys in?"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from wallet.cli import output
from wallet.cli.vault_access import unlock
from wallet.connection.causes.verdict import Wanted, Wish, expected
from wallet.connection.rehearsal.rehearsal_report import Rehearsal, Row
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.jwt import MAX_SIZE
from wallet.nats.nkeys import Kind
from wallet.show import verdict_signs
from wallet.tasks.connection.keys_under_test import users_beneath
from wallet.tasks.connection.rehearsal import rehearse
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

EXPLAINED = 5  # refusals told in full; a mistake in the configuration is mostly one for many


def test_file(arguments: Namespace) -> int:
    """`test --config FILE [REF…]`: exit 0 only when every key that was tried came as wanted:
    let in, and those that are revoked, expired or retired refused."""
    if arguments.tls_ca or arguments.tls_cert or arguments.tls_key:
        raise UsageError("A rehearsal runs without TLS: leave out --tls-ca, --tls-cert, --tls-key.")
    with unlock(arguments) as vault:
        chosen = [key for ref in arguments.refs for key in _keys(vault.records, ref)]
        unique = {record.public: record for record in chosen}
        wish = expected(Wanted(arguments.expect)) if arguments.expect else None
        keys = unique.values() or None
        rehearsal = run(arguments.config, vault, keys, timeout=arguments.timeout, wish=wish)
    if arguments.json:
        output.as_json(rehearsal.to_json())
    else:
        show(rehearsal, output.results)
    return 0 if rehearsal.as_wanted else 1


def _keys(records: Records, ref: str) -> list[KeyRecord]:
    """The key that is meant; an account or operator stands for its users."""
    record = records.find(ref)
    if record.kind not in {Kind.ACCOUNT, Kind.OPERATOR} or record.signing:
        return [record]
    users = users_beneath(records, record)
    if not users:
        raise StateRefusesError(f"{record.path} has no users with a seed to test.")
    return users


def run(
    source: Path | str,
    vault: Vault,
    only: Iterable[KeyRecord] | None = None,
    *,
    timeout: float = 5.0,
    wish: Wish | None = None,
) -> Rehearsal:
    """Rehearse, from code that is not asynchronous. Raises what `rehearse` raises."""
    return asyncio.run(rehearse(source, vault, only, timeout=timeout, wish=wish))


def show(rehearsal: Rehearsal, to: output.Stream) -> None:
    """The table for people, and under it why and what to change."""
    output.columns((_cells(row) for row in rehearsal.rows), to)
    refused = [row for row in rehearsal.rows if row.cause and not row.as_wanted]
    for row in refused[:EXPLAINED]:
        _explain(row, to)
    if len(refused) > EXPLAINED:
        output.say(f"\n{len(refused) - EXPLAINED} more were not let in; --json tells why.", to=to)
    for flaw in rehearsal.flaws[:EXPLAINED]:
        mark = verdict_signs.OF_FLAW[flaw.fatal]
        _tell(f"{mark} {flaw.where}: {flaw.code}", flaw.why, flaw.fix, to)
    if len(rehearsal.flaws) > EXPLAINED:
        output.say(f"\n{len(rehearsal.flaws) - EXPLAINED} more such; --json tells them.", to=to)
    output.say("\n".join(["", *rehearsal.summary]), to=to)


def _cells(row: Row) -> tuple[str, ...]:
    account = f"account {row.shown_account}" if row.account else ""
    code = row.cause.code if row.cause else ""
    if row.wish.wanted is Wanted.REFUSED:
        code = f"{code} ({row.wish.because})".strip()
    return (verdict_signs.sign_of(row), row.path, row.public, row.verdict.value, account, code)


def _explain(row: Row, to: output.Stream) -> None:
    if row.cause:
        _tell(f"{plain(row.path)}: {row.cause.code}", row.cause.why, row.cause.fix, to)


def _tell(head: str, why: str, fix: str, to: output.Stream) -> None:
    # A JWT to paste is long, and useless when it is cut.
    first, *more = [plain(line, MAX_SIZE) for line in fix.splitlines()] or [""]
    output.say(f"\n{plain(head, 1000)}\n  {plain(why, 1000)}", to=to)
    output.say("\n".join([f"  → {first}", *(f"    {line}" for line in more)]), to=to)
