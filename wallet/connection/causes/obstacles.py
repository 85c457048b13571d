"""Causes that lie before the key: names, networks, ports, and TLS. Pure."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from wallet.codes import Code
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import Cause, Stage
from wallet.connection.protocol.certificate import Certificate
from wallet.connection.protocol.failure import OF_THE_CERTIFICATE, OF_TLS, Failure, FailureKind
from wallet.connection.protocol.probes import Listener, PortUse
from wallet.connection.protocol.target import Target
from wallet.when import to_the_minute

USE_CLIENT_PORT = "Use the client port: 4222 unless the configuration says otherwise (`port`)."

_WEB = {Listener.MONITORING, Listener.WEBSOCKET, Listener.HTTP}


def explain_obstacle(evidence: Evidence) -> list[Cause]:
    """Say why the key was never judged; empty when nothing beneath the protocol was in the way."""
    if evidence.breakdown is None:
        return []
    stage, failure = evidence.breakdown.stage, evidence.breakdown.failure
    if stage is Stage.RESOLVE:
        return [_not_resolved(evidence, failure)]
    if stage is Stage.CONNECT:
        return [_not_connected(evidence, failure)]
    if stage is Stage.INFO and evidence.port_use and evidence.port_use.listener in _WEB:
        return [_web_port(evidence, evidence.port_use)]
    if failure.kind in OF_THE_CERTIFICATE:
        return [_not_verified(evidence, failure)]
    if failure.kind in OF_TLS:
        return [_tls_failed(evidence, stage, failure)]
    if stage is Stage.INFO:
        return [_no_greeting(evidence, failure)]
    if failure.kind is FailureKind.TLS_NOT_OFFERED:
        return [_tls_not_offered(evidence)]
    if stage is Stage.TLS:
        return [_tls_broken_off(evidence, failure)]
    return []


def client_certificate(evidence: Evidence, *, certain: bool) -> Cause:
    """Name as cause that the server wants a certificate of ours, and got none or a wrong one."""
    server = evidence.target.address
    if evidence.client_certificate:
        return Cause(
            Code.TLS_CLIENT_CERT,
            f"{server} does not accept the client certificate that was shown to it.",
            "Use one that is signed by the CA in the server's `tls { ca_file }`.",
            certain=certain,
        )
    return Cause(
        Code.TLS_CLIENT_CERT,
        f"{server} wants a client certificate (tls {{ verify: true }}), and none was shown.",
        "Give one (the certificate fields of the test in the app, --tls-cert FILE --tls-key FILE).",
        certain=certain,
    )


# --- names and networks ---------------------------------------------------------------------


def _not_resolved(evidence: Evidence, failure: Failure) -> Cause:
    host = evidence.target.host
    if failure.kind is FailureKind.TOO_NEAR:
        return Cause(
            Code.NOT_CONTACTED,
            f"A server named {host} as another of its cluster. That leads to this network or this "
            "machine, where the server itself is not: nothing was sent there.",
            "If it is one of yours, name it yourself (as the server in the app, --server nats://…).",
            certain=True,
        )
    if failure.kind is FailureKind.NO_ANSWER:
        return Cause(
            Code.DNS,
            f"Looking up {host} took more than {evidence.timeout:g} seconds.",
            "Look at this machine's name server.",
            certain=True,
        )
    if failure.kind is FailureKind.NAME_SERVER_SILENT:
        return Cause(
            Code.DNS,
            f"The name server gave no answer for {host}.",
            "Look at this machine's network and name server, then try again; or use an address "
            "in place of the name.",
            certain=True,
        )
    return Cause(
        Code.DNS,
        f"There is no address for the name {host}.",
        "Look for a typing mistake in it, and whether it is known on this network or VPN.",
        certain=True,
    )


def _not_connected(evidence: Evidence, failure: Failure) -> Cause:
    target = evidence.target
    if failure.addresses:
        return Cause(
            Code.REFUSED,
            f"Nothing listens on port {target.port} at {failure.addresses} addresses of "
            f"{target.host}; the others could not be reached.",
            "Start the server, correct the port, or name the address that it listens on.",
            certain=False,
        )
    if failure.kind is FailureKind.NOTHING_LISTENS:
        return Cause(
            Code.REFUSED,
            f"Nothing listens on port {target.port} of {target.host}.",
            "Start the server, or correct the port (clients use 4222 unless it says otherwise).",
            certain=True,
        )
    if failure.kind is FailureKind.NO_ANSWER:
        return Cause(
            Code.TIMEOUT,
            f"{target.address} did not answer within {evidence.timeout:g} seconds: a firewall "
            "drops what we send, or the machine is off.",
            f"Look at firewalls and security groups for port {target.port}.",
            certain=True,
        )
    if _lacks_its_network(target.host):
        return Cause(
            Code.UNREACHABLE,
            f"{target.host} is an address within one network, and which one is not said: this "
            "machine may be in several, and each has its own.",
            "Name this machine's interface in that network behind a %, as in "
            f"{Target(f'{target.host}%eth0', target.port, target.tls).url}.",
            certain=True,
        )
    return Cause(
        Code.UNREACHABLE,
        f"{target.address} cannot be reached: {failure.words}.",
        "Look at the network, VPN or route to it.",
        certain=True,
    )


def _lacks_its_network(host: str) -> bool:
    """Whether a host is a link-local address without a zone."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return address.is_link_local and not address.scope_id


