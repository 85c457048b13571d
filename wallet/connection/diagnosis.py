"""From evidence to causes: why a server did what it did, likeliest first. Pure.

A cause is certain only where the evidence proves it. A NATS server answers every failed
credential with the same words, so what lies behind them is ranked, not claimed.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field

from wallet.connection.probes import Listener
from wallet.connection.report import Cause, Identity, Stage, Verdict
from wallet.connection.target import Target
from wallet.connection.wire import ClosedError, ProtocolError
from wallet.nkeys import Kind, PublicKey
from wallet.snippets import NamedKey, server_authorization

Explained = tuple[Verdict, str, list[Cause]]


@dataclass
class Evidence:
    """What one attempt saw. `failure` is how `failed` ended; both are None after success."""

    public: PublicKey
    target: Target
    info: dict[str, object] = field(default_factory=dict)
    nonce: str | None = None
    address: str = ""
    listener: Listener = Listener.UNKNOWN
    client_certificate: bool = False
    tls: bool = False
    tls_first: bool = False
    tls_not_offered: bool = False
    signed: bool = False
    asked: bool = False
    let_in: bool = False
    error: str = ""
    identity: Identity | None = None
    failed: Stage | None = None
    failure: BaseException | None = None


def explain(evidence: Evidence) -> Explained:
    """The verdict, one sentence, and the causes of anything but a plain success."""
    if evidence.let_in:
        return _let_in(evidence)
    causes = _causes(evidence)
    asked_and_answered = evidence.asked and evidence.error
    verdict = Verdict.REFUSED if asked_and_answered or _refuses_keys(evidence) else Verdict.FAILED
    if verdict is Verdict.REFUSED:
        said = f": “{evidence.error}”" if evidence.error else ""
        summary = f"Refused by {_server(evidence)}{said}."
    else:
        summary = f"No answer about the key from {evidence.target.address}: {causes[0].why}"
    return verdict, summary, causes


def describe(error: BaseException) -> str:
    """What went wrong in a stage, in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no such name"
    if isinstance(error, UnicodeError):
        return "not a name that can be looked up"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'no reason given'}".replace("_", " ").lower()
    if isinstance(error, ClosedError):
        return "the server closed the connection"
    if isinstance(error, ProtocolError):
        return f"not the NATS protocol: {error}"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    return str(error)


def _server(evidence: Evidence) -> str:
    name = evidence.info.get("server_name")
    if name == evidence.info.get("server_id"):  # a server without a name calls itself by its id
        name = None
    return f"{name} at {evidence.target.address}" if name else evidence.target.address


def _let_in(evidence: Evidence) -> Explained:
    public, server = evidence.public.text, _server(evidence)
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
    if identity and identity.user == public:
        account = f" in account {identity.account}" if identity.account else ""
        return Verdict.ACCEPTED, f"Accepted by {server} as this key{account}.", causes
    if identity:
        why = (
            f"{server} let us in as “{identity.user or 'nobody'}” in account "
            f"“{identity.account}”, not as {public}: its no_auth_user takes whom it does not know."
        )
        causes.insert(0, Cause("accepted-as-other", True, why, _fix_unknown(evidence)))
        return Verdict.UNCHECKED, f"Connected to {server}, but as somebody else.", causes
    if evidence.info.get("auth_required") is not True:
        why = (
            f"{server} asks for no credentials and does not say who it takes us for: it may have "
            f"let us in as its no_auth_user instead of {public}."
        )
        causes.insert(0, Cause("accepted-as-other", False, why, _fix_unknown(evidence)))
        return Verdict.UNCHECKED, f"Connected to {server}, perhaps as somebody else.", causes
    return Verdict.ACCEPTED, f"Accepted by {server}.", causes


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
                f"{_server(evidence)} wants TLS before its greeting; this check did so.",
                "Set the clients' TLS-first option (in Go nats.TLSHandshakeFirst).",
            )
        )
    if evidence.info.get("tls_required") is True and not target.tls:
        found.append(
            Cause(
                "tls-required",
                True,
                f"{_server(evidence)} speaks only TLS; the connection changed to it by itself.",
                f"Write tls://{target.address}, so that no client tries clear text.",
            )
        )
    return found


