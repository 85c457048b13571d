"""Carrying out the plan of a merge, on the records of one change.

Seeds that only the other file has are opened with its seed key, checked against their public
keys, and sealed anew. Whatever the plan leaves out of a name, of notes or of what a JWT said goes
into the history.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from typing import Protocol

from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.vault.copies.merge.plan import JoinedKey, MergePlan
from wallet.vault.copies.merge.sides import JoinedTables
from wallet.vault.copies.merge.tables import join_tables
from wallet.vault.db import rows
from wallet.vault.db.journal.kinds import LONGEST_DETAIL, What
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.key_record import place
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

_ORDER = (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER)
_UPDATE = (
    "UPDATE keys SET name = ?, parent = ?, branch = ?, status = ?, tags = ?, notes = ?, "
    "signing = ?, created = ? WHERE id = ?"
)


class OpensSeeds(Protocol):
    """The part of the other file's seed box that a merge needs."""

    def open(self, cell: bytes, public: PublicKey) -> Seed:
        """The seed of `public` from its cell. Raises `AlteredError` for another's."""


def carry_out(
    records: Records,
    other: Records,
    other_box: OpensSeeds,
    base: Records | None,
    plan: MergePlan,
    *,
    are_kin: bool,
    now: int | None = None,
) -> dict[str, str]:
    """Make `records` what the plan says; accounts and operators that could not be signed after all.

    `other` are the records that the plan joins with these, `base` what it took both to come from.
    Raises `AlteredError` for a seed that is not its key's; then nothing is to be saved.
    """
    if plan.conflicts:
        raise UsageError("Conflicts are to be settled first. Nothing was joined.")
    before = {state.public: state for state in records.tokens.merges.states()}
    theirs = {state.public: state for state in other.tokens.merges.states()}
    work = _Work(records, plan, before, Issuing(records, now))
    with records.together():
        work.place_keys()
        work.take_seeds(other, other_box)
        work.set_tokens()
        # Before anything is signed: it holds in exports that share a subject, too.
        records.tokens.removed_exports.join(
            other.tokens.removed_exports, but=() if are_kin else before.keys()
        )
        left = work.sign()
        work.set_tags_and_times()
        _join_tables(records, other, base, (before, theirs), are_kin=are_kin)
        if are_kin:
            records.history.join(other.history)
        else:
            records.history.join_of_keys(other.history, plan.keys.keys() - before.keys())
        for public, lost in plan.lost:
            for start in range(0, len(lost), LONGEST_DETAIL):
                records.history.note(What.MERGED, public, lost[start : start + LONGEST_DETAIL])
    return left


