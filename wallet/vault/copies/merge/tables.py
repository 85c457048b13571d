"""Joining every table of two vaults: tests, servers, settings, rotations and what is not delivered.

`TABLES` says of each table how it is joined; a test holds it against the tables that there are,
so that none of a later version is forgotten. Rows of other tables than the keys' own name keys by
number, and are joined by public key. Marks are joined to the cautious side: what is open in one
of the two stays open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from wallet.vault.copies.merge.deliveries import join_deliveries
from wallet.vault.copies.merge.fitting_names import stem_of
from wallet.vault.copies.merge.rotations import join_rotations
from wallet.vault.copies.merge.sides import JoinedTables, Row
from wallet.vault.db.parts.results import KEPT_OF_EACH_KEY
from wallet.vault.db.parts.servers import RECENT_KEPT
from wallet.vault.db.parts.settings import COPIED_AT

_SETTINGS = "SELECT name, value FROM settings"
_LOWER_COUNTS = {"idle-minutes"}
_OWN = {"backups-noted", "backups-place", "backups-mount", COPIED_AT}
"""Settings that are about the files of one machine."""


def _join_tests(tables: JoinedTables) -> None:
    """Keep the newest results of each key, each once, wherever they are from."""
    query = (
        "SELECT k.public, t.at, t.server, t.ok, t.verdict, t.summary FROM tests AS t "
        "JOIN keys AS k ON k.id = t.key ORDER BY t.at, t.id"
    )
    ours, theirs, _ = tables.rows(query)
    ids = tables.key_ids()
    gaining = {public for public, *_ in set(theirs) - set(ours)} & ids.keys()
    by_key: dict[str, set[Row]] = {public: set() for public in gaining}
    for public, *result in (*ours, *theirs):
        if public in gaining:
            by_key[public].add(tuple(result))
    for public, results in by_key.items():
        tables.ours.execute("DELETE FROM tests WHERE key = ?", (ids[public],))
        tables.ours.executemany(
            "INSERT INTO tests (key, at, server, ok, verdict, summary) VALUES (?, ?, ?, ?, ?, ?)",
            ((ids[public], *result) for result in sorted(results)[-KEPT_OF_EACH_KEY:]),
        )


def _join_addresses(tables: JoinedTables) -> None:
    """Keep the addresses that were used last on either side."""
    ours, theirs, _ = tables.rows("SELECT url, used > 0 FROM servers ORDER BY used DESC")
    answered = {url for url, good in (*ours, *theirs) if good}
    places: dict[str, int] = {}
    for listed in (ours, theirs):
        for place, (url, _good) in enumerate(listed):
            place += 0 if url in answered else RECENT_KEPT
            places[url] = min(place, places.get(url, place))
    newest = sorted(places, key=lambda url: (places[url], url))[:RECENT_KEPT]
    tables.ours.execute("DELETE FROM servers")
    tables.ours.executemany(
        "INSERT INTO servers (url, used) VALUES (?, ?)",
        (
            (url, number if url in answered else number - RECENT_KEPT - 1)
            for number, url in enumerate(reversed(newest), 1)
        ),
    )


def _join_profiles(tables: JoinedTables) -> None:
    """Keep the servers of both by name; of two that are called so, and differ, one as NAME-2."""
    columns = "name, urls, ca, cert, key, monitor"
    ours, theirs, base = (
        {name: tuple(profile) for name, *profile in rows}
        for rows in tables.rows(f"SELECT {columns} FROM profiles ORDER BY name")  # noqa: S608
    )
    for name, profile in theirs.items():
        known = {(stem_of(one), each) for one, each in ours.items()}
        before = base.get(name)
        if (stem_of(name), profile) in known or profile == before:
            continue
        if name in ours and ours[name] != before:
            name = _free_name(name, ours)
        ours[name] = profile
    gone = {n for n, old in base.items() if n not in theirs and ours.get(n) == old}
    tables.ours.execute("DELETE FROM profiles")
    tables.ours.executemany(
        f"INSERT INTO profiles ({columns}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        ((name, *profile) for name, profile in ours.items() if name not in gone),
    )


def _free_name(name: str, taken: Iterable[str]) -> str:
    number = 2
    while f"{stem_of(name)[:56]}-{number}" in taken:
        number += 1
    return f"{stem_of(name)[:56]}-{number}"


def _join_known_servers(tables: JoinedTables) -> None:
    """Know the servers of both, but for those that one of them forgot."""
    ours, theirs, base = map(set, tables.rows("SELECT owner, server FROM known_servers"))
    forgotten = base - (ours & theirs)
    tables.ours.execute("DELETE FROM known_servers")
    tables.ours.executemany(
        "INSERT INTO known_servers VALUES (?, ?)", sorted((ours | theirs) - forgotten)
    )


def _join_configurations(tables: JoinedTables) -> None:
    """Know every configuration that was given out; of the same one, and place, what came last."""
    ours, theirs, _ = tables.rows("SELECT target, chosen, place, at, digest FROM configurations")
    newest: dict[Row, Row] = {}
    for *what, at, digest in (*ours, *theirs):
        newest[tuple(what)] = max((at, digest), newest.get(tuple(what), (at, digest)))
    tables.ours.execute("DELETE FROM configurations")
    tables.ours.executemany(
        "INSERT INTO configurations (target, chosen, place, at, digest) VALUES (?, ?, ?, ?, ?)",
        ((*what, *last) for what, last in sorted(newest.items())),
    )


def _join_shut_accounts(tables: JoinedTables) -> None:
    """Know of each shut account how it is opened again, but for those that one of them opened."""
    query = "SELECT account, everybody, limits FROM shut_accounts"
    ours, theirs, base = (
        {account: (everybody, limits) for account, everybody, limits in rows}
        for rows in tables.rows(query)
    )
    opened = base.keys() - (ours.keys() & theirs.keys())
    for account, before in theirs.items():
        ours[account] = max(before, ours.get(account, before))
    tables.ours.execute("DELETE FROM shut_accounts")
    tables.ours.executemany(
        "INSERT INTO shut_accounts (account, everybody, limits) VALUES (?, ?, ?)",
        ((account, *before) for account, before in ours.items() if account not in opened),
    )


def _join_settings(tables: JoinedTables) -> None:
    """Take a setting that one of them changed; where both did, the more cautious one."""
    _join_time_of_copy(tables)
    if not tables.are_kin:
        return
    settings: list[dict[str, str]] = [dict(rows) for rows in tables.rows(_SETTINGS)]
    ours, theirs, base = settings
    for name, value in theirs.items():
        own, before = ours.get(name), base.get(name)
        if name in _OWN or value in (own, before):
            continue
        if own is None or own == before:
            ours[name] = value
        else:
            choose = min if name in _LOWER_COUNTS else max
            ours[name] = choose(own, value, key=_as_setting)
    tables.ours.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", list(ours.items()))


def _join_time_of_copy(tables: JoinedTables) -> None:
    """Know a copy of the vault from when both were copied: a later one lacks the other's seeds."""
    settings: list[dict[str, str]] = [dict(rows) for rows in tables.rows(_SETTINGS)]
    ours, theirs, _ = (each.get(COPIED_AT) for each in settings)
    if ours is not None and theirs is not None:
        value = min(ours, theirs, key=_as_setting)
        tables.ours.execute("UPDATE settings SET value = ? WHERE name = ?", (value, COPIED_AT))
    else:
        tables.ours.execute("DELETE FROM settings WHERE name = ?", (COPIED_AT,))