def _causes(evidence: Evidence) -> list[Cause]:
    if _refuses_keys(evidence):
        return [_no_nkey_auth(evidence)]
    if evidence.error:
        return _from_error(evidence)
    failure = evidence.failure
    causes: list[Cause] = []
    if evidence.info.get("ldm") is True:
        causes.append(_lame_duck(evidence))
    if isinstance(failure, ssl.SSLError):
        causes += _from_tls(evidence, failure)
    elif evidence.failed is Stage.RESOLVE:
        causes.append(_not_resolved(evidence))
    elif evidence.failed is Stage.CONNECT:
        causes.append(_not_connected(evidence))
    elif evidence.failed is Stage.INFO:
        causes.append(_no_greeting(evidence))
    elif evidence.tls_not_offered:
        causes.append(_tls_not_offered(evidence))
    else:
        causes += _broken_off(evidence)
    return causes


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
        f"{_server(evidence)} wants credentials but sends no nonce: it knows passwords or tokens "
        f"only, and cannot check {evidence.public.text} or any other key.",
        "Put a user with an nkey into its configuration and reload it:\n" + _block(evidence),
    )


def _from_error(evidence: Evidence) -> list[Cause]:
    error, server = evidence.error.lower(), _server(evidence)
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
        return [
            Cause(
                "account-full",
                True,
                f"{said}: the account of {evidence.public.text} has all the connections it may.",
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
            return [_wrong_port(f"{said}: port {evidence.target.port} is for {place}s")]
    for words, code, who in (
        ("user authentication expired", "jwt-expired", "the user's JWT has expired"),
        ("account authentication expired", "account-expired", "the account's JWT has expired"),
        ("user authentication revoked", "jwt-revoked", "the user was revoked in its account"),
    ):
        if words in error:
            return [Cause(code, True, f"{said}: {who}.", "Issue the JWT again and deploy it.")]
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
    public, server = evidence.public, _server(evidence)
    if public.kind is not Kind.USER:
        return [
            Cause(
                "key-wrong-kind",
                True,
                f"{public.text} is a key of kind {public.kind.value}; a server lets users in, and "
                "no other kind.",
                "Test a user key, U…; make one with `nkey-wallet new user`.",
            )
        ]
    return [
        Cause(
            "key-unknown",
            False,
            f"{server} did not take {public.text}. The signature is right (it was verified "
            "here), so most likely its configuration does not list the key, lists it in a "
            "file that was not reloaded, or is another server than you think.",
            _fix_unknown(evidence),
        ),
        Cause(
            "jwt-missing",
            False,
            f"Or {server} runs with an operator, and takes users by their JWT: a bare key is then "
            "always refused.",
            "Connect with the user's .creds file instead, if the server's configuration has an "
            "`operator` line.",
        ),
    ]


def _from_tls(evidence: Evidence, error: ssl.SSLError) -> list[Cause]:
    host, server = evidence.target.host, evidence.target.address
    if isinstance(error, ssl.SSLCertVerificationError):
        message = error.verify_message
        if error.verify_code == 10:
            return [
                Cause(
                    "tls-expired",
                    True,
                    f"The certificate of {server} has expired.",
                    "Renew it on the server, and restart or reload that.",
                )
            ]
        if error.verify_code in {62, 64}:
            return [
                Cause(
                    "tls-hostname",
                    True,
                    f"The certificate of {server} is for another name than {host}: {message}",
                    f"Connect by a name that stands in the certificate, or make one for {host} "
                    "(subjectAltName).",
                )
            ]
        return [
            Cause(
                "tls-untrusted",
                True,
                f"The certificate of {server} is signed by nobody that this machine trusts: "
                f"{message}.",
                "Name the CA that signed it: --tls-ca FILE, or the CA field of the test.",
            )
        ]
    reason = (error.reason or "").upper()
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason or "BAD_CERT" in reason \
            or "UNKNOWN_CA" in reason:  # fmt: skip
        return [_client_certificate(evidence, certain="HANDSHAKE" not in reason)]
    return [
        Cause(
            "protocol",
            False,
            f"TLS with {server} failed: {reason.replace('_', ' ').lower() or 'no reason given'}.",
            "Look at the server's TLS settings and log.",
        )
    ]


def _client_certificate(evidence: Evidence, *, certain: bool) -> Cause:
    server = evidence.target.address
    if evidence.client_certificate:
        return Cause(
            "tls-client-cert",
            certain,
            f"{server} does not accept the client certificate that was shown to it.",
            "Use one that is signed by the CA in the server's `tls { ca_file }`.",
        )
    return Cause(
        "tls-client-cert",
        certain,
        f"{server} wants a client certificate (tls {{ verify: true }}), and none was shown.",
        "Give one: --tls-cert FILE --tls-key FILE, or the certificate fields of the test.",
    )


def _not_resolved(evidence: Evidence) -> Cause:
    host = evidence.target.host
    if isinstance(evidence.failure, TimeoutError):
        return Cause(
            "dns", True, f"Looking up {host} took too long.", "Look at this machine's name server."
        )
    return Cause(
        "dns",
        True,
        f"There is no address for the name {host}.",
        "Look for a typing mistake in it, and whether it is known on this network or VPN.",
    )


def _not_connected(evidence: Evidence) -> Cause:
    target, failure = evidence.target, evidence.failure
    if isinstance(failure, ConnectionRefusedError):
        return Cause(
            "refused",
            True,
            f"Nothing listens on port {target.port} of {target.host}.",
            "Start the server, or correct the port (clients use 4222 unless it says otherwise).",
        )
    if isinstance(failure, TimeoutError):
        return Cause(
            "timeout",
            True,
            f"{target.address} did not answer in time: a firewall drops what we send, or the "
            "machine is off.",
            f"Look at firewalls and security groups for port {target.port}.",
        )
    return Cause(
        "unreachable",
        True,
        f"{target.address} cannot be reached: {describe(failure or OSError())}.",
        "Look at the network, VPN or route to it.",
    )


def _no_greeting(evidence: Evidence) -> Cause:
    target, listener = evidence.target, evidence.listener
    if listener is Listener.MONITORING:
        return Cause(
            "http-port",
            True,
            f"Port {target.port} of {target.host} is nats-server's HTTP monitoring.",
            "Use the client port: 4222 unless the configuration says otherwise (`port`).",
        )
    if listener is Listener.HTTP:
        return Cause(
            "http-port",
            True,
            f"{target.address} answers in HTTP: a web server, or NATS's WebSocket port.",
            "Use the client port: 4222 unless the configuration says otherwise (`port`).",
        )
    if listener is Listener.TLS_NATS:
        return Cause(
            "tls-first",
            True,
            f"{target.address} is a NATS server that wants TLS before its greeting "
            "(handshake_first).",
            f"Use tls://{target.address}, and set the clients' TLS-first option.",
        )
    if listener is Listener.TLS:
        return Cause(
            "tls-first",
            False,
            f"{target.address} speaks TLS, and does not greet as a NATS server: it is something "
            "else, or wants TLS first and a client certificate.",
            f"Use tls://{target.address}; if that fails too, correct the port.",
        )
    if isinstance(evidence.failure, TimeoutError):
        return Cause(
            "not-nats",
            False,
            f"{target.address} takes connections and says nothing, where a NATS server greets at "
            "once: something else listens there, or it hangs.",
            "Correct the port, or look at the server.",
        )
    return Cause(
        "not-nats",
        True,
        f"{target.address} does not greet as a NATS server does.",
        "Correct the port: 4222 unless the server's configuration says otherwise.",
    )


def _tls_not_offered(evidence: Evidence) -> Cause:
    target = evidence.target
    return Cause(
        "tls-not-offered",
        True,
        f"{_server(evidence)} speaks clear text only, and tls:// was asked for. Nothing was sent.",
        f"Give the server a `tls` block, or use nats://{target.address} if clear text is meant.",
    )


def _broken_off(evidence: Evidence) -> list[Cause]:
    server, failure = _server(evidence), evidence.failure
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
            causes.append(_client_certificate(evidence, certain=False))
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
        f"{_server(evidence)} is shutting down (lame duck mode) and sends its clients away.",
        "Use another server of the cluster, or wait until it is back.",
    )


def _wrong_port(why: str) -> Cause:
    return Cause(
        "wrong-port",
        True,
        f"{why}, not for clients.",
        "Use the client port: 4222 unless the configuration says otherwise (`port`).",
    )


def _fix_unknown(evidence: Evidence) -> str:
    if evidence.public.kind is not Kind.USER:
        return "Test a user key, U…: only users connect."
    return (
        "Put it into the server's configuration, then reload (nats-server --signal reload):\n"
        + (_block(evidence))
    )


def _block(evidence: Evidence) -> str:
    if evidence.public.kind is not Kind.USER:
        return "authorization { users = [ { nkey: U… } ] }"
    key = NamedKey(evidence.public.text, "this key")
    return server_authorization([key]).rstrip()
