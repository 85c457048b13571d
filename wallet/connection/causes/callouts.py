"""Causes at servers that leave it to an authorization service who is let in. Pure.

Such a server asks the service about each user that is not among its `auth_users`, whatever its
own list or the user's JWT says, and binds who is let in under the name that the service gives.
A service that does not answer is a refusal once the server's time for it is over (2 s).

Source: nats-server auth_callout.go; auth.go, processClientOrLeafAuthentication.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wallet.chain.model import called, dated
from wallet.chain.users import delegated
from wallet.codes import Code
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import Cause, Stage
from wallet.connection.protocol.server_info import version_in
from wallet.nats.jwt import Claims

FIRST = (2, 10, 0)  # the first nats-server that asks one
SLOW_MS = 1500.0  # to refuse: a server that decides itself takes a few milliseconds
_LOOK = "Look at that service: whether it runs, and what its log says of this key."


def are_possible(info: Mapping[str, object]) -> bool:
    """Whether a server of the version that this INFO names can ask a service."""
    version = version_in(info)
    return version is None or version >= FIRST


def delegating_account(evidence: Evidence) -> Claims | None:
    """The account, where its JWT leaves it to a service whether this user is let in."""
    user, account = evidence.chain.user, evidence.chain.account
    if user is None or account is None or not evidence.jwt_shown:
        return None
    return account if delegated(account, user) else None


def excluded_by_jwts(evidence: Evidence) -> bool:
    """Whether, at a server that goes by the JWTs at hand, no service decides about this user."""
    if not (evidence.jwt_shown and evidence.chain.belongs):
        return False
    return delegating_account(evidence) is None


def did_not_answer(evidence: Evidence) -> bool:
    """Whether the server took so long to refuse as one does whose service says nothing."""
    failed_ms = evidence.ms_of(evidence.failed)
    if failed_ms is None or not are_possible(evidence.info):
        return False
    return failed_ms - 2 * (evidence.ms_of(Stage.CONNECT) or 0) >= SLOW_MS


def refused(evidence: Evidence, causes: list[Cause]) -> list[Cause]:
    """The causes of a refusal, with the service among them where there may be one."""
    if causes and causes[0].certain:
        return causes  # what is certain to be refused is so before a service is asked
    account = delegating_account(evidence)
    silent = did_not_answer(evidence)
    if account is None and not silent:
        if excluded_by_jwts(evidence) or not are_possible(evidence.info):
            return causes
        why = (
            f"Or {evidence.server} leaves it to an authorization service (auth_callout) who is let "
            "in, and that refuses this key."
        )
        return [*causes, Cause(Code.AUTH_CALLOUT, why, _LOOK, certain=False)]
    if account is not None:
        why = (
            f"The JWT of the account {called(account)}, of {dated(account)}, leaves it to an "
            "authorization service who is let in (`authorization`), and this user is not among "
            f"its auth_users: that service {'did not answer' if silent else 'refuses it'}."
        )
    elif causes and causes[0].code is Code.JWT_ACCOUNT_UNKNOWN:
        return _slow_without_account(evidence, causes)
    else:
        seconds = (evidence.ms_of(evidence.failed) or 0) / 1000
        why = (
            f"{evidence.server} took {seconds:.1f} s to refuse, which takes milliseconds where it "
            "decides itself. Most likely it asks an authorization service (auth_callout), and that "
            "did not answer."
        )
    return [Cause(Code.AUTH_CALLOUT, why, _LOOK, certain=False), *causes]


def _slow_without_account(evidence: Evidence, causes: list[Cause]) -> list[Cause]:
    """Tell of a slow refusal where the account's JWT may be missing, and of the service after it.

    A full resolver that lacks an account asks the other servers for it, and waits for them as
    long as its `timeout` says: 1.9 s unless that is set.
    """
    seconds = (evidence.ms_of(evidence.failed) or 0) / 1000
    unknown = replace(
        causes[0],
        why=f"{causes[0].why} It took {seconds:.1f} s to refuse, as a full resolver does that asks "
        "other servers for the account's JWT.",
    )
    why = (
        f"Or {evidence.server} asks an authorization service (auth_callout) who is let in, and "
        "that did not answer."
    )
    return [unknown, Cause(Code.AUTH_CALLOUT, why, _LOOK, certain=False), *causes[1:]]


def decides(evidence: Evidence) -> Cause:
    """The remark that a service let us in, which the server was seen to ask."""
    why = (
        f"{evidence.server} leaves it to an authorization service (auth_callout) who is let in, "
        f"and as whom: that took {evidence.public.text} as “{evidence.user}”, and did not take it "
        "with a signature of another."
    )
    fix = "That is as it should be for a server with such a service; it gives the permissions too."
    return Cause(Code.AUTH_CALLOUT, why, fix, certain=True)
