"""`show`: everything about one key, but its seed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims import flags as claims
from wallet.cli.vault_access import unlock
from wallet.nats.claims import form
from wallet.nats.nkeys import Kind
from wallet.show.issues import issues_of
from wallet.show.key_facts import key_facts
from wallet.show.named_keys import with_names
from wallet.show.states.delivery_marks import words_of
from wallet.show.states.key_states import own_state
from wallet.show.states.last_results import verdict_words
from wallet.tasks.deployment.first_steps import any_server_known
from wallet.vault.key_record import KeyRecord, TestResult, rfc3339
from wallet.vault.records import Records
from wallet.when import with_local, with_local_second

EXAMPLES = [
    "nkey-wallet show acme/orders/billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `show`."""
    command.add_argument("ref", metavar="REF", help=REF)
    add_json(command)


def run(arguments: Namespace) -> int:
    """`show REF`: everything about one key, but its seed."""
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        tests = vault.records.results.of_key(record.public)
        nats = claims.claims_of(vault.records, record)
        facts = _facts(vault.records, record)
        open_words = words_of(record, any_server=any_server_known(vault.records))
        issues = issues_of(vault.records, record)
        told_tests = [
            f"{with_local(test.at)}, {test.server_url} "
            f"{verdict_words(vault.records, record, test)}: "
            f"{with_names(vault.records, test.summary)}"
            for test in tests
        ]
        told_issues = [one.in_words(vault.records) for one in issues[-_ISSUES:]]
    if arguments.json:
        output.as_json(
            {
                **record.to_json(),
                "notes": record.notes,
                "claims": nats,
                "tests": [_test_as_json(test) for test in tests],
                "issues": [issue.to_json() for issue in issues],
            }
        )
        return 0
    output.fields(
        [
            ("path", record.path),
            ("public", record.public),
            (
                "kind",
                f"{record.kind.value}, a signing key" if record.signing else record.kind.value,
            ),
            ("status", own_state(record) or record.status),
            *(("open", words) for words in open_words),
            ("seed", "in the vault" if record.has_seed else "not here"),
            ("jwt", "in the vault" if record.has_jwt else ""),
            ("expires", with_local_second(record.expires) if record.expires else ""),
            ("created", with_local_second(record.created)),
            ("tags", ", ".join(record.tags)),
            *facts,
            *_permitted(record, nats),
            *(("" if n else "notes", line) for n, line in enumerate(record.notes.splitlines())),
            *(("tested", words) for words in told_tests),
            *(
                (f"issue {issue.number}", words)
                for issue, words in zip(issues[-_ISSUES:], told_issues, strict=True)
            ),
        ]
    )
    return 0


def _test_as_json(test: TestResult) -> dict[str, object]:
    return {
        "server": test.server_url,
        "at": rfc3339(test.at),
        "ok": test.ok,
        "verdict": test.verdict,
        "summary": test.summary,
    }


def _facts(records: Records, record: KeyRecord) -> list[tuple[str, str]]:
    """Give the facts that no other line of `show` has: how it connects, its rights, its signer."""
    lines, taken = [], False
    for label, text in key_facts(records, record):
        taken = label.lower() in _TOLD_BY_FACTS if label else taken
        if taken:
            lines.append((label.lower(), text))
    return lines


def _permitted(record: KeyRecord, nats: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Give a line for each field of a key's claims that allows or forbids something."""
    if nats is None:
        return []
    lines = form.fields_of(Kind.USER if record.signing else record.kind)
    texts = form.filled(lines, nats)
    return [(line.label.lower(), texts[line.id]) for line in lines if texts[line.id] not in _SILENT]


_ISSUES = 5  # the newest, in lines; the JSON has all
_TOLD_BY_FACTS = {
    *("connects", "publishes", "subscribes", "replies", "limits", "role", "exports", "imports"),
    *("only from", "only at", "only as", "revoked"),
    *("system", "beneath it", "signed by", "rotation", "needs"),
}
_SILENT = {"", form.NO}
