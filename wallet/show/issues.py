"""The issues of a user, by its history: each JWT that it was given, the first is number 1.

So it can be said which of them is in a file of creds that somebody took out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from wallet.nats.claims.revocations import revocations
from wallet.nats.nkeys import Kind
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.history import Event
from wallet.vault.key_record import KeyRecord, moment, rfc3339
from wallet.vault.records import Records
from wallet.when import with_local_second

_TAKEN_OUT = {What.EXPORTED.value, What.CREDS_COPIED.value}


@dataclass(frozen=True, slots=True)
class Issue:
    """A JWT of a user: when it was signed, by which public key, when it ends, and the first note
    of it. `taken` are the notes on who took creds out while it was the newest.
    """

    number: int
    at: datetime | None
    signer: str
    expires: datetime | None
    noted: Event
    taken: list[Event] = field(default_factory=list)

    @property
    def changed(self) -> str:
        """Tell what it says otherwise than the one before, or where it came from."""
        parts = self.noted.detail.split("; ")
        return "; ".join(part for part in parts if not part.startswith("signed by "))

    def to_json(self) -> dict[str, object]:
        """The fields of an issue in `show --json`."""
        return {
            "number": self.number,
            "at": None if self.at is None else rfc3339(self.at),
            "signer": self.signer,
            "expires": None if self.expires is None else rfc3339(self.expires),
            "changed": self.changed,
            "taken": [event.to_json() for event in self.taken],
        }

    def in_words(self, records: Records) -> str:
        """Tell in a line when and by whom it was signed, its end, what changed, who took it."""
        signer = records.by_public(self.signer)
        words = [
            f"{'at a time unknown' if self.at is None else with_local_second(self.at)} by "
            f"{self.signer if signer is None else signer.path}",
            "never ends" if self.expires is None else f"ends {with_local_second(self.expires)}",
            self.changed,
            *(f"taken out by {one.by} as {one.detail}" for one in self.taken),
        ]
        return "; ".join(filter(None, words))


def issues_of(records: Records, record: KeyRecord) -> list[Issue]:
    """Every issue of a user that its history tells of, the oldest first; none for other keys."""
    by_number: dict[int, Issue] = {}
    for event, issue in with_issues(records.history.events(record.public)):
        if issue is None:
            continue
        by_number[issue.number] = issue
        if event.what in _TAKEN_OUT:
            issue.taken.append(event)
    return list(by_number.values())


def older_issues(records: Records, user: KeyRecord) -> list[Issue]:
    """The issues of a user, newest first, that still count and can be revoked without its JWT."""
    claims = records.tokens.claims(user.id)
    of_account = None if user.parent is None else records.tokens.claims(user.parent)
    if claims is None or of_account is None:
        return []
    until = revocations(of_account.nats).get(user.public, -1)
    within = range(until + 1, claims.issued or 0)
    issues = reversed(issues_of(records, user))
    return [one for one in issues if one.at and int(one.at.timestamp()) in within]


def with_issues(events: Iterable[Event]) -> Iterator[tuple[Event, Issue | None]]:
    """Give each event of one key, oldest first, with the user's issue that it is about: the one
    that it notes, or whose creds it notes to be taken out.
    """
    newest: Issue | None = None
    facts = ""
    for event in events:
        is_user = event.public is not None and event.public.startswith(Kind.USER.letter)
        if is_user and event.jwt and event.jwt != facts:
            facts = event.jwt
            at, signer, expires = facts.split(" ")
            number = 1 if newest is None else newest.number + 1
            newest = Issue(number, _moment(at), signer, _moment(expires), event)
        about_it = bool(event.jwt) or event.what in _TAKEN_OUT
        yield event, newest if about_it else None


def _moment(seconds: str) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        return moment(int(seconds))
    return None
