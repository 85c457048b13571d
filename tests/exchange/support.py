"""A vault to import into, and importing in one call."""

from __future__ import annotations

from pathlib import Path

from tests.vault.support import empty_vault, opened_once
from wallet.exchange.plan.import_execution import Result, apply
from wallet.exchange.plan.import_plan import Choices, ImportPlan
from wallet.exchange.plan.key_comparison import make_plan
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.vault.vault import Vault

PASSPHRASE = "a passphrase for these tests"


def new_vault(directory: Path) -> Vault:
    """An empty vault, quickly derived."""
    return opened_once(directory / "vault" / "vault.nkw", _make, PASSPHRASE)


def _make(path: Path) -> None:
    empty_vault(path, PASSPHRASE)


def plan_of(
    vault: Vault,
    *given: Path | bytes | str,
    under: str | None = None,
    choices: Choices | None = None,
) -> ImportPlan:
    """What importing these files and texts would do. Its findings are the caller's to wipe."""
    into = Findings()
    for each in given:
        if isinstance(each, Path):
            SourceReader(into).path(each)
        else:
            SourceReader(into).text(bytearray(each.encode() if isinstance(each, str) else each))
    parent = vault.records.find_parent(under) if under else None
    return make_plan(vault.records, into, under=parent, choices=choices)


def carry_out(vault: Vault, plan: ImportPlan) -> Result:
    """Do what a plan says, and wipe what it was made from."""
    with plan.findings, vault.change() as records:
        return apply(records, plan)


def import_all(
    vault: Vault,
    *given: Path | bytes | str,
    under: str | None = None,
    choices: Choices | None = None,
) -> Result:
    """Import these files and texts."""
    return carry_out(vault, plan_of(vault, *given, under=under, choices=choices))
