"""What is killed and failed: each change of a vault that the matrix has a row for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.vault.golden import make as golden
from wallet.errors import SaveUncertainError, VaultError, WrongPassphraseError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.secrets.sodium import Bytes
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.copies.joined_file import write_joined
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.copies.vault_merge import VaultMerge
from wallet.vault.file import durable_save
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

TEXT = "correct horse battery staple"
OTHER = "entirely another passphrase"
CODE = b"sixteen bytes..."
KEY_FILE = bytes(32)  # the hash of one
CHEAP = KdfCost.MINIMUM
GOLDEN = (golden.HERE / "v1.passphrase").read_text(encoding="utf-8").rstrip("\n")

Change = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One change: what is there before it, the change, and what must be there after it.

    `before` are the keys without the change, `after` those with it; None is no vault.
    `goes` says that a file which was there may go, because a rule says so, and `older` that the
    vault is older afterwards than one that was seen before. `prepare` makes the
    files; `open` gives, in the parent of the process that is killed, the change to do.
    """

    name: str
    prepare: Callable[[Path], object]
    open: Callable[[Path], Change]
    before: frozenset[str] | None = frozenset("abc")
    after: frozenset[str] | None = frozenset("abc")
    goes: bool = False
    older: bool = False
    passphrases: tuple[str, ...] = (TEXT,)


def unlock(path: Path, text: str = TEXT, *, older: bool = False) -> Vault:
    with Passphrase(text).with_key_file(KeyFile(bytearray(KEY_FILE))) as passphrase:
        return Vault.unlock(path, passphrase, accept_older=older)


def unlock_after(path: Path, row: Row) -> Vault:
    """The vault after a row's change, opened by the first of its passphrases that fits."""
    *others, last = row.passphrases
    for text in others:
        with contextlib.suppress(WrongPassphraseError):
            return unlock(path, text, older=row.older)
    return unlock(path, last, older=row.older)


def add(vault: Vault, name: str) -> None:
    with Seed.generate(Kind.USER) as seed, vault.change() as records:
        records.add(seed, name=name)


def names_in(vault: Vault) -> frozenset[str]:
    return frozenset(record.name for record in vault.records.all())


def three_keys(path: Path) -> None:
    """A vault with keys a, b and c, of which the last backups have two, one and none."""
    with Passphrase(TEXT) as passphrase, Vault.create(path, passphrase, CHEAP) as vault:
        for name in "abc":
            add(vault, name)


def _a_killed_save(path: Path) -> None:
    """The same, and what a killed save left beside it."""
    three_keys(path)
    files.temporary_name(path).write_bytes(path.read_bytes()[:5000])


def _full(path: Path) -> None:
    """As many backups as are kept, so that a change lets one go."""
    three_keys(path)
    with unlock(path) as vault, vault.change(minor=True) as records:
        Plan(number=1, days=0).keep_in(records.settings)


def _elsewhere(path: Path) -> None:
    """Older saves are kept in another directory."""
    three_keys(path)
    place = path.parent / "elsewhere"
    place.mkdir()
    with unlock(path) as vault, vault.change() as records:
        Plan(place=place).keep_in(records.settings)


def _lost(path: Path) -> None:
    three_keys(path)
    path.unlink()


def _foreign_backup(path: Path) -> None:
    three_keys(path)
    other = path.with_name("other.nkw")
    three_keys(other)
    other.replace(files.backup_path(path))


def _of_version_1(path: Path) -> None:
    """A vault as the program of the first tables left it."""
    shutil.copyfile(golden.HERE / "v1.nkw", path)


def _forked(path: Path) -> None:
    """In the place of a vault with a, b and c stands one that went on from a and b to x."""
    three_keys(path)
    elsewhere = path.parent / "elsewhere" / path.name
    elsewhere.parent.mkdir()
    shutil.copyfile(files.backup_path(path), elsewhere)
    with unlock(elsewhere) as vault:
        add(vault, "x")
    elsewhere.replace(path)
    shutil.rmtree(elsewhere.parent)


THERE = "there.nkw"


def _parted(path: Path) -> None:
    """A vault with a, b, c and e; beside it what somebody made of a, b and c: a, b and d."""
    three_keys(path)
    there = path.with_name(THERE)
    shutil.copyfile(path, there)
    with unlock(there, older=True) as vault:
        add(vault, "d")
        with vault.change() as records:
            records.delete(records.find("c").id)
    with unlock(path) as vault:
        add(vault, "e")


def _joining(path: Path) -> Change:
    return _merge_of(path).carry_out


def _joining_as_git_does(path: Path) -> Change:
    """What both hold is written in the vault's place, without a save."""
    merge = _merge_of(path)
    return lambda: write_joined(merge, path)


def _merge_of(path: Path) -> VaultMerge:
    vault = unlock(path)
    return VaultMerge.of(vault, VaultCopy.of(vault, path.with_name(THERE)))


def _migrating(path: Path) -> Change:
    vault = unlock(path, GOLDEN)
    return lambda: add(vault, "d")


def _accepting(path: Path) -> Change:
    vault = unlock(path, older=True)
    return lambda: add(vault, "d")


def _adding(path: Path) -> Change:
    vault = unlock(path)
    return lambda: add(vault, "d")


def _adding_in_place(path: Path) -> Change:
    """As a command does: the records in memory are changed themselves, not a copy of them.

    After an error they must say what the file says, or be gone.
    """
    vault = unlock(path)
    vault.in_place = True

    def change() -> None:
        try:
            with Seed.generate(Kind.USER) as seed, vault.change() as records:
                records.delete(records.find("c").id)
                records.add(seed, name="d")
        except SaveUncertainError:
            assert names_in(vault) == _EXCHANGED
            raise
        except VaultError:
            assert vault.locked or names_in(vault) == frozenset("abc")
            raise
        assert names_in(vault) == _EXCHANGED

    return change


