"""`config`: the text to paste, for servers and for programs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.exchange import configurations
from wallet.nats.client_snippets import DEFAULT_SERVER, NamedKey, client
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.deployment.deliveries import unwritten_tokens
from wallet.tasks.deployment.written_configurations import (
    ACCOUNT,
    ACCOUNTS,
    FULL,
    OPERATOR,
    SERVER,
    note_configuration,
    text_of,
)
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet config --for operator > nats-server.conf",
    "nkey-wallet config billing --for server > auth.conf",
]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the flags of `config`."""
    parser.add_argument("refs", nargs="*", metavar="REF", help=f"{REF}; none: every user")
    parser.add_argument(
        "--for",
        dest="target",
        required=True,
        choices=["server", "operator", "account", "go", "python", "javascript", "rust", "nats-cli"],
        help="a server's users; a server that trusts an operator, whole; accounts to add to one; "
        "or a program that connects as one user",
    )
    parser.add_argument(
        "--accounts",
        action="store_true",
        help="with --for server: an accounts block instead of one list of users",
    )
    parser.add_argument(
        "--resolver",
        choices=["memory", "full"],
        default="memory",
        help="with --for operator: accounts in the configuration, or kept by the server",
    )
    parser.add_argument("--server", metavar="URL", help="the address that goes into a program")
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="with --for server or operator: try the text with nats-server first; the result goes "
        "to stderr",
    )


def run(arguments: Namespace) -> int:
    """`config [REF…] --for TARGET`: the text to paste; with `--rehearse`, tried first."""
    if arguments.rehearse and arguments.target not in {"server", "operator"}:
        raise UsageError(
            "Only a server's configuration is rehearsed: --for server, or --for operator."
        )
    if arguments.accounts and arguments.target != "server":
        raise UsageError("--accounts goes with --for server.")
    with unlock(arguments) as vault:
        records = vault.records
        chosen = [records.find(ref) for ref in arguments.refs]
        recipe = _recipe(arguments, records, chosen)
        if recipe is None:
            output.exact(_program(arguments, records, chosen))
            return 0
        text = text_of(records, recipe, output.note)
        tokens = _tokens(records, recipe)
        if not arguments.rehearse:
            _give(vault, recipe, text, tokens)
            return 0
        from wallet.cli.connection import configuration_test

        rehearsal = configuration_test.run(text, vault)
        _give(vault, recipe, text, tokens)
    configuration_test.show(rehearsal, output.notes)  # no part of the text that goes into a file
    return 0 if rehearsal.as_wanted else 1


def _give(vault: Vault, recipe: Recipe, text: str, tokens: dict[str, str]) -> None:
    """Write the text, and note it unless what was written to has not taken it."""
    output.exact(text)
    output.results.flush()
    if not output.results.lost:
        note_configuration(vault, recipe, text, tokens)


def _recipe(arguments: Namespace, records: Records, chosen: list[KeyRecord]) -> Recipe | None:
    """The recipe of a server's configuration; None for a program's text."""
    target = arguments.target
    if target == SERVER:
        _tell_of_operators(chosen)
    if target == OPERATOR:
        if len(chosen) > 1:
            raise UsageError("A server trusts one operator here: name one.")
        chosen = chosen or [configurations.the_operator(records)]
        target = FULL if arguments.resolver == "full" else OPERATOR
    elif target == ACCOUNT and not chosen:
        raise UsageError("--for account takes the accounts: one REF or more.")
    elif target == SERVER and arguments.accounts:
        target = ACCOUNTS
    elif target == SERVER:
        _tell_of_one_account(records, chosen)
    elif target != ACCOUNT:
        return None
    return Recipe(target, tuple(key.public for key in chosen))


def _tokens(records: Records, recipe: Recipe) -> dict[str, str]:
    """The JWTs in the text that were not written since they changed."""
    if recipe.target in {SERVER, ACCOUNTS}:
        return {}
    return unwritten_tokens(records, map(records.find, recipe.chosen), frozenset({Kind.ACCOUNT}))


def _tell_of_operators(chosen: list[KeyRecord]) -> None:
    """Say on standard error that a server which trusts an operator takes another text."""
    for operator in (key for key in chosen if key.kind is Kind.OPERATOR):
        output.note(
            f"This lists the users of {operator.path} by their public keys, for a server that "
            "trusts no operator and reads no JWT. For one that trusts it: "
            f"{command('config', operator.path, ('--for', OPERATOR))}"
        )


def _tell_of_one_account(records: Records, chosen: list[KeyRecord]) -> None:
    """Say on standard error when users of several accounts will share the server's one."""
    named = chosen or records.all(Kind.USER)
    users = [user for one in named for user in configurations.users_of(records, one)]
    accounts = {user.parent for user in users if user.parent and user.status == "active"}
    if len(accounts) > 1:
        output.note(
            f"These users are of {len(accounts):,} accounts, and will share the server's one "
            "($G), where they see each other's messages: --accounts keeps them apart."
        )


def _program(arguments: Namespace, records: Records, chosen: list[KeyRecord]) -> str:
    """A client program for the one key that is named."""
    if len(chosen) != 1:
        raise UsageError(f"--for {arguments.target} takes one REF: the user that connects.")
    (user,) = chosen
    key = NamedKey(user.public, user.path)
    url = arguments.server or records.results.server_to_name(user.public) or DEFAULT_SERVER
    return client(arguments.target, key, url, creds=user.has_jwt)
