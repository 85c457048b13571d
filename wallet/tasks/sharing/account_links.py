"""The lists of what accounts export and import, and changes of what one of them shares.

Which account of the vault imports what from which is seen from the importers' JWTs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wallet.errors import JwtError, KeyFormatError, NoSuchKeyError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    IMPORTS,
    entries,
    words,
)
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, decode_public
from wallet.nats.subjects import Patterns
from wallet.text import an
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import flaws_of, sharing_account
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault

Json = Any
Entry = Mapping[str, Json]
Work = Callable[[Issuing, KeyRecord], None]


@dataclass(frozen=True, slots=True)
class ListedExport:
    """An export in its place in the list.

    `importers` are the accounts of this vault that import of it, by their paths. `revoked` are
    those whose activations are taken back, by path or public key, empty for all, and until when
    they were issued, seconds since 1970.
    """

    number: int
    entry: Entry
    importers: tuple[str, ...]
    revoked: tuple[tuple[str, int], ...]

    def to_json(self) -> dict[str, object]:
        """The export as its JWT has it, with its number and importers, for `exports --json`."""
        return {"number": self.number, **self.entry, "importers": list(self.importers)}


@dataclass(frozen=True, slots=True)
class ListedImport:
    """An import in its place in the list.

    `exporter` is the path of the account that it is from, or its public key where that is not in
    this vault; `problem` why the import does not come about, as far as is known here; `expires`
    when its activation ends, seconds since 1970.
    """

    number: int
    entry: Entry
    exporter: str
    problem: str
    expires: int | None

    def to_json(self) -> dict[str, object]:
        """The import as its JWT has it, with exporter and problem, for `imports --json`."""
        return {
            "number": self.number,
            **self.entry,
            "exporter": self.exporter,
            "problem": self.problem,
            "activation_expires": self.expires,
        }


def listed_exports(records: Records, account: KeyRecord) -> list[ListedExport]:
    """List what an account exports, in the order of its JWT."""
    every = entries(present_claims(records, account.id), EXPORTS)
    users: list[list[str]] = [[] for _ in every]
    for importer, one in imports_from(records, account.public):
        for place, export in enumerate(every):
            if is_of(one, export) and importer.path not in users[place]:
                users[place].append(importer.path)
    return [
        ListedExport(place + 1, export, tuple(users[place]), tuple(_revoked(records, export)))
        for place, export in enumerate(every)
    ]


def _revoked(records: Records, export: Entry) -> Iterator[tuple[str, int]]:
    for public, at in revocations(export).items():
        record = records.by_public(public)
        yield record.path if record else "" if public == EVERYBODY else public, at


def listed_imports(records: Records, account: KeyRecord) -> list[ListedImport]:
    """List what an account imports, in the order of its JWT."""
    issuing = Issuing(records)
    problems: dict[int | str, str] = {}
    for flaw in flaws_of(issuing, account):
        if flaw.path[:1] == (IMPORTS,) and len(flaw.path) > 1:
            problems.setdefault(flaw.path[1], flaw.what)
    listed = []
    for place, one in enumerate(entries(issuing.claims(account.id), IMPORTS)):
        exporter = str(one.get("account") or "")
        record = records.by_public(exporter)
        token = activation_of(one)
        listed.append(
            ListedImport(
                place + 1,
                one,
                record.path if record else exporter,
                problems.get(place, ""),
                token.expires if token else None,
            )
        )
    return listed


def broken_imports(records: Records, account: KeyRecord) -> list[ListedImport]:
    """The imports of an account that do not come about, as far as is known here."""
    claims = records.tokens.claims(account.id)
    if claims is None or not entries(claims.nats, IMPORTS):
        return []
    return [one for one in listed_imports(records, account) if one.problem]


def activation_of(entry: Entry) -> Claims | None:
    """The activation that an import has, None for none that can be read."""
    token = entry.get("token")
    try:
        return jwt.parse(token) if isinstance(token, str) and token else None
    except JwtError:
        return None


def idle_imports(records: Records, exporter: KeyRecord) -> dict[str, str]:
    """Name the imports in this vault from an account that do not come about, each with why."""
    idle = {}
    importers = {importer.id: importer for importer, _ in imports_from(records, exporter.public)}
    for importer in importers.values():
        for one in listed_imports(records, importer):
            if one.problem and one.entry.get("account") == exporter.public:
                idle[f"{importer.path}, import of {words(one.entry)}"] = one.problem
    return idle


def account_key(records: Records, ref: str) -> tuple[str, str]:
    """The public key and the path of the account that a person means.

    It may be one that this vault does not know, by its whole public key, which is its path then.
    Raises `UsageError` for a key that is no account's; and what `Records.find` raises.
    """
    try:
        record = records.find(ref)
    except NoSuchKeyError:
        try:
            public = decode_public(ref.strip())
        except KeyFormatError:
            public = None
        if public is None:
            raise
        if public.kind is not Kind.ACCOUNT:
            raise UsageError(f"{ref} is {an(public.kind.value)} key, and no account's.") from None
        return public.text, public.text
    if record.kind is not Kind.ACCOUNT or record.signing:
        raise UsageError(f"{record.path} is {an(record.role)} key, and no account's.")
    return record.public, record.path


def change_shared(vault: Vault, ref: str, work: Work) -> Issuing:
    """Change what one account shares, and save that; what was signed and what is to be told.

    Told is, too, which imports in this vault do not come about any more. Raises what `work`
    raises, and then nothing is changed.
    """
    with vault.change() as records:
        issuing = Issuing(records)
        account = sharing_account(records, records.find(ref))
        before = idle_imports(records, account)
        work(issuing, account)
        idle = idle_imports(records, account)
        changed = {which: f"{why}." for which, why in idle.items() if before.get(which) != why}
        issuing.told.update(changed)
    return issuing


def is_of(one: Entry, export: Entry) -> bool:
    """Whether an import is of this export, of an account that it is from."""
    subject, exported = one.get("subject"), export.get("subject")
    if one.get("type") != export.get("type"):
        return False
    if not (isinstance(subject, str) and isinstance(exported, str)):
        return False
    return Patterns([exported]).covers(subject) is True


def imports_from(records: Records, exporter: str) -> Iterator[tuple[KeyRecord, Entry]]:
    """Every import in this vault from an account, with the account that has it."""
    for importer, claims in records.tokens.of_accounts():
        for one in entries(claims.nats, IMPORTS):
            if one.get("account") == exporter:
                yield records.get(importer), one
