"""A stranger's file that is joined: what it says of keys that are here changes nothing of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.merging.test_files import OTHER, changed_there
from tests.vault.merging.test_rules import BILLING, LATER, ORDERS, Two, hostile
from tests.vault.merging.worlds import START
from tests.vault.support import CHEAP, make, names_in, passphrase
from wallet.nats.claims.union import Side
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.copies.joined_file import write_joined
from wallet.vault.copies.merge.plan import MergeAction, MergePlan
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.copies.vault_merge import VaultMerge
from wallet.vault.db import soundness
from wallet.vault.db.journal import history_tables, strands
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Manner, Phase
from wallet.vault.file import slots
from wallet.vault.file.container import SeedBox, VaultKeys, identity, seal_body
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

FAR = 250_000_000_000
ONE = "nats://one:4222"


@pytest.fixture
def two() -> Iterator[Two]:
    two = Two()
    yield two
    for records in (two.base, two.ours, two.theirs):
        records.close()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with make(tmp_path / "vault.nkw", "first", "second", "third") as vault:
        yield vault


def write(records: Records, *statements: tuple[str, tuple[object, ...]]) -> None:
    """As one writes it who is held by no rule."""
    with records.database.change() as sql:
        for statement, values in statements:
            sql.execute(statement, values)


def joined_with_stranger(two: Two) -> Records:
    other = hostile(two)
    return two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)


def test_a_stranger_renames_annotates_and_retires_no_key_here(two: Two) -> None:
    key, there = two.ours.find(BILLING), two.theirs.find(BILLING)
    two.ours.set_notes(key.id, "pays the bills")
    two.theirs.rename(there.id, "zz-test-only")
    two.theirs.set_notes(there.id, "zz delete me")
    two.theirs.set_status(there.id, "retired")
    two.theirs.tokens.merges.note_times(there.id, FAR, FAR)
    joined = joined_with_stranger(two).by_public(key.public)
    assert joined is not None
    assert (joined.name, joined.notes, joined.status) == (key.name, "pays the bills", "active")


def test_a_strangers_notes_are_taken_where_we_have_none(two: Two) -> None:
    for name, ours, theirs in (("server", "", "theirs"), (BILLING, "ours", "theirs")):
        two.ours.set_notes(two.ours.find(name).id, ours)
        two.theirs.set_notes(two.theirs.find(name).id, theirs)
    joined = joined_with_stranger(two)
    assert joined.find("server").notes == "theirs"
    assert joined.find(BILLING).notes == "ours"


def test_a_strangers_tags_push_out_none_of_ours(two: Two) -> None:
    key, there = two.ours.find(BILLING), two.theirs.find(BILLING)
    two.ours.set_tags(key.id, ["zz-prod"])
    two.theirs.set_tags(there.id, [f"a{number:02}" for number in range(32)])
    joined = joined_with_stranger(two).by_public(key.public)
    assert joined is not None
    assert "zz-prod" in joined.tags


def test_a_stranger_proves_nothing_of_accounts_here(two: Two) -> None:
    """What is not proved to be on servers stays open, whatever tests and proofs a file tells of."""
    for records in (two.ours, two.theirs):
        account = records.find(ORDERS)
        write(
            records,
            ("INSERT OR REPLACE INTO deliveries VALUES (?, ?, 0)", (account.id, START)),
            (
                "INSERT OR REPLACE INTO open_revocations VALUES (?, ?)",
                (account.id, records.find(BILLING).public),
            ),
        )
    there = two.theirs.find(ORDERS).id
    write(
        two.theirs,
        ("INSERT INTO delivery_proofs VALUES (?, '', ?, ?, 1)", (there, ONE, FAR)),
        ("INSERT INTO known_servers VALUES (?, ?)", (two.theirs.find(ORDERS).public, ONE)),
        (
            "INSERT INTO tests (key, at, server, ok, verdict, summary) "
            "VALUES (?, ?, ?, 1, 'accepted', 'x')",
            (two.theirs.find(BILLING).id, FAR, ONE),
        ),
    )
    joined = joined_with_stranger(two)
    with joined.database.question() as sql:
        assert sql.execute("SELECT * FROM delivery_proofs").fetchall() == []
        assert sql.execute("SELECT * FROM known_servers").fetchall() == []
    assert joined.results.of_key(joined.find(BILLING).public) == []


def test_a_stranger_ends_no_rotation_here_and_opens_no_account(two: Two) -> None:
    old, new = (two.ours.find(f"acme/orders/{name}").public for name in ("billing", "laptop"))
    for records in (two.ours, two.theirs):
        write(
            records,
            (
                "INSERT INTO rotations (old, new, manner, phase, name, recipient, begun, changed, "
                "closed) VALUES (?, ?, ?, ?, 'billing', '', ?, ?, 0)",
                (old, new, next(iter(Manner)).value, Phase.BOTH.value, START, START),
            ),
        )
    write(
        two.theirs,
        ("UPDATE rotations SET phase = 'undone', changed = ?, closed = 1", (FAR,)),
        (
            "INSERT INTO shut_accounts (account, everybody, limits) VALUES (?, ?, ?)",
            (two.theirs.find(ORDERS).public, FAR, '{"conn": -1}'),
        ),
    )
    joined = joined_with_stranger(two)
    with joined.database.question() as sql:
        assert sql.execute("SELECT phase, changed, closed FROM rotations").fetchall() == [
            ("both", START, 0)
        ]
        assert sql.execute("SELECT * FROM shut_accounts").fetchall() == []


def strangers(vault: Vault, to: Path, generation: int, past: list[tuple[int, bytes]]) -> None:
    keys = VaultKeys.generate()
    records = Records.empty(SeedBox(vault.vault_id, keys.seeds))
    with Seed.generate(Kind.USER) as seed:
        records.add(seed, name="theirs")
    for save in past:
        records.ancestors.add(*save)
    with Passphrase(OTHER) as words:
        way_in = slots.wrap(keys, words.raw, CHEAP, identity(vault.vault_id))
    ways = (way_in, *[slots.EMPTY] * (slots.SLOTS - 1))
    image = records.database.serialize()
    header, body = seal_body(image, keys.body, vault.vault_id, generation, ways)
    to.write_bytes(header.pack() + bytes(body))


def join_strangers(vault: Vault, path: Path) -> None:
    with Passphrase(OTHER) as words, VaultCopy.open(path, words) as file:
        merge = VaultMerge.of(vault, file)
        merge.carry_out()
        merge.close()


def test_a_stranger_does_not_use_up_the_numbers_of_saves(vault: Vault, tmp_path: Path) -> None:
    strangers(vault, tmp_path / "other.nkw", (1 << 62) - 1, [])
    before = vault.generation
    join_strangers(vault, tmp_path / "other.nkw")
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        records.add(seed, name="later")
    assert vault.generation == before + 2
    assert names_in(vault) == {"first", "second", "third", "theirs", "later"}


def test_nor_where_the_joined_file_is_written_elsewhere(vault: Vault, tmp_path: Path) -> None:
    strangers(vault, tmp_path / "other.nkw", (1 << 62) - 1, [])
    with Passphrase(OTHER) as words, VaultCopy.open(tmp_path / "other.nkw", words) as file:
        merge = VaultMerge.of(vault, file)
        assert write_joined(merge, tmp_path / "joined.nkw") == {}
        merge.close()
    with Vault.unlock(tmp_path / "joined.nkw", passphrase()) as joined:
        assert joined.generation == vault.generation + 1
        assert names_in(joined) == {"first", "second", "third", "theirs"}


def test_a_stranger_does_not_say_that_another_version_was_joined(
    vault: Vault, tmp_path: Path
) -> None:
    """Headers stand in the open: whoever has seen a copy can claim it as the past of a file."""
    (tmp_path / "there").mkdir()
    copy = Path(shutil.copy(vault.path, tmp_path / "there"))
    with Vault.unlock(copy, passphrase(), read_only=False) as there:
        with there.change() as records, Seed.generate(Kind.USER) as seed:
            records.add(seed, name="made there")
        save = there.save
    assert save.header is not None
    strangers(vault, tmp_path / "other.nkw", 3, [(save.generation, save.header)])
    join_strangers(vault, tmp_path / "other.nkw")
    with VaultCopy.of(vault, copy) as file:
        merge = VaultMerge.of(vault, file)
        assert not merge.is_in
        merge.carry_out()
        merge.close()
    assert "made there" in names_in(vault)


def test_a_base_that_only_one_came_from_deletes_nothing(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    copy = Path(shutil.copy(vault.path, tmp_path / "there"))
    changed_there(copy, add="theirs")
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        records.add(seed, name="ours")
    for path in (vault.path, copy):
        with VaultCopy.of(vault, copy) as file, VaultCopy.of(vault, path) as base:
            merge = VaultMerge.of(vault, file, base)
            assert merge.plan.deleted == []
            assert {key.state.name for key in merge.plan.keys.values()} >= {"ours", "theirs"}


def test_a_strangers_history_is_told_of_keys_that_come_in_alone(two: Two) -> None:
    """Entries of the far future would push out ours, and numbers without end use up a strand."""
    machine = bytes(range(16))
    two.ours.history.watch(machine)
    with Seed.generate(Kind.USER) as seed:
        two.ours.add(seed, name="ours")
    billing = two.ours.find(BILLING).public
    two.ours.history.note(What.SEED_SHOWN, billing, "really")
    before = two.ours.history.events()
    other = hostile(two)
    with Seed.generate(Kind.USER) as seed:
        public = two.theirs.add(seed, name="theirs").public
    forged = [
        strands.JournalEntry(0, 0, FAR, what, key, "x", "forged", "me@there", "", b"")
        for what, key in ((What.DELETED.value, billing), (What.MADE.value, public))
    ]
    with two.theirs.database.change() as sql:
        end = strands.Strand(machine, (1 << 63) - 2, bytes(32), bytes(32), 0, FAR)
        history_tables.store(sql, {machine: end})
        history_tables.add(sql, bytes(15) + b"\1", forged)
    joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
    joined.history.watch(machine)
    for word in ("one", "two", "three"):
        joined.history.note(What.SEED_SHOWN, billing, word)
    events = joined.history.events()
    assert [event for event in events if event in before] == before
    assert [event.public for event in events if event.detail == "forged"] == [public]
    noted = [event.detail for event in events if event.detail in ("one", "two", "three")]
    assert noted == ["one", "two", "three"]
    assert max(event.at for event in events).timestamp() <= time.time() + 1
    assert joined.check_contents() == []


# --- a stranger's key beneath ours ---------------------------------------------------------------


def strangers_user(two: Two, *, signed: bool = False) -> tuple[str, SeedBox]:
    """A user that another vault says to be one of our account, without our signature or with it."""
    account = two.theirs.find(ORDERS)
    with Seed.generate(Kind.USER) as seed:
        if signed:
            Issuing(two.theirs, START + 5).add(seed, name="mallory", under=account.id)
        else:
            two.theirs.add(seed, name="mallory", under=account.id)
        return seed.public.text, hostile(two)


def conflicts_of(plan: MergePlan) -> list[tuple[str, str]]:
    return [(one.public, one.what) for one in plan.conflicts]


def test_a_strangers_user_beneath_our_account_is_asked_about(two: Two) -> None:
    public, _ = strangers_user(two)
    plan = two.plan(base=False, are_kin=False)
    assert conflicts_of(plan) == [(public, "newcomer")]
    assert "servers would let it in" in plan.conflicts[0].sentence


def test_a_strangers_user_hangs_beneath_nothing_where_ours_count(two: Two) -> None:
    public, other = strangers_user(two)
    plan = two.plan(base=False, are_kin=False, for_all=Side.OURS)
    joined = two.join(plan, are_kin=False, opener=other)
    user = joined.by_public(public)
    assert user is not None
    assert user.parent is None
    with Seed.generate(Kind.ACCOUNT) as seed:  # what signs anew whatever is not right there
        Issuing(joined, LATER + 5).add_signing_key(joined.find(ORDERS).id, seed)
    assert joined.tokens.get(user.id) is None


def test_a_strangers_user_that_is_taken_beneath_our_account_is_an_open_point(two: Two) -> None:
    public, other = strangers_user(two)
    plan = two.plan(base=False, are_kin=False, for_all=Side.THEIRS)
    told = [i.why for i in plan.items if (i.public, i.action) == (public, MergeAction.OPEN)]
    assert told
    assert "signed with a later change" in told[0]
    joined = two.join(plan, are_kin=False, opener=other)
    assert joined.find("acme/orders/mallory").public == public


def test_a_user_that_our_own_account_signed_comes_in_without_a_question(two: Two) -> None:
    public, other = strangers_user(two, signed=True)
    plan = two.plan(base=False, are_kin=False)
    assert plan.conflicts == []
    assert two.join(plan, are_kin=False, opener=other).find("acme/orders/mallory").public == public


def test_a_strangers_account_and_signing_key_beneath_ours_are_asked_about(two: Two) -> None:
    operator, orders = two.theirs.find("acme"), two.theirs.find(ORDERS)
    with Seed.generate(Kind.ACCOUNT) as account, Seed.generate(Kind.ACCOUNT) as signing:
        two.theirs.add(account, name="evil", under=operator.id)
        two.theirs.add(signing, name="extra", under=orders.id, signing=True)
        publics = {account.public.text, signing.public.text}
    other = hostile(two)
    assert {one for one, _ in conflicts_of(two.plan(base=False, are_kin=False))} == publics
    plan = two.plan(base=False, are_kin=False, for_all=Side.OURS)
    joined = two.join(plan, are_kin=False, opener=other)
    for public in publics:
        record = joined.by_public(public)
        assert record is not None
        assert (record.parent, record.signing) == (None, False)
    with joined.database.question() as sql:
        assert soundness.of_tables(sql) == []
