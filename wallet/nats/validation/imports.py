"""Rules for what an account takes from others: its imports and their activations. Pure.

Called for imports whose types are right. Source: nats-io/jwt v2.8, imports.go, types.go;
nats-server accounts.go, checkActivation.
"""

from __future__ import annotations

from collections.abc import Mapping

from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims.revocations import revocations, revoked_as
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.subjects import Patterns
from wallet.nats.validation.account_rules import Nats, entries, overlaps
from wallet.nats.validation.fields import EXPORT_TYPES
from wallet.nats.validation.flaw import Effect, Json, Path, Review
from wallet.nats.validation.mappings import NUMBER
from wallet.nats.validation.shapes import effect_of_subject, is_key
from wallet.text import an
from wallet.when import exactly


def imports(review: Review, nats: Nats) -> None:
    """Each import alone, and services beside each other."""
    listed: list[Json] = nats.get("imports") or []
    services: dict[str, list[tuple[int, str]]] = {}
    streams: set[tuple[str, str]] = set()
    for at, one in enumerate(listed):
        path: Path = ("imports", at)
        if one is None:
            review.add(path, "null is no import")
            continue
        _import(review, path, one)
        account, subject = one.get("account") or "", one.get("subject") or ""
        if one.get("type") == "service":
            services.setdefault(account, []).append((at, asked_as(one)))
        elif (account, subject) in streams:
            what = f"the stream {subject} of {account} is imported already: servers leave this out"
            review.add(path, what, Effect.LEFT_OUT)
        streams.add((account, subject))
    for account, places in services.items():
        for at, certain in overlaps(places).items():
            what = f"another service of {account} is imported to the same subject, or a wider one"
            review.add(("imports", at), what, Effect.REFUSED if certain else Effect.SOMETIMES)


def asked_as(service: Nats) -> str:
    """The subject by which the users of an account ask a service that it imports."""
    local: str = service.get("to") or _as_subject(service.get("local_subject") or "")
    return local or service.get("subject") or ""


def heard_as(stream: Nats) -> str:
    """The subject by which the users of an account hear a stream that it imports."""
    subject: str = stream.get("subject") or ""
    if local := _as_subject(stream.get("local_subject") or ""):
        return local
    return f"{prefix}.{subject}" if (prefix := stream.get("to")) else subject


def _import(review: Review, path: Path, one: Nats) -> None:
    kind, subject, account = one.get("type"), one.get("subject"), one.get("account")
    if kind is None:
        review.add(path, "it does not say its “type”: stream or service")
    if not account:
        review.add(path, "it does not say from which “account”")
    if subject is None:
        review.add(path, "it does not say which “subject” it imports")
    if kind == "service" and one.get("allow_trace"):
        review.add((*path, "allow_trace"), "this is for streams, and here is a service")
    if kind == "stream" and one.get("share"):
        review.add((*path, "share"), "this is for services, and here is a stream")
    local = one.get("local_subject")
    if local:
        if problem := _renaming_problem(local, subject or ""):
            review.add((*path, "local_subject"), problem)
        if one.get("to"):
            review.add((*path, "to"), "“local_subject” stands in its place")
    token = _activation(review, path, one) if one.get("token") else None
    if account and subject and (token is not None or not one.get("token")):
        _export_of(review, path, one, token)


def _renaming_problem(local: str, subject: str) -> str | None:
    """Say why a subject cannot be called `local`. Source: types.go, RenamingSubject.Validate."""
    if effect_of_subject(local) is Effect.REFUSED or not subject:
        return f"{local!r} is not a subject such as orders.*.new or orders.>, without blanks"
    if _is_open(local) is not _is_open(subject):
        return f"both it and {subject} must end in >, or neither"
    wild = subject.split(".").count("*")
    given = 0
    for part in local.split("."):
        number = part[1:] if part.startswith("$") else ""
        if part == "*":
            given += 1
        elif NUMBER.fullmatch(number):
            if int(number) > wild:
                return f"{part} stands for a * that {subject} does not have"
            given += 1
    if given != wild:
        return f"it needs a * or $1, $2 … for each * of {subject}"
    return None


def _is_open(subject: str) -> bool:
    return subject == ">" or subject.endswith(".>")


def _as_subject(local: str) -> str:
    """Put * in the place of $1, $2 … of a local subject."""
    parts = local.split(".")
    return ".".join(
        "*" if part.startswith("$") and NUMBER.fullmatch(part[1:]) else part for part in parts
    )


