"""`test` and `inspect`: what a server says of a key, and what a text is."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from wallet.cli import output
from wallet.cli.vault import unlock
from wallet.connection.check import ROUND_TRIPS, check
from wallet.connection.history import remember
from wallet.connection.report import Report, StageResult
from wallet.connection.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.inspection import Inspection
from wallet.inspection import inspect as inspect_text
from wallet.nkeys import decode_public

LARGEST_TEXT = 1 << 20


def test(arguments: Namespace) -> int:
    """`test REF --server URL`: exit 0 only when a server that checks keys took this one."""
    target = Target.parse(arguments.server)
    if not 0 < arguments.timeout <= 300:
        raise UsageError(f"--timeout {arguments.timeout:g}: choose from 0.1 to 300 seconds.")
    tls = TlsFiles(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        report = asyncio.run(
            check(
                target,
                decode_public(record.public),
                lambda: vault.open_seed(record.public),
                tls=tls,
                timeout=arguments.timeout,
                round_trips=0 if arguments.creds_only else ROUND_TRIPS,
                on_stage=None if arguments.json else _show_stage,
            )
        )
        remember(vault, report)
    if arguments.json:
        output.as_json(report.to_json())
    else:
        _show(report)
    return 0 if report.ok else 1


def _show_stage(stage: object) -> None:
    if isinstance(stage, StageResult):
        mark = {True: "✓", False: "✗", None: "–"}[stage.ok]
        time = f"{stage.ms:8.1f} ms" if stage.ms is not None else " " * 11
        print(f"{mark} {stage.stage.value:<13}{time}  {stage.detail}")


def _show(report: Report) -> None:
    print(f"\n{report.summary}")
    for cause in report.causes:
        print(f"\n{cause.code} ({'certain' if cause.certain else 'possible'})\n  {cause.why}")
        for line in cause.fix.splitlines():
            print(f"  → {line}" if line == cause.fix.splitlines()[0] else f"    {line}")


def inspect(arguments: Namespace) -> int:
    """`inspect TEXT`: exit 0 when it is valid, 1 when it is not."""
    if arguments.text == "-":
        content = bytearray(sys.stdin.buffer.read(LARGEST_TEXT + 1))
        if len(content) > LARGEST_TEXT:
            raise UsageError("That is more than 1 MiB: no key, JWT or creds text is so long.")
        try:
            found = inspect_text(bytes(content))
        finally:
            content[:] = bytes(len(content))
    else:
        found = inspect_text(arguments.text)
        if found.secret:
            output.note(
                "That was a secret, and it stood in the command: your shell's history and the list "
                "of processes may have kept it. Next time give it on standard input."
            )
    if arguments.json:
        output.as_json(found.to_json())
    else:
        _show_inspection(found)
    return 0 if found.valid else 1


def _show_inspection(found: Inspection) -> None:
    output.fields(
        [("what", found.what), ("kind", found.kind or ""), ("public", found.public or "")]
    )
    for problem in found.problems:
        print(f"\n{problem.code}\n  {problem.why}\n  → {problem.fix}")
    if found.claims:
        output.as_json(found.claims)
