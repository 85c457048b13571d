"""Two machines, one vault copied between them: what follows what, and what went another way."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from tests.vault.support import add, box, make, names_in, noted_of, passphrase, unlock
from tests.vault.test_golden import Golden
from wallet.errors import ForkedError, OlderThanSeenError, ReadOnlyError, SaveFailedError
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.db import ancestors, migrations
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import ancestry, newest_save
from wallet.vault.file.ancestry import Relation, Save
from wallet.vault.file.container import MAX_GENERATION
from wallet.vault.file.first_look import header_at
from wallet.vault.records import Records
from wallet.vault.session.unlocked_state import UnlockedState
from wallet.vault.vault import Vault

On = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> On:
    """Switch to a machine: each remembers for itself what it has seen."""

    def switch(machine: str) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / machine / "state"))

    switch("here")
    return switch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "here" / "vault.nkw"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there" / "vault.nkw"


def copied(path: Path, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, to)


def make_forked(path: Path, there: Path, on: On) -> None:
    """A vault here that is a copy of the one there: each has `both`, and a key of its own since."""
    make(path, "both").lock()
    copied(path, there)
    for machine, file in (("here", path), ("there", there)):
        on(machine)
        changed(file, f"only {machine}")
    on("here")
    copied(there, path)


def kept_beside(path: Path) -> list[bytes]:
    return [
        each.path.read_bytes() for each in older_saves.every_backup(path) if each.why is Why.FORK
    ]


def changed(path: Path, *names: str) -> None:
    with unlock(path) as vault:
        for name in names:
            add(vault, name)


def parted(path: Path, there: Path, on: On, *names: str) -> None:
    """Changed once here, and there once for each name; theirs is put over ours."""
    make(path, "both").lock()
    copied(path, there)
    changed(path, "only here")
    on("there")
    changed(there, *names)
    on("here")
    copied(there, path)


@pytest.mark.parametrize("saves", [1, 2, 4])
def test_a_fork_is_told_however_often_the_other_machine_saved(
    path: Path, there: Path, on: On, saves: int
) -> None:
    parted(path, there, on, *(f"only there {n}" for n in range(saves)))
    before = path.read_bytes()
    with pytest.raises(ForkedError) as caught:
        unlock(path)
    assert (caught.value.generation, caught.value.seen) == (2 + saves, 3)
    assert path.read_bytes() == before


def test_what_the_other_machine_made_of_ours_is_no_fork(path: Path, there: Path, on: On) -> None:
    make(path, "both").lock()
    for turn in range(3):
        copied(path, there)
        on("there")
        changed(there, f"there {turn}", f"there again {turn}")
        on("here")
        copied(there, path)
        changed(path, f"here {turn}")
    with unlock(path) as vault:
        assert vault.records.count() == 10


def test_an_accepted_fork_goes_on_and_both_files_are_kept(path: Path, there: Path, on: On) -> None:
    parted(path, there, on, "only there")
    theirs, ours = path.read_bytes(), path.with_name("vault.nkw.bak").read_bytes()
    with unlock(path, accept_older=True) as vault:
        assert names_in(vault) == {"both", "only there"}
    with pytest.raises(ForkedError):  # to look at it once is not to have chosen it
        unlock(path)
    with unlock(path, accept_older=True) as vault:
        add(vault, "after")
        assert noted_of(vault) == [(What.FORK_ACCEPTED.value, "save 3, beside save 3")]
        assert vault.generation == 4
    changed(path, *(f"more {n}" for n in range(3)))
    kept = kept_beside(path)
    assert sorted(kept) == sorted([theirs, ours])


def test_an_accepted_older_file_is_noted_and_what_stood_beside_it_is_kept(path: Path) -> None:
    make(path, "first").lock()
    old = path.read_bytes()
    changed(path, "second", "third")
    before = path.with_name("vault.nkw.bak").read_bytes()
    path.write_bytes(old)
    with unlock(path, accept_older=True) as vault:
        add(vault, "after")
        assert noted_of(vault) == [("older-accepted", "save 2, beside save 4")]
    kept = kept_beside(path)
    assert sorted(kept) == sorted([old, before])


@pytest.mark.parametrize("ours", [2, 3, 6])
def test_what_parted_with_fewer_saves_is_a_fork_and_no_older_file(
    path: Path, there: Path, on: On, ours: int
) -> None:
    """Called older, it would be said to hold nothing that is not here, and nobody joined it."""
    make(path, "both").lock()
    copied(path, there)
    with unlock(path) as window:
        for number in range(ours):
            add(window, f"only here {number}")
        on("there")
        changed(there, "only there")
        on("here")
        copied(there, path)
        for use in (window.refresh, lambda: add(window, "lost"), lambda: unlock(path)):
            with pytest.raises(ForkedError) as caught:
                use()
            assert (caught.value.generation, caught.value.seen) == (3, 2 + ours)
    with unlock(path, accept_older=True) as vault:
        add(vault, "after")
        what = What.FORK_ACCEPTED.value
        assert noted_of(vault) == [(what, f"save 3, beside save {2 + ours}")]


@pytest.mark.parametrize("back", [1, 3, 5])
def test_an_earlier_save_put_in_the_vaults_place_is_older_and_no_fork(
    path: Path, back: int
) -> None:
    make(path, "first").lock()
    saves = [path.read_bytes()]
    with unlock(path) as window:
        for number in range(5):
            add(window, f"more {number}")
            saves.append(path.read_bytes())
        path.write_bytes(saves[-1 - back])
        for use in (window.refresh, lambda: unlock(path)):
            with pytest.raises(OlderThanSeenError):
                use()


def test_without_the_saves_between_a_file_of_a_lower_number_counts_as_older(
    path: Path, there: Path, on: On
) -> None:
    parted(path, there, on, "only there")
    path.unlink()
    copied(there, path)
    remembered = newest_save.newest(header_at(path).vault_id, path)
    assert remembered is not None
    newest_save.remember(header_at(path).vault_id, path, remembered._replace(generation=9))
    for backup in older_saves.every_backup(path):
        backup.path.unlink()
    with pytest.raises(OlderThanSeenError):
        unlock(path)


@pytest.mark.parametrize("saves", [1, 3])
def test_an_open_vault_never_saves_over_a_fork(path: Path, there: Path, on: On, saves: int) -> None:
    make(path, "both").lock()
    copied(path, there)
    with unlock(path) as window:
        add(window, "only here")
        on("there")
        changed(there, *(f"only there {n}" for n in range(saves)))
        on("here")
        copied(there, path)
        before = path.read_bytes()
        for use in (window.refresh, lambda: add(window, "lost")):
            with pytest.raises(ForkedError):
                use()
        assert path.read_bytes() == before
        assert names_in(window) == {"both", "only here"}


@pytest.mark.parametrize("saves", [0, 1, 3])
def test_a_window_can_go_on_with_its_own_and_the_file_is_kept(
    path: Path, there: Path, on: On, saves: int
) -> None:
    """Without a save there the file is older than the window's; with more it is a fork."""
    make(path, "both").lock()
    copied(path, there)
    with unlock(path) as window:
        add(window, "only here")
        on("there")
        changed(there, *(f"only there {n}" for n in range(saves)))
        on("here")
        copied(there, path)
        theirs = path.read_bytes()
        window.save_over()
        assert window.generation == max(3, 2 + saves) + 1
        add(window, "after")
    assert theirs in kept_beside(path)
    with unlock(path) as vault:
        assert names_in(vault) == {"both", "only here", "after"}
        what = What.FORK_ACCEPTED if saves else What.OLDER_ACCEPTED
        assert [noted for noted, _ in noted_of(vault)] == [what.value]


