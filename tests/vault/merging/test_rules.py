"""The rules by which two versions of a vault are joined, and what a hostile file may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.vault.merging.worlds import START, World, copy, issued, states, token_of
from tests.vault.support import box
from wallet.errors import AlteredError
from wallet.nats import jwt
from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.claims.union import Side
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.connection.keys_under_test import Read
from wallet.tasks.health.key_health import KeyUnderLook, missing_revocations
from wallet.vault.copies.merge.execution import carry_out
from wallet.vault.copies.merge.keys import plan_merge
from wallet.vault.copies.merge.plan import MergeAction, MergeChoices, MergePlan
from wallet.vault.file.container import SeedBox
from wallet.vault.records import Records
from wallet.vault.session import storage
from wallet.vault.signing.issuance import Issuing

LATER = START + 500
ORDERS, BILLING = "acme/orders", "acme/orders/billing"


class Two:
    """Two versions of one vault, and what both came from."""

    def __init__(self) -> None:
        self.world = World(3)
        self.base = self.world.base
        self.ours, self.theirs = (copy(self.base, self.world.box) for _ in range(2))

    def plan(self, *, base: bool = True, are_kin: bool = True, **choices: Any) -> MergePlan:
        before = states(self.base) if base else None
        return plan_merge(
            states(self.ours), states(self.theirs), before, MergeChoices(**choices), are_kin=are_kin
        )

    def join(
        self, plan: MergePlan, *, are_kin: bool = True, opener: SeedBox | None = None
    ) -> Records:
        joined = copy(self.ours, self.world.box)
        base = self.base if are_kin else None
        carry_out(
            joined, self.theirs, opener or self.world.box, base, plan, are_kin=are_kin, now=LATER
        )
        return joined


@pytest.fixture
def two() -> Iterator[Two]:
    two = Two()
    yield two
    for records in (two.base, two.ours, two.theirs):
        records.close()


def issuing(records: Records, now: int) -> Issuing:
    return Issuing(records, now)


def claims(records: Records, path: str) -> jwt.Claims:
    own = records.tokens.claims(records.find(path).id)
    assert own is not None
    return own


def limit(records: Records, now: int, **limits: int) -> None:
    signing, account = issuing(records, now), records.find(ORDERS)
    nats = signing.claims(account.id)
    signing.edit(account.id, {**nats, "limits": {**nats["limits"], **limits}})


def actions(plan: MergePlan, path: str) -> list[str]:
    return [item.action.value for item in plan.items if item.path == path]


# --- names, notes, tags -------------------------------------------------------------------------


def test_of_two_names_the_later_counts_and_the_history_tells_the_other(two: Two) -> None:
    key = two.base.find("server")
    for records, name, at in ((two.ours, "early", 7), (two.theirs, "late", 9)):
        records.rename(key.id, name)
        records.tokens.merges.note_times(key.id, START + at, START)
    joined = two.join(two.plan())
    assert joined.get(key.id).name == "late"
    assert any("early" in event.detail for event in joined.history.events(key.public))


def test_notes_that_do_not_count_are_in_the_history_to_the_last_word(two: Two) -> None:
    key, lost = two.base.find("server"), "".join(f"line {n}\n" for n in range(1500))
    for records, notes, at in ((two.ours, lost, 7), (two.theirs, "short", 9)):
        records.set_notes(key.id, notes)
        records.tokens.merges.note_times(key.id, START, START + at)
    joined = two.join(two.plan())
    assert joined.get(key.id).notes == "short"
    told = "".join(event.detail for event in joined.history.events(key.public))
    assert "line 0" in told
    assert "line 1499" in told


def test_tags_are_united_and_one_that_was_taken_away_stays_away(two: Two) -> None:
    key = two.base.find("server")
    for records in (two.base, two.ours, two.theirs):
        records.set_tags(key.id, ["both", "gone"])
    two.ours.set_tags(key.id, ["both", "mine"])
    two.theirs.set_tags(key.id, ["both", "gone", "theirs"])
    assert set(two.join(two.plan()).get(key.id).tags) == {"both", "mine", "theirs"}


# --- what JWTs say ------------------------------------------------------------------------------


def test_limits_that_both_changed_are_a_conflict_and_others_are_joined(two: Two) -> None:
    limit(two.ours, START + 5, conn=5, subs=8)
    limit(two.theirs, START + 6, conn=6, leaf=9)
    plan = two.plan()
    (conflict,) = plan.conflicts
    assert (conflict.what, conflict.ours, conflict.theirs) == (
        *("limits conn", "limits conn 5", "limits conn 6"),
    )
    joined = two.join(two.plan(for_all=Side.THEIRS))
    limits = claims(joined, ORDERS).nats["limits"]
    assert (limits["conn"], limits["subs"], limits["leaf"]) == (6, 8, 9)


def test_what_is_signed_anew_is_later_than_both(two: Two) -> None:
    limit(two.ours, START + 5, subs=8)
    limit(two.theirs, START + 5_000, leaf=9)
    joined = two.join(two.plan())
    public = joined.find(ORDERS).public
    token = token_of(joined, public)
    assert token is not None
    assert issued(token) > START + 5_000
    assert jwt.decode(token).subject == public


def test_without_a_common_past_the_newer_jwt_counts_and_revocations_of_both(two: Two) -> None:
    limit(two.ours, START + 5, conn=5)
    issuing(two.ours, START + 6).revoking.revoke(two.ours.find(BILLING).id)
    limit(two.theirs, START + 9, conn=6)
    joined = two.join(two.plan(base=False))
    assert claims(joined, ORDERS).nats["limits"]["conn"] == 6
    assert two.ours.find(BILLING).public in revocations(claims(joined, ORDERS).nats)
    assert joined.find(BILLING).revoked


def test_a_signing_key_that_one_put_out_of_use_stays_so_whatever_the_other_did(two: Two) -> None:
    key = two.ours.find("acme/orders/plain")
    issuing(two.ours, START + 5).drop_signing_key(key.id)
    issuing(two.theirs, START + 6).set_scope(key.id, {"role": "reader"})
    named = claims(two.join(two.plan()), ORDERS).nats.get("signing_keys") or []
    assert key.public not in str(named)


def test_an_operator_that_both_changed_says_both_and_is_signed_so(two: Two) -> None:
    operator, added = two.base.find("acme"), []
    for at, records in ((5, two.ours), (6, two.theirs)):
        with Seed.generate(Kind.OPERATOR) as seed:
            added.append(issuing(records, START + at).add_signing_key(operator.id, seed).public)
    joined = two.join(two.plan())
    assert set(added) <= set(claims(joined, "acme").nats["signing_keys"])
    assert claims(joined, "acme").issued == LATER


def test_an_account_that_has_users_becomes_no_signing_key_of_another(two: Two) -> None:
    """One side took it for its own, and has users beneath it; the other named it beneath orders."""
    with Seed.generate(Kind.ACCOUNT) as seed, Seed.generate(Kind.USER) as user:
        key = two.ours.add(seed, name="theirs")
        two.ours.add(user, name="inside", under=key.id)
        orders = two.theirs.find(ORDERS)
        issuing(two.theirs, START + 5).add_signing_key(orders.id, seed, name="theirs")
        joined = two.join(two.plan()).by_public(seed.public.text)
    assert joined is not None
    assert not joined.signing
    assert joined.parent is None


def test_what_a_user_without_a_jwt_may_do_comes_in(two: Two) -> None:
    user = two.base.find("alone/unsigned")
    issuing(two.theirs, START + 5).edit(user.id, {"pub": {"allow": ["orders.new"]}})
    joined = two.join(two.plan())
    assert joined.tokens.unsigned(user.id) == two.theirs.tokens.unsigned(user.id) != {}


def test_the_times_of_a_name_and_of_notes_come_in_with_them(two: Two) -> None:
    """Or a third version, named between the two, would lose to the time of the joining."""
    key = two.base.find("server")
    two.theirs.rename(key.id, "another")
    two.theirs.set_notes(key.id, "by the door")
    two.theirs.tokens.merges.note_times(key.id, START + 7, START + 9)
    state = states(two.join(two.plan()))[key.public]
    assert (state.name, state.named) == ("another", START + 7)
    assert (state.notes, state.noted) == ("by the door", START + 9)


@pytest.mark.parametrize("side", [0, 1])
def test_so_it_does_where_what_both_came_from_is_lost(two: Two, side: int) -> None:
    key = two.ours.find("acme/orders/plain")
    sides = two.ours, two.theirs
    issuing(sides[side], START + 5).drop_signing_key(key.id)
    limit(sides[1 - side], START + 9, conn=7)  # the later JWT, which names it still
    joined = two.join(two.plan(base=False))
    assert claims(joined, ORDERS).nats["limits"]["conn"] == 7
    assert key.public not in str(claims(joined, ORDERS).nats.get("signing_keys"))


@pytest.mark.parametrize("named", [True, False])
def test_a_signing_key_of_the_operator_signs_what_is_joined_while_it_is_named(
    two: Two, *, named: bool
) -> None:
    signer, operator = two.base.find("acme/signer"), two.base.find("acme")
    if not named:
        for records in (two.base, two.ours, two.theirs):
            issuing(records, START + 1).drop_signing_key(signer.id)
    limit(two.ours, START + 5, subs=8)
    limit(two.theirs, START + 6, leaf=9)
    for records in (two.base, two.ours, two.theirs):
        records.forget_seeds([operator.public])
    joined = two.join(two.plan())
    limits, by = claims(joined, ORDERS).nats["limits"], claims(joined, ORDERS).issuer.text
    assert ((limits["subs"], limits["leaf"]) == (8, 9)) is named
    assert (by == signer.public) is named


def test_signing_keys_that_either_made_are_named(two: Two) -> None:
    made = []
    for records, at in ((two.ours, 5), (two.theirs, 6)):
        with Seed.generate(Kind.ACCOUNT) as seed:
            account = records.find(ORDERS)
            made.append(issuing(records, START + at).add_signing_key(account.id, seed).public)
    named = str(claims(two.join(two.plan()), ORDERS).nats["signing_keys"])
    assert all(public in named for public in made)


# --- who was let in again -----------------------------------------------------------------------


@pytest.mark.parametrize("here", [True, False])
def test_a_user_that_one_let_in_again_and_that_is_out_when_joined_is_told_of(
    two: Two, here: bool
) -> None:
    letting, revoking = (two.ours, two.theirs) if here else (two.theirs, two.ours)
    user = two.base.find(BILLING).id
    issuing(letting, START + 10).revoking.revoke(user)
    issuing(letting, START + 20).revoking.allow_again(user)
    issuing(revoking, START + 30).revoking.revoke(user)
    plan = two.plan()
    where = "here" if here else "in the other file"
    (why,) = (i.why for i in plan.items if (i.path, i.action) == (BILLING, MergeAction.OPEN))
    assert why.startswith(f"in force {where}, and revoked when joined")
    assert f"allow {BILLING}" in why
    if here:
        (why,) = (i.why for i in plan.items if i.action is MergeAction.REVOKE)
        assert why == f"revokes as the other file does: {BILLING}"
    assert two.join(plan).get(user).revoked


def test_a_user_that_one_let_in_again_and_that_stays_in_is_no_open_point(two: Two) -> None:
    user = two.base.find(BILLING).id
    issuing(two.ours, START + 10).revoking.revoke(user)
    issuing(two.ours, START + 20).revoking.allow_again(user)
    issuing(two.theirs, START + 30).edit(
        user, {**issuing(two.theirs, START).claims(user), "subs": 5}
    )
    plan = two.plan()
    assert MergeAction.OPEN.value not in actions(plan, BILLING)
    assert not two.join(plan).get(user).revoked


# --- what a person chose against ----------------------------------------------------------------


def may_subs(records: Records, now: int, subs: int) -> None:
    signing, user = issuing(records, now), records.find(BILLING)
    signing.edit(user.id, {**signing.claims(user.id), "subs": subs})


@pytest.mark.parametrize(("side", "then"), [(Side.THEIRS, "--before"), (Side.OURS, "allow")])
def test_a_users_jwt_that_was_chosen_against_is_an_open_point_until_it_is_revoked(
    two: Two, side: Side, then: str
) -> None:
    may_subs(two.ours, START + 50, 5)
    may_subs(two.theirs, START + 60, 7)
    plan = two.plan(for_all=side)
    (why,) = (item.why for item in plan.items if item.action is MergeAction.OPEN)
    assert "counts for servers until it is revoked" in why
    assert f"nkey-wallet revoke {BILLING}" in why
    assert f"{then} {BILLING if then == 'allow' else '2023-11-14T22:14:'}" in why


def test_a_users_jwt_that_was_chosen_against_and_is_revoked_is_no_open_point(two: Two) -> None:
    may_subs(two.ours, START + 50, 5)
    may_subs(two.theirs, START + 60, 7)
    user, account = two.ours.find(BILLING), two.ours.find(ORDERS)
    issuing(two.ours, START + 70).revoking.revoke_until(account.id, {user.public: START + 55})
    plan = two.plan(for_all=Side.THEIRS)
    assert not any("counts for servers" in item.why for item in plan.items)


# --- who nobody here can sign for ---------------------------------------------------------------


def without_operators_seeds(records: Records) -> None:
    records.forget_seeds(record.public for record in list(records.all(Kind.OPERATOR)))


def test_where_the_signer_is_not_here_what_is_missing_is_marked_as_open(
    two: Two,
) -> None:
    billing, laptop = (two.base.find(path).public for path in (BILLING, "acme/orders/laptop"))
    issuing(two.ours, START + 5).revoking.revoke(two.ours.find(BILLING).id)
    issuing(two.theirs, START + 6).revoking.revoke(two.theirs.find("acme/orders/laptop").id)
    for records in (two.base, two.ours, two.theirs):
        without_operators_seeds(records)
    plan = two.plan()
    assert MergeAction.OPEN.value in actions(plan, ORDERS)
    joined = two.join(plan)
    account = joined.find(ORDERS)
    signed = revocations(claims(joined, ORDERS).nats)
    missing = joined.tokens.merges.missing(account.id)
    assert {billing, laptop} == {*signed, *(who for _, who in missing)} & {billing, laptop}
    assert len(missing) == 1
    assert joined.get(account.id).unproved
    look = KeyUnderLook(joined, account, datetime.now(UTC), timedelta(days=90), Read())
    (note,) = missing_revocations(look)
    assert note.problem
    assert next(iter(missing))[1] in note.why


def test_what_is_missing_goes_into_the_next_jwt_that_is_signed(two: Two) -> None:
    issuing(two.ours, START + 5).revoking.revoke(two.ours.find(BILLING).id)
    issuing(two.theirs, START + 6).revoking.revoke(two.theirs.find("acme/orders/laptop").id)
    with two.base.open_seed(decode_public(two.base.find("acme").public)) as seed:
        for records in (two.base, two.ours, two.theirs):
            without_operators_seeds(records)
        joined = two.join(two.plan())
        joined.add(seed)
    account = joined.find(ORDERS)
    assert joined.tokens.merges.missing(account.id)
    issuing(joined, LATER + 5).reissue(account.id)
    assert len(revocations(claims(joined, ORDERS).nats)) == 2
    assert joined.tokens.merges.missing(account.id) == {}


def test_what_is_missing_is_not_lost_by_another_merge(two: Two) -> None:
    issuing(two.ours, START + 5).revoking.revoke(two.ours.find(BILLING).id)
    issuing(two.theirs, START + 6).revoking.revoke(two.theirs.find("acme/orders/laptop").id)
    for records in (two.base, two.ours, two.theirs):
        without_operators_seeds(records)
    joined = two.join(two.plan())
    missing = joined.tokens.merges.missing(joined.find(ORDERS).id)
    two.ours, two.theirs = copy(two.base, two.world.box), joined
    again = two.join(two.plan())
    assert again.tokens.merges.missing(again.find(ORDERS).id) == missing


def signed_by_a_stray(records: Records, path: str, at: int) -> None:
    """Let a key's JWT be signed by a key that its owner does not name; it says the same."""
    own = claims(records, path)
    with Seed.generate(Kind.OPERATOR) as stray:
        token = jwt.issue(stray, decode_public(own.subject), own.nats, issued=at, name=own.name)
    put_token(records, path, token)


