"""Vaults made by every version of the tables: opened, changed, reopened, with every field."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.vault.golden import make as golden
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.db import migrations
from wallet.vault.records import Records
from wallet.vault.vault import Vault

VERSIONS = sorted(
    (path.stem for path in golden.HERE.glob("v*.nkw")), key=lambda stem: int(stem[1:])
)


class Golden:
    """A copy of a golden vault, and what it holds."""

    def __init__(self, version: str, directory: Path) -> None:
        self.path = directory / "vault.nkw"
        shutil.copyfile(golden.HERE / f"{version}.nkw", self.path)
        held = (golden.HERE / f"{version}.json").read_text(encoding="utf-8")
        self.held: dict[str, Any] = json.loads(held)
        text = (golden.HERE / f"{version}.passphrase").read_text(encoding="utf-8")
        self.passphrase = text.rstrip("\n")

    def unlock(self) -> Vault:
        with Passphrase(self.passphrase) as passphrase:
            return Vault.unlock(self.path, passphrase)


@pytest.fixture(params=VERSIONS)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Golden:
    return Golden(request.param, tmp_path)


def missing(records: Records, held: dict[str, Any]) -> list[object]:
    """The rows of a golden vault, with each of their fields, that the records no longer hold."""
    with records.database.question() as sql:
        now = golden.tables(sql)
    return [
        (table, row)
        for table, rows in held["tables"].items()
        for row in rows
        if not any(
            _fields(table, row).items() <= other.items()
            for other in now["entries" if table == "history" else table]
        )
    ]


def _fields(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row that stand in today's tables: notes are entries now, numbered anew."""
    return {name: row[name] for name in row if (table, name) != ("history", "id")}


def seeds_that_open(vault: Vault) -> set[str]:
    opened = set()
    for record in vault.records.all():
        if record.has_seed:
            with vault.open_seed(record.public) as seed:
                opened.add(seed.public.text)
    return opened


def test_every_table_of_a_golden_vault_holds_something(vault: Golden) -> None:
    assert all(vault.held["tables"].values())
    columns = vault.held["tables"]["keys"][0].keys()
    for column in columns:
        assert any(row[column] is not None for row in vault.held["tables"]["keys"]), column


def test_a_golden_vault_opens_with_every_field(vault: Golden) -> None:
    with vault.unlock() as opened:
        assert missing(opened.records, vault.held) == []
        assert len(seeds_that_open(opened)) == len(vault.held["tables"]["seeds"])
        assert opened.generation == vault.held["generation"]


def test_changing_and_reopening_a_golden_vault_keeps_every_field(vault: Golden) -> None:
    with vault.unlock() as opened:
        before = seeds_that_open(opened)
        with Seed.generate(Kind.USER) as seed, opened.change() as records:
            added = records.add(seed, name="added").public
    with vault.unlock() as again:
        # The counts that grow with a key are no fields of the others, nor is what is noted last.
        kept = {**vault.held["tables"], "sqlite_sequence": [], "branches": [], "strands": []}
        kept["history_digest"] = []
        assert missing(again.records, {"tables": kept}) == []
        assert again.records.count() == len(vault.held["tables"]["keys"]) + 1
        assert seeds_that_open(again) == before | {added}
        assert again.generation == vault.held["generation"] + 1
        again.records.database.check()


def test_there_is_a_golden_vault_of_every_version() -> None:
    assert [f"v{version}" for version in range(1, migrations.VERSION + 1)] == VERSIONS
