"""A key as the records give it out, and the rules for what goes into them. No SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wallet.errors import ContentsInvalidError, UsageError
from wallet.nats.nkeys import PUBLIC_LENGTH, Kind, is_public_key
from wallet.text import holds_seed

NAME_LENGTH = 128
TAG_LENGTH = 64
TAGS = 32
SOON_DAYS = 14
NOTES_LENGTH = 16_384
SHORT_LIVED = "short-lived"
"""The tag of users that are meant to end soon, so that nobody is warned of that."""
_CLOCKS_APART = timedelta(days=1)  # at most: a server whose clock is behind lets in for longer

# The kinds that a key of each kind may hang under. A key left out stands alone, always.
PARENTS = {Kind.USER: Kind.ACCOUNT, Kind.ACCOUNT: Kind.OPERATOR}

# Marks in what the filter searches. No name, tag or search term can hold them.
KIND_MARK, STATUS_MARK, SEED_MARK, TAG_MARK = "\x01", "\x02", "\x03", "\x04"
TOKEN_MARK, REVOKED_MARK, SIGNING_MARK = "\x05", "\x06", "\x07"

_NUMBER = re.compile(r"[0-9]+")


class LastTest(NamedTuple):
    """The last test of a key at any server; `outdated` where its JWT is known to have changed."""

    at: datetime
    ok: bool
    verdict: str
    outdated: bool = False


class KeyRecord(NamedTuple):
    """A key as the vault knows it; never its seed.

    `path` is the names from the top, joined by `/`. `status` is `active` or `retired`.
    `children` counts what hangs directly beneath it. A `signing` key hangs beneath the operator
    or account that it signs for. `expires` and `revoked` are what the key's JWT, and its
    account's, say of it. One that is `rotating` still works, and another key is to take its
    place. The JWT of one that is `unwritten` was not exported or copied since it changed; that of
    an `unproved` account, or the revocation of an `unproved` user, was not proved on servers.
    Names, tags and notes may come from files of others: they hold no control characters, but
    they are text, not markup.
    """

    id: int
    public: str
    kind: Kind
    name: str
    parent: int | None
    path: str
    status: str
    created: datetime
    tags: tuple[str, ...]
    notes: str
    has_seed: bool
    expires: datetime | None
    children: int
    signing: bool = False
    revoked: bool = False
    has_jwt: bool = False
    rotating: bool = False
    unwritten: bool = False
    unproved: bool = False
    last_test: LastTest | None = None

    @property
    def standing(self) -> str:
        """Say why it is not in use: `revoked`, `expired` or `retired`, the gravest; else empty."""
        if self.revoked:
            return "revoked"
        if self.expires is not None and self.expires <= datetime.now(UTC):
            return "expired"
        return "retired" if self.status == "retired" else ""

    @property
    def is_spent(self) -> bool:
        """Whether it was made for a short time, without its seed, and ended over a day ago."""
        ended = self.expires is not None and self.expires < datetime.now(UTC) - _CLOCKS_APART
        return ended and SHORT_LIVED in self.tags and not self.has_seed

    @property
    def state(self) -> str:
        """The state of a key for scripts: `retired`, `revoked`, `expired`, or `active`."""
        if self.status == "retired":
            return self.status
        return self.standing if self.standing in {"revoked", "expired"} else self.status

    @property
    def role(self) -> str:
        """`signing key` for one, else the kind."""
        return "signing key" if self.signing else self.kind.value

    def to_json(self) -> dict[str, object]:
        """The fields of `list --json`."""
        return {
            "public": self.public,
            "kind": self.kind.value,
            "name": self.name,
            "path": self.path,
            "status": self.state,
            "created": rfc3339(self.created),
            "tags": list(self.tags),
            "has_seed": self.has_seed,
            "expires": None if self.expires is None else rfc3339(self.expires),
            "signing": self.signing,
            "has_jwt": self.has_jwt,
            "revoked": self.revoked,
            "unwritten": self.unwritten,
            "unproved": self.unproved,
        }


class TestResult(NamedTuple):
    """The result of one test of a key against a server."""

    server_url: str
    at: datetime
    ok: bool
    verdict: str
    summary: str


class DeletionCost(NamedTuple):
    """The keys and seeds that are deleted with a key: itself and all beneath it."""

    public: str
    keys: int
    seeds: int
    accounts: int
    users: int
    sentence: str


def rfc3339(moment: datetime) -> str:
    """`2025-01-31T12:00:00Z`."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)  # which takes its time
    return utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def moment(seconds: object) -> datetime:
    """The time that is `seconds` after 1970, UTC.

    Raises `ContentsInvalidError` for what is no such time: no writer of ours leaves that there.
    """
    try:
        if isinstance(seconds, int):
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ContentsInvalidError(
        "A time in the vault is none, so it was not used. Nothing was changed. Restore a backup of "
        "the vault."
    )


