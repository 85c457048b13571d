"""The commands in the order of help, each with the file of this room that is about it.

Such a file has `EXAMPLES`, `add_arguments` for its flags, and `run`. It is imported only when its
command is named: `public` loads no other, and the list of commands none.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import NamedTuple, Protocol, cast


class Module(Protocol):
    """The file of a command."""

    EXAMPLES: list[str]

    def add_arguments(self, command: ArgumentParser, /) -> None:
        """Declare the flags of the command."""

    def run(self, arguments: Namespace, /) -> int:
        """Carry the command out; the value is the exit code."""


class Command(NamedTuple):
    """A command's name, its file, and what it does, in the words of the list."""

    name: str
    file: str
    help: str

    def module(self) -> Module:
        """Its file, imported."""
        return cast("Module", import_module(f"wallet.cli.{self.file}"))


GROUPS: dict[str, tuple[Command, ...]] = {
    "to begin": (
        Command("demo", "demo", "open the app on a throwaway vault with a local nats-server"),
        Command("init", "vault.init", "make the vault"),
        Command("import", "exchange.import_keys", "take keys in from other tools' files"),
        Command(
            "scan",
            "exchange.scan",
            "find seeds that lie about in files, directories and git's history",
        ),
    ),
    "keys": (
        Command("new", "keys.new", "make keys"),
        Command("list", "keys.list_keys", "what the vault holds"),
        Command("show", "keys.show", "everything about one key, but its seed"),
        Command("public", "keys.public", "the public key, alone"),
        Command("rename", "keys.rename", "another name for a key"),
        Command("move", "keys.move", "keys to another account or operator, with JWTs from there"),
        Command("tag", "keys.tag", "tags put on keys, and taken off"),
        Command("note", "keys.note", "a note kept with a key"),
        Command(
            "retire", "keys.retire", "mark keys that are no longer used, or take them back into use"
        ),
        Command("delete", "keys.delete", "keys out of the vault, after saying what that costs"),
        Command("rotate", "keys.rotate", "let a new key take the place of one, in steps"),
        Command("rotations", "keys.rotations", "what is still open of rotations"),
    ),
    "what they may": (
        Command("edit", "claims.edit", "change what an operator, account or user may do"),
        Command(
            "may", "claims.may", "whether a user may use a subject in the end, and by which rule"
        ),
        Command(
            "revoke",
            "claims.revoke",
            "shut a user out: its account's JWT takes back what was issued so far",
        ),
        Command("allow", "claims.allow", "let a revoked user in again, with a new JWT"),
        Command(
            "exports",
            "claims.exports",
            "what an account lets others import, and activations for it",
        ),
        Command("imports", "claims.imports", "what an account takes from others"),
        Command("mappings", "claims.mappings", "where an account's messages go instead"),
        Command("pair", "claims.pair", "let an account import what another exports, in one step"),
        Command("unpair", "claims.unpair", "take back what an account was given to import"),
    ),
    "given out": (
        Command("config", "connection.config", "the text to paste into a configuration"),
        Command("creds", "keys.creds", "a user's creds, or those of a short-lived user like it"),
        Command("jwt", "keys.jwt", "the JWT of an operator, account or user, alone"),
        Command("export", "exchange.export_keys", "write keys as other programs' files"),
        Command("seed", "keys.seed", "the seed, alone: a secret"),
    ),
    "servers": (
        Command(
            "test",
            "connection.test",
            "check that a server takes this key, or that a configuration will",
        ),
        Command("servers", "connection.servers", "the servers that have a name"),
        Command(
            "push",
            "connection.push",
            "bring accounts' JWTs to running servers, and prove that they are there",
        ),
        Command(
            "diff",
            "connection.diff",
            "what running servers hold of the accounts, beside what the vault says",
        ),
        Command(
            "pull",
            "connection.pull",
            "take in what running servers hold of the accounts and is newer there",
        ),
    ),
    "texts and files": (
        Command(
            "inspect", "exchange.inspect", "say what a pasted text is, and what is wrong with it"
        ),
        Command("sign", "messages.sign", "a key's signature over a file, without showing the seed"),
        Command("verify", "messages.verify", "whether a signature is a key's"),
        Command("seal", "messages.seal", "a message that only the owner of a curve key can open"),
        Command("open", "messages.open_sealed", "a message that was sealed for a curve key"),
    ),
    "looked after": (
        Command(
            "health", "vault.health", "look through the vault for problems, and for what to change"
        ),
        Command("expiring", "vault.expiry", "the keys whose JWT soon ends"),
        Command("history", "vault.history", "what was done to a key, when, and by whom"),
        Command("check", "vault.check", "open the vault, or a copy, and look through all"),
        Command(
            "passphrase", "vault.passphrase", "give the vault another passphrase, and new keys"
        ),
        Command("recovery", "vault.recovery", "a code that opens the vault without its passphrase"),
        Command("backup", "vault.backup", "copy the vault to a new file, and read it back"),
        Command("backups", "vault.backups", "the older saves of the vault"),
        Command("restore", "vault.restore", "put the contents of a backup in the vault's place"),
        Command("merge", "vault.merge", "join another vault, or another version, with the vault"),
    ),
    "the shell": (
        Command("completions", "completions", "what makes a shell complete commands and flags"),
    ),
}
"""The commands as help lists them, those that a newcomer needs first."""

COMMANDS = tuple(command for group in GROUPS.values() for command in group)
