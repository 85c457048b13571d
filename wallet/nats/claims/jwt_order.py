"""Two JWTs about one key: which is the later, and what the later one takes back. Pure."""

from __future__ import annotations

from wallet.nats.claims.revocations import revocations
from wallet.nats.jwt import Claims

# What signing anew changes by itself.
_OF_ISSUING = {"iat", "jti", "iss"}


def later_jwt(new: Claims, old: Claims) -> bool:
    """Whether `new` was issued after `old`. Of the same second, neither is later."""
    return (new.issued or 0) > (old.issued or 0)


def says_the_same(one: Claims, other: Claims) -> bool:
    """Whether two JWTs differ in nothing but when and by which key they were signed."""
    return _said_apart_from_signing(one) == _said_apart_from_signing(other)


def says_the_same_but_revocations(one: Claims, other: Claims) -> bool:
    """Whether two JWTs of an account differ, beyond their signing, in whom they revoke alone."""
    return _said_apart_from_signing(one, without="revocations") == _said_apart_from_signing(
        other, without="revocations"
    )


def _said_apart_from_signing(claims: Claims, without: str = "") -> dict[str, object]:
    content = {name: value for name, value in claims.payload.items() if name not in _OF_ISSUING}
    if without and isinstance(content.get("nats"), dict):
        content["nats"] = {name: value for name, value in claims.nats.items() if name != without}
    return content


def dropped_revocations(old: Claims, new: Claims) -> str:
    """Name in words whom an account's old JWT revokes and its new one does not; empty for nobody.

    A revocation that the new JWT has, for an earlier time, lets in what was issued in between.
    """
    now = revocations(new.nats)
    lost = [key for key, at in revocations(old.nats).items() if now.get(key, -1) < at]
    if not lost:
        return ""
    return f"{lost[0]}" if len(lost) == 1 else f"{len(lost):,} users"
