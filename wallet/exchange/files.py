"""What a file or a pasted text holds: `.nk`, `.creds`, a JWT, seeds and public keys in lines. Pure.

    read_text(content, "billing.nk", into)

reads a buffer, which stays the caller's to wipe, and puts what is in it into `Findings`: keys,
or the sentence why there is none. It never raises for what a text holds, and no sentence
repeats what could be a secret.
"""

from __future__ import annotations

import re

from wallet import claims as fields
from wallet import credentials, jwt, sodium
from wallet.errors import CredentialsError, JwtError, KeyFormatError, UsageError
from wallet.exchange.found import Findings, Found, owner_named_in
from wallet.jwt import Claims
from wallet.nkeys import PUBLIC_LENGTH, Kind, Seed, decode_public

MAX_SIZE = credentials.MAX_SIZE
TOO_LARGE = "It is larger than 1 MiB: no key, JWT or creds file is. It was not read."
MOST_LINES = 100_000
MOST_BAD_LINES = 20

_LINE = re.compile(rb"[^\r\n]+")
_WORD = re.compile(rb"[^\s]+")
_SEED = re.compile(rb"S[OAUNCX][A-Z2-7]{40,}", re.IGNORECASE)
_PUBLIC = re.compile(rb"[OAUNCX][A-Z2-7]{55}", re.IGNORECASE)
_PRIVATE = re.compile(rb"P[A-Z2-7]{107}|P[A-Z2-7]{55}", re.IGNORECASE)
_JWT = re.compile(rb"eyJ[\w-]*\.[\w-]*\.[\w-]*")
_NOTHING = "There is no NATS key, JWT or creds text in it."


def read_text(
    content: bytearray, source: str, into: Findings, *, name: str = "", required: bool = True
) -> None:
    """Put the keys in `content` into `into`; `name` is for a key that has none of its own.

    Unless `required`, a text that is not made for keys is passed over without a word.
    """
    if len(content) > MAX_SIZE:
        why = TOO_LARGE
    elif b"\0" in content:
        why = "It is no text."
    else:
        text = _Text(content, source, into, name, required=required)
        why = text.read_blocks() if credentials.looks_like_creds(content) else text.read_lines()
    if why and required:
        into.refuse(source, why)
    elif why:
        into.passed_over += 1


def add_token(token: str | bytes, source: str, into: Findings, *, name: str = "") -> Claims | None:
    """Put whom a JWT is about, and the signing keys it names, into `into`; None when refused.

    Its signature must be right. An operator's must be its own: whoever could sign for it
    otherwise could also name themselves as its signing key.
    """
    try:
        claims = jwt.decode(token)
    except JwtError as error:
        into.refuse(source, str(error))
        return None
    why = _not_taken(claims)
    if why:
        into.refuse(source, why)
        return None
    subject = decode_public(claims.subject)
    own = claims.name or name
    into.add(Found(subject, source, own, claims=claims, parent=owner_named_in(claims)))
    if claims.type != "user":
        _add_signing_keys(claims, source, into)
    return claims


def _not_taken(claims: Claims) -> str:
    """Why a JWT with a right signature is not imported; empty when it is."""
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
    try:
        fields.check(Kind(claims.type), claims.nats)
    except UsageError as error:
        return f"No server takes what this JWT says. {error}"
    if claims.type != "user" and claims.subject in fields.signing_keys(claims.nats):
        return f"The JWT of this {claims.type} names the {claims.type} itself as its signing key."
    return ""


def _add_signing_keys(claims: Claims, source: str, into: Findings) -> None:
    for text in fields.signing_keys(claims.nats):
        scope = fields.scope_of(claims.nats, text) or {}
        public, name = decode_public(text), scope.get("role", "")
        into.add(Found(public, source, name, parent=claims.subject, signing=True))


