"""Import and export of an nsc store of 10,000 users, beside the least that either can take."""

from __future__ import annotations

import json
import os
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

from tests.bench.commands import run, spent
from tests.bench.table import Row, of_pairs, print_all
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind, Seed, decode_public, generate_many
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk.plainfiles import sync_file_system
from wallet.vault.file.container import KdfCost
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

TEXT = "for measuring only"
ACCOUNTS = 10


def empty(place: Path) -> Path:
    """Make a vault, and a file that holds its passphrase."""
    place.mkdir(parents=True)
    (place / "passphrase").touch(mode=0o600)
    (place / "passphrase").write_text(f"{TEXT}\n", encoding="utf-8")
    with Passphrase(TEXT) as passphrase:
        Vault.create(place / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    return place / "vault.nkw"


def filled(place: Path, users: int, accounts: int = ACCOUNTS) -> Path:
    """Make a vault as `empty` does, of one operator, its accounts and their users."""
    path = empty(place)
    with Passphrase(TEXT) as passphrase, Vault.unlock(path, passphrase) as vault:
        with vault.change() as records:
            issuing = Issuing(records)
            with Seed.generate(Kind.OPERATOR) as seed:
                operator = issuing.add(seed, name="acme")
            for number in range(accounts):
                with Seed.generate(Kind.ACCOUNT) as seed:
                    account = issuing.add(seed, name=f"account-{number}", under=operator.id)
                seeds = generate_many(Kind.USER, users // accounts)
                issuing.add_many(seeds, stem="device", under=account.id)
        vault.check_contents()  # as any other vault was, when it was opened before
    return path


def report(users: int, rounds: int) -> Iterator[Row]:
    """The rows of both as multiples of their floors.

    Import's is reading, one verification a JWT and one derivation a seed; export's is writing the
    files and one flush.
    """
    imports, exports = [], []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        full = filled(place / "full", users)
        with Passphrase(TEXT) as passphrase, Vault.unlock(full, passphrase) as vault:
            write(listed(vault, [vault.records.find("acme")], "nsc", place / "store"))
        texts = _texts(place / "store")
        for number in range(rounds):
            new = empty(place / f"empty-{number}")
            floor = spent(_read_verify_derive, place / "store")
            imports.append((spent(run, new, "import", str(place / "store")), floor))
            floor = spent(_write, texts, place / "store", place / f"plain-{number}")
            to = str(place / f"export-{number}")
            exports.append((spent(run, full, "export", "acme", "--as", "nsc", "--to", to), floor))
        # Before the files are deleted: that takes minutes where the file system discards blocks.
        yield of_pairs(f"import {users:,} users, beside its least", imports, 5)
        yield of_pairs(f"export {users:,} users, beside its least", exports, 3.5)


def _texts(store: Path) -> dict[str, bytes]:
    texts = {}
    for directory, _, names in os.walk(store):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                texts[path] = file.read()
    return texts


def _read_verify_derive(store: Path) -> None:
    for path, text in _texts(store).items():
        if path.endswith(".jwt"):
            header, payload, signature = text.strip().split(b".")
            claims = json.loads(urlsafe_b64decode(payload + b"=="))
            signed, signature = header + b"." + payload, urlsafe_b64decode(signature + b"==")
            if not sodium.ed25519_verify(signed, signature, decode_public(claims["iss"]).raw):
                raise RuntimeError("a JWT of the store is not its issuer's")
        elif path.endswith(".nk"):
            with Seed.decode(text) as seed:
                assert seed.public


def _write(texts: dict[str, bytes], store: Path, to: Path) -> None:
    made = set()
    for path, text in texts.items():
        target = os.path.join(to, os.path.relpath(path, store))
        directory = os.path.dirname(target)
        if directory not in made:
            os.makedirs(directory, exist_ok=True)
            made.add(directory)
        with open(target, "wb") as file:
            file.write(text)
    sync_file_system(to)


if __name__ == "__main__":
    print_all([lambda: report(10_000, 3)])
