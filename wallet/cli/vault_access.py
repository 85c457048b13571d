"""Opening the vault for a command: where its path and its passphrase come from."""

from __future__ import annotations

import os
from argparse import Namespace
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from wallet.cli import output
from wallet.errors import (
    DAMAGED,
    BackupThereError,
    ForkedError,
    NotRecordedError,
    OlderThanSeenError,
    PassphraseRefusedError,
    UsageError,
    VaultError,
    VaultMissingError,
    WrongPassphraseError,
)
from wallet.secrets import encoding, sodium
from wallet.secrets.passphrase import MAX_BYTES, Passphrase
from wallet.shell import command, file_word
from wallet.system.disk import paths, volumes
from wallet.system.disk.descriptors import fill
from wallet.system.disk.files import real_path
from wallet.system.terminal import ask_passphrase, has_terminal
from wallet.vault import disclosure
from wallet.vault.backups import older_saves
from wallet.vault.db import engine
from wallet.vault.db.parts.history import What
from wallet.vault.vault import Vault, default_path

VARIABLE = "NKEY_WALLET_PASSPHRASE_FILE"
TRIES = 3  # at a passphrase on a terminal, as sudo and ssh give

Opened = TypeVar("Opened")


def path_of(arguments: Namespace) -> Path:
    """The vault named by `--vault`, by `NKEY_WALLET_VAULT`, or the platform's own."""
    engine.require()  # before any vault is blamed, and any passphrase typed
    named = getattr(arguments, "vault", None)
    return paths.given(named) if named else default_path()


def passphrase_file(arguments: Namespace) -> str | None:
    """The file named by `--passphrase-file` or `NKEY_WALLET_PASSPHRASE_FILE`; `-` is stdin."""
    named = getattr(arguments, "passphrase_file", None) or os.environ.get(VARIABLE)
    return str(paths.given(named)) if named else None


def given_passphrase(arguments: Namespace, path: Path | None = None) -> Passphrase | None:
    """The passphrase from a file, for the vault or for the copy of one at `path`.

    None when it is to be asked for. Raises what `read_passphrase` raises.
    """
    name = passphrase_file(arguments)
    return None if name is None else passphrase_of(path or path_of(arguments), name)


def passphrase_of(path: Path, name: str) -> Passphrase:
    """The passphrase in the file `name` that is to open the vault or copy at `path`.

    Raises what `read_passphrase` raises.
    """
    passphrase, marked = _read_passphrase(name)
    return _as_it_was(passphrase, path, name) if marked else passphrase


def _as_it_was(passphrase: Passphrase, path: Path, name: str) -> Passphrase:
    """Choose the one that opens the vault, of a passphrase and the same behind a byte-order mark.

    Until December 2026 the mark of a file in UTF-8 was taken for its first letter.
    """
    if not paths.is_there(path):
        return passphrase
    try:
        with Passphrase(BOM_UTF8 + passphrase.raw) as earlier:
            Vault.unlock(path, earlier, read_only=True).lock()
            passphrase.wipe()
            output.note(
                f"nkey-wallet: The file {name} begins with a byte-order mark, and it is a part of "
                "this vault's passphrase, which nobody can type. Change it: nkey-wallet passphrase"
            )
            return earlier.copy()
    except (VaultError, PassphraseRefusedError):
        return passphrase


def read_passphrase(name: str) -> Passphrase:
    """The passphrase on the one line of a file, its end not counted; `-` is standard input.

    A byte-order mark is not counted either. Raises `UsageError` when the file cannot be read,
    and `PassphraseRefusedError` for what cannot be a passphrase.
    """
    return _read_passphrase(name)[0]


def _read_passphrase(name: str) -> tuple[Passphrase, bool]:
    """The passphrase, and whether a mark of UTF-8 stands before it."""
    content = text = bytearray(2 * MAX_BYTES + 8)
    try:
        # Unbuffered: nothing but `content` ever holds the bytes.
        with open(0 if name == "-" else name, "rb", buffering=0, closefd=name != "-") as file:
            length = fill(file.fileno(), content)
        if name != "-" and volumes.readable_by_others(Path(name)):
            output.note(
                f"nkey-wallet: Other users of this machine may read the passphrase file {name}. "
                f"Make it yours alone: chmod 600 {file_word(name)}"
            )
        with memoryview(content) as view, view[:length] as given:
            marked = bytes(given[:3]) == BOM_UTF8
            text = _in_utf8(given)
        end = len(text)
        if end and text[end - 1] == 0x0A:
            end -= 1
            if end and text[end - 1] == 0x0D:
                end -= 1
        with memoryview(text) as view:
            return Passphrase(bytearray(view[:end])), marked
    except OSError as error:
        raise UsageError(
            f"The passphrase file {name} cannot be read: {error.strerror}. Name one that holds "
            "the passphrase on one line."
        ) from None
    except PassphraseRefusedError as error:
        raise PassphraseRefusedError(f"In the passphrase file {name}: {error}") from None
    finally:
        sodium.wipe(content, text)