def test_a_window_that_is_only_behind_takes_the_file_over_and_saves_nothing(path: Path) -> None:
    make(path, "first").lock()
    with unlock(path) as window:
        changed(path, "second")
        before = path.read_bytes()
        window.save_over()
        assert names_in(window) == {"first", "second"}
        window.save_over()
        assert path.read_bytes() == before


def test_a_vault_written_anew_after_a_lock_follows_what_others_have_seen(
    path: Path, there: Path, on: On
) -> None:
    make(path, "first").lock()
    copied(path, there)
    on("there")
    unlock(there).lock()
    on("here")
    window = unlock(path)
    path.unlink()
    sealed = window.sealed()
    window.lock()
    with Vault.unlock_sealed(path, sealed, passphrase()) as again:
        again.write_anew()
    on("there")
    copied(path, there)
    with unlock(there) as vault:
        assert names_in(vault) == {"first"}


def test_an_old_vault_whose_file_vanished_is_written_anew(tmp_path: Path) -> None:
    golden = Golden("v1", tmp_path)
    with golden.unlock() as vault:
        golden.path.unlink()
        vault.write_anew()
    with golden.unlock() as vault:
        assert vault.records.database.tables_version == migrations.VERSION


def test_a_copy_that_is_changed_raises_no_doubt_about_the_vault_itself(
    path: Path, tmp_path: Path
) -> None:
    make(path, "first").lock()
    copy = tmp_path / "copy.nkw"
    shutil.copyfile(path, copy)
    changed(copy, "a", "b", "c")
    changed(path, "second")
    with unlock(path) as vault:
        assert names_in(vault) == {"first", "second"}
    with unlock(copy) as vault:
        assert names_in(vault) == {"first", "a", "b", "c"}


