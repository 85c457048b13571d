"""Causes that a server's monitoring proves, or rules out. Pure.

It is believed only where it names the same server as the greeting did.
"""

from __future__ import annotations

from dataclasses import replace

from wallet.chain import Chain
from wallet.chain.model import called, dated, signing_keys
from wallet.codes import Code, Trait
from wallet.connection.causes.evidence import Evidence, Testimony
from wallet.connection.causes.report import Cause
from wallet.connection.protocol.failure import FailureKind
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.jwt import Claims
from wallet.text import as_name
from wallet.when import to_the_second


def adopt(evidence: Evidence, monitored: Monitored) -> Evidence:
    """Add what the monitoring said to the evidence, with the server's own JWTs."""
    if not _same_server(evidence, monitored):
        return replace(evidence, testimony=Testimony(monitored))
    chain, account = evidence.wallet_chain, monitored.account
    operator = monitored.operators[0] if len(monitored.operators) == 1 else None
    if operator and chain.operator and chain.operator.subject == operator.subject:
        chain = Chain(chain.user, chain.account, operator)
    servers_copy = False
    if account and _speaks_for(account, chain, monitored):
        chain, servers_copy = Chain(chain.user, account, chain.operator), True
    trusted = operator.subject if operator else None
    return replace(evidence, testimony=Testimony(monitored, trusted, chain, servers_copy))


def _speaks_for(account: Claims, chain: Chain, monitored: Monitored) -> bool:
    """Whether a JWT is about the user's account, and whoever may speak for that signed it.

    A server that lies could send one that it signed itself.
    """
    if chain.user is None or account.subject != chain.user.account:
        return False
    issuer = account.issuer.text
    if chain.account is not None and issuer == chain.account.issuer.text:
        return True
    operators = (chain.operator,) if chain.operator else monitored.operators
    return any(issuer in {one.subject, *signing_keys(one)} for one in operators)


def by_monitoring(evidence: Evidence, causes: list[Cause]) -> list[Cause]:
    """Change the causes of a failure by what the monitoring said."""
    monitored = evidence.testimony.monitored if evidence.testimony else None
    if monitored is None or monitored.problem:
        return causes
    if not evidence.info:
        return _not_greeted(evidence, monitored, causes)
    if not _same_server(evidence, monitored):
        return [*causes, _other_server(evidence, monitored)]
    if evidence.failed_as(FailureKind.CLOSED) and _is_full(monitored):
        return [_full(evidence, monitored), *causes]
    if causes[0].code is Code.SERVER_FULL:
        return [_full(evidence, monitored), *causes[1:]]
    if "authorization violation" not in evidence.error.lower():
        return causes
    if monitored.by_jwts:
        return _at_an_operators(evidence, monitored, causes)
    if monitored.by_jwts is False:
        return _at_a_list(evidence, monitored, causes)
    return causes


def remarks(evidence: Evidence) -> list[Cause]:
    """List remarks of the monitoring's about a connection that was let in."""
    monitored = evidence.testimony.monitored if evidence.testimony else None
    if monitored is None or monitored.problem:
        return []
    if not _same_server(evidence, monitored):
        return [_other_server(evidence, monitored)]
    differs = _differs(evidence)
    return [Cause(Code.JWT_ACCOUNT_DIFFERS, *differs, certain=True)] if differs else []


# --- at a server with an operator ---------------------------------------------------------------


def _at_an_operators(evidence: Evidence, monitored: Monitored, causes: list[Cause]) -> list[Cause]:
    causes = [cause for cause in causes if cause.code is not Code.KEY_UNKNOWN] or causes
    if not evidence.jwt_shown:
        return [_jwt_missing(evidence, monitored, cause) for cause in causes]
    if causes[0].certain:
        return [_by_its_copy(evidence, monitored, cause) for cause in causes]
    if monitored.account_known is False:
        return [_account_unknown(evidence, monitored, causes)]
    if monitored.account is None or len(monitored.operators) != 1:
        return causes
    left = [cause for cause in causes if Trait.GUESSED_OF_ACCOUNT not in cause.code.traits]
    return left or causes


def _jwt_missing(evidence: Evidence, monitored: Monitored, cause: Cause) -> Cause:
    if cause.code is not Code.JWT_MISSING:
        return cause
    why = (
        f"{evidence.server} runs with the operator {called(monitored.operators[0])}, as its "
        f"monitoring says, and takes users by their JWT only. {evidence.public.text} was shown "
        "without one."
    )
    return replace(cause, certain=True, why=why)


def _account_unknown(evidence: Evidence, monitored: Monitored, causes: list[Cause]) -> Cause:
    user = evidence.chain.user
    account = user.account if user else ""
    why = (
        f"{evidence.server} does not know the account {account}: its monitoring at {monitored.url} "
        "says so, asked after this attempt."
    )
    guess = next((cause for cause in causes if cause.code is Code.JWT_ACCOUNT_UNKNOWN), causes[0])
    return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, guess.fix, certain=True)


