"""What accounts share, by keys in the app: paired, changed, taken back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import OptionList

from tests.app.hands import drawn, paste_text, type_text, until
from tests.app.test_chain import empty as empty
from tests.app.test_main import (
    Hands,
    changed,
    closed,
    dialog,
    filled_vault,
    find,
    goto,
    opened,
    records_of,
    sees,
)
from tests.vault.support import issue
from wallet.app.screens.claims.shared_subjects import SharedSubjectsDialog
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.sharing.account_links import (
    ListedExport,
    ListedImport,
    listed_exports,
    listed_imports,
)
from wallet.vault.records import Records
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing


@filled_vault
def path(records: Records) -> None:
    """acme with the accounts metrics and orders."""
    add = partial(issue, Issuing(records))
    acme = add(Kind.OPERATOR, "acme")
    for name in ("metrics", "orders"):
        add(Kind.ACCOUNT, name, acme)


async def shares(pilot: Hands, name: str) -> None:
    """Open what the account of this name shares."""
    await find(pilot, name)
    await dialog(pilot, "s", f"What acme/{name} shares")


async def test_an_account_that_shares_nothing_has_no_list_and_enter_shares(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await shares(pilot, "orders")
        screen = await sees(pilot, "It shares nothing yet.")
        assert not pilot.app.screen.query_one(OptionList).display
        assert " ⏎ Share" in screen.splitlines()[-1]
        await pressed(pilot, "o", "Another export")
        await pilot.press("escape")
        await back(pilot)
        await pressed(pilot, "enter", "Share")


async def pressed(pilot: Hands, key: str, *texts: str) -> None:
    """Press a key that opens a dialog above, and wait for it."""
    before = pilot.app.screen
    await pilot.press(key)
    await until(pilot, lambda: pilot.app.screen is not before, "a dialog")
    await sees(pilot, *texts)


async def back(pilot: Hands, *texts: str) -> None:
    """Wait until the list of what is shared is there again."""
    await until(pilot, lambda: isinstance(pilot.app.screen, SharedSubjectsDialog), drawn(pilot.app))
    await sees(pilot, *texts)


async def into(pilot: Hands, field: str, text: str) -> None:
    """Go to a line of the form by Tab, and type in it."""
    await goto(pilot, field)
    await paste_text(pilot, text)


def exports(pilot: Hands) -> list[ListedExport]:
    records = records_of(pilot)
    return listed_exports(records, records.find("orders"))


def imports(pilot: Hands) -> list[ListedImport]:
    records = records_of(pilot)
    return listed_imports(records, records.find("metrics"))


async def paired(pilot: Hands) -> None:
    await pressed(pilot, "n", "Share a subject with another account", "acme/orders")
    await paste_text(pilot, "acme/metrics")
    await into(pilot, "subject", "orders.eu.status")
    await into(pilot, "local", "status")
    await pilot.press("enter")
    await back(pilot, "exports  service  orders.eu.status  private")


async def test_two_accounts_are_paired_and_what_is_to_be_pushed_is_told(path: Path) -> None:
    async with opened(path) as pilot:
        await shares(pilot, "orders")
        await sees(pilot, "It shares nothing yet.")
        await paired(pilot)
        await sees(pilot, "imported by acme/metrics", "acme/orders and acme/metrics have new JWTs.")
        (export,), (one,) = exports(pilot), imports(pilot)
        assert (export.entry["token_req"], export.entry["type"]) == (True, "service")
        assert one.problem == ""
        assert one.entry["local_subject"] == "status"
        assert jwt.decode(one.entry["token"]).subject == records_of(pilot).find("metrics").public


async def test_the_wizard_asks_only_for_what_is_unclear(path: Path) -> None:
    with changed(path) as records:
        shared = Issuing(records)
        orders = records.find("orders")
        export = {"subject": "news.>", "type": "stream"}
        sign_shared(shared, orders, {**shared.claims(orders.id), "exports": [export]})
    async with opened(path) as pilot:
        await shares(pilot, "orders")
        await pressed(pilot, "n", "It exports news.>")
        assert "privately" not in drawn(pilot.app)
        await paste_text(pilot, "acme/metrics")
        await into(pilot, "subject", "other")
        await sees(pilot, "privately", "as a service")
        await pilot.press(*["backspace"] * 5)
        await type_text(pilot, "news.eu")
        await sees(pilot, "Exported already: stream news.> (public).")
        assert "privately" not in drawn(pilot.app)
        await pilot.press("enter")
        await back(pilot, "imported by acme/metrics")
        (one,) = imports(pilot)
        assert (one.entry["type"], one.entry["subject"]) == ("stream", "news.eu")
        assert len(exports(pilot)) == 1


async def test_an_export_is_changed_in_a_form_and_a_wrong_line_is_named(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await shares(pilot, "orders")
        await paired(pilot)
        await pressed(pilot, "enter", "An export of acme/orders", "Answers within")
        await into(pilot, "response-time", "soon")
        await pilot.press("enter")
        await sees(pilot, "Answers within: 'soon' is no length of time")
        await pilot.press(*["backspace"] * 4)
        await type_text(pilot, "5s")
        await pilot.press("enter")
        await back(pilot, "answers within 5s")
        assert exports(pilot)[0].entry["response_threshold"] == 5_000_000_000


async def test_taking_back_an_import_revokes_its_activation(path: Path) -> None:
    async with opened(path) as pilot:
        await shares(pilot, "orders")
        await paired(pilot)
        token = jwt.decode(imports(pilot)[0].entry["token"])
        await pilot.press("escape")
        await closed(pilot)
        await shares(pilot, "metrics")
        await pressed(pilot, "d", "Remove service orders.eu.status?", "take the activation back")
        await pilot.press("left", "enter")
        await back(pilot, "It shares nothing yet.")
        assert imports(pilot) == []
        ((who, until_when),) = exports(pilot)[0].revoked
        assert (who, until_when >= (token.issued or 0)) == ("acme/metrics", True)


async def test_activations_are_taken_back_from_the_export(path: Path) -> None:
    async with opened(path) as pilot:
        await shares(pilot, "orders")
        await paired(pilot)
        await pressed(pilot, "x", "Take back activations of service orders.eu.status")
        await pilot.press("enter")
        await back(pilot, "activations taken back: acme/metrics until")
        assert "takes back" in imports(pilot)[0].problem
        await pressed(pilot, "d", "acme/metrics had it")
        await pilot.press("left", "enter")
        await back(pilot, "It shares nothing yet.")


async def test_an_import_of_a_foreign_account_and_a_mapping_are_typed_in(path: Path) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        foreign = seed.public.text
    async with opened(path) as pilot:
        await shares(pilot, "metrics")
        await pressed(pilot, "i", "Another import of acme/metrics")
        await type_text(pilot, "jobs.>")
        await into(pilot, "account", foreign)
        await pilot.press("ctrl+s")
        await back(pilot, "imports  service  jobs.>")
        await pressed(pilot, "m", "A mapping of acme/metrics")
        await type_text(pilot, "a.*")
        await into(pilot, "destination", "b.$1")
        await into(pilot, "weight", "40%")
        await pilot.press("enter")
        await back(pilot, "40 %", "→ b.$1")
        await pilot.press("end")
        await pressed(pilot, "d", "Messages to a.* go to b.$1 no longer")
        await pilot.press("left", "enter")
        await until(pilot, lambda: "40 %" not in drawn(pilot.app), "the end of the mapping")


async def test_a_key_that_shares_nothing_says_why(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "acme")
        await pilot.press("s")
        await sees(pilot, "Accounts export and import")
