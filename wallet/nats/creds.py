"""The two files that hold a seed for other programs: `.nk` and `.creds`. Pure.

`.nk` is a seed's 58 characters, and read as any seed is. `.creds` is a user's JWT and seed, each
between lines of dashes. Written exactly as nsc writes them; read as liberally as the clients do,
in runs of three dashes or more and with either line end, but refused where two readers could find
two different things: a block twice, or a seed that is not the JWT's.

Source: nats-io/jwt creds_utils.go; nsc issue 584 (no empty line before an END).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wallet.errors import CredentialsError
from wallet.nats import jwt
from wallet.nats.jwt import Claims
from wallet.nats.jwt_glance import Glance, glance
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.secrets import encoding, sodium

MAX_SIZE = jwt.MAX_SIZE + 4096

_NOTICE = (
    b"************************* IMPORTANT *************************\n"
    b"NKEY Seed printed below can be used to sign and prove identity.\n"
    b"NKEYs are sensitive and should be treated as secrets.\n"
)
_STARS = b"*************************************************************\n"
# What `write_creds` writes, and nsc: nothing else is in such a text.
_AS_WRITTEN = re.compile(
    rb"-----BEGIN NATS USER JWT-----\n(?P<token>[\w.-]++)\n------END NATS USER JWT------\n\n"
    + re.escape(_NOTICE)
    + rb"\n-----BEGIN USER NKEY SEED-----\n(?P<seed>[A-Z2-7]{58})\n"
    rb"------END USER NKEY SEED------\n\n" + re.escape(_STARS)
)
# A line of dashes around a name: -----BEGIN NATS USER JWT-----. Bounded and possessive, so that
# no text takes more than one pass.
_BEGIN = re.compile(rb"^[ \t]*+-{3,}+[ \t]*+BEGIN ([^\r\n]{0,80}?)-{3,}+[ \t]*+\r?$", re.MULTILINE)
_END = re.compile(rb"^[ \t]*+-{3,}+[ \t]*+END [^\r\n]{0,80}?-{3,}+[ \t]*+\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's JWT and the seed that it is for. Whoever holds this wipes the seed."""

    claims: Claims
    seed: Seed


@dataclass(frozen=True, slots=True)
class Blocks:
    """The places of the two blocks of a creds text; None for a part that is missing."""

    token: slice | None
    seed: slice | None


def write_nk(seed: Seed) -> bytearray:
    """The 58 characters of a `.nk` file, without a line end, for the caller to wipe."""
    return seed.encode()


def looks_like_creds(text: str | bytes | bytearray) -> bool:
    """Whether a line in the text begins a block, as creds have."""
    given = text.encode("utf-8", "replace") if isinstance(text, str) else text
    return _BEGIN.search(given) is not None


def written_blocks(text: bytearray) -> Blocks | None:
    """Find the two blocks of creds as nsc writes them to the letter; None for another text."""
    match = _AS_WRITTEN.fullmatch(text) if len(text) <= MAX_SIZE else None
    return match and Blocks(slice(*match.span("token")), slice(*match.span("seed")))


def find_blocks(text: bytes | bytearray) -> Blocks:
    """Find where the JWT and the seed lie in a creds text.

    Raises `CredentialsError`: `size`, or `blocks` when one stands twice or does not end.
    """
    if len(text) > MAX_SIZE:
        raise CredentialsError("size", "This is longer than any creds are: it was not read.")
    places: dict[str, slice] = {}
    for name, place in _blocks(text):
        part = "seed" if b"SEED" in name else "token" if b"JWT" in name else None
        if part is None:
            continue
        if part in places:
            raise CredentialsError(
                "blocks",
                "There are two JWTs or two seeds in these creds, and programs would disagree on "
                "which one counts. Keep one JWT and one seed.",
            )
        places[part] = place
    return Blocks(places.get("token"), places.get("seed"))


