"""The diagnosis: of evidence are made a verdict and causes, the likeliest first. Pure.

A cause is certain only where the evidence proves it. A NATS server answers every failed
credential with the same words, so what lies behind them is ranked, not claimed.
"""

from __future__ import annotations

from wallet.codes import Code
from wallet.connection.causes import acceptance, callouts, chains, monitor_proof, obstacles
from wallet.connection.causes.acceptance import Explanation
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.repairs import (
    broken_off,
    fix_passwords_only,
    fix_unknown,
    fix_without_jwt,
    lame_duck,
    wrong_kind,
)
from wallet.connection.causes.report import Cause, Report, Stage, StageResult
from wallet.connection.causes.verdict import Verdict
from wallet.connection.protocol.failure import FailureKind
from wallet.connection.protocol.server_info import goes_by_jwts


def explain(evidence: Evidence) -> Explanation:
    """Give the verdict, one sentence, and the causes of anything but a plain success."""
    # What speaks no NATS after its PONG was no NATS server before it either.
    unlike_nats = evidence.failed_as(FailureKind.NOT_THE_PROTOCOL)
    greeting, admission = evidence.greeting, evidence.admission
    if greeting and admission and not evidence.error and not unlike_nats:
        return acceptance.explain(evidence, greeting, admission)
    causes = monitor_proof.by_monitoring(evidence, _causes(evidence))
    if evidence.refused_key:
        causes = callouts.refused(evidence, causes)
    if evidence.login and evidence.error:
        summary = f"Refused by {evidence.server}: “{evidence.error}”."
        return Verdict.REFUSED, summary, causes
    summary = f"No answer about the key from {evidence.target.address}: {causes[0].why}"
    return Verdict.FAILED, summary, causes


def report_of(evidence: Evidence) -> Report:
    """Report on an attempt that has ended."""
    verdict, summary, causes = explain(evidence)
    ended = {result.stage: result for result in evidence.stages}
    return Report(
        public=evidence.public.text,
        url=evidence.target.url,
        verdict=verdict,
        summary=summary,
        stages=tuple(
            ended.get(stage, StageResult(stage, None, None, "not reached")) for stage in Stage
        ),
        causes=tuple(causes),
        server=dict(evidence.info),
        identity=evidence.identity,
        account=evidence.account,
        address=evidence.address or "",
        rtt_ms=evidence.admission.rtt_ms if evidence.admission else None,
        refused_key=evidence.refused_key,
        at=evidence.at,
        by_list=_is_by_list(evidence) if verdict is Verdict.ACCEPTED else False,
        by_service=_is_by_service(evidence, verdict),
        signer=_signer(evidence),
        named=_named(evidence),
        objections=chains.certain_objections(evidence),
        servers_copy=evidence.testimony is not None and evidence.testimony.servers_copy,
    )


def _is_by_service(evidence: Evidence, verdict: Verdict) -> bool:
    """Whether a service decides by the JWT of the account, or was seen to."""
    named_it = verdict is Verdict.ACCEPTED and evidence.as_another
    return named_it or callouts.delegating_account(evidence) is not None


def _signer(evidence: Evidence) -> str:
    """The signing key that signed the JWT that was shown; empty for the account itself."""
    user = evidence.chain.user if evidence.jwt_shown else None
    return "" if user is None or user.issuer.text == user.account else user.issuer.text


def _is_by_list(evidence: Evidence) -> bool | None:
    """Whether a key that was taken stands in a list; None where the server does not tell."""
    if (by_jwts := goes_by_jwts(evidence.bound_to)) is not None:
        return not by_jwts
    return None if evidence.jwt_shown else True  # a bare key that is taken is in a list


_NAMED = (
    ("user authentication expired", Code.JWT_EXPIRED, "the user's JWT has expired"),
    ("account authentication expired", Code.ACCOUNT_EXPIRED, "the account's JWT has expired"),
    ("user authentication revoked", Code.JWT_REVOKED, "the user was revoked in its account"),
)
"""A server's words for what it ends a connection for that it had let in, and what they mean."""


def _named(evidence: Evidence) -> Code | None:
    """The code of what a server named, once it had let the key in; before, it names nothing."""
    if evidence.admission is None:
        return None
    error = evidence.error.lower()
    return next((code for words, code, _ in _NAMED if words in error), None)


