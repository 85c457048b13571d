"""A line that tells, while a recovery code is typed unseen, which of its groups are right."""

from __future__ import annotations

from textual.widgets import Static

from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.secrets.recovery_code import GROUP, GROUPS
from wallet.show.signs import Sign

BEFORE = "Seven groups of five, each checked when it is typed."


class CodeGroups(Static):
    """Each complete group's number with a sign, and a word on the first that is mistyped."""

    DEFAULT_CSS = """
    CodeGroups { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(BEFORE, id=id, markup=False)

    def judge(self, field: SecretInput) -> None:
        """Show how far the code in `field` is, and whether it is right so far."""
        groups, begun = field.code_groups()
        signs = [
            f"{number}{Sign.GOOD if right else Sign.BAD}" for number, right in enumerate(groups, 1)
        ]
        if begun:
            signs.append(f"{len(groups) + 1}: {begun} of {GROUP}")
        if not signs:
            text = BEFORE
        elif not all(groups):
            text = f"{' '.join(signs)}  Group {groups.index(False) + 1} is mistyped: go back to it."
        elif len(groups) == GROUPS:
            text = f"{' '.join(signs)}  All seven fit."
        else:
            text = " ".join(signs)
        self.update(text)
