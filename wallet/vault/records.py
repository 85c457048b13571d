"""The keys in an unlocked vault: questions and changes, over SQLite in memory.

A change is all or nothing. Any thread may call any method: a lock lets one in at a time. Only
`open_seed` opens a seed; no other method sees one longer than it takes to seal it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from wallet.errors import NoSeedError, NoSuchKeyError, StateRefusesError, UsageError
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.vault.db import image as images
from wallet.vault.db import lookup, rows
from wallet.vault.db.ancestors import Ancestors
from wallet.vault.db.database import Database
from wallet.vault.db.parts import placement
from wallet.vault.key_record import (
    DeletionCost,
    KeyRecord,
    checked_name,
    checked_notes,
    checked_tags,
)

if TYPE_CHECKING:
    from wallet.vault.db.parts.configurations import Configurations
    from wallet.vault.db.parts.deliveries import Deliveries
    from wallet.vault.db.parts.history import History
    from wallet.vault.db.parts.results import Results
    from wallet.vault.db.parts.rotations import Rotations
    from wallet.vault.db.parts.servers import Servers
    from wallet.vault.db.parts.settings import Settings
    from wallet.vault.db.parts.tokens import Tokens
    from wallet.vault.db.soundness import Problem


PARTS = {"configurations", "history", "results", "rotations", "servers", "settings", "tokens"}
"""The modules of `vault/db/parts/` with a class of their name, which `Records` has."""


class SealsSeeds(Protocol):
    """The part of a seed box that the records need."""

    def seal(self, seed: Seed) -> bytes:
        """The cell (72 bytes) that holds `seed`."""

    def open(self, cell: bytes, public: PublicKey) -> Seed:
        """The seed of `public` from its cell."""


class Records:
    """Every key of one vault, and the parts that keep the rest, each a table or two of its own.

    A part is loaded when it is asked for first: to list keys none is needed.
    """

    configurations: Configurations  # that were rehearsed or written
    history: History  # the notes on what happened
    results: Results  # of tests
    rotations: Rotations  # that are open
    servers: Servers  # that have a name
    settings: Settings  # that a person chose
    tokens: Tokens  # the JWTs of the keys

    def __init__(self, opened: images.OpenImage, seed_box: SealsSeeds) -> None:
        """Use `empty` or `load`."""
        self._seed_box = seed_box
        self.database = Database(opened)
        self.ancestors = Ancestors(self.database)

    @classmethod
    def empty(cls, seed_box: SealsSeeds) -> Records:
        """The records of a new vault."""
        return cls(images.make(), seed_box)

    @classmethod
    def load(
        cls, image: bytes | bytearray | memoryview, seed_box: SealsSeeds, *, checked: bool = True
    ) -> Records:
        """The records in a SQLite image. Raises `ContentsInvalidError`, `NewerContentsError`.

        One beyond `CHECKED_AT_ONCE` opens without a look at every page; `check` makes up for it.
        """
        return cls(images.load(image, checked=checked), seed_box)

    @property
    def version(self) -> int:
        """A number that grows with each change: by it a view tells that it is out of date."""
        return self.database.version

    @property
    def contents(self) -> object:
        """An object that stands for all that is here: a copy shares it until either is changed."""
        return self.database.contents

    def __getattr__(self, name: str) -> Any:
        """Load a part, and keep it."""
        if name not in PARTS:
            raise AttributeError(name)
        part = getattr(import_module(f"wallet.vault.db.parts.{name}"), name.title())(self.database)
        setattr(self, name, part)
        return part

    @property
    def deliveries(self) -> Deliveries:
        """The JWTs that are still to be brought to servers, or to users."""
        return self.tokens.deliveries

    def together(self) -> AbstractContextManager[object]:
        """Several changes as one: all of them, or, when one raises, none."""
        return self.database.change()

    def close(self) -> None:
        """Let go of the memory. Every method raises `LockedError` from then on."""
        self.database.close()

    def check_contents(self, *, alone: bool = False) -> list[Problem]:
        """Look for all that is wrong: pages, rows, tree, seeds, JWTs. Others may ask meanwhile,
        unless it is done `alone`. Raises `LockedError` when the vault is locked then."""
        return list(self.database.find_problems(self._seed_box.open, alone=alone))

    def follow(self, present: Records) -> None:
        """Take the past of `present`, whose place these records take, and what is open there."""
        with self.database.change():
            self.ancestors.follow(present.ancestors)
            self.history.join(present.history)
            self.rotations.join(present.rotations)
            self.deliveries.join(present.deliveries)
            self.tokens.removed_exports.join(present.tokens.removed_exports)
            self.configurations.join(present.configurations)

    def get(self, key_id: int) -> KeyRecord:
        """The key with this id. Raises `NoSuchKeyError`."""
        with self.database.question() as sql:
            return rows.select_one(sql, key_id)

    def by_public(self, text: str) -> KeyRecord | None:
        """The key with this public key, 56 characters; None when it is not here."""
        with self.database.question() as sql:
            return next(rows.select(sql, "WHERE k.public = ?", text), None)

    def find(self, ref: str) -> KeyRecord:
        """The key that a person means by `ref`: public key, its beginning, path or name.

        Raises `NoSuchKeyError`, `AmbiguousKeyError`.
        """
        with self.database.question() as sql:
            return self.get(lookup.find(sql, ref))

    def find_parent(self, path: str) -> KeyRecord:
        """The operator or account to put a key under. Raises `UsageError` for another kind."""
        return placement.checked_parent(self.find(path))

    def all(self, kind: Kind | None = None) -> Iterator[KeyRecord]:
        """Every key, or every key of one kind, in the order of the tree.

        Keys on no branch of it raise `ContentsDamagedError`; or come last where it was accepted.
        """
        return (key for key in self._in_tree_order() if kind in (None, key.kind))

    def _in_tree_order(self) -> Iterator[KeyRecord]:
        with self.database.question() as sql:
            branches = rows.by_branch(sql)
        yield from rows.take_branch(branches, rows.OPERATORS)
        yield from rows.take_branch(branches, rows.STANDALONE)
        if branches and not self.database.lenient:  # damage is never passed over in silence
            self.database.check()
        for branch in list(branches):
            yield from rows.take_branch(branches, branch)

    def beneath(self, key_id: int, *, signing: bool = False, most: int = -1) -> list[KeyRecord]:
        """The `most` first keys directly beneath one in the order of the tree, or its signing keys;
        all of them without that."""
        on_branch = "WHERE k.branch = ? AND k.signing = ? ORDER BY k.place, k.id LIMIT ?"
        with self.database.question() as sql:
            return list(rows.select(sql, on_branch, key_id, signing, most))

    def signing_keys(self, key_id: int) -> list[KeyRecord]:
        """The signing keys of an operator or account."""
        return self.beneath(key_id, signing=True)

    def expiring(self, earliest: int, latest: int) -> frozenset[int]:
        """The ids of the keys whose JWT expires between two times, seconds since 1970."""
        with self.database.question() as sql:
            return lookup.expiring(sql, earliest, latest)

    def count(self, kind: Kind | None = None) -> int:
        """The number of keys, of one kind or in all."""
        with self.database.question() as sql:
            return lookup.count(sql, kind)

    def sealed(self, public: str) -> bytes | None:
        """The cell of a key's seed; None when only its public half is here, or nothing."""
        with self.database.question() as sql:
            return lookup.sealed_seed(sql, public)

    def open_seed(self, public: PublicKey) -> Seed:
        """The seed of a key, for the caller to wipe: use it as a context manager.

        Raises `NoSuchKeyError`, `NoSeedError` when only the public half is held,
        `AlteredError` when the sealed seed is not this key's, and `LockedError`.
        """
        cell = self.sealed(public.text)
        if cell is not None:
            return self._seed_box.open(cell, public)
        if self.by_public(public.text) is None:
            raise NoSuchKeyError(f"The vault holds no key {public.text}.")
        raise NoSeedError(f"The vault holds only the public half of {public.text}, not its seed.")

    def seal(self, seed: Seed) -> bytes:
        """The cell that holds a seed in this vault."""
        return self._seed_box.seal(seed)

    # Changes

    def add(
        self,
        seed: Seed,
        *,
        name: str | None = None,
        under: int | None = None,
        tags: Iterable[str] = (),
        notes: str = "",
        signing: bool = False,
    ) -> KeyRecord:
        """Keep a key with its seed. The seed stays the caller's to wipe.

        Without a name it is called `<kind>-<n>`. A `signing` key goes under its owner. A key known
        by its public half only is filled in, and renamed or moved when a name or parent is given.
        Raises `UsageError` for a name, place or key that cannot be.
        """
        with self.database.change() as sql:
            record = self.by_public(seed.public.text)
            if record is None:
                record = self.add_public(
                    seed.public, name=name, under=under, tags=tags, notes=notes, signing=signing
                )
            elif record.has_seed:
                raise _already(record)
            else:
                self._fill_in(record, name, under, tags, notes)
            sql.execute("INSERT INTO seeds VALUES (?, ?)", (record.id, self._seed_box.seal(seed)))
            rows.reindex(sql, record.id)
            return self.get(record.id)

    def _fill_in(
        self,
        record: KeyRecord,
        name: str | None,
        under: int | None,
        tags: Iterable[str],
        notes: str,
    ) -> None:
        if under is not None:
            self.move(record.id, under)
        if name is not None:
            self.rename(record.id, name)
        self.set_tags(record.id, (*record.tags, *tags))
        if notes:
            self.set_notes(record.id, notes)

    def add_public(
        self,
        public: PublicKey,
        *,
        name: str | None = None,
        under: int | None = None,
        tags: Iterable[str] = (),
        notes: str = "",
        signing: bool = False,
    ) -> KeyRecord:
        """Keep the public half of a key. Raises `UsageError` as `add` does."""
        with self.database.change() as sql:
            if (record := self.by_public(public.text)) is not None:
                raise _already(record)
            parent = placement.parent_for(sql, public.kind, under, signing=signing)
            if name is None:
                name = rows.free_name(sql, "signing" if signing else public.kind.value, under)
            placement.require_free(sql, checked_name(name), under)
            row = rows.new_row(
                None,
                public,
                name,
                parent,
                checked_tags(tags),
                checked_notes(notes),
                has_seed=False,
                signing=signing,
            )
            return self.get(rows.insert(sql, row))

    def add_many(
        self,
        seeds: Iterable[Seed],
        *,
        stem: str | None = None,
        under: int | None = None,
        issue: Callable[[PublicKey, str], str] | None = None,
        expires: int | None = None,
    ) -> list[KeyRecord]:
        """Keep many keys of one kind, STEM-1 to STEM-N, passing over numbers already taken.

        Without a stem it is the kind. `issue` gives a key's JWT from its public half and name; all
        expire at `expires`, seconds since 1970. Each seed is wiped. `UsageError`: none was added.
        """
        from wallet.vault.db import batches

        seal = self._seed_box.seal
        ids = batches.add(
            self.database, seal, seeds, stem=stem, under=under, issue=issue, expires=expires
        )
        with self.database.question() as sql:
            return rows.select_ids(sql, ids)

    def rename(self, key_id: int, name: str) -> None:
        """Call a key something else. Raises `UsageError`, `NoSuchKeyError`."""
        with self.database.change() as sql:
            record = self.get(key_id)
            if name == record.name:
                return
            placement.require_free(sql, checked_name(name), record.parent)
            sql.execute("UPDATE keys SET name = ? WHERE id = ?", (name, key_id))
            rows.reindex(sql, key_id)

    def move(self, key_id: int, under: int | None) -> None:
        """Hang a key under another parent, or let it stand alone, with all beneath it.

        Raises `UsageError` for a wrong parent, and for a name that is taken there.
        """
        with self.database.change() as sql:
            record = self.get(key_id)
            if under == record.parent:
                return
            if record.signing:
                raise StateRefusesError(f"{record.path} stays beneath the key that it signs for.")
            placement.parent_for(sql, record.kind, under)
            placement.require_free(sql, record.name, under)
            sql.execute(
                "UPDATE keys SET parent = ?, branch = ? WHERE id = ?",
                (under, rows.branch_of(record.kind, under), key_id),
            )

    def set_tags(self, key_id: int, tags: Iterable[str]) -> None:
        """Give a key these tags instead of its own. Raises `UsageError`."""
        self._set(key_id, "tags", " ".join(checked_tags(tags)))

    def set_notes(self, key_id: int, text: str) -> None:
        """Give a key these notes instead of its own. Raises `UsageError`."""
        self._set(key_id, "notes", checked_notes(text))

    def set_status(self, key_id: int, status: str) -> None:
        """`active` or `retired`. Raises `UsageError` for anything else."""
        if status not in {"active", "retired"}:
            raise UsageError("A key is either active or retired.")
        key = self.get(key_id)
        if status == "retired" != key.status:
            self.rotations.void_proofs(key.public)
        self._set(key_id, "status", status)

    def _set(self, key_id: int, column: str, value: str) -> None:
        with self.database.change() as sql:
            self.get(key_id)
            sql.execute(f"UPDATE keys SET {column} = ? WHERE id = ?", (value, key_id))  # noqa: S608
            rows.reindex(sql, key_id)

    def cost_of_deleting(self, key_id: int) -> DeletionCost:
        """The keys and seeds that go when this key goes. Raises `NoSuchKeyError`."""
        with self.database.question() as sql:
            return rows.cost_of_deleting(sql, self.get(key_id))

    def delete(self, key_id: int) -> None:
        """Delete a key and all beneath it, with their seeds. Raises `NoSuchKeyError`."""
        with self.database.change() as sql:
            self.get(key_id)
            sql.execute("DELETE FROM keys WHERE id = ?", (key_id,))

    def with_seeds(self, key_id: int) -> frozenset[str]:
        """The public keys, of a key and all beneath it, whose seeds are here."""
        with self.database.question() as sql:
            return rows.with_seeds(sql, key_id)

    def forget_seeds(self, publics: Iterable[str]) -> None:
        """Let go of seeds, and keep the public halves of their keys."""
        with self.database.change() as sql:
            for public in publics:
                record = self.by_public(public)
                if record is not None and record.has_seed:
                    sql.execute("DELETE FROM seeds WHERE key = ?", (record.id,))
                    rows.reindex(sql, record.id)


def _already(record: KeyRecord) -> UsageError:
    return StateRefusesError(f"This key is already in the vault, as {record.path}.")