@pytest.mark.parametrize("here", [True, False])
def test_of_two_jwts_that_say_the_same_the_one_counts_that_servers_take(
    two: Two, here: bool
) -> None:
    right = token_of(two.base, two.base.find(ORDERS).public)
    signed_by_a_stray(two.ours if here else two.theirs, ORDERS, START + 900)
    joined = two.join(two.plan())
    assert token_of(joined, joined.find(ORDERS).public) == right


def test_whom_we_revoked_stays_so_beside_a_stranger_whoever_signed_our_account(two: Two) -> None:
    other = hostile(two)
    issuing(two.ours, START + 5).revoking.revoke(two.ours.find(BILLING).id)
    signed_by_a_stray(two.ours, ORDERS, START + 6)
    joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
    public = two.ours.find(BILLING).public
    told = revocations(claims(joined, ORDERS).nats)
    missing = joined.tokens.merges.missing(joined.find(ORDERS).id)
    assert public in told or ("", public) in missing
    assert joined.find(BILLING).revoked


# --- deletions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("here", [True, False])
def test_an_account_that_one_deleted_goes_where_the_other_deleted_a_user_of_it(
    two: Two, here: bool
) -> None:
    all_of_it, a_part = (two.ours, two.theirs) if here else (two.theirs, two.ours)
    issuing(all_of_it, START + 5).delete(all_of_it.find(ORDERS).id)
    user = a_part.find("acme/orders/laptop")
    issuing(a_part, START + 6).delete(user.id)
    plan = two.plan(for_all=Side.OURS if here else Side.THEIRS)
    joined = two.join(plan)
    assert joined.by_public(user.public) is None