# --- something else listens -----------------------------------------------------------------


def _web_port(evidence: Evidence, port_use: PortUse) -> Cause:
    target, listener = evidence.target, port_use.listener
    if listener is Listener.WEBSOCKET:
        return Cause(
            Code.WRONG_PORT,
            f"Port {target.port} of {target.host} is a WebSocket port: NATS for browsers.",
            USE_CLIENT_PORT,
            certain=True,
        )
    if listener is Listener.MONITORING:
        why = f"Port {target.port} of {target.host} is nats-server's HTTP monitoring."
        if port_use.client_port:
            there = Target(target.host, port_use.client_port, target.tls).url
            fix = f"It says that its client port is {port_use.client_port}: use {there}."
            return Cause(Code.HTTP_PORT, why, fix, certain=True)
    else:
        why = f"{target.address} answers in HTTP: a web server or a proxy."
    return Cause(Code.HTTP_PORT, why, USE_CLIENT_PORT, certain=True)


def _no_greeting(evidence: Evidence, failure: Failure) -> Cause:
    target = evidence.target
    listener = evidence.port_use.listener if evidence.port_use else None
    if listener is Listener.TLS_NATS:
        return Cause(
            Code.TLS_FIRST,
            f"{target.address} is a NATS server that wants TLS before its greeting "
            "(handshake_first).",
            f"Use tls://{target.address}, and set the clients' TLS-first option.",
            certain=True,
        )
    if listener is Listener.TLS:
        return Cause(
            Code.TLS_FIRST,
            f"{target.address} speaks TLS, and does not greet as a NATS server: it is something "
            "else, or wants TLS first and a client certificate.",
            f"Use tls://{target.address}; if that fails too, correct the port.",
            certain=False,
        )
    if failure.kind is FailureKind.NO_ANSWER:
        return Cause(
            Code.NOT_NATS,
            f"{target.address} takes connections and says nothing, where a NATS server greets at "
            "once: something else listens there, or it hangs.",
            "Correct the port, or look at the server.",
            certain=False,
        )
    return Cause(
        Code.NOT_NATS,
        f"{target.address} does not greet as a NATS server does: {failure.words}.",
        "Correct the port: 4222 unless the server's configuration says otherwise.",
        certain=True,
    )


# --- TLS ------------------------------------------------------------------------------------


def _not_verified(evidence: Evidence, failure: Failure) -> Cause:
    shown = evidence.certificate
    if failure.kind is FailureKind.CERTIFICATE_EXPIRED:
        return _expired(evidence, shown)
    if failure.kind is FailureKind.CERTIFICATE_NOT_YET_VALID:
        since = f" before {to_the_minute(shown.since)}" if shown else " yet"
        return Cause(
            Code.TLS_NOT_YET_VALID,
            f"The certificate of {evidence.target.address}{_of(shown)} is not valid{since}; this "
            f"machine's clock says {to_the_minute(datetime.now(UTC))}.",
            "Set this machine's clock right, or wait.",
            certain=True,
        )
    if failure.kind is FailureKind.CERTIFICATE_OF_ANOTHER:
        return _wrong_name(evidence, shown)
    return _untrusted(evidence, shown, failure.tls_reason)


