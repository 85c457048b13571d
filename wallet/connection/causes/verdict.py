"""The verdict of a test, the wish that there was, and whether the one fulfils the other. Pure.

A key that is revoked, has expired or was retired is wanted refused, any other taken. That a
server refused is not yet what was wanted: a wrong address refuses as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wallet.codes import Code


class Verdict(StrEnum):
    """The outcome of a test. Only `ACCEPTED` is a success."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCHECKED = "unchecked"  # connected, but this key was not checked
    UNPROVED = "taken-unproved"  # let in; whether the key was checked was not to be tried
    FAILED = "failed"  # the server was not reached, or did not get so far as to judge the key


WORST_FIRST = (
    Verdict.REFUSED,
    Verdict.FAILED,
    Verdict.UNCHECKED,
    Verdict.UNPROVED,
    Verdict.ACCEPTED,
)


class Wanted(StrEnum):
    """Whether a server should take a key or refuse it."""

    TAKEN = "taken"
    REFUSED = "refused"


KEEP_OUT = (
    "If the server lists keys, take this one out of its configuration and reload it; if it goes by "
    "JWTs, revoke the user and give the server the new JWT of its account."
)


class Wish(NamedTuple):
    """Whether a key should be taken or refused, `because` of what, as in “it is revoked”.

    `reasons` are the codes of causes that such a refusal has; none of them: any will do.
    """

    wanted: Wanted = Wanted.TAKEN
    because: str = ""
    reasons: frozenset[Code] = frozenset()


TAKEN = Wish()


def wish_for(
    *, revoked: bool = False, expires: datetime | None = None, retired: bool = False
) -> Wish:
    """Derive what is wanted of a key from its state; `expires` is the end of its JWT."""
    from wallet.codes import Code  # with all their sentences, which no list of keys shows

    sentences: list[str] = []
    reasons: set[Code] = set()
    if revoked:
        sentences.append("it is revoked")
        reasons.add(Code.JWT_REVOKED)
    if expires is not None and expires <= datetime.now(UTC):
        sentences.append("its JWT has expired")
        reasons.add(Code.JWT_EXPIRED)
    if retired:
        sentences.append("it is retired")
    if not sentences:
        return TAKEN
    # What else it is refused for is not why a retired key should be, but it is as good.
    return Wish(
        Wanted.REFUSED, " and ".join(sentences), frozenset() if retired else frozenset(reasons)
    )


def expected(wanted: Wanted) -> Wish:
    """The wish that somebody states, whatever the wallet knows of the key."""
    return TAKEN if wanted is Wanted.TAKEN else Wish(wanted, "it is expected to be refused")


def as_wanted(wanted: Wanted, verdict: Verdict, *, proved: bool) -> bool | None:
    """Whether a verdict is what was wanted; None where that is not known.

    `proved` is whether a refusal is known to be that of this key, by a server where its account
    is at home. In a rehearsal it always is: there the server and its configuration are known.
    """
    if wanted is Wanted.TAKEN:
        return None if verdict is Verdict.UNPROVED else verdict is Verdict.ACCEPTED
    if verdict is Verdict.REFUSED:
        return True if proved else None
    return None if verdict is Verdict.FAILED else False


def worst_first(verdict: Verdict, *, as_wanted: bool | None) -> tuple[int, int]:
    """Sort by this: what is not as it was wanted, then what is not known, then what is well."""
    return (False, None, True).index(as_wanted), WORST_FIRST.index(verdict)
