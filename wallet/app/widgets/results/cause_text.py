"""A cause as it is shown, and what of it is worth copying."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.content import Content
from textual.screen import Screen

from wallet.app.host import Host
from wallet.app.key_repairs import folded, in_keys
from wallet.app.recommended_keys import Recommended
from wallet.connection.causes.report import Cause, Report
from wallet.when import here_too

InKeys = Callable[[str], str]


def said_on(screen: Screen[Any], app: Host) -> InKeys:
    """A function that says commands by keys: in a dialog that lets those be pressed, by it."""
    recommended = getattr(screen, "recommended", None)
    return recommended.in_keys if isinstance(recommended, Recommended) else partial(in_keys, app)


def cause_text(say: InKeys, cause: Cause, told: str = "") -> Content:
    """Code and certainty, why, and what to change, which `say` says by keys of the app.

    The reason is left out where it was `told` above.
    """
    sure = cause.heading.removeprefix(cause.code.heading)
    why = "" if cause.why in told else f"\n{here_too(folded(cause.why))}"
    fix = folded(say(cause.fix))
    return Content.assemble((cause.code.heading, "bold"), (sure, "dim"), f"{why}\n→ {fix}")


def cause_texts(say: InKeys, report: Report) -> list[Content]:
    """All causes, likeliest first. Beside what is certain a guess is only named: it comes next."""
    causes, told = report.causes, report.summary
    certain = [cause for cause in causes if cause.certain]
    if not certain or not causes[0].certain:
        return [cause_text(say, cause, told) for cause in causes]
    guesses = [cause.code.heading for cause in causes if not cause.certain]
    named = Content.styled(f"Only if that mends nothing: {', '.join(guesses)}.", "dim")
    return [*(cause_text(say, cause, told) for cause in certain), *([named] if guesses else [])]


def text_to_paste(fix: str) -> str:
    """The block below the sentence, to be pasted elsewhere; empty where there is none.

    A command of the wallet's own is none: here it is said by a key.
    """
    _, _, block = fix.partition("\n")
    return "" if not block or block.startswith("nkey-wallet ") else f"{block}\n"