def _expired(evidence: Evidence, shown: Certificate | None) -> Cause:
    server = evidence.target.address
    fix = "Renew it on the server, then reload that: nats-server --signal reload"
    if shown is None:
        return Cause(
            Code.TLS_EXPIRED, f"The certificate of {server} has expired.", fix, certain=True
        )
    if shown.until > datetime.now(UTC):
        why = (
            f"The certificate of {server}{_of(shown)} is valid until {to_the_minute(shown.until)}, "
            f"but one that signed it, “{shown.issuer}” or above, has expired."
        )
        return Cause(Code.TLS_EXPIRED, why, fix, certain=True)
    why = f"The certificate of {server}{_of(shown)} expired on {to_the_minute(shown.until)}."
    return Cause(Code.TLS_EXPIRED, why, fix, certain=True)


def _wrong_name(evidence: Evidence, shown: Certificate | None) -> Cause:
    target = evidence.target
    if shown and shown.names:
        others = ", ".join(shown.names[:6])
        fix = (
            f"Connect by a name that is in it, such as tls://{shown.names[0]}:{target.port}, or "
            f"make one with {target.certified} among its names (subjectAltName)."
        )
    else:
        others = "no name at all" if shown else "another name"
        fix = f"Make one with {target.certified} among its names (subjectAltName)."
    why = f"The certificate of {target.address} is for {others}, not for {target.certified}."
    return Cause(Code.TLS_HOSTNAME, why, fix, certain=True)


def _untrusted(evidence: Evidence, shown: Certificate | None, message: str) -> Cause:
    server = evidence.target.address
    if shown is None:
        by = f"by nobody that is trusted here ({message})"
    elif shown.self_signed:
        by = "by itself, and is not trusted here"
    else:
        by = f"by “{shown.issuer}”, which is not trusted here"
    return Cause(
        Code.TLS_UNTRUSTED,
        f"The certificate of {server}{_of(shown)} is signed {by}.",
        "Name the CA that signed it (the CA field of the test in the app, --tls-ca FILE).",
        certain=True,
    )


def _tls_failed(evidence: Evidence, stage: Stage, failure: Failure) -> Cause:
    if failure.kind is FailureKind.OUR_CERTIFICATE_REFUSED:
        return client_certificate(evidence, certain=True)
    asked_for_ours = evidence.info.get("tls_verify") is True
    if failure.kind is FailureKind.TLS_HANDSHAKE_REFUSED and asked_for_ours:
        return client_certificate(evidence, certain=False)
    words = failure.tls_reason.replace("_", " ").lower() or "no reason given"
    if stage is Stage.INFO:
        return Cause(
            Code.NOT_NATS,
            f"{evidence.target.address} neither greets as a NATS server nor speaks TLS ({words}).",
            "Correct the port: 4222 unless the server's configuration says otherwise.",
            certain=False,
        )
    return Cause(
        Code.PROTOCOL,
        f"TLS with {evidence.server} failed: {words}.",
        "Look at the server's TLS settings and log.",
        certain=False,
    )


def _tls_broken_off(evidence: Evidence, failure: Failure) -> Cause:
    silent = failure.kind is FailureKind.NO_ANSWER
    how = (
        f"did not finish within {evidence.timeout:g} seconds"
        if silent
        else "was broken off by the other side"
    )
    return Cause(
        Code.TIMEOUT if silent else Code.PROTOCOL,
        f"The TLS handshake with {evidence.server} {how}.",
        "Look at the server's `tls { timeout }` and log; a proxy in between can be the cause too.",
        certain=False,
    )


def _tls_not_offered(evidence: Evidence) -> Cause:
    target = evidence.target
    return Cause(
        Code.TLS_NOT_OFFERED,
        f"{evidence.server} speaks clear text only, and tls:// was asked for. Nothing was sent.",
        f"Give the server a `tls` block, or use nats://{target.address} if clear text is meant.",
        certain=True,
    )


def _of(shown: Certificate | None) -> str:
    return f" (“{shown.subject}”)" if shown and shown.subject else ""
