"""The last results of tests that the vault remembers, judged by what is wanted of each key now."""

from __future__ import annotations

from collections.abc import Sequence

from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.show.signs import Sign
from wallet.show.verdicts import OF_ANSWER, Remembered, of_remembered
from wallet.tasks.connection.keys_under_test import wish_of
from wallet.vault.db.parts.results import LastResult
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def sign_now(record: KeyRecord | None, result: Remembered) -> Sign:
    """The sign of a result; of a key that is to be refused, only a refusal can be a good one.

    Of a revocation that is not proved nobody knows whether it was refused for that.
    """
    if not _is_to_be_refused(record):
        return of_remembered(result)
    is_proved = record is not None and not record.unproved
    return OF_ANSWER[True if result.verdict == Verdict.REFUSED and is_proved else None]


def verdict_now(record: KeyRecord | None, result: Remembered) -> str:
    """Sign and verdict, and where the key is to be refused, that it is."""
    wanted = ""
    if _is_to_be_refused(record):
        wanted = " as wanted" if result.verdict == Verdict.REFUSED else ", to be refused now"
    return f"{sign_now(record, result)} {result.verdict}{wanted}"


def counted(records: Records, results: Sequence[LastResult]) -> str:
    """`2 of 3 accepted, 1 of 1 refused`: of the keys of which each is wanted; none is `not tested
    yet`."""
    if not results:
        return "not tested yet"
    wanted = {True: 0, False: 0}
    right = {True: 0, False: 0}
    for result in results:
        refusal = _is_to_be_refused(records.by_public(result.public))
        wanted[refusal] += 1
        right[refusal] += result.verdict == Verdict.REFUSED if refusal else result.ok
    words = {False: "accepted", True: "refused"}
    return ", ".join(
        f"{right[refusal]:,} of {wanted[refusal]:,} {word}"
        for refusal, word in words.items()
        if wanted[refusal]
    )


def _is_to_be_refused(record: KeyRecord | None) -> bool:
    return record is not None and wish_of(record).wanted is Wanted.REFUSED
