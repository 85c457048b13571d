"""JWTs as anybody may sign them: whatever is put in, without the wallet's own checks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

from wallet.nkeys import Seed

HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


def signed(signer: Seed, payload: dict[str, Any]) -> str:
    """A JWT of exactly this payload, with `signer` as its issuer unless it names one."""
    said = {"iss": signer.public.text, **payload}
    text = f"{_part(HEADER)}.{_part(said)}"
    return f"{text}.{_encoded(signer.sign(text.encode('ascii')))}"


def _part(value: Any) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
