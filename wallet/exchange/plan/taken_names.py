"""The names that are taken below each key: in the vault, and by what a plan gave out so far."""

from __future__ import annotations

from wallet.exchange.plan.lookalikes import looks_alike, skeleton
from wallet.vault.db import rows
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


class TakenNames:
    """The names beneath each key; a parent is its public key, None the top."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._names: dict[str | None, dict[str, str]] = {}
        self._drawn: dict[str | None, dict[str, str]] = {}
        self._next: dict[tuple[str | None, str], int] = {}
        self._paths: dict[str, str] = {}

    def holder(self, name: str, parent: str | None) -> str | None:
        """The public key of what is called so there; None when the name is free."""
        return self._beneath(parent).get(name)

    def lookalike(self, name: str, parent: str | None) -> str | None:
        """Another name there that is drawn as this one is; None where there is none."""
        if parent not in self._drawn:
            drawn = self._drawn[parent] = {}
            for there in self._beneath(parent):
                drawn.setdefault(skeleton(there), there)
        other = self._drawn[parent].get(skeleton(name))
        return other if other is not None and looks_alike(name, other) else None

    def free(self, name: str, parent: str | None) -> str:
        """`name` where it is free, else `name-2` or the next number; `x-1` counts on to `x-2`."""
        taken = self._beneath(parent)
        if name not in taken:
            return name
        stem, _, number = name.rpartition("-")
        if not stem or not number.isdecimal() or len(number) > 6:
            stem, number = name, "1"
        at = max(self._next.get((parent, stem), 0), int(number) + 1)
        while f"{stem}-{at}" in taken:
            at += 1
        self._next[parent, stem] = at + 1
        return f"{stem}-{at}"

    def take(self, name: str, parent: str | None, public: str) -> str:
        """Give a name out; the path that it makes."""
        self._beneath(parent)[name] = public
        if parent in self._drawn:
            self._drawn[parent].setdefault(skeleton(name), name)
        self._paths[public] = self.path(name, parent)
        return self._paths[public]

    def path(self, name: str, parent: str | None) -> str:
        """The path of a name beneath a parent."""
        return name if parent is None else f"{self.path_of(parent)}/{name}"

    def path_of(self, public: str | None) -> str:
        """The path that a key has or will have; its public key where nobody knows."""
        if public is None:
            return "nothing"
        if public not in self._paths:
            record = self._records.by_public(public)
            self._paths[public] = public if record is None else record.path
        return self._paths[public]

    def _beneath(self, parent: str | None) -> dict[str, str]:
        if parent not in self._names:
            self._names[parent] = {record.name: record.public for record in self._listed(parent)}
        return self._names[parent]

    def _listed(self, parent: str | None) -> list[KeyRecord]:
        records = self._records
        if parent is None:
            return [*records.beneath(rows.OPERATORS), *records.beneath(rows.STANDALONE)]
        record = records.by_public(parent)
        if record is None:
            return []
        return [*records.beneath(record.id), *records.signing_keys(record.id)]