def test_an_account_that_was_deleted_stays_with_all_beneath_it_where_one_was_changed(
    two: Two,
) -> None:
    issuing(two.theirs, START + 5).delete(two.theirs.find(ORDERS).id)
    two.ours.set_notes(two.ours.find(BILLING).id, "in use")
    plan = two.plan()
    assert plan.deleted == []
    assert actions(plan, ORDERS) == ["keep"]
    assert len(two.join(plan).beneath(two.ours.find(ORDERS).id)) == 5


def test_who_was_revoked_before_goes_with_a_deleted_account_that_stays_for_another(
    two: Two,
) -> None:
    issuing(two.theirs, START + 5).delete(two.theirs.find("acme/metrics").id)
    two.ours.set_notes(two.ours.find("acme/metrics/sensor").id, "in use")
    revoked = two.ours.find("acme/metrics/laptop").public  # in the base already
    assert two.plan().deleted == [revoked]


def test_a_key_that_was_tested_since_it_was_deleted_elsewhere_stays(two: Two) -> None:
    billing = two.ours.find(BILLING)
    issuing(two.theirs, START + 5).delete(two.theirs.find(BILLING).id)
    at = datetime.fromtimestamp(START + 9, UTC)
    two.ours.results.add(billing.public, "nats://one:4222", True, "accepted", "It was.", at)
    plan = two.plan()
    assert plan.deleted == []
    assert [one.ours for one in plan.deletable] == ["tested since"]
    assert two.join(plan).results.of_key(billing.public)


