"""Reading `.env` files: variables, of which some hold seeds, JWTs or creds, and others do not.

A value may be in quotes, then over several lines too. A variable's name is that of its key, unless
creds or a JWT bring one. Variables that hold nothing of NATS' are passed over.

Source: systemd.exec(5), EnvironmentFile; Docker Compose's .env files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wallet.exchange.readers.keys_in_text import read_text, speaks_of_keys
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts import key_shapes, line_folding
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.secrets import sodium

_NO_VARIABLES = frozenset({".conf", ".cfg", ".config"})  # a server's: there `operator=…` is another
_LAYOUT = re.compile(rb"(?:[ \t\r\n\v\f]++|#[^\r\n]*+)*+")
_VARIABLE = re.compile(
    rb"(?:export[ \t]++)?+([A-Za-z_][A-Za-z0-9_]{0,254}+)="
    rb"(?:\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'|([^\r\n]*+))[ \t]*+(?=[\r\n#]|\Z)",
    re.DOTALL,
)
_MOST = 10_000


def recognises(text: SourceText) -> bool:
    """Whether a text is nothing but variables and comments, and a variable holds a key."""
    if text.suffix in _NO_VARIABLES or not (text.named or _is_called_so(text)):
        return False
    matches = _variables(text.content)
    if not matches or any(key_shapes.has_any(match[1]) for match in matches):
        return False
    if not _is_called_so(text) and not any(match[1].upper() == match[1] for match in matches):
        return False
    return any(_speaks(text.content, _value(match)) for match in matches)


def read(text: SourceText, into: Findings) -> None:
    """Put the keys in variables' values into `into`. Never raises for what is in them."""
    content = text.content
    if b"#" in content:
        into.holds("comments")
    for match in _variables(content):
        if not _speaks(content, _value(match)):
            into.holds("other variables")
            continue
        name, before = match[1].decode(), len(into.mentions)
        value = content[_value(match)]
        try:
            read_text(value, f"{text.shown}, {name}", into, name=name)
        finally:
            sodium.wipe(value)
        for mention in into.mentions[before:]:
            if mention.cell is not None or mention.claims is not None:
                into.held_name(mention.public.text, name)


def _is_called_so(text: SourceText) -> bool:
    name = text.file_name.lower()
    return name.startswith(".env") or name.endswith(".env")


def _variables(content: bytearray) -> list[re.Match[bytes]]:
    """The variables of a text that holds nothing else but comments; none for another text."""
    matches: list[re.Match[bytes]] = []
    for match in _scanned(content):
        if match is None or len(matches) == _MOST:
            return []
        matches.append(match)
    return matches


def _scanned(content: bytearray) -> Iterator[re.Match[bytes] | None]:
    """Each variable in turn; None where something else stands, and then no more."""
    place = 0
    while True:
        layout = _LAYOUT.match(content, place)
        place = layout.end() if layout else place
        if place == len(content):
            return
        match = _VARIABLE.match(content, place)
        yield match
        if match is None:
            return
        place = match.end()


def _value(match: re.Match[bytes]) -> slice:
    return slice(*match.span(match.lastindex or 1))


def _speaks(content: bytearray, place: slice) -> bool:
    return speaks_of_keys(content, place.start, place.stop, line_folding.MOST_LAYERS)
