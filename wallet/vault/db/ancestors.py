"""The tables of the saves that a vault came from: each one's number and its header's hash.

Of the newest all are kept, of older ones ever fewer: see FORMAT.md. Saves of another past that
were joined with these stand apart.
"""

from __future__ import annotations

from wallet.vault.db.database import Database

NEWEST_KEPT = 1024
"""So many of the newest ancestors are all kept; of older ones ever fewer, and the first."""

_KEPT_OF_EACH_DOUBLING = 64


class Ancestors:
    """The saves that the one in these tables came from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, generation: int, header: bytes | None) -> None:
        """Note the save that these records were changed from, and thin the older ones out."""
        with self._database.change() as sql:
            sql.execute("INSERT OR REPLACE INTO ancestors VALUES (?, ?)", (generation, header))
            rows = sql.execute(
                "SELECT generation FROM ancestors ORDER BY generation DESC LIMIT -1 OFFSET ?",
                (NEWEST_KEPT,),
            ).fetchall()
            gone = [row for row in rows[:-1] if row[0] % _step(generation - row[0]) != 0]
            sql.executemany("DELETE FROM ancestors WHERE generation = ?", gone)

    def follow(self, others: Ancestors) -> None:
        """Take the ancestors of other records, whose place these take, instead of their own."""
        with others._database.question() as sql:
            own = sql.execute("SELECT generation, header FROM ancestors").fetchall()
            joined = sql.execute("SELECT header, generation FROM joined_saves").fetchall()
        with self._database.change() as sql:
            sql.execute("DELETE FROM ancestors")
            sql.executemany("INSERT INTO ancestors VALUES (?, ?)", own)
            sql.execute("DELETE FROM joined_saves")
            sql.executemany("INSERT INTO joined_saves VALUES (?, ?)", joined)

    def join(self, saves: set[tuple[int, bytes]]) -> None:
        """Note that these saves of another past were joined with these."""
        with self._database.change() as sql:
            sql.executemany(
                "INSERT OR IGNORE INTO joined_saves (generation, header) VALUES (?, ?)",
                sorted(saves - self.saves()),
            )
            sql.execute(
                "DELETE FROM joined_saves WHERE header NOT IN (SELECT header FROM joined_saves "
                "ORDER BY generation DESC, header LIMIT ?)",
                (NEWEST_KEPT,),
            )

    def saves(self) -> set[tuple[int, bytes]]:
        """Every save whose contents went into these: its number, and the hash of its header."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT generation, header FROM ancestors "
                "UNION SELECT generation, header FROM joined_saves"
            )
            return {(int(generation), bytes(header)) for generation, header in rows}

    def has_joined(self, header: bytes) -> bool:
        """Whether a save of another past, by the hash of its header, was joined with these."""
        with self._database.question() as sql:
            asked = "SELECT 1 FROM joined_saves WHERE header = ?"
            return sql.execute(asked, (header,)).fetchone() is not None

    def header_of(self, generation: int) -> bytes | None:
        """The hash of the header of that save; None when it is no ancestor, or thinned out."""
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT header FROM ancestors WHERE generation = ?", (generation,)
            ).fetchone()
            return None if row is None else bytes(row[0])

    def first(self) -> int | None:
        """The number of the first save whose successors kept their ancestors."""
        with self._database.question() as sql:
            row = sql.execute("SELECT min(generation) FROM ancestors").fetchone()
            return None if row[0] is None else int(row[0])

    def names_all_from(self, generation: int) -> bool:
        """Whether no ancestor of that number or a higher one was thinned out, or never kept."""
        with self._database.question() as sql:
            first, later = sql.execute(
                "SELECT min(generation), count(*) FILTER (WHERE generation > ?) FROM ancestors",
                (generation,),
            ).fetchone()
            return first is not None and first <= generation and later < NEWEST_KEPT


def _step(age: int) -> int:
    """Give the step for ancestors so many saves back: multiples of it are kept, the others go."""
    return int(1 << (age.bit_length() - 1)) // _KEPT_OF_EACH_DOUBLING