def _as_setting(value: str) -> tuple[int, str]:
    return (int(value) if re.fullmatch("[0-9]{1,18}", value) else -1, value)


_WITH_KEYS = "with the keys, as the plan says"
_OF_HISTORY = "by what the history itself says"

TABLES: Mapping[str, str | Callable[[JoinedTables], None]] = {
    "keys": _WITH_KEYS,
    "seeds": _WITH_KEYS,
    "tokens": _WITH_KEYS,
    "unsigned": _WITH_KEYS,
    "key_changes": _WITH_KEYS,
    "claim_origins": _WITH_KEYS,
    "missing_revocations": _WITH_KEYS,
    "branches": "counted anew by SQLite with each key",
    "ancestors": "ours: what is joined is the next save of this vault",
    "joined_saves": "theirs and the save that was joined are added, with the file's header",
    "strands": _OF_HISTORY,
    "entries": _OF_HISTORY,
    "history_digest": _OF_HISTORY,
    "tests": _join_tests,
    "servers": _join_addresses,
    "profiles": _join_profiles,
    "settings": _join_settings,
    "known_servers": _join_known_servers,
    "configurations": _join_configurations,
    "shut_accounts": _join_shut_accounts,
    "removed_exports": "with the keys, before anything is signed",
    "rotations": join_rotations,
    "rotation_proofs": "with the rotations",
    "deliveries": join_deliveries,
    "open_revocations": "with the deliveries",
    "delivery_proofs": "with the deliveries",
}
"""How each table is joined."""


def join_tables(tables: JoinedTables) -> None:
    """Join all tables that are not joined with the keys; those are joined already."""
    for joined in TABLES.values():
        if callable(joined):
            joined(tables)
