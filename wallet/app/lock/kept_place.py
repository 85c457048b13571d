"""The place where a person was when the wallet locked, for the unlocking to come back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.vault.tree.outline import Folding


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """The selected row, by its public key or as a heading by its line, the open tab and how far it
    was scrolled, what was folded and the field that had the focus, in one vault.

    No name and nothing that was typed is in it: it stays in memory while the vault is locked.
    """

    vault_id: bytes
    public: str
    tab: str
    folding: Folding
    scrolled: int
    line: int
    focus: str  # the id of a field; empty where the tree had it
