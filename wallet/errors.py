"""Every error a person can meet, as one small family.

A class stands for one thing that a caller would handle differently. Its message is a
sentence for the person at the keyboard: what happened, what it means for the keys, and
what to do next. No message ever holds a secret: what looks like a seed in one, quoted from a file
or from what was typed, is left out wherever the message is told.

`exit_code` is what the command line ends with: 1 the answer is no, 2 not understood,
3 the vault could not be opened or written, 4 no such key or more than one, 74 what was to
be said could not be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from wallet.text import hide_seeds


class WalletError(Exception):
    """The root of the family: every error that a person can meet, its message a sentence for them.

    `on_command_line` is what a person there can do about it, as another sentence.
    """

    exit_code: ClassVar[int] = 1
    on_command_line: str = ""

    def __str__(self) -> str:
        return hide_seeds(super().__str__())

    @property
    def told(self) -> str:
        """The sentence, as an `Advice` where it is one: with the wallet's own commands known."""
        text = str(self)
        return next((own for own in self.args if own == text), text)


class UsageError(WalletError):
    """A person asked for what makes no sense: an unknown kind, a name with a slash in it."""

    exit_code = 2


class StateRefusesError(UsageError):
    """A person asked for what makes sense, but not of keys as these are: revoked, without a JWT, in
    a rotation already. The command was understood, and its answer is no."""

    exit_code = 1


class OutputLostError(WalletError):
    """The wallet could not write what a person has to read: a full disk, a closed stream."""

    exit_code = 74


class KeyFormatError(WalletError):
    """A text is not the key that was expected.

    `problem` is the first thing a person would fix: `empty`, `length`, `alphabet`, `case`,
    `checksum`, `kind`, `trailing`, `spare-bits`, `seed-for-public`, `public-for-seed`, `weak`.
    """

    exit_code = 2

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class JwtError(WalletError):
    """A text is not a NATS JWT, or not one to be trusted.

    `problem` is `empty`, `size`, `parts`, `base64`, `json`, `header`, `claims`, `version`,
    `issuer` or `signature`.
    """

    exit_code = 2

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class CredentialsError(WalletError):
    """A text is not the creds of a user.

    `problem` is `size`, `jwt-missing`, `seed-missing`, `blocks`, `kind` or `mismatch`.
    """

    exit_code = 2

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class ConfigurationError(WalletError):
    """nats-server would not take a configuration, or a rehearsal cannot.

    `line` counts from 1 in `file`, as the person named it; 0 where it is of no one line.
    `endless` says that a reader without bounds would not come to an end with it.
    """

    def __init__(self, file: str, line: int, what: str, *, endless: bool = False) -> None:
        where = f"{file} line {line}" if line else file
        super().__init__(f"{where}: {what}. No key was checked.")
        self.file = file
        self.line = line
        self.endless = endless


class NoSuchKeyError(WalletError):
    """No key in the vault has the name, path or public key that was given."""

    exit_code = 4
    on_command_line = "`nkey-wallet list` names all."


class AmbiguousKeyError(WalletError):
    """More than one key has the name, or the beginning of a public key, that was given."""

    exit_code = 4


class NoSeedError(WalletError):
    """The vault holds only the public half of a key whose seed is needed."""


class VaultError(WalletError):
    """The vault could not be opened or written."""

    exit_code = 3


class MachineCannotError(VaultError):
    """This machine lacks what a vault needs; nothing is wrong with the vault or its backups."""


class NoHomeError(VaultError):
    """The system names no home directory, so the usual places of the files are unknown."""


class VaultMissingError(VaultError):
    """No file stands at the path where a vault was to be opened."""


class VaultExistsError(VaultError):
    """A new vault was asked for where a file already is."""


class BackupThereError(VaultError):
    """A new vault was asked for where a backup stands, perhaps the last copy of another."""


class NotAVaultError(VaultError):
    """The file does not begin as a vault does."""


class NotARegularFileError(VaultError):
    """The path leads to a directory, a pipe or a device."""


