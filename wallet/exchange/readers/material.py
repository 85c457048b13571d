"""The outcome of reading files: keys with what is known of them, and what could not be read.

Everything here comes from files that anybody may have written. A seed that was found is sealed
at once under a key of this one reading, and opened only when it goes into the vault: looking
through a plan of thousands of keys holds no seed in the clear, and `Findings.wipe` makes all of
them unreadable by overwriting that one key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wallet.exchange.readers.file_content import FileContent
from wallet.exchange.readers.texts.ledger import Contents
from wallet.nats import jwt
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.secrets import sodium
from wallet.text import plain, without_seeds
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.file.container import VAULT_ID, SeedBox

SHOWN_PATH = 400  # characters of a path in a message
SHOWN_WHY = 600


@dataclass(frozen=True, slots=True)
class KeyMention:
    """A key as one file tells of it.

    `name` is as the file has it, not yet one that a key may have. `parent` is the public key of
    what it hangs beneath: a user's account, an account's signer, a signing key's owner.
    `unsigned` are permissions that a server's configuration gives a user, as `nats` fields.
    `stand_in` marks an account key that was made to stand for an account that has a name only.
    `remark` is what the file says of it to people.
    """

    public: PublicKey
    source: str
    name: str = ""
    cell: bytes | None = field(default=None, repr=False)
    claims: Claims | None = field(default=None, repr=False)
    parent: str | None = None
    signing: bool = False
    unsigned: Mapping[str, Any] | None = field(default=None, repr=False)
    stand_in: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Bad:
    """A file, or a place in one, that could not be read: where, and a sentence why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file with seeds in plain text, as it was when read. `digest` is keyed: no trace of them.

    `real` is where it is once every symbolic link was followed; `links` how many names it has,
    `modified` when it last changed, in nanoseconds. `linked` says that a link led to it.
    """

    path: str
    real: str
    device: int
    inode: int
    links: int
    size: int
    modified: int
    linked: bool
    digest: bytes = field(repr=False)
    contents: Contents = field(repr=False)

    @property
    def publics(self) -> tuple[str, ...]:
        """The public keys of the seeds in it."""
        return tuple(self.contents.seeds)


class SealedSeed(NamedTuple):
    """A seed that was found, sealed under the key of one reading: `cell` is for `KeyMention`."""

    public: PublicKey
    cell: bytes


class _Watch:
    """While a text is read: an account of what is in it, which `end` gets when nothing raised."""

    __slots__ = ("_end", "_watched")

    def __init__(self, watched: list[Contents], end: Callable[[Contents], None]) -> None:
        self._watched, self._end = watched, end

    def __enter__(self) -> None:
        self._watched.append(Contents())

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        contents = self._watched.pop()
        if kind is None:
            self._end(contents)


class Findings:
    """All that files were found to hold. Use it as a context manager, or call `wipe` at the end."""

    def __init__(self) -> None:
        self.mentions: list[KeyMention] = []
        self.bad: list[Bad] = []
        self.notes: list[Bad] = []
        self.seedless: dict[int, set[str]] = {}  # by the place of its note: the keys of a store
        self._watched: list[Contents] = []  # what is in each file that is being read
        self._roots: list[str] = []
        # Each once, in their order: thousands of contexts name the same few.
        self.servers: dict[str, None] = {}
        self.profiles: dict[ServerProfile, None] = {}
        self.plain_files: list[PlainFile] = []
        self.read = 0  # files that were read
        self.passed_over = 0  # files without anything of NATS' in them
        # Each JWT is verified, each seed's public half derived, once however many files hold it.
        self._verified: dict[str, Claims] = {}
        self._sealed: dict[bytes, SealedSeed] = {}  # by the mark of its text
        self._real_directories: dict[str, str] = {}
        self._key = sodium.random_secret(sodium.KEY)
        self._digest_key = sodium.random(32)
        self._box = SeedBox(sodium.random(VAULT_ID), self._key)

    def __repr__(self) -> str:
        return f"Findings({len(self.mentions)} keys, {len(self.bad)} bad)"

    def __enter__(self) -> Findings:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def decode(self, token: str | bytes) -> Claims:
        """Read and verify a JWT. Raises `JwtError`."""
        text = token.decode("latin-1") if isinstance(token, bytes) else token
        claims = self._verified.get(text)
        if claims is None:
            claims = self._verified[text] = jwt.decode(text)
        return claims

    def seal_text(self, text: bytearray) -> SealedSeed:
        """Read a seed and seal it; the text stays the caller's to wipe. Raises `KeyFormatError`."""
        mark = self.digest(text)
        sealed = self._sealed.get(mark)
        if sealed is None:
            with Seed.decode(text) as seed:
                sealed = self._sealed[mark] = self.seal(seed)
        return sealed

    def add(self, mention: KeyMention) -> None:
        """Keep a key that was found."""
        self.mentions.append(mention)

    def add_seed(
        self, sealed: SealedSeed, source: str, *, name: str = "", claims: Claims | None = None
    ) -> None:
        """Keep a key with its seed."""
        public, cell = sealed
        parent = None if claims is None else owner_named_in(claims)
        self.mentions.append(KeyMention(public, source, name, cell, claims, parent))
        if self._watched:
            self._watched[-1].seeds.append(public.text)
        if claims is not None:
            self.held_token(claims)

    def seal(self, seed: Seed) -> SealedSeed:
        """Seal a seed, which stays the caller's to wipe."""
        return SealedSeed(seed.public, self._box.seal(seed))

    def open(self, cell: bytes, public: PublicKey) -> Seed:
        """The seed of a key that was found, for the caller to wipe."""
        return self._box.open_own(cell, public)

    def refuse(self, source: str, why: str, holds: str = "something that was not taken") -> None:
        """Note what could not be read, and why. No seed is repeated, whoever put it there.

        `holds` is what the file that is being read holds thereby, in a few words.
        """
        self.bad.append(Bad(without_seeds(source, SHOWN_PATH), without_seeds(why, SHOWN_WHY)))
        if holds:
            self.holds(holds)

    def note(self, source: str, what: str) -> None:
        """Say of a file what is no reason to refuse it."""
        self.notes.append(Bad(plain(source, SHOWN_PATH), plain(what, SHOWN_WHY)))

    @property
    def with_seed(self) -> set[str]:
        """The public keys whose seeds were found."""
        return {mention.public.text for mention in self.mentions if mention.cell is not None}

    def forget_seedless(self) -> None:
        """Take away what was said of stores without seeds, where those came from elsewhere."""
        have = self.with_seed if self.seedless else set()
        for at, publics in sorted(self.seedless.items(), reverse=True):
            if publics & have:
                del self.notes[at]
                self.seedless = {n - (n > at): p for n, p in self.seedless.items() if n != at}

    # --- what a file holds, for whoever wants to delete it ------------------------------

    def name_root(self, path: str) -> None:
        """Remember what the person named: nothing outside of it is ever offered for deletion."""
        with suppress(OSError, ValueError):  # a name that no file can have
            self._roots.append(os.path.realpath(path))

    def is_inside(self, real: str) -> bool:
        """Whether a file is one that was named, or lies in a directory that was."""
        return any(real == root or real.startswith(os.path.join(root, "")) for root in self._roots)

    def holds(self, what: str) -> None:
        """The file that is being read holds something that no vault has."""
        if self._watched and what not in self._watched[-1].others:
            self._watched[-1].others.append(what)

    def held_token(self, claims: Claims) -> None:
        """The file that is being read holds this JWT."""
        if self._watched:
            self._watched[-1].tokens.append((claims.subject, claims.token))

    def held_public(self, public: PublicKey) -> None:
        """The file that is being read holds this public key."""
        if self._watched:
            self._watched[-1].publics.append(public.text)

    def held_name(self, public: str, name: str) -> None:
        """The file that is being read calls this key so."""
        if self._watched:
            self._watched[-1].names.append((public, name))

    def watching(self, path: str, file: FileContent) -> AbstractContextManager[object]:
        """While a file's content is read: remember the file when seeds are found in it."""
        return _Watch(self._watched, lambda contents: self._remember(path, file, contents))

    def _remember(self, path: str, file: FileContent, contents: Contents) -> None:
        if not contents.seeds:
            return
        self.plain_files.append(
            PlainFile(
                path,
                self._real(path, linked=file.linked),
                file.device,
                file.inode,
                file.links,
                len(file.content),
                file.modified,
                file.linked,
                self.digest(file.content),
                contents,
            )
        )

    def _real(self, path: str, *, linked: bool) -> str:
        """Follow links in a path; its directory's once for all files in it."""
        if linked:
            return os.path.realpath(path)
        directory, name = os.path.split(path)
        if directory not in self._real_directories:
            self._real_directories[directory] = os.path.realpath(directory)
        real = os.path.join(self._real_directories[directory], name)
        return path if real == path else real  # one text for both, where thousands are held

    def elsewhere(self) -> AbstractContextManager[object]:
        """While something is read that is in no file, though a file led to it."""
        return _Watch(self._watched, lambda _contents: None)

    def forget_since(self, before: int) -> None:
        """Take back what was found since there were `before` keys, and the seeds with it."""
        del self.mentions[before:]
        if self._watched:
            self._watched[-1].seeds.clear()

    def digest(self, content: bytearray) -> bytes:
        """A mark to tell later whether a file still has this content. Keyed, for this reading."""
        return hashlib.blake2b(content, key=self._digest_key, digest_size=32).digest()

    def wipe(self) -> None:
        """Make every seed that was found unreadable."""
        self._box.wipe()


def owner_named_in(claims: Claims) -> str | None:
    """The public key that a JWT's subject hangs beneath, as the JWT says it."""
    if claims.type == "user":
        return claims.account
    if claims.type == "account" and claims.issuer.kind is Kind.OPERATOR:
        return claims.issuer.text
    return None
