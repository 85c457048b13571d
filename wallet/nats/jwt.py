"""NATS JWTs: read, verify and issue them. Pure.

A JWT says who signed (`iss`) what about whom (`sub`). Reading is bounded and strict where
others are lax: one spelling of the base64, no name twice, no name that differs from a known
one in case only (Go would take it for the known one), a depth that cannot exhaust the stack.
As Go has it, a `null` is a claim that is not there. `parse` reads without trusting; `decode` also
demands the issuer's signature. Whether to trust the issuer, whoever knows the operator says.

Version 2 signs header and payload, version 1 the payload alone. Only version 2 is written.

Source: nats-io/jwt v2, decoder.go and claims.go.
"""

from __future__ import annotations

import json
import re
from base64 import b32encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from math import isinf
from sys import intern
from typing import Any, NoReturn

from wallet.errors import JwtError, KeyFormatError, UsageError
from wallet.nats import base64url
from wallet.nats.jwt_layout import folded, go_json, in_order
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public, verify
from wallet.text import an, plain, without_seeds

MAX_SIZE = 1 << 20  # characters; what Go's library takes
MAX_DEPTH = 32
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}
_ALGORITHM_OF_VERSION = {1: "ed25519", 2: "ed25519-nkey"}
_STANDARD = ("aud", "exp", "jti", "iat", "iss", "name", "nbf", "sub")
_TOP_LEVEL = {*_STANDARD, "nats", "type", "tags", "issuer_account"}
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)

# Which kinds of key may sign a type, and what kind its subject is.
_ISSUERS = {
    "operator": {Kind.OPERATOR},
    "account": {Kind.OPERATOR, Kind.ACCOUNT},
    "user": {Kind.ACCOUNT},
    "activation": {Kind.OPERATOR, Kind.ACCOUNT},
    "authorization_request": {Kind.SERVER},
    "authorization_response": {Kind.ACCOUNT},
}
_ANY_KIND = frozenset(Kind)
SUBJECT_KINDS = {"operator": Kind.OPERATOR, "account": Kind.ACCOUNT, "user": Kind.USER}
"""The kind of key that a JWT of each type is about."""
WITH_JWT = frozenset(SUBJECT_KINDS.values())
"""The kinds of key that have a JWT of their own."""

