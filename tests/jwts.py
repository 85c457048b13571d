"""JWTs as anybody may sign them: whatever is put in, without the wallet's own checks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

from wallet.nats.nkeys import Seed

HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


def signed(signer: Seed, payload: dict[str, Any]) -> str:
    """A JWT of exactly this payload, with `signer` as its issuer unless it names one."""
    return sign(signer, {"iss": signer.public.text, **payload})


def sign(signer: Seed, payload: object, header: object = HEADER, *, version: int = 2) -> str:
    """A right signature over whatever is given, raw bytes too; version 1 signs no header."""
    parts = encode(header), encode(payload)
    over = ".".join(parts) if version == 2 else parts[1]
    return ".".join((*parts, encode(signer.sign(over.encode("ascii")))))


def encode(value: object) -> str:
    """One part of a JWT: bytes as they are, anything else as JSON."""
    compact = (",", ":")
    data = value if isinstance(value, bytes) else json.dumps(value, separators=compact).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
