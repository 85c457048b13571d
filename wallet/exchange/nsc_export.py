"""An operator with all beneath it as a store of nsc, for `nsc --all-dirs`.

Source: nsc's store and keystore layout (nats-io/nsc cmd/store); curve keys lie among the others,
as `nsc generate nkey --curve --store` puts them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from wallet.errors import StateRefusesError, UsageError
from wallet.exchange import file_forms
from wallet.exchange.file_forms import ExportFile, Tell
from wallet.nats.jwt import WITH_JWT
from wallet.nats.jwt_glance import glance
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

_FEW = 5  # names in a sentence


def store(
    vault: Vault, chosen: list[KeyRecord], to: Path, tell: Tell, lack: Tell
) -> Iterator[ExportFile]:
    """The operators of `chosen`, whole, as `nsc --all-dirs TO` finds them; curve keys beside them.

    `lack` gets a sentence for each key that nsc cannot have, `tell` those on other keys. Raises
    `UsageError` where nsc could find none of them.
    """
    records = vault.records
    operators: dict[int, KeyRecord] = {}
    curves = {key.public: key for key in chosen if key.kind is Kind.CURVE}
    without_operator: list[str] = []
    refusal: type[UsageError] = UsageError
    for key in chosen:
        if key.kind is Kind.CURVE:
            continue
        top = key
        while top.parent is not None:
            top = records.get(top.parent)
        if top.kind is Kind.OPERATOR and top.has_jwt:
            operators[top.id] = top
        else:
            why = "has no operator with a JWT above it, and nsc knows nothing else."
            without_operator.append(f"{key.path} {why}")
            if key.kind in WITH_JWT:
                refusal = StateRefusesError
    if without_operator and not operators and not curves:
        raise refusal(without_operator[0])
    for sentence in without_operator:
        lack(f"Left out: {sentence}")
    for operator, name in _by_name(records, operators.values(), lack):
        yield from _operator(vault, operator, name, to, lack)
        curves |= _curves_of(records, operator)
    for key in curves.values():
        yield from _keys(vault, key, to)
    left = [key for key in records.all(Kind.CURVE) if key.public not in curves and key.has_seed]
    if left:
        names = ", ".join(key.path for key in left[:_FEW])
        more = f" and {len(left) - _FEW:,} more" if len(left) > _FEW else ""
        tell(
            f"Curve keys are left out, for no account says that they are its own: {names}{more}. "
            "Name them too, to have them in the store."
        )


def _curves_of(records: Records, operator: KeyRecord) -> dict[str, KeyRecord]:
    """The curve keys that accounts name for their authorization service."""
    curves = {}
    for account in records.beneath(operator.id):
        claims = records.tokens.claims(account.id)
        named = (claims.nats.get("authorization") or {}).get("xkey") if claims else None
        if isinstance(named, str) and (key := records.by_public(named)) is not None:
            curves[key.public] = key
    return curves


def _operator(
    vault: Vault, operator: KeyRecord, name: str, to: Path, lack: Tell
) -> Iterator[ExportFile]:
    records = vault.records
    home = to / name
    about = {"managed": False, "name": name, "kind": "operator", "version": "1"}
    store = json.dumps(about, separators=(",", ":")).encode("utf-8")
    yield ExportFile(str(home / ".nsc"), lambda: store, secret=False)
    yield _jwt_item(records, operator, str(home / f"{name}.jwt"))
    yield from _keys(vault, operator, to)
    beneath = records.beneath(operator.id)
    accounts = [key for key in beneath if key.kind is Kind.ACCOUNT and not key.signing]
    for account, called in _by_name(records, accounts, lack):
        place = home / "accounts" / called
        yield _jwt_item(records, account, str(place / f"{called}.jwt"))
        yield from _keys(vault, account, to)
        users = os.path.join(place, "users", "")
        creds = os.path.join(to, "creds", name, called, "")
        below = [key for key in records.beneath(account.id) if key.kind is Kind.USER]
        for user, own in _by_name(records, below, lack):
            yield _jwt_item(records, user, f"{users}{own}.jwt")
            yield from _keys(vault, user, to)
            if user.has_seed:
                yield ExportFile(
                    f"{creds}{own}.creds",
                    partial(file_forms.creds_file, vault, user),
                    secret=True,
                    of=user.public,
                    about=user,
                )


def _keys(vault: Vault, key: KeyRecord, to: Path) -> Iterator[ExportFile]:
    """The seed of a key and of its signing keys, where they are here."""
    signing_keys = [] if key.kind is Kind.USER else vault.records.signing_keys(key.id)
    for one in [key, *signing_keys]:
        if one.has_seed:
            parts = (to, "keys", one.public[0], one.public[1:3], f"{one.public}.nk")
            yield ExportFile(
                os.path.join(*parts),
                partial(file_forms.seed_file, vault, one),
                secret=True,
                of=one.public,
                about=one,
            )


def _jwt_item(records: Records, key: KeyRecord, place: str) -> ExportFile:
    return ExportFile(place, partial(file_forms.jwt_file, records, key), secret=False, about=key)


def _by_name(
    records: Records, keys: Iterable[KeyRecord], lack: Tell
) -> Iterator[tuple[KeyRecord, str]]:
    """Choose those of some siblings that nsc can have, with the names of their files.

    The JWT of a key that another took the place of says the name that both have had: of those that
    say the same nsc can have one, which is the one that is called so here.
    """
    named: list[tuple[KeyRecord, str]] = []
    for key in keys:
        if key.has_jwt:
            named.append((key, _name_in_jwt(records, key)))
        else:
            lack(f"{key.path} is left out: it has no JWT, and nsc knows nothing else.")
    first: dict[str, int] = {}
    for key, name in named:
        if key.name == name or name not in first:
            first[name] = key.id
    for key, name in named:
        if first[name] == key.id:
            yield key, name
        else:
            lack(
                f"{key.path} is left out, and so is all beneath it: its JWT calls it {name}, as "
                "another key is called, and nsc keeps one of each name."
            )


def _name_in_jwt(records: Records, key: KeyRecord) -> str:
    """nsc finds a JWT by the name that it says, as the name of its file."""
    token = records.tokens.get(key.id)
    name = (glance(token).name if token else "") or key.name
    if name != file_forms.safe_name(name):
        raise StateRefusesError(
            f"nsc would keep {key.path} in a file called {name!r}, and that is no safe name for "
            "one. Give it a plainer name first."
        )
    return name
