"""Users with seeds and JWTs go in many at a time, and to the same end as one by one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.support import carry_out, new_vault, plan_of
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.users_with_jwts import UsersWithJwts
from wallet.vault.vault import Vault

KEYS = 45  # an operator, two accounts, a signing key, 41 users
EXPIRES = int(time.time()) + 3600


def store(directory: Path) -> Path:
    """An nsc store: users who differ in tags, end, signer and whether they are revoked."""
    directory.mkdir()
    with new_vault(directory) as vault:
        with vault.change() as records:
            issuing = Issuing(records)
            with Seed.generate(Kind.OPERATOR) as seed:
                operator = issuing.add(seed, name="acme")
            for name in ("sales", "orders"):
                with Seed.generate(Kind.ACCOUNT) as seed:
                    account = issuing.add(seed, name=name, under=operator.id)
                issuing.add_many(generate_many(Kind.USER, 20), stem="device", under=account.id)
            for user in records.beneath(account.id)[:3]:
                issuing.set_tags(user.id, ["prod", f"rack:{user.name}"])
            for user in records.beneath(account.id)[3:6]:
                issuing.edit(user.id, {"subs": 3}, expires=EXPIRES)
            for user in records.beneath(account.id)[6:9]:
                issuing.revoking.revoke(user.id)
            with Seed.generate(Kind.ACCOUNT) as seed:
                role = issuing.add_signing_key(account.id, seed)
            with Seed.generate(Kind.USER) as seed:
                issuing.add(seed, name="signed", under=account.id, signer=role.public)
        write(listed(vault, [vault.records.find("acme")], "nsc", directory / "store"))
    return directory / "store"


def contents(vault: Vault) -> tuple[list[Any], list[object]]:
    """All that there is to see of every key, and what the history says of it."""
    records = vault.records
    keys = [
        (key.path, key.public, key.tags, key.notes, key.expires, key.revoked, key.signing)
        for key in records.all()
    ]
    tokens = [records.tokens.get(key.id) for key in records.all()]
    seeds = [vault.open_seed(key.public).encode() for key in records.all() if key.has_seed]
    events = sorted((event.what, event.public, event.detail) for event in records.history.events())
    return keys, [tokens, seeds, events]


def imported(directory: Path, source: Path) -> tuple[list[Any], list[object]]:
    directory.mkdir()
    with new_vault(directory) as vault:
        result = carry_out(vault, plan_of(vault, source))
        assert not result.bad
        assert vault.check_contents() == []
        keys, others = contents(vault)
        return keys, [*others, [key.path for key in result.added], result.left]


def test_users_put_in_together_are_as_those_put_in_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store(tmp_path / "source")
    together = imported(tmp_path / "together", source)
    monkeypatch.setattr(UsersWithJwts, "take", lambda *_values, **_words: False)
    assert imported(tmp_path / "one", source) == together
    assert len(together[0]) == KEYS
    assert sum(bool(key[5]) for key in together[0]) == 3


def test_users_are_put_in_as_many_at_a_time_as_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store(tmp_path / "source")
    monkeypatch.setattr(UsersWithJwts, "full", property(lambda users: len(users._new.rows) >= 7))
    assert len(imported(tmp_path / "few", source)[0]) == KEYS
