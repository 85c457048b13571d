"""`passphrase`: another passphrase, another cost of the derivation, new keys under both."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import FILE
from wallet.cli.vault_access import (
    ask_new,
    check_given,
    passphrase_file,
    read_passphrase,
    unlock_with_passphrase,
)
from wallet.errors import UsageError, WrongPassphraseError
from wallet.secrets.passphrase import Passphrase
from wallet.system.terminal import ask_passphrase
from wallet.vault.backups import older_saves
from wallet.vault.file import kdf
from wallet.vault.file.kdf import COSTS, KdfCost
from wallet.vault.own_texts import own_texts
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet passphrase",
    "nkey-wallet passphrase --cost heavy",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `passphrase`."""
    command.add_argument(
        "--new-passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the new passphrase from FILE; - for standard input",
    )
    command.add_argument(
        "--cost",
        choices=["light", "standard", "heavy"],
        help="what one guess at it costs; alone, the passphrase stays as it is",
    )


def run(arguments: Namespace) -> int:
    """`passphrase`: change the passphrase, or with `--cost` alone only what a guess costs."""
    if "-" == passphrase_file(arguments) == arguments.new_passphrase_file:
        raise UsageError("Both passphrases cannot come from standard input: put one in a file.")
    cost = COSTS[arguments.cost] if arguments.cost else None
    vault, old = unlock_with_passphrase(arguments)
    with vault, old:
        with _new(arguments.new_passphrase_file, cost, old, vault) as new:
            if cost is None and arguments.new_passphrase_file is None:
                cost = _ask_cost(vault.cost)
            vault.change_passphrase(old, new, cost)
            unchanged = old.matches(new)
        _tell(vault, unchanged=unchanged)
        if not unchanged:
            _offer_to_delete(vault)
    return 0


def _new(file: str | None, cost: KdfCost | None, old: Passphrase, vault: Vault) -> Passphrase:
    """The new passphrase, from a file or the terminal; with a cost alone the present one."""
    if file is None and cost is not None:
        return old.copy()
    if file is None:
        return ask_new(own_texts(vault.records))
    new = read_passphrase(file)
    try:
        if cost is None and old.matches(new):
            raise UsageError("The new passphrase is the present one. Nothing was changed.")
        check_given(new, file, own_texts(vault.records))
    except BaseException:
        new.wipe()
        raise
    return new


def _ask_cost(present: KdfCost) -> KdfCost | None:
    """Ask what a guess is to cost, with the seconds it takes here; None keeps the present one."""
    if not sys.stdin.isatty():
        return None
    output.note("What one guess costs, and each unlock you; about how long on this machine:")
    seconds = kdf.seconds_here()
    for name, cost in COSTS.items():
        took = f"{seconds[name]:.2g} s" if name in seconds else ""
        now = "(as it is now)" if cost == present else ""
        output.note(f"  {name:8}  {cost.memory_kib // 1024:>4} MiB  {took:>7}  {now}".rstrip())
    answer = output.ask(f"Which? Enter alone keeps {kdf.name_of(present)}:")
    if answer and answer not in COSTS:
        raise UsageError(f"Choose {', '.join(COSTS)}. Nothing was changed.")
    return COSTS[answer] if answer else None


def _tell(vault: Vault, *, unchanged: bool) -> None:
    what = "cost of the passphrase" if unchanged else "passphrase"
    output.note(
        f"The {what} is changed: {vault.path} has new keys, and a guess at it costs "
        f"{kdf.name_of(vault.cost)}. Other windows ask for it before their next change."
    )


def _offer_to_delete(vault: Vault) -> None:
    """Old backups open with an old passphrase: to be deleted once the new one is seen to work."""
    old = vault.backups()
    if not old:
        return
    count = f"{len(old)} backup{'' if len(old) == 1 else 's'}"
    output.note(
        f"{count} of this vault still open{'s' if len(old) == 1 else ''} with the passphrase of "
        "their time, and hold what it held then: `nkey-wallet backups` lists them."
    )
    if not sys.stdin.isatty():
        return
    prompt = f"To delete {count}, type the new passphrase once more (Enter alone keeps them): "
    typed = ask_passphrase(prompt, empty_is_none=True)
    if typed is None:
        output.note("They were kept.")
        return
    with typed:
        try:
            Vault.unlock(vault.path, typed, read_only=True).lock()
        except WrongPassphraseError:
            output.note("That does not open the vault. The backups were kept.")
            return
    gone = [older_saves.delete(backup, vault.vault_id) for backup in old]
    output.note(f"Deleted {sum(gone)} of {len(old)}. Copies elsewhere are yours to find.")
