"""The states of keys: a sign and a word of its own for each, the gravest first.

The one table of them, for the tree, the summary, help and `list`. A sign tells by its form what
it also tells by colour.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from wallet.connection.causes.verdict import Verdict
from wallet.nats.nkeys import Kind
from wallet.show import verdict_signs
from wallet.show.states.delivery_marks import NOT_PROVED, UNPROVED, UNWRITTEN, unwritten_word
from wallet.vault.key_record import SOON_DAYS, KeyRecord
from wallet.when import short_ago


class StateOfKey(NamedTuple):
    """`look` is `good`, `warn`, `bad` or `past`; `meaning` explains the sign in help."""

    sign: str
    look: str
    meaning: str
    holds: Callable[[KeyRecord], bool]
    word: Callable[[KeyRecord], str]


RETIRED = "–"
ROTATING_OUT = "rotating out"
UNTESTED = "untested"
"""Says of a user that nothing is known for or against it; the filter's word too."""


def _days_left(record: KeyRecord) -> int | None:
    left = None if record.expires is None else record.expires - datetime.now(UTC)
    return None if left is None else left.days


def _ends_soon(record: KeyRecord) -> bool:
    days = _days_left(record)
    return days is not None and days < SOON_DAYS


def _left(record: KeyRecord) -> str:
    days = _days_left(record)
    return f"{days} d left" if days else "ends today"


def _refused(record: KeyRecord) -> bool:
    last = record.last_test
    return last is not None and last.verdict == Verdict.REFUSED and not last.outdated


def _well(record: KeyRecord) -> str:
    """Say how the last test of a user went, as far as it says nothing against the key."""
    if record.kind is not Kind.USER:
        return record.role
    if record.last_test is None:
        return UNTESTED
    if record.last_test.verdict == Verdict.FAILED:  # else it looks like a refusal
        return f"{verdict_signs.of_remembered(record.last_test)} no answer"
    return f"{verdict_signs.of_remembered(record.last_test)} {short_ago(record.last_test.at)}"


STATES = (
    StateOfKey("⊘", "bad", "revoked", lambda key: key.revoked, lambda _: "revoked"),
    StateOfKey("○", "bad", "expired", lambda key: key.standing == "expired", lambda _: "expired"),
    StateOfKey(
        *(RETIRED, "past", "retired"), lambda key: key.status == "retired", lambda _: "retired"
    ),
    StateOfKey("◔", "warn", "expires within two weeks", _ends_soon, _left),
    StateOfKey("✗", "bad", "refused at its last test", _refused, lambda _: "refused"),
    StateOfKey("↻", "warn", "rotating out", lambda key: key.rotating, lambda _: ROTATING_OUT),
    StateOfKey("◌", "past", "no seed here", lambda key: not key.has_seed, lambda _: "no seed"),
    StateOfKey(
        *(UNWRITTEN, "warn", "changed since it was pushed or exported last"),
        *(lambda key: key.unwritten, unwritten_word),
    ),
    StateOfKey(
        *(UNPROVED, "warn", "not proved to be on all servers: a push proves it"),
        *(lambda key: key.unproved, lambda _: NOT_PROVED),
    ),
    StateOfKey("●", "good", "nothing is open", lambda _: True, _well),
)
"""The gravest first: that is the one shown of a key. Of a retired one nothing graver is news."""

GOOD = STATES[-1]
SHORTEST = 2
_OPEN = (UNWRITTEN, UNPROVED)
_ALSO = (RETIRED, *_OPEN)  # shown behind the word where a graver state comes first


def state_of(record: KeyRecord) -> StateOfKey:
    """The gravest state that a key is in."""
    for state in STATES:
        if state.holds(record):
            break
    return state


def state_words(record: KeyRecord, *, shorter: int = 0) -> str:
    """The word of a key's state, and behind it the signs of what else holds: `revoked –?`.

    `shorter` by 1 it has no word that is longer than it must be, by `SHORTEST` none that the sign
    can do without; of a good state only the sign of a last test is left.
    """
    shown = state_of(record)
    word = shown.word(record)
    if shorter == SHORTEST and shown is GOOD:
        word = word.split()[0] if record.last_test is not None else ""
    elif shorter == SHORTEST and shown.sign in _OPEN:
        word = ""
    elif shorter and shown is GOOD:
        word = word.removesuffix(" ago").replace("just now", "now")
    elif shorter and word == ROTATING_OUT:
        word = "rotating"  # or a key that is called like its successor loses what tells them apart
    also = [
        state.sign
        for state in STATES
        if state.sign in _ALSO and state is not shown and state.holds(record)
    ]
    return " ".join(filter(None, [word, "".join(also)]))


def own_state(record: KeyRecord) -> str:
    """Sign and word of a key's own state, `⊘ revoked` or `○ expired, retired`, beside which its
    open deliveries are told; empty where there is none."""
    shown = state_of(record)
    if shown is GOOD or shown.sign in _OPEN:
        return ""
    retired = record.status == "retired" and shown.sign != RETIRED
    return f"{shown.sign} {shown.word(record)}{', retired' * retired}"


def signed_words(record: KeyRecord) -> str:
    """Sign and words of a state, `⊘ revoked`; empty where nothing is to be said."""
    shown = state_of(record)
    return "" if shown is GOOD else f"{shown.sign} {state_words(record)}"
