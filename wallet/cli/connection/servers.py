"""`servers`: the servers that have a name, and how the last tests there went."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import add_json, add_tls
from wallet.cli.vault_access import unlock
from wallet.connection.protocol.target import TlsFiles
from wallet.errors import UsageError
from wallet.tasks.deployment.server_choice import profile_of
from wallet.vault.db.parts.results import LastResult
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.when import to_the_minute

EXAMPLES = [
    "nkey-wallet servers add prod --url tls://nats.example:4222",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `servers`."""
    command.add_argument(
        "action",
        nargs="?",
        choices=["list", "add", "remove"],
        default="list",
        metavar="ACTION",
        help="list (the default), add or remove",
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="what the server is called")
    command.add_argument(
        "--url", action="append", metavar="URL", help="its address; several for a cluster"
    )
    add_tls(command)
    command.add_argument("--monitor", metavar="URL", help="its HTTP monitoring (http://host:8222)")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`servers`, `servers add NAME --url URL…`, `servers remove NAME`."""
    if arguments.action == "list":
        if arguments.name or arguments.url:
            raise UsageError("To keep a server: nkey-wallet servers add NAME --url URL.")
        return _list(arguments)
    if not arguments.name:
        raise UsageError(f"Which one? nkey-wallet servers {arguments.action} NAME")
    return _add(arguments) if arguments.action == "add" else _remove(arguments)


def _list(arguments: Namespace) -> int:
    with unlock(arguments) as vault:
        records = vault.records
        profiles = [
            (profile, records.results.last(profile.urls)) for profile in records.servers.profiles()
        ]
        if arguments.json:
            output.as_json([_json(profile, results) for profile, results in profiles])
        else:
            output.columns(_cells(records, profile, results) for profile, results in profiles)
    return 0


def _add(arguments: Namespace) -> int:
    if not arguments.url:
        raise UsageError("A server needs an address: --url nats://host:4222.")
    tls = TlsFiles(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)
    profile = profile_of(arguments.name, arguments.url, tls, arguments.monitor)
    with unlock(arguments) as vault, vault.change() as records:
        records.servers.set_profile(profile)
    if arguments.json:
        output.as_json(_json(profile, []))
    else:
        output.say(f"{profile.name}  {', '.join(profile.urls)}")
    return 0


def _remove(arguments: Namespace) -> int:
    with unlock(arguments) as vault, vault.change() as records:
        records.servers.remove_profile(arguments.name)
    return 0


def _json(profile: ServerProfile, results: list[LastResult]) -> dict[str, object]:
    return profile.to_json() | {"results": [result.to_json() for result in results]}


def _cells(records: Records, profile: ServerProfile, results: list[LastResult]) -> tuple[str, ...]:
    good = sum(result.ok for result in results)
    last = ""
    if results:
        record = records.by_public(results[0].public)
        name = record.path if record else results[0].public
        last = f"last {name} {results[0].verdict}, {to_the_minute(results[0].at)}"
    tested = f"{good} of {len(results)} accepted" if results else "not tested yet"
    return profile.name, ", ".join(profile.urls), tested, last, profile.monitor
