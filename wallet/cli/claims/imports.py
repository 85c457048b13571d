"""`imports`: what an account takes from others."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace

from wallet.cli.arguments import FILE
from wallet.cli.claims.shared_subjects import (
    add_kind,
    add_lines,
    add_verbs,
    as_json,
    change,
    print_list,
    written,
)
from wallet.cli.exchange.file_input import read_named
from wallet.errors import JwtError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.export_form import IMPORT_FIELDS
from wallet.nats.claims.shared_subjects import (
    IMPORTS,
    entries,
    exports_of,
    place_of,
    with_entry,
    without_entry,
)
from wallet.nats.jwt import Claims
from wallet.nats.validation.imports import activated
from wallet.show.shared_subjects import import_row
from wallet.tasks.sharing.account_links import account_key, listed_imports
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet imports metrics",
    "nkey-wallet imports metrics add 'orders.eu.status' --service --from orders --as status",
    "nkey-wallet imports metrics add 'jobs.>' --from corp/jobs --activation jobs.jwt",
    "nkey-wallet imports metrics change 'orders.eu.status' --share",
    "nkey-wallet imports metrics remove 'orders.eu.status'",
]

_SUBJECT = ("SUBJECT", "as the exporter has it; or its number in the list")
_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `imports`."""
    verbs = add_verbs(command)
    add = verbs.add("add", "import what another account exports", _SUBJECT)
    edit = verbs.add("change", "say something else of an import", _SUBJECT)
    remove = verbs.add("remove", "import it no longer", _SUBJECT)
    for verb in (add, edit, remove):
        verb.add_argument(
            "--from",
            dest="exporter",
            metavar="ACCOUNT",
            required=verb is add,
            help="the exporter: an account here, or the public key of any",
        )
        add_kind(verb)
    for verb in (add, edit):
        add_lines(verb, IMPORT_FIELDS)
        verb.add_argument(
            "--activation",
            type=FILE,
            metavar="FILE",
            help="the activation that a private export needs; - for standard input. `pair` makes "
            "it itself, where the exporter is here",
        )


def run(arguments: Namespace) -> int:
    """`imports ACCOUNT`: the list; with a verb, one change."""
    if arguments.verb is None:
        return print_list(arguments, listed_imports, import_row)
    token = _activation(arguments) if arguments.verb != "remove" else None

    def work(issuing: Issuing, account: KeyRecord) -> None:
        exporter = ""
        if arguments.exporter:
            exporter, _ = account_key(issuing.records, arguments.exporter)
        if arguments.verb == "add":
            _add(arguments, issuing, account, exporter, token)
        elif arguments.verb == "change":
            _change(arguments, issuing, account, exporter, token)
        else:
            nats = issuing.claims(account.id)
            place = place_of(nats, IMPORTS, arguments.subject, arguments.kind, exporter)
            sign_shared(issuing, account, without_entry(nats, IMPORTS, place), despite=True)

    return change(arguments, IMPORTS, as_json(listed_imports), work)


def _add(
    arguments: Namespace,
    issuing: Issuing,
    account: KeyRecord,
    exporter: str,
    token: Claims | None,
) -> None:
    kind = arguments.kind or _kind_of(issuing.records, exporter, arguments.subject, token)
    one = {"subject": arguments.subject, "account": exporter, "type": kind}
    one |= {} if token is None else {"token": token.token}
    one = written(arguments, IMPORT_FIELDS, one)
    sign_shared(issuing, account, with_entry(issuing.claims(account.id), IMPORTS, one))


def _change(
    arguments: Namespace,
    issuing: Issuing,
    account: KeyRecord,
    exporter: str,
    token: Claims | None,
) -> None:
    nats = issuing.claims(account.id)
    place = place_of(nats, IMPORTS, arguments.subject, arguments.kind, exporter)
    one = written(arguments, IMPORT_FIELDS, entries(nats, IMPORTS)[place])
    one |= {} if token is None else {"token": token.token}
    sign_shared(issuing, account, with_entry(nats, IMPORTS, one, place))


def _kind_of(records: Records, exporter: str, subject: str, token: Claims | None) -> str:
    """The kind that the activation says, or the only one that the exporter has the subject as.

    Raises `UsageError` where that is not known here.
    """
    if token is not None:
        return activated(token)[0]
    account = records.by_public(exporter)
    claims = records.tokens.claims(account.id) if account else None
    kinds = {str(one.get("type")) for one in exports_of(claims.nats if claims else {}, subject)}
    if len(kinds) != 1:
        raise UsageError("Say what is imported: --stream (messages) or --service (answers).")
    return kinds.pop()


def _activation(arguments: Namespace) -> Claims | None:
    """Read the file that --activation names: a JWT, alone or as nsc frames it."""
    name = arguments.activation
    if name is None:
        return None
    data = read_named(name, jwt.MAX_SIZE)
    tokens = _TOKEN.findall(data)
    if len(tokens) != 1:
        raise UsageError(f"{name} holds {len(tokens)} JWTs, where one activation is expected.")
    try:
        token = jwt.decode(tokens[0])
    except JwtError as error:
        raise UsageError(f"{name}: {error}") from None
    if token.type != "activation":
        raise UsageError(f"{name} holds a JWT of the type {token.type or 'none'}, no activation.")
    return token
