"""The proof that it was this key that let us in. Pure.

A server with no_auth_user, default_sentinel or an authorization service (auth_callout) may let
in a key that it does not know, and then name that key as the user all the same. Where that is
possible, the key is shown once more with a signature of another: what checks keys refuses that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from wallet.connection.causes import callouts, chains
from wallet.connection.causes.evidence import Evidence, Probe
from wallet.connection.protocol.server_info import version_in
from wallet.nats.nkeys import Kind
from wallet.nats.validation.shapes import is_key

_WITH_SENTINEL = (2, 11, 0)  # the first nats-server that knows default_sentinel


class Shown(StrEnum):
    """The credentials that a connection shows."""

    KEY = "key"  # with its JWT, where there is one
    BARE_KEY = "bare-key"
    NOTHING = "nothing"


def is_wanted(evidence: Evidence) -> bool:
    """Whether being let in proves nothing yet: a wrong signature has to be tried too.

    That a connection broke off without a word after it was let in proves nothing either.
    """
    if not (evidence.greeting and evidence.admission and evidence.signed) or evidence.error:
        return False
    if not evidence.greeting.auth_required:
        return not evidence.as_another  # as somebody else is plain enough
    if evidence.jwt_shown and _is_bearer(evidence):
        return False  # no server looks at the signature then
    if evidence.probe is Probe.NO_CALLOUT or not callouts.are_possible(evidence.info):
        return _may_be_sentinels(evidence)
    by_jwts = chains.goes_by_jwts(evidence) is True and callouts.excluded_by_jwts(evidence)
    return evidence.as_another or not by_jwts


def _may_be_sentinels(evidence: Evidence) -> bool:
    """Whether a default_sentinel may have stood in: it does for who shows no JWT."""
    identity = evidence.identity
    if evidence.jwt_shown or evidence.as_another or is_before_sentinels(evidence.info):
        return False
    return identity is None or is_key(identity.account, Kind.ACCOUNT)


def _is_bearer(evidence: Evidence) -> bool:
    chain = evidence.chain
    if chain.user is None:
        return False
    template = chain.scope.get("template") if chain.scope else None
    fields = template if isinstance(template, dict) else chain.user.nats
    return fields.get("bearer_token") is True


def is_checked(evidence: Evidence) -> bool:
    """Whether the server, or a service that it asks, let us in because of this key."""
    if not evidence.signed or evidence.forgery_taken:
        return False
    if evidence.forgery_taken is False:
        return True
    return not evidence.as_another and not is_wanted(evidence)


def is_forgery_taken(error: str) -> bool | None:
    """Whether a wrong signature was taken, by the server's error; None: for another reason."""
    return False if "authorization" in error.lower() else None


def is_for_want_of_room(error: str) -> bool:
    """Whether a server, or an account, has as many connections as it may, by the server's error."""
    return "connections exceeded" in error.lower()


def is_before_sentinels(info: Mapping[str, object]) -> bool:
    """Whether the server's version, by its INFO, knows no default_sentinel."""
    version = version_in(info)
    return version is not None and version < _WITH_SENTINEL
