"""A key without its JWT: a server that takes it so has it in a list of public keys.

Only before 2.10, or where a user may not ask who it is, a server does not tell by what it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.expectation import KeyUnderTest
from wallet.connection.causes.identity_proof import Shown
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.causes.verdict import Wanted
from wallet.connection.check.attempt import opened
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.nats.nkeys import decode_public


async def with_list_told(
    report: Report, server: Server, keyring: Keyring, timeout: float
) -> Report:
    """Find out whether the server of a report took the key by a list, where it did not tell.

    It is connected to once more, with the key and without its JWT: one that goes by JWTs refuses
    that. `timeout` is seconds. Raises what `check` raises.
    """
    if not report.ok or report.by_list is not None:
        return report
    options = CheckOptions(timeout, round_trips=0, probe=Probe.NEVER)
    key = decode_public(report.public)
    async with opened(server, key, keyring, options, shown=Shown.BARE_KEY) as attempt:
        evidence = attempt.evidence
    if evidence.info.get("server_id") != report.server.get("server_id"):
        return report
    if evidence.refused_key:
        return replace(report, by_list=False)
    taken = evidence.admission is not None and not evidence.error
    return replace(report, by_list=True) if taken else report


async def with_lists_told(
    reports: Iterable[Report],
    keys: Mapping[str, KeyUnderTest],
    servers: Sequence[Server],
    keyring: Keyring,
    timeout: float,
) -> list[Report]:
    """Find that out, once for each account and server, where it is to prove a refusal that a report
    is wanted to be.

    Raises what `check` raises.
    """
    told = list(reports)
    by_url = {server.target.url: server for server in servers}
    to_prove = {
        (*report.server_named, keys[report.public].account)
        for report in told
        if report.verdict is Verdict.REFUSED and report.wish.wanted is Wanted.REFUSED
    }
    answers: dict[object, bool | None] = {}
    for number, report in enumerate(told):
        place = (*report.server_named, keys[report.public].account)
        if report.by_list is not None or place not in to_prove or report.url not in by_url:
            continue
        if place not in answers:
            asked = await with_list_told(report, by_url[report.url], keyring, timeout)
            answers[place] = asked.by_list
        told[number] = replace(report, by_list=answers[place])
    return told
