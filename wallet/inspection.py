"""What a pasted text is, and what is wrong with it. Pure; a seed is never repeated.

It knows public keys, seeds, private keys, JWTs and creds texts, and says of a mistyped key
which character to change when exactly one change makes its checksum right.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from wallet.errors import KeyFormatError
from wallet.nkeys import (
    PUBLIC_LENGTH,
    Kind,
    PublicKey,
    Seed,
    decode_public,
    looks_like_seed,
    suggest,
    verify,
)
from wallet.text import plain

MAX_JWT = 1 << 20
_BLOCK = re.compile(r"-{3,}\s*BEGIN ([A-Z ]+?)\s*-{3,}\s*(\S+)\s*-{3,}\s*END \1\s*-{3,}")
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: a code, why, and what to do about it."""

    code: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a text is. `secret` says that it held a seed or private key, which is not in here."""

    what: str
    kind: str | None = None
    public: str | None = None
    secret: bool = False
    problems: tuple[Problem, ...] = ()
    claims: dict[str, object] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    def to_json(self) -> dict[str, object]:
        """As `inspect --json` prints it."""
        return {
            "what": self.what,
            "kind": self.kind,
            "public": self.public,
            "valid": self.valid,
            "problems": [
                {"code": problem.code, "why": problem.why, "fix": problem.fix}
                for problem in self.problems
            ],
            "claims": self.claims or None,
        }


def inspect(text: str | bytes) -> Inspection:
    """Say what `text` is. Never raises for what it finds in it."""
    given = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    stripped = given.strip()
    if "-BEGIN " in stripped or "- BEGIN " in stripped:
        return _creds(stripped)
    if _JWT.fullmatch(stripped):
        return _jwt(stripped)
    if looks_like_seed(stripped):
        return _seed(stripped)
    if stripped[:1].upper() == "P" and len(stripped) > 50:
        return _private(stripped)
    return _public(stripped)


def _public(text: str) -> Inspection:
    try:
        key = decode_public(text)
    except KeyFormatError as error:
        what = "public key" if 40 <= len(text) <= 70 and text.isalnum() else "unknown"
        if what == "unknown":
            return Inspection(
                what,
                problems=(
                    Problem(
                        error.problem,
                        "This is no NATS key, JWT or creds text.",
                        "A public key has 56 characters and begins with O, A, U, N, C or X; a seed "
                        "has 58 and begins with S; a JWT begins with ey.",
                    ),
                ),
            )
        fix = "Copy it again from its source."
        found = suggest(text) if error.problem in {"checksum", "alphabet", "kind"} else []
        if error.problem == "case":
            fix = f"Write it in capitals: {text.upper()}"
        elif len(found) == 1:
            fix = f"{_difference(text, found[0])} It would be {found[0]}."
        return Inspection(what, problems=(Problem(error.problem, str(error), fix),))
    return Inspection("public key", key.kind.value, key.text)


def _seed(text: str) -> Inspection:
    try:
        with Seed.decode(text) as seed:
            return Inspection("seed", seed.kind.value, seed.public.text, secret=True)
    except KeyFormatError as error:
        fix = "Copy it again from its source."
        found = suggest(text) if error.problem in {"checksum", "spare-bits", "kind"} else []
        if error.problem == "case":
            fix = "Write it in capitals."
        elif len(found) == 1:
            fix = _difference(text, found[0])
        problem = Problem(error.problem, str(error), fix)
        return Inspection("seed", secret=True, problems=(problem,))


def _private(text: str) -> Inspection:
    """A private key holds the public half too, but not its kind."""
    curve = len(text) == PUBLIC_LENGTH
    try:
        with Seed.decode_private(text, Kind.CURVE if curve else Kind.USER):
            kind = Kind.CURVE.value if curve else None
            return Inspection("private key", kind, secret=True)
    except KeyFormatError as error:
        problem = Problem(error.problem, str(error), "Copy it again from its source.")
        return Inspection("private key", secret=True, problems=(problem,))


def _difference(given: str, right: str) -> str:
    """What to change, in words that show one or two characters and no more."""
    given = given.upper()
    places = [at for at, (a, b) in enumerate(zip(given, right, strict=True)) if a != b]
    if len(places) == 2:
        return f"Swap characters {places[0] + 1} and {places[1] + 1}."
    at = places[0]
    return f"Character {at + 1} is {given[at]} and should be {right[at]}."


def _creds(text: str) -> Inspection:
    blocks = dict(_BLOCK.findall(text))
    token = next((body for name, body in blocks.items() if "JWT" in name), None)
    secret = next((body for name, body in blocks.items() if "SEED" in name), None)
    if token is None or secret is None:
        missing = "JWT" if token is None else "seed"
        why = f"These look like creds, but there is no {missing} block in them."
        fix = "Export the creds again: a user's JWT, then the user's seed."
        problem = Problem("creds", why, fix)
        return Inspection("creds", secret=secret is not None, problems=(problem,))
    of_token, of_seed = _jwt(token), _seed(secret)
    problems = [*of_token.problems, *of_seed.problems]
    subject = of_token.claims.get("sub")
    if not problems and subject != of_seed.public:
        problems.append(
            Problem(
                "creds",
                f"The JWT is for {plain(str(subject), 60)}, and the seed is {of_seed.public}'s.",
                "Put the JWT and the seed of the same user together.",
            )
        )
    return Inspection("creds", of_seed.kind, of_seed.public, True, tuple(problems), of_token.claims)


def _jwt(token: str) -> Inspection:
    header, payload, signature = token.split(".")
    try:
        if len(token) > MAX_JWT:
            raise ValueError("longer than 1 MiB")
        head = _object(header)
        claims = _object(payload)
        issuer = decode_public(str(claims.get("iss", "")))
        signed = _base64(signature)
    except (ValueError, RecursionError, KeyFormatError):
        problem = Problem(
            "jwt",
            "This looks like a JWT, and cannot be read as one.",
            "Copy the whole of it again.",
        )
        return Inspection("JWT", problems=(problem,))
    problems = _signature_problems(token, head, issuer, signed)
    nats = claims.get("nats")
    kind = nats.get("type") if isinstance(nats, dict) else claims.get("type")
    subject = claims.get("sub")
    shown = {plain(name, 100): _shown(value) for name, value in claims.items()}
    return Inspection(
        "JWT",
        plain(kind, 40) if isinstance(kind, str) else None,
        plain(subject, 60) if isinstance(subject, str) else None,
        problems=tuple(problems),
        claims=shown,
    )


def _signature_problems(
    token: str, head: dict[str, object], issuer: PublicKey, signature: bytes
) -> list[Problem]:
    if head.get("alg") not in {"ed25519-nkey", "ed25519"}:
        return [Problem("jwt", "It is a JWT, but no NATS one.", "NATS signs with ed25519-nkey.")]
    signed, _, _ = token.rpartition(".")
    # Version 1, alg ed25519, signed the payload alone.
    data = signed if head["alg"] == "ed25519-nkey" else signed.partition(".")[2]
    if verify(issuer, data.encode(), signature):
        return []
    return [
        Problem(
            "jwt-signature",
            f"The signature is not {issuer.text}'s: the JWT was changed, or cut off.",
            "Copy the whole of it again, or have it issued anew.",
        )
    ]


def _object(part: str) -> dict[str, object]:
    value = json.loads(_base64(part))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _base64(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _shown(value: object, depth: int = 0) -> object:
    """A claim with every text in it made safe to show."""
    if isinstance(value, str):
        return plain(value, 500)
    if isinstance(value, list):
        return [_shown(item, depth + 1) for item in value[:1000]] if depth < 20 else "…"
    if isinstance(value, dict):
        if depth >= 20:
            return "…"
        return {plain(name, 100): _shown(item, depth + 1) for name, item in value.items()}
    return value
