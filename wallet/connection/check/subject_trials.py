"""The subjects that a key may use, tried at the server as far as trying has no effects.

A subscription is made and taken back at once. Publishing has effects: whoever subscribes gets
the message, and a stream keeps it. So that is tried only when it is asked for as `pub:`; else
it is judged by the permissions that the server tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from wallet.chain.grants import MisreadError
from wallet.chain.order import granted
from wallet.chain.scopes import ScopeError
from wallet.connection.causes import chains
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import SubjectAnswer
from wallet.connection.check import jetstream
from wallet.connection.check.attempt import Attempt
from wallet.connection.check.request import PUBLISH, SUBSCRIBE, Ask
from wallet.connection.protocol.conversation import ServerError, Talk
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.server_info import CUT
from wallet.nats.subjects import Patterns, is_wild


async def answers_of(
    attempt: Attempt, asks: Sequence[Ask], timeout: float
) -> tuple[SubjectAnswer, ...]:
    """Answer `asks` over an attempt's open connection, none without one. Never raises."""
    talk, answers = attempt.talk, list[SubjectAnswer]()
    if talk is None or attempt.evidence.failed:
        return ()
    wanted = [
        (action, ask)
        for ask in asks
        for action in ([ask.action] if ask.action else [SUBSCRIBE, PUBLISH])
        if not (ask.action is None and action is PUBLISH and is_wild(ask.subject))
    ]
    try:
        async with asyncio.timeout(timeout):
            for number, (action, ask) in enumerate(wanted, 2):
                if action is PUBLISH and ask.action is None:
                    answers.append(_judge(attempt.evidence, ask.subject))
                else:
                    answers.append(await _try(talk, action, ask.subject, number))
            answers = await _with_jetstream(attempt, talk, answers, timeout / 2)
    except (OSError, ClosedError, ProtocolError, ServerError):
        answers += [
            SubjectAnswer(ask.subject, action, None, "not answered")
            for action, ask in wanted[len(answers) :]
        ]
    return tuple(answers)


async def _try(talk: Talk, action: str, subject: str, number: int) -> SubjectAnswer:
    if action == SUBSCRIBE:
        line = f"SUB {subject} {number}\r\nUNSUB {number}\r\n"
    else:
        line = f"PUB {subject} 0\r\n\r\n"
    await talk.wire.send(f"{line}PING\r\n".encode())
    forbidden = await talk.until_pong()
    return SubjectAnswer(subject, action, not forbidden, forbidden[0] if forbidden else "tried")


def _judge(evidence: Evidence, subject: str) -> SubjectAnswer:
    """Judge publishing without trying it: by the permissions that the server tells, or the JWT."""
    identity, by_jwt = evidence.identity, _by_jwt(evidence, subject)
    by_jwts = chains.goes_by_jwts(evidence)
    if identity is not None:
        allowed = may_publish(identity.permissions, subject)
        if allowed is not None and not (allowed and by_jwts and by_jwt is False):
            how = "by the permissions that the server tells"
            return SubjectAnswer(subject, PUBLISH, allowed, how)
        doubt = "the permissions that the server tells are many, and were cut"
    else:
        doubt = "the server does not tell"
    if by_jwt is not None and by_jwts:
        return SubjectAnswer(subject, PUBLISH, by_jwt, "by its JWT as it is held here")
    if by_jwt is not None and by_jwts is None:
        doubt += f"; its JWT {'allows' if by_jwt else 'denies'} it, if the server goes by that"
    how = f"{doubt}, and it was not tried; pub:{subject} publishes to it"
    return SubjectAnswer(subject, PUBLISH, None, how)


def _by_jwt(evidence: Evidence, subject: str) -> bool | None:
    """Whether the JWTs at hand allow publishing; None where they do not say."""
    chain = evidence.chain
    if not (evidence.jwt_shown and chain.belongs):
        return None
    try:
        return granted(chain).publish.permits(subject)
    except (MisreadError, ScopeError):
        return None


def may_publish(permissions: dict[str, object], subject: str) -> bool | None:
    """Whether permissions, as `$SYS.REQ.USER.INFO` gives them, allow publishing. Pure.

    None where that stood in what was cut. Where answers are allowed, nothing is that is not
    listed: nats-server auth.go, validateResponsePermissions.
    """
    rules = permissions.get("publish")
    answers_alone = isinstance(permissions.get("responses"), dict)
    if not isinstance(rules, dict):
        return not answers_alone
    allow, deny = _subjects(rules.get("allow")), _subjects(rules.get("deny"))
    denied = Patterns(deny).covers(subject)
    if denied:
        return False
    allowed = Patterns(allow).covers(subject) if allow or answers_alone else True
    if not allowed:
        return None if allowed is None or _is_cut(allow) else False
    return None if denied is None or _is_cut(deny) else True


def _subjects(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _is_cut(subjects: list[str]) -> bool:
    """Whether a subject, or the list itself, was longer than what is kept of it."""
    return any(subject.endswith(CUT) for subject in subjects)


async def _with_jetstream(
    attempt: Attempt, talk: Talk, answers: list[SubjectAnswer], timeout: float
) -> list[SubjectAnswer]:
    """Change the answers about JetStream's subjects that are allowed and lead nowhere."""
    about = [answer for answer in answers if answer.action == PUBLISH and answer.allowed]
    if not any(answer.subject.startswith(jetstream.API) for answer in about):
        return answers
    missing = await jetstream.missing(attempt, talk, timeout)
    if missing == "":
        return answers
    allowed = None if missing is None else False
    how = missing or "allowed; whether the account has JetStream is not known"
    return [
        replace(answer, allowed=allowed, how=how)
        if answer in about and answer.subject.startswith(jetstream.API)
        else answer
        for answer in answers
    ]
