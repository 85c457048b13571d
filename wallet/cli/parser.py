"""The commands, their flags and their help: the contract with scripts."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import wallet

KINDS = ["operator", "account", "user", "server", "cluster", "curve"]
REF = "a public key, its unique beginning, a path (operator/account/user) or a name only one has"


def build() -> argparse.ArgumentParser:
    """The whole command line. Each command's function is imported when it runs."""
    common = _common()
    parser = argparse.ArgumentParser(
        prog="nkey-wallet",
        description="A wallet for NATS keys that lives in the terminal. Without a command it "
        "opens the app.",
        epilog="exit codes: 0 done · 1 the answer is no · 2 not understood · 3 the vault could "
        "not be opened or written · 4 no such key, or more than one · 130 interrupted",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"nkey-wallet {wallet.__version__}")
    parser.set_defaults(run=_Run("wallet.cli.app", "open_app"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, where: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, parents=[common])
        module, function = where.split(":")
        made.set_defaults(run=_Run(f"wallet.cli.{module}", function))
        return made

    command("demo", "app:demo", "open the app on a throwaway vault with a local nats-server")

    init = command("init", "vault:init", "make the vault")
    init.add_argument(
        "--cost",
        choices=["light", "standard", "heavy"],
        default="standard",
        help="what one guess at the passphrase costs an attacker, and each unlock you "
        "(memory 64 MiB, 256 MiB or 1 GiB)",
    )

    new = command("new", "keys:new", "make keys")
    new.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    new.add_argument(
        "name", nargs="?", metavar="NAME", help="with --count a stem: NAME-1, NAME-2 …"
    )
    new.add_argument("--under", metavar="PATH", help="operator, or operator/account")
    new.add_argument("--count", type=int, metavar="N", help="how many")
    new.add_argument(
        "--prefix",
        metavar="TEXT",
        help="what the public key shall have after its first letter; begins with A, B, C or D, "
        "and each further character takes 32 times as long",
    )
    _json(new)

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

    test = command("test", "check:test", "check that a server takes this key")
    test.add_argument("ref", metavar="REF", help=REF)
    test.add_argument("--server", required=True, metavar="URL", help="nats:// or tls://")
    test.add_argument(
        "--creds-only",
        action="store_true",
        help="stop at the server's answer; measure no round trips",
    )
    test.add_argument("--tls-ca", type=Path, metavar="FILE", help="who signed the server (PEM)")
    test.add_argument("--tls-cert", type=Path, metavar="FILE", help="our certificate (PEM)")
    test.add_argument("--tls-key", type=Path, metavar="FILE", help="our certificate's key (PEM)")
    test.add_argument(
        "--timeout", type=float, default=5.0, metavar="S", help="seconds for the whole check (5)"
    )
    _json(test)

    inspect = command(
        "inspect", "check:inspect", "say what a pasted text is, and what is wrong with it"
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

    config = command("config", "keys:config", "the text to paste into a configuration")
    config.add_argument("refs", nargs="*", metavar="REF", help=f"{REF}; none: every user")
    config.add_argument(
        "--for",
        dest="target",
        required=True,
        choices=["server", "go", "python", "javascript", "rust", "nats-cli"],
        help="a server's authorization block, or a program that connects as one user",
    )
    config.add_argument("--server", metavar="URL", help="the address that goes into a program")
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--vault", type=Path, metavar="FILE", help="the vault's file")
    common.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help="read the passphrase from FILE; - for standard input",
    )
    return common


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")


class _Run:
    """A command's function, imported when it is called: `public` never loads the app."""

    def __init__(self, module: str, function: str) -> None:
        self.module, self.function = module, function

    def __call__(self, arguments: argparse.Namespace) -> int:
        status: int = getattr(import_module(self.module), self.function)(arguments)
        return status
