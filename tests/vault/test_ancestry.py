"""What a file is beside the save that was seen before, by what it names as its past. No file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from wallet.vault.file import ancestry, newest_save
from wallet.vault.file.ancestry import Relation, Save

SUCCESSOR, FORK = Relation.SUCCESSOR, Relation.FORK
OURS, THEIRS = b"\1" * 32, b"\2" * 32


class Past(NamedTuple):
    """Ancestors of a file: one save by its number, one that was joined, and the first of all."""

    ancestor: tuple[int, bytes] = (0, b"")
    joined: bytes = b""
    start: int | None = 1
    whole_from: int = 0

    def header_of(self, generation: int) -> bytes | None:
        return self.ancestor[1] if generation == self.ancestor[0] else None

    def has_joined(self, header: bytes) -> bool:
        return header == self.joined

    def first(self) -> int | None:
        return self.start

    def names_all_from(self, generation: int) -> bool:
        return generation >= self.whole_from


@pytest.mark.parametrize("start", [None, 1, 5, 6])
def test_a_file_is_older_by_its_number_alone(start: int | None) -> None:
    past = Past((5, OURS), OURS, start)
    for header in (OURS, None):
        assert ancestry.relation(Save(4, OURS, 2), past, Save(5, header, 2)) is Relation.OLDER


@pytest.mark.parametrize(
    ("past", "outside"),
    [
        (Past((4, OURS)), False),
        (Past((4, THEIRS)), True),
        (Past((4, THEIRS), joined=OURS), False),
        (Past((3, THEIRS)), True),
        (Past((3, THEIRS), whole_from=5), False),  # it may be one that was thinned out
        (Past((3, THEIRS), joined=OURS), False),
    ],
)
def test_a_save_is_outside_a_past_only_where_that_is_certain(past: Past, outside: bool) -> None:
    assert ancestry.is_outside(Save(4, OURS, 2), past) is outside
    assert not ancestry.is_outside(Save(4, None, 2), past)


@pytest.mark.parametrize("generation", [5, 6])
def test_where_nothing_or_only_a_number_was_seen_a_file_raises_no_alarm(generation: int) -> None:
    for before in (None, Save(5, None, 1), Save(5, None, 2)):
        assert ancestry.relation(Save(generation, THEIRS, 2), Past(), before) is SUCCESSOR


def test_of_one_number_only_the_same_header_is_the_same_save() -> None:
    for version in (1, 2):
        before, past = Save(5, OURS, version), Past((5, OURS), OURS, None)
        assert ancestry.relation(Save(5, OURS, version), past, before) is Relation.SAME
        assert ancestry.relation(Save(5, THEIRS, version), past, before) is FORK


@pytest.mark.parametrize(
    ("file", "before", "past", "expected"),
    [
        # Tables of the first version keep no past, and follow none that is kept.
        (1, 1, Past(start=None), SUCCESSOR),
        (1, 2, Past((5, OURS)), FORK),
        # What was seen was saved before the file's program began to keep one.
        (2, 1, Past(start=None), SUCCESSOR),
        (2, 1, Past(start=6), SUCCESSOR),
        (2, 1, Past(start=5), FORK),
        (2, 1, Past((5, OURS), start=5), SUCCESSOR),
        # A kept past without that save is another's, or was thinned out.
        (2, 2, Past(start=None), FORK),
        (2, 2, Past(start=6), FORK),
        (2, 2, Past((5, THEIRS)), FORK),
        (2, 2, Past((4, OURS)), FORK),
        (2, 2, Past((5, OURS)), SUCCESSOR),
        (2, 2, Past(joined=OURS), SUCCESSOR),
        (2, 2, Past((5, THEIRS), joined=OURS), SUCCESSOR),
    ],
)
def test_a_later_file_follows_what_it_names_as_its_past(
    file: int, before: int, past: Past, expected: Relation
) -> None:
    assert ancestry.relation(Save(9, b"\3" * 32, file), past, Save(5, OURS, before)) is expected


def test_another_save_of_the_same_number_is_not_remembered_in_the_place_of_the_first(
    tmp_path: Path,
) -> None:
    """Else the fork would be the one that is taken, and the first be refused."""
    vault_id, path = b"\7" * 16, tmp_path / "vault.nkw"
    newest_save.remember(vault_id, path, Save(5, OURS, 2))
    for other in (Save(5, THEIRS, 2), Save(4, THEIRS, 2)):
        newest_save.remember(vault_id, path, other)
        assert newest_save.newest(vault_id, path) == Save(5, OURS, 2)
    newest_save.remember(vault_id, path, Save(6, THEIRS, 2))
    assert newest_save.newest(vault_id, path) == Save(6, THEIRS, 2)