def _noting(path: Path) -> Change:
    vault = unlock(path)

    def note() -> None:
        with vault.change(minor=True) as records:
            records.settings.set("theme", "dark")

    return note


def _passphrase(path: Path) -> Change:
    vault = unlock(path)

    def change() -> None:
        with Passphrase(TEXT) as old, Passphrase(OTHER) as new:
            vault.change_passphrase(old, new)

    return change


def _recovery(path: Path) -> Change:
    """A code is made where none was."""
    vault = unlock(path)

    def change() -> None:
        with Passphrase(TEXT) as passphrase, RecoveryCode(bytearray(CODE)) as code:
            vault.change_recovery(passphrase, code)

    return change


def _with_recovery(path: Path) -> None:
    three_keys(path)
    _recovery(path)()


def _removal(path: Path) -> Change:
    vault = unlock(path)

    def change() -> None:
        with Passphrase(TEXT) as passphrase:
            vault.change_recovery(passphrase, None)

    return change


def _key_file(path: Path) -> Change:
    """A key file is set: the passphrase opens with it, and without it only what was before."""
    vault = unlock(path)

    def change() -> None:
        with Passphrase(TEXT) as passphrase, KeyFile(bytearray(KEY_FILE)) as key_file:
            vault.change_passphrase(passphrase, passphrase, key_file=key_file)

    return change


def _by_code(path: Path) -> Change:
    """A new passphrase is given by the code."""
    with RecoveryCode(bytearray(CODE)) as opener:
        vault = Vault.unlock(path, opener)

    def change() -> None:
        with RecoveryCode(bytearray(CODE)) as code, Passphrase(OTHER) as new:
            vault.change_passphrase(code, new)

    return change


def _restoring(path: Path) -> Change:
    vault = unlock(path)
    oldest = vault.backups()[-2]  # with key a
    with Passphrase(TEXT) as passphrase:
        copy = VaultCopy.open(oldest.path, passphrase)
    return lambda: restore(vault, copy)


def _making(path: Path, *, keep_aside: bool = False) -> Change:
    def make() -> None:
        with Passphrase(TEXT) as passphrase:
            Vault.create(path, passphrase, CHEAP, keep_aside=keep_aside)

    return make


def _bringing_back(path: Path) -> Change:
    return lambda: older_saves.bring_back(files.backup_path(path), path)


_FOUR = frozenset("abcd")
_EXCHANGED = frozenset("abd")
_FORK = frozenset("abx")
_BEFORE_MERGE, _MERGED = frozenset("abce"), frozenset("abde")
_GOLDEN = frozenset(
    key["name"]
    for key in json.loads((golden.HERE / "v1.json").read_text(encoding="utf-8"))["tables"]["keys"]
)
ROWS = (
    Row("a save", three_keys, _adding, after=_FOUR),
    Row("a save of records changed in place", three_keys, _adding_in_place, after=_EXCHANGED),
    Row("a save after a killed one", _a_killed_save, _adding, after=_FOUR, goes=True),
    Row("a save that only notes", three_keys, _noting),
    Row("a save that lets an old one go", _full, _adding, after=_FOUR, goes=True),
    Row("a save with backups elsewhere", _elsewhere, _adding, after=_FOUR),
    Row("a save beside another's backup", _foreign_backup, _adding, after=_FOUR),
    Row(
        "the first save of newer tables",
        _of_version_1,
        _migrating,
        _GOLDEN,
        _GOLDEN | {"d"},
        passphrases=(GOLDEN,),
    ),
    Row(
        "the first save of a taken fork",
        _forked,
        _accepting,
        _FORK,
        _FORK | {"d"},
        older=True,
    ),
    Row("a passphrase change", three_keys, _passphrase, passphrases=(TEXT, OTHER)),
    Row("a recovery code made", three_keys, _recovery),
    Row("a recovery code removed", _with_recovery, _removal),
    Row("a key file set", three_keys, _key_file),
    Row("a passphrase by the code", _with_recovery, _by_code, passphrases=(TEXT, OTHER)),
    Row("a restore", three_keys, _restoring, after=frozenset("a")),
    Row("a merge", _parted, _joining, _BEFORE_MERGE, _MERGED),
    Row("a merge as git does it", _parted, _joining_as_git_does, _BEFORE_MERGE, _MERGED, goes=True),
    Row("making a vault", lambda _: None, _making, None, frozenset()),
    Row(
        "making one beside a backup",
        _lost,
        lambda path: _making(path, keep_aside=True),
        None,
        frozenset(),
    ),
    Row("bringing a backup back", _lost, _bringing_back, None, frozenset("ab"), older=True),
)


# The negative control: a way to save that loses the vault, which the matrix must see.


def in_place(
    path: Path,
    parts: Sequence[Bytes],
    verify: Callable[[], None],
    older: durable_save.OlderSaves | None = None,
) -> None:
    """The wrong way to save, which the tests must be able to tell from the right one."""
    descriptor = files.system.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for part in parts:
        files.system.write(descriptor, memoryview(part))
    files.system.sync(descriptor)
    files.system.close(descriptor)
    verify()  # the records go on with what that opens


CONTROL = Row("control: a save in place", three_keys, _adding, after=_FOUR)


@contextlib.contextmanager
def saving_in_place() -> Iterator[None]:
    """Within the block the next save of a vault that is there writes over it."""
    really, durable_save.save = durable_save.save, in_place
    try:
        yield
    finally:
        durable_save.save = really
