"""A vault and a way to call the command line as a script does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wallet.cli import main

PASSPHRASE = "a passphrase for these tests"


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, its results and its words."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Call `nkey-wallet` with the vault and the passphrase named by the environment."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(tmp_path / "keys" / "vault.nkw"))
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", str(passphrase))

    def call(*arguments: str) -> Done:
        capfd.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as left:
            status = int(left.code or 0)
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return call


@pytest.fixture
def vault(run: Run) -> Run:
    """The same, with acme/orders/billing, acme/metrics and a server key in the vault."""
    for arguments in (
        ["init", "--cost", "light"],
        ["new", "operator", "acme"],
        ["new", "account", "orders", "--under", "acme"],
        ["new", "account", "metrics", "--under", "acme"],
        ["new", "user", "billing", "--under", "acme/orders"],
        ["new", "server", "n1"],
    ):
        done = run(*arguments)
        assert done.status == 0, done.err
    return run