def _causes(evidence: Evidence) -> list[Cause]:
    if _refuses_keys(evidence):
        return [_no_nkey_auth(evidence)]
    if evidence.error:
        return _from_error(evidence)
    lame = [lame_duck(evidence)] if evidence.info.get("ldm") is True else []
    return lame + (obstacles.explain_obstacle(evidence) or broken_off(evidence))


def _refuses_keys(evidence: Evidence) -> bool:
    """Whether the server wants credentials and gives no nonce: no key can be shown to it."""
    greeting = evidence.greeting
    if greeting is None or evidence.login is None:
        return False
    wants_credentials = greeting.info.get("auth_required") is True
    refused = "authorization" in evidence.error.lower()
    return greeting.nonce is None and wants_credentials and refused


def _no_nkey_auth(evidence: Evidence) -> Cause:
    return Cause(
        Code.NO_NKEY_AUTH,
        f"{evidence.server} wants credentials but sends no nonce: it knows passwords or tokens "
        f"only, and cannot check {evidence.public.text} or any other key.",
        fix_passwords_only(evidence),
        certain=True,
    )


def _account_full(evidence: Evidence, quoted: str) -> Cause:
    return chains.explain(evidence, Code.ACCOUNT_FULL) or Cause(
        Code.ACCOUNT_FULL,
        f"{quoted}: the account of {evidence.public.text} has all the connections it may."
        + chains.connections_allowed(evidence),
        "Close some, or raise the account's connection limit.",
        certain=True,
    )


def _server_full(quoted: str) -> Cause:
    return Cause(
        Code.SERVER_FULL,
        f"{quoted}: it has all the connections that its max_connections allows.",
        "Close some, raise max_connections, or use another server of the cluster.",
        certain=True,
    )


def _from_error(evidence: Evidence) -> list[Cause]:
    error, server = evidence.error.lower(), evidence.server
    quoted = f"{server} said “{evidence.error}”"
    if "authorization violation" in error:
        return _refused_credentials(evidence)
    if "authentication timeout" in error:
        silent = callouts.did_not_answer(evidence)
        return callouts.refused(evidence, []) * silent + [
            Cause(
                Code.AUTH_TIMEOUT,
                f"{quoted}: our answer to its greeting reached it too late.",
                "Try again; if it stays, raise `authorization { timeout: … }` in its "
                "configuration, or look at the network between here and there.",
                certain=not silent,
            )
        ]
    if "maximum account active connections" in error:
        return [_account_full(evidence, quoted)]
    if "maximum connections exceeded" in error:
        return [_server_full(quoted)]
    for place in ("route", "leaf node", "leafnode", "gateway"):
        if f"{place} port" in error:
            why = f"{quoted}: port {evidence.target.port} is for {place}s, not for clients."
            return [Cause(Code.WRONG_PORT, why, obstacles.USE_CLIENT_PORT, certain=True)]
    for words, code, who in _NAMED:
        if words in error:
            cause = chains.explain(evidence, code)
            return [
                cause
                or Cause(code, f"{quoted}: {who}.", "Issue it again and deploy it.", certain=True)
            ]
    if "maximum control line" in error and (long := chains.too_long(evidence)) is not None:
        return [long]
    if "tls required" in error or "secure connection" in error:
        return [
            Cause(
                Code.TLS_REQUIRED,
                f"{quoted}: it takes no credentials in clear text.",
                f"Use tls://{evidence.target.address}.",
                certain=True,
            )
        ]
    return [
        Cause(
            Code.PROTOCOL,
            f"{quoted}.",
            "Look into the server's log at this moment.",
            certain=True,
        )
    ]


def _refused_credentials(evidence: Evidence) -> list[Cause]:
    public, server = evidence.public, evidence.server
    if wrong := wrong_kind(evidence):
        return wrong
    unknown = Cause(
        Code.KEY_UNKNOWN,
        f"{server} did not take {public.text}. The signature is right (it was verified "
        "here), so most likely its configuration does not list the key, lists it in a "
        "file that was not reloaded, or is another server than you think.",
        fix_unknown(evidence),
        certain=False,
    )
    return chains.refused(evidence, unknown) or [
        unknown,
        Cause(
            Code.JWT_MISSING,
            f"Or {server} runs with an operator, and takes users by their JWT: a bare key is then "
            "always refused.",
            "If the server's configuration has an `operator` line: " + fix_without_jwt(public.text),
            certain=False,
        ),
    ]