def test_who_was_deleted_here_and_shut_out_with_everybody_is_out_however_new_its_jwt(
    two: Two,
) -> None:
    billing, orders = two.ours.find(BILLING), two.ours.find(ORDERS)
    shutting = issuing(two.ours, START + 20)
    two.ours.delete(billing.id)
    shutting.revoking.revoke_until(orders.id, {EVERYBODY: START + 20})
    edit = issuing(two.theirs, START + 40)
    edit.edit(billing.id, {**edit.claims(billing.id), "pub": {"allow": ["a.>"]}})
    joined = two.join(two.plan())
    assert joined.find(BILLING).revoked


def test_who_is_out_in_the_end_is_out_by_the_jwts_too_that_gave_way(two: Two) -> None:
    billing = two.ours.find(BILLING)
    edit = issuing(two.ours, START + 10)
    edit.edit(billing.id, {**edit.claims(billing.id), "pub": {"allow": ["a.>"]}})
    issuing(two.theirs, START + 20).revoking.revoke(billing.id)
    issuing(two.theirs, START + 40).revoking.allow_again(billing.id)
    joined = two.join(two.plan())
    revoked = revocations(claims(joined, ORDERS).nats)
    assert revoked[billing.public] == START + 40


def test_a_key_that_was_deleted_and_changed_goes_only_where_a_person_says_so(two: Two) -> None:
    two.theirs.delete(two.theirs.find("server").id)
    two.ours.set_notes(two.ours.find("server").id, "in use")
    plan = two.plan(for_all=Side.THEIRS)
    assert plan.deleted == []
    (conflict,) = plan.deletable
    plan.choices.choose(conflict, Side.THEIRS)
    plan = two.plan(settled=plan.choices.settled)
    assert plan.deleted == [conflict.public]
    assert two.join(plan).by_public(conflict.public) is None


