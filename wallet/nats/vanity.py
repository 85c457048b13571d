"""Public keys with a wished-for beginning, found by trying. Pure."""

from __future__ import annotations

import re
from base64 import b32encode

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium

LONGEST = 7  # characters; 4·32⁶ tries are some hours on every machine


class Prefix:
    """A beginning that a public key of `kind` shall have after its first letter."""

    def __init__(self, kind: Kind, text: str) -> None:
        """Raises `UsageError` for a text that no key can have.

        The kind byte's three low bits are zero, so the character after the letter is A, B, C
        or D, always; the rest is base32.
        """
        wanted = text.upper()
        if not re.fullmatch(r"[A-D][A-Z2-7]*", wanted):
            raise UsageError(
                f"No {kind.value} key begins with {kind.letter}{wanted}: after the first letter "
                "comes A, B, C or D, then letters and the digits 2 to 7."
            )
        if len(wanted) > LONGEST:
            raise UsageError(
                f"A prefix of {len(wanted)} characters would take {4 * 32 ** (len(wanted) - 1):,} "
                f"tries. Choose at most {LONGEST}."
            )
        self.kind = kind
        self.text = kind.letter + wanted

    @property
    def expected_tries(self) -> int:
        """The number of keys one must make on average: 4·32^(n−1)."""
        return int(4 * 32 ** (len(self.text) - 2))

    def search(self) -> Seed:
        """Make keys until one fits. Runs for `expected_tries` on average."""
        public_of = sodium.x25519_public if self.kind is Kind.CURVE else sodium.ed25519_public
        head = bytes([self.kind.prefix])
        while True:
            raw = sodium.random_secret(sodium.KEY)
            # Five bytes are eight characters: as much as the longest prefix shows.
            if b32encode(head + public_of(raw)[:4]).decode().startswith(self.text):
                try:
                    return Seed.from_raw(self.kind, raw)
                finally:
                    sodium.wipe(raw)
            sodium.wipe(raw)
