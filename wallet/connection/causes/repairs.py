"""Causes and repairs that several kinds of outcome have in common. Pure."""

from __future__ import annotations

from wallet.codes import Code
from wallet.connection.causes import obstacles
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import Cause
from wallet.connection.protocol.failure import FailureKind
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind
from wallet.shell import Advice, command


def wrong_kind(evidence: Evidence) -> list[Cause]:
    public = evidence.public
    if public.kind is Kind.USER:
        return []
    return [
        Cause(
            Code.KEY_WRONG_KIND,
            f"{public.text} is a key of kind {public.kind.value}; a server lets users in, and no "
            "other kind. It was not shown to the server.",
            "Test a user key, U…; make one with `" + command("new", "user") + "`.",
            certain=True,
        )
    ]


def broken_off(evidence: Evidence) -> list[Cause]:
    server = evidence.server
    if evidence.failed_as(FailureKind.NO_ANSWER):
        return [
            Cause(
                Code.TIMEOUT,
                f"{server} greeted us and then said nothing more.",
                "Look at the server's load and log.",
                certain=True,
            )
        ]
    if evidence.failed_as(FailureKind.CLOSED, FailureKind.BROKEN_OFF):
        causes = []
        if evidence.encrypted and evidence.info.get("tls_verify") is True:
            causes.append(obstacles.client_certificate(evidence, certain=False))
        causes.append(
            Cause(
                Code.PROTOCOL,
                f"{server} closed the connection without a word: it was shut down, or something "
                "between here and there cut it.",
                "Try again, and look into the server's log at this moment.",
                certain=False,
            )
        )
        return causes
    return [
        Cause(
            Code.PROTOCOL,
            f"{server} does not keep to the NATS protocol: "
            f"{evidence.breakdown.failure.words if evidence.breakdown else 'no reason known'}.",
            "Is it a NATS server? A proxy in between can be the cause too.",
            certain=True,
        )
    ]


def lame_duck(evidence: Evidence) -> Cause:
    return Cause(
        Code.LAME_DUCK,
        f"{evidence.server} is shutting down (lame duck mode) and sends its clients away.",
        "Use another server of the cluster, or wait until it is back.",
        certain=True,
    )


def fix_unknown(evidence: Evidence) -> str:
    """Say how a server that checks keys comes to know this one, with the line to paste.

    No whole `authorization` block: a second one would put the first out of force, and a server with
    an operator starts with none.
    """
    if evidence.public.kind is not Kind.USER:
        return "Test a user key, U…: only users connect."
    return (
        "Add this to the `users` in its configuration (in `authorization`, or in the account that "
        "the key belongs to), then reload it: nats-server --signal reload\n"
        + line_for(evidence.public.text)
    )


def fix_passwords_only(evidence: Evidence) -> str:
    """Say how a server that knows passwords or a token only comes to check keys.

    That it starts with neither beside `users` was tried on 2.15.1.
    """
    if evidence.public.kind is not Kind.USER:
        return "Test a user key, U…: only users connect."
    moved = "A `token` cannot stay, nor can `user` and `password` outside of `users`"
    if evidence.chain.operator is not None:
        return (
            "If it should check keys, let it trust the operator, which leaves no place for "
            "passwords and tokens: whoever uses one needs creds then. "
            + trust_the_operator(evidence)
        )
    return (
        "If it should check keys, list this one in its configuration and reload it. Where it has "
        f"`users` already, add the line with nkey to them. {moved}: nats-server does not start "
        "with them beside it. Where it has no `users` yet, this is the block:\n"
        "authorization {\n  users = [\n    # { user: …, password: … }  as it stood in "
        f"authorization itself\n    {line_for(evidence.public.text)}\n  ]\n}}"
    )


def trust_the_operator(evidence: Evidence) -> Advice:
    """Name the command that writes the configuration with the user's operator, as a sentence."""
    operator = evidence.chain.operator
    name = (operator.name or operator.subject) if operator else ""
    return "Its configuration: " + command("config", name, ("--for", "operator"))


def fix_without_jwt(public: str) -> Advice:
    """Say how a key without a JWT comes to be a user of an operator."""
    return (
        "Put this user under one of that operator's accounts (`"
        + command("move", public, "OPERATOR/ACCOUNT")
        + "`): it then has a JWT, and connects with the creds that `"
        + command("export", public, ("--as", "creds"), ("--to", "DIRECTORY"))
        + "` writes."
    )


def line_for(public: str) -> str:
    """The entry of a key in a configuration's `users`."""
    return f"{{ nkey: {public} }}"


def block(evidence: Evidence) -> str:
    if evidence.public.kind is not Kind.USER:
        return "authorization { users = [ { nkey: U… } ] }"
    key = NamedKey(evidence.public.text, "")
    return server_authorization([key]).rstrip()
