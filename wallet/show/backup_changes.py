"""The changes in each older save of the vault, by the history: they tell one from the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from wallet.nats.claims.content import few
from wallet.text import plain
from wallet.vault.backups.older_saves import Backup
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.history import Event
from wallet.vault.records import Records

_FOLLOWS = {What.SIGNED.value, What.ISSUED.value}
_LONGEST = 60


def changes_in(records: Records, backups: Sequence[Backup]) -> list[str]:
    """Say in a phrase for each of these saves what was done since the next older one; empty for the
    oldest, and where the history does not tell.

    It goes by the seconds of the clock, which is as near as a file's name comes.
    """
    saves = sorted({backup.saved for backup in backups if backup.generation is not None})
    if len(saves) < 2:
        return [""] * len(backups)
    events = records.history.since(saves[0])
    phrases = {
        save: _in_words([event for event in events if before < event.at <= save])
        for before, save in pairwise(saves)
    }
    return ["" if each.generation is None else phrases.get(each.saved, "") for each in backups]


def _in_words(events: Sequence[Event]) -> str:
    """`made a, b; revoked c`: what was signed anew for that only where nothing else was done."""
    done: dict[str, list[str]] = {}
    undone = f"{What.UNDONE.value}: " * (bool(events) and events[0].what == What.UNDONE.value)
    for event in events[bool(undone) :]:
        done.setdefault(event.what, []).append(_about(event))
    told = {what: about for what, about in done.items() if what not in _FOLLOWS} or done
    return undone + "; ".join(
        f"{what.replace('-', ' ')} {few(list(dict.fromkeys(filter(None, about))))}".rstrip()
        for what, about in told.items()
    )


def _about(event: Event) -> str:
    if event.public is None and event.keys:
        count = f"{sum(1 for _ in event.publics):,} keys"
        return f"{count} under {plain(event.path, _LONGEST)}" if event.path else count
    return plain(event.path, _LONGEST)
