"""From evidence to causes: why a server did what it did, likeliest first. Pure.

A cause is certain only where the evidence proves it. A NATS server answers every failed
credential with the same words, so what lies behind them is ranked, not claimed.
"""

from __future__ import annotations

from wallet.connection import accepted, obstacles, proof, refine, trust
from wallet.connection.evidence import Evidence, describe
from wallet.connection.report import Cause, Verdict
from wallet.connection.wire import ClosedError, ProtocolError
from wallet.nkeys import Kind
from wallet.server_config import server_authorization
from wallet.snippets import NamedKey

Explained = tuple[Verdict, str, list[Cause]]


def explain(evidence: Evidence) -> Explained:
    """The verdict, one sentence, and the causes of anything but a plain success."""
    # What speaks no NATS after its PONG was no NATS server before it either.
    if evidence.let_in and not evidence.error and not isinstance(evidence.failure, ProtocolError):
        return _let_in(evidence)
    causes = refine.by_monitoring(evidence, _causes(evidence))
    asked_and_answered = evidence.asked and evidence.error
    verdict = Verdict.REFUSED if asked_and_answered or _refuses_keys(evidence) else Verdict.FAILED
    if verdict is Verdict.REFUSED:
        said = f": “{evidence.error}”" if evidence.error else ""
        summary = f"Refused by {evidence.server}{said}."
    else:
        summary = f"No answer about the key from {evidence.target.address}: {causes[0].why}"
    return verdict, summary, causes


def _let_in(evidence: Evidence) -> Explained:
    public, server = evidence.public.text, evidence.server
    causes = _warnings(evidence)
    if evidence.nonce is None:
        why = (
            f"{server} let us in without asking for a signature: it would let anybody in, and "
            f"never looked at {public}."
        )
        fix = "If it should check keys, put this into its configuration and reload it:\n" + _block(
            evidence
        )
        causes.insert(0, Cause("accepted-without-check", True, why, fix))
        return Verdict.UNCHECKED, f"Connected, but {server} checks no keys.", causes
    identity = evidence.identity
    causes += refine.remarks(evidence)
    of_jwt = trust.let_in(evidence)
    if evidence.failed and not any(cause.code == "jwt-limits" for cause in of_jwt):
        causes += _broken_off(evidence)
    causes += accepted.remarks(evidence, {cause.code for cause in of_jwt}) + of_jwt
    if proof.is_checked(evidence):
        account = f" in account {evidence.account}" if evidence.account else ""
        return Verdict.ACCEPTED, f"Accepted by {server} as this key{account}.", causes
    if evidence.forgery_taken:
        account = f", in account {evidence.account}" if evidence.account else ""
        why = (
            f"{server} let us in{account}, and let us in once more with a signature that was not "
            f"made by {public}: it does not check the key. Its no_auth_user, or its "
            "default_sentinel, takes whom it does not know."
        )
        causes.insert(0, Cause("accepted-as-other", True, why, _fix_unknown(evidence)))
        return Verdict.UNCHECKED, f"Connected to {server}, but as anybody is.", causes
    if identity and identity.user != public:
        why = (
            f"{server} let us in as “{identity.user or 'nobody'}” in account "
            f"“{identity.account}”, not as {public}: its no_auth_user takes whom it does not know."
        )
        causes.insert(0, Cause("accepted-as-other", True, why, _fix_unknown(evidence)))
        causes += _kind(evidence)
        return Verdict.UNCHECKED, f"Connected to {server}, but as somebody else.", causes
    why = (
        f"{server} does not say who it takes us for, and lets in some who show no key: it may have "
        f"let us in as its no_auth_user instead of {public}."
    )
    causes.insert(0, Cause("accepted-as-other", False, why, _fix_unknown(evidence)))
    causes += _kind(evidence)
    return Verdict.UNCHECKED, f"Connected to {server}, perhaps as somebody else.", causes


def _warnings(evidence: Evidence) -> list[Cause]:
    found = []
    target = evidence.target
    if evidence.info.get("ldm") is True:
        found.append(_lame_duck(evidence))
    if evidence.tls_first:
        found.append(
            Cause(
                "tls-first",
                True,
                f"{evidence.server} wants TLS before its greeting; this check did so.",
                "Set the clients' TLS-first option (in Go nats.TLSHandshakeFirst).",
            )
        )
    if evidence.info.get("tls_required") is True and not target.tls:
        found.append(
            Cause(
                "tls-required",
                True,
                f"{evidence.server} speaks only TLS; the connection changed to it by itself.",
                f"Write tls://{target.address}, so that no client tries clear text.",
            )
        )
    return found


def _causes(evidence: Evidence) -> list[Cause]:
    if _refuses_keys(evidence):
        return [_no_nkey_auth(evidence)]
    if evidence.error:
        return _from_error(evidence)
    lame = [_lame_duck(evidence)] if evidence.info.get("ldm") is True else []
    return lame + (obstacles.explain_obstacle(evidence) or _broken_off(evidence))


def _refuses_keys(evidence: Evidence) -> bool:
    """It wants credentials and gives no nonce: no key can be shown to it."""
    return (
        evidence.asked
        and evidence.nonce is None
        and evidence.info.get("auth_required") is True
        and "authorization" in evidence.error.lower()
    )


def _no_nkey_auth(evidence: Evidence) -> Cause:
    return Cause(
        "no-nkey-auth",
        True,
        f"{evidence.server} wants credentials but sends no nonce: it knows passwords or tokens "
        f"only, and cannot check {evidence.public.text} or any other key.",
        _fix_unknown(evidence),
    )


