"""A cause as it is shown, and what of it is worth copying."""

from __future__ import annotations

from textual.content import Content

from wallet.connection.causes.report import Cause


def cause_text(cause: Cause) -> Content:
    """Code and certainty, why, and what to change."""
    sure = cause.heading.removeprefix(cause.code.heading)
    return Content.assemble(
        (cause.code.heading, "bold"), (sure, "dim"), f"\n{cause.why}\n→ {cause.fix}"
    )


def text_to_paste(fix: str) -> str:
    """The block below the sentence, where there is one; else the sentence."""
    _, _, block = fix.partition("\n")
    return f"{block}\n" if block else fix
