"""The check of every row of a vault: each key, that its seed opens as its own, and that its JWT is
about it; about 60 µs for each key. Its problems are those of `soundness.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

from wallet.errors import AlteredError, JwtError, KeyFormatError
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.vault.db.soundness import NAMED, RESTORE, Problem, names_of

_KEYS = """
SELECT k.public, k.kind, k.name, s.cell, t.jwt, u.nats FROM keys AS k
LEFT JOIN seeds AS s ON s.key = k.id LEFT JOIN tokens AS t ON t.key = k.id
LEFT JOIN unsigned AS u ON u.key = k.id ORDER BY k.id
"""

OpenCell = Callable[[bytes, PublicKey], Seed]


def of_keys(sql: sqlite3.Connection, open_cell: OpenCell) -> list[Problem]:
    """The problems of single keys: the key itself, its seed (`open_cell` opens it), its JWT."""
    keys_by_code: dict[str, list[tuple[str, str]]] = {}
    for public, kind, name, cell, token, nats in sql.execute(_KEYS):
        for code in _of_key(public, kind, cell, token, nats, open_cell):
            keys_by_code.setdefault(code, []).append((str(public), str(name)))
    return [
        Problem(
            code,
            f"{why}: {names_of(keys_by_code[code][: NAMED + 1], len(keys_by_code[code]))}.",
            RESTORE,
        )
        for code, why in _OF_KEYS.items()
        if code in keys_by_code
    ]


_OF_KEYS = {
    "key": "No public key, or one of another kind",
    "seed": "The sealed seed does not open as the key's own",
    "jwt": "The JWT cannot be read",
    "jwt-subject": "The JWT is about another key",
    "unsigned": "What the user may do without a JWT cannot be read",
}


def _of_key(
    text: object, kind: object, cell: object, token: object, nats: object, open_cell: OpenCell
) -> Iterator[str]:
    try:
        public = decode_public(str(text))
        if public.kind is not Kind(str(kind)):
            yield "key"
    except (KeyFormatError, ValueError):
        yield "key"
        return
    if cell is not None:
        try:
            open_cell(bytes(cell) if isinstance(cell, bytes) else b"", public).wipe()
        except AlteredError:
            yield "seed"
    if token is not None:
        try:
            if jwt.parse(str(token)).subject != public.text:
                yield "jwt-subject"
        except JwtError:
            yield "jwt"
    if nats is not None and not _is_object(nats):
        yield "unsigned"


def _is_object(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except (ValueError, RecursionError):
        return False
