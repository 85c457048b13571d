"""Opening the vault for a command: where it is, and what is told when it cannot be opened."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from wallet.cli import output
from wallet.cli.named_files import accepted, path_of
from wallet.cli.openers import ask_new, given_opener, with_opener
from wallet.errors import (
    DAMAGED,
    BackupThereError,
    ForkedError,
    NotRecordedError,
    OlderThanSeenError,
    VaultMissingError,
)
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.shell import command
from wallet.system import silence
from wallet.system.disk import paths
from wallet.system.disk.files import real_path
from wallet.vault import disclosure
from wallet.vault.backups import older_saves
from wallet.vault.db.journal.kinds import What
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault


def unlock(arguments: Namespace) -> Vault:
    """Open the vault, asking for the passphrase on the terminal where no file gives it.

    By the recovery code a person is asked for a new passphrase at once; a script is told.
    """
    vault, opener = unlock_with_opener(arguments)
    with opener:
        if isinstance(opener, RecoveryCode):
            try:
                if (renewed := renew(arguments, vault, opener)) is not None:
                    renewed.wipe()
            except BaseException:
                vault.lock()
                raise
            finally:
                silence.end()
    return vault


def renew(arguments: Namespace, vault: Vault, code: RecoveryCode) -> Passphrase | None:
    """Ask a person for the new passphrase of a vault that the code opened, and set it.

    It is the caller's to wipe. A script is told that one is due: None.
    """
    if not sys.stdin.isatty():
        how = ("--recovery-code-file", str(arguments.recovery_code_file))
        output.note(
            "nkey-wallet: Opened by the recovery code. Give the vault a new passphrase: "
            f"`{again(arguments, 'passphrase', how)}`"
        )
        return None
    from wallet.vault.own_texts import own_texts  # with lists of words that no opening needs

    output.note("Opened by the recovery code. Give the vault a new passphrase now; the code stays.")
    if needed_key_file := vault.ways_in.needs_key_file:
        output.note(KEY_FILE_GOES)
    new = ask_new(own_texts(vault.records))
    try:
        vault.change_passphrase(code, new)
    except BaseException:
        new.wipe()
        raise
    if needed_key_file:
        output.note(tell_key_file_gone(arguments))
    return new


KEY_FILE_GOES = "Its key file is not needed with the new passphrase: the code does without it."


def tell_key_file_gone(arguments: Namespace) -> str:
    """Say that the key file that a vault needed is needed no more, and how to set it again."""
    how = again(arguments, "passphrase", ("--new-key-file", "FILE"))
    return f"The key file of before is not needed any more. To need it again: `{how}`"


def note_secrets(
    arguments: Namespace, vault: Vault, what: What, publics: Sequence[str], detail: str
) -> None:
    """Note that secrets are about to be shown; where that fails, only `--unrecorded` goes on.

    Raises `NotRecordedError`.
    """
    try:
        disclosure.record(vault, what, publics, detail)
    except NotRecordedError as error:
        if not arguments.unrecorded:
            raise
        output.note(f"nkey-wallet: not noted in the vault: {error.__cause__}")


def note_written(vault: Vault, tokens: Mapping[str, str]) -> None:
    """Keep that these JWTs were written, unless what was written to has not taken them."""
    from wallet.tasks.deployment import deliveries

    output.results.flush()
    if not output.results.lost:
        deliveries.note_written(vault, tokens)


def unlock_with_opener(arguments: Namespace) -> tuple[Vault, Opener]:
    """Open the vault as `unlock` does, and give what opened it too, for the caller to wipe."""
    path = path_of(arguments)
    require_there(arguments, path)
    given = given_opener(arguments, path)
    try:
        vault, opener = with_opener(
            arguments, given, path, lambda typed: Vault.unlock(path, typed, **accepted(arguments))
        )
    except (*DAMAGED, OlderThanSeenError, ForkedError) as error:
        if isinstance(error, ForkedError):
            merge = again(arguments, "merge", "FILE")
            error.on_command_line = f"`{merge}` joins the two. {error.on_command_line}"
        error.on_command_line = (
            f"{error.on_command_line} `{again(arguments, 'backups')}` lists what there is to go "
            f"back to, and `{again(arguments, 'restore', 'FILE')}` puts one in its place."
        ).lstrip()
        raise
    finally:
        silence.end()
    if vault.warning:
        output.note(f"nkey-wallet: {vault.warning}")
    vault.check_before_changes(trusting=True)
    vault.in_place = True  # a command is one thread, and ends with its change
    return vault, opener


def require_there(arguments: Namespace, path: Path) -> None:
    """Raise for a vault that is not there, before anybody types a passphrase for nothing."""
    if paths.is_there(path):
        return
    tell_of_backup(arguments, path)
    raise VaultMissingError(
        f"There is no vault at {path}. Make one with `nkey-wallet init`, or name another with "
        "--vault."
    )


def again(arguments: Namespace, *words: str | tuple[str, ...]) -> str:
    """A command to paste that is about the vault that was named here."""
    named = getattr(arguments, "vault", None)
    return command(*words, *([("--vault", str(paths.given(named)))] if named else []))


def tell_of_backup(arguments: Namespace, path: Path) -> None:
    """Raise `BackupThereError` where no vault is but the backup of one, with what to do."""
    there = older_saves.left_behind(real_path(path))
    if there:
        raise BackupThereError(
            f"There is no vault at {path}, but {older_saves.in_words(there)}. To open it: "
            f"`{again(arguments, 'restore', str(there[0].path))}`. To keep it aside and start "
            f"anew: `{again(arguments, 'init', ('--keep-aside',))}`."
        )
