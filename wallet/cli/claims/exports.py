"""`exports`: what an account lets others import, and the activations that it gives for it."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from wallet import when
from wallet.cli import output
from wallet.cli.arguments import add_to
from wallet.cli.claims.shared_subjects import (
    add_kind,
    add_lines,
    add_verbs,
    as_json,
    change,
    print_list,
    written,
)
from wallet.cli.vault_access import unlock
from wallet.errors import StateRefusesError, UsageError
from wallet.exchange.export import write
from wallet.exchange.file_forms import ExportFile
from wallet.nats import jwt
from wallet.nats.claims.content import few
from wallet.nats.claims.export_form import EXPORT_FIELDS
from wallet.nats.claims.revocations import EVERYBODY
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    Entry,
    entries,
    exports_of,
    is_private,
    place_of,
    with_entry,
    without_entry,
    words,
)
from wallet.nats.jwt import Claims
from wallet.nats.validation.imports import activated
from wallet.shell import command
from wallet.show.shared_subjects import export_row
from wallet.tasks.sharing.account_links import account_key, listed_exports
from wallet.tasks.sharing.account_pairs import AllowedAgain, allow_activations, revoke_activations
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import make_activation, sharing_account, sign_shared
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet exports orders",
    "nkey-wallet exports orders add 'orders.*.status' --service --private",
    "nkey-wallet exports orders change 'orders.*.status' --response-time 5s",
    "nkey-wallet exports orders activate 'orders.*.status' metrics > metrics.jwt",
    "nkey-wallet exports orders revoke 'orders.*.status' metrics",
    "nkey-wallet exports orders remove 'orders.*.status'",
]

_SUBJECT = ("SUBJECT", "of the export; or its number in the list")
_FOR = ("IMPORTER", "an account here, or the public key of any")


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `exports`."""
    verbs = add_verbs(command)
    add = verbs.add("add", "export a subject", ("SUBJECT", "may have wildcards: orders.>"))
    add_kind(add)
    add_lines(add, EXPORT_FIELDS)
    edit = verbs.add("change", "say something else of an export", _SUBJECT)
    edit.add_argument("--subject", dest="new_subject", metavar="SUBJECT", help="another subject")
    add_kind(edit)
    add_lines(edit, EXPORT_FIELDS)
    add_kind(verbs.add("remove", "export it no longer", _SUBJECT))
    activate = verbs.add(
        "activate",
        "make an activation for an account that is administered elsewhere",
        _SUBJECT,
        _FOR,
    )
    add_kind(activate)
    activate.add_argument("--only", metavar="SUBJECT", help="for a part of the exported subject")
    activate.add_argument("--expires", metavar="WHEN", help="90d, 12h, 2027-01-31")
    add_to(activate)
    star = ("IMPORTER", f"{_FOR[1]}; * for every account")
    revoke = verbs.add("revoke", "take back the activations issued so far", _SUBJECT, star)
    add_kind(revoke)
    revoke.add_argument("--before", metavar="WHEN", help="only those issued until then")
    add_kind(
        verbs.add(
            "allow",
            "let whose activations were taken back import again, by new ones",
            _SUBJECT,
            star,
        )
    )


def run(arguments: Namespace) -> int:
    """`exports ACCOUNT`: the list; with a verb, one change."""
    if arguments.verb is None:
        return print_list(arguments, listed_exports, export_row)
    if arguments.verb == "activate":
        return _activate(arguments)
    if arguments.verb == "allow":
        return _allow(arguments)
    works = {
        "add": _add,
        "change": _change,
        "remove": _remove,
        "revoke": _revoke,
    }

    def work(issuing: Issuing, account: KeyRecord) -> None:
        works[arguments.verb](arguments, issuing, account)

    return change(arguments, EXPORTS, as_json(listed_exports), work)


