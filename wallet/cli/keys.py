"""Commands over the keys in the vault: make, list, show, hand out."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

from wallet.cli import claims, output
from wallet.cli.vault_access import note_secrets, unlock
from wallet.errors import UsageError
from wallet.nats import nkeys, vanity
from wallet.nats.claims import content as fields
from wallet.nats.claims import form
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db.history import What
from wallet.vault.key_record import KeyRecord, rfc3339
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.when import to_the_second


def new(arguments: Namespace) -> int:
    """`new KIND [NAME]`: make one key or many, all of them or none."""
    count = 1 if arguments.count is None else arguments.count
    if not 1 <= count <= 100_000:
        raise UsageError(f"--count {count}: choose a number from 1 to 100000.")
    kind = Kind(arguments.kind)
    wanted = vanity.Prefix(kind, arguments.prefix) if arguments.prefix else None
    with unlock(arguments) as vault:
        seeds = _seeds(kind, count, wanted)
        with vault.change() as records:
            issuing = Issuing(records)
            made = _make(arguments, kind, seeds, records, issuing)
    claims.tell_left(issuing)
    if arguments.json:
        output.as_json([record.to_json() for record in made])
    else:
        output.columns((record.path, record.public) for record in made)
    return 0


def _make(
    arguments: Namespace, kind: Kind, seeds: Iterable[Seed], records: Records, issuing: Issuing
) -> list[KeyRecord]:
    parent = records.find_parent(arguments.under).id if arguments.under else None
    if arguments.signing:
        if parent is None or arguments.count is not None:
            raise UsageError("--signing makes one key, of the operator or account in --under.")
        with next(iter(seeds)) as seed:
            scope = claims.scope(arguments)
            return [issuing.add_signing_key(parent, seed, name=arguments.name, scope=scope)]
    if arguments.role is not None:
        raise UsageError("--role goes with --signing: a user takes the role of its --signer.")
    nats = None
    if claims.asked(arguments):
        nats = claims.wanted(arguments, kind, fields.starting(kind))
    signer, expires = claims.signer(arguments, records), claims.moment(arguments.expires)
    begins = claims.moment(arguments.not_before)
    if arguments.count is not None:
        if begins is not None:
            raise UsageError("--not-before is for one key: leave --count out.")
        return issuing.add_many(
            seeds, stem=arguments.name, under=parent, nats=nats, expires=expires, signer=signer
        )
    with next(iter(seeds)) as seed:
        made = issuing.add(
            seed, name=arguments.name, under=parent, nats=nats, expires=expires, signer=signer
        )
    if begins is not None:
        issuing.edit(made.id, issuing.claims(made.id), not_before=begins)
    return [records.get(made.id)]


def _seeds(kind: Kind, count: int, wanted: vanity.Prefix | None) -> Iterable[Seed]:
    if wanted is None:
        return nkeys.generate_many(kind, count)
    tries = wanted.expected_tries * count
    if tries > 1_000_000:
        output.note(f"Searching: about {tries:,} tries. Ctrl+C gives up and makes nothing.")
    # Searched before the vault is taken for the change: others may write meanwhile.
    return [wanted.search() for _ in range(count)]


def list_keys(arguments: Namespace) -> int:
    """`list`: every key, in the order of the tree."""
    kind = Kind(arguments.kind) if arguments.kind else None
    with unlock(arguments) as vault:
        found = list(vault.records.all(kind))
    if arguments.json:
        output.as_json([record.to_json() for record in found])
    else:
        output.columns(
            (
                record.path,
                record.role,
                record.public,
                record.standing,
            )
            for record in found
        )
    return 0


def show(arguments: Namespace) -> int:
    """`show REF`: everything about one key, but its seed."""
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        tests = vault.records.results.of_key(record.public)
        nats = claims.claims_of(vault.records, record)
    if arguments.json:
        output.as_json(
            {
                **record.to_json(),
                "notes": record.notes,
                "claims": nats,
                "tests": [
                    {
                        "server": test.server_url,
                        "at": rfc3339(test.at),
                        "ok": test.ok,
                        "verdict": test.verdict,
                        "summary": test.summary,
                    }
                    for test in tests
                ],
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
            ("status", record.standing or record.status),
            ("seed", "in the vault" if record.has_seed else "not here"),
            ("jwt", "in the vault" if record.has_jwt else ""),
            ("expires", to_the_second(record.expires) if record.expires else ""),
            ("created", to_the_second(record.created)),
            ("tags", ", ".join(record.tags)),
            *_permitted(record, nats),
            *(("" if n else "notes", line) for n, line in enumerate(record.notes.splitlines())),
            *(
                (
                    "tested",
                    f"{test.at:%Y-%m-%d %H:%M} {test.server_url} {test.verdict}: {test.summary}",
                )
                for test in tests
            ),
        ]
    )
    return 0


def _permitted(record: KeyRecord, nats: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What a key's claims allow and forbid, a line for each field that says something."""
    if nats is None:
        return []
    lines = form.fields_of(Kind.USER if record.signing else record.kind)
    texts = form.filled(lines, nats)
    return [(line.label.lower(), texts[line.id]) for line in lines if texts[line.id] not in _SILENT]


_SILENT = {"", form.NO}


def public(arguments: Namespace) -> int:
    """`public REF`: the public key alone."""
    with unlock(arguments) as vault:
        output.say(vault.records.find(arguments.ref).public)
    return 0


def seed(arguments: Namespace) -> int:
    """`seed REF`: the seed alone, after asking."""
    if not arguments.yes and not sys.stdin.isatty():
        raise UsageError("A seed is printed without asking only with --yes.")
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        if not arguments.yes and not output.confirm(
            f"Print the seed of {record.path}? Whoever sees it can be {record.path}."
        ):
            output.note("Nothing was printed.")
            return 1
        with vault.open_seed(record.public) as opened:
            note_secrets(arguments, vault, What.SEED_SHOWN, [record.public], "seed command")
            text = opened.encode()
            try:
                output.secret(text)
            finally:
                text[:] = bytes(len(text))
    return 0