# --- a hostile file -----------------------------------------------------------------------------


def hostile(two: Two) -> SeedBox:
    """Make the other a file of somebody else, with keys of its own, and our vault's public keys."""
    other = box()
    two.theirs = storage.resealed(two.theirs, two.world.box, other)
    publics = [record.public for record in list(two.theirs.all())]
    two.theirs.forget_seeds(publics)
    return other


def put_token(records: Records, path: str, token: str) -> None:
    """As one writes it who is held by no rule."""
    with records.database.change() as sql:
        sql.execute("UPDATE tokens SET jwt = ? WHERE key = ?", (token, records.find(path).id))


def test_a_jwt_that_our_operator_did_not_sign_replaces_none_of_ours(two: Two) -> None:
    other = hostile(two)
    public = decode_public(two.ours.find(ORDERS).public)
    with Seed.generate(Kind.OPERATOR) as stranger, Seed.generate(Kind.ACCOUNT) as itself:
        for signer in (stranger, itself):
            forged = jwt.issue(signer, public, {"limits": {"conn": 99}}, issued=LATER + 10**6)
            put_token(two.theirs, ORDERS, forged)
            joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
            assert token_of(joined, public.text) == token_of(two.ours, public.text)


def test_a_jwt_whose_signature_is_wrong_is_not_read(two: Two) -> None:
    other = hostile(two)
    token = token_of(two.theirs, two.theirs.find("acme").public)
    assert token is not None
    header, _, signature = token.split(".")
    with Seed.generate(Kind.OPERATOR) as seed:
        more = jwt.issue(seed, seed.public, {}, issued=LATER + 10**6).split(".")[1]
    put_token(two.theirs, "acme", f"{header}.{more}.{signature}")
    joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
    public = two.ours.find("acme").public
    assert token_of(joined, public) == token_of(two.ours, public)