def test_a_vault_is_remembered_by_its_real_path(path: Path, tmp_path: Path) -> None:
    make(path, "first").lock()
    old = path.read_bytes()
    link = tmp_path / "link.nkw"
    link.symlink_to(path)
    changed(link, "second")
    path.write_bytes(old)
    for name in (path, link):
        with pytest.raises(OlderThanSeenError):
            unlock(name)


def test_a_look_at_a_file_neither_notes_it_nor_is_refused(path: Path, there: Path, on: On) -> None:
    parted(path, there, on, "only there", "again")
    memory = newest_save.newest(header_at(path).vault_id, path)
    with Vault.unlock(path, passphrase(), read_only=True) as vault:
        assert names_in(vault) == {"both", "only there", "again"}
        assert not vault.refresh()
        with pytest.raises(ReadOnlyError):
            add(vault, "more")
    assert newest_save.newest(header_at(path).vault_id, path) == memory


# Files and memories from before


def test_todays_first_program_reads_the_number_of_what_we_remember(path: Path) -> None:
    make(path, "first", "second").lock()
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    with file.open("rb") as opened:
        assert int(opened.read(20)) == 3  # its own way to read it


def test_a_memory_of_the_number_alone_raises_no_alarm_and_still_tells_an_older_file(
    path: Path,
) -> None:
    make(path, "first").lock()
    old = path.read_bytes()
    changed(path, "second")
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    file.write_bytes(b"%020d" % 3)
    unlock(path).lock()
    file.write_bytes(b"%020d" % 3)
    path.write_bytes(old)
    with pytest.raises(OlderThanSeenError):
        unlock(path)


def test_vaults_from_before_there_was_a_past_raise_no_alarm(tmp_path: Path) -> None:
    """A copy, changed elsewhere by an older program, comes back: that looked fine, and does."""
    golden = Golden("v1", tmp_path)
    with golden.unlock() as vault:
        vault_id = vault._unlocked().header.vault_id
    for before in (None, Save(1, None), Save(1, b"\1" * 32), Save(2, None)):
        known = ancestry.relation(Save(2, b"\2" * 32, 1), Records.empty(box()).ancestors, before)
        assert known in (Relation.SUCCESSOR, Relation.SAME)
    assert newest_save.newest(vault_id, golden.path) is not None
    golden.unlock().lock()
    with golden.unlock() as vault:
        add(vault, "second version")
    golden.unlock().lock()


def test_a_file_of_an_older_program_put_over_one_of_the_newer_is_a_fork(tmp_path: Path) -> None:
    golden = Golden("v1", tmp_path)
    with golden.unlock() as vault:
        add(vault, "second version")
        now = vault._unlocked().save
    assert now.version == migrations.VERSION
    assert (
        ancestry.relation(Save(9, b"\1" * 32, 1), Records.empty(box()).ancestors, now)
        is Relation.FORK
    )


# A long past


def test_the_newest_ancestors_are_all_kept_and_older_ones_ever_fewer() -> None:
    records = Records.empty(box())
    for generation in range(1, 6001):
        records.ancestors.add(generation, generation.to_bytes(32, "big"))
    with records.database.question() as sql:
        kept = [row[0] for row in sql.execute("SELECT generation FROM ancestors ORDER BY 1")]
    assert kept[-ancestors.NEWEST_KEPT :] == list(range(6001 - ancestors.NEWEST_KEPT, 6001))
    assert ancestors.NEWEST_KEPT >= 1000
    assert kept[0] == 1 == records.ancestors.first()
    assert len(kept) < ancestors.NEWEST_KEPT + 64 * 4
    of_old = [g for g in kept if g < 6001 - 2 * ancestors.NEWEST_KEPT]
    assert len(of_old) > 64


def test_thinning_keeps_what_it_would_keep_if_it_were_done_at_once() -> None:
    """What is kept at one time is kept from what was kept before: nothing comes back."""
    for age in range(ancestors.NEWEST_KEPT, 40 * ancestors.NEWEST_KEPT, 97):
        assert ancestors._step(age + 97) % ancestors._step(age) == 0


def test_a_past_too_long_to_tell_counts_as_a_fork() -> None:
    records = Records.empty(box())
    for generation in range(1, 3001):
        records.ancestors.add(generation, generation.to_bytes(32, "big"))
    file = Save(3001, b"\xff" * 32, 2)
    lost = next(g for g in range(2, 3001) if records.ancestors.header_of(g) is None)
    for generation, expected in ((2990, Relation.SUCCESSOR), (1, Relation.SUCCESSOR)):
        before = Save(generation, generation.to_bytes(32, "big"), 2)
        assert ancestry.relation(file, records.ancestors, before) is expected
    unknown = Save(lost, lost.to_bytes(32, "big"), 2)
    assert ancestry.relation(file, records.ancestors, unknown) is Relation.FORK
    other = Save(2990, b"\xee" * 32, 2)
    assert ancestry.relation(file, records.ancestors, other) is Relation.FORK


