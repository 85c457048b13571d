"""Servers that a person gave a name: addresses, TLS files and monitoring, and results there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wallet.errors import UsageError
from wallet.vault.db.history import History
from wallet.vault.key_record import is_plain, moment, rfc3339

MOST_URLS = 64
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
        """As `servers --json` prints it."""
        return {
            "name": self.name,
            "urls": list(self.urls),
            "tls_ca": self.ca,
            "tls_cert": self.cert,
            "tls_key": self.key,
            "monitor": self.monitor,
        }


@dataclass(frozen=True, slots=True)
class LastResult:
    """How the last test of one key at one server went."""

    public: str
    server_url: str
    at: datetime
    ok: bool
    verdict: str

    def to_json(self) -> dict[str, object]:
        return {
            "public": self.public,
            "server": self.server_url,
            "at": rfc3339(self.at),
            "ok": self.ok,
            "verdict": self.verdict,
        }


class Profiles(History):
    """Server profiles, and the last result of each key at each server."""

    def profiles(self) -> list[ServerProfile]:
        """Every profile, by name."""
        with self.question() as sql:
            rows = sql.execute(
                "SELECT name, urls, ca, cert, key, monitor FROM profiles ORDER BY name"
            )
            return [_profile(row) for row in rows]

    def profile(self, name: str) -> ServerProfile | None:
        """The profile of that name."""
        with self.question() as sql:
            row = sql.execute(
                "SELECT name, urls, ca, cert, key, monitor FROM profiles WHERE name = ?", (name,)
            ).fetchone()
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
        row = (profile.name, "\n".join(profile.urls), *texts[len(profile.urls) :])
        with self._change() as sql:
            sql.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?, ?, ?, ?, ?)", row)

    def remove_profile(self, name: str) -> None:
        """Forget a profile; the results of tests stay. Raises `UsageError` when there is none."""
        with self._change() as sql:
            if sql.execute("DELETE FROM profiles WHERE name = ?", (name,)).rowcount == 0:
                raise UsageError(f"No server is called {name}. nkey-wallet servers lists them.")

    def last_results(self, urls: Iterable[str]) -> list[LastResult]:
        """How each key's last test at each of these servers went, the newest first."""
        wanted = list(dict.fromkeys(urls))[:MOST_URLS]
        places = ", ".join("?" * len(wanted))
        with self.question() as sql:
            rows = sql.execute(
                "SELECT k.public, t.server, t.at, t.ok, t.verdict FROM tests t "  # noqa: S608
                "JOIN keys k ON k.id = t.key WHERE t.id IN "
                f"(SELECT max(id) FROM tests WHERE server IN ({places}) GROUP BY key, server) "
                "ORDER BY t.at DESC, t.id DESC",
                wanted,
            )
            return [
                LastResult(public, server, moment(at), bool(ok), verdict)
                for public, server, at, ok, verdict in rows
            ]


def _profile(row: tuple[str, ...]) -> ServerProfile:
    name, urls, *rest = row
    return ServerProfile(name, tuple(urls.split("\n")), *rest)
