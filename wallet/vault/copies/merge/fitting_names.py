"""Names in what two vaults have together: two keys beneath one are called so, one gets a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wallet.errors import UsageError
from wallet.nats.nkeys import is_public_key
from wallet.text import holds_seed, plain, without_seeds
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.key_record import (
    NAME_LENGTH,
    NOTES_LENGTH,
    can_be_tag,
    checked_name,
    checked_notes,
    is_plain,
)

_NUMBER = re.compile(r"-\d{1,6}$", re.ASCII)
_DEEPEST = 3


def stem_of(name: str) -> str:
    """A name without the number behind it: `billing` of `billing-2`."""
    return _NUMBER.sub("", name) or name


def fitting(name: str, tags: tuple[str, ...], notes: str) -> dict[str, Any]:
    """The name, tags and notes of a key as a key may have them: without what is only meant to
    look like something else."""
    try:
        checked_name(name)
    except UsageError:
        safe = "".join(c if is_plain(c) and c != "/" else "_" for c in name).strip()
        name = safe if safe and not holds_seed(safe) and not is_public_key(safe) else "unnamed"
    try:
        notes = checked_notes(notes)
    except UsageError:
        notes = plain(without_seeds(notes, NOTES_LENGTH), NOTES_LENGTH)
    return {"name": name, "tags": tuple(tag for tag in tags if can_be_tag(tag)), "notes": notes}


def path_of(public: str, states: Mapping[str, KeyState]) -> str:
    """The names from the top down to a key, joined by `/`; empty where it is not there."""
    names: list[str] = []
    state = states.get(public)
    while state is not None and len(names) < _DEEPEST:
        names.append(state.name)
        state = states.get(state.parent or "")
    return "/".join(reversed(names))


def path_depth(public: str, states: Mapping[str, KeyState]) -> int:
    """The number of keys above one."""
    return path_of(public, states).count("/")


def give_names(
    states: Mapping[str, KeyState], before: Mapping[str, KeyState]
) -> dict[str, KeyState]:
    """The keys with names that stand once beneath each: those there `before` keep theirs."""

    def order(state: KeyState) -> tuple[bool, str]:
        old = before.get(state.public)
        stays = old is not None and (old.name, old.parent) == (state.name, state.parent)
        return not stays, state.public

    taken: set[tuple[str | None, str]] = set()
    renamed: dict[str, KeyState] = {}
    for state in sorted(states.values(), key=order):
        name = _free(state.name, state.parent, taken)
        taken.add((state.parent, name))
        renamed[state.public] = replace(state, name=name)
    return {public: renamed[public] for public in states}


def _free(name: str, parent: str | None, taken: set[tuple[str | None, str]]) -> str:
    if (parent, name) not in taken:
        return name
    stem, number = stem_of(name)[: NAME_LENGTH - 8].rstrip() or "key", 2
    while (parent, f"{stem}-{number}") in taken:
        number += 1
    return f"{stem}-{number}"


def later(ours: tuple[str, int], theirs: tuple[str, int], before: str | None) -> tuple[str, int]:
    """A name or notes as only one side changed them, else the later; with the time of that."""
    if before is not None and ours[0] != theirs[0] and before in (ours[0], theirs[0]):
        return theirs if before == ours[0] else ours
    return max(ours, theirs, key=lambda one: (one[1], stem_of(one[0]), one[0]))
