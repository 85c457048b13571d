"""`recovery`: a code that opens the vault when its passphrase or key file is lost."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, add_json
from wallet.cli.named_files import path_of
from wallet.cli.openers import TRIES
from wallet.cli.vault.passphrase import offer_to_delete
from wallet.cli.vault_access import renew, require_there, unlock_with_opener
from wallet.errors import (
    MistypedCodeError,
    PassphraseRefusedError,
    SaveUncertainError,
    StateRefusesError,
    UsageError,
)
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk.plainfiles import FileExistsAlreadyError
from wallet.system.terminal import ask_passphrase
from wallet.tasks import recovery_page
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet recovery",
    "nkey-wallet recovery --to page.txt",
    "nkey-wallet recovery --status --json",
    "nkey-wallet recovery --remove",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `recovery`."""
    command.description = (
        "Make a code that opens the vault when its passphrase or key file is lost, or replace the "
        "code that it has. It is shown once, on a page to print, and counts when it was typed back."
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--to",
        type=FILE,
        metavar="FILE",
        help="write the page to FILE, which is not there yet, and read it back, instead of asking",
    )
    what.add_argument("--remove", action="store_true", help="let no code open the vault any more")
    what.add_argument(
        "--status",
        action="store_true",
        help="say which ways in the vault's file names; nobody is asked for a passphrase",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`recovery`: make a code, replace it, remove it, or say whether there is one."""
    if arguments.status or arguments.json:
        return _status(arguments)
    on_terminal = sys.stdin.isatty() and output.notes.is_terminal
    if not (on_terminal or arguments.to or arguments.remove):
        raise UsageError(
            "There is no terminal to show a recovery code on and to type it back. Name a new file "
            "for its page with --to FILE."
        )
    vault, opened_by = unlock_with_opener(arguments)
    with vault, _passphrase(arguments, vault, opened_by) as opener:
        had = vault.ways_in.recovery
        if arguments.remove:
            _remove(vault, opener)
        else:
            with RecoveryCode.generate() as code:
                if arguments.to:
                    _to_file(Path(arguments.to), vault, opener, code)
                else:
                    _to_terminal(vault, opener, code)
            _tell(arguments, vault, had=had)
        if had:
            offer_to_delete(vault, opener.key_file)
    return 0


def _passphrase(arguments: Namespace, vault: Vault, opener: Opener) -> Passphrase:
    """The passphrase that opened the vault, or the new one that a person sets where a code did.

    Locks the vault and raises `UsageError` where nobody can be asked for one.
    """
    if isinstance(opener, Passphrase):
        return opener
    try:
        with opener:
            new = renew(arguments, vault, opener)
        if new is None:
            raise StateRefusesError(
                "The vault was opened by its recovery code. Give it a new passphrase first: "
                "nkey-wallet passphrase. Nothing was changed."
            )
    except BaseException:
        vault.lock()
        raise
    return new


def _status(arguments: Namespace) -> int:
    if arguments.remove or arguments.to:
        raise UsageError("--json goes with --status. Nothing was changed.")
    path = path_of(arguments)
    require_there(arguments, path)
    ways_in = Vault.ways_in_at(path)
    if arguments.json:
        output.as_json(
            {
                "passphrase": ways_in.passphrase,
                "key_file": ways_in.key_file,
                "recovery": ways_in.recovery,
            }
        )
        return 0
    ways = [
        *(["its passphrase"] if ways_in.passphrase else []),
        *(["its passphrase and its key file together"] if ways_in.key_file else []),
        *(["its recovery code"] if ways_in.recovery else []),
    ]
    output.say(f"{path} opens with {', or with '.join(ways)}.")
    if not ways_in.recovery:
        output.note("It has no recovery code: `nkey-wallet recovery` makes one.")
    return 0


def _remove(vault: Vault, passphrase: Passphrase) -> None:
    if not vault.ways_in.recovery:
        raise StateRefusesError("The vault has no recovery code. Nothing was changed.")
    vault.change_recovery(passphrase, None)
    output.note(f"No recovery code opens {vault.path} any more. It has new keys.")


def _to_file(to: Path, vault: Vault, passphrase: Passphrase, code: RecoveryCode) -> None:
    """Write the page, read it back, and let its code count then."""
    if str(to) == "-":
        raise UsageError("The page is read back, so it goes to a file: name one with --to FILE.")
    try:
        recovery_page.write(to, vault.path, vault.vault_id, code)
    except FileExistsAlreadyError:
        raise UsageError(
            f"There is something at {to} already, and it was left as it is. Nothing was changed. "
            "Name a file that is not there yet."
        ) from None
    try:
        vault.change_recovery(passphrase, code)
    except SaveUncertainError:
        raise
    except BaseException as error:
        if not recovery_page.is_in_force(vault.path, code):
            recovery_page.take_back(to)
        elif isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(f"the code in {to} opens the vault by now: keep it.") from None
        raise
    output.note(f"Wrote {to}: print it, keep it where the vault is not, and delete the file.")


def _to_terminal(vault: Vault, passphrase: Passphrase, code: RecoveryCode) -> None:
    """Show the page, and let the code count once it was typed back."""
    page = recovery_page.text(vault.path, vault.vault_id, code)
    try:
        output.secret_page(page)
    finally:
        sodium.wipe(page)
    output.note("Write it down or print it now: it is not shown again, and counts once typed back.")
    for tries_left in reversed(range(TRIES)):
        try:
            with (
                ask_passphrase("Type the code back: ") as typed,
                RecoveryCode.read(typed.raw) as again,
            ):
                if again.matches(code):
                    break
            raise MistypedCodeError("That is a recovery code, but not this one.")
        except (MistypedCodeError, PassphraseRefusedError) as error:
            if not tries_left:
                raise UsageError(f"{error} Nothing was changed: this code opens nothing.") from None
            output.note(f"nkey-wallet: {error} Try again.")
    vault.change_recovery(passphrase, code)


def _tell(arguments: Namespace, vault: Vault, *, had: bool) -> None:
    replaced = " The code that it had before does not open it any more." if had else ""
    without = ", without its key file too" if vault.ways_in.key_file else ""
    shown = "" if arguments.to else " Clear this screen, which still shows it."
    output.note(
        f"The recovery code opens {vault.path} from now on{without}. All in the vault "
        f"is sealed anew.{replaced}{shown}"
    )
