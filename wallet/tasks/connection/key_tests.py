"""Tests of a vault's keys at servers: what the vault knows of a key goes along with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from wallet.connection.causes.earlier_sights import of_jwts
from wallet.connection.causes.expectation import KeyUnderTest, settle_all
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Wish
from wallet.connection.check.attempt import Event
from wallet.connection.check.bare_key import with_list_told, with_lists_told
from wallet.connection.check.cluster import Agree
from wallet.connection.check.experiments import ExperimentSetup
from wallet.connection.check.many import AT_ONCE, ask_all, check_at_once
from wallet.connection.check.question import ask
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.check.shared_addresses import with_sharers_told
from wallet.errors import UsageError
from wallet.nats.nkeys import decode_public
from wallet.tasks.connection.keys_under_test import keyring_of, wish_of
from wallet.tasks.connection.results import held_of, known_good
from wallet.tasks.connection.server_sights import went_by_jwts
from wallet.tasks.deployment.shut_out import shut_out_at, sight_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

AT_ONCE_SETTING = "tests-at-once"


async def check_key(
    vault: Vault,
    record: KeyRecord,
    server: Server,
    options: CheckOptions,
    on_stage: Callable[[Event], None] | None = None,
    wish: Wish | None = None,
) -> Report:
    """Check one key at one server. The report names what is wanted of the key, by the vault unless
    another `wish` is given, and is not judged by that yet. Raises what `ask` raises."""
    seen, held = shut_out_at(vault.records, record), held_of(vault.records, record.public)
    by_jwts = went_by_jwts(vault.records, server.target.url)
    report = await ask(server, decode_public(record.public), keyring_of(vault), options, on_stage)
    report = of_jwts(report, by_jwts)
    report = replace(_with_sight(report, seen), wish=wish or wish_of(record), begun_with=held)
    (told,) = await with_sharers_told([report], [server], options.timeout)
    return told


async def check_beside(
    vault: Vault, other: KeyRecord, server: Server, options: CheckOptions
) -> Report:
    """Check another user of a key's account, for a proof of why that key is refused: as `check_key`
    does, and whether the server has it in a list. Raises what `ask` raises."""
    report = await check_key(vault, other, server, options)
    return await with_list_told(report, server, keyring_of(vault), options.timeout)


async def check_keys(
    vault: Vault,
    keys: Mapping[str, KeyUnderTest],
    servers: Sequence[Server],
    options: CheckOptions,
    *,
    cluster: Agree | None = None,
    at_once: int | None = None,
    on_report: Callable[[Report], None] | None = None,
) -> list[Report]:
    """Check keys, by their public keys, at servers; the reports are judged by what was wanted.

    What is amiss comes first. `at_once` is the vault's setting unless given. Raises what `ask_all`
    raises.
    """
    records = vault.records
    seen = {
        public: shut_out_at(records, user)
        for public in keys
        if (user := records.by_public(public)) is not None
    }
    held = {public: held_of(records, public) for public in keys}
    reports = await ask_all(
        servers,
        [decode_public(public) for public in keys],
        keyring_of(vault),
        options,
        cluster=cluster,
        at_once=at_once or at_once_of(records),
        on_report=on_report,
    )
    wishes = {public: key.wish for public, key in keys.items()}
    reports = [
        replace(one, wish=wishes[one.public], begun_with=held[one.public]) for one in reports
    ]
    reports = await with_sharers_told(reports, servers, options.timeout)
    reports = await with_lists_told(reports, keys, servers, keyring_of(vault), options.timeout)
    by_jwts = {url: went_by_jwts(records, url) for url in {report.url for report in reports}}
    ranked = [of_jwts(report, by_jwts[report.url]) for report in reports]
    return settle_all([_with_sight(one, seen.get(one.public, {})) for one in ranked], keys)


def _with_sight(report: Report, seen: Mapping[str, datetime]) -> Report:
    """Add to a report when its server was seen to have the key's revocation, if it was."""
    at = seen.get(report.url)
    return report if at is None else replace(report, seen_there=sight_of(at))


def setup_of(vault: Vault, report: Report, server: Server, timeout: float) -> ExperimentSetup:
    """Make what an experiment needs after a report; `timeout` is seconds for each of them."""
    key, good = decode_public(report.public), known_good(vault, report)
    return ExperimentSetup(server, key, keyring_of(vault), good, timeout)


def at_once_of(records: Records) -> int:
    """Read how many checks run at a time: a setting of the vault."""
    try:
        return check_at_once(int(records.settings.get(AT_ONCE_SETTING, str(AT_ONCE))))
    except (ValueError, UsageError):
        return AT_ONCE
