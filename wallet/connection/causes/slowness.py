"""Remarks about an accepted connection: that it is slow, or forbids what most need. Pure.

Source: a round trip costs the network as much as opening the connection did; what comes on top
is the server's, or that of something in between which opened it on its behalf.
"""

from __future__ import annotations

from collections.abc import Collection

from wallet.codes import Code
from wallet.connection.causes.evidence import Admission, Evidence
from wallet.connection.causes.report import Cause, Stage

SLOW_TIMES = 5  # a round trip of this many times what opening the connection took …
SLOW_MS = 50.0  # … and this many milliseconds more


# What a JWT that is held here explains better than the server's words do.
_EXPLAINED_BY_JWT = {
    Code.NO_SUBSCRIPTIONS: Code.JWT_LIMITS,
    Code.INBOX_DENIED: Code.PERMISSIONS_DENY_ALL,
}


def remarks(
    evidence: Evidence, admission: Admission, jwt_codes: Collection[str] = ()
) -> list[Cause]:
    """List warnings about a connection that was let in, but what `jwt_codes` explain better."""
    return [
        cause
        for cause in (*_slow(evidence, admission), *_forbidden(evidence, admission))
        if not {cause.code, _EXPLAINED_BY_JWT.get(cause.code)} & set(jwt_codes)
    ]


def is_slow(connect_ms: float | None, rtt_ms: float | None) -> bool:
    """Whether round trips take far longer than the network between here and there explains."""
    if connect_ms is None or rtt_ms is None:
        return False
    return rtt_ms > connect_ms * SLOW_TIMES and rtt_ms > connect_ms + SLOW_MS


def _slow(evidence: Evidence, admission: Admission) -> list[Cause]:
    connect, rtt = evidence.ms_of(Stage.CONNECT), admission.rtt_ms
    if connect is None or rtt is None or not is_slow(connect, rtt):
        return []
    times = rtt / max(connect, 0.01)
    why = (
        f"A round trip to {evidence.server} takes {rtt:.1f} ms, {times:.0f} times the "
        f"{connect:.1f} ms that opening the connection took: the server is busy, or a proxy near "
        "here opened the connection and the server is far behind it."
    )
    fix = "Look at the server's load, and at what lies between (proxy, tunnel, VPN)."
    return [Cause(Code.SLOW, why, fix, certain=False)]


def _forbidden(evidence: Evidence, admission: Admission) -> list[Cause]:
    refusals = [words.lower() for words in admission.forbidden]
    public, server = evidence.public.text, evidence.server
    if any("maximum subscriptions" in words for words in refusals):
        why = (
            f"{server} lets {public} in and allows it not one subscription: its limit `subs`, or "
            "its account's, is 0, as a limit that was left out of a JWT is."
        )
        fix = "Set the limit to -1, which is unlimited, issue the JWT again and deploy it."
        return [Cause(Code.NO_SUBSCRIPTIONS, why, fix, certain=True)]
    subscribing = any("for subscription" in words for words in refusals)
    publishing = any("for publish" in words for words in refusals)
    if subscribing:
        why = (
            f"{server} does not let {public} subscribe to an inbox (_INBOX.…): requests that it "
            "makes get no reply."
        )
        fix = (
            "If it makes requests, allow it to subscribe to _INBOX.>, or to a prefix of its own "
            "that its program uses."
        )
        if publishing:
            why += (
                " Nor may it publish to $SYS.REQ.USER.INFO, so the server did not say what it may "
                "do: other subjects, or nothing."
            )
            fix += (
                " Of other subjects a test tells that is asked for them (the subjects field of the "
                "test in the app, --may SUBJECT)."
            )
        return [Cause(Code.INBOX_DENIED, why, fix, certain=True)]
    return []
