"""Keys that are out of use, and since when: a signature of one is as valid as before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord, rfc3339
from wallet.vault.records import Records
from wallet.when import to_the_second

_NOTED_AS = {"revoked": {What.REVOKED.value}, "retired": {What.RETIRED.value}}


@dataclass(frozen=True, slots=True)
class EndOfUse:
    """A key's state where it is out of use: `revoked`, `expired` or `retired`, and since when;
    None where the history does not tell."""

    word: str
    since: datetime | None

    @property
    def sentence(self) -> str:
        """The state as it ends a sentence: `is revoked, since 2027-01-31 12:00:00 UTC`."""
        verb = "has expired" if self.word == "expired" else f"is {self.word}"
        return f"{verb}, since {to_the_second(self.since)}" if self.since else verb

    def to_json(self) -> dict[str, str | None]:
        """State and time, as `verify --json` has them."""
        return {"standing": self.word, "since": rfc3339(self.since) if self.since else None}


def end_of_use(records: Records, key: KeyRecord) -> EndOfUse | None:
    """Tell that a key is out of use; None for one that is in use."""
    word = key.standing
    if not word:
        return None
    if word == "expired":
        return EndOfUse(word, key.expires)
    events = records.history.events(key.public)
    since = [event.at for event in events if event.what in _NOTED_AS[word]]
    return EndOfUse(word, max(since, default=None))