# Numbers without bounds


def state() -> Path:
    return platformdirs.user_state_path("nkey-wallet", appauthor=False) / "seen"


NUMBERS = {
    "the last number that opens": b"%020d" % MAX_GENERATION,
    "one more": b"%020d" % (MAX_GENERATION + 1),
    "twenty nines": b"9" * 20,
    "a number with underscores": b"4_611_686_018_427_38",
    "zero": b"0" * 20,
    "less than nothing": b"-0000000000000000005",
    "no number": b"\xff" * 20,
    "nothing": b"",
    "only a sign": b"+",
}


@pytest.mark.parametrize("digits", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("rest", [b"", b"\n" + b"x" * 121, b"\n" * 200_000], ids=["", "x", "lines"])
def test_a_number_in_the_memory_never_takes_the_vault_beyond_its_own_limit(
    path: Path, digits: bytes, rest: bytes
) -> None:
    make(path, "first").lock()
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    file.write_bytes(digits + rest)
    with unlock(path, accept_older=True) as vault:
        for name in ("second", "third", "fourth"):
            add(vault, name)
    with unlock(path) as vault:
        assert vault.records.count() == 4
    unlock(vault.backup_path, accept_older=True).lock()


def test_a_number_in_a_line_of_the_memory_is_bounded_too(path: Path) -> None:
    make(path, "first").lock()
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    content = file.read_bytes()
    file.write_bytes(content.replace(b" %020d " % 2, b" %020d " % (MAX_GENERATION - 1)))
    changed(path, "second", "third")
    with unlock(path) as vault:
        assert vault.generation == 4


def test_after_the_last_number_nothing_is_saved(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(path, "first").lock()
    monkeypatch.setattr("wallet.vault.session.accepted_files.MAX_GENERATION", 3)
    with unlock(path) as vault:
        add(vault, "second")
        before = path.read_bytes()
        with pytest.raises(SaveFailedError, match="no later number"):
            add(vault, "third")
        assert path.read_bytes() == before
        assert names_in(vault) == {"first", "second"}


@pytest.mark.parametrize("what", ["directory", "pipe", "link", "dangling"])
def test_what_stands_in_the_memorys_place_is_never_waited_for(path: Path, what: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    make(path, "first").lock()
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    file.unlink()
    if what == "directory":
        file.mkdir()
    elif what == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero" if what == "link" else "nowhere")
    changed(path, "second")
    with unlock(path) as vault:
        assert names_in(vault) == {"first", "second"}


def test_the_memory_of_many_places_stays_small_and_the_newest_stay(path: Path) -> None:
    vault_id = b"\7" * 16
    for number in range(3 * newest_save.MOST_PLACES):
        newest_save.remember(vault_id, path.with_name(str(number)), Save(5, b"\1" * 32, 2))
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    assert file.stat().st_size < 10_000
    assert newest_save.newest(vault_id, path.with_name("0")) is None
    last = path.with_name(str(3 * newest_save.MOST_PLACES - 1))
    assert newest_save.newest(vault_id, last) == Save(5, b"\1" * 32, 2)


def test_random_bytes_in_the_memory_are_never_more_than_a_lost_memory(path: Path) -> None:
    vault_id = b"\7" * 16
    newest_save.remember(vault_id, path, Save(5, b"\1" * 32, 2))
    (file,) = (entry for entry in state().iterdir() if entry.suffix == "")
    sound, chance = file.read_bytes(), random.Random(3)
    for _ in range(500):
        content = bytearray(sound)
        for _ in range(chance.choice((1, 2, 40))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        file.write_bytes(content)
        found = newest_save.newest(vault_id, path)
        assert found is None or 1 <= found.generation <= newest_save.LAST_NUMBER


def test_the_save_of_an_opened_vault_is_named_by_its_whole_header(path: Path) -> None:
    with make(path, "first") as vault:
        opened = vault._unlocked()
        assert isinstance(opened, UnlockedState)
        assert opened.save == Save(2, opened.header.digest(), migrations.VERSION)


@pytest.mark.parametrize("number", [0, newest_save.LAST_NUMBER + 1])
def test_a_number_that_no_save_has_is_not_remembered_and_nothing_is_forgotten_for_it(
    path: Path, number: int
) -> None:
    vault_id = b"\2" * 16
    newest_save.remember(vault_id, path, Save(5, b"\1" * 32, 2))
    newest_save.remember(vault_id, path.with_name("copy"), Save(number, b"\1" * 32, 2))
    assert newest_save.newest(vault_id, path) == Save(5, b"\1" * 32, 2)
    assert newest_save.newest(vault_id, path.with_name("copy")) is None
