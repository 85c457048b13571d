"""Make the golden vault of the tables as they are today: `python -m tests.vault.golden.make`.

Once for each version, when its tables are final. It writes over nothing.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.db import migrations
from wallet.vault.db.journal import bulk_entries
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts import history
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.db.parts.rotations import Manner, Phase, ShutAccount
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.file import machine
from wallet.vault.file.container import KdfCost
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

HERE = Path(__file__).parent
PASSPHRASE = "golden vaults hold no real keys"
NOW = 1_764_100_000
IN_TEN_YEARS = NOW + 10 * 365 * 86_400


def fill(records: Records) -> None:
    """Something in every table and column, and every kind of key in every standing."""
    issuing = Issuing(records, NOW)
    acme = _add(issuing, Kind.OPERATOR, "acme", tags=["prod", "größe"], notes="Zwei\nZeilen 日本")
    system = _add(issuing, Kind.ACCOUNT, "SYS", acme)
    issuing.set_system_account(system.id)
    orders = _add(issuing, Kind.ACCOUNT, "orders", acme, tags=["Prod"])
    _fill_account(issuing, orders)
    _fill_without_operator(issuing)
    for kind in (Kind.SERVER, Kind.CLUSTER, Kind.CURVE):
        _add(issuing, kind, f"a {kind.value} key")
    with Seed.generate(Kind.USER) as gone:
        records.delete(records.add(gone, name="deleted").id)
    _fill_beside(records)


def _fill_account(issuing: Issuing, account: KeyRecord) -> None:
    records = issuing.records
    scope = {
        "role": "reader",
        "description": "may read",
        "template": {"pub": {"deny": [">"]}, "sub": {"allow": ["orders.>", "{{name()}}.>"]}},
    }
    with Seed.generate(Kind.ACCOUNT) as seed:
        readers = issuing.add_signing_key(account.id, seed, name="readers", scope=scope)
    with Seed.generate(Kind.ACCOUNT) as seed:
        plain = issuing.add_signing_key(account.id, seed, name="plain")
    may = {"pub": {"allow": ["orders.new"]}, "subs": 100, "src": ["10.0.0.0/8"]}
    _add(issuing, Kind.USER, "billing", account, tags=["prod"], nats=may, expires=IN_TEN_YEARS)
    _add(issuing, Kind.USER, "reports", account, signer=readers.public)
    _add(issuing, Kind.USER, "batch", account, signer=plain.public)
    _add(issuing, Kind.USER, "expired", account, expires=NOW + 1)
    revoked = _add(issuing, Kind.USER, "laptop", account, notes="lost on a train")
    issuing.revoking.revoke(revoked.id)
    retired = _add(issuing, Kind.USER, "old", account)
    records.set_status(retired.id, "retired")
    with Seed.generate(Kind.USER) as seed:
        issuing.add_public(seed.public, name="seed elsewhere", under=account.id)


def _fill_without_operator(issuing: Issuing) -> None:
    records = issuing.records
    alone = _add(issuing, Kind.ACCOUNT, "alone")
    user = _add(issuing, Kind.USER, "unsigned", alone)
    records.tokens.set_unsigned(user.id, {"pub": {"allow": ["a.>"]}, "sub": {"deny": ["b"]}})
    _add(issuing, Kind.USER, "sensor", tags=["edge"])
    with Seed.generate(Kind.USER) as seed:
        issuing.add_public(seed.public, name="only public")
    with Seed.generate(Kind.OPERATOR) as seed:
        issuing.add_public(seed.public, name="their operator")


def _fill_beside(records: Records) -> None:
    billing = records.find("acme/orders/billing")
    for number, (ok, verdict) in enumerate(((True, "accepted"), (False, "refused"))):
        at = datetime.fromtimestamp(NOW + number, UTC)
        records.results.add(
            billing.public, "nats://localhost:4222", ok, verdict, f"It was {verdict}.", at
        )
    for url in ("nats://localhost:4222", "tls://nats.example:4222"):
        records.servers.remember(url)
    urls = ("tls://one.example:4222", "tls://two.example:4222")
    ca, cert, key = ("/etc/nats/ca.pem", "/etc/nats/cert.pem", "/etc/nats/key.pem")
    records.servers.set_profile(
        ServerProfile("prod", urls, ca, cert, key, "http://one.example:8222")
    )
    records.servers.set_profile(ServerProfile("local", ("nats://localhost:4222",)))
    records.settings.set("theme", "nord")
    records.settings.set("idle-minutes", "15")
    for what in What:
        records.history.note(what, billing.public, "größe 日本")
    records.history.note(What.RESTORED, detail="save 7")
    reports, batch = records.find("acme/orders/reports"), records.find("acme/orders/batch")
    begin = records.rotations.begin
    begin(billing.public, reports.public, Manner.PLANNED, Phase.BOTH, "billing")
    handed = begin(batch.public, reports.public, Manner.HANDOVER, Phase.OUT, "batch", "Zoë, ops")
    orders = records.find("acme/orders")
    records.deliveries.note_written(orders.id)
    records.deliveries.note_seen(orders.id, {"nats://localhost:4222": True, "tls://away": False})
    records.rotations.note_test(handed.id, "nats://localhost:4222", refused=True)
    records.ancestors.join({(3, bytes(range(32)))})
    merges = records.tokens.merges
    merges.note_times(billing.id, NOW + 1, NOW + 2)
    merges.note_origin(orders.id, NOW, NOW - 1)
    merges.set_missing(orders.id, {("", batch.public): NOW, ("stream a.>", "*"): NOW})
    revoked = {("service", "orders.*"): {"*": NOW}, ("stream", "a.>"): {batch.public: NOW}}
    records.tokens.removed_exports.note(orders.public, revoked)
    for recipe in (Recipe("server"), Recipe("account", (orders.public, billing.public))):
        records.configurations.note(recipe, "/etc/nats/größe.conf", bytes(32))
    records.rotations.note_shut(orders.public, ShutAccount({"conn": 5, "leaf": 0}, 1_700_000_000))


def _add(
    issuing: Issuing, kind: Kind, name: str, under: KeyRecord | None = None, **more: object
) -> KeyRecord:
    with Seed.generate(kind) as seed:
        place = None if under is None else under.id
        return issuing.add(seed, name=name, under=place, **more)  # type: ignore[arg-type]


def tables(database: sqlite3.Connection) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, as JSON has it: bytes in hex."""
    names = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return {name: _rows(database, name) for (name,) in names.fetchall()}


def _rows(database: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    found = database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
    columns = [column for column, *_ in found.description]
    return [
        {
            column: value.hex() if isinstance(value, bytes) else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in found
    ]


def main() -> int:
    """Make the three files."""
    path = HERE / f"v{migrations.VERSION}.nkw"
    if path.exists():
        print(f"{path} is there already, and is not made anew.", file=sys.stderr)
        return 1
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.MINIMUM) as vault,
    ):
        with (
            patch.object(history, "_who", lambda: "ana@laptop"),
            patch.object(machine, "identity", lambda _writer: bytes(range(16))),
            patch.object(bulk_entries, "ALONE", 1),
            vault.change() as records,
        ):
            fill(records)
        for name in ("second", "third"):
            with vault.change() as records:
                records.settings.set(name, "a later save")
        with vault.records.database.question() as sql:
            held = {
                "version": migrations.VERSION,
                "generation": vault.generation,
                "vault_id": vault._unlocked().header.vault_id.hex(),
                "tables": tables(sql),
            }
    for left in path.parent.glob(f"{path.name}.*"):
        left.unlink()
    path.with_suffix(".passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    text = json.dumps(held, ensure_ascii=False, indent=1)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