def checked_name(name: str) -> str:
    """`name`, when a key may be called so. Raises `UsageError`."""
    if not name.strip():
        raise UsageError("A name needs at least one character that can be seen.")
    if name != name.strip():
        raise UsageError("A name neither begins nor ends with a blank.")
    if len(name) > NAME_LENGTH:
        raise UsageError(f"A name has at most {NAME_LENGTH} characters; this one has {len(name)}.")
    if "/" in name:
        raise UsageError("A name holds no “/”: that separates the names in a path.")
    if not is_plain(name):
        raise UsageError("A name holds no control characters.")
    _refuse_seed(name, "A name is shown on screen; a seed must not be.")
    if len(name) == PUBLIC_LENGTH and is_public_key(name):
        raise UsageError("A name is not a public key: nobody could tell the two apart.")
    return name


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags once each, in their order. Raises `UsageError` for what no tag can be."""
    unique = tuple(dict.fromkeys(tags))
    if len(unique) > TAGS:
        raise UsageError(f"A key has at most {TAGS} tags.")
    for tag in unique:
        if not tag or len(tag) > TAG_LENGTH or "," in tag or tag.split() != [tag]:
            raise UsageError(
                f"A tag is one word of 1 to {TAG_LENGTH} characters without blanks or commas."
            )
        if not is_plain(tag):
            raise UsageError("A tag holds no control characters.")
        _refuse_seed(tag, "Tags stand in JWTs, which servers get.")
    return unique


def joined_tags(tags: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """A key's tags, and of more, as a JWT has them, those that a key can have; as many as fit."""
    joined = list(tags)
    for tag in dict.fromkeys(more):
        if len(joined) >= TAGS:
            break
        if tag not in joined and can_be_tag(tag):
            joined.append(tag)
    return tuple(joined)


def can_be_tag(text: object) -> bool:
    """Whether a key can have this as a tag: a JWT's may hold blanks."""
    try:
        return isinstance(text, str) and bool(checked_tags([text]))
    except UsageError:
        return False


def checked_notes(text: str) -> str:
    """The text as it may be kept: line breaks and tabs, no other control characters."""
    text = text.replace("\r\n", "\n")
    if len(text) > NOTES_LENGTH:
        raise UsageError(f"Notes have at most {NOTES_LENGTH} characters.")
    if not is_plain(text.replace("\n", "").replace("\t", "")):
        raise UsageError("Notes hold no control characters.")
    _refuse_seed(text, "Notes are shown and printed; bring a seed in with import.")
    return text


def _refuse_seed(text: str, why: str) -> None:
    """Raise `UsageError` where a seed stands anywhere in a name, tag or note."""
    if holds_seed(text):
        raise UsageError(f"There is a seed in it. {why}")


def is_plain(text: str) -> bool:
    """Whether `text` holds no control characters, line separators or lone surrogates.

    Characters that turn the direction of the text around them count as control characters:
    with them one name can be made to look like another.
    """
    if text.isascii() and text.isprintable():
        return True
    return not any(
        character in TURNING or unicodedata.category(character) in _UNPRINTABLE
        for character in text
    )


TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def place(name: str, status: str, *, signing: bool = False) -> str:
    """Give the text to sort siblings by: those in use first, then by name, `n9` before `n10`.

    Signing keys come before what they sign. A run of digits is written with its length before
    it, so that plain text order is natural order.
    """
    first = ("1" if status == "retired" else "0") + ("\x01" if signing else "")
    return first + natural_order(name)


def natural_order(name: str) -> str:
    """A text whose plain order is that of the names as people count: `n9` before `n10`."""
    return _NUMBER.sub(_by_size, name.casefold())


def _by_size(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return f"0{len(digits):03d}{digits}"


def marks(
    kind: Kind,
    status: str,
    tags: Iterable[str],
    *,
    has_seed: bool,
    has_jwt: bool = False,
    revoked: bool = False,
    signing: bool = False,
) -> str:
    """Give what the filter finds a key by beside its texts: kind, status, seed, JWT, and its tags.

    All but the tags are capital letters, which no folded search term holds.
    """
    words = "".join(f"{TAG_MARK}{fold(tag)}" for tag in tags)
    return (
        f"{KIND_MARK}{kind.letter}"
        f"{STATUS_MARK}{'R' if status == 'retired' else 'A'}"
        f"{SEED_MARK}{'S' if has_seed else 'N'}"
        f"{TOKEN_MARK}{'J' if has_jwt else 'N'}"
        f"{REVOKED_MARK + 'R' if revoked else ''}"
        f"{SIGNING_MARK + 'S' if signing else ''}"
        f"{words}\n"
    )


def fold(text: str) -> str:
    """Give one spelling to all texts that differ in nothing but upper and lower case."""
    return unicodedata.normalize("NFC", text.casefold())