class VaultTooLargeError(VaultError):
    """The file is larger than any vault may be."""


class TruncatedError(VaultError):
    """The file ends before its header says it does."""


class TrailingDataError(VaultError):
    """The file goes on after its header says it ends."""


class NewerFormatError(VaultError):
    """A newer version of the wallet wrote the file."""


class HeaderDamagedError(VaultError):
    """The header's checksum does not fit, or a field has a value no writer produces."""


class ParametersRefusedError(VaultError):
    """The header asks for more memory or work to derive a key than is allowed."""


class StoppedError(VaultError):
    """A derivation was given up: whoever asked for it did not want to wait any more."""


class WrongPassphraseError(VaultError):
    """No way in was opened by this passphrase. The file itself is sound as far as it shows."""


class WrongKeyFileError(WrongPassphraseError):
    """Passphrase and key file do not open the vault together; nobody can tell which is another."""


class WrongRecoveryCodeError(WrongPassphraseError):
    """The code is well typed, and opens no way in to this vault."""


class MistypedCodeError(WrongRecoveryCodeError):
    """A text is no recovery code; `groups` are those with a mistake, from 1, where that shows."""

    def __init__(self, message: str, *, groups: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.groups = groups


class KeyFileNeededError(VaultError):
    """The vault's passphrase opens it only together with a key file, and none was named."""

    on_command_line = "Name it with --key-file FILE, or with NKEY_WALLET_KEY_FILE."


class KeyFileRefusedError(VaultError):
    """A file cannot be read as a key file, or would be a bad one."""


class AlteredError(VaultError):
    """The contents were changed after they were written; what was given opens the vault."""


class ContentsInvalidError(VaultError):
    """The contents decrypt, but are not what a vault holds."""


class ContentsDamagedError(ContentsInvalidError):
    """The contents are a vault's, and failed their check; `problems`, the gravest first."""

    on_command_line = "With --accept-damaged they are taken, and saved over, as they are."

    def __init__(self, message: str, *, problems: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class NewerContentsError(VaultError):
    """A newer version of the wallet arranged the tables inside."""


class OlderThanSeenError(VaultError):
    """The file is older than one already seen here: `generation` now, `seen` before."""

    on_command_line = "With --accept-older it is taken all the same."

    def __init__(self, message: str, *, generation: int, seen: int) -> None:
        super().__init__(message)
        self.generation = generation
        self.seen = seen


class ForkedError(VaultError):
    """The file does not follow the one seen here: save `generation`, beside save `seen`."""

    on_command_line = "With --accept-older this one is taken."

    def __init__(self, message: str, *, generation: int, seen: int) -> None:
        super().__init__(message)
        self.generation = generation
        self.seen = seen


class BusyError(VaultError):
    """Another process held the vault's lock for too long."""


class DiskFullError(VaultError):
    """The disk had no room for the new file. The old one is as it was."""


class PermissionRefusedError(VaultError):
    """The system does not let us read or write there."""


class SaveFailedError(VaultError):
    """The new file could not be written or read back. The old one is as it was."""


class ReadsBackDifferentlyError(SaveFailedError):
    """The new file held something else than was written, or nothing that opens."""


class SaveUncertainError(VaultError):
    """The new file is in place, but the system did not confirm that it reached the disk."""


class NotRecordedError(VaultError):
    """The wallet could not note in the vault that a secret is shown, and so did not show it."""

    on_command_line = "With --unrecorded it is shown all the same."


class ReadOnlyError(VaultError):
    """The vault was opened to be looked at, not to be changed."""


class LockedError(VaultError):
    """The vault is locked: its keys are no longer in memory."""


class PassphraseRefusedError(WalletError):
    """A new passphrase is too weak, too long, or holds what no keyboard types."""

    exit_code = 2


DAMAGED = (
    *(NotAVaultError, TruncatedError, TrailingDataError, HeaderDamagedError),
    *(AlteredError, ContentsInvalidError),
)
"""What no passphrase helps against, and only another file of the vault does."""
