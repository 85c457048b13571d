"""The keys in a state that no mark in what the filter searches tells, by their ids."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from wallet.vault.db.last_test import last_test_of
from wallet.vault.db.rows import COMPUTED
from wallet.vault.records import Records

OF_STATES = {
    "refused": (
        f"(SELECT l.verdict = 'refused' AND l.at >= ifnull(d.changed, 0) {last_test_of('k.id')})"
    ),
    "untested": "k.kind = 'user' AND NOT EXISTS (SELECT 1 FROM tests AS l WHERE l.key = k.id)",
    "not-written": COMPUTED["unwritten"],
    "not-proved": COMPUTED["unproved"],
    "rotating": COMPUTED["rotating"],
}
"""The states, each with what holds of a key in it, in SQL over `k` and its deliveries `d`."""

_SELECT = "SELECT k.id FROM keys AS k LEFT JOIN deliveries AS d ON d.key = k.id WHERE "

_KNOWN: WeakKeyDictionary[Records, tuple[int, dict[str, frozenset[int]]]] = WeakKeyDictionary()


def ids_in_state(records: Records, state: str) -> frozenset[int]:
    """The ids of the keys in one of these states.

    Asked for with each character that is typed behind it: remembered while nothing changes.
    """
    version, known = _KNOWN.get(records, (-1, {}))
    if version != records.version:
        version, known = records.version, {}
        _KNOWN[records] = version, known
    if state not in known:
        with records.database.question() as sql:
            known[state] = frozenset(key for (key,) in sql.execute(_SELECT + OF_STATES[state]))
    return known[state]
