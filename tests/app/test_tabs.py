"""The tabs: what stands in the summary, and the JWT and permissions as tables of short lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.app.hands import drawn, until
from tests.app.test_main import changed, closed, dialog, filled_vault, find, opened, sees
from tests.app.test_main import empty as empty
from tests.app.test_main_outcomes import to_tab
from tests.vault.support import issue
from wallet.app.widgets.details.details import Details
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.sharing.account_pairs import PairingWish, pair
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

WIDE = (140, 45)


@filled_vault
def vault(records: Records) -> None:
    """acme with orders, which metrics imports from, and in orders 2 users and a signing key."""
    issuing = Issuing(records)
    add = partial(issue, issuing)
    acme = add(Kind.OPERATOR, "acme")
    orders, metrics = (add(Kind.ACCOUNT, name, acme) for name in ("orders", "metrics"))
    add(Kind.USER, "billing", orders)
    add(Kind.USER, "reports", orders)
    with Seed.generate(Kind.ACCOUNT) as seed:
        issuing.add_signing_key(orders, seed, name="readers")
    wish = PairingWish("help", "service", private=True)
    pair(Issuing(records), records.get(orders), records.get(metrics), wish)


async def test_the_summary_of_an_account_says_who_imports_from_it(vault: Path) -> None:
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "orders")
        await sees(pilot, "service help, private → acme/metrics", "2 users, 1 signing key")
        await find(pilot, "metrics")
        await sees(pilot, "service help from acme/orders")
        await find(pilot, "acme")
        await sees(pilot, "2 accounts, and 3 keys beneath those")


async def test_the_jwt_stands_in_a_table_with_names_in_the_place_of_keys(vault: Path) -> None:
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "billing")
        await to_tab(pilot, 2)
        screen = await sees(pilot, "User acme/orders/billing of the account acme/orders")
        rows = {line.partition("││")[2].strip(" │") for line in screen.splitlines()}
        assert {"Expires     never", "Publish     everything", "Subscribe   everything"} <= rows
        assert any(row.startswith("By          acme/orders, account") for row in rows)
        assert "Operator" not in screen


async def test_permissions_stand_in_a_table_too(vault: Path) -> None:
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "billing")
        await to_tab(pilot, 1)
        screen = await sees(pilot, "By its own permissions:", "With all users of its account:")
        assert "Publish     everything" in screen


async def test_an_account_and_a_role_say_what_they_give_and_an_operator_has_no_such_tab(
    vault: Path,
) -> None:
    with changed(vault) as records:
        scope = {"role": "reader", "template": {"pub": {"deny": [">"]}, "sub": {"allow": ["o.>"]}}}
        with Seed.generate(Kind.ACCOUNT) as seed:
            orders = records.find("orders").id
            Issuing(records).add_signing_key(orders, seed, name="narrow", scope=scope)
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "orders")
        await to_tab(pilot, 1)
        screen = await sees(pilot, "Users of whom nothing else is said:", "All its users together:")
        assert "Publish     everything" in screen
        await find(pilot, "narrow")
        screen = await sees(pilot, "All users that it signs:", "Subscribe   o.>")
        assert "of its own" not in screen
        await find(pilot, "readers")
        await sees(pilot, "that it signs has rights of its own")
        await find(pilot, "acme")
        screen = await sees(pilot, "Beneath it")
        assert "Permissions" not in screen


async def test_another_key_is_shown_from_its_top(vault: Path) -> None:
    async with opened(vault, (60, 12)) as pilot:
        await find(pilot, "billing")
        details = pilot.app.screen.query_one(Details)
        details.scroll_end(animate=False)
        await until(pilot, lambda: details.scroll_y > 0, "scrolling")
        await pilot.press("down")
        await until(pilot, lambda: details.scroll_y == 0, "the top")


async def test_the_list_and_the_summary_have_one_word_for_what_servers_lack(vault: Path) -> None:
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "orders")
        screen = await sees(pilot, "↑ to deploy: export its operator")
        assert screen.count("↑ to deploy") > 1
        assert "State" not in screen
        await dialog(pilot, "enter", "Copy public key")
        assert "to deploy" in drawn(pilot.app)
        await pilot.press("escape")
        await closed(pilot)


async def test_a_test_names_the_account_by_its_path(vault: Path) -> None:
    with changed(vault) as records:
        account = records.find("orders").public
        words = f"Accepted as this key in account “orders” ({account})."
        public = records.find("billing").public
        records.results.add(public, "nats://n1:4222", True, "accepted", words, datetime.now(UTC))
    async with opened(vault, WIDE) as pilot:
        await find(pilot, "billing")
        await to_tab(pilot, 3)
        screen = await sees(pilot, "Accepted as this key in account acme/orders.")
        assert account not in screen


async def test_all_titles_stand_whole_beside_a_scrollbar_with_the_last_tab_open(
    vault: Path,
) -> None:
    with changed(vault) as records:
        public = records.find("billing").public
        for number in range(40):
            at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=number)
            records.results.add(public, f"nats://n{number}:4222", True, "accepted", "", at)
    async with opened(vault, (80, 24)) as pilot:
        await find(pilot, "billing")
        await pilot.press("tab", *["right"] * 5)
        await until(pilot, lambda: pilot.app.screen.query_one(Details).tab == "history", "it")
        await pilot.pause(0.5)
        await sees(pilot, "Summary Permissions JWT Tests Notes History")
