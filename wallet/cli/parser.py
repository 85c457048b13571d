"""The commands, their flags and their help: the contract with scripts."""

from __future__ import annotations

import argparse
from pathlib import Path

import wallet
from wallet.cli import help_text
from wallet.cli.arguments import FILE, DebugInfo, Parser, Run
from wallet.cli.test_arguments import add_arguments

KINDS = ["operator", "account", "user", "server", "cluster", "curve"]
REF = "a public key, its unique beginning, a path (operator/account/user) or a name only one has"


def build() -> argparse.ArgumentParser:
    """The whole command line. Each command's function is imported when it runs."""
    common = _common()
    parser = Parser(
        prog="nkey-wallet",
        description="A wallet for NATS keys that lives in the terminal. Without a command it "
        "opens the app.",
        epilog=help_text.of_all(),
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"nkey-wallet {wallet.__version__}")
    parser.add_argument(
        "--debug-info",
        action=DebugInfo,
        help="the versions of everything, for a report; no secret and no name of a key",
    )
    parser.set_defaults(run=Run("wallet.cli.app", "open_app"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, where: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=text, description=text, epilog=help_text.of(name), parents=[common]
        )
        module, function = where.split(":")
        made.set_defaults(run=Run(f"wallet.cli.{module}", function))
        return made

    command("demo", "app:demo", "open the app on a throwaway vault with a local nats-server")

    init = command("init", "vault_access:init", "make the vault")
    init.add_argument(
        "--cost",
        choices=["light", "standard", "heavy"],
        default="standard",
        help="what one guess at the passphrase costs an attacker, and each unlock you "
        "(memory 64 MiB, 256 MiB or 1 GiB)",
    )

    init.add_argument(
        "--keep-aside",
        action="store_true",
        help="where the backup of a vault that is gone stands, give it another name and start anew",
    )

    change = command(
        "passphrase", "passphrase:passphrase", "give the vault another passphrase, and new keys"
    )
    change.add_argument(
        "--new-passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the new passphrase from FILE; - for standard input",
    )
    change.add_argument(
        "--cost",
        choices=["light", "standard", "heavy"],
        help="what one guess at it costs; alone, the passphrase stays as it is",
    )

    check = command("check", "check:check", "open the vault, or a copy, and look through all")
    check.add_argument(
        "file", nargs="?", type=FILE, metavar="FILE", help="another file than the vault's"
    )
    _file_passphrase(check)
    _json(check)

    backup = command("backup", "backups:back_up", "copy the vault to a new file, and read it back")
    backup.add_argument("file", type=FILE, metavar="FILE", help="a file that is not there yet")

    backups = command("backups", "backups:list_backups", "the older saves of the vault")
    backups.add_argument("--number", type=int, metavar="N", help="keep the last N changes (10)")
    backups.add_argument("--days", type=int, metavar="N", help="and then one a day for N days (30)")
    backups.add_argument(
        "--size", metavar="SIZE", help="but no more than SIZE in all: 500M, 2G; 0: no limit (1G)"
    )
    backups.add_argument(
        "--place", metavar="DIR", help="keep them there; empty: beside the vault, as usual"
    )
    backups.add_argument("--off", action="store_true", help="keep only the save before")
    _json(backups)

    back = command(
        "restore", "restore:restore_file", "put the contents of a backup in the vault's place"
    )
    back.add_argument("file", type=FILE, metavar="FILE", help="a backup or copy of this vault")
    back.add_argument("--yes", action="store_true", help="do not ask first")
    _file_passphrase(back)

    new = command("new", "keys:new", "make keys")
    new.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    new.add_argument(
        "name", nargs="?", metavar="NAME", help="with --count a stem: NAME-1, NAME-2 …"
    )
    new.add_argument("--under", metavar="PATH", help="operator, or operator/account")
    new.add_argument("--count", type=int, metavar="N", help="how many")
    new.add_argument(
        "--signing",
        action="store_true",
        help="a signing key of the operator or account named by --under",
    )
    new.add_argument(
        "--role",
        metavar="NAME",
        help="with --signing: its users take this role's limits, those given here",
    )
    new.add_argument(
        "--prefix",
        metavar="TEXT",
        help="what the public key shall have after its first letter; begins with A, B, C or D, "
        "and each further character takes 32 times as long",
    )
    _claims(new)
    _json(new)

    edit = command("edit", "claims:edit", "change what an operator, account or user may do")
    edit.add_argument("ref", metavar="REF", help=REF)
    _claims(edit)
    edit.add_argument("--role", metavar="NAME", help="of a signing key: what its users are")
    edit.add_argument("--plain", action="store_true", help="a signing key without a role again")
    edit.add_argument("--system-account", metavar="REF", help="of an operator")
    edit.add_argument(
        "--strict",
        action=argparse.BooleanOptionalAction,
        help="of an operator: only signing keys may sign",
    )
    edit.add_argument(
        "--free",
        action="store_true",
        help="begin without any limit or permission, instead of with what is there",
    )
    _json(edit)

    for name, text in (
        ("revoke", "shut a user out: its account's JWT takes back what was issued so far"),
        ("allow", "let a revoked user in again, with a new JWT"),
    ):
        made = command(name, f"claims:{name}", text)
        made.add_argument("ref", metavar="REF", help=REF)
        if name == "revoke":
            made.add_argument(
                "--mend",
                action="store_true",
                help="leave out what servers refuse in the account's JWT, in the same change",
            )

    listing = command("list", "keys:list_keys", "what the vault holds")
    listing.add_argument("--kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    _json(listing)

    show = command("show", "keys:show", "everything about one key, but its seed")
    show.add_argument("ref", metavar="REF", help=REF)
    _json(show)

    public = command("public", "keys:public", "the public key, alone")
    public.add_argument("ref", metavar="REF", help=REF)

    seed = command("seed", "keys:seed", "the seed, alone: a secret")
    seed.add_argument("ref", metavar="REF", help=REF)
    seed.add_argument("--yes", action="store_true", help="do not ask first")
    _unrecorded(seed)

    test = command(
        "test", "test:test", "check that a server takes this key, or that a configuration will"
    )
    add_arguments(test, REF)
    _json(test)

    servers = command("servers", "servers:servers", "the servers that have a name")
    servers.add_argument(
        "action",
        nargs="?",
        choices=["list", "add", "remove"],
        default="list",
        metavar="ACTION",
        help="list (the default), add or remove",
    )
    servers.add_argument("name", nargs="?", metavar="NAME", help="what the server is called")
    servers.add_argument(
        "--url", action="append", metavar="URL", help="its address; several for a cluster"
    )
    servers.add_argument("--tls-ca", type=Path, metavar="FILE", help="who signed the server (PEM)")
    servers.add_argument("--tls-cert", type=Path, metavar="FILE", help="our certificate (PEM)")
    servers.add_argument("--tls-key", type=Path, metavar="FILE", help="our certificate's key")
    servers.add_argument("--monitor", metavar="URL", help="its HTTP monitoring (http://host:8222)")
    _json(servers)

    inspect = command(
        "inspect", "inspect:inspect", "say what a pasted text is, and what is wrong with it"
    )
    inspect.add_argument(
        "text",
        nargs="?",
        default="-",
        metavar="TEXT",
        help="a key, JWT or creds text; left out or -, it is read from standard input, which is "
        "the way for secrets",
    )
    _json(inspect)

    _import(command("import", "import_keys:import_keys", "take keys in from other tools' files"))

    export = command("export", "export_keys:export", "write keys as other programs' files")
    export.add_argument("refs", nargs="+", metavar="REF", help=REF)
    _unrecorded(export)
    export.add_argument(
        "--as",
        dest="form",
        required=True,
        choices=["nk", "creds", "jwt", "public", "nsc", "context"],
        help="creds and context of an operator or account are those of all its users; nsc takes "
        "operators whole",
    )
    export.add_argument(
        "--to",
        type=FILE,
        required=True,
        metavar="PATH",
        help="a file, or a directory; - for standard output",
    )
    export.add_argument("--server", metavar="URL", help="the address that goes into a context")
    export.add_argument("--force", action="store_true", help="write over files that are there")

    jwt = command("jwt", "export_keys:jwt", "the JWT of an operator, account or user, alone")
    jwt.add_argument("ref", metavar="REF", help=REF)
    _json(jwt)

    config = command("config", "config:config", "the text to paste into a configuration")
    config.add_argument("refs", nargs="*", metavar="REF", help=f"{REF}; none: every user")
    config.add_argument(
        "--for",
        dest="target",
        required=True,
        choices=["server", "operator", "account", "go", "python", "javascript", "rust", "nats-cli"],
        help="a server's users; a server that trusts an operator, whole; accounts to add to one; "
        "or a program that connects as one user",
    )
    config.add_argument(
        "--accounts",
        action="store_true",
        help="with --for server: an accounts block instead of one list of users",
    )
    config.add_argument(
        "--resolver",
        choices=["memory", "full"],
        default="memory",
        help="with --for operator: accounts in the configuration, or kept by the server",
    )
    config.add_argument("--server", metavar="URL", help="the address that goes into a program")
    config.add_argument(
        "--rehearse",
        action="store_true",
        help="with --for server or operator: try the text with nats-server first; the result goes "
        "to stderr",
    )
    return parser


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths",
        nargs="+",
        type=FILE,
        metavar="PATH",
        help="a .nk, .creds or JWT file, keys in lines, an nsc store, a nats CLI context, a "
        "server's configuration, or a directory of these; - for standard input",
    )
    command.add_argument(
        "--under",
        metavar="PATH",
        help="operator, or operator/account, for keys of which no file says whose they are",
    )
    command.add_argument("--dry-run", action="store_true", help="say what would happen, no more")
    command.add_argument(
        "--on-conflict",
        choices=["keep", "take", "both"],
        help="what the vault and a file do not agree on: keep the vault's, take the file's, or "
        "both, a new key whose name is taken becoming NAME-2 (without it: asked on a terminal)",
    )
    command.add_argument(
        "--all-or-nothing",
        action="store_true",
        help="import nothing when anything cannot be read",
    )
    _json(command)


def _common() -> Parser:
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--vault", type=Path, metavar="FILE", help="the vault's file")
    common.add_argument(
        "--passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the passphrase from FILE; - for standard input",
    )
    common.add_argument(
        "--accept-older",
        action="store_true",
        help="open the vault also when it is older than one seen here, or was changed apart from "
        "it; what stood there is kept",
    )
    common.add_argument(
        "--accept-damaged",
        action="store_true",
        help="open the vault, and save over it, also when its contents fail their check; what "
        "stood there is kept",
    )
    return common


def _unrecorded(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--unrecorded",
        action="store_true",
        help="go on also where it cannot be noted in the vault that the secret is shown",
    )


def _file_passphrase(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--file-passphrase-file",
        type=FILE,
        metavar="FILE",
        help="the passphrase of that file, when it is another than the vault's",
    )


def _claims(command: argparse.ArgumentParser) -> None:
    """What a JWT may say, for `new` and `edit`."""
    claims = command.add_argument_group(
        "what it may do",
        "Lists are divided by commas, and replace what was there; an empty one removes it.",
    )
    claims.add_argument("--expires", metavar="WHEN", help="90d, 12h, 2027-01-31 or never")
    claims.add_argument("--not-before", metavar="WHEN", help="the same, for its beginning")
    for name in ("allow-pub", "deny-pub", "allow-sub", "deny-sub"):
        claims.add_argument(f"--{name}", metavar="SUBJECTS")
    claims.add_argument(
        "--responses", metavar="N", help="how many answers it may send to a request; none: off"
    )
    claims.add_argument("--response-time", metavar="TIME", help="and within what time: 5s, 1m")
    claims.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help="subs, payload, conn, mem_storage=10M (or 10MiB) …; unlimited for no limit",
    )
    claims.add_argument("--source", metavar="NETWORKS", help="such as 10.0.0.0/8")
    claims.add_argument("--hours", metavar="SPANS", help="such as 08:00-18:00, for every day")
    claims.add_argument("--time-zone", metavar="ZONE", help="of the hours: Europe/Berlin")
    claims.add_argument("--connection-type", metavar="TYPES", help="STANDARD, WEBSOCKET, MQTT …")
    claims.add_argument(
        "--bearer", action=argparse.BooleanOptionalAction, help="its JWT alone lets it in"
    )
    claims.add_argument(
        "--claims",
        type=FILE,
        metavar="FILE",
        help="all of it, as `jwt --json` prints it, or a JWT; - for standard input",
    )
    claims.add_argument("--signer", metavar="REF", help="a signing key of the account")


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")