def _in_utf8(given: memoryview) -> bytearray:
    try:
        return encoding.utf8(given)
    except ValueError:
        raise PassphraseRefusedError("it is no text, for its UTF-16 was cut off.") from None


def with_passphrase(
    given: Passphrase | None, path: Path, opening: Callable[[Passphrase], Opened]
) -> tuple[Opened, Passphrase]:
    """Open a file with the passphrase given, or with one that is asked for on the terminal.

    One that was mistyped is asked for again: the next try would else be typed into the shell,
    to be seen there and kept in its history. The passphrase is the caller's to wipe. Raises what
    `opening` and `ask_passphrase` raise, `WrongPassphraseError` after the last of `TRIES`.
    """
    for tries_left in reversed(range(1 if given else TRIES)):
        passphrase = given
        try:
            passphrase = given or ask_passphrase(f"Passphrase for {path}: ")
            return opening(passphrase), passphrase
        except (WrongPassphraseError, PassphraseRefusedError) as error:
            if passphrase is not None:
                passphrase.wipe()
            if not tries_left:
                raise
            output.note(f"nkey-wallet: {error} Try again.")
        except BaseException:
            if passphrase is not None:
                passphrase.wipe()
            raise
    raise AssertionError("the last try returns or raises")


def unlock(arguments: Namespace) -> Vault:
    """Open the vault, asking for the passphrase on the terminal where no file gives it."""
    vault, passphrase = unlock_with_passphrase(arguments)
    passphrase.wipe()
    return vault


def accepted(arguments: Namespace) -> dict[str, bool]:
    """Give `--accept-older` and `--accept-damaged` as `Vault.unlock` takes them."""
    return {name: getattr(arguments, name, False) for name in ("accept_older", "accept_damaged")}


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


def unlock_with_passphrase(arguments: Namespace) -> tuple[Vault, Passphrase]:
    """Open the vault as `unlock` does, and give the passphrase too, for the caller to wipe."""
    path = path_of(arguments)
    require_there(arguments, path)
    given = given_passphrase(arguments)
    try:
        vault, passphrase = with_passphrase(
            given, path, lambda typed: Vault.unlock(path, typed, **accepted(arguments))
        )
    except (*DAMAGED, OlderThanSeenError, ForkedError) as error:
        error.on_command_line = (
            f"{error.on_command_line} `{again(arguments, 'backups')}` lists what there is to go "
            f"back to, and `{again(arguments, 'restore', 'FILE')}` puts one in its place."
        ).lstrip()
        raise
    if vault.warning:
        output.note(f"nkey-wallet: {vault.warning}")
    vault.check_before_changes(trusting=True)
    return vault, passphrase


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


def check_given(passphrase: Passphrase, file: str | None, known: Iterable[str] = ()) -> None:
    """Look at a new passphrase that was read from a file, and wipe it when it will not do.

    `known` are texts of the vault. Raises `PassphraseRefusedError`, naming the file.
    """
    from wallet.secrets.rules import check_new

    try:
        check_new(passphrase, known)
    except PassphraseRefusedError as error:
        passphrase.wipe()
        place = "on standard input" if file == "-" else f"in the file {file}"
        raise PassphraseRefusedError(
            f"The passphrase {place} will not do. {error} Nothing was made or changed: write "
            "another there."
        ) from None


def ask_new(known: Iterable[str] = ()) -> Passphrase:
    """Ask for a new passphrase twice, offering a generated one first.

    `known` are texts of the vault. Raises `UsageError` without a terminal or when the two
    differ, and `PassphraseRefusedError`.
    """
    # Lists of words that no vault needs to be opened.
    from wallet.secrets.generator import generate
    from wallet.secrets.rules import check_new

    if not has_terminal():
        raise UsageError(
            "There is no terminal to ask for a new passphrase on. Give it in a file with "
            "--passphrase-file, or on standard input with --passphrase-file -."
        )
    first = ask_passphrase("New passphrase (Enter alone: make one for me): ", empty_is_none=True)
    generated = first is None
    first = first or generate()
    try:
        if generated:
            output.secret_note("Your passphrase, to write down now", first.raw)
        check_new(first, known)
        with ask_passphrase("The same again: ") as second:
            if first.raw != second.raw:
                raise UsageError("The two are not the same. Nothing was made; try again.")
    except BaseException:
        first.wipe()
        raise
    return first
