"""Two JWTs about one key: which is the later, and whether they say the same. Pure."""

from __future__ import annotations

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
    return _without_revocations(one) == _without_revocations(other)


def _without_revocations(claims: Claims) -> dict[str, object]:
    content = _said_apart_from_signing(claims)
    nats = {name: value for name, value in claims.nats.items() if name != "revocations"}
    if isinstance(exports := nats.get("exports"), list):
        nats["exports"] = [
            {name: value for name, value in one.items() if name != "revocations"}
            if isinstance(one, dict)
            else one
            for one in exports
        ]
    return {**content, "nats": nats}


def _said_apart_from_signing(claims: Claims) -> dict[str, object]:
    return {name: value for name, value in claims.payload.items() if name not in _OF_ISSUING}