def _add(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> None:
    if not arguments.kind:
        raise UsageError("Say what is exported: --stream (messages) or --service (answers).")
    export = {"subject": arguments.subject, "type": arguments.kind}
    export = written(arguments, EXPORT_FIELDS, export)
    sign_shared(issuing, account, with_entry(issuing.claims(account.id), EXPORTS, export))


def _change(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> None:
    nats = issuing.claims(account.id)
    place = place_of(nats, EXPORTS, arguments.subject)
    export = written(arguments, EXPORT_FIELDS, entries(nats, EXPORTS)[place])
    if arguments.kind:
        export["type"] = arguments.kind
    if arguments.new_subject is not None:
        export["subject"] = arguments.new_subject
    sign_shared(issuing, account, with_entry(nats, EXPORTS, export, place))


def _remove(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> None:
    nats = issuing.claims(account.id)
    place = place_of(nats, EXPORTS, arguments.subject, arguments.kind)
    sign_shared(issuing, account, without_entry(nats, EXPORTS, place), despite=True)


def _revoke(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> None:
    place, export = _private(arguments, issuing, account)
    importer = _importer(arguments, issuing.records)
    until = None
    if arguments.before is not None:
        until = when.moment(arguments.before, issuing.now)
        if until is None or until > issuing.now:
            raise UsageError("--before is a moment that has passed: 2026-11-01T12:00:00Z.")
    at = revoke_activations(issuing, account, place, importer, until)
    whom = "every account" if importer == EVERYBODY else arguments.importer
    output.note(
        f"{account.path} takes back the activations of {words(export)} for {whom} that were "
        f"issued until {when.exactly(at)}."
    )


def _allow(arguments: Namespace) -> int:
    """Let importers in again by new activations: in their JWTs, or printed to be handed over."""
    outcomes = list[AllowedAgain]()

    def work(issuing: Issuing, account: KeyRecord) -> None:
        place, _ = _private(arguments, issuing, account)
        importer = _importer(arguments, issuing.records)
        outcomes.append(allow_activations(issuing, account, place, importer))

    def activations() -> dict[str, object]:
        tokens = [each for outcome in outcomes for each in outcome.to_hand_over]
        return {"activations": [{"for": whom, "activation": token} for whom, token in tokens]}

    status = change(arguments, EXPORTS, as_json(listed_exports), work, activations)
    for outcome in outcomes:
        if outcome.renewed:
            output.note(f"{few(outcome.renewed)}: a new activation, issued after the revocation.")
        for whom, token in outcome.to_hand_over:
            if not arguments.json:
                output.say(token)
            _tell_how_to_take_it(whom, jwt.parse(token))
    output.note("The revocation stays, and copies of the old one stay out.")
    if arguments.importer == EVERYBODY:
        output.note("Accounts that are not here each need a new one, too: exports … activate.")
    return status


def _tell_how_to_take_it(importer: str, token: Claims) -> None:
    """Say what the one who administers an importer does with an activation."""
    kind, subject = activated(token)
    exporter = token.issuer_account or token.issuer.text
    output.note(
        f"It lets {importer} import {kind} {subject}. Where that account is administered: "
        + command(
            *("imports", "ACCOUNT", "add", subject),
            *(("--from", exporter), ("--activation", "FILE")),
        )
    )


def _activate(arguments: Namespace) -> int:
    """Make an activation, noted in the vault first: the account's own JWT stays as it is."""
    expires = when.moment(arguments.expires, int(time.time())) if arguments.expires else None
    with unlock(arguments) as vault, vault.change(minor=True) as records:
        issuing = Issuing(records)
        account = sharing_account(records, records.find(arguments.account))
        _, export = _private(arguments, issuing, account)
        importer = _importer(arguments, records)
        if importer == EVERYBODY:
            raise UsageError("An activation is for one account. Name it.")
        subject = arguments.only or str(export.get("subject"))
        if not exports_of({EXPORTS: [export]}, subject):
            raise UsageError(f"{subject} does not lie within {export.get('subject')}.")
        token = make_activation(issuing, account, importer, export, subject, expires)
    if arguments.json:
        about = {"activation": token, "for": importer, "subject": subject, "expires": expires}
        output.as_json(about)
    elif arguments.to in {None, "-"}:
        output.say(token)
    else:
        write([ExportFile(arguments.to, f"{token}\n".encode, secret=False)])
        output.path(arguments.to)
    _tell_how_to_take_it(arguments.importer, jwt.parse(token))
    return 0


def _private(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> tuple[int, Entry]:
    """The private export that is meant, with its place. Raises `UsageError` for a public one."""
    nats = issuing.claims(account.id)
    place = place_of(nats, EXPORTS, arguments.subject, arguments.kind)
    export = entries(nats, EXPORTS)[place]
    if not is_private(export):
        raise StateRefusesError(
            f"{account.path} exports {words(export)} without activations: there is none to give "
            "or to take back. To make it private: "
            + command(
                *("exports", account.path, "change", str(export.get("subject")), ("--private",))
            )
        )
    return place, export


def _importer(arguments: Namespace, records: Records) -> str:
    """The public key of the account that is meant, or `*`."""
    if arguments.importer == EVERYBODY:
        return EVERYBODY
    return account_key(records, arguments.importer)[0]