class _Work:
    """The steps of carrying out a plan, one after the other."""

    def __init__(
        self,
        records: Records,
        plan: MergePlan,
        before: Mapping[str, KeyState],
        issuing: Issuing,
    ) -> None:
        self._records, self._plan, self._before = records, plan, before
        self._issuing = issuing
        order = {kind: number for number, kind in enumerate(_ORDER)}
        self._keys = sorted(
            plan.keys.values(),
            key=lambda key: (order.get(key.state.kind, len(order)), key.state.signing),
        )
        self._ids: dict[str, int] = {}

    def place_keys(self) -> None:
        """Add, change and delete keys; in between names are out of each other's way.

        What hangs beneath a key that goes is moved away first, where it stays.
        """
        with self._records.database.change() as sql:
            ids = sql.execute("SELECT public, id FROM keys").fetchall()
            self._ids = dict(ids)
            changing = [key.state for key in self._keys if self._is_changed(key.state)]
            for public in (*self._plan.deleted, *(state.public for state in changing)):
                sql.execute("UPDATE keys SET name = public WHERE public = ?", (public,))
            for state in changing:
                self._place(sql, state)
            for public in self._plan.deleted:
                sql.execute("DELETE FROM keys WHERE public = ?", (public,))

    def _is_changed(self, state: KeyState) -> bool:
        before = self._before.get(state.public)
        fields = ("name", "parent", "status", "tags", "notes", "signing", "created")
        return before is None or any(
            getattr(before, field) != getattr(state, field) for field in fields
        )

    def _place(self, sql: sqlite3.Connection, state: KeyState) -> None:
        under = None if state.parent is None else self._ids[state.parent]
        if state.public not in self._ids:
            row = rows.new_row(
                *(None, decode_public(state.public), state.name, None),
                *(state.tags, state.notes),
                has_seed=False,
            )
            branch = rows.branch_of(state.kind, under)
            row = row._replace(
                parent=under,
                branch=branch,
                signing=int(state.signing),
                created=state.created,
                place=place(state.name, state.status, signing=state.signing),
            )
            self._ids[state.public] = rows.insert(sql, row)
        values = (
            *(state.name, under, rows.branch_of(state.kind, under), state.status),
            *(" ".join(state.tags), state.notes, int(state.signing), state.created),
        )
        sql.execute(_UPDATE, (*values, self._ids[state.public]))
        rows.reindex(sql, self._ids[state.public])

    def take_seeds(self, other: Records, box: OpensSeeds) -> None:
        """Seal the seeds that only the other file has under this vault's seed key."""
        for public, key in self._plan.keys.items():
            before = self._before.get(public)
            if not key.state.has_seed or (before is not None and before.has_seed):
                continue
            cell = other.sealed(public)
            if cell is not None:
                with box.open(cell, decode_public(public)) as seed:
                    self._records.add(seed)

    def set_tokens(self) -> None:
        """Put the JWTs that stay as they are in place, those of owners before those they signed."""
        tokens = self._records.tokens
        for key in self._keys:
            state, key_id = key.state, self._ids[key.state.public]
            before = self._before.get(state.public)
            if state.token != (before.token if before else None):
                tokens.set(key_id, state.token)
            rights = {} if state.token else dict(state.unsigned)
            if state.kind is Kind.USER and rights != (before.unsigned if before else {}):
                tokens.set_unsigned(key_id, rights)

    def sign(self) -> dict[str, str]:
        """Sign anew what both say; those that cannot be, by path, each with a sentence."""
        left: dict[str, str] = {}
        tokens = self._records.tokens
        for key in self._keys:
            state, key_id = key.state, self._ids[key.state.public]
            if state.kind is Kind.ACCOUNT:
                tokens.merges.set_missing(key_id, state.missing)
            if key.to_sign is None:
                continue
            wanted = key.to_sign
            try:
                self._issuing.sign_joined(
                    *(key_id, wanted.nats),
                    expires=wanted.expires,
                    not_before=wanted.not_before,
                    after=wanted.after,
                )
            except UsageError as error:
                left[self._records.get(key_id).path] = str(error)
        return left

    def set_tags_and_times(self) -> None:
        """Set the tags, to which JWTs added theirs, and when things were changed, as planned."""
        records = self._records
        merges = records.tokens.merges
        present = {state.public: state for state in merges.states()}
        for key in self._keys:
            state, key_id = key.state, self._ids[key.state.public]
            now = present[state.public]
            if set(now.tags) != set(state.tags):
                records.set_tags(key_id, state.tags)
            if (now.named, now.noted) != (state.named, state.noted):
                merges.note_times(key_id, state.named, state.noted)
            self._note_origin(key, now, key_id)

    def _note_origin(self, key: JoinedKey, now: KeyState, key_id: int) -> None:
        origin = key.state.origin
        if not origin or now.token is None:
            return
        issued = jwt.parse(now.token).issued or 0
        if issued != origin:
            self._records.tokens.merges.note_origin(key_id, issued, origin)


def _join_tables(
    records: Records,
    other: Records,
    base: Records | None,
    before: tuple[Mapping[str, KeyState], Mapping[str, KeyState]],
    *,
    are_kin: bool,
) -> None:
    ours, theirs = ({public: s.token for public, s in states.items()} for states in before)
    with contextlib.ExitStack() as stack:
        sql = stack.enter_context(records.database.change())
        from_other = stack.enter_context(other.database.question())
        from_base = stack.enter_context(base.database.question()) if base else None
        join_tables(JoinedTables(sql, from_other, from_base, ours, theirs, are_kin))
