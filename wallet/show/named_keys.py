"""Public keys in a sentence, each with the path of the key that the vault knows by it."""

from __future__ import annotations

import re

from wallet.text import plain
from wallet.vault.records import Records
from wallet.when import here_too

_PUBLIC = re.compile(r"\b[OAUNCX][A-Z2-7]{55}\b")
_CALLED = re.compile(r"“[^”]*” \(([OAUNCX][A-Z2-7]{55})\)")
_WITH_BRACKETS = re.compile(rf"(\()?({_PUBLIC.pattern})(\))?")
_MOST = 24  # looked up in one text


def by_names(records: Records, text: str) -> str:
    """The text with the path in the place of each public key of this vault: `acme ▸ orders`.

    A name that a JWT gives a key goes with it; keys of others stay as they are. Times in UTC get
    this machine's own beside them.
    """
    paths = _paths(records, text)
    text = _CALLED.sub(lambda match: paths.get(match[1], match[0]), text)
    return here_too(_PUBLIC.sub(lambda match: paths.get(match[0], match[0]), text))


def with_names(records: Records, text: str) -> str:
    """The text with a path behind each public key of this vault: `AB… (acme/orders)`, and in
    brackets `(AB…, acme/orders)`.

    Times in UTC get this machine's own beside them.
    """
    known = _paths(records, text)

    def named(match: re.Match[str]) -> str:
        opened, public, closed = match.groups("")
        if public not in known:
            return match[0]
        bracketed = opened and closed
        path = f", {known[public]}" if bracketed else f" ({known[public]})"
        return f"{opened}{public}{path}{closed}"

    return here_too(_WITH_BRACKETS.sub(named, text))


def _paths(records: Records, text: str) -> dict[str, str]:
    """The paths of the keys of this vault that a text names."""
    publics = list(dict.fromkeys(_PUBLIC.findall(text)))[:_MOST]
    named = ((public, records.by_public(public)) for public in publics)
    return {public: plain(record.path, 120) for public, record in named if record is not None}
