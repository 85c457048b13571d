"""Public keys in a sentence, each with the path of the key that the vault knows by it."""

from __future__ import annotations

import re

from wallet.text import plain
from wallet.vault.records import Records

_PUBLIC = re.compile(r"\b[OAUNCX][A-Z2-7]{55}\b")
_MOST = 24  # looked up in one text


def with_names(records: Records, text: str) -> str:
    """The text with a path behind each public key of this vault: `AB… (acme/orders)`."""
    paths: dict[str, str] = {}
    for public in list(dict.fromkeys(_PUBLIC.findall(text)))[:_MOST]:
        record = records.by_public(public)
        if record is not None:
            paths[public] = f"{public} ({plain(record.path, 120)})"
    return _PUBLIC.sub(lambda match: paths.get(match[0], match[0]), text)
