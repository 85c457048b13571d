"""The explanation of being let in: as whom, and on whose word. Pure.

To be let in proves nothing of a key: a server may take anybody, or whom it does not know as its
no_auth_user or default_sentinel; a client certificate may have decided (verify_and_map), or an
authorization service (auth_callout). In doubt the key is shown once more with a signature of
another: what takes that as well did not check the key.
"""

from __future__ import annotations

from wallet.codes import Code
from wallet.connection.causes import callouts, chains, identity_proof, monitor_proof, slowness
from wallet.connection.causes.evidence import Admission, Encryption, Evidence, Greeting, Probe
from wallet.connection.causes.repairs import (
    block,
    broken_off,
    fix_unknown,
    fix_without_jwt,
    lame_duck,
    trust_the_operator,
    wrong_kind,
)
from wallet.connection.causes.report import Cause
from wallet.connection.causes.verdict import Verdict

Explanation = tuple[Verdict, str, list[Cause]]
_ASK_THE_SERVICE = (
    "If the service should check keys, let it verify the signature over the nonce (`sig` in "
    "connect_opts), as a server without one does."
)


def explain(evidence: Evidence, greeting: Greeting, admission: Admission) -> Explanation:
    """Give the verdict, a sentence, and what else is to be said of a connection that was let in."""
    server, causes = evidence.server, _warnings(evidence)
    if greeting.nonce is None:
        return _without_nonce(evidence, greeting, causes)
    causes += monitor_proof.remarks(evidence)
    of_jwt = chains.remarks(evidence)
    if evidence.breakdown and not any(cause.code is Code.JWT_LIMITS for cause in of_jwt):
        causes += broken_off(evidence)
    causes += slowness.remarks(evidence, admission, {cause.code for cause in of_jwt}) + of_jwt
    if identity_proof.is_checked(evidence):
        return _checked(evidence, causes)
    if evidence.probe is Probe.NEVER and not evidence.as_another:
        why = (
            f"{server} let {evidence.public.text} in. Whether it checked the key was not tried: "
            "that takes a second connection with a wrong signature."
        )
        fix = (
            "Let that be tried too (a tick of the test in the app, without --no-probe); the server "
            "then logs one failed authentication."
        )
        causes.insert(0, Cause(Code.NOT_PROBED, why, fix, certain=True))
        return Verdict.UNPROVED, f"Taken by {server}; that it checks keys is not proved.", causes
    if not evidence.as_another and not evidence.forgery_taken:
        causes[:0] = [_perhaps_another(evidence, greeting), *wrong_kind(evidence)]
        summary = f"Connected to {server}, perhaps as somebody else."
        return Verdict.UNCHECKED, summary, causes
    causes[:0] = [_another(evidence, greeting), *wrong_kind(evidence)]
    as_whom = "but as somebody else" if evidence.as_another else "but as anybody is"
    return Verdict.UNCHECKED, f"Connected to {server}, {as_whom}.", causes


def _checked(evidence: Evidence, causes: list[Cause]) -> Explanation:
    account = f" in account {evidence.account}" if evidence.account else ""
    if not evidence.as_another:
        summary = f"Accepted by {evidence.server} as this key{account}."
        return Verdict.ACCEPTED, summary, causes
    summary = (
        f"Accepted by the authorization service of {evidence.server} as “{evidence.user}”{account}."
    )
    return Verdict.ACCEPTED, summary, [callouts.decides(evidence), *causes]


def _without_nonce(evidence: Evidence, greeting: Greeting, causes: list[Cause]) -> Explanation:
    """Explain that a server let us in which asked for no signature, and so saw no key."""
    public, server = evidence.public.text, evidence.server
    if greeting.auth_required and evidence.client_certificate:
        causes.insert(0, _by_certificate(evidence))
        summary = f"Connected to {server} by the client certificate; the key was not looked at."
        return Verdict.UNCHECKED, summary, causes
    if greeting.auth_required and callouts.are_possible(evidence.info):
        why = (
            f"{server} wants credentials and asked for no signature, and let us in{_as(evidence)}: "
            f"an authorization service (auth_callout) did, and never looked at {public}."
        )
        causes.insert(0, Cause(Code.AUTH_CALLOUT, why, _ASK_THE_SERVICE, certain=False))
        return Verdict.UNCHECKED, f"Connected, but {server} asked for no key.", causes
    whom = "anybody in"
    if evidence.client_certificate and evidence.info.get("tls_verify") is True:
        whom += " who shows a certificate that it trusts"
    why = (
        f"{server} let us in without asking for a signature: it would let {whom}, and never looked "
        f"at {public}."
    )
    causes.insert(0, Cause(Code.ACCEPTED_WITHOUT_CHECK, why, _let_it_check(evidence), certain=True))
    return Verdict.UNCHECKED, f"Connected, but {server} checks no keys.", causes


