"""`test`: what a server says of a key."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace

from wallet.cli import output, rehearse
from wallet.cli.vault import unlock
from wallet.connection.check import ROUND_TRIPS
from wallet.connection.experiments import Circumstances, run_all
from wallet.connection.findings import Finding
from wallet.connection.held import chain_of, chains_in
from wallet.connection.history import known_good, remember
from wallet.connection.report import Identity, Report, StageResult
from wallet.connection.subjects import Ask, check_subjects
from wallet.connection.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nkeys import decode_public
from wallet.vault.vault import Vault


def test(arguments: Namespace) -> int:
    """`test REF --server URL`: exit 0 only when a server that checks keys took this one.

    With `--config FILE` in the place of a server the configuration is rehearsed.
    """
    if (arguments.server is None) == (arguments.config is None):
        raise UsageError("Test against one thing: --server URL, or --config FILE.")
    if not 0 < arguments.timeout <= 300:
        raise UsageError(f"--timeout {arguments.timeout:g}: choose from 0.1 to 300 seconds.")
    if arguments.config is not None:
        return rehearse.test_file(arguments)
    target = Target.parse(arguments.server)
    if len(arguments.refs) != 1:
        raise UsageError("--server tests one REF: name the key.")
    asks = Ask.parse_all(arguments.may)
    tls = TlsFiles(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.refs[0])
        report = asyncio.run(
            check_subjects(
                target,
                decode_public(record.public),
                lambda: vault.open_seed(record.public),
                asks,
                tls=tls,
                timeout=arguments.timeout,
                round_trips=0 if arguments.creds_only else ROUND_TRIPS,
                on_stage=None if arguments.json else _show_stage,
                chain=chain_of(vault.records, record),
            )
        )
        if not arguments.json:
            _show(report)
        found: list[Finding] = []
        if arguments.experiment:
            report = _experiments(vault, report, target, tls, arguments, found)
        remember(vault, report)
    if arguments.json:
        told = {"experiments": [one.to_json() for one in found]} if arguments.experiment else {}
        output.as_json(report.to_json() | told)
    return 0 if report.ok and all(answer.allowed for answer in report.may) else 1


def _experiments(
    vault: Vault,
    report: Report,
    target: Target,
    tls: TlsFiles,
    arguments: Namespace,
    found: list[Finding],
) -> Report:
    """Run those that fit, print each, and give the report as it stands after them."""
    around = Circumstances(
        target,
        decode_public(report.public),
        vault.open_seed,
        tls,
        arguments.timeout,
        known_good(vault, report),
        chains_in(vault),
    )

    def heard(finding: Finding) -> None:
        found.append(finding)
        if not arguments.json:
            print(f"\nExperiment {finding.code}: {finding.why}")

    after = asyncio.run(run_all(report, around, heard))
    if not arguments.json:
        if not found:
            print("\nNo experiment would tell more.")
        else:
            print("\nAs it stands now:")
            _show(after)
    return after


def _show_stage(stage: object) -> None:
    if isinstance(stage, StageResult):
        mark = {True: "✓", False: "✗", None: "–"}[stage.ok]
        time = f"{stage.ms:8.1f} ms" if stage.ms is not None else " " * 11
        print(f"{mark} {stage.stage.value:<13}{time}  {stage.detail}")


def _show(report: Report) -> None:
    print(f"\n{report.summary}")
    if report.identity:
        output.fields(_identity(report.identity))
    for answer in report.may:
        mark = {True: "✓", False: "✗", None: "?"}[answer.allowed]
        print(f"{mark} {answer.action:<9}  {answer.subject}  ({answer.how})")
    for cause in report.causes:
        print(f"\n{cause.code} ({'certain' if cause.certain else 'possible'})\n  {cause.why}")
        for line in cause.fix.splitlines():
            print(f"  → {line}" if line == cause.fix.splitlines()[0] else f"    {line}")


def _identity(who: Identity) -> list[tuple[str, str]]:
    """Who the server takes us for, and what that may do."""
    allowed = json.dumps(who.permissions, ensure_ascii=False) if who.permissions else "all"
    return [
        ("user", who.user),
        ("account", who.account),
        ("permissions", allowed),
        ("until", f"{who.expires:%Y-%m-%d %H:%M} UTC" if who.expires else ""),
    ]
