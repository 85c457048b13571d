"""Walks of random changes: undone to their beginning, done again to their end, on a real vault."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.vault.test_undo import Window, acme, window
from wallet.errors import UsageError, WalletError
from wallet.nats.claims.revocations import revoked_as
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.deployment.revocations import revoke
from wallet.tasks.keys import deletion, mass_changes
from wallet.tasks.keys.mass_changes import shown
from wallet.tasks.undo.change_summary import is_idle
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

__all__ = ["acme", "window"]  # fixtures

STEPS = 14


def keys(window: Window, *kinds: Kind, signing: bool = False) -> list[KeyRecord]:
    return [
        key
        for key in window.records.all()
        if (not kinds or key.kind in kinds) and key.signing is signing
    ]


def a_deletion(window: Window, dice: random.Random) -> None:
    some = dice.sample(list(window.records.all()), dice.choice([1, 1, 2]))
    top = mass_changes.topmost(window.records, some)
    costs = {key.id: window.records.cost_of_deleting(key.id) for key in top}
    deletion.delete(window.vault, costs, "look")


def a_new_key(window: Window, dice: random.Random) -> None:
    account = dice.choice(keys(window, Kind.ACCOUNT))

    def add(issuing: Issuing, _records: Records) -> None:
        with Seed.generate(Kind.USER) as seed:
            issuing.add(seed, under=account.id)

    window.change(add)


def a_signing_key(window: Window, dice: random.Random) -> None:
    owner = dice.choice(keys(window, Kind.ACCOUNT, Kind.OPERATOR))

    def add(issuing: Issuing, _records: Records) -> None:
        with Seed.generate(owner.kind) as seed:
            issuing.add_signing_key(owner.id, seed)

    window.change(add)


def a_move(window: Window, dice: random.Random) -> None:
    key = dice.choice(keys(window, Kind.USER, Kind.ACCOUNT))
    above = Kind.ACCOUNT if key.kind is Kind.USER else Kind.OPERATOR
    to = dice.choice([*keys(window, above), None])
    mass_changes.move(window.vault, shown([key]), to.path if to else "")


def a_name(window: Window, dice: random.Random) -> None:
    key = dice.choice(list(window.records.all()))
    name = f"name-{dice.randrange(10**6)}"
    window.change(lambda issuing, _records: issuing.rename(key.id, name))


def tags(window: Window, dice: random.Random) -> None:
    some = dice.sample(list(window.records.all()), 2)
    mass_changes.tag(
        window.vault,
        shown(some),
        [dice.choice("xyz")],
        [dice.choice("abc")],
        sign=dice.random() < 0.5,
    )


def a_status(window: Window, dice: random.Random) -> None:
    key = dice.choice(list(window.records.all()))
    mass_changes.retire(window.vault, shown([key]), undo=key.status == "retired")


def rights(window: Window, dice: random.Random) -> None:
    key = dice.choice(keys(window, Kind.USER))

    def edit(issuing: Issuing, _records: Records) -> None:
        claims = issuing.claims(key.id)
        issuing.edit(key.id, {**claims, "pub": {"allow": [f"s{dice.randrange(9)}.>"]}})

    window.change(edit)


def an_export(window: Window, dice: random.Random) -> None:
    account = dice.choice(keys(window, Kind.ACCOUNT))

    def share(issuing: Issuing, _records: Records) -> None:
        subject = f"e{dice.randrange(3)}"
        export = {"name": subject, "subject": subject, "type": "service"}
        claims = issuing.claims(account.id)
        there = [one for one in claims.get("exports") or [] if one.get("subject") != subject]
        issuing.edit(account.id, {**claims, "exports": [*there, export]})

    window.change(share)


def strictness(window: Window, dice: random.Random) -> None:
    operator = dice.choice(keys(window, Kind.OPERATOR))

    def turn(issuing: Issuing, _records: Records) -> None:
        claims = issuing.claims(operator.id)
        strict = not claims.get("strict_signing_key_usage")
        issuing.edit(operator.id, {**claims, "strict_signing_key_usage": strict})

    window.change(turn)


WALKS: tuple[Callable[[Window, random.Random], None], ...] = (
    *(a_deletion, a_deletion, a_new_key, a_signing_key, a_move, a_move, a_name),
    *(tags, a_status, rights, rights, an_export, strictness),
)


State = dict[str, tuple[Any, ...]]


def state(window: Window) -> State:
    """The state of all keys, but for who signed: a signer may be gone, and another signs then."""
    return {
        public: (*said[:-2], said[-2] and said[-2][:-1], said[-1])
        for public, said in window.state().items()
    }


def walk(window: Window, dice: random.Random) -> list[State]:
    """Take steps at random; the state before each that can be undone, and after the last."""
    past = window.vault.past
    assert past is not None
    states = []
    for _ in range(4 * STEPS):
        before, last = state(window), past.last
        try:
            dice.choice(WALKS)(window, dice)
        except (WalletError, IndexError, ValueError):
            continue  # not possible now
        if past.last is not last and past.last is not None and not is_idle(past.last):
            states.append(before)
        if len(states) == STEPS:
            break
    return [*states, state(window)]


@pytest.mark.parametrize("number", range(12))
def test_a_walk_is_undone_step_by_step_and_done_again(window: Window, number: int) -> None:
    states = walk(window, random.Random(number))
    steps = 0
    for before in reversed(states[:-1]):
        if not goes(window, before):
            break
        steps += 1
    for after in states[len(states) - steps :]:
        if not goes(window, after, again=True):
            break


def goes(window: Window, to: State, *, again: bool = False) -> bool:
    """Whether the next step back could be made: then it leads there; else nothing is changed.

    A strict operator without a signing key cannot be made so again, nor an account whose
    revocations would go.
    """
    now, refusal = state(window), ""
    try:
        window.undo(again=again)
    except UsageError as error:
        refusal = str(error)
    assert "changed since" not in refusal
    assert state(window) == (now if refusal else to)
    assert not window.records.check_contents()
    return not refusal


@pytest.mark.parametrize("number", range(6))
def test_no_walk_lets_a_jwt_in_that_was_revoked(window: Window, number: int) -> None:
    dice = random.Random(100 + number)
    revoked: dict[str, tuple[str, int]] = {}
    for _ in range(40):
        act = dice.choice([*WALKS, an_undo, an_undo, a_redo, a_revocation])
        try:
            if act is a_revocation:
                users = [key for key in keys(window, Kind.USER) if key.has_jwt and not key.revoked]
                user = dice.choice(users)
                claims = window.records.tokens.claims(user.id)
                assert claims is not None
                revoke(window.vault, [user.public])
                account = window.records.get(user.parent or 0).public
                revoked[user.public] = account, claims.issued or 0
            else:
                act(window, dice)
        except (WalletError, IndexError, ValueError):
            continue
        for public, (account, issued) in revoked.items():
            record = window.records.by_public(account)
            said = window.records.tokens.claims(record.id) if record else None
            assert said is None or revoked_as(said.nats, public, issued) is not None


def an_undo(window: Window, _dice: random.Random) -> None:
    window.undo()


def a_redo(window: Window, _dice: random.Random) -> None:
    window.redo()


def a_revocation(_window: Window, _dice: random.Random) -> None:
    raise UsageError("done by the walk itself")