Json = Any  # what json.loads gives: None, bool, int, float, str, list or dict


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a JWT. Times are whole seconds since 1970, None where it says nothing.

    `type` and `issuer_account` are safe to show, whatever stood there. `nats` holds the fields of
    its type, and `payload` everything as it was read, so that fields of later versions are not
    lost.
    """

    type: str
    version: int
    issuer: PublicKey
    subject: str
    name: str
    audience: str
    id: str
    issued: int | None
    expires: int | None
    not_before: int | None
    issuer_account: str | None
    tags: tuple[str, ...]
    nats: dict[str, Json] = field(repr=False)
    payload: dict[str, Json] = field(repr=False)
    token: str = field(repr=False)

    @property
    def signature_valid(self) -> bool:
        """Whether `issuer` signed this JWT."""
        header, payload, signature = self.token.split(".")
        signed = payload if self.version == 1 else f"{header}.{payload}"
        return verify(self.issuer, signed.encode("ascii"), _base64(signature, "signature"))

    @property
    def account(self) -> str | None:
        """The account that a user belongs to: named where a signing key signed."""
        return (self.issuer_account or self.issuer.text) if self.type == "user" else None

    def expired(self, now: float) -> bool:
        """Whether its end has passed at `now`, in seconds since 1970."""
        return self.expires is not None and now > self.expires

    def not_yet(self, now: float) -> bool:
        """Whether its beginning lies after `now`, in seconds since 1970."""
        return self.not_before is not None and now < self.not_before


def decode(token: str | bytes) -> Claims:
    """Read a JWT and verify that its issuer signed it; white space around it is allowed.

    Raises `JwtError`. What it says of time is not judged: see `Claims.expired`.
    """
    claims = parse(token)
    if not claims.signature_valid:
        raise JwtError(
            "signature",
            f"The signature is not {claims.issuer.short}'s: the JWT was changed after it was "
            "signed, or cut off. Copy the whole of it again, or have it issued anew.",
        )
    return claims


def parse(token: str | bytes) -> Claims:
    """Read a JWT without verifying its signature, to show what it says. Raises `JwtError`."""
    if len(token) > MAX_SIZE:
        raise JwtError("size", "This is longer than 1 MiB, and no server takes such a JWT.")
    text = (token.decode("latin-1") if isinstance(token, bytes) else token).strip()
    if not text:
        raise JwtError("empty", "A JWT was expected, and there is nothing.")
    parts = text.split(".")
    if len(parts) != 3:
        raise JwtError(
            "parts",
            f"A JWT has three parts with dots between them, this has {len(parts)}. Copy the "
            "whole of it again.",
        )
    algorithm, payload = _algorithm(parts[0]), _object(parts[1], "payload")
    if len(_base64(parts[2], "signature")) != 64:
        raise JwtError("signature", "The signature is not 64 bytes long. Copy it all again.")
    _refuse_other_spellings(payload, _TOP_LEVEL)
    nats = payload.get("nats")
    nats = {} if nats is None else nats
    if not isinstance(nats, dict):
        _bad_claim("nats", "an object")
    version = _version(payload, nats)
    if _ALGORITHM_OF_VERSION[version] != algorithm:
        raise JwtError(
            "header", f"A JWT of version {version} is not signed by {algorithm}. Issue it anew."
        )
    return _claims(payload, nats, version, text)


def issue(
    signer: Seed,
    subject: PublicKey,
    nats: Mapping[str, Json],
    *,
    issued: int,
    name: str = "",
    expires: int | None = None,
    not_before: int | None = None,
    audience: str = "",
) -> str:
    """A signed JWT, version 2, byte for byte as Go's library writes it.

    The subject's kind (operator, account or user) is its type. `nats` holds the fields of that
    type; of those that Go knows, empty ones are left out and the rest put in Go's order. Times
    are whole seconds since 1970. A limit left out is 0, which forbids: begin from
    `jwt_layout.unlimited_user` or `unlimited_account`. Raises `UsageError` when the signer may
    not sign such a JWT.
    """
    kind = subject.kind.value
    if subject.kind not in WITH_JWT:
        raise UsageError(f"JWTs are about operators, accounts and users, not {an(kind)} key.")
    times = {"exp": expires or 0, "iat": issued, "nbf": not_before or 0}
    return _signed(kind, signer, subject, nats, times, name, audience)


def issue_activation(
    signer: Seed,
    importer: PublicKey,
    kind: str,
    subject: str,
    *,
    issued: int,
    expires: int | None = None,
    issuer_account: str | None = None,
) -> str:
    """A signed activation, as `nsc generate activation` makes it.

    It lets the account `importer` import the export of this kind (`stream` or `service`) and
    subject. `signer` is the exporting account, or a signing key of `issuer_account`. Times are
    whole seconds since 1970. Raises `UsageError` when one of the two is no account's key.
    """
    if importer.kind is not Kind.ACCOUNT:
        raise UsageError(f"Accounts are given activations, not {an(importer.kind.value)} key.")
    nats = {"subject": subject, "kind": kind, "issuer_account": issuer_account or ""}
    times = {"exp": expires or 0, "iat": issued, "nbf": 0}
    return _signed("activation", signer, importer, nats, times, subject)


def _signed(
    kind: str,
    signer: Seed,
    subject: PublicKey,
    nats: Mapping[str, Json],
    times: Mapping[str, int],
    name: str,
    audience: str = "",
) -> str:
    """A JWT of this type, signed; `times` are `exp`, `iat` and `nbf`, 0 for none."""
    if signer.kind not in _ISSUERS[kind]:
        raise UsageError(f"A key of kind {signer.kind.value} cannot sign a JWT of kind {kind}.")
    standard = {
        "aud": audience,
        "exp": times["exp"],
        "jti": "",
        "iat": times["iat"],
        "iss": signer.public.text,
        "name": name,
        "nbf": times["nbf"],
        "sub": subject.text,
    }
    standard["jti"] = identifier(standard)
    claims: dict[str, Json] = {name: value for name, value in standard.items() if value}
    claims["nats"] = in_order(kind, {**nats, "type": kind, "version": 2})
    signed = f"{base64url.encode(go_json(_HEADER))}.{base64url.encode(go_json(claims))}"
    return f"{signed}.{base64url.encode(signer.sign(signed.encode('ascii')))}"


def identifier(payload: Mapping[str, Json]) -> str:
    """The `jti` that Go gives: base32 of SHA-512/256 over the other standard claims."""
    standard = {name: payload[name] for name in _STANDARD if name != "jti" and payload.get(name)}
    import hashlib  # with all of OpenSSL, and only who signs needs it

    digest = hashlib.new("sha512_256", go_json(standard)).digest()
    return b32encode(digest).decode("ascii").rstrip("=")


def _claims(payload: dict[str, Json], nats: dict[str, Json], version: int, text: str) -> Claims:
    kind = str(payload.get("type") or nats.get("type") or "")
    try:
        issuer = decode_public(_text(payload, "iss"))
    except KeyFormatError:
        raise JwtError("issuer", "The issuer of this JWT is not a public key.") from None
    if issuer.kind not in _ISSUERS.get(kind, _ANY_KIND):
        raise JwtError(
            "issuer", f"A key of kind {issuer.kind.value} cannot sign a JWT of this type."
        )
    subject = _text(payload, "sub")
    if not subject:
        raise JwtError("claims", "This JWT does not say whom it is about.")
    if kind in SUBJECT_KINDS:
        _need_key(subject, SUBJECT_KINDS[kind])
    # Version 1 kept two fields outside of `nats` that version 2 keeps within.
    own = payload if version == 1 else nats
    tags = own.get("tags")
    tags = [] if tags is None else tags
    if not isinstance(tags, list) or not all(isinstance(tag, str | None) for tag in tags):
        _bad_claim("tags", "a list of texts")
    return Claims(
        type=plain(kind, 40),
        version=version,
        issuer=issuer,
        subject=subject,
        name=_text(payload, "name"),
        audience=_text(payload, "aud"),
        id=_text(payload, "jti"),
        issued=_time(payload, "iat"),
        expires=_time(payload, "exp"),
        not_before=_time(payload, "nbf"),
        issuer_account=without_seeds(_text(own, "issuer_account"), 80) or None,
        tags=tuple(tag or "" for tag in tags),
        nats=nats,
        payload=payload,
        token=text,
    )


@lru_cache(maxsize=16)  # all but a few JWTs have one and the same header
def _algorithm(part: str) -> str:
    header = _object(part, "header")
    _refuse_other_spellings(header, {"typ", "alg"})
    kind, algorithm = header.get("typ"), header.get("alg")
    if not isinstance(kind, str) or kind.upper() != "JWT" or not isinstance(algorithm, str):
        raise JwtError("header", "This does not begin as a JWT does.")
    if algorithm.lower() not in _ALGORITHM_OF_VERSION.values():
        raise JwtError("header", "It is a JWT, but no NATS one: those are signed by ed25519-nkey.")
    return algorithm.lower()


def _version(payload: dict[str, Json], nats: dict[str, Json]) -> int:
    """1 where the type stands outside of `nats`, as Go tells them apart."""
    _refuse_other_spellings(nats, {"type", "version", "tags", "issuer_account"})
    for place in (payload, nats):
        _text(place, "type")
    version = 1 if payload.get("type") else nats.get("version")
    # `type` and not `isinstance`: True is an int, and 2.0 equals 2, but Go takes neither.
    if type(version) is not int or version not in _ALGORITHM_OF_VERSION:
        newer = type(version) is int and version > 2
        raise JwtError(
            "version",
            "This JWT was written by a newer version of NATS' tools than the wallet knows."
            if newer
            else "This JWT does not say which version it is: it is not one of NATS'.",
        )
    return version


def _object(part: str, what: str) -> dict[str, Json]:
    try:
        # As Go reads it: @nats-io/jwt writes names in Latin-1, and servers take them.
        text = _base64(part, what).decode("utf-8", "replace")
        _refuse_depth(text)
        value = _DECODER.decode(text)
        if "\\u" in text:  # a lone surrogate can be read, but not written again
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise JwtError("json", f"The {what} of this JWT is not readable. Copy it again.") from None
    if not isinstance(value, dict):
        raise JwtError("json", f"The {what} of this JWT is not an object.")
    return value


def _refuse_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in ("{", "["):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif match[0] in ("}", "]"):
            depth -= 1


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # Thousands are held at once in an import, and their names are the same.
    fields = {intern(name): value for name, value in pairs}
    if len(fields) != len(pairs):
        raise JwtError("json", "A name stands twice in this JWT, so it can be read in two ways.")
    return fields


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("not a number that JSON has")


def _finite(number: str) -> float:
    if isinf(value := float(number)):
        raise ValueError("a number too large to be written again")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once_each, parse_constant=_refuse_constant, parse_float=_finite
)


def _refuse_other_spellings(names: dict[str, Json], known: set[str]) -> None:
    """Go takes `SUB` for `sub`, others do not: such a JWT says two things."""
    for name in names:
        if name not in known and folded(name) in known:
            raise JwtError("json", "A claim's name is spelled in another case: it is ambiguous.")


def _text(place: dict[str, Json], name: str) -> str:
    value = place.get(name)
    if value is not None and not isinstance(value, str):
        _bad_claim(name, "a text")
    return value or ""


def _time(payload: dict[str, Json], name: str) -> int | None:
    value = payload.get(name)
    value = 0 if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        _bad_claim(name, "a time in whole seconds")
    return int(value) if value > 0 else None


def _need_key(text: str, kind: Kind) -> None:
    try:
        right = decode_public(text).kind is kind
    except KeyFormatError:
        right = False
    if not right:
        raise JwtError("claims", f"The subject of this JWT is not the key of {an(kind.value)}.")


def _bad_claim(name: str, right: str) -> NoReturn:
    raise JwtError("claims", f"The claim “{name}” of this JWT is not {right}.")


def _base64(part: str, what: str) -> bytes:
    """Unpadded URL-safe base64 in its one spelling, and not empty."""
    with suppress(ValueError):
        if data := base64url.decode(part):
            return data
    raise JwtError("base64", f"The {what} of this JWT is damaged. Copy the whole of it again.")
