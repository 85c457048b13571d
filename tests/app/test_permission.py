"""The tab that says what a user may do in the end, and answers for subjects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.hands import drawn, focus_is, type_text, until
from tests.app.test_export import signed
from tests.app.test_main import Hands, changed, empty, find, opened, records_of, sees
from wallet.app.screens.claims.claims import ClaimsDialog
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.signing.issuance import Issuing

__all__ = ["empty", "signed"]  # fixtures


@pytest.fixture
def bounded(signed: Path) -> Path:
    """`signed`, with joe, whose role gives him jobs of his own, and a listed user without a JWT."""
    scope = {
        "role": "worker",
        "template": {"pub": {"allow": ["jobs.{{name()}}"]}, "sub": {"deny": ["secret.>"]}},
    }
    with changed(signed) as records:
        issuing = Issuing(records)
        orders = records.find("acme/orders").id
        with Seed.generate(Kind.ACCOUNT) as role, Seed.generate(Kind.USER) as joe:
            issuing.add_signing_key(orders, role, name="worker", scope=scope)
            issuing.add(joe, name="joe", under=orders, signer=role.public.text)
        with Seed.generate(Kind.USER) as listed:
            user = issuing.add(listed, name="listed")
        records.tokens.set_unsigned(user.id, {"pub": {"deny": ["a.>"]}})
    return signed


async def ask(pilot: Hands, subject: str) -> None:
    await pilot.press("A")
    await until(pilot, lambda: focus_is(pilot.app, "subject"), "the field")
    await type_text(pilot, subject)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_subject_that_is_typed_is_answered_to_publish_and_to_subscribe(
    bounded: Path, size: tuple[int, int]
) -> None:
    async with opened(bounded, size) as pilot:
        await find(pilot, "joe")
        await ask(pilot, "jobs.joe")
        await sees(
            pilot, "✓ may publish to jobs.joe", "✓ may subscribe to jobs.joe", "pub.allow jobs.joe"
        )
        await pilot.press(*["backspace"] * 3)
        await type_text(pilot, "ann")
        await sees(pilot, "✗ may not publish to jobs.ann", "It is not in the pub.allow")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.focused, KeyTree), "the tree")


async def test_the_subject_stays_while_the_cursor_goes_to_others(bounded: Path) -> None:
    async with opened(bounded, (100, 40)) as pilot:
        await find(pilot, "joe")
        await ask(pilot, "secret.x")
        await sees(pilot, "✗ may not subscribe to secret.x")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.focused, KeyTree), "the tree")
        await find(pilot, "billing")
        await sees(pilot, "✓ may subscribe to secret.x")
        await find(pilot, "orders")
        await sees(pilot, "may have rights of its own")
        assert "secret.x" not in drawn(pilot.app)


async def test_what_it_may_in_the_end_is_told_with_its_place_and_the_account_s_limits(
    bounded: Path,
) -> None:
    async with opened(bounded, (160, 50)) as pilot:
        await find(pilot, "joe")
        await ask(pilot, "")
        await sees(
            pilot,
            "By its role “worker”",
            "Publish     jobs.joe",
            "Subscribe   everything, but not secret.>",
        )
        await sees(pilot, "With all users of its account:", "JetStream   none")
        await pilot.press("escape")
        await find(pilot, "listed")
        await sees(pilot, "Where a server's configuration lists it:", "everything, but not a.>")


async def test_a_revoked_user_is_told_to_be_let_in_nowhere(bounded: Path) -> None:
    with changed(bounded) as records:
        Issuing(records).revoking.revoke(records.find("joe").id)
    async with opened(bounded, (160, 50)) as pilot:
        await find(pilot, "joe")
        await ask(pilot, "jobs.joe")
        await sees(pilot, "Servers let it in nowhere", "✗ may not publish to jobs.joe")
        account = records_of(pilot).find("orders").public
        assert account not in drawn(pilot.app)


async def test_what_is_no_subject_is_told_as_such_and_wildcards_are_for_subscribing(
    bounded: Path,
) -> None:
    async with opened(bounded, (160, 50)) as pilot:
        await find(pilot, "joe")
        await ask(pilot, "jobs.>")
        await sees(
            pilot, "– publish to: A message goes to one subject", "✓ may subscribe to jobs.>"
        )
        await type_text(pilot, "..x")
        await sees(pilot, "is no subject")


async def test_on_a_key_that_is_no_user_it_says_so_and_p_still_changes_what_it_may(
    bounded: Path,
) -> None:
    async with opened(bounded, (160, 50)) as pilot:
        await find(pilot, "orders")
        await pilot.press("A")
        await sees(pilot, "Only users use subjects: select one.")
        await find(pilot, "joe")
        await ask(pilot, "p")
        await sees(pilot, "may not publish to p")
        await pilot.press("escape", "p")
        await until(pilot, lambda: isinstance(pilot.app.screen, ClaimsDialog), "the form")
