"""The last results of tests that the vault remembers, judged by what is wanted of each key now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.show.signs import Sign
from wallet.show.verdict_signs import OF_ANSWER, Remembered, of_remembered
from wallet.tasks.connection.keys_under_test import wish_of
from wallet.tasks.deployment.shut_out import shut_out_at
from wallet.vault.db.parts.results import KEPT_OF_EACH_KEY, LastResult
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

    Of a server that its account is not known at, or that was not seen to have its revocation while
    that is open, nobody knows whether it refused the key for that.
    """
    if record is None or not _is_to_be_refused(record):
        return of_remembered(result)
    return OF_ANSWER[_refusal_now(records, record, result)[0]]


def verdict_now(records: Records, record: KeyRecord | None, result: ResultAtServer) -> str:
    """Sign and verdict, and where the key is to be refused, that it is."""
    return f"{sign_now(records, record, result)} {verdict_words(records, record, result)}"


def verdict_words(records: Records, record: KeyRecord | None, result: ResultAtServer) -> str:
    """The verdict of a result, and where the key is to be refused, whether it is."""
    if record is None or not _is_to_be_refused(record):
        return result.verdict
    return f"{result.verdict}{_refusal_now(records, record, result)[1]}"


def _refusal_now(
    records: Records, record: KeyRecord, result: ResultAtServer
) -> tuple[bool | None, str]:
    """Whether a key that is to be refused is, as far as is known, and what is said behind it."""
    if result.verdict == Verdict.FAILED:
        return None, ""
    seen = shut_out_at(records, record).get(result.server_url)
    if result.verdict == Verdict.REFUSED:
        known = seen is not None or (not record.unproved and _is_at_home(records, record, result))
        return (True, " as wanted") if known else (None, ", not proved why")
    if _is_shut_out_since(result, seen):
        return True, ", shut out since"
    return None, ", to be refused now"


def _is_at_home(records: Records, record: KeyRecord, result: ResultAtServer) -> bool:
    """Whether a server is one that let in users of the account of a key, or else the key itself."""
    if record.parent is not None:
        return result.server_url in records.deliveries.servers(record.parent)
    tests = records.results.of_key(record.public, KEPT_OF_EACH_KEY)
    return any(test.ok and test.server_url == result.server_url for test in tests)


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
    is_answer = result.verdict not in {Verdict.REFUSED, Verdict.FAILED}
    return seen is not None and is_answer and seen >= result.at