def _let_it_check(evidence: Evidence) -> str:
    """Say how to configure the server so that it checks the key.

    Where a JWT decides, that is no list of keys: one would let the key in whatever its JWT says.
    """
    operator = evidence.chain.operator
    if operator is None:
        fix = "If it should check keys, put this into its configuration and reload it:\n"
        return fix + block(evidence)
    return "If it should check keys, let it trust the operator. " + trust_the_operator(evidence)


def _by_certificate(evidence: Evidence) -> Cause:
    certain = "=" in evidence.user or not callouts.are_possible(evidence.info)
    why = (
        f"{evidence.server} let us in{_as(evidence)} by the client certificate that was shown to "
        f"it (verify_and_map): {evidence.public.text} was not looked at. Who shows no such "
        "certificate is not let in."
    )
    if not certain:
        why += " Or an authorization service (auth_callout) decides, and looked at no key either."
    fix = (
        "If clients should show this key, list it among the `users` in its configuration as well; "
        "to test without the certificate leave it out (the certificate fields of the test in the "
        "app, --tls-cert and --tls-key)."
    )
    return Cause(Code.ACCEPTED_BY_CERTIFICATE, why, fix, certain=certain)


def _another(evidence: Evidence, greeting: Greeting) -> Cause:
    """Name the cause of being let in as another, or with the signature of another."""
    public, server = evidence.public.text, evidence.server
    if greeting.auth_required and evidence.client_certificate:
        return _by_certificate(evidence)
    seen = f"{server} let us in{_as(evidence)}"
    if evidence.forgery_taken:
        seen += (
            f", and let us in once more with a signature that was not made by {public}: nobody "
            "checked the key."
        )
    else:
        seen += f", not as {public}."
    if not greeting.auth_required:
        why = f"{seen} Its no_auth_user takes whom it does not know."
        return Cause(Code.ACCEPTED_AS_OTHER, why, fix_unknown(evidence), certain=True)
    if _may_be_sentinel(evidence):
        why = f"{seen} Its default_sentinel, or an authorization service (auth_callout), takes it."
        fix = fix_without_jwt(public) if chains.goes_by_jwts(evidence) else fix_unknown(evidence)
        return Cause(Code.ACCEPTED_AS_OTHER, why, fix, certain=True)
    why = f"{seen} An authorization service (auth_callout) decides there who is let in."
    return Cause(Code.ACCEPTED_AS_OTHER, why, _ASK_THE_SERVICE, certain=True)


def _perhaps_another(evidence: Evidence, greeting: Greeting) -> Cause:
    server, public = evidence.server, evidence.public.text
    if evidence.forgery_elsewhere:
        why = (
            f"{server} let us in, and another server answered each time that a wrong signature was "
            f"to be shown to it: several stand at this address, and whether this one checked "
            f"{public} is not known."
        )
        fix = "Test each server by its own address."
        return Cause(Code.ACCEPTED_AS_OTHER, why, fix, certain=False)
    if greeting.auth_required:
        why = (
            f"{server} let us in, and what it makes of a wrong signature did not come out: whether "
            f"it, or an authorization service (auth_callout), checked {public} is not known."
        )
        return Cause(Code.ACCEPTED_AS_OTHER, why, "Test it again.", certain=False)
    why = (
        f"{server} does not say who it takes us for, and lets in some who show no key: it may have "
        f"let us in as its no_auth_user instead of {public}."
    )
    return Cause(Code.ACCEPTED_AS_OTHER, why, fix_unknown(evidence), certain=False)


def _may_be_sentinel(evidence: Evidence) -> bool:
    """Whether it may be the server's default_sentinel that was let in.

    It stands in for who shows no JWT, at a server with an operator, from 2.11 on.
    """
    if evidence.jwt_shown or identity_proof.is_before_sentinels(evidence.info):
        return False
    return chains.goes_by_jwts(evidence) is not False


def _as(evidence: Evidence) -> str:
    if evidence.identity is None:
        return ""
    account = f" in account “{evidence.identity.account}”" if evidence.identity.account else ""
    return f" as “{evidence.identity.user or 'nobody'}”{account}"


def _warnings(evidence: Evidence) -> list[Cause]:
    warnings = []
    target = evidence.target
    if evidence.info.get("ldm") is True:
        warnings.append(lame_duck(evidence))
    if evidence.encryption is Encryption.BEFORE_GREETING:
        warnings.append(
            Cause(
                Code.TLS_FIRST,
                f"{evidence.server} wants TLS before its greeting; this check did so.",
                "Set the clients' TLS-first option (in Go nats.TLSHandshakeFirst).",
                certain=True,
            )
        )
    if evidence.info.get("tls_required") is True and not target.tls:
        warnings.append(
            Cause(
                Code.TLS_REQUIRED,
                f"{evidence.server} speaks only TLS; the connection changed to it by itself.",
                f"Write tls://{target.address}, so that no client tries clear text.",
                certain=True,
            )
        )
    return warnings
