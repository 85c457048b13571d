"""An account's JWT here beside the one that a server holds: which of them is to stay. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims.content import few
from wallet.nats.claims.jwt_order import says_the_same, says_the_same_but_revocations
from wallet.nats.claims.revocations import all_revocations, in_words, lacking
from wallet.nats.jwt import Claims
from wallet.text import plain
from wallet.when import exactly


class State(StrEnum):
    """The relation of a server's copy of an account's JWT to the one here."""

    SAME = "same"
    ONLY_HERE = "only-here"
    ONLY_THERE = "only-there"
    NEWER_HERE = "newer-here"
    NEWER_THERE = "newer-there"
    UNLIKE = "unlike"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"  # the server did not tell


TO_PUSH = {State.ONLY_HERE, State.NEWER_HERE}
WORST_FIRST = (
    *(State.FOREIGN, State.UNLIKE, State.NEWER_THERE, State.UNKNOWN),
    *(State.ONLY_THERE, State.ONLY_HERE, State.NEWER_HERE, State.SAME),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The relation of a server's copy of an account to the one here; `why` may be empty.

    `overtaken` is 0, unless the copy here says all that the server's says, and revokes more, but is
    not the later one: then it is when the server's was issued, in seconds since 1970, and the one
    here may follow it if it is signed anew. `says_more` is whether the server's copy says something
    that the one here would have to take in first.
    """

    state: State
    why: str = ""
    overtaken: int = 0
    says_more: bool = False


def compare(ours: Claims | None, theirs: str, trusted: frozenset[str], public: str) -> Comparison:
    """Compare the JWT here of the account `public` with a server's copy, the text `theirs`.

    `ours` is None where there is none here. `trusted` are the public keys of the account's
    operator, those that no longer sign among them.
    """
    if ours is not None and theirs == ours.token:
        return Comparison(State.SAME)
    try:
        other = jwt.decode(theirs)
    except JwtError as error:
        return Comparison(State.UNLIKE, f"What the server holds is no JWT to trust: {error}")
    if other.type != "account" or other.subject != public:
        about = plain(other.subject, 60)
        return Comparison(State.UNLIKE, f"What the server gives as this account's is {about}'s.")
    if other.issuer.text not in trusted:
        why = f"There it is signed by {other.issuer.text}, which is no key of its operator here."
        return Comparison(State.FOREIGN, why)
    if ours is None:
        return Comparison(State.ONLY_THERE, f"Issued {_dated(other)}.")
    return _of_one_operator(ours, other)


def _of_one_operator(ours: Claims, other: Claims) -> Comparison:
    lost = not_revoked(ours, other)
    here, there = ours.issued or 0, other.issued or 0
    if there < here and not lost:
        return Comparison(State.NEWER_HERE, f"There: issued {_dated(other)}.")
    if there < here:
        why = (
            f"There it revokes {few(lost)}, and here it does not: pushing this one would let them "
            "in again."
        )
        return Comparison(State.UNLIKE, why, says_more=True)
    same = says_the_same(ours, other)
    follows = not same and not lost and says_the_same_but_revocations(ours, other)
    overtaken = there if follows else 0
    if there == here:
        why = (
            "Both were issued in the same second, and they say different things. Change the "
            "account once more where what it says is right."
        )
        return Comparison(State.UNLIKE, why, overtaken, says_more=bool(lost))
    why = f"There: issued {_dated(other)}, later than the one here, {_dated(ours)}"
    why += ", and saying the same." if same else "."
    return Comparison(State.NEWER_THERE, why, overtaken, says_more=True)


def not_revoked(ours: Claims, other: Claims) -> list[str]:
    """The users and activations that the other copy revokes, and this one does not, or not for
    so long, in words."""
    lost = lacking(ours.nats, all_revocations(other.nats))
    return [plain(whom, 300) for whom in in_words(lost)]


def _dated(claims: Claims) -> str:
    return exactly(claims.issued) if claims.issued else "at a time that it does not say"
