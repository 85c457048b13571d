"""Taking what a JWT tells: whom it is about, whose that is, and the keys that it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wallet.chain.model import signing_keys
from wallet.errors import JwtError, KeyFormatError
from wallet.exchange.readers.material import Findings, KeyMention, owner_named_in
from wallet.nats.claims import content
from wallet.nats.claims import signing_keys as keys_in_claims
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, decode_public
from wallet.nats.validation.flaw import Flaw
from wallet.nats.validation.jwt_flaws import found_in

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def add_token(token: str | bytes, source: str, into: Findings, *, name: str = "") -> Claims | None:
    """Put whom a JWT is about, and the signing keys it names, into `into`; None when refused.

    Its signature must be right. An operator's must be its own: whoever could sign for it
    otherwise could also name themselves as its signing key.
    """
    try:
        claims = into.decode(token)
    except JwtError as error:
        into.refuse(source, str(error), "a JWT that was not taken")
        return None
    flaws = found_in(claims)
    why = _not_taken(claims, flaws)
    if why:
        into.refuse(source, why, "a JWT that was not taken")
        return None
    subject = decode_public(claims.subject)
    own = claims.name or name
    into.add(KeyMention(subject, source, own, claims=claims, parent=owner_named_in(claims)))
    if flaws:
        sentence = content.reason(subject.kind, flaws)
        into.note(source, f"The JWT of the {claims.type} {own}: {sentence}")
    into.held_token(claims)
    if claims.type != "user":
        _add_signing_keys(claims, source, into)
    if claims.type == "account":
        _add_encryption_key(claims, own, source, into)
    return claims


def _not_taken(claims: Claims, flaws: Sequence[Flaw]) -> str:
    """Say why a JWT with a right signature is not imported; empty when it is."""
    if claims.type not in {"operator", "account", "user"}:
        return (
            "It is a JWT, but one that names no key: only those of operators, accounts and users "
            "are imported."
        )
    own = claims.issuer.text == claims.subject
    if claims.type == "operator" and not own:
        return (
            f"The JWT of this operator is signed by {claims.issuer.short}, not by the operator "
            "itself, so anybody could have made it."
        )
    if claims.type == "account" and claims.issuer.kind is Kind.ACCOUNT and not own:
        return f"The JWT of this account is signed by another account, {claims.issuer.short}."
    mistyped = [flaw for flaw in flaws if flaw.mistyped]
    if mistyped:
        return f"No server takes what this JWT says. {mistyped[0]}."
    if _holds_control(claims.nats):
        return "It holds control characters where a subject or another short text belongs."
    if claims.type != "user" and claims.subject in keys_in_claims.signing_keys(claims.nats):
        return f"The JWT of this {claims.type} names the {claims.type} itself as its signing key."
    return ""


def _holds_control(value: Any) -> bool:
    """Whether a control character stands in claims, in a name too; descriptions have line ends."""
    if isinstance(value, str):
        return _CONTROL.search(value) is not None
    if isinstance(value, list):
        return any(map(_holds_control, value))
    if isinstance(value, dict):
        return any(map(_CONTROL.search, value)) or any(
            name != "description" and _holds_control(one) for name, one in value.items()
        )
    return False


def _add_signing_keys(claims: Claims, source: str, into: Findings) -> None:
    for text in signing_keys(claims):
        scope = keys_in_claims.scope_of(claims.nats, text) or {}
        public, name = decode_public(text), scope.get("role") or ""
        into.add(KeyMention(public, source, name, parent=claims.subject, signing=True))


def _add_encryption_key(claims: Claims, name: str, source: str, into: Findings) -> None:
    """The curve key of an account's authorization service, called so: it hangs under nothing."""
    authorization = claims.nats.get("authorization")
    text = authorization.get("xkey") if isinstance(authorization, dict) else None
    if not isinstance(text, str) or not text:
        return
    try:
        public = decode_public(text)
    except KeyFormatError as error:
        into.refuse(source, f"Its xkey is no curve key. {error}")
        return
    if public.kind is Kind.CURVE:
        into.add(KeyMention(public, source, f"{name or 'account'} xkey"))
