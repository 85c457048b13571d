"""What a server's monitoring adds to a diagnosis: what it proves becomes certain. Pure.

It is believed only where it names the same server as the greeting did.
"""

from __future__ import annotations

from dataclasses import replace

from wallet.chain import Chain
from wallet.chain.model import called, dated, signing_keys
from wallet.codes import Code, Trait
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import Cause
from wallet.connection.protocol.failure import FailureKind
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.jwt import Claims
from wallet.when import to_the_second


def adopt(evidence: Evidence, found: Monitored) -> None:
    """Put what the monitoring said among the evidence, with the server's own JWTs."""
    evidence.monitored = found
    if not _same_server(evidence, found):
        return
    chain, account = evidence.chain, found.account
    if len(found.operators) == 1:
        (operator,) = found.operators
        evidence.operator = operator.subject
        if chain and chain.operator and chain.operator.subject == operator.subject:
            chain = Chain(chain.user, chain.account, operator)
    if chain and chain.user and account and _speaks_for(account, chain, found):
        evidence.held_account, evidence.servers_copy = chain.account, True
        chain = Chain(chain.user, account, chain.operator)
    evidence.chain = chain


def _speaks_for(account: Claims, chain: Chain, found: Monitored) -> bool:
    """Whether a JWT is about the user's account, and whoever may speak for that signed it.

    A server that lies could send one that it signed itself.
    """
    if chain.user is None or account.subject != chain.user.account:
        return False
    issuer = account.issuer.text
    if chain.account is not None and issuer == chain.account.issuer.text:
        return True
    operators = (chain.operator,) if chain.operator else found.operators
    return any(issuer in {one.subject, *signing_keys(one)} for one in operators)


def by_monitoring(evidence: Evidence, causes: list[Cause]) -> list[Cause]:
    """The causes of a failure, as they stand with what the monitoring said."""
    found = evidence.monitored
    if found is None or found.problem:
        return causes
    if not evidence.info:
        return _not_greeted(evidence, found, causes)
    if not _same_server(evidence, found):
        return [*causes, _other_server(evidence, found)]
    if evidence.failed_as(FailureKind.CLOSED) and _is_full(found):
        return [_full(evidence, found), *causes]
    if causes[0].code is Code.SERVER_FULL:
        return [_full(evidence, found), *causes[1:]]
    if "authorization violation" not in evidence.error.lower():
        return causes
    if found.by_jwts:
        return _at_an_operators(evidence, found, causes)
    if found.by_jwts is False:
        return _at_a_list(evidence, found, causes)
    return causes


def remarks(evidence: Evidence) -> list[Cause]:
    """What to say of a connection that was let in."""
    found = evidence.monitored
    if found is None or found.problem:
        return []
    if not _same_server(evidence, found):
        return [_other_server(evidence, found)]
    differs = _differs(evidence)
    return [Cause(Code.JWT_ACCOUNT_DIFFERS, *differs, certain=True)] if differs else []


# --- at a server with an operator ---------------------------------------------------------------


def _at_an_operators(evidence: Evidence, found: Monitored, causes: list[Cause]) -> list[Cause]:
    causes = [cause for cause in causes if cause.code is not Code.KEY_UNKNOWN] or causes
    if not evidence.jwt_shown:
        return [_jwt_missing(evidence, found, cause) for cause in causes]
    if causes[0].certain:
        return [_by_its_copy(evidence, cause) for cause in causes]
    if found.account_known is False:
        return [_account_unknown(evidence, found, causes)]
    if found.account is None or len(found.operators) != 1:
        return causes
    left = [cause for cause in causes if Trait.GUESSED_OF_ACCOUNT not in cause.code.traits]
    return left or causes


def _jwt_missing(evidence: Evidence, found: Monitored, cause: Cause) -> Cause:
    if cause.code is not Code.JWT_MISSING:
        return cause
    why = (
        f"{evidence.server} runs with the operator {called(found.operators[0])}, as its monitoring "
        f"says, and takes users by their JWT only. {evidence.public.text} was shown without one."
    )
    return replace(cause, certain=True, why=why)


def _account_unknown(evidence: Evidence, found: Monitored, causes: list[Cause]) -> Cause:
    chain = evidence.chain
    account = chain.user.account if chain and chain.user else ""
    why = (
        f"{evidence.server} does not know the account {account}: its monitoring at {found.url} "
        "says so, asked after this attempt."
    )
    known = next((cause for cause in causes if cause.code is Code.JWT_ACCOUNT_UNKNOWN), causes[0])
    return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, known.fix, certain=True)


