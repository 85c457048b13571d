"""The sentence about what files of other programs have no place for, and so stays in the wallet.

An export is whole only in what its form can say: a JWT has tags, if it was signed with them, and
neither notes nor the mark of a retired key; a seed alone says nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from wallet.exchange.file_forms import ExportFile
from wallet.nats.jwt_glance import glance
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

_WITHOUT_JWT = {"nk", "public"}
_WITH_EVERY_JWT = {"nsc", "jwt", "creds"}


def sentence(records: Records, form: str, items: Iterable[ExportFile]) -> str:
    """Say once of each kind what the files of an export do not hold of their keys; empty for none.

    `form` is one of `wallet.exchange.export.FORMS`.
    """
    files = [item for item in items if item.about is not None]
    keys = {item.about.id: item.about for item in files if item.about is not None}
    kinds = "; ".join(_kinds(records, form, files, list(keys.values())))
    return f"These {form} files have no place for what the wallet keeps: {kinds}." if kinds else ""


def _kinds(
    records: Records, form: str, files: list[ExportFile], keys: list[KeyRecord]
) -> Iterator[str]:
    tagged = [key for key in keys if _tags_outside(records, form, key)]
    if tagged:
        ref = tagged[0].path if len(tagged) == 1 else "REF"
        tag = _tags_outside(records, form, tagged[0])[0] if len(tagged) == 1 else "TAG"
        signs = command("tag", ref, ("--add", tag), ("--sign",))
        signed = any(_goes_with_jwt(form, key) for key in tagged)
        how = f" ({signs} puts them into the JWT)" if signed else ""
        yield f"tags of {_of(tagged)}{how}"
    if noted := [key for key in keys if key.notes]:
        yield f"notes on {_of(noted)}"
    if retired := [key for key in keys if key.status == "retired"]:
        yield f"that {_of(retired)} {'is' if len(retired) == 1 else 'are'} retired"
    if renamed := list(_renamed(records, form, files)):
        yield f"the name of {_of(renamed)}, for the JWT says another"
    if limited := [key for key in keys if not key.has_jwt and records.tokens.unsigned(key.id)]:
        yield f"the permissions of {_of(limited)}, which stand in no JWT"
    if form != "nsc":
        return
    publics = {key.public for key in keys}
    if [one for one in records.rotations.open() if publics & {one.leaving, one.staying}]:
        yield "what is still open of rotations"
    if records.servers.profiles():
        yield "the names of servers"
    yield "the history, with earlier JWTs and tests"


def _tags_outside(records: Records, form: str, key: KeyRecord) -> list[str]:
    """The tags of a key that its JWT does not say, or that go with no JWT."""
    with_jwt = bool(key.tags) and _goes_with_jwt(form, key)
    claims = records.tokens.claims(key.id) if with_jwt else None
    signed = set(claims.tags) if claims is not None else set()
    return [tag for tag in key.tags if tag not in signed]


def _renamed(records: Records, form: str, files: list[ExportFile]) -> Iterator[KeyRecord]:
    """The keys that their JWTs call otherwise. nsc calls the files of JWTs as these say."""
    for item in files:
        key = item.about
        if key is None or not _goes_with_jwt(form, key):
            continue
        if form == "nsc":
            called = PurePath(item.place).stem if item.place.endswith(".jwt") else key.name
        else:
            token = records.tokens.get(key.id)
            called = glance(token).name if token else key.name
        if called != key.name:
            yield key


def _goes_with_jwt(form: str, key: KeyRecord) -> bool:
    """Whether the JWT of a key is in its files: a user's creds have it, the seed alone has not."""
    if form in _WITHOUT_JWT or not key.has_jwt:
        return False
    return form in _WITH_EVERY_JWT or key.kind is Kind.USER


def _of(keys: list[KeyRecord]) -> str:
    return keys[0].path if len(keys) == 1 else f"{len(keys):,} keys"
