"""Was it this key that let us in? Pure.

A server with no_auth_user or default_sentinel may let in a key that it does not know, and then
name that key as the user all the same. Where that is possible, the key is shown once more with
a signature of another: a server that checks keys refuses that.
"""

from __future__ import annotations

import re
from enum import StrEnum

from wallet.connection.evidence import Evidence
from wallet.connection.learned import is_key
from wallet.nkeys import Kind

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})(?:\..*)?")
_WITH_SENTINEL = (2, 11)  # the first nats-server that knows default_sentinel


class Shown(StrEnum):
    """What a connection shows of a key."""

    KEY = "key"
    NOTHING = "nothing"
    FORGED_SIGNATURE = "forged-signature"


def is_wanted(evidence: Evidence) -> bool:
    """Whether being let in proves nothing yet: a wrong signature has to be tried too."""
    if not (evidence.let_in and evidence.signed) or evidence.error or evidence.failed:
        return False
    identity = evidence.identity
    if identity and identity.user != evidence.public.text:
        return False  # as somebody else, which is plain enough
    if not evidence.auth_required:
        return True
    if evidence.jwt_shown:
        return False  # a sentinel stands in only for who shows no JWT
    if is_before_sentinels(evidence.info):
        return False
    return identity is None or is_key(identity.account, Kind.ACCOUNT)


def is_checked(evidence: Evidence) -> bool:
    """Whether the server let us in because of this key."""
    if not evidence.signed or evidence.forgery_taken:
        return False
    identity = evidence.identity
    if identity and identity.user != evidence.public.text:
        return False
    return evidence.forgery_taken is False or not is_wanted(evidence)


def answer(forgery: Evidence) -> bool | None:
    """What came of a connection with a wrong signature: taken, refused, or no answer."""
    if forgery.let_in and not forgery.error:
        return True
    return False if "authorization" in forgery.error.lower() else None


def is_before_sentinels(info: dict[str, object]) -> bool:
    """Whether the server's version, by its INFO, knows no default_sentinel."""
    found = _VERSION.fullmatch(str(info.get("version", "")))
    return found is not None and (int(found[1]), int(found[2])) < _WITH_SENTINEL
