"""Servers that a person gave a name, with TLS files and monitoring; addresses last used."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from wallet.errors import StateRefusesError, UsageError
from wallet.vault.db.database import Database
from wallet.vault.key_record import is_plain

MOST_URLS = 64
RECENT_KEPT = 20
LONGEST = 4096  # characters of a path or address
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """A server or cluster by name. Paths are absolute; a text that is not set is empty."""

    name: str
    urls: tuple[str, ...]
    ca: str = ""
    cert: str = ""
    key: str = ""
    monitor: str = ""

    def to_json(self) -> dict[str, object]:
        """Name, addresses and paths of files, as an object of `servers --json`."""
        return {
            "name": self.name,
            "urls": list(self.urls),
            "tls_ca": self.ca,
            "tls_cert": self.cert,
            "tls_key": self.key,
            "monitor": self.monitor,
        }


_COLUMNS = [field.name for field in fields(ServerProfile)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM profiles"  # noqa: S608
_INSERT = (
    f"INSERT OR REPLACE INTO profiles ({', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join(f':{column}' for column in _COLUMNS)})"
)


class Servers:
    """Server profiles, and the addresses last tested against."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def profiles(self) -> list[ServerProfile]:
        """Every profile, by name."""
        with self._database.question() as sql:
            rows = sql.execute(f"{_SELECT} ORDER BY name")
            return [_profile(row) for row in rows]

    def profile(self, name: str) -> ServerProfile | None:
        """The profile of that name."""
        with self._database.question() as sql:
            row = sql.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
            return None if row is None else _profile(row)

    def set_profile(self, profile: ServerProfile) -> None:
        """Keep a profile, in the place of one of the same name. Raises `UsageError`."""
        if not _NAME.fullmatch(profile.name):
            raise UsageError(
                "A server's name is one word of letters, digits, dots, dashes and underscores, "
                "up to 64 of them."
            )
        texts = (*profile.urls, profile.ca, profile.cert, profile.key, profile.monitor)
        if not 1 <= len(profile.urls) <= MOST_URLS:
            raise UsageError(f"A server's profile has 1 to {MOST_URLS} addresses.")
        if any(len(text) > LONGEST or not is_plain(text) for text in texts):
            raise UsageError("A path or address is one line, up to 4,096 characters of it.")
        with self._database.change() as sql:
            sql.execute(_INSERT, {**asdict(profile), "urls": "\n".join(profile.urls)})

    def remove_profile(self, name: str) -> None:
        """Forget a profile; the results of tests stay. Raises `UsageError` when there is none."""
        with self._database.change() as sql:
            if sql.execute("DELETE FROM profiles WHERE name = ?", (name,)).rowcount == 0:
                raise StateRefusesError(
                    f"No server is called {name}. nkey-wallet servers lists them."
                )

    def forget(self, url: str) -> list[str]:
        """Leave an address out of all profiles and those last used; the names of the profiles.

        A profile of that address alone goes with it.
        """
        named = [profile for profile in self.profiles() if url in profile.urls]
        with self._database.change() as sql:
            for profile in named:
                left = tuple(each for each in profile.urls if each != url)
                if left:
                    self.set_profile(replace(profile, urls=left))
                else:
                    self.remove_profile(profile.name)
            sql.execute("DELETE FROM servers WHERE url = ?", (url,))
        return [profile.name for profile in named]

    def recent(self) -> list[str]:
        """The addresses last tested against, the newest first."""
        with self._database.question() as sql:
            return [url for (url,) in sql.execute("SELECT url FROM servers ORDER BY used DESC")]

    def all(self) -> list[ServerProfile]:
        """The profiles, then the addresses last tested against that are in none, without a name."""
        profiles = self.profiles()
        named = {url for profile in profiles for url in profile.urls}
        recent = [url for url in self.recent() if url not in named]
        return [*profiles, *(ServerProfile("", (url,)) for url in recent)]

    def remember(self, url: str, *, answered: bool = True) -> None:
        """Put an address first among those tested against; the newest 20 are kept.

        One where no server answered comes last, unless one did before: it may be mistyped.
        """
        with self._database.change() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO servers SELECT ?, ifnull(max(used, 0), 0) + 1 FROM "
                "(SELECT max(used) AS used FROM servers)"
                if answered
                else "INSERT OR IGNORE INTO servers SELECT ?, ifnull(min(used, 0), 0) - 1 FROM "
                "(SELECT min(used) AS used FROM servers)",
                (url,),
            )
            sql.execute(
                "DELETE FROM servers WHERE url NOT IN "
                "(SELECT url FROM servers ORDER BY used DESC LIMIT ?)",
                (RECENT_KEPT,),
            )


def _profile(row: tuple[str, ...]) -> ServerProfile:
    columns: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    return ServerProfile(**{**columns, "urls": tuple(columns["urls"].split("\n"))})
