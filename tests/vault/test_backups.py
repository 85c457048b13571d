"""Older saves of a vault: which are kept, under which names, and which go."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, passphrase, put, unlock
from wallet.errors import (
    AlteredError,
    ContentsDamagedError,
    DiskFullError,
    UsageError,
    VaultError,
    VaultExistsError,
)
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.backups.older_saves import Backup, Why
from wallet.vault.backups.retention import spent
from wallet.vault.db.soundness import Problem
from wallet.vault.records import Records
from wallet.vault.vault import Vault

NOW = datetime(2026, 11, 25, 20, 21, tzinfo=UTC)
OLDER = "vault.nkw.2026-01-02T030405Z.bak"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def _keys_in_each(path: Path, vault: Vault) -> list[set[str]]:
    """The keys in each backup, the newest first."""
    found = []
    for backup in vault.backups():
        records = vault.read_copy(backup.path)
        found.append({record.name for record in records.all()})
        records.close()
    return found


def _note(vault: Vault, value: str) -> None:
    with vault.change(minor=True) as records:
        records.settings.set("theme", value)


def _plan(vault: Vault, plan: Plan) -> None:
    with vault.change(minor=True) as records:
        plan.keep_in(records.settings)


def test_every_change_leaves_the_state_before_it(path: Path) -> None:
    vault = make(path, "a", "b", "c")
    assert _keys_in_each(path, vault) == [{"a", "b"}, {"a"}, set()]
    assert [each.why for each in vault.backups()] == [Why.NEWEST, Why.ORDINARY, Why.ORDINARY]
    assert all(each.path.stat().st_mode & 0o777 == 0o600 for each in vault.backups())


def test_the_last_ten_changes_stay_and_one_a_day_before_them(path: Path) -> None:
    vault = make(path, *(f"k{number}" for number in range(14)))
    listed = vault.backups()
    assert [each.why for each in listed].count(Why.ORDINARY) == 11
    generations = [each.generation or 0 for each in listed]
    # The present is 15; all this is one day, of which the newest beyond the ten stays.
    assert generations == list(range(14, 2, -1))


def test_ten_tests_do_not_push_out_the_state_before_a_deletion(path: Path) -> None:
    vault = make(path, "precious", "other")
    with vault.change() as records:
        records.delete(records.find("precious").id)
    before = _keys_in_each(path, vault)
    for number in range(15):
        _note(vault, str(number))
    assert {"precious", "other"} in _keys_in_each(path, vault)
    assert len(vault.backups()) == len(before) + 1
    assert _keys_in_each(path, vault)[0] == {"other"}


def test_what_was_noted_is_known_by_the_next_program_too(path: Path) -> None:
    make(path, "a").lock()
    for number in range(3):
        with unlock(path) as vault:
            _note(vault, str(number))
    with unlock(path) as vault:
        assert [each.generation for each in vault.backups()] == [4, 1]


def test_a_change_after_a_note_keeps_the_state_before_it(path: Path) -> None:
    vault = make(path, "a")
    _note(vault, "dark")
    add(vault, "b")
    add(vault, "c")
    assert _keys_in_each(path, vault) == [{"a", "b"}, {"a"}, set()]
    records = vault.read_copy(vault.backups()[1].path)
    assert records.settings.get("theme", "") == "dark"


# What goes, by the rule alone


def _ordinary(*ages: timedelta, size: int = 1000) -> list[Backup]:
    """Backups so long before NOW, the newest save first."""
    return [
        Backup(Path(str(number)), NOW - age, Why.ORDINARY, size, bytes(16), 1000 - number)
        for number, age in enumerate(ages)
    ]


def _left(ordinary: list[Backup], plan: Plan, now: datetime = NOW) -> list[int]:
    gone = spent(ordinary, plan, now)
    return [number for number, each in enumerate(ordinary) if each not in gone]


def test_one_a_day_stays_for_thirty_days() -> None:
    hours = [timedelta(hours=6 * number) for number in range(4 * 60)]
    left = _left(_ordinary(*hours), Plan())
    assert left[:10] == list(range(10))
    assert len(left) == 40
    kept = [NOW - hours[number] for number in left[10:]]
    assert len({moment.date() for moment in kept}) == 30
    assert kept[-1] > NOW - timedelta(days=33)


@pytest.mark.parametrize("years", [1, 73])
def test_a_clock_that_jumps_ahead_lets_nothing_go(years: int) -> None:
    days = [timedelta(days=number) for number in range(35)]
    ordinary = _ordinary(*days)
    assert _left(ordinary, Plan(), NOW + timedelta(days=365 * years)) == _left(ordinary, Plan())
    jumped = _ordinary(timedelta(days=-365 * years), *days)
    ahead = NOW + timedelta(days=365 * years, seconds=1)
    assert len(_left(jumped, Plan(), ahead)) == 36


def test_a_clock_that_falls_back_lets_nothing_go() -> None:
    hours = _ordinary(*(timedelta(hours=number) for number in range(100)))
    assert _left(hours, Plan(), NOW - timedelta(days=1)) == list(range(100))
    fallen = _ordinary(timedelta(days=20000), *(timedelta(hours=number) for number in range(100)))
    assert len(_left(fallen, Plan())) == 101


def test_a_size_lets_the_oldest_go_whatever_the_clock_says() -> None:
    ordinary = _ordinary(*(timedelta(hours=number) for number in range(8)))
    assert _left(ordinary, Plan(size=3000)) == [0, 1, 2]
    assert _left(ordinary, Plan(size=3000), NOW - timedelta(days=1)) == [0, 1, 2]


# Settings


def test_the_number_of_changes_is_a_setting(path: Path) -> None:
    vault = make(path)
    _plan(vault, Plan(number=2, days=0))
    for name in "abcdef":
        add(vault, name)
    assert _keys_in_each(path, vault) == [set("abcde"), set("abcd"), set("abc")]


def test_without_backups_the_save_before_stays_alone(path: Path) -> None:
    vault = make(path, "a", "b")
    _plan(vault, Plan(number=0, days=0))
    add(vault, "c")
    add(vault, "d")
    assert _keys_in_each(path, vault) == [{"a", "b", "c"}]


def test_another_directory_takes_the_older_ones(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.mkdir()
    vault = make(path, "a")
    _plan(vault, Plan(place=elsewhere))
    add(vault, "b")
    add(vault, "c")
    assert len(os.listdir(elsewhere)) >= 2
    assert _keys_in_each(path, vault)[0] == {"a", "b"}
    assert {"a"} in _keys_in_each(path, vault)


def test_an_unplugged_disk_gets_nothing_on_its_bare_mount_point(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = path.with_name("stick")
    elsewhere = stick / "backups"
    elsewhere.mkdir(parents=True)
    mounted = {str(stick)}
    monkeypatch.setattr(os.path, "ismount", lambda name: str(name) in mounted)
    vault = make(path, "a")
    _plan(vault, Plan(place=elsewhere))
    assert "is not there" not in Plan.of(vault.records.settings).sentence
    add(vault, "b")
    kept = sorted(os.listdir(elsewhere))
    assert kept
    mounted.clear()
    assert f"{elsewhere} is not there now" in Plan.of(vault.records.settings).sentence
    _plan(vault, replace(Plan.of(vault.records.settings), number=20))
    for name in "cd":
        add(vault, name)
    assert sorted(os.listdir(elsewhere)) == kept
    assert {"a", "b", "c"} in _keys_in_each(path, vault)
    mounted.add(str(stick))
    add(vault, "e")
    assert len(os.listdir(elsewhere)) > len(kept)


def test_a_directory_that_is_gone_leaves_them_beside_the_vault(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.mkdir()
    vault = make(path, "a")
    _plan(vault, Plan(place=elsewhere))
    for entry in elsewhere.iterdir():
        entry.unlink()
    elsewhere.rmdir()
    add(vault, "b")
    add(vault, "c")
    assert {"a"} in _keys_in_each(path, vault)
    assert not elsewhere.exists()


def test_two_vaults_of_one_name_share_a_directory(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    vaults = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        vaults.append(make(tmp_path / name / "vault.nkw"))
        _plan(vaults[-1], Plan(number=3, days=0, place=elsewhere))
    for name in "abcdefg":
        for vault in vaults:
            add(vault, name)
    for vault in vaults:
        assert _keys_in_each(vault.path, vault) == [
            set("abcdef"),
            set("abcde"),
            set("abcd"),
            set("abc"),
        ]


@pytest.mark.parametrize(
    "plan", [Plan(number=-1), Plan(days=5000), Plan(size=-1), Plan(place=Path("here"))]
)
def test_a_plan_that_cannot_be_is_refused(path: Path, plan: Plan) -> None:
    vault = make(path)
    with pytest.raises(UsageError), vault.change() as records:
        plan.keep_in(records.settings)


def test_a_setting_that_makes_no_sense_is_as_if_it_were_not_set(path: Path) -> None:
    vault = make(path)
    with vault.change() as records:
        for name in ("number", "days", "size", "place"):
            records.settings.set(f"backups-{name}", "-7\x00²")
    assert Plan.of(vault.records.settings) == Plan()


# What is never replaced, and never goes


def _another(there: Path, content: bytes) -> None:
    there.write_bytes(put(content, 16, os.urandom(16)))


def _another_vault(there: Path, _content: bytes) -> None:
    make(there.with_name("other.nkw"), "other").lock()
    there.with_name("other.nkw").rename(there)


def _unreadable(there: Path, content: bytes) -> None:
    there.write_bytes(content[:700])


def _empty(there: Path, _content: bytes) -> None:
    there.write_bytes(b"")


def _pipe(there: Path, _content: bytes) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    os.mkfifo(there)


@pytest.mark.parametrize("plant", [_another, _another_vault, _unreadable, _empty, _pipe])
def test_a_backup_that_is_not_this_vaults_is_moved_aside(
    path: Path, plant: Callable[[Path, bytes], None]
) -> None:
    vault = make(path, "first")
    vault.backup_path.unlink()
    plant(vault.backup_path, path.read_bytes())
    planted = os.lstat(vault.backup_path)
    for name in ("second", "third", "fourth"):
        add(vault, name)
    (aside,) = [each for each in older_saves.every_backup(path) if each.why is Why.ASIDE]
    assert os.path.samestat(os.lstat(aside.path), planted)
    assert _keys_in_each(path, vault)[0] == {"first", "second", "third"}


@pytest.mark.parametrize("why", [why for why in Why if why.kept])
def test_what_is_kept_for_a_reason_stays(path: Path, why: Why) -> None:
    vault = make(path)
    _plan(vault, Plan(number=1, days=0, size=1))
    add(vault, "first")
    kept = older_saves.keep(path, why)
    assert older_saves.keep(path, why) == kept  # once is enough
    for number in range(4):
        add(vault, f"k{number}")
    assert {"first"} in _keys_in_each(path, vault)
    assert why in {each.why for each in vault.backups()}


def test_the_file_before_a_changed_passphrase_is_kept(path: Path) -> None:
    vault = make(path, "first")
    _plan(vault, Plan(number=0, days=0))
    with passphrase() as old, passphrase("another one altogether") as new:
        vault.change_passphrase(old, new)
    for number in range(4):
        add(vault, f"k{number}")
    (kept,) = [each for each in vault.backups() if each.why is Why.PASSPHRASE]
    with unlock(kept.path, accept_older=True) as before:
        assert names_in(before) == {"first"}


def test_nothing_goes_while_the_contents_are_in_doubt(path: Path) -> None:
    vault = make(path)
    _plan(vault, Plan(number=1, days=0, size=1))
    vault.records.database.problems = (
        Problem("seed", "A seed does not open.", "Restore a backup."),
    )
    vault.saves_over_damage = True
    for name in "abcd":
        add(vault, name)
    assert _keys_in_each(path, vault)[:4] == [set("abc"), set("ab"), set("a"), set()]


def test_a_change_waits_for_the_check_that_runs_and_no_backup_goes_before_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path)
    add(vault, "first")
    _plan(vault, Plan(number=1, days=0, size=1))
    with unlock(path) as other, other.change() as records, records.database.question() as sql:
        sql.execute("UPDATE seeds SET cell = zeroblob(72)")
    vault.lock()
    running, go_on = threading.Event(), threading.Event()
    real = Records.check_contents

    def slow(records: Records, *, alone: bool = False) -> list[Problem]:
        running.set()
        assert go_on.wait(60)
        return real(records, alone=alone)

    monkeypatch.setattr(Records, "check_contents", slow)
    with unlock(path) as vault:
        before = path.read_bytes()
        there = sorted(path.parent.iterdir())
        vault.check_before_changes()
        checking = threading.Thread(target=vault.check_contents)
        checking.start()
        assert running.wait(60)
        refused: list[ContentsDamagedError] = []

        def change() -> None:
            try:
                add(vault, "more")
            except ContentsDamagedError as error:
                refused.append(error)

        changing = threading.Thread(target=change)
        changing.start()
        changing.join(0.3)
        assert changing.is_alive()
        assert path.read_bytes() == before
        go_on.set()
        changing.join(60)
        checking.join(60)
        assert refused
        assert sorted(path.parent.iterdir()) == there
        vault.saves_over_damage = True
        for name in "abc":
            add(vault, name)
        ordinary = [each for each in vault.backups() if each.why is Why.ORDINARY]
        assert len(ordinary) >= 2, "the plan alone would keep none of them"


@pytest.mark.parametrize(
    "name",
    [
        "vault.nkw.2026-01-02T030405Z.old.bak",
        "vault.nkw.2026-01-02T030405Z.bak.bak",
        "vault.nkw.2026-01-02T030405.bak",
        "vault.nkw.20260102-030405.bak",
        "vault.nkw.２026-01-02T030405Z.bak",
        "xvault.nkw.2026-01-02T030405Z.bak",
        "vault_nkw.2026-01-02T030405Z.bak",
        "VAULT.nkw.2026-01-02T030405Z.bak",
    ],
)
def test_a_name_that_is_not_exactly_a_backups_is_not_looked_at(path: Path, name: str) -> None:
    vault = make(path, "first")
    path.with_name(name).write_bytes(path.read_bytes())
    _plan(vault, Plan(number=0, days=0, size=1))
    add(vault, "second")
    assert path.with_name(name).exists()
    assert name not in {each.path.name for each in older_saves.every_backup(path)}


def _link(there: Path, content: bytes) -> None:
    there.with_name("precious").write_bytes(content)
    there.symlink_to("precious")


@pytest.mark.parametrize("plant", [_another, _another_vault, _unreadable, _empty, _pipe, _link])
def test_what_has_a_backups_name_and_is_not_this_vaults_stays(
    path: Path, plant: Callable[[Path, bytes], None]
) -> None:
    vault = make(path, "first")
    there = path.with_name(OLDER)
    plant(there, path.read_bytes())
    _plan(vault, Plan(number=0, days=0, size=1))
    add(vault, "second")
    assert os.path.lexists(there)
    (listed,) = [each for each in older_saves.every_backup(path) if each.path == there]
    assert not older_saves.delete(listed, vault.vault_id)
    assert os.path.lexists(there)


def test_a_backup_of_this_vault_goes_when_it_is_to(path: Path) -> None:
    vault = make(path, "a", "b")
    (ordinary,) = [each for each in vault.backups() if each.why is Why.ORDINARY]
    assert older_saves.delete(ordinary, vault.vault_id)
    assert [each.why for each in vault.backups()] == [Why.NEWEST]


# When there is no room


class Full(files.System):
    """A disk on which there is room for nothing new while an ordinary backup is there."""

    def __init__(self, directory: Path, most: int) -> None:
        self.directory = directory
        self.most = most

    def write(self, descriptor: int, data: memoryview) -> int:
        if len([name for name in os.listdir(self.directory) if name.endswith("Z.bak")]) > self.most:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)


def test_where_room_is_short_the_oldest_go_and_the_state_before_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path, *"abcde")
    monkeypatch.setattr(files, "system", Full(path.parent, 1))
    add(vault, "f")
    assert _keys_in_each(path, vault)[:2] == [set("abcde"), set("abcd")]
    with unlock(path) as fresh:
        assert names_in(fresh) == set("abcdef")


def test_where_no_room_comes_of_it_the_vault_and_its_backup_stay(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path, *"abc")
    kept = older_saves.keep(path, Why.RESTORE)
    before = path.read_bytes(), vault.backup_path.read_bytes()
    monkeypatch.setattr(files, "system", Full(path.parent, -1))
    with pytest.raises(DiskFullError):
        add(vault, "d")
    assert (path.read_bytes(), vault.backup_path.read_bytes()) == before
    assert kept.exists()


# A copy that is read


def test_a_verified_copy_opens_as_the_vault_does(path: Path) -> None:
    vault = make(path, "first")
    copy = path.with_name("copy.nkw")
    vault.back_up(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with unlock(copy) as again:
        assert names_in(again) == {"first"}
    with pytest.raises(VaultExistsError):
        vault.back_up(copy)
    assert copy.read_bytes() == path.read_bytes()


def test_a_copy_that_does_not_open_is_not_left_there(path: Path) -> None:
    vault = make(path, "first")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(AlteredError):
        vault.back_up(path.with_name("copy.nkw"))
    assert not path.with_name("copy.nkw").exists()


def test_a_time_that_no_file_has_is_no_reason_to_fail(path: Path) -> None:
    vault = make(path, "first")
    for moment in (-(10**9), 10**12):
        os.utime(vault.backup_path, (moment, moment))
        add(vault, f"at {moment}")
    assert [each.why for each in vault.backups()] == [Why.NEWEST, Why.ORDINARY, Why.ORDINARY]


def test_a_copy_that_could_not_be_begun_removes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process may open no more files: that is told before what stands there."""

    class NoMoreFiles(files.System):
        def open(self, path: Path, flags: int, mode: int = files.FILE_MODE) -> int:
            if flags & os.O_CREAT:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return super().open(path, flags, mode)

    vault = make(path, "first")
    copy = path.with_name("copy.nkw")
    copy.write_bytes(b"mine")
    monkeypatch.setattr(files, "system", NoMoreFiles())
    with pytest.raises(VaultError):
        vault.back_up(copy)
    with pytest.raises(OSError, match="Too many"):
        files.copy(path, copy)
    assert copy.read_bytes() == b"mine"


def test_the_same_bytes_are_kept_once_for_one_reason_where_links_fail_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    make(path, "first").lock()
    monkeypatch.setattr(files.system, "link", no_links)
    kept = older_saves.keep(path, Why.DAMAGED)
    assert os.stat(kept).st_ino != os.stat(path).st_ino
    assert older_saves.keep(path, Why.DAMAGED) == kept
    assert older_saves.keep(path, Why.RESTORE) != kept
    assert len([each for each in older_saves.every_backup(path) if each.why is Why.DAMAGED]) == 1
