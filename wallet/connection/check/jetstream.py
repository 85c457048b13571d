"""Whether an account has JetStream: asked of the server, which changes nothing, or by its JWT."""

from __future__ import annotations

from wallet.connection.causes import chains
from wallet.connection.causes.evidence import Evidence
from wallet.connection.check.attempt import Attempt
from wallet.connection.protocol.conversation import Talk
from wallet.connection.protocol.message import ProtocolError
from wallet.connection.protocol.untrusted_json import json_object
from wallet.nats.validation.account_rules import has_jetstream
from wallet.text import plain

API = "$JS.API."
_INFO = "$JS.API.INFO"
_NUMBER = 10_000  # of the subscription, beyond those of the subjects that are tried


async def missing(attempt: Attempt, talk: Talk, patience: float) -> str | None:
    """Say why requests to JetStream get nowhere; empty where they do not, None for not known.

    Asks `$JS.API.INFO` within `patience` seconds, unless no reply could arrive. Raises what
    `Talk.until_pong` raises.
    """
    admission = attempt.evidence.admission
    if admission is None or not admission.forbidden:
        message, forbidden = await talk.request(_INFO, _NUMBER, patience)
        if message is not None and not forbidden:
            return _by_answer(message.headers, message.payload)
    return _by_jwt(attempt.evidence)


def _by_answer(headers: bytes, payload: bytes) -> str | None:
    if headers.startswith(b"NATS/1.0 503"):
        return "no JetStream answers there"
    try:
        error = json_object(payload).get("error")
    except ProtocolError:
        return None
    if not isinstance(error, dict):
        return ""
    number, reason = error.get("err_code"), error.get("description")
    text = plain(reason, 100) if isinstance(reason, str) else "no reason given"
    return f"the server answers {number if type(number) is int else 'an error'}: {text}"


def _by_jwt(evidence: Evidence) -> str | None:
    """Say so where the account's JWT gives it no JetStream: no storage, of its own or by tiers."""
    account = evidence.chain.account
    if account is None or chains.goes_by_jwts(evidence) is not True:
        return None
    if has_jetstream(account.nats):
        return None
    return "by its JWT the account has no JetStream"
