"""Public keys, seeds, private keys, creds and nk files, and what is proposed for mistyped ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.fuzz.material import CREDS, PUBLIC, SEED, WORDS, is_safe
from wallet.errors import WalletError
from wallet.nats import base32, creds, nkeys, typos
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.key_record import is_plain

__all__ = ["WORDS"]

SOURCES = (base32, typos, creds, nkeys)
SEEDS = [PUBLIC, SEED, b" " + SEED + b"\n", CREDS, CREDS.replace(b"\n", b"\r\n")]


def read(data: bytes, place: Path) -> None:
    """A key is decoded, or refused in safe words; a proposal is a key."""
    text = data[:200].decode("utf-8", "replace")
    try:
        nkeys.decode_public(text)
    except WalletError as error:
        is_safe(str(error))
    for proposal in typos.suggest(text):
        assert is_plain(proposal)  # to who typed a seed, a seed
    for decode in (
        Seed.decode,
        partial(Seed.decode_private, kind=Kind.USER),
        creds.read_creds,
    ):
        try:
            held = decode(bytearray(data))
        except WalletError as error:
            is_safe(str(error))
        else:
            (held if isinstance(held, Seed) else held.seed).wipe()