def _from_error(evidence: Evidence) -> list[Cause]:
    error, server = evidence.error.lower(), evidence.server
    said = f"{server} said “{evidence.error}”"
    if "authorization violation" in error:
        return _refused_credentials(evidence)
    if "authentication timeout" in error:
        return [
            Cause(
                "auth-timeout",
                True,
                f"{said}: our answer to its greeting reached it too late.",
                "Try again; if it stays, raise `authorization { timeout: … }` in its "
                "configuration, or look at the network between here and there.",
            )
        ]
    if "maximum account active connections" in error:
        if (full := trust.explain(evidence, "account-full")) is not None:
            return [full]
        return [
            Cause(
                "account-full",
                True,
                f"{said}: the account of {evidence.public.text} has all the connections it may."
                + trust.connections_allowed(evidence),
                "Close some, or raise the account's connection limit.",
            )
        ]
    if "maximum connections exceeded" in error:
        return [
            Cause(
                "server-full",
                True,
                f"{said}: it has all the connections that its max_connections allows.",
                "Close some, raise max_connections, or use another server of the cluster.",
            )
        ]
    for place in ("route", "leaf node", "leafnode", "gateway"):
        if f"{place} port" in error:
            why = f"{said}: port {evidence.target.port} is for {place}s, not for clients."
            return [Cause("wrong-port", True, why, obstacles.USE_CLIENT_PORT)]
    for words, code, who in (
        ("user authentication expired", "jwt-expired", "the user's JWT has expired"),
        ("account authentication expired", "account-expired", "the account's JWT has expired"),
        ("user authentication revoked", "jwt-revoked", "the user was revoked in its account"),
    ):
        if words in error:
            known = trust.explain(evidence, code)
            return [known or Cause(code, True, f"{said}: {who}.", "Issue it again and deploy it.")]
    if "maximum control line" in error and (long := trust.too_long(evidence)) is not None:
        return [long]
    if "tls required" in error or "secure connection" in error:
        return [
            Cause(
                "tls-required",
                True,
                f"{said}: it takes no credentials in clear text.",
                f"Use tls://{evidence.target.address}.",
            )
        ]
    return [Cause("protocol", True, f"{said}.", "Look into the server's log at this moment.")]


def _refused_credentials(evidence: Evidence) -> list[Cause]:
    public, server = evidence.public, evidence.server
    if wrong := _kind(evidence):
        return wrong
    unknown = Cause(
        "key-unknown",
        False,
        f"{server} did not take {public.text}. The signature is right (it was verified "
        "here), so most likely its configuration does not list the key, lists it in a "
        "file that was not reloaded, or is another server than you think.",
        _fix_unknown(evidence),
    )
    return trust.refused(evidence, unknown) or [
        unknown,
        Cause(
            "jwt-missing",
            False,
            f"Or {server} runs with an operator, and takes users by their JWT: a bare key is then "
            "always refused.",
            "If the server's configuration has an `operator` line, put this user under one of that "
            "operator's accounts (m in the app): it then has a JWT, and connects with its creds "
            "(e in the app, or nkey-wallet export … --as creds).",
        ),
    ]


def _kind(evidence: Evidence) -> list[Cause]:
    public = evidence.public
    if public.kind is Kind.USER:
        return []
    return [
        Cause(
            "key-wrong-kind",
            True,
            f"{public.text} is a key of kind {public.kind.value}; a server lets users in, and no "
            "other kind. It was not shown to the server.",
            "Test a user key, U…; make one with `nkey-wallet new user`.",
        )
    ]


def _broken_off(evidence: Evidence) -> list[Cause]:
    server, failure = evidence.server, evidence.failure
    if isinstance(failure, TimeoutError):
        return [
            Cause(
                "timeout",
                True,
                f"{server} greeted us and then said nothing more.",
                "Look at the server's load and log.",
            )
        ]
    if isinstance(failure, (ClosedError, ConnectionError)):
        causes = []
        if evidence.tls and evidence.info.get("tls_verify") is True:
            causes.append(obstacles.client_certificate(evidence, certain=False))
        causes.append(
            Cause(
                "protocol",
                False,
                f"{server} closed the connection without a word: it was shut down, or something "
                "between here and there cut it.",
                "Try again, and look into the server's log at this moment.",
            )
        )
        return causes
    return [
        Cause(
            "protocol",
            True,
            f"{server} does not keep to the NATS protocol: "
            f"{describe(failure) if failure else 'no reason known'}.",
            "Is it a NATS server? A proxy in between can be the cause too.",
        )
    ]


def _lame_duck(evidence: Evidence) -> Cause:
    return Cause(
        "lame-duck",
        True,
        f"{evidence.server} is shutting down (lame duck mode) and sends its clients away.",
        "Use another server of the cluster, or wait until it is back.",
    )


def _fix_unknown(evidence: Evidence) -> str:
    """A second `authorization` block would put the first out of force, so the line comes first."""
    if evidence.public.kind is not Kind.USER:
        return "Test a user key, U…: only users connect."
    return (
        f"Add {{ nkey: {evidence.public.text} }} to the `users` in its configuration (in "
        "`authorization`, or in the account that the key belongs to), then reload it: "
        "nats-server --signal reload. Where there are no users yet, this is the whole block:\n"
        + _block(evidence)
    )


def _block(evidence: Evidence) -> str:
    if evidence.public.kind is not Kind.USER:
        return "authorization { users = [ { nkey: U… } ] }"
    key = NamedKey(evidence.public.text, "")
    return server_authorization([key]).rstrip()
