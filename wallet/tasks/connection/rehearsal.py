"""A rehearsal with the keys of a vault: those that belong to a configuration, and their JWTs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from wallet.connection.causes.verdict import Wish
from wallet.connection.rehearsal.known_accounts import KnownAccounts
from wallet.connection.rehearsal.rehearsal_report import Rehearsal
from wallet.connection.rehearsal.run import CONCURRENCY, Candidate, Selection, started, try_keys
from wallet.connection.rehearsal.server_pair import RunningConfiguration
from wallet.nats.nkeys import Kind, decode_public
from wallet.tasks.connection.keys_under_test import wish_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault


async def rehearse(
    source: Path | str,
    vault: Vault,
    only: Iterable[KeyRecord] | None = None,
    *,
    also: Iterable[KeyRecord] = (),
    concurrency: int = CONCURRENCY,
    timeout: float = 5.0,
    wish: Wish | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Run nats-server with a configuration, a file or a text, and check keys against it.

    The keys are those that it lists and the vault has a seed of, and the keys of `also`; or else
    those of `only`, listed or not. One made for the occasion is checked too. A configuration with
    an operator lists no keys: there they are the users of the accounts that it knows, or would
    take. `timeout` is seconds for each check; `concurrency` of them run at once, and `on_progress`
    hears how many of how many are done. `wish` is what is wanted of every key; without it the
    vault says that of each. Raises `ServerMissingError`, `UsageError` for a file that cannot be
    read, `ConfigurationError` for what nats-server refuses, and what opening a seed raises.
    """
    async with started(source, lambda: _account_tokens(vault.records)) as running:
        # In a thread: there may be a hundred thousand.
        selection = await asyncio.to_thread(_selection, vault, running, only, also, wish)
        return await try_keys(
            running, selection, concurrency=concurrency, timeout=timeout, on_progress=on_progress
        )


def _account_tokens(records: Records) -> dict[str, str]:
    """The JWTs of the accounts in the vault, by their public keys."""
    tokens = {}
    for account in records.all(Kind.ACCOUNT):
        token = None if account.signing else records.tokens.get(account.id)
        if token is not None:
            tokens[account.public] = token
    return tokens


def _selection(
    vault: Vault,
    running: RunningConfiguration,
    only: Iterable[KeyRecord] | None,
    also: Iterable[KeyRecord],
    wish: Wish | None,
) -> Selection:
    """Choose the keys to check, and name those that belong to the configuration without a seed."""
    records, known_accounts = vault.records, running.known_accounts
    if known_accounts is None:
        listed = [records.by_public(public) for public in running.listed]
        belonging = [record for record in listed if record is not None]
    else:
        belonging = list(_users_of_accounts(records, known_accounts))
    with_seed = [record for record in belonging if record.has_seed]
    able = {record.public for record in with_seed}
    theirs = [*running.listed, *(record.public for record in belonging)]
    not_held = list(dict.fromkeys(public for public in theirs if public not in able))
    chosen = [*with_seed, *also] if only is None else only
    unique = {record.public: record for record in chosen}
    candidates = [_candidate(vault, record, known_accounts, wish) for record in unique.values()]
    return Selection(candidates, not_held)


def _users_of_accounts(records: Records, known_accounts: KnownAccounts) -> Iterator[KeyRecord]:
    """The users in use of the accounts that the server knows, or would take from an operator."""
    for account in records.all(Kind.ACCOUNT):
        claims = None if account.signing else records.tokens.claims(account.id)
        if account.public in known_accounts.by_key or (claims and known_accounts.trusts(claims)):
            for user in records.beneath(account.id):
                if user.kind is Kind.USER and user.status == "active":
                    yield user


def _candidate(
    vault: Vault, record: KeyRecord, known_accounts: KnownAccounts | None, wish: Wish | None
) -> Candidate:
    records = vault.records
    candidate = Candidate(
        decode_public(record.public),
        record.path,
        partial(vault.open_seed, record.public),
        wish or wish_of(record),
    )
    if known_accounts is None or record.kind is not Kind.USER:
        return candidate
    user = records.tokens.claims(record.id)
    account = user.account if user else None
    if user is None and record.parent is not None:
        account = records.get(record.parent).public
    return candidate._replace(chain=known_accounts.chain(user, account), account=account)
