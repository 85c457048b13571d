"""A glance at a JWT that was read and verified before: whom it is about, and its name. Pure.

`jwt.parse` looks at all of a text from anywhere. What the vault holds went through it when it came
in, and an export of thousands asks no more of each than this.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from wallet.errors import JwtError
from wallet.nats import base64url


class Glance(NamedTuple):
    """The type of a JWT, the public key that it is about, and its name, empty for none."""

    type: str
    subject: str
    name: str


def glance(token: str) -> Glance:
    """Read those alone. Raises `JwtError` for what is no JWT."""
    try:
        _, part, _ = token.split(".")
        payload = json.loads(base64url.decode(part))
        kind = payload.get("type") or payload["nats"]["type"]
        return Glance(str(kind), str(payload["sub"]), str(payload.get("name") or ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise JwtError("json", "This JWT is not readable.") from None