class _Text:
    """One text, and where it is from."""

    def __init__(
        self, content: bytearray, source: str, into: Findings, name: str, *, required: bool
    ) -> None:
        self._content, self._source, self._into, self._name = content, source, into, name
        self._required = required

    def read_blocks(self) -> str:
        """Read what stands between lines of dashes; a sentence when there is nothing."""
        content, into = self._content, self._into
        try:
            blocks = credentials.find_blocks(content)
        except CredentialsError as error:
            into.refuse(self._source, str(error))
            return ""
        if blocks.token is not None and blocks.seed is not None:
            self._read_creds()
        elif blocks.token is not None:
            add_token(bytes(content[blocks.token]), self._source, into, name=self._name)
        elif blocks.seed is not None:
            self._add_seed(blocks.seed, self._source, self._name)
        else:
            return _NOTHING
        return ""

    def _read_creds(self) -> None:
        try:
            found = credentials.read_creds(self._content)
        except (CredentialsError, JwtError, KeyFormatError) as error:
            self._into.refuse(self._source, str(error))
            return
        with found.seed as seed:
            self._into.add_seed(seed, self._source, name=found.claims.name, claims=found.claims)

    def read_lines(self) -> str:
        """Read a key a line: seed, public key or JWT, its name or path before or after it."""
        content, into = self._content, self._into
        spans = [match.span() for match in _LINE.finditer(content)]
        lines = [(start, end) for start, end in spans if not _is_blank(content, start, end)]
        if len(lines) > MOST_LINES:
            return f"It has more than {MOST_LINES:,} lines."
        keys = sum(_key_in(content, start, end) is not None for start, end in lines)
        if not keys:
            return self._no_key(len(lines))
        if keys < len(lines) and not self._required:
            return _NOTHING  # prose with a key in it, or some other tool's file
        bad = 0
        for number, (start, end) in enumerate(lines, 1):
            where = self._source if len(lines) == 1 else f"{self._source}, line {number}"
            if found := _key_in(content, start, end):
                name = _name_in(content, start, end, found)
                self._read_word(found, where, name or ("" if len(lines) > 1 else self._name))
                continue
            bad += 1
            if bad <= MOST_BAD_LINES:
                into.refuse(where, "There is no NATS key or JWT in this line.")
        if bad > MOST_BAD_LINES:
            into.refuse(self._source, f"{bad - MOST_BAD_LINES:,} more of its lines hold no key.")
        return ""

    def _no_key(self, lines: int) -> str:
        """A single line may be a key that was mistyped; many are some other file."""
        why = _mistyped(self._content) if lines == 1 else ""
        if why:
            self._into.refuse(self._source, why)
            return ""
        return _NOTHING

    def _read_word(self, found: re.Match[bytes], where: str, name: str) -> None:
        if found.re is _JWT:
            add_token(found[0], where, self._into, name=name)
        elif found.re is _SEED:
            self._add_seed(slice(*found.span()), where, name)
        elif found.re is _PRIVATE:
            self._into.refuse(
                where,
                "This is a private key, P…, which does not say what kind of key it is. Give the "
                "seed, S…, in its place.",
            )
        else:
            try:
                public = decode_public(found[0].decode("ascii"))
            except KeyFormatError as error:
                self._into.refuse(where, str(error))
            else:
                self._into.add(Found(public, where, name))

    def _add_seed(self, place: slice, where: str, name: str) -> None:
        part = self._content[place]
        try:
            with Seed.decode(part) as seed:
                self._into.add_seed(seed, where, name=name)
        except KeyFormatError as error:
            self._into.refuse(where, str(error))
        finally:
            sodium.wipe(part)


def _is_blank(content: bytearray, start: int, end: int) -> bool:
    while start < end and content[start] in b" \t\v\f":
        start += 1
    return start == end or content[start] == 0x23  # a comment


def _key_in(content: bytearray, start: int, end: int) -> re.Match[bytes] | None:
    """The word of a line that is a key or a JWT, as far as it looks."""
    for word in _WORD.finditer(content, start, end):
        for shape in (_SEED, _PUBLIC, _PRIVATE, _JWT):
            if found := shape.fullmatch(content, *word.span()):
                return found
    return None


def _name_in(content: bytearray, start: int, end: int, found: re.Match[bytes]) -> str:
    """The last part of the path, or the name, that stands beside the key in its line."""
    beside = content[start : found.start()], content[found.end() : end]
    words = b" ".join(part.strip() for part in beside if part.strip())
    # Another key beside it, a seed's public half, is no name.
    if any(shape.search(words) for shape in (_SEED, _PUBLIC, _PRIVATE)):
        return ""
    return words.decode("utf-8", "replace").rsplit("/", 1)[-1].strip()


def _mistyped(content: bytearray) -> str:
    """Why a single line that looks much like a key is none; empty when it looks like nothing."""
    text = content.strip()
    try:
        if text[:3] == b"eyJ" or (text.count(b".") == 2 and text[:2] == b"ey"):
            jwt.decode(bytes(text))
        elif len(text) > 70 or len(text) < 40 or not text.isalnum():
            return ""
        elif text[:1] in b"Ss":
            Seed.decode(text).wipe()
        elif len(text) <= PUBLIC_LENGTH + 4:
            decode_public(text.decode("ascii", "replace"))
    except (JwtError, KeyFormatError) as error:
        return str(error)
    finally:
        sodium.wipe(text)
    return ""