def read_creds(text: str | bytes | bytearray) -> Credentials:
    """The JWT, its signature verified, and the seed of a `.creds` text.

    Raises `CredentialsError` (`size`, `blocks`, `jwt-missing`, `seed-missing`, `kind`,
    `mismatch`), and the errors of `jwt.decode` and `Seed.decode`. No message repeats the seed.
    The caller wipes the seed, and `text` where it can.
    """
    given = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        buffer = encoding.utf8(given)
    except ValueError:
        buffer = bytearray(given)
    try:
        token, place = both_parts(find_blocks(buffer))
        claims = jwt.decode(bytes(buffer[token]))
        part = buffer[place]
        try:
            seed = Seed.decode(part)
        finally:
            sodium.wipe(part)
        try:
            require_pair(claims, seed.public)
        except CredentialsError:
            seed.wipe()
            raise
        return Credentials(claims, seed)
    finally:
        sodium.wipe(buffer)


def write_creds(token: str, seed: Seed) -> bytearray:
    """The text of a `.creds` file, as nsc writes it, for the caller to wipe.

    Raises `CredentialsError` (`kind`, `mismatch`) and `JwtError`: nothing is written that
    `read_creds` would refuse.
    """
    claims = jwt.decode(token)
    require_pair(claims, seed.public)
    return _written(claims.token, seed)


def write_known_creds(token: str, seed: Seed) -> bytearray:
    """Write creds as `write_creds` does, of a JWT that was verified before, as the vault's were."""
    require_pair(glance(token), seed.public)
    return _written(token, seed)


def _written(token: str, seed: Seed) -> bytearray:
    out = bytearray(b"-----BEGIN NATS USER JWT-----\n")
    out += token.encode("ascii")
    out += b"\n------END NATS USER JWT------\n\n" + _NOTICE
    out += b"\n-----BEGIN USER NKEY SEED-----\n"
    encoded = seed.encode()
    # Growing a buffer may move it and leave the old one behind: all room is made beforehand.
    start = len(out)
    out += bytes(len(encoded)) + b"\n------END USER NKEY SEED------\n\n" + _STARS
    out[start : start + len(encoded)] = encoded
    sodium.wipe(encoded)
    return out


def both_parts(blocks: Blocks) -> tuple[slice, slice]:
    """The places of JWT and seed. Raises `CredentialsError`: `jwt-missing`, `seed-missing`."""
    if blocks.token is None:
        raise CredentialsError(
            "jwt-missing",
            "These creds hold no JWT; some clients wait for ever on such a file. Export the creds "
            "of this user again.",
        )
    if blocks.seed is None:
        raise CredentialsError(
            "seed-missing",
            "These creds hold no seed, so they cannot prove who connects. Export the creds of "
            "this user again.",
        )
    return blocks.token, blocks.seed


def require_pair(claims: Claims | Glance, public: PublicKey) -> None:
    """Raise `CredentialsError` (`kind`, `mismatch`) unless a JWT is that of this user's key."""
    if claims.type != "user" or public.kind is not Kind.USER:
        raise CredentialsError(
            "kind", "Creds are a user's JWT and that user's seed; these are not."
        )
    if claims.subject != public.text:
        raise CredentialsError(
            "mismatch",
            f"The JWT is for {claims.subject}, and the seed is {public.text}'s. Put the JWT "
            "and the seed of the same user together.",
        )


def _blocks(text: bytes | bytearray) -> Iterator[tuple[bytes, slice]]:
    """Each block's name, and where its contents lie without the white space around them."""
    at = 0
    while begin := _BEGIN.search(text, at):
        end = _END.search(text, begin.end())
        following = _BEGIN.search(text, begin.end())
        if end is None or (following is not None and following.start() < end.start()):
            raise CredentialsError(
                "blocks",
                "A part of these creds begins and does not end: the text was cut off. Copy the "
                "whole of it again.",
            )
        start, stop = begin.end(), end.start()
        while start < stop and text[start] in b" \t\r\n":
            start += 1
        while stop > start and text[stop - 1] in b" \t\r\n":
            stop -= 1
        yield bytes(begin[1]).upper(), slice(start, stop)
        at = end.end()
