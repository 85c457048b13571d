"""Every table of a vault is joined, by a rule of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vault.merging.worlds import World, copy, merged, states
from wallet.vault.copies.merge.tables import TABLES
from wallet.vault.db import image
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.db.parts.rotations import Manner, Phase, ShutAccount
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.db.parts.settings import COPIED_AT
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

ONE, TWO = "nats://one:4222", "nats://two:4222"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(7)
    yield world
    world.base.close()


def urls(records: Records) -> dict[str, tuple[str, ...]]:
    return {profile.name: profile.urls for profile in records.servers.profiles()}


def test_no_table_is_forgotten() -> None:
    """Whoever adds one says in `TABLES` how it is joined."""
    there = {name for kind, name, *_ in image.schema() if kind == "table"} - {"sqlite_sequence"}
    assert there == TABLES.keys()


def test_results_of_both_are_kept_once_each(world: World) -> None:
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    public = ours.find("acme/orders/billing").public
    query = (
        "INSERT INTO tests (key, at, server, ok, verdict, summary) VALUES (?, ?, ?, 1, 'v', 's')"
    )
    for records, times in ((ours, (5, 9)), (theirs, (7, 9))):
        with records.database.change() as sql:
            key = records.find("acme/orders/billing").id
            sql.executemany(query, [(key, at, ONE) for at in times])
    with theirs.database.change() as sql:
        sql.execute(query, (theirs.find("acme/orders/laptop").id, 8, ONE))
    joined = merged(world, ours, theirs, world.base)
    assert len(joined.results.of_key(ours.find("acme/orders/laptop").public)) == 1
    results = joined.results.of_key(public)
    assert [int(one.at.timestamp()) for one in results] == [9, 7, 5]
    assert int(joined.results.last([ONE])[0].at.timestamp()) == 9


def test_a_server_that_only_one_side_changed_is_as_that_side_has_it(world: World) -> None:
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    theirs.servers.set_profile(ServerProfile("prod", (TWO,)))
    assert urls(merged(world, ours, theirs, world.base)) == {"prod": (TWO,)}
    theirs.servers.remove_profile("prod")
    assert urls(merged(world, ours, theirs, world.base)) == {}


def test_of_two_servers_of_one_name_neither_is_lost(world: World) -> None:
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    ours.servers.set_profile(ServerProfile("new", (ONE,)))
    theirs.servers.set_profile(ServerProfile("new", (TWO,)))
    joined = merged(world, ours, theirs, world.base)
    assert urls(joined) == {"prod": (ONE,), "new": (ONE,), "new-2": (TWO,)}
    assert urls(merged(world, joined, theirs, world.base)) == urls(joined)


def test_of_two_times_until_it_locks_itself_the_shorter_counts(world: World) -> None:
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    ours.settings.set("idle-minutes", "9")
    theirs.settings.set("idle-minutes", "10")
    for one, other in ((ours, theirs), (theirs, ours)):
        assert merged(world, one, other, world.base).settings.get("idle-minutes", "") == "9"


def test_a_copy_is_known_from_when_both_were_copied(world: World) -> None:
    """A later copy of one of them lacks the seeds that only the other had."""
    for own, other, known in (("7", "9", "7"), ("9", None, ""), (None, "9", "")):
        ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
        for records, at in ((ours, own), (theirs, other)):
            if at is not None:
                records.settings.set(COPIED_AT, at)
        assert merged(world, ours, theirs, world.base).settings.get(COPIED_AT, "") == known


def test_what_proved_a_state_of_a_rotation_proves_no_later_one(world: World) -> None:
    old, new = (world.base.find(f"acme/orders/{name}").public for name in ("billing", "laptop"))
    world.base.rotations.begin(old, new, Manner.PLANNED, Phase.OUT, "billing")
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    ours.rotations.note_test(ours.rotations.of_key(old)[0].id, ONE, refused=True)
    for one, other in ((ours, theirs), (theirs, ours)):
        joined = merged(world, one, other, world.base)
        assert joined.rotations.proved(joined.rotations.of_key(old)[0].id) == [ONE]
    with theirs.database.change() as sql:
        sql.execute("UPDATE rotations SET phase = 'undone', changed = changed + 60")
    for one, other in ((ours, theirs), (theirs, ours)):
        joined = merged(world, one, other, world.base)
        (rotation,) = joined.rotations.of_key(old)
        assert rotation.phase is Phase.UNDONE
        assert joined.rotations.proved(rotation.id) == []


def test_every_configuration_that_either_gave_out_is_known_by_its_last_text(world: World) -> None:
    recipe, first, last = Recipe("server"), b"1" * 32, b"2" * 32
    world.base.configurations.note(recipe, "auth.conf", first)
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    theirs.configurations.note(recipe, "auth.conf", last)
    ours.configurations.note(Recipe("operator"), "", first)
    theirs.configurations.note(Recipe("account"), "", last)
    joined = {
        (one.recipe.target, one.place): one.digest
        for one in merged(world, ours, theirs, world.base).configurations.all()
    }
    assert joined == {
        ("server", "auth.conf"): last,
        ("operator", ""): first,
        ("account", ""): last,
    }


@pytest.mark.parametrize("side", [0, 1])
def test_how_a_shut_account_is_opened_is_known_until_one_opens_it(world: World, side: int) -> None:
    orders, metrics = (world.base.find(f"acme/{name}") for name in ("orders", "metrics"))
    before = ShutAccount({"conn": 5, "leaf": 0}, 7)
    world.base.rotations.note_shut(orders.public, before)
    sides = copy(world.base, world.box), copy(world.base, world.box)
    sides[side].rotations.note_shut(metrics.public, before)
    joined = merged(world, *sides, world.base)
    assert joined.rotations.shut(orders.public) == joined.rotations.shut(metrics.public) == before
    with sides[side].database.change() as sql:
        sql.execute("DELETE FROM shut_accounts WHERE account = ?", (orders.public,))
    joined = merged(world, *sides, world.base)
    assert joined.rotations.shut(orders.public) is None
    assert joined.rotations.shut(metrics.public) == before


def open_accounts(records: Records) -> set[int]:
    return {one.account for one in records.deliveries.unproved()}


def test_an_account_that_both_have_otherwise_is_open_on_servers(world: World) -> None:
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    account = ours.find("acme/orders")
    for records in (ours, theirs):
        for each in records.deliveries.unproved():
            records.deliveries.take_word(each.account)
    assert open_accounts(merged(world, ours, theirs, world.base)) == set()
    revoke(theirs, "acme/orders/billing")
    theirs.deliveries.take_word(account.id)
    assert open_accounts(merged(world, ours, theirs, world.base)) == {account.id}


def revoke(records: Records, path: str) -> None:
    Issuing(records).revoking.revoke(records.find(path).id)


def test_times_of_names_are_noted_by_every_change_of_one(world: World) -> None:
    key = world.base.find("server")
    before = states(world.base)[key.public]
    world.base.rename(key.id, "another")
    after = states(world.base)[key.public]
    assert before.named == before.created
    assert after.named > before.named
    assert after.noted == before.noted
