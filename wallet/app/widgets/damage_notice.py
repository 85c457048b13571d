"""The notice that a vault failed its check; it stays for as long as the vault is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from wallet.text import plain
from wallet.vault.db.soundness import Problem


class DamageNotice(Static):
    """Says of a damaged vault what it means, in a line or two above everything else."""

    DEFAULT_CSS = """
    DamageNotice {
        height: auto;
        max-height: 3;
        padding: 0 1;
        background: $error-muted;
        color: $text-error;
    }
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"This vault is damaged, and nothing is saved over it. {plain(problems[0].why, 120)}"
            f"{more} Ctrl+P, “Damage in this vault”: all of it, and what to do.",
            markup=False,
        )
