"""Entries made of drafts: one for each, or for very many that are alike.

What one save does to very many keys alike is one entry with all of their public keys, so that ten
thousand users that are made together do not push everything else out of the history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from wallet.text import plain, without_seeds
from wallet.vault.db.journal.drafts import Draft
from wallet.vault.db.journal.kinds import LONGEST_DETAIL
from wallet.vault.db.journal.strands import JournalEntry, raw_of

LONGEST_PATH = 512

ALONE = 100
"""So many keys to which the same is done at once have entries of their own; more share one."""

_MOST_OF_A_SAVE = 1000  # entries; beyond that, what is done otherwise to each shares one too
_MOST_KEYS = 10_000  # of one entry
_MOST_SOURCES = 5  # named in one entry
_FROM = "from "
_LINE = re.compile(r", line [0-9]+\b.*")


def entries(drafts: Sequence[Draft], at: int, by: str) -> list[JournalEntry]:
    """The entries that drafts become, done by somebody `at` a time; many that are alike are one."""
    sparse = list(_shared(drafts, lambda one: (one.what, one.under, one.detail, one.jwt)))
    if len(sparse) > _MOST_OF_A_SAVE:
        sparse = list(_shared(drafts, lambda one: (one.what, one.under)))
    return [
        JournalEntry(
            *(0, 0, at, plain(one.what, 64), one.public),
            plain(one.path, LONGEST_PATH),
            without_seeds(one.detail, LONGEST_DETAIL),
            *(by, one.jwt, keys),
        )
        for one, keys in sparse
    ]


def _shared(
    drafts: Sequence[Draft], alike: Callable[[Draft], tuple[str, ...]]
) -> Iterator[tuple[Draft, bytes]]:
    """Drafts, and in the place of more than `ALONE` that are alike one of all, with their keys."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for one in drafts:
        if one.public is not None:
            groups.setdefault(alike(one), []).append(one)
    for one in drafts:
        group = [] if one.public is None else groups[alike(one)]
        if len(group) <= ALONE:
            yield one, b""
        elif group[0] is one:
            yield from _together(group)


def _together(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, bytes]]:
    first = drafts[0]
    facts = first.jwt if all(one.jwt == first.jwt for one in drafts) else ""
    for start in range(0, len(drafts), _MOST_KEYS):
        some = drafts[start : start + _MOST_KEYS]
        detail = _told_of_all([one.detail for one in some])
        keys = b"".join(raw_of(one.public or "") for one in some)
        told = "; ".join(filter(None, [f"{len(some):,} keys", detail]))
        yield Draft(first.what, None, first.under, told, facts), keys


def _told_of_all(details: Sequence[str]) -> str:
    """A detail of many: what all of them say, or else from which files they come."""
    if all(detail == details[0] for detail in details):
        return details[0]
    sources = {_LINE.sub("", detail.partition("; ")[0]) for detail in details}
    told = ["not to all of them alike"]
    if all(source.startswith(_FROM) for source in sources):
        named = sorted(source.removeprefix(_FROM) for source in sources)
        many = f"{len(named):,} sources, {named[0]} to {named[-1]}"
        words = ", ".join(named) if len(named) <= _MOST_SOURCES else many
        told.insert(0, f"{_FROM}{words}")
    return "; ".join(told)
