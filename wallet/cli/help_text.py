"""What help tells beside the flags: examples, variables, the usual places, the exit codes."""

from __future__ import annotations

import argparse
import textwrap

from wallet.errors import NoHomeError
from wallet.system import about, paths

EXAMPLES = {
    "demo": ["nkey-wallet demo"],
    "init": ["nkey-wallet init", "nkey-wallet init --vault ./ci.nkw --passphrase-file ci.pass"],
    "passphrase": ["nkey-wallet passphrase", "nkey-wallet passphrase --cost heavy"],
    "check": ["nkey-wallet check", "nkey-wallet check /mnt/usb/vault.nkw"],
    "backup": ["nkey-wallet backup /mnt/usb/vault.nkw"],
    "backups": ["nkey-wallet backups", "nkey-wallet backups --number 50"],
    "restore": ["nkey-wallet restore /mnt/usb/vault.nkw"],
    "new": [
        "nkey-wallet new operator acme",
        "nkey-wallet new account orders --under acme",
        "nkey-wallet new user billing --under acme/orders --allow-pub 'orders.>' --expires 90d",
    ],
    "edit": ["nkey-wallet edit billing --allow-sub orders.status --limit payload=1M"],
    "revoke": ["nkey-wallet revoke billing"],
    "allow": ["nkey-wallet allow billing"],
    "list": ["nkey-wallet list --kind user", "nkey-wallet list --json"],
    "show": ["nkey-wallet show acme/orders/billing"],
    "public": ["nkey-wallet public billing"],
    "seed": ["nkey-wallet seed billing"],
    "test": [
        "nkey-wallet test billing --server nats://localhost:4222",
        "nkey-wallet test acme/orders --server prod --cluster",
        "nkey-wallet test --config nats-server.conf",
    ],
    "servers": ["nkey-wallet servers add prod --url tls://nats.example:4222"],
    "inspect": ["nkey-wallet inspect < billing.creds"],
    "import": [
        "nkey-wallet import ~/.local/share/nats/nsc --dry-run",
        "nkey-wallet import a.creds",
    ],
    "export": ["nkey-wallet export billing --as creds --to billing.creds"],
    "jwt": ["nkey-wallet jwt billing"],
    "config": [
        "nkey-wallet config --for operator > nats-server.conf",
        "nkey-wallet config billing --for server > auth.conf",
    ],
}


class Formatter(argparse.HelpFormatter):
    """Wraps what stands at the beginning of a line, and leaves lines that are set in."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            line
            if line.startswith("  ")
            else textwrap.fill(line, width, initial_indent=indent, subsequent_indent=indent)
            for line in text.split("\n")
        )


def of_all() -> str:
    """What stands below the list of commands."""
    return "\n".join(
        [
            "examples:",
            "  nkey-wallet                               open the app",
            "  nkey-wallet new user billing --under acme/orders",
            "  nkey-wallet test billing --server nats://localhost:4222",
            "  nkey-wallet COMMAND --help                the flags of a command, with examples",
            "",
            "variables:",
            "  NKEY_WALLET_VAULT             the vault's file, where --vault does not name one",
            "  NKEY_WALLET_PASSPHRASE_FILE   a file with the passphrase; never the passphrase",
            "  NO_COLOR                      no colours in the app",
            "",
            "places:",
            f"  vault    {_place('vault')}",
            f"  memory   {_place('state')}   (the newest save seen here)",
            "",
            "exit codes:",
            "    0  done; the check passed",
            "    1  the answer is no: key refused, problems found",
            "    2  the command was not understood",
            "    3  the vault could not be opened or written",
            "    4  no such key, or more than one fits",
            "   70  an error of the wallet's own",
            "   74  the output could not be written",
            "  130  interrupted",
        ]
    )


def of(command: str) -> str:
    """The examples of a command."""
    examples = EXAMPLES.get(command, [])
    return "\n".join(["examples:", *(f"  {line}" for line in examples)]) if examples else ""


def _place(what: str) -> str:
    try:
        if what == "vault":
            return about.without_home(paths.data_directory() / "vault.nkw")
        return about.without_home(paths.state_directory())
    except NoHomeError:
        return "none here, for this user has no home directory"
