"""`servers`: those with a name and those only tested at, and how the last tests there went."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from wallet.cli import output
from wallet.cli.arguments import add_json, add_tls
from wallet.cli.vault_access import unlock
from wallet.connection.protocol.target import TlsFiles
from wallet.errors import UsageError
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind, is_public_key
from wallet.show.same_machine import may_be_the_same
from wallet.show.states.last_results import counted, verdict_words
from wallet.tasks.deployment.gone_servers import forget_account, forget_server
from wallet.tasks.deployment.server_choice import profile_of
from wallet.vault.db.parts.results import LastResult
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.when import with_local

EXAMPLES = [
    "nkey-wallet servers add prod --url tls://nats.example:4222",
    "nkey-wallet servers forget tls://nats-2.example:4222",
]
AFTERWORD = (
    "forget says that a server is gone for good: what is proved at all others is proved then, "
    "rotations wait for it no longer, what tests said there is dropped, and profiles leave it out. "
    "Only forget what is gone: a server that comes back may let in whom you revoked since."
)


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `servers`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    command.add_argument(
        "action",
        nargs="?",
        choices=["list", "add", "remove", "forget"],
        default="list",
        metavar="ACTION",
        help="list (the default), add, remove (its name), or forget (one that is gone)",
    )
    command.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="what the server is called; to forget one, also its address, or the public key of a "
        "deleted account that no server has any more",
    )
    command.add_argument(
        "--url", action="append", metavar="URL", help="its address; several for a cluster"
    )
    add_tls(command)
    command.add_argument("--monitor", metavar="URL", help="its HTTP monitoring (http://host:8222)")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`servers`, `servers add NAME --url URL…`, `servers remove NAME`, `servers forget URL`."""
    if arguments.action == "list":
        if arguments.name or arguments.url:
            raise UsageError("To keep a server: nkey-wallet servers add NAME --url URL.")
        return _list(arguments)
    if not arguments.name:
        raise UsageError(f"Which one? nkey-wallet servers {arguments.action} NAME")
    return _ACTIONS[arguments.action](arguments)


def _list(arguments: Namespace) -> int:
    with unlock(arguments) as vault:
        records = vault.records
        profiles = [(server, records.results.last(server.urls)) for server in records.servers.all()]
        others = {one.name: _others(records, one) for one, _ in profiles if one.name}
        if arguments.json:
            output.as_json(
                [_json(one, results, others.get(one.name, ())) for one, results in profiles]
            )
        else:
            output.columns(_cells(records, profile, results) for profile, results in profiles)
            for name, same in others.items():
                if same:
                    output.note(
                        f"{name} may be the same server as {few(same)}: push tells by its id."
                    )
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


def _forget(arguments: Namespace) -> int:
    account = is_public_key(arguments.name) and arguments.name.startswith(Kind.ACCOUNT.letter)
    with unlock(arguments) as vault:
        forget = forget_account if account else forget_server
        forgotten = forget(vault, arguments.name)
    if arguments.json:
        output.as_json(forgotten.to_json())
        return 0
    if account:
        had = few(forgotten.addresses)
        output.note(f"Noted, on your word: servers have {arguments.name} no more; {had} had it.")
        return 0
    output.note(f"Nothing is expected any more at {few(forgotten.addresses)}.")
    if forgotten.known_by:
        output.note(f"Known there were {few(forgotten.known_by)}.")
    if forgotten.profiles:
        output.note(f"Left out of the profiles {few(forgotten.profiles)}.")
    return 0


_ACTIONS = {"add": _add, "remove": _remove, "forget": _forget}


def _json(
    profile: ServerProfile, results: list[LastResult], same: Sequence[str] = ()
) -> dict[str, object]:
    """`may_be` are addresses that may lead to the same server: other names of this machine.

    `kept` is whether it has a name; without one it is an address of a test.
    """
    told = [result.to_json() for result in results]
    kept = {"kept": bool(profile.name)}
    return profile.to_json() | {"results": told, "may_be": list(same)} | kept


def _others(records: Records, profile: ServerProfile) -> list[str]:
    """The addresses that are known besides and may be the profile's by another name."""
    known = [
        *records.servers.recent(),
        *(url for one in records.servers.profiles() for url in one.urls),
    ]
    same = (one for url in profile.urls for one in may_be_the_same(url, known))
    return [one for one in dict.fromkeys(same) if one not in profile.urls]


def _cells(records: Records, profile: ServerProfile, results: list[LastResult]) -> tuple[str, ...]:
    last = ""
    if results:
        record = records.by_public(results[0].public)
        name = record.path if record else results[0].public
        verdict = verdict_words(records, record, results[0])
        last = f"last {name} {verdict}, {with_local(results[0].at)}"
    urls = ", ".join(profile.urls)
    return profile.name or "(no name)", urls, counted(records, results), last, profile.monitor