def _by_its_copy(evidence: Evidence, cause: Cause) -> Cause:
    """Say so where it was judged by the account's JWT that the server itself has."""
    found = evidence.monitored
    if found is None or found.account is None or Trait.OF_ACCOUNT not in cause.code.traits:
        return cause
    if differs := _differs(evidence):
        return replace(cause, why=f"{cause.why} {differs[0]}", fix=differs[1])
    said = f"The copy of the account's JWT that {evidence.server} has was looked at."
    return replace(cause, why=f"{cause.why} {said}")


def _differs(evidence: Evidence) -> tuple[str, str] | None:
    """That the server's copy of the account's JWT is another than the one here, and what to do."""
    held, chain = evidence.held_account, evidence.chain
    theirs = chain.account if chain else None
    if held is None or theirs is None or held.token == theirs.token:
        return None
    why = (
        f"{evidence.server} has the JWT of the account {called(theirs)} of {dated(theirs)}, the "
        f"one held here is of {dated(held)}."
    )
    if (held.issued or 0) >= (theirs.issued or 0):
        line = f"{held.subject}: {held.token}"
        return why, f"Give the server the one held here: {HOW_ACCOUNTS_ARRIVE}. Its line:\n{line}"
    return why, f"Import the one that the server has:\n{theirs.token}"


# --- at a server with a list of users ------------------------------------------------------------


def _at_a_list(evidence: Evidence, found: Monitored, causes: list[Cause]) -> list[Cause]:
    unknown = next((cause for cause in causes if cause.code is Code.KEY_UNKNOWN), None)
    if unknown is None:
        return causes
    why = (
        f"{evidence.server} goes by a list of users, not by JWTs, as its monitoring says, and does "
        f"not let {evidence.public.text} in. {_loaded(found)}So the key is not in the list, or in "
        "one that was not loaded yet, or it is there with a limit such as "
        "allowed_connection_types."
    )
    others = [cause for cause in causes if not cause.code.of_jwt]
    return [replace(unknown, why=why), *(cause for cause in others if cause is not unknown)]


def _loaded(found: Monitored) -> str:
    if found.loaded is None:
        return ""
    since = (
        ", when it started, and never since"
        if found.loaded == found.started
        else "; what was changed in the file after that is not in force"
    )
    return f"It read its configuration last at {to_the_second(found.loaded)}{since}. "


# --- servers that are full, others, or not reached -----------------------------------------------


def _is_full(found: Monitored) -> bool:
    most, now = found.max_connections, found.connections
    return bool(most) and now is not None and most is not None and now >= most


def _full(evidence: Evidence, found: Monitored) -> Cause:
    return Cause(
        Code.SERVER_FULL,
        f"{evidence.server} has all the connections that it takes: {found.connections:,} of "
        f"{found.max_connections:,} (max_connections), as its monitoring says.",
        "Close some, raise max_connections, or use another server of the cluster.",
        certain=True,
    )


def _not_greeted(evidence: Evidence, found: Monitored, causes: list[Cause]) -> list[Cause]:
    """Without a greeting nothing ties the monitoring to what listens there but the port."""
    target = evidence.target
    if found.port and found.port != target.port and Trait.NOT_REACHED in causes[0].code.traits:
        there = Target(target.host, found.port, target.tls).url
        fix = f"The monitoring at {found.url} says that clients connect to {there}."
        return [replace(causes[0], fix=fix), *causes[1:]]
    if found.port == target.port and found.tls_required and not target.tls:
        first = Cause(
            Code.TLS_FIRST,
            f"The monitoring at {found.url} says that port {target.port} wants TLS, and it does "
            "not greet in clear text: TLS comes first there (handshake_first).",
            f"Use tls://{target.address}, and set the clients' TLS-first option.",
            certain=False,
        )
        return [first, *(cause for cause in causes if cause.code is not Code.TLS_FIRST)]
    return causes


def _other_server(evidence: Evidence, found: Monitored) -> Cause:
    return Cause(
        Code.MONITOR_OTHER_SERVER,
        f"The monitoring at {found.url} is that of {found.server_name or found.server_id}, which "
        f"is not the server that answers at {evidence.target.address}. It was not believed.",
        "Give the monitoring address of the server that is tested.",
        certain=True,
    )


def _same_server(evidence: Evidence, found: Monitored) -> bool:
    return bool(found.server_id) and found.server_id == evidence.info.get("server_id")
