"""The secrets that open a vault for a command: from files that were named, or asked for.

A passphrase, with a key file where one is named, or a recovery code.
"""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import Namespace
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from wallet.cli import output
from wallet.cli.named_files import key_file_name, passphrase_file, recovery_code_file
from wallet.errors import (
    PassphraseRefusedError,
    UsageError,
    VaultError,
    WalletError,
    WrongPassphraseError,
)
from wallet.secrets import encoding, sodium
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import MAX_BYTES, Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.shell import file_word
from wallet.system.disk import key_file_access, paths, volumes
from wallet.system.disk.descriptors import fill
from wallet.system.terminal import ask_passphrase, has_terminal
from wallet.tasks import recovery_page
from wallet.vault.file.ways_in import Opener, require_key_file
from wallet.vault.vault import Vault

TRIES = 3  # at a passphrase on a terminal, as sudo and ssh give

Opened = TypeVar("Opened")
Typed = TypeVar("Typed")


def key_file_of(arguments: Namespace) -> KeyFile | None:
    """The key file named by `--key-file` or `NKEY_WALLET_KEY_FILE`, for the caller to wipe.

    Raises `KeyFileRefusedError`.
    """
    name = key_file_name(arguments)
    return None if name is None else read_key_file(name)


def read_key_file(name: Path) -> KeyFile:
    """Read a key file, and say so where others may read it. Raises `KeyFileRefusedError`."""
    key_file = key_file_access.read(name)
    _warn_of_readers("key file", name)
    return key_file


def given_opener(arguments: Namespace, path: Path) -> Opener | None:
    """The recovery code or the passphrase from a file, for the vault or the copy of one at `path`.

    None when it is to be asked for. Raises what `read_passphrase`, `read_recovery_code` and
    `key_file_of` raise.
    """
    if (code_file := recovery_code_file(arguments)) is not None:
        if getattr(arguments, "passphrase_file", None) is not None:
            raise UsageError(
                "A vault is opened by its passphrase or by its recovery code: leave out "
                "--passphrase-file or --recovery-code-file."
            )
        return read_recovery_code(code_file)
    name = passphrase_file(arguments)
    return None if name is None else passphrase_of(arguments, path, name)


def read_recovery_code(name: str) -> RecoveryCode:
    """The recovery code in a file, alone or on its page; `-` is standard input, unseen if typed.

    Raises `UsageError` when the file cannot be read, and `MistypedCodeError`.
    """
    if name == "-" and sys.stdin.isatty():
        return asked_again(_ask_code)
    try:
        # Unbuffered: nothing but buffers that are wiped ever holds the bytes.
        with open(0 if name == "-" else name, "rb", buffering=0, closefd=name != "-") as file:
            code = recovery_page.read(file.fileno())
    except OSError as error:
        if recovery_page.is_like_a_code(name):
            raise UsageError(
                "--recovery-code-file takes the name of a file, and a code was given instead of "
                "one. It may stand in the shell's history now: open the vault with the code in a "
                "file, and make another one with `nkey-wallet recovery`."
            ) from None
        raise UsageError(
            f"The recovery code's file {name} cannot be read: {error.strerror}. Name one that "
            "holds the code, or its page."
        ) from None
    if name != "-":
        _warn_of_readers("recovery code's file", Path(name))
    return code


def _ask_code() -> RecoveryCode:
    with ask_passphrase("Recovery code: ") as typed:
        return RecoveryCode.read(typed.raw)


def passphrase_of(arguments: Namespace, path: Path, name: str) -> Passphrase:
    """The passphrase in the file `name` that is to open the vault or copy at `path`.

    With the key file that was named. Raises what `read_passphrase` and `key_file_of` raise.
    """
    key_file = key_file_name(arguments)
    passphrase, marked = _read_passphrase(name)
    key_file_access.join(passphrase, key_file)
    if key_file is not None:
        _warn_of_readers("key file", key_file)
    return _as_it_was(passphrase, path, name) if marked else passphrase


def _warn_of_readers(what: str, name: Path) -> None:
    if volumes.readable_by_others(name):
        output.note(
            f"nkey-wallet: Other users of this machine may read the {what} {name}. "
            f"Make it yours alone: chmod 600 {file_word(str(name))}"
        )


def _as_it_was(passphrase: Passphrase, path: Path, name: str) -> Passphrase:
    """Choose the one that opens the vault, of a passphrase and the same behind a byte-order mark.

    Until December 2026 the mark of a file in UTF-8 was taken for its first letter.
    """
    if not paths.is_there(path):
        return passphrase
    try:
        with Passphrase(BOM_UTF8 + passphrase.raw).with_key_file(passphrase.key_file) as earlier:
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
    """The passphrase on the one line of a file, its end not counted; `-` is standard input, unseen
    if it is typed.

    A byte-order mark is not counted either. Raises `UsageError` when the file cannot be read,
    and `PassphraseRefusedError` for what cannot be a passphrase.
    """
    return _read_passphrase(name)[0]


