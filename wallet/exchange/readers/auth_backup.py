"""Reading what `nats auth operator backup` writes: an operator with all under it, in JSON.

The seeds of the operator, its accounts, users and signing keys stand in it, and their JWTs, which
have the names. So no more than these is taken out of it.

Source: synadia-io/jwt-auth-builder.go, the JSON form of an operator's data.
"""

from __future__ import annotations

import re

from wallet.exchange.readers.keys_in_text import read_text
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts import key_shapes
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.secrets import sodium

_BEGINS = re.compile(rb"\s*+\{")
_KEY = re.compile(rb'"key"\s*+:\s*+\{\s*+"key"\s*+:\s*+"S?[OAU]')
_TOKEN = re.compile(rb'"token"\s*+:\s*+"eyJ')
_LINE_END = re.compile(rb"\n")
_ACCOUNTS = re.compile(rb'"accounts"\s*+:\s*+(?:\[|null)')


def recognises(text: SourceText) -> bool:
    """Whether a text is such a backup; a server's configuration has no such keys."""
    telling = (_KEY, _TOKEN, _ACCOUNTS)
    content = text.content
    return bool(_BEGINS.match(content)) and all(part.search(content) for part in telling)


def read(text: SourceText, into: Findings) -> None:
    """Put the keys and JWTs of a backup into `into`. Never raises for what is in it."""
    content = text.content
    into.holds("names and settings of nats auth")
    keys = bytearray(b" " * len(content))  # never grows: that would leave copies behind
    try:
        for end in _LINE_END.finditer(content):  # so that keys are told by the lines they stand in
            keys[end.start()] = ord("\n")
        for run in key_shapes.runs(content):
            keys[run.place] = content[run.place]
        read_text(keys, text.shown, into)
    finally:
        sodium.wipe(keys)
