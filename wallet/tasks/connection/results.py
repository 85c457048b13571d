"""Keeping what a check found with the key that was checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from wallet.connection.causes.experiment_results import KnownGood
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.nats.nkeys import decode_public
from wallet.tasks.connection.keys_under_test import users_beneath, wish_of
from wallet.tasks.deployment.deliveries import note_refusals
from wallet.tasks.rotation.proofs import note_tests
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault


def known_good(vault: Vault, report: Report) -> KnownGood | None:
    """Another key that the report's server took when it was last tested there.

    Where the key is wanted refused it is one of the same account, tested there before or not:
    that the server takes it proves what the refusal is for. Raises `LockedError`.
    """
    records = vault.records
    if report.wish.wanted is Wanted.REFUSED:
        return _sibling(records, report)
    last_taken = records.results.last_taken(report.url, besides=report.public)
    record = records.by_public(last_taken[0]) if last_taken else None
    if last_taken is None or record is None:
        return None
    refused = records.by_public(report.public)
    return KnownGood(
        decode_public(record.public),
        plain(record.path, 60),
        last_taken[1],
        has_jwt=record.has_jwt,
        same_account=refused is not None and refused.parent == record.parent is not None,
    )


def _sibling(records: Records, report: Report) -> KnownGood | None:
    refused = records.by_public(report.public)
    above = records.get(refused.parent) if refused and refused.parent is not None else None
    if above is None:
        return None
    able = [
        user
        for user in users_beneath(records, above)
        if user.public != report.public and wish_of(user).wanted is Wanted.TAKEN
    ]
    last = records.results.last_taken(report.url, besides=report.public)
    able.sort(key=lambda user: last is None or user.public != last[0])
    if report.signer:  # of those that it signed the server knows the signing key as well
        able[:_LOOKED_AT] = sorted(
            able[:_LOOKED_AT], key=lambda user: _signer_of(records, user) != report.signer
        )
    for user in able:
        at = last[1] if last and user.public == last[0] else None
        name = plain(user.path, 60)
        return KnownGood(decode_public(user.public), name, at, user.has_jwt, same_account=True)
    return None


_LOOKED_AT = 100  # users whose JWTs are read for that


def _signer_of(records: Records, user: KeyRecord) -> str:
    claims = records.tokens.claims(user.id)
    return claims.issuer.text if claims else ""


NOT_KEPT = "What a test found was not kept: the wallet locked as it ended. Test again."


def remember(vault: Vault, *reports: Report) -> None:
    """Save the outcome of reports, what they prove, and their server as the last.

    Writes the vault, so it may take a while and raises what `Vault.change` raises. Nothing is kept
    where the vault is only looked at.
    """
    if vault.only_looking:
        return
    at = datetime.now(UTC)
    with vault.change(minor=True) as records:
        current = [report for report in reports if not _is_overtaken(records, report)]
        new_servers = _where_they_are_new(records, reports)
        for report in reports:
            if len(reports) > 1 and records.by_public(report.public) is None:
                continue  # another window deleted it meanwhile
            records.results.add(
                report.public,
                report.url,
                ok=report.ok,
                verdict=report.verdict.value,
                summary=report.summary,
                at=at,
            )
        for account, url in new_servers:
            records.deliveries.note_new_server(account, url)
        note_tests(records, current)
        note_refusals(records, current)
        answered = {report.url for report in reports if report.verdict is not Verdict.FAILED}
        for url in dict.fromkeys(report.url for report in reversed(reports)):
            records.servers.remember(url, answered=url in answered)


def held_of(records: Records, public: str) -> tuple[object, ...]:
    """The state of a key, by public key, that a test proves something of: its JWT, its account's,
    and its rotations. It is compared, as a clock may be put back meanwhile."""
    user = records.by_public(public)
    if user is None:
        return (public,)
    account = None if user.parent is None else records.tokens.get(user.parent)
    return public, records.tokens.get(user.id), account, *records.rotations.of_key(public)


def _is_overtaken(records: Records, report: Report) -> bool:
    """Whether a refusal was seen before what it would be a proof of: the account's JWT, or a
    rotation of the key, was changed since, in another window or by another process."""
    if report.ok or not report.begun_with:
        return False
    return report.begun_with != held_of(records, report.public)


def _where_they_are_new(records: Records, reports: Iterable[Report]) -> set[tuple[int, str]]:
    """The accounts, by id, whose users were taken at servers where nobody knew them to be."""
    taken = set()
    for report in reports:
        user = records.by_public(report.public)
        if report.ok and user is not None and user.parent is not None:
            taken.add((user.parent, report.url))
    return {
        (account, url) for account, url in taken if url not in records.deliveries.servers(account)
    }
