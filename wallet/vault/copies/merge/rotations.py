"""Joining what two files say of rotations, and what was proved of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from wallet.vault.copies.merge.sides import JoinedTables, Row

_PHASES = ("both", "out", "undone")


class _RotationState(NamedTuple):
    """The columns of a rotation by which two states of it are compared."""

    old: str
    new: str
    manner: str
    phase: str
    name: str
    recipient: str
    begun: int
    changed: int


_ROTATION = ", ".join(_RotationState._fields)


def join_rotations(tables: JoinedTables) -> None:
    """Take the later state of each rotation; it is closed where nothing of that is open in either.

    Proofs count for the state that they were made in.
    """
    ours, theirs, _ = tables.rows(f"SELECT {_ROTATION}, closed FROM rotations ORDER BY id")  # noqa: S608
    states: dict[tuple[str, str], tuple[_RotationState, int]] = {}
    for *columns, closed in (*ours, *theirs):
        state = _RotationState._make(columns)
        known, was_closed = states.get((state.old, state.new), (None, 0))
        if known is None or _progress(state) > _progress(known):
            states[state.old, state.new] = state, closed
        elif state == known:
            states[state.old, state.new] = state, min(closed, was_closed)
    _keep_rotations(tables, states)


def _progress(one: _RotationState) -> Row:
    """The order of two states of one rotation: the later, then the further."""
    phase = _PHASES.index(one.phase)
    return one.changed, phase, one.manner, one.name, one.recipient, one.begun


def _keep_rotations(
    tables: JoinedTables, states: Mapping[tuple[str, str], tuple[_RotationState, int]]
) -> None:
    query = (
        "SELECT r.old, r.new, r.phase, r.changed, p.server, p.at FROM rotation_proofs AS p "
        "JOIN rotations AS r ON r.id = p.rotation"
    )
    ours, theirs, _ = tables.rows(query)
    tables.ours.execute("DELETE FROM rotation_proofs")
    tables.ours.execute("DELETE FROM rotations")
    numbers: dict[tuple[str, str], int] = {}
    for state, closed in sorted(
        states.values(), key=lambda each: (each[0].begun, each[0].old, each[0].new)
    ):
        numbers[state.old, state.new] = (
            tables.ours.execute(
                f"INSERT INTO rotations ({_ROTATION}, closed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (*state, closed),
            ).lastrowid
            or 0
        )
    for old, new, phase, changed, server, at in sorted({*ours, *theirs}):
        state, _ = states[old, new]
        if (state.phase, state.changed) == (phase, changed):
            tables.ours.execute(
                "INSERT OR REPLACE INTO rotation_proofs VALUES (?, ?, ?)",
                (numbers[old, new], server, at),
            )
