"""Notes on what needs a look, by cause: each sentence once, with the keys that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wallet.tasks.health.key_health import HealthNote
from wallet.when import here_too


def by_cause(notes: Iterable[HealthNote]) -> list[list[HealthNote]]:
    """Group notes that say the same, where the first of them stood; problems stay first."""
    groups: dict[tuple[bool, str, str], list[HealthNote]] = {}
    for note in notes:
        groups.setdefault((not note.problem, note.code, note.why), []).append(note)
    return list(groups.values())


def lines_of(group: Sequence[HealthNote]) -> list[str]:
    """Tell why once, then how to mend it: for each key where that differs."""
    lines = [here_too(group[0].why)]
    fixes: dict[str, list[str]] = {}
    for note in group:
        advice, _, commands = note.fix.partition("\n")
        fixes.setdefault(advice, []).extend([f"{note.path}:"] if len(group) > 1 else [])
        fixes[advice].extend(commands.split("\n") if commands else [])
    for advice, by_key in fixes.items():
        lines += [f"→ {advice}", *by_key]
    return lines
