"""`config`: the text to paste, for servers and for programs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.exchange import configuration
from wallet.nats.client_snippets import DEFAULT_SERVER, NamedKey, client
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.deliveries import note_written, unwritten_tokens
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

EXAMPLES = [
    "nkey-wallet config --for operator > nats-server.conf",
    "nkey-wallet config billing --for server > auth.conf",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `config`."""
    command.add_argument("refs", nargs="*", metavar="REF", help=f"{REF}; none: every user")
    command.add_argument(
        "--for",
        dest="target",
        required=True,
        choices=["server", "operator", "account", "go", "python", "javascript", "rust", "nats-cli"],
        help="a server's users; a server that trusts an operator, whole; accounts to add to one; "
        "or a program that connects as one user",
    )
    command.add_argument(
        "--accounts",
        action="store_true",
        help="with --for server: an accounts block instead of one list of users",
    )
    command.add_argument(
        "--resolver",
        choices=["memory", "full"],
        default="memory",
        help="with --for operator: accounts in the configuration, or kept by the server",
    )
    command.add_argument("--server", metavar="URL", help="the address that goes into a program")
    command.add_argument(
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
        text = _text(arguments, vault.records)
        tokens = _tokens(arguments, vault.records)
        if not arguments.rehearse:
            output.exact(text)
            note_written(vault, tokens)
            return 0
        from wallet.cli.connection import rehearse

        rehearsal = rehearse.run(text, vault)
        note_written(vault, tokens)
    output.exact(text)
    output.results.flush()
    rehearse.show(rehearsal, output.notes)  # no part of the text that goes into a file
    return 0 if rehearsal.as_wanted else 1


def _text(arguments: Namespace, records: Records) -> str:
    chosen = [records.find(ref) for ref in arguments.refs]
    if arguments.target == "operator":
        if len(chosen) > 1:
            raise UsageError("A server trusts one operator here: name one.")
        operator = chosen[0] if chosen else configuration.the_operator(records)
        return configuration.operator(records, operator, arguments.resolver)
    if arguments.target == "account":
        if not chosen:
            raise UsageError("--for account takes the accounts: one REF or more.")
        return configuration.account(records, chosen, output.note)
    if arguments.target == "server":
        if arguments.accounts:
            return configuration.accounts(records, chosen or _all_accounts(records), output.note)
        _tell_of_one_account(records, chosen)
        return configuration.authorization(records, chosen or None, output.note)
    return _program(arguments, records, chosen)


def _tokens(arguments: Namespace, records: Records) -> dict[str, str]:
    """The JWTs in the text that were not written since they changed."""
    if arguments.target not in {"operator", "account"}:
        return {}
    chosen = [records.find(ref) for ref in arguments.refs] or [configuration.the_operator(records)]
    return unwritten_tokens(records, chosen, frozenset({Kind.ACCOUNT}))


def _tell_of_one_account(records: Records, chosen: list[KeyRecord]) -> None:
    """Say on standard error when users of several accounts will share the server's one."""
    named = chosen or records.all(Kind.USER)
    users = [user for one in named for user in configuration.users_of(records, one)]
    accounts = {user.parent for user in users if user.parent and user.status == "active"}
    if len(accounts) > 1:
        output.note(
            f"These users are of {len(accounts):,} accounts, and will share the server's one "
            "($G), where they see each other's messages: --accounts keeps them apart."
        )


def _all_accounts(records: Records) -> list[KeyRecord]:
    """The accounts in use. Raises `UsageError` where that leaves out users: they would be shut
    out."""
    loose = [
        user.path
        for user in records.all(Kind.USER)
        if user.status == "active" and user.parent is None
    ]
    if loose:
        named = ", ".join(loose[:5]) + (f" and {len(loose) - 5:,} more" if len(loose) > 5 else "")
        raise UsageError(
            f"No account is above {named}: an accounts block would leave out, and so shut out, "
            f"{len(loose):,} of the users. Move them beneath an account, or name the accounts "
            "that are meant."
        )
    return [
        account
        for account in records.all(Kind.ACCOUNT)
        if account.status == "active" and not account.signing
    ]


def _program(arguments: Namespace, records: Records, chosen: list[KeyRecord]) -> str:
    """A client program for the one key that is named."""
    if len(chosen) != 1:
        raise UsageError(f"--for {arguments.target} takes one REF: the user that connects.")
    url = arguments.server or next(iter(records.servers.recent()), DEFAULT_SERVER)
    key = NamedKey(chosen[0].public, chosen[0].path)
    return client(arguments.target, key, url, creds=chosen[0].has_jwt)