# --- activations ------------------------------------------------------------------------------


def _activation(review: Review, path: Path, one: Nats) -> Claims | None:
    """Judge the activation of an import; gives it where it is one for this import, in force."""
    before = len(review.flaws)
    path = (*path, "token")
    try:
        token = jwt.decode(one["token"])
    except JwtError as error:
        review.add(path, f"the activation cannot be read: {error}")
        return None
    if token.type != "activation":
        review.add(path, f"a JWT of the type {token.type or 'none'} is no activation")
        return None
    kind, allowed = activated(token)
    account = one.get("account")
    if account not in {token.issuer.text, token.issuer_account}:
        review.add(path, f"the activation is {token.issuer.text}'s, and not {account}'s")
    if review.about.subject and token.subject != review.about.subject:
        review.add(path, f"the activation is for the account {token.subject}")
    if kind not in EXPORT_TYPES or kind != one.get("type"):
        review.add(path, f"the activation is for {an(str(kind or 'thing of no type'))}")
    if token.issuer_account and not is_key(token.issuer_account, Kind.ACCOUNT):
        review.add(path, "the activation names an “issuer_account” that is no account's key")
    subject = (one.get("to") if one.get("type") == "service" else None) or one.get("subject") or ""
    if effect_of_subject(allowed) is Effect.REFUSED:
        review.add(path, "the activation does not say for which subject")
    elif not Patterns([allowed]).covers(subject, loosely=True):
        review.add(path, f"the activation is for {allowed}, and that does not hold {subject}")
    _of_time(review, path, token, subject)
    return token if len(review.flaws) == before else None


def activated(token: Claims) -> tuple[str, str]:
    """The type and the subject of the export that an activation lets its account import."""
    kind = token.nats.get("kind" if token.version > 1 else "type")
    subject = token.nats.get("subject")
    return kind if isinstance(kind, str) else "", subject if isinstance(subject, str) else ""


def _of_time(review: Review, path: Path, token: Claims, subject: str) -> None:
    now = review.about.now
    if now is None:
        return
    if token.expires is not None and now >= token.expires:
        what = (
            f"the activation expired on {exactly(token.expires)}: since then the import of "
            f"{subject} does not come about, and servers tell nobody"
        )
        review.add(path, what, Effect.LEFT_OUT)
    elif token.not_yet(now):
        what = (
            f"the activation is not valid before {exactly(token.not_before or 0)}: until then the "
            f"import of {subject} does not come about"
        )
        review.add(path, what, Effect.LEFT_OUT)


def _export_of(review: Review, path: Path, one: Nats, token: Claims | None = None) -> None:
    """Judge whether the exporting account, where it is known, lets this account import this."""
    claims = review.about.claims_of(one["account"])
    if claims is None:
        return
    kind, subject = one.get("type"), one["subject"]
    own = [
        export for export in entries(claims, "exports")
        if export.get("type") == kind and _holds(export, one)
    ]  # fmt: skip
    if not own:
        problem: str | None = f"that account exports no {kind} {subject}"
    else:
        problems = [_approval_problem(review, one, export, claims, token) for export in own]
        problem = None if None in problems else problems[0]
    if problem:
        review.add(path, f"{problem}: the import does not come about", Effect.LEFT_OUT)


def _approval_problem(
    review: Review, one: Nats, export: Nats, exporter: Nats, token: Claims | None
) -> str | None:
    """Say why an export is not for this account. Source: nats-server accounts.go, checkAuth."""
    subject, importer = one["subject"], review.about.subject
    place = export.get("account_token_position") or 0
    if type(place) is int and place > 0:
        tokens = subject.split(".")
        own_key = tokens[place - 1] if place <= len(tokens) else ""
        if importer and own_key != importer:
            return (
                f"that account exports {export['subject']} to each account with its own public "
                f"key in the place of the token {place}, and {subject} has another there"
            )
        return None
    if export.get("token_req") is not True:
        return None
    if token is None:
        return f"that account exports {subject} to those with an activation only, and here is none"
    if token.issuer.text not in {one["account"], *signing_keys(exporter)}:
        return f"{token.issuer.text}, which signed the activation, is no key of that account"
    if name := revoked_as(export, token.subject, token.issued):
        until = revocations(export)[name]
        return f"that account takes back activations for it issued until {exactly(until)}"
    return None


def _holds(export: Mapping[str, Json], one: Nats) -> bool:
    subject = export.get("subject")
    return isinstance(subject, str) and Patterns([subject]).covers(one["subject"]) is True
