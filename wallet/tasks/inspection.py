"""Telling what a pasted text is and what is wrong with it. Pure; a seed is never repeated.

It knows public keys, seeds, private keys, JWTs and creds texts, and says of a mistyped key
which character to change when exactly one change makes its checksum right.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from wallet.chain import Chain, describe, objections
from wallet.chain.loose_jwts import SECRETS, describe_other
from wallet.codes import Code, Remark, Trait
from wallet.errors import CredentialsError, JwtError, KeyFormatError
from wallet.exchange.readers.texts import line_folding
from wallet.nats import jwt
from wallet.nats.creds import find_blocks, looks_like_creds
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import (
    PUBLIC_LENGTH,
    SEED_LENGTH,
    Kind,
    Seed,
    decode_public,
    is_public_key,
    looks_like_seed,
)
from wallet.nats.typos import suggest
from wallet.secrets import sodium
from wallet.text import plain, without_seeds
from wallet.when import exactly

# One block between its lines of dashes, as nsc writes JWTs and seeds, with nothing beside it.
_ALONE = re.compile(
    rb"-{3,}+[ \t]*+BEGIN ([^\r\n]{0,80}?)-{3,}+\s++([^\s-][^\s]*+)\s++"
    rb"-{3,}+[ \t]*+END [^\r\n]{0,80}?-{3,}+"
)
# RFC 7468, and what OpenSSL writes besides.
_LABEL = re.compile(r"-{5}BEGIN ([A-Z0-9 ]{1,40})-{5}")
_PEMS = {
    "CERTIFICATE": "certificate",
    "X509 CERTIFICATE": "certificate",
    "TRUSTED CERTIFICATE": "certificate",
    "CERTIFICATE REQUEST": "certificate request",
    "NEW CERTIFICATE REQUEST": "certificate request",
    "PUBLIC KEY": "public key of TLS",
    "RSA PUBLIC KEY": "public key of TLS",
}
_AGAIN = "Copy it again from its source."


@dataclass(frozen=True, slots=True)
class Inspection:
    """The answer about a pasted text. `secret`: it held a seed or private key, not kept here.

    `words` are a JWT's claims as a person says them, a line each.
    """

    what: str
    kind: str | None = None
    public: str | None = None
    secret: bool = False
    problems: tuple[Remark, ...] = ()
    claims: dict[str, object] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    def to_json(self) -> dict[str, object]:
        """The text's kind, problems and claims, as the object of `inspect --json`; never a seed."""
        return {
            "what": self.what,
            "kind": self.kind,
            "public": self.public,
            "valid": self.valid,
            "problems": [problem.to_json() for problem in self.problems],
            "claims": self.claims or None,
            **({"words": list(self.words)} if self.words else {}),
        }


