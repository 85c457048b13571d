"""What a push concludes of what servers told: nothing of those that told nothing. No server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.vault.support import box, issue
from wallet.connection.check.request import Server
from wallet.connection.deployment.answers import Accepted, Loaded, Node, Variables
from wallet.connection.deployment.comparison import State
from wallet.connection.deployment.node_group import Copy, NodeGroup
from wallet.connection.deployment.reached_servers import ReachedServers, _agrees
from wallet.connection.protocol.message import ClosedError
from wallet.connection.protocol.target import Target
from wallet.nats.claims.revocations import EVERYBODY
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.deployment import push, push_proofs
from wallet.tasks.deployment.arrival import AccountOutcome, AtServer, Delivery, RevokedUser
from wallet.tasks.deployment.differences import (
    MOST_BEFORE,
    chosen_accounts,
    compared,
    replaced_by,
    trusted_keys,
)
from wallet.tasks.rotation.proofs import Configured, note_push
from wallet.vault.db.parts.rotations import Manner, Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.closure import shut_account
from wallet.vault.signing.issuance import Issuing

ONE, TWO, THREE = (f"nats://{host}:4222" for host in ("one", "two", "three"))
OLD, NEW = "OLD", "NEW"
START = 1_700_000_000


class House:
    """An operator with an account and a user, in memory."""

    def __init__(self) -> None:
        self.records = Records.empty(box())
        self.issuing = Issuing(self.records, START)
        operator = issue(self.issuing, Kind.OPERATOR, "acme")
        issue(self.issuing, Kind.ACCOUNT, "orders", operator)
        issue(self.issuing, Kind.USER, "laptop", self.records.find("acme/orders").id)

    @property
    def operator(self) -> KeyRecord:
        return self.records.find("acme")

    @property
    def account(self) -> KeyRecord:
        return self.records.find("acme/orders")

    def claims(self) -> Claims:
        claims = self.records.tokens.claims(self.account.id)
        assert claims is not None
        return claims


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.records.close()


def address(url: str) -> str:
    return Target.parse(url).address


def servers(*urls: str) -> list[Server]:
    return [Server(Target.parse(url)) for url in urls]


def group_of(*told: Variables | None, first: int = 1) -> NodeGroup:
    """Servers n1, n2 and so on behind one connection, with what each told of its configuration."""
    group = NodeGroup(cast("Any", None), 0)
    for number, each in enumerate(told, first):
        group.servers[f"N{number}"] = Node(f"N{number}", f"n{number}")
        if each is not None:
            group._variables[f"N{number}"] = each
    return group


def naming(*operators: str, system: str = "SYS") -> Variables:
    return Variables(frozenset(), frozenset(operators), system)


def there_of(*at: tuple[str, str, NodeGroup], unreached: tuple[str, ...] = ()) -> ReachedServers:
    """The groups behind addresses, each with the id of the server that is there itself."""
    groups = list({id(group): group for _, _, group in at}.values())
    arrived = {address(url): (own, group) for url, own, group in at}
    return ReachedServers(
        groups, unreached={address(url): "" for url in unreached}, arrived=arrived
    )


# --- what configurations name ---------------------------------------------------------------------


def configured(house: House, there: ReachedServers, *urls: str) -> Configured:
    return push_proofs.configured_at(house.records, house.operator, there, servers(*urls))


def test_all_that_any_server_behind_an_address_trusts_is_trusted_there(house: House) -> None:
    group = group_of(naming(OLD, NEW), naming(NEW))
    assert configured(house, there_of((ONE, "N1", group)), ONE) == Configured(
        {ONE: frozenset({OLD, NEW})}, {ONE: "SYS"}
    )


def test_a_server_that_does_not_tell_leaves_its_address_in_doubt(house: House) -> None:
    for group in (group_of(naming(NEW), None), group_of(None)):
        assert configured(house, there_of((ONE, "N1", group)), ONE) == Configured(
            {ONE: None}, {ONE: None}
        )


def test_servers_with_two_system_accounts_have_none_of_one_address(house: House) -> None:
    group = group_of(naming(NEW), naming(NEW, system="OTHER"))
    assert configured(house, there_of((ONE, "N1", group)), ONE).system_accounts == {ONE: None}


def test_an_address_stands_for_itself_and_for_those_at_no_other(house: House) -> None:
    group = group_of(naming(OLD), naming(NEW, system="B"), naming(NEW, system="B"))
    there = there_of((ONE, "N1", group), (TWO, "N2", group))
    told = configured(house, there, ONE, TWO)
    assert told.operators == {ONE: frozenset({OLD, NEW}), TWO: frozenset({NEW})}
    assert told.system_accounts == {ONE: None, TWO: "B"}


def test_where_somebody_was_not_heard_nothing_is_told_of_that_group(house: House) -> None:
    silent, heard = group_of(naming(NEW)), group_of(naming(NEW), first=2)
    silent.silent["n9"] = "It did not answer."
    there = there_of((ONE, "N1", silent), (TWO, "N2", heard))
    assert configured(house, there, ONE, TWO).operators == {TWO: frozenset({NEW})}


def test_an_address_that_was_not_reached_leaves_all_in_doubt_unless_it_is_waited_for(
    house: House,
) -> None:
    there = there_of((ONE, "N1", group_of(naming(NEW))), unreached=(TWO,))
    assert configured(house, there, ONE, TWO) == Configured()
    assert configured(house, there, ONE).operators == {ONE: frozenset({NEW})}
    house.records.deliveries.known_servers.note(house.operator.public, [TWO])
    assert configured(house, there, ONE, TWO).operators == {ONE: frozenset({NEW})}


class Turns(push._Push):
    """A push whose turns are noted; the connection ends with the one that shuts `ending`."""

    def __init__(self, house: House, there: ReachedServers, ending: str = "") -> None:
        super().__init__(cast("Any", SimpleNamespace(records=house.records)), there, frozenset())
        self.ending, self.turns = ending, list[list[str]]()

    async def run(self, accounts: Sequence[KeyRecord]) -> list[AccountOutcome]:
        self.turns.append([account.path for account in accounts])
        if self.ending in self.turns[-1]:
            raise ClosedError
        return [AccountOutcome(account, State.NEWER_HERE, "", pushed=True) for account in accounts]


def with_shut_system_account(
    house: House, manner: Manner
) -> tuple[ReachedServers, list[KeyRecord]]:
    """Shut the servers' system account, which another takes the place of; these two and the servers
    that name the old one still."""
    new = house.records.get(issue(house.issuing, Kind.ACCOUNT, "other", house.operator.id))
    shut_account(house.issuing, house.account.id)
    house.records.rotations.begin(house.account.public, new.public, manner, Phase.OUT, "orders")
    there = there_of((ONE, "N1", group_of(naming(NEW, system=house.account.public))))
    return there, [house.account, new]


async def test_a_shut_system_account_is_kept_back_while_servers_name_it(house: House) -> None:
    there, accounts = with_shut_system_account(house, Manner.PLANNED)
    one = Turns(house, there)
    other, held = await one.run_in_turn(accounts)
    assert one.turns == [["acme/other"]]
    assert (other.record.path, held.record.path) == ("acme/other", "acme/orders")
    assert not held.pushed
    assert held.servers == {"n1": AtServer(Delivery.NOT_SENT, held.why)}
    assert held.why.startswith("n1 has this as its system account still")


@pytest.mark.parametrize("ends", [False, True])
async def test_one_that_leaked_goes_last_and_where_the_connection_ends_nothing_is_proved(
    house: House, *, ends: bool
) -> None:
    there, accounts = with_shut_system_account(house, Manner.LEAKED)
    one = Turns(house, there, "acme/orders" if ends else "")
    _, last = await one.run_in_turn(accounts)
    assert one.turns == [["acme/other"], ["acme/orders"]]
    assert last.pushed
    assert last.token == (house.claims().token if ends else "")
    assert last.servers == ({"n1": AtServer(Delivery.SILENT, last.why)} if ends else {})
    assert last.why == (push.SHUT.format("nkey-wallet config acme --for operator") if ends else "")


def test_servers_that_trust_a_replaced_operator_or_have_another_system_account_are_named(
    house: House,
) -> None:
    old = issue(house.issuing, Kind.OPERATOR, "old")
    before = house.records.get(old)
    group = group_of(naming(before.public, NEW, system=house.account.public), naming(NEW))
    there = there_of((ONE, "N1", group))
    vault = cast("Any", SimpleNamespace(records=house.records))
    assert push._still_trusting(vault, house.operator, there) == []
    rotate(house, before, house.operator)
    assert push._still_trusting(vault, house.operator, there) == ["These still trust old: n1."]
    assert push._other_system_accounts(vault, house.operator, there) == []
    nats = {**house.issuing.claims(house.operator.id), "system_account": house.account.public}
    house.issuing.edit(house.operator.id, nats)
    (told,) = push._other_system_accounts(vault, house.operator, there)
    assert told.startswith("These have another system account than acme/orders, until")
    assert told.endswith(": n2.")
    group._variables["N2"] = group._variables["N1"]
    assert push._other_system_accounts(vault, house.operator, there) == []


# --- operators in the place of others -------------------------------------------------------------


def rotate(house: House, old: KeyRecord, new: KeyRecord, phase: Phase = Phase.OUT) -> None:
    house.records.rotations.begin(old.public, new.public, Manner.PLANNED, phase, old.name)


def test_the_operators_whose_place_one_took_are_trusted_with_their_keys(house: House) -> None:
    ids = [issue(house.issuing, Kind.OPERATOR, name) for name in ("first", "second", "stranger")]
    first, second, stranger = map(house.records.get, ids)
    with Seed.generate(Kind.OPERATOR) as seed:
        signer = house.issuing.add_signing_key(first.id, seed)
    rotate(house, first, second)
    rotate(house, second, house.operator)
    assert [key.name for key in replaced_by(house.records, house.operator)] == ["second", "first"]
    assert replaced_by(house.records, first) == []
    trusted = trusted_keys(house.records, house.operator)
    own = {house.operator.public, first.public, second.public, signer.public}
    assert trusted == own
    assert stranger.public not in trusted


def test_an_operator_that_came_back_took_the_place_of_the_one_that_was_undone(
    house: House,
) -> None:
    other = house.records.get(issue(house.issuing, Kind.OPERATOR, "other"))
    rotate(house, house.operator, other, Phase.UNDONE)
    assert replaced_by(house.records, house.operator) == [other]
    assert replaced_by(house.records, other) == []


def test_operators_in_a_circle_and_ones_that_are_gone_end_the_search(house: House) -> None:
    other = house.records.get(issue(house.issuing, Kind.OPERATOR, "other"))
    gone = house.records.get(issue(house.issuing, Kind.OPERATOR, "gone"))
    rotate(house, house.operator, other)
    rotate(house, other, house.operator)
    told = replaced_by(house.records, house.operator)
    assert len(told) <= 2 < MOST_BEFORE
    assert told[0] == other
    rotate(house, gone, other)
    house.records.delete(gone.id)
    assert gone not in replaced_by(house.records, other)


# --- what one server holds ------------------------------------------------------------------------


def test_a_server_holds_a_jwt_that_it_shows_and_shuts_out_whom_that_revokes(house: House) -> None:
    user = house.records.find("acme/orders/laptop")
    issue(house.issuing, Kind.USER, "other", house.account.id)
    house.issuing.revoking.revoke(user.id)
    ours = house.claims()
    at = ours.nats["revocations"][user.public]
    shows = Copy(ours.token)
    assert push._holds(ours, shows)  # stores it, and has not needed it yet
    assert push._holds(ours, replace(shows, in_use=True, revoked={user.public: at}))
    assert push._holds(ours, replace(shows, in_use=True, revoked={user.public: at + 1}))
    for copy in (
        replace(shows, known=False),
        replace(shows, token="another"),
        Copy(),
        replace(shows, in_use=True),
        replace(shows, in_use=True, revoked={user.public: at - 1}),
        replace(shows, in_use=True, revoked={EVERYBODY: at}),
    ):
        assert not push._holds(ours, copy)
    house.issuing.revoking.revoke(house.records.find("acme/orders/other").id)
    both = house.claims()
    one_of_them = Copy(both.token, in_use=True, revoked={user.public: at})
    assert not push._holds(both, one_of_them)
    assert push._holds(both, replace(one_of_them, revoked=both.nats["revocations"]))


PUSHED: dict[str, Any] = {"pushed": True, "takes": True, "answer": Accepted(True, "jwt updated")}


@pytest.mark.parametrize(
    ("given", "delivery"),
    [
        ({}, Delivery.LACKS),
        ({"answer": None}, Delivery.SILENT),
        ({"answer": None, "takes": False}, Delivery.NO_PUSH),
        ({"answer": Accepted(False, "jwt validation failed")}, Delivery.REFUSED),
        ({"answer": Accepted(False, "skipped")}, Delivery.SKIPPED),
        ({"answer": Accepted(True, "skipped")}, Delivery.LACKS),
        ({"pushed": False, "answer": None}, Delivery.NOT_SENT),
        ({"takes": False}, Delivery.LACKS),  # one that answered was there to listen
    ],
)
def test_the_outcome_at_a_server_that_does_not_show_the_jwt(
    house: House, given: dict[str, Any], delivery: Delivery
) -> None:
    how = PUSHED | given
    group = group_of(naming(NEW))
    group.takes_accounts = how["takes"]
    one = push._Push(cast("Any", None), there_of((ONE, "N1", group)), frozenset())
    outcome = AccountOutcome(house.account, State.NEWER_HERE, "why", pushed=how["pushed"])
    ours = house.claims()
    assert one._at(outcome, ours, Copy(), how["answer"]).delivery is delivery
    assert one._at(outcome, ours, Copy(ours.token), how["answer"]).delivery is Delivery.HOLDS


@pytest.mark.parametrize(
    ("shown", "in_use", "agrees"),
    [
        (Loaded("T", {"U": 5}), True, True),
        (Loaded("T", {"U": 6}), True, False),
        (Loaded("T", {"U": 6}), False, True),
        (Loaded("other", {"U": 5}), True, False),
        (Loaded("other", {"U": 5}), False, False),
        (Loaded(None, {}), False, True),  # it stores the account and has not needed it yet
        (Loaded(None, {}), True, False),
        (None, False, False),
        (None, True, False),
    ],
)
def test_what_another_told_of_a_server_agrees_with_what_that_shows_itself(
    shown: Loaded | None, in_use: bool, agrees: bool
) -> None:
    told = Copy("T", in_use=in_use, revoked={"U": 5.0})
    assert _agrees(told, shown) is agrees


# --- what that proves of an address ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("deliveries", "holds"),
    [
        ([Delivery.HOLDS, Delivery.HOLDS], True),
        ([Delivery.HOLDS, Delivery.LACKS], False),
        ([Delivery.HOLDS, Delivery.NOT_SENT], False),
        ([Delivery.SILENT, Delivery.REFUSED], False),
        ([Delivery.SILENT, Delivery.NO_PUSH], False),
        ([Delivery.HOLDS, Delivery.SILENT], None),
        ([Delivery.HOLDS, Delivery.SKIPPED], None),
        ([Delivery.HOLDS, None], None),
        ([], None),
    ],
)
def test_an_address_holds_a_jwt_where_every_server_behind_it_was_seen_to(
    house: House, deliveries: list[Delivery | None], holds: bool | None
) -> None:
    held = {f"n{n}": AtServer(one) for n, one in enumerate(deliveries) if one is not None}
    outcome = AccountOutcome(house.account, State.SAME, servers=held)
    names = [f"n{n}" for n in range(len(deliveries))]
    assert outcome.seen_at(names, "a:1") is holds
    for refused, at, seen in (
        (False, "a:1", False),
        (False, "n0", False if names else holds),
        (False, "b:1", holds),
        (True, "a:1", holds),
        (None, "a:1", holds),
    ):
        outcome.users = [RevokedUser("U", "path", at, refused)]
        assert outcome.seen_at(names, "a:1") is seen


# --- what it proves of rotations ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "trusted", "proved"),
    [
        (Phase.BOTH, {NEW, OLD}, True),
        (Phase.BOTH, {OLD}, False),
        (Phase.OUT, {NEW}, True),
        (Phase.OUT, {NEW, OLD}, False),
        (Phase.OUT, {OLD}, False),
        (Phase.OUT, set(), False),
        (Phase.OUT, None, False),
    ],
)
def test_servers_prove_a_new_operator_by_trusting_it_and_no_more_the_old_one(
    house: House, phase: Phase, trusted: set[str] | None, proved: bool
) -> None:
    old = house.records.get(issue(house.issuing, Kind.OPERATOR, "old"))
    rotate(house, old, house.operator, phase)
    keys = {OLD: old.public, NEW: house.operator.public}
    told = None if trusted is None else frozenset(keys[one] for one in trusted)
    note_push(house.records, {}, (), Configured({ONE: told}), house.records.rotations.open())
    (rotation,) = house.records.rotations.of_key(old.public)
    assert house.records.rotations.proved(rotation.id) == ([ONE] if proved else [])


def test_what_was_changed_after_a_push_had_begun_is_not_proved_by_it(house: House) -> None:
    old = house.records.get(issue(house.issuing, Kind.OPERATOR, "old"))
    rotate(house, old, house.operator)
    (before,) = house.records.rotations.open()
    house.records.rotations.enter(before.id, Phase.BOTH)
    trusted = Configured({ONE: frozenset({house.operator.public})})
    note_push(house.records, {}, (), trusted, [before])
    (rotation,) = house.records.rotations.of_key(old.public)
    assert house.records.rotations.proved(rotation.id) == []


# --- which accounts are meant ---------------------------------------------------------------------


def test_a_key_beneath_an_account_means_that_and_an_operator_means_all(house: House) -> None:
    issue(house.issuing, Kind.ACCOUNT, "metrics", house.operator.id)
    with Seed.generate(Kind.ACCOUNT) as seed:
        house.issuing.add_signing_key(house.account.id, seed, name="signer")
    for ref in ("acme/orders/laptop", "acme/orders", "acme/orders/signer"):
        chosen = chosen_accounts(house.records, [ref])
        assert ([one.name for one in chosen.accounts], chosen.whole) == (["orders"], False)
    for refs in ([], ["acme"]):
        chosen = chosen_accounts(house.records, refs)
        assert {one.name for one in chosen.accounts} == {"orders", "metrics"}
        assert (chosen.operator, chosen.whole) == (house.operator, True)


def test_of_a_copy_that_is_told_that_alone_counts(house: House) -> None:
    ours, trusted = house.claims(), trusted_keys(house.records, house.operator)
    public = house.account.public
    assert compared(ours, Copy(ours.token), trusted, public).state is State.SAME
    assert compared(ours, Copy(), trusted, public).state is State.ONLY_HERE
    untold = Copy(ours.token, known=False)
    assert compared(ours, untold, trusted, public).state is State.UNKNOWN
