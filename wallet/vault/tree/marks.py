"""The marked keys: those that the next action is for, whatever the tree shows meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wallet.errors import LockedError, NoSuchKeyError
from wallet.vault.db.rows import MOST_VALUES, select_ids
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


class MarkedKeys:
    """Keys by their ids, in the order in which they were marked.

    The public halves go with them: after a restore the same id may be another key's.
    """

    def __init__(self) -> None:
        self._publics: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._publics)

    def __iter__(self) -> Iterator[int]:
        return iter(self._publics)

    def __contains__(self, key_id: int) -> bool:
        return key_id in self._publics

    @property
    def pairs(self) -> tuple[tuple[int, str], ...]:
        """The marked keys, each by its id and public key, to be marked again after a lock."""
        return tuple(self._publics.items())

    @property
    def publics(self) -> list[str]:
        """The public keys that are marked."""
        return list(self._publics.values())

    def set(self, keys: Iterable[tuple[int, str]], *, marked: bool) -> None:
        """Mark keys, each by its id and public key, or take their marks away."""
        if marked:
            self._publics.update(keys)
        else:
            for key_id, _ in keys:
                self._publics.pop(key_id, None)

    def clear(self) -> None:
        """Take all marks away."""
        self._publics.clear()

    def keys(self, records: Records) -> list[KeyRecord]:
        """The marked keys as they are now; of those that are gone the marks go too."""
        self.forget_gone(records)
        with records.database.question() as sql:
            return select_ids(sql, list(self._publics))

    def forget_gone(self, records: Records) -> None:
        """Take the marks away of keys that are no longer there."""
        try:
            self._publics = dict(identified(records, self._publics, self._publics.values()))
        except LockedError:
            self.clear()


def as_they_are(records: Records, keys: Sequence[KeyRecord]) -> list[KeyRecord]:
    """Read keys again in these records; those that are gone are left out."""
    pairs = identified(records, [key.id for key in keys], [key.public for key in keys])
    with records.database.question() as sql:
        return select_ids(sql, [key_id for key_id, _ in pairs])


def as_it_is(records: Records, key: KeyRecord) -> KeyRecord:
    """Read a key again in these records.

    Raises `NoSuchKeyError` where it is gone: after a restore another key may have its id.
    """
    if not (keys := as_they_are(records, [key])):
        raise NoSuchKeyError("That key is no longer in this vault.")
    return keys[0]


def identified(
    records: Records, ids: Iterable[int], publics: Iterable[str] | None = None
) -> list[tuple[int, str]]:
    """The ids that keys here have, each with its public key; with `publics`, only with that one."""
    wanted = list(ids)
    here: dict[int, str] = {}
    for start in range(0, len(wanted), MOST_VALUES):
        some = wanted[start : start + MOST_VALUES]
        places = ",".join("?" * len(some))
        with records.database.question() as sql:
            here.update(
                sql.execute(f"SELECT id, public FROM keys WHERE id IN ({places})", some)  # noqa: S608
            )
    pairs = [(key_id, here[key_id]) for key_id in wanted if key_id in here]
    if publics is None:
        return pairs
    before = dict(zip(wanted, publics, strict=True))
    return [(key_id, public) for key_id, public in pairs if before[key_id] == public]


def beside(records: Records, key: KeyRecord) -> list[tuple[int, str]]:
    """The keys like this one that hang on the same branch, in their order: id and public key."""
    with records.database.question() as sql:
        return sql.execute(
            "SELECT id, public FROM keys WHERE branch = "
            "(SELECT branch FROM keys WHERE id = ?) AND kind = ? AND signing = ? "
            "ORDER BY place, id",
            (key.id, key.kind.value, key.signing),
        ).fetchall()