def inspect(text: str | bytes, *, now: float | None = None) -> Inspection:
    """Say what `text` is. Never raises for what it finds in it.

    `now`, in seconds since 1970, is what a JWT's times are judged by; without it, the clock.
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    now = time.time() if now is None else now
    laid_out = line_folding.laid_out(raw)
    if laid_out is None:
        return _inspect(raw.decode("utf-8", "replace"), now)
    try:
        inspection = _inspect(laid_out.decode("utf-8", "replace"), now)
        if (
            inspection.what == "unknown"
            and (inner := line_folding.whole_layer(laid_out)) is not None
        ):
            within = _inspect(inner.decode("utf-8", "replace"), now)
            sodium.wipe(inner)
            inspection = inspection if within.what == "unknown" else within
    finally:
        sodium.wipe(laid_out)
    return inspection


def _inspect(given: str, now: float) -> Inspection:
    stripped = given.strip()
    if looks_like_creds(stripped):
        return _of_tls(stripped) or _creds(stripped, now)
    if stripped.count(".") == 2 and len(stripped.split(maxsplit=1)) == 1:
        return _jwt(stripped, now)
    if looks_like_seed(stripped) or _nearly_a_seed(stripped):
        return _seed(stripped)
    if stripped[:1].upper() == "P" and len(stripped) > 50:
        return _private(stripped)
    return _public(stripped)


def _nearly_a_seed(text: str) -> bool:
    """Whether one of its first two characters hides that this is a seed: to be kept unseen too."""
    return len(text) == SEED_LENGTH and any(candidate[0] == "S" for candidate in suggest(text))


def _public(text: str) -> Inspection:
    try:
        key = decode_public(text)
    except KeyFormatError as error:
        if not (40 <= len(text) <= 70 and text.isascii() and text.isalnum()):
            return _unknown(error.problem)
        fix = _AGAIN
        candidates = suggest(text) if len(text) == PUBLIC_LENGTH else []
        if error.problem == "case" and is_public_key(text.upper()):
            fix = f"Write it in capitals: {text.upper()}"
        elif error.problem == "case":
            fix = "Write it in capitals, and look for a mistyped character."
        elif len(candidates) == 1:
            fix = f"{_difference(text, candidates[0])} It would be {candidates[0]}."
        return Inspection("public key", problems=(Remark(Code(error.problem), str(error), fix),))
    return Inspection("public key", key.kind.value, key.text)


def _unknown(problem: str) -> Inspection:
    why = "This is no NATS key, JWT or creds text."
    fix = (
        "A public key has 56 characters and begins with O, A, U, N, C or X; a seed has 58 and "
        "begins with S; a JWT begins with ey."
    )
    return Inspection("unknown", problems=(Remark(Code(problem), why, fix),))


def _seed(text: str) -> Inspection:
    try:
        with Seed.decode(text) as seed:
            return Inspection("seed", seed.kind.value, seed.public.text, secret=True)
    except KeyFormatError as error:
        fix = _AGAIN
        candidates = suggest(text) if error.problem not in {"case", "trailing"} else []
        if error.problem == "case":
            fix = "Write it in capitals."
        elif error.problem == "trailing":
            fix = "Give the seed alone."
        elif len(candidates) == 1:
            fix = _difference(text, candidates[0])
        problem = Remark(Code(error.problem), str(error), fix)
        return Inspection("seed", secret=True, problems=(problem,))


def _private(text: str) -> Inspection:
    """A private key holds the public half too, but not its kind."""
    curve = len(text) == PUBLIC_LENGTH
    try:
        with Seed.decode_private(text, Kind.CURVE if curve else Kind.USER):
            kind = Kind.CURVE.value if curve else None
            return Inspection("private key", kind, secret=True)
    except KeyFormatError as error:
        problem = Remark(Code(error.problem), str(error), _AGAIN)
        return Inspection("private key", secret=True, problems=(problem,))


def _difference(given: str, right: str) -> str:
    """Say which characters to change, and show no more than one or two of them."""
    given = given.upper() if given.isascii() else given
    if len(given) != len(right):
        return "It holds a character that no key has."
    places = [at for at, (a, b) in enumerate(zip(given, right, strict=True)) if a != b]
    if len(places) == 2:
        return f"Swap characters {places[0] + 1} and {places[1] + 1}."
    at = places[0]
    there = f"is {given[at]}" if given[at].isascii() and given[at].isprintable() else "is no letter"
    return f"Character {at + 1} {there} and should be {right[at]}."


def _of_tls(text: str) -> Inspection | None:
    """A text in PEM that is no creds: a certificate or a key of TLS; None for another."""
    labels = _LABEL.findall(text)
    if not labels or any(label.endswith(("JWT", "SEED")) for label in labels):
        return None
    private = next((label for label in labels if label.endswith("PRIVATE KEY")), "")
    label = private or labels[0]
    if private:
        what = "private key of SSH" if "SSH" in private else "private key of TLS"
    elif label in _PEMS:
        what = _PEMS[label]
    else:
        return None
    why = f"This is a {what}, in PEM. No NATS key is in it."
    fix = (
        "The wallet holds NATS keys: seeds, which begin with S, and the JWTs and creds made with "
        "them. Name this file to the program that asks for it."
    )
    return Inspection(what, secret=bool(private), problems=(Remark(Code.KIND, why, fix),))


def _creds(text: str, now: float) -> Inspection:
    raw = text.encode("utf-8", "replace")
    if alone := _ALONE.fullmatch(raw):
        inside = alone[2].decode("utf-8", "replace")
        return _seed(inside) if b"SEED" in alone[1].upper() else _jwt(inside, now)
    try:
        blocks = find_blocks(raw)
    except CredentialsError as error:
        fix = "Export the creds of this user again."
        return Inspection("creds", secret=True, problems=(Remark(Code.CREDS, str(error), fix),))
    if blocks.token is None or blocks.seed is None:
        missing = "JWT" if blocks.token is None else "seed"
        why = f"These look like creds, but there is no {missing} block in them."
        fix = "Export the creds again: a user's JWT, then the user's seed."
        problem = Remark(Code.CREDS, why, fix)
        return Inspection("creds", secret=blocks.seed is not None, problems=(problem,))
    of_token = _jwt(raw[blocks.token].decode("utf-8", "replace"), now)
    of_seed = _seed(raw[blocks.seed].decode("utf-8", "replace"))
    problems = [*of_token.problems, *of_seed.problems]
    if of_seed.public is not None and of_token.public not in {None, of_seed.public}:
        problems.append(
            Remark(
                Code.CREDS,
                f"The JWT is for {of_token.public}, and the seed is {of_seed.public}'s.",
                "Put the JWT and the seed of the same user together.",
            )
        )
    return Inspection(
        "creds",
        of_seed.kind,
        of_seed.public,
        True,
        tuple(problems),
        of_token.claims,
        of_token.words,
    )


def _jwt(token: str, now: float) -> Inspection:
    try:
        claims = jwt.parse(token)
    except JwtError as error:
        code = Code.JWT_SIGNATURE if error.problem == "signature" else Code.JWT
        fix = "Copy the whole of it again, or have it issued anew."
        return Inspection("JWT", problems=(Remark(code, str(error), fix),))
    chain = _alone(claims)
    in_chain = chain != Chain()
    return Inspection(
        "JWT",
        plain(claims.type, 40) or None,
        str(_shown(claims.subject)),
        problems=(*_jwt_problems(claims, now), *_objected(chain, now)),
        words=tuple(describe(chain, now) if in_chain else describe_other(claims, now)),
        claims={str(_shown(name)): _shown(value) for name, value in claims.payload.items()},
    )


def _jwt_problems(claims: Claims, now: float) -> list[Remark]:
    problems = []
    if not claims.signature_valid:
        why = f"The signature is not {claims.issuer.text}'s: the JWT was changed, or cut off."
        fix = "Copy the whole of it again, or have it issued anew."
        problems.append(Remark(Code.JWT_SIGNATURE, why, fix))
    if claims.expired(now):
        why = f"It expired at {exactly(claims.expires or 0)}; servers refuse it."
        problems.append(Remark(Code.JWT_EXPIRED, why, "Have it issued anew."))
    if claims.not_yet(now):
        begin = exactly(claims.not_before or 0)
        why = f"It is not valid before {begin}; servers refuse it until then."
        problems.append(Remark(Code.JWT_NOT_YET, why, "Wait, or look whether this clock is right."))
    return problems


def _alone(claims: Claims) -> Chain:
    """The chain that a single JWT is a part of."""
    parts = {"user": "user", "account": "account", "operator": "operator"}
    return Chain(**{parts[claims.type]: claims}) if claims.type in parts else Chain()


def _objected(chain: Chain, now: float) -> list[Remark]:
    """Give what any server will object to, wherever it is, whatever its hour and its operator."""
    return [
        # The command below the sentence is for keys in the vault, and this may be another's.
        Remark(each.code, each.why, each.fix.partition("\n")[0].removesuffix(":") + ".")
        for each in objections(chain, now=now)
        if Trait.EVERYWHERE in each.code.traits
    ]


def _shown(value: object) -> object:
    """A claim with every text in it made safe to show, and no seed that someone put there."""
    if isinstance(value, str):
        return without_seeds(value, 500)
    if isinstance(value, list):
        return [_shown(item) for item in value[:1000]]
    if isinstance(value, dict):
        return {
            str(_shown(name)): "(not shown)" if name in SECRETS and item else _shown(item)
            for name, item in value.items()
        }
    return value
