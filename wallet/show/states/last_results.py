"""The last results of tests that the vault remembers, judged by what is wanted of each key now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.show.signs import Sign
from wallet.show.verdicts import OF_ANSWER, Remembered, of_remembered
from wallet.tasks.connection.keys_under_test import wish_of
from wallet.tasks.deployment.shut_out import shut_out_at
from wallet.vault.db.parts.results import LastResult
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


class ResultAtServer(Remembered, Protocol):
    """A remembered test, with the server's address and when it was."""

    @property
    def server_url(self) -> str: ...
    @property
    def at(self) -> datetime: ...


def sign_now(records: Records, record: KeyRecord | None, result: ResultAtServer) -> Sign:
    """The sign of a result; of a key that is to be refused, only a refusal can be a good one.

    Of a revocation that is not proved nobody knows whether it was refused for that.
    """
    if record is None or not _is_to_be_refused(record):
        return of_remembered(result)
    seen = shut_out_at(records, record).get(result.server_url)
    if result.verdict == Verdict.REFUSED:
        return OF_ANSWER[True if seen or not record.unproved else None]
    return OF_ANSWER[True if _is_shut_out_since(result, seen) else None]


def verdict_now(records: Records, record: KeyRecord | None, result: ResultAtServer) -> str:
    """Sign and verdict, and where the key is to be refused, that it is."""
    return f"{sign_now(records, record, result)} {verdict_words(records, record, result)}"


def verdict_words(records: Records, record: KeyRecord | None, result: ResultAtServer) -> str:
    """The verdict of a result, and where the key is to be refused, whether it is."""
    wanted = ""
    if record is not None and _is_to_be_refused(record):
        seen = shut_out_at(records, record).get(result.server_url)
        wanted = ", shut out since" if _is_shut_out_since(result, seen) else ", to be refused now"
        wanted = " as wanted" if result.verdict == Verdict.REFUSED else wanted
    return f"{result.verdict}{wanted}"


def counted(records: Records, results: Sequence[LastResult]) -> str:
    """`2 of 3 accepted, 1 of 1 refused`: of the keys of which each is wanted; none is `not tested
    yet`. A server that was seen since to have the revocation of one that it let in refuses it."""
    if not results:
        return "not tested yet"
    wanted = {True: 0, False: 0}
    right = {True: 0, False: 0}
    for result in results:
        record = records.by_public(result.public)
        if record is None or not _is_to_be_refused(record):
            wanted[False] += 1
            right[False] += result.ok
            continue
        seen = shut_out_at(records, record).get(result.server_url)
        wanted[True] += 1
        right[True] += result.verdict == Verdict.REFUSED or _is_shut_out_since(result, seen)
    words = {False: "accepted", True: "refused"}
    return ", ".join(
        f"{right[refusal]:,} of {wanted[refusal]:,} {word}"
        for refusal, word in words.items()
        if wanted[refusal]
    )


def _is_to_be_refused(record: KeyRecord) -> bool:
    return wish_of(record).wanted is Wanted.REFUSED


def _is_shut_out_since(result: ResultAtServer, seen: datetime | None) -> bool:
    """Whether a server was seen to have the revocation later than it let the key in."""
    return seen is not None and result.verdict != Verdict.REFUSED and seen >= result.at