def test_an_older_jwt_of_ours_brings_nobody_back(two: Two) -> None:
    other = hostile(two)
    issuing(two.ours, START + 5).revoking.revoke(two.ours.find(BILLING).id)
    key = two.ours.find("acme/orders/plain")
    issuing(two.ours, START + 6).drop_signing_key(key.id)
    issuing(two.ours, START + 7).delete(key.id)
    plan = two.plan(base=False, are_kin=False, for_all=Side.THEIRS)  # the key is asked about
    joined = two.join(plan, are_kin=False, opener=other)
    assert joined.find(BILLING).revoked
    assert key.public not in str(claims(joined, ORDERS).nats.get("signing_keys"))


def test_what_lacks_our_keys_deletes_and_moves_nothing_here(two: Two) -> None:
    other = hostile(two)
    for record in list(two.theirs.all()):
        if record.kind is Kind.ACCOUNT and not record.signing:
            two.theirs.delete(record.id)
    plan = two.plan(are_kin=False)
    assert plan.deleted == []
    joined = two.join(plan, are_kin=False, opener=other)
    assert {r.public for r in two.ours.all()} <= {r.public for r in joined.all()}
    two.theirs.delete(two.theirs.find("acme").id)
    with Seed.generate(Kind.OPERATOR) as seed:
        issuing(two.theirs, LATER).add(seed, name="acme")
    plan = two.plan(are_kin=False)
    after = two.join(plan, are_kin=False, opener=other)
    for record in two.ours.all():
        assert after.by_public(record.public).parent == record.parent  # type: ignore[union-attr]


def test_revocations_that_nobody_signed_shut_nobody_out(two: Two) -> None:
    other = hostile(two)
    account, billing = two.theirs.find(ORDERS), two.theirs.find(BILLING)
    two.theirs.tokens.merges.set_missing(account.id, {("", billing.public): LATER + 10**6})
    joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
    assert not joined.find(BILLING).revoked


def test_a_seed_that_is_not_its_keys_is_not_taken(two: Two) -> None:
    """A vault's writer can seal any seed as any key's: the public key is made of it again."""
    other = hostile(two)
    with Seed.generate(Kind.USER) as seed, Seed.generate(Kind.USER) as another:
        key = two.theirs.add(seed, name="new")
        cell = other._seal(another.raw, seed.public.text)
        with two.theirs.database.change() as sql:
            sql.execute("UPDATE seeds SET cell = ? WHERE key = ?", (cell, key.id))
        with pytest.raises(AlteredError):
            two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)


def test_the_plan_of_what_is_no_kin_takes_no_time_from_it(two: Two) -> None:
    hostile(two)
    limit(two.ours, START + 9, conn=5)
    account = two.theirs.find(ORDERS)
    token = token_of(two.theirs, account.public)
    assert token is not None
    two.theirs.tokens.merges.note_origin(account.id, issued(token), LATER + 10**6)
    plan = two.plan(base=False, are_kin=False)
    key = plan.keys[account.public]
    assert key.to_sign is None
    assert key.state.token == token_of(two.ours, account.public)
    assert replace(key.state, token=None).missing == {}