def _named(name: str) -> str:
    """The name of a file, behind a blank; nothing where it may be a passphrase, which logs keep."""
    is_a_path = os.path.lexists(name) or os.path.isdir(os.path.dirname(name))
    return f" {name}" if is_a_path else ""


def _read_passphrase(name: str) -> tuple[Passphrase, bool]:
    """The passphrase, and whether a mark of UTF-8 stands before it."""
    if name == "-" and sys.stdin.isatty():
        return ask_passphrase("Passphrase: "), False
    content = text = bytearray(2 * MAX_BYTES + 8)
    try:
        # Unbuffered: nothing but `content` ever holds the bytes.
        with open(0 if name == "-" else name, "rb", buffering=0, closefd=name != "-") as file:
            length = fill(file.fileno(), content)
        if name != "-":
            _warn_of_readers("passphrase file", Path(name))
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
            f"The passphrase file{_named(name)} cannot be read: {error.strerror}. Name one that "
            "holds the passphrase on one line, and never the passphrase itself."
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


def with_opener(
    arguments: Namespace, given: Opener | None, path: Path, opening: Callable[[Opener], Opened]
) -> tuple[Opened, Opener]:
    """Open a file with what was given, or with a passphrase that is asked for on the terminal.

    The opener is the caller's to wipe. Raises what `opening` and `ask_passphrase` raise,
    `KeyFileNeededError` before anybody types in vain, and `WrongPassphraseError` after the last
    of `TRIES`.
    """
    if given is not None:
        return _opened(given, opening)
    tried = False
    with _key_file_for(arguments, path) as key_file:

        def ask() -> tuple[Opened, Opener]:
            nonlocal tried
            typed = ask_passphrase(f"Passphrase for {path}: ", typed_ahead=tried)
            tried = True  # whoever knows that it was wrong types on
            return _opened(typed.with_key_file(key_file), opening)

        return asked_again(ask)


def _opened(opener: Opener, opening: Callable[[Opener], Opened]) -> tuple[Opened, Opener]:
    try:
        return opening(opener), opener
    except BaseException:
        opener.wipe()
        raise


def asked_again(ask: Callable[[], Typed], *refused: type[WalletError]) -> Typed:
    """Ask on the terminal for a secret, and again where that was mistyped, three times in all.

    The next try would else be typed into the shell, to be seen there and kept in its history.
    Raises what `ask` raises; that it was mistyped, or is one of `refused`, after the last of
    `TRIES` alone.
    """
    mistyped: tuple[type[WalletError], ...]
    mistyped = (WrongPassphraseError, PassphraseRefusedError, *refused)
    for tries_left in reversed(range(TRIES)):
        try:
            return ask()
        except mistyped as error:
            if not tries_left:
                raise
            output.note(f"nkey-wallet: {error} Try again.")
    raise AssertionError("the last try returns or raises")


@contextlib.contextmanager
def _key_file_for(arguments: Namespace, path: Path) -> Iterator[KeyFile | None]:
    """Read the key file that was named, before anybody is asked for the passphrase.

    Raises `KeyFileNeededError` where the file at `path` needs one and none was named.
    """
    key_file = key_file_of(arguments)
    if key_file is None:
        try:
            ways_in = Vault.ways_in_at(path)
        except VaultError:  # told when it is opened
            ways_in = None
        if ways_in is not None:
            require_key_file(ways_in, given=False)
        yield None
        return
    with key_file:
        yield key_file


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

    `known` are texts of the vault. Raises `UsageError` without a terminal, and, after the last of
    `TRIES`, when the two differ, and `PassphraseRefusedError`.
    """
    if not has_terminal():
        raise UsageError(
            "There is no terminal to ask for a new passphrase on. Give it in a file with "
            "--passphrase-file, or on standard input with --passphrase-file -."
        )
    return asked_again(partial(_ask_twice, tuple(known)), UsageError)


def _ask_twice(known: tuple[str, ...]) -> Passphrase:
    # Lists of words that no vault needs to be opened.
    from wallet.secrets.generator import generate
    from wallet.secrets.rules import check_new

    first = ask_passphrase("New passphrase (Enter alone: make one for me): ", empty_is_none=True)
    generated = first is None
    first = first or generate()
    try:
        if generated:
            output.secret_note("Your passphrase, to write down now", first.raw)
        check_new(first, known)
        if generated:  # what was written down is right: only its copy is asked for again
            asked_again(partial(_ask_same, first), UsageError)
        else:
            _ask_same(first)
    except BaseException:
        first.wipe()
        raise
    return first


def _ask_same(first: Passphrase) -> None:
    with ask_passphrase("The same again: ") as second:
        if first.raw != second.raw:
            raise UsageError("The two are not the same: nothing was made.")
