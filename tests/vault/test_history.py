"""The history of keys: every change leaves an entry, and what was tampered with shows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import reduce
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from tests.vault.support import add, make, passphrase, unlock
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.db.journal import bulk_entries, history_tables, strands
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.journal.strands import JournalEntry, Strand
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

ONE, OTHER = b"1" * 16, b"2" * 16


def written(strand: Strand, *details: str, at: int = 1000) -> Strand:
    entries = list(strand.entries)
    for detail in details:
        number = (entries[-1].number if entries else strand.start) + 1
        place = max(at, entries[-1].place if entries else strand.until)
        entries.append(JournalEntry(number, place, at, "made", None, "", detail, "ana", "", b""))
    longer = strand._replace(entries=tuple(entries))
    return longer._replace(head=[strand.anchor, *strands.hashes(longer)][-1])


def told(all_strands: dict[bytes, Strand]) -> list[str]:
    return [entry.detail for _, entry in strands.in_order(all_strands.values())]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return make(tmp_path / "vault.nkw", "first", "second", "third")


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE entries SET detail = 'x' WHERE number = 2",
        "UPDATE entries SET at = at - 1 WHERE number = 1",
        "DELETE FROM entries WHERE number = 2",
        "DELETE FROM entries WHERE number = 3",
        "DELETE FROM entries",
        "DELETE FROM strands",
        "DELETE FROM entries; DELETE FROM strands",
        "DELETE FROM history_digest",
        "UPDATE entries SET number = CASE number WHEN 1 THEN 9 ELSE 1 END WHERE number < 3 "
        "AND number <> 2",
    ],
)
def test_an_edit_a_cut_and_another_order_show(vault: Vault, tampering: str) -> None:
    assert vault.records.check_contents() == []
    with vault.records.database.change() as sql:
        for statement in tampering.split(";"):
            sql.execute(statement)
    assert [problem.code for problem in vault.records.check_contents()] == ["history"]


def test_all_of_one_machines_part_that_is_gone_shows_and_goes_on_to_show(vault: Vault) -> None:
    with vault.records.database.change() as sql, history_tables.kept_bound(sql):
        other = written(strands.begun(OTHER), "made elsewhere")
        history_tables.store(sql, {**history_tables.load(sql), OTHER: other})
    assert vault.records.check_contents() == []
    with vault.records.database.change() as sql:
        for table, column in (("entries", "strand"), ("strands", "id")):
            sql.execute(f"DELETE FROM {table} WHERE {column} = ?", (OTHER,))
    vault.records.history.note(What.RESTORED)
    assert [problem.code for problem in vault.records.check_contents()] == ["history"]
    assert vault.records.history.take_as_it_is()
    assert vault.records.check_contents() == []


def test_the_life_of_a_user_is_told(vault: Vault) -> None:
    with vault.change() as records:
        issuing = Issuing(records)
        with Seed.generate(Kind.OPERATOR) as seed:
            acme = issuing.add(seed, name="acme")
        with Seed.generate(Kind.ACCOUNT) as seed:
            orders = issuing.add(seed, name="orders", under=acme.id)
        with Seed.generate(Kind.USER) as seed:
            user = issuing.add(seed, name="billing", under=orders.id)
    steps: list[Callable[[Issuing], object]] = [
        lambda issuing: issuing.edit(user.id, {"pub": {"allow": ["orders.>"]}}),
        lambda issuing: issuing.rename(user.id, "bills"),
        lambda issuing: issuing.revoking.revoke(user.id),
        lambda issuing: issuing.revoking.allow_again(user.id),
        lambda issuing: issuing.records.set_status(user.id, "retired"),
        lambda issuing: issuing.records.set_tags(user.id, ["prod"]),
        lambda issuing: issuing.records.set_notes(user.id, "private"),
        lambda issuing: issuing.records.delete(user.id),
    ]
    for step in steps:
        before = len(vault.records.history.events())
        with vault.change() as records:
            step(Issuing(records))
        assert len(vault.records.history.events()) > before
    events = vault.records.history.events(user.public)
    assert [event.what for event in events] == [
        *("made", "issued", "renamed", "issued", "revoked", "allowed", "issued"),
        *("retired", "tagged", "notes-changed", "deleted"),
    ]
    assert "may publish to: everything" in events[1].detail
    assert "→ orders.>" in events[1].detail
    assert all("private" not in event.detail for event in events)


def test_a_restore_is_noted_with_each_key_that_it_changes(vault: Vault) -> None:
    names = ("first", "second", "third")
    first, second, third = (vault.records.find(name).public for name in names)
    with vault.change() as records:
        records.delete(records.find("second").id)
        records.rename(records.find("third").id, "another")
    add(vault, "fourth")
    fourth = vault.records.find("fourth").public
    older = vault.backups()[1]
    with VaultCopy.open(older.path, passphrase()) as copy:
        restore(vault, copy)
    last = {public: vault.records.history.events(public)[-1] for public in (second, third, fourth)}
    assert [(last[public].what, last[public].detail) for public in last] == [
        ("restored", "it came back with save 4"),
        ("restored", "it is as in save 4 again"),
        ("deleted", "it was fourth, and is not in save 4, which was restored"),
    ]
    assert [event.what for event in vault.records.history.events(first)] == ["made"]
    assert vault.records.check_contents() == []


def test_many_keys_made_at_once_are_one_entry_that_each_of_them_has(vault: Vault) -> None:
    with vault.change() as records:
        keys = records.add_many(generate_many(Kind.USER, bulk_entries.ALONE + 1), stem="device")
    (event,) = vault.records.history.events(keys[7].public)
    assert (event.what, event.public) == ("made", keys[7].public)
    assert set(event.publics) >= {keys[7].public}
    with vault.records.database.question() as sql:
        assert sql.execute("SELECT count(*) FROM entries").fetchone() == (4,)


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (["keys.txt"], "from keys.txt"),
        (["one.creds", "two.creds"], "from one.creds, two.creds"),
        (
            [f"nsc/keys/{n:04}.nk" for n in range(1500)],
            "1,500 sources, nsc/keys/0000.nk to nsc/",
        ),
    ],
)
def test_a_great_import_names_the_files_that_it_is_from(
    vault: Vault, sources: list[str], told: str
) -> None:
    with vault.change() as records:
        for number, seed in enumerate(generate_many(Kind.USER, 1500)):
            where = f"from {sources[number % len(sources)]}, line {number}, x.txt, line 2, 9 more"
            records.history.origins[seed.public.text] = What.IMPORTED, where
            public = records.add(seed, name=f"key {number}").public
    (event,) = vault.records.history.events(public)
    assert told in event.detail
    assert "1,500 keys" in event.detail
    assert vault.records.check_contents() == []


def test_a_change_that_is_not_saved_leaves_no_entry(vault: Vault) -> None:
    before = vault.records.history.events()

    def half() -> None:
        with vault.change() as records:
            records.delete(records.find("first").id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert vault.records.history.events() == before
    add(vault, "fourth")
    assert len(vault.records.history.events()) == len(before) + 1


def test_the_strands_of_two_machines_stay_whole_in_whatever_order_they_are_united() -> None:
    one = written(strands.begun(ONE), "a", "b")
    other = written(strands.begun(OTHER), "c", at=500)
    for first, second in ((one, other), (other, one)):
        both = strands.united({first.id: first}, {second.id: second})
        assert all(map(strands.is_whole, both.values()))
        assert told(both) == ["c", "a", "b"]


def test_a_strand_that_two_machines_wrote_is_joined_and_not_called_tampering() -> None:
    shared = written(strands.begun(ONE), "a", "b")
    here, there = written(shared, "here", "here too"), written(shared, "there")
    one_way = strands.united({ONE: here}, {ONE: there})
    assert all(map(strands.is_whole, one_way.values()))
    assert sorted(told(one_way)) == ["a", "b", "here", "here too", "there"]
    assert strands.united({ONE: there}, {ONE: here}) == one_way
    assert strands.united(one_way, {ONE: there}) == one_way
    later = written(there, "there again")
    again = strands.united(one_way, {ONE: later})
    assert sorted(told(again)) == ["a", "b", "here", "here too", "there", "there again"]


def test_a_clock_that_goes_back_keeps_the_order_in_which_it_was_written() -> None:
    strand = written(written(strands.begun(ONE), "first", at=1000), "second", "third", at=10)
    assert told({ONE: strand}) == ["first", "second", "third"]


@pytest.mark.parametrize("until", [500, 1000, 253402300799])
def test_what_is_written_stands_behind_all_that_others_wrote_before(
    vault: Vault, until: int
) -> None:
    before = written(strands.begun(b"\xff" * 16), "made", at=until)
    with vault.records.database.change() as sql:
        history_tables.store(sql, {before.id: before})
        for number, writer in enumerate([ONE, b"\xff" * 16, OTHER, ONE]):
            entry = JournalEntry(0, 0, 1000, "renamed", None, "", str(number), "ben", "", b"")
            history_tables.add(sql, writer, [entry])
        all_strands = history_tables.load(sql)
    assert all(map(strands.is_whole, all_strands.values()))
    if until < 253402300799:
        assert told(all_strands) == ["made", "0", "1", "2", "3"]


def test_the_oldest_are_folded_and_counted_and_an_edit_shows_all_the_same(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_tables, "LEAST_KEPT", 8)
    for number in range(30):
        add(vault, f"key {number}")
    with vault.change() as records:
        for number in range(30):
            records.delete(records.find(f"key {number}").id)
    count, until = vault.records.history.folded()
    assert count >= 50
    assert until is not None
    assert len(vault.records.history.events()) + count == 63
    assert vault.records.check_contents() == []
    path = vault.path
    vault.lock()
    with unlock(path) as again:
        assert again.records.history.folded() == (count, until)


def test_a_folded_strand_and_the_whole_one_are_one() -> None:
    whole = written(strands.begun(ONE), "a", "b", "c", "d")
    folded = strands.folded(whole, 3)
    assert strands.is_whole(folded)
    longer = written(folded, "e")
    for first, second in ((whole, longer), (longer, whole)):
        assert told(strands.united({ONE: first}, {ONE: second})) == ["a", "b", "c", "d", "e"]


def test_an_old_copy_and_what_is_folded_come_together_once_where_nothing_is_folded() -> None:
    old = written(strands.begun(ONE), "a", "b")
    whole = written(old, "c", "d", "e")
    versions = [{ONE: old}, {ONE: whole}, {ONE: strands.folded(whole, 4)}]
    assert sorted(told(strands.united(versions[0], versions[2]))) == ["a", "b", "e"]
    for first, second, third in permutations(versions):
        together = strands.united(strands.united(first, second), third)
        assert told(together) == ["a", "b", "c", "d", "e"]
        assert set(together) == {ONE}


@pytest.mark.parametrize("first_here", list("mo"))  # hashes say which goes on, which parts
def test_what_two_machines_of_one_number_wrote_stands_once_where_one_folded_its_part(
    first_here: str,
) -> None:
    here, there = written(strands.begun(ONE), first_here, "r"), written(strands.begun(ONE), *"wxyz")
    both = strands.united({ONE: there}, {ONE: here})
    folded = {ONE: strands.folded(here, 1)}
    gone_on = {ONE: written(folded[ONE], "s")}
    for first, second in [*permutations((both, folded)), *permutations((both, gone_on))]:
        told_by = told(strands.united(first, second))
        assert sorted(told_by) == [first_here, "r", *"s" * (gone_on in (first, second)), *"wxyz"]


def test_whatever_clones_of_a_machine_write_fold_and_unite_each_entry_stands_once() -> None:
    folds = doubles = 0
    for seed in range(600):
        random = Random(seed)
        vaults: list[dict[bytes, Strand]] = [{}, {}, {}, {}]
        for step in range(random.randint(4, 16)):
            vault = random.randrange(4)
            mine, other = vaults[vault], vaults[random.randrange(4)]
            if (chance := random.random()) < 0.5:
                number = ONE if random.random() < 0.7 else OTHER
                strand = mine.get(number, strands.begun(number))
                mine = {**mine, number: written(strand, str(step), at=1000 + step)}
            elif chance < 0.85:
                mine = strands.united(mine, other) if chance < 0.7 else other
            else:
                oldest = strands.in_order(mine.values())[: random.randint(1, 3)]
                for number, count in Counter(strand.id for strand, _ in oldest).items():
                    mine = {**mine, number: strands.folded(mine[number], count)}
                folds += bool(oldest)
            vaults[vault] = mine
        every = sorted({entry for each in vaults for entry in told(each)})
        in_each_order = set()
        for start in range(4):
            together = reduce(strands.united, [*vaults[start:], *vaults[:start]])
            assert sorted(told(together)) == every, seed
            assert all(map(strands.is_whole, together.values()))
            in_each_order.add(tuple(told(together)))
        assert len(in_each_order) == 1, seed
        doubles += sum(map(len, vaults)) > len(every)
    assert min(folds, doubles) > 100


def test_of_two_strands_alike_one_stays() -> None:
    one = written(strands.begun(ONE), "a", "b")
    twin = one._replace(id=OTHER)
    for first, second in permutations(({ONE: one}, {OTHER: twin})):
        assert strands.united(first, second) == {ONE: one}


def test_a_database_without_the_tables_is_of_an_older_version() -> None:
    with closing(sqlite3.connect(":memory:")) as sql:
        assert sql.execute(history_tables.ARE_THERE).fetchone() is None
