"""Joined in whatever order, versions of a vault hold the same, and nothing of any is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.vault.merging.worlds import (
    World,
    contents,
    in_force,
    merged,
    planned,
    revoked_users,
    states,
)
from wallet.nats.nkeys import decode_public
from wallet.vault.copies.merge.plan import MergeAction
from wallet.vault.copies.merge.tokens import revocations_in
from wallet.vault.records import Records

# `python -m tests.compare merges` takes as many as one likes. The large numbers are those in which
# that found the order to matter.
QUICK = (
    *range(12),
    *(4260204861, 522728241, 176062323, 2749341770, 1429033309, 3117295203),
    *(2552455025, 4029985951, 2146455920),
)
RULES = {
    "no common past",
    "signed anew",
    "seed taken",
    "revoked on one side",
    "kept out on the other side",
    *(action.value for action in MergeAction if action is not MergeAction.OPEN),
}


def unlike(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The differences of two vaults' contents, in words."""
    differences = [
        f"{part}: {one[part]} | {other[part]}"
        for part in one
        if part != "keys" and one[part] != other[part]
    ]
    keys, others = one["keys"], other["keys"]
    for public in sorted({*keys, *others}):
        here, there = keys.get(public), others.get(public)
        if here != there:
            pairs = zip(here or ["is not there"], there or ["is not there"], strict=False)
            differences.append(f"{public}: {[pair for pair in pairs if pair[0] != pair[1]]}")
    return differences


def look_for_losses(
    world: World, joined: Records, ours: Records, theirs: Records, base: Records | None
) -> None:
    """Assert that no key, seed or revocation of either is lost, but what was deleted."""
    now, before = states(joined), states(base) if base else {}
    for side, other in ((states(ours), states(theirs)), (states(theirs), states(ours))):
        for public, state in side.items():
            if public not in now:
                # deleted on one side, and left as it was on the other
                assert public in before
                assert public not in other
                assert state.token == before[public].token
                assert (state.name, state.notes) == (before[public].name, before[public].notes)
                continue
            if state.has_seed:
                with joined.open_seed(decode_public(public)) as seed:
                    assert seed.public.text == public
            wanted, held = in_force(revocations_in(state)), revocations_in(now[public])
            for (export, who), until in wanted.items():
                assert max(held.get((export, who), -1), held.get((export, "*"), -1)) >= until
    shut_out = revoked_users(joined)
    known = set() if base is None else revoked_users(base)
    for each in (ours, theirs):
        for public, account in revoked_users(each) - known:
            if public in now and now[public].parent == account:
                assert (public, account) in shut_out, now[public]


def look_at_order(number: int, seen: Counter[str]) -> None:
    """Join three versions in several orders, each pair in both."""
    world = World(number)
    versions = [world.apart(world.random.randrange(1, 9)) for _ in range(3)]
    base = world.base if number % 4 else None
    pairs = {}
    for one, other in ((0, 1), (1, 2), (2, 0)):
        ours, theirs = versions[one], versions[other]
        joined = merged(world, ours, theirs, base)
        again = merged(world, theirs, ours, base)
        assert unlike(contents(joined), contents(again)) == [], number
        look_for_losses(world, joined, ours, theirs, base)
        pairs[one, other] = joined
        note_rules(seen, ours, theirs, base)
    first = contents(merged(world, pairs[0, 1], versions[2], base))
    for last, pair in ((0, (1, 2)), (1, (2, 0)), (2, (0, 1))):
        for ours, theirs in ((versions[last], pairs[pair]), (pairs[pair], versions[last])):
            assert unlike(first, contents(merged(world, ours, theirs, base))) == [], number
    same = merged(world, pairs[0, 1], versions[0], base)
    assert unlike(contents(same), contents(pairs[0, 1])) == [], number
    for records in (*versions, *pairs.values(), same, world.base):
        records.close()


def note_rules(seen: Counter[str], ours: Records, theirs: Records, base: Records | None) -> None:
    """Count which rules a pair needed."""
    plan = planned(ours, theirs, base, are_kin=True)
    seen.update(item.action.value for item in plan.items)
    seen["conflict"] += len(plan.choices.settled)
    seen["no common past"] += base is None
    mine, other = states(ours), states(theirs)
    for public, key in plan.keys.items():
        seen["signed anew"] += key.to_sign is not None
        here, there = mine.get(public), other.get(public)
        if here and there:
            seen["seed taken"] += key.state.has_seed and not here.has_seed
            here_only = revocations_in(here).items() - revocations_in(there).items()
            there_only = revocations_in(there).items() - revocations_in(here).items()
            seen["revoked on one side"] += bool(here_only)
            seen["kept out on the other side"] += bool(there_only)


def test_versions_hold_the_same_in_whatever_order_they_are_joined() -> None:
    seen: Counter[str] = Counter()
    for number in QUICK:
        look_at_order(number, seen)
    assert {rule for rule in RULES if not seen[rule]} == set(), seen