def _by_its_copy(evidence: Evidence, monitored: Monitored, cause: Cause) -> Cause:
    """Say so where it was judged by the account's JWT that the server itself has."""
    if monitored.account is None or Trait.OF_ACCOUNT not in cause.code.traits:
        return cause
    if differs := _differs(evidence):
        return replace(cause, why=f"{cause.why} {differs[0]}", fix=differs[1])
    which_copy = f"The copy of the account's JWT that {evidence.server} has was looked at."
    return replace(cause, why=f"{cause.why} {which_copy}")


def _differs(evidence: Evidence) -> tuple[str, str] | None:
    """Say that the server's copy of the account's JWT is not the one held here, and what to do."""
    ours, theirs = evidence.held_account, evidence.chain.account
    if ours is None or theirs is None or ours.token == theirs.token:
        return None
    why = (
        f"{evidence.server} has the JWT of the account {called(theirs)} of {dated(theirs)}, the "
        f"one held here is of {dated(ours)}."
    )
    if (ours.issued or 0) >= (theirs.issued or 0):
        line = f"{ours.subject}: {ours.token}"
        return why, (
            "Give the server the one held here: " + HOW_ACCOUNTS_ARRIVE + f". Its line:\n{line}"
        )
    return why, f"Import the one that the server has:\n{theirs.token}"


# --- at a server with a list of users ------------------------------------------------------------


def _at_a_list(evidence: Evidence, monitored: Monitored, causes: list[Cause]) -> list[Cause]:
    unknown = next((cause for cause in causes if cause.code is Code.KEY_UNKNOWN), None)
    if unknown is None:
        return causes
    why = (
        f"{evidence.server} goes by a list of users, not by JWTs, as its monitoring says, and does "
        f"not let {evidence.public.text} in. {_loaded(monitored)}So the key is not in the list, or "
        "in one that was not loaded yet, or it is there with a limit such as "
        "allowed_connection_types."
    )
    others = [cause for cause in causes if not cause.code.of_jwt]
    return [replace(unknown, why=why), *(cause for cause in others if cause is not unknown)]


def _loaded(monitored: Monitored) -> str:
    if monitored.loaded is None:
        return ""
    since = (
        ", when it started, and never since"
        if monitored.loaded == monitored.started
        else "; what was changed in the file after that is not in force"
    )
    return f"It read its configuration last at {to_the_second(monitored.loaded)}{since}. "


# --- servers that are full, others, or not reached -----------------------------------------------


def _is_full(monitored: Monitored) -> bool:
    most, now = monitored.max_connections, monitored.connections
    return bool(most) and now is not None and most is not None and now >= most


def _full(evidence: Evidence, monitored: Monitored) -> Cause:
    return Cause(
        Code.SERVER_FULL,
        f"{evidence.server} has all the connections that it takes: {monitored.connections:,} of "
        f"{monitored.max_connections:,} (max_connections), as its monitoring says.",
        "Close some, raise max_connections, or use another server of the cluster.",
        certain=True,
    )


def _not_greeted(evidence: Evidence, monitored: Monitored, causes: list[Cause]) -> list[Cause]:
    """Change causes by the port: without a greeting no more ties the monitoring to the server."""
    target = evidence.target
    if (
        monitored.port
        and monitored.port != target.port
        and Trait.NOT_REACHED in causes[0].code.traits
    ):
        there = Target(target.host, monitored.port, target.tls).url
        fix = f"The monitoring at {monitored.url} says that clients connect to {there}."
        return [replace(causes[0], fix=fix), *causes[1:]]
    if monitored.port == target.port and monitored.tls_required and not target.tls:
        first = Cause(
            Code.TLS_FIRST,
            f"The monitoring at {monitored.url} says that port {target.port} wants TLS, and it "
            "does not greet in clear text: TLS comes first there (handshake_first).",
            f"Use tls://{target.address}, and set the clients' TLS-first option.",
            certain=False,
        )
        return [first, *(cause for cause in causes if cause.code is not Code.TLS_FIRST)]
    return causes


def _other_server(evidence: Evidence, monitored: Monitored) -> Cause:
    server = as_name(monitored.server_name or monitored.server_id)
    return Cause(
        Code.MONITOR_OTHER_SERVER,
        f"The monitoring at {monitored.url} is that of {server}, "
        f"which is not the server that answers at {evidence.target.address}. It was not believed.",
        "Give the monitoring address of the server that is tested.",
        certain=True,
    )


def _same_server(evidence: Evidence, monitored: Monitored) -> bool:
    return bool(monitored.server_id) and monitored.server_id == evidence.info.get("server_id")
