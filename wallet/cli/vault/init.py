"""`init`: make the vault."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import add_cost
from wallet.cli.named_files import passphrase_file, path_of
from wallet.cli.openers import ask_new, check_given, given_opener, key_file_of
from wallet.cli.vault_access import again, tell_of_backup
from wallet.errors import UsageError, VaultError, VaultExistsError
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk import paths
from wallet.system.disk.files import real_path
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.file.kdf import COSTS
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet init",
    "nkey-wallet init --vault ./ci.nkw --passphrase-file ci.pass",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `init`."""
    add_cost(
        command,
        "what one guess at the passphrase costs an attacker, and each unlock you "
        "(memory 64 MiB, 256 MiB or 1 GiB)",
        default="standard",
    )
    command.add_argument(
        "--keep-aside",
        action="store_true",
        help="where the backup of a vault that is gone stands, give it another name and start anew",
    )


def run(arguments: Namespace) -> int:
    """`init`: make the vault."""
    path = path_of(arguments)
    if paths.is_there(path):
        raise VaultExistsError(_in_the_way(path))
    if not arguments.keep_aside:
        tell_of_backup(arguments, path)  # before anybody thinks of a passphrase for nothing
    given = given_opener(arguments, path)
    if isinstance(given, RecoveryCode):
        given.wipe()
        raise UsageError("A new vault has no recovery code yet: `recovery` makes one for it.")
    if given is not None:
        check_given(given, passphrase_file(arguments))
    with given or _asked(arguments) as passphrase:
        keep_aside = arguments.keep_aside
        Vault.create(path, passphrase, COSTS[arguments.cost], keep_aside=keep_aside).lock()
    output.note(f"Made {path}")
    for backup in older_saves.every_backup(real_path(path)):
        if backup.why is Why.ASIDE:
            output.note(f"Kept aside: {backup.path}")
    output.note(
        "Nobody can open it without the passphrase: keep that where you will find it. For the day "
        f"when it is lost, make a recovery code: `{again(arguments, 'recovery')}`"
    )
    return 0


def _in_the_way(path: Path) -> str:
    """Say what stands in a vault's place already: it is called a vault only where it is one."""
    try:
        older_saves.look(real_path(path))
    except (OSError, VaultError) as error:
        why = str(error) if isinstance(error, VaultError) else f"There is something at {path}."
        return f"{why} It was left as it is: name another place with --vault."
    return (
        f"There is a vault at {path} already. Open it with `nkey-wallet`, or name another place "
        "with --vault."
    )


def _asked(arguments: Namespace) -> Passphrase:
    """A new passphrase from the terminal, with the key file that was named."""
    key_file = key_file_of(arguments)  # before anybody thinks of one for nothing
    passphrase = ask_new()
    if key_file is not None:
        with key_file:
            passphrase.with_key_file(key_file)
    return passphrase
