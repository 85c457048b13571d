"""Changes in the records in memory, without a copy of them, as a command makes its own."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, unlock
from tests.vault.test_saving import PROTOCOL, TIDYING, Watched
from wallet.errors import (
    LockedError,
    SaveFailedError,
    SaveUncertainError,
    UsageError,
    VaultError,
)
from wallet.system.disk import files
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def vault(path: Path) -> Iterator[Vault]:
    with make(path, "first") as vault:
        vault.in_place = True
        yield vault


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Watched]:
    def install(fail: int = 0, error: BaseException | None = None) -> Watched:
        watched = Watched(fail, error)
        monkeypatch.setattr(files, "system", watched)
        return watched

    return install


def notes_of(vault: Vault) -> list[tuple[str, str]]:
    return [(event.what, event.path) for event in vault.records.history.events()]


def change_and_fail(vault: Vault, meanwhile: Callable[[], object] = lambda: None) -> None:
    with vault.change() as records:
        records.rename(records.find("first").id, "renamed")
        meanwhile()
        records.rename(records.find("renamed").id, "a/b")


def test_several_changes_say_the_same_as_those_of_copies(path: Path, vault: Vault) -> None:
    before = vault.records
    for name in ("second", "third"):
        add(vault, name)
        assert vault.records is before
    with make(path.with_name("other.nkw"), "first") as other:
        add(other, "second")
        add(other, "third")
        assert notes_of(vault) == notes_of(other)
    with unlock(path) as fresh:
        assert names_in(fresh) == names_in(vault) == {"first", "second", "third"}
        assert notes_of(fresh) == notes_of(vault)
        assert fresh.generation == vault.generation
    assert vault.check_contents() == []


def test_a_change_that_raises_leaves_all_as_it_was(path: Path, vault: Vault) -> None:
    content, notes = path.read_bytes(), notes_of(vault)
    with pytest.raises(UsageError):
        change_and_fail(vault)
    assert path.read_bytes() == content
    assert names_in(vault) == {"first"}
    assert notes_of(vault) == notes
    add(vault, "second")
    assert names_in(vault) == {"first", "second"}
    assert [what for what, _ in notes_of(vault)][len(notes) :] == [notes[-1][0]]


def test_a_change_that_raises_before_it_changed_anything_reads_nothing_again(
    vault: Vault, watch: Callable[..., Watched]
) -> None:
    watched = watch()
    with pytest.raises(UsageError), vault.change() as records:
        records.rename(records.find("first").id, "a/b")
    assert watched.calls == PROTOCOL[:3]
    add(vault, "second")
    assert names_in(vault) == {"first", "second"}


@pytest.mark.parametrize("call", range(1, len(PROTOCOL) + len(TIDYING) + 1))
@pytest.mark.parametrize("fault", ["error", "interrupt"])
def test_whichever_call_fails_memory_says_what_the_file_says(
    path: Path, vault: Vault, watch: Callable[..., Watched], call: int, fault: str
) -> None:
    before = path.read_bytes()
    watch(call, OSError(errno.EIO, "no") if fault == "error" else KeyboardInterrupt())
    outcome: type[BaseException] | None = None
    try:
        add(vault, "second")
    except (VaultError, KeyboardInterrupt) as error:
        outcome = type(error)
    watch()
    after = names_in(vault)
    if outcome in (None, SaveUncertainError):
        assert after == {"first", "second"}
    elif outcome is not KeyboardInterrupt:
        assert after == {"first"}
        assert path.read_bytes() == before
    with unlock(path) as fresh:
        assert names_in(fresh) == after
        assert fresh.generation == vault.generation
    add(vault, "third")
    with unlock(path) as fresh:
        assert names_in(fresh) == names_in(vault) == after | {"third"}
    assert not [name for name in os.listdir(path.parent) if ".new-" in name]


def test_what_another_program_saved_between_is_kept(path: Path, vault: Vault) -> None:
    with unlock(path) as other:
        add(other, "other's")
    add(vault, "second")
    with pytest.raises(UsageError):
        change_and_fail(vault)
    assert names_in(vault) == {"first", "second", "other's"}


def test_where_the_file_cannot_be_read_again_the_vault_locks(path: Path, vault: Vault) -> None:
    with pytest.raises(UsageError):
        change_and_fail(vault, path.unlink)
    assert vault.locked
    with pytest.raises(LockedError):
        vault.records.all()


def test_what_rots_on_the_way_to_the_disk_is_in_memory_neither(
    path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rotten(files.System):
        def read(self, descriptor: int, length: int) -> bytes:
            piece = super().read(descriptor, length)
            if os.fstat(descriptor).st_ino != path.stat().st_ino and len(piece) > 1:
                return piece[:-1] + bytes([piece[-1] ^ 1])
            return piece

    before = path.read_bytes()
    with monkeypatch.context() as context:
        context.setattr(files, "system", Rotten())
        with pytest.raises(SaveFailedError, match="reads back differently"):
            add(vault, "second")
    assert path.read_bytes() == before
    assert names_in(vault) == {"first"}
    add(vault, "third")
    with unlock(path) as fresh:
        assert names_in(fresh) == {"first", "third"}


def test_a_failure_when_the_file_is_closed_makes_room_and_writes_it_again(
    path: Path, vault: Vault, watch: Callable[..., Watched]
) -> None:
    for number in range(3):  # older saves that may go
        add(vault, f"more-{number}")
    watched = watch(PROTOCOL.index("close new") + 1, OSError(errno.ENOSPC, "full"))
    add(vault, "second")
    assert watched.calls.count("open new") == 2
    with unlock(path) as fresh:
        assert "second" in names_in(fresh)
