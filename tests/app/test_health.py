"""What needs a look, in the app: the count in the header, the page, and the ways from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.app.hands import drawn, until
from tests.app.test_export import asked, signed
from tests.app.test_main import (
    Hands,
    changed,
    clipboard,
    closed,
    empty,
    find,
    opened,
    records_of,
    sees,
    selected,
)
from wallet.app.screens.connection.test_key import TestKeyDialog
from wallet.app.screens.dialog_command import in_vault
from wallet.app.screens.exchange.export import ExportDialog
from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault.health import MENDS, HealthDialog
from wallet.app.widgets.health_count import HealthCount
from wallet.codes import HealthCode
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

__all__ = ["clipboard", "empty", "signed"]  # fixtures


@pytest.fixture(autouse=True)
def nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seeds lie in the usual places of this machine."""
    monkeypatch.setattr("wallet.app.screens.vault.health.known_places", list)


def refuse(records: Records, name: str) -> None:
    """Let the last test of a key be a refusal."""
    later = datetime.now(UTC) + timedelta(seconds=5)
    records.results.add(
        records.find(name).public, "nats://h:4222", False, "refused", "It was refused.", later
    )


def count_of(pilot: Hands) -> str:
    shown = pilot.app.screen.query_one(HealthCount)
    return str(shown.content) if shown.display else ""


async def page(pilot: Hands) -> HealthDialog:
    """Open the page, and wait until all is looked at."""
    await pilot.press("H")
    await until(pilot, lambda: isinstance(pilot.app.screen, HealthDialog), "the page")
    screen = pilot.app.screen
    assert isinstance(screen, HealthDialog)
    about = screen.query_one("#about", Static)
    await until(pilot, lambda: "Looking" not in str(about.content), "the end of the look")
    return screen


async def choose(pilot: Hands, code: str) -> None:
    """Put the cursor on the first note of this code."""
    screen = await page(pilot)
    codes = [note.code for note in screen.notes]
    screen.query_one(OptionList).highlighted = codes.index(HealthCode(code))
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_header_counts_the_problems_and_the_page_tells_them_first(
    signed: Path, size: tuple[int, int]
) -> None:
    async with opened(signed, size) as pilot:
        await until(pilot, lambda: not count_of(pilot))
        with changed(signed) as records:
            refuse(records, "billing")
        await sees(pilot, "1 needs a look")
        with changed(signed) as records:
            refuse(records, "reports")
        await sees(pilot, "2 need a look")
        screen = await page(pilot)
        assert [note.problem for note in screen.notes][:3] == [True, True, False]
        shown = await sees(
            pilot, "2 problems", "✗ last refused           acme/orders/billing", "it was refused by"
        )
        assert "t on acme/orders/billing tests it" in " ".join(shown.split())
        await pilot.press("escape")
        await closed(pilot)


async def test_enter_goes_to_the_key(signed: Path) -> None:
    with changed(signed) as records:
        refuse(records, "reports")
    async with opened(signed) as pilot:
        await choose(pilot, "last-refused")
        await pilot.press("enter")
        await closed(pilot)
        await until(pilot, lambda: selected(pilot) == "reports")


async def test_m_does_what_mends_it_to_the_key_that_it_is_about(signed: Path) -> None:
    with changed(signed) as records:
        refuse(records, "reports")
    async with opened(signed) as pilot:
        await choose(pilot, "last-refused")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, TestKeyDialog), "the test")
        assert "reports" in drawn(pilot.app)


async def test_enter_on_what_is_about_the_vault_does_what_mends_it(signed: Path) -> None:
    async with opened(signed) as pilot:
        await choose(pilot, "weak-derivation")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangePassphraseDialog))


async def test_what_no_page_mends_has_its_command_copied(
    signed: Path, clipboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "wallet.tasks.health.vault_health.readable_by_others", lambda path: path == signed
    )
    async with opened(signed) as pilot:
        await sees(pilot, "1 needs a look")
        await choose(pilot, "open-vault")
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text())
        assert clipboard.read_text() == f"chmod 600 {signed}"


async def test_a_click_on_the_count_opens_the_page(signed: Path) -> None:
    with changed(signed) as records:
        refuse(records, "reports")
    async with opened(signed) as pilot:
        await sees(pilot, "1 needs a look")
        await pilot.click(HealthCount)
        await until(pilot, lambda: isinstance(pilot.app.screen, HealthDialog), "the page")


async def test_a_wallet_that_is_locked_while_it_is_looked_through_tells_nothing(
    signed: Path,
) -> None:
    async with opened(signed) as pilot:
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HealthDialog), "the page")
        pilot.app.lock()  # type: ignore[attr-defined]
        await sees(pilot, "is locked")
        assert "last refused" not in drawn(pilot.app)


async def test_a_copied_command_names_the_vault_that_is_open(signed: Path, clipboard: Path) -> None:
    with changed(signed) as records:
        orders = records.find("acme/orders")
        records.deliveries.known_servers.note(orders.public, ["nats://127.0.0.1:1"])
        Issuing(records).delete(orders.id)
    async with opened(signed, (120, 40)) as pilot:
        await choose(pilot, "deleted-let-in")
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text())
        copied = clipboard.read_text()
        assert copied == f"nkey-wallet --vault {signed} servers forget {orders.public}"
        await sees(pilot, "The command")  # which mends nothing: a person says that it is mended


def test_each_command_of_a_text_that_is_copied_names_the_vault(tmp_path: Path) -> None:
    vault = tmp_path / "vault.nkw"
    named = f"nkey-wallet --vault {vault}"
    for text, wanted in (
        ("nkey-wallet list", f"{named} list"),
        ("nkey-wallet a\nnkey-wallet b", f"{named} a\n{named} b"),
        ("nkey-wallet a && nkey-wallet b", f"{named} a && {named} b"),
        ("# umask 077; nkey-wallet seed x > y", f"# umask 077; {named} seed x > y"),
        ("// nkey-wallet export x", f"// {named} export x"),
        ("nkey-wallet note 'nkey-wallet b'", f"{named} note 'nkey-wallet b'"),
        ('users: [ { nkey: "U" } ]', 'users: [ { nkey: "U" } ]'),
    ):
        assert in_vault(text, vault) == wanted


async def test_a_configuration_that_was_written_or_copied_here_is_told_after_a_change(
    signed: Path, tmp_path: Path, clipboard: Path
) -> None:
    to = tmp_path / "nats-server.conf"
    async with opened(signed, (100, 30)) as pilot:
        await asked(pilot, "acme", "configuration", to)
        await pilot.press("enter")
        await closed(pilot)
        await find(pilot, "shop")
        await pilot.press("y")
        await sees(pilot, "Copy shop as", "Accounts block")
        await pilot.press("down", "enter")
        await closed(pilot)
        await until(pilot, lambda: len(records_of(pilot).configurations.all()) == 2)
        acme, shop = (records_of(pilot).find(name).public for name in ("acme", "shop"))
        first, second = records_of(pilot).configurations.all()
        assert (first.recipe, first.place) == (Recipe("operator", (acme,)), str(to))
        assert (second.recipe, second.place) == (Recipe("account", (shop,)), "")
        with changed(signed) as records, Seed.generate(Kind.USER) as seed:
            records.add(seed, name="more", under=records.find("shop").id)
        await until(pilot, lambda: records_of(pilot).by_public(seed.public.text))
        await choose(pilot, "configuration-outdated")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExportDialog))
        assert "Export shop" in drawn(pilot.app)


async def test_a_list_that_lets_in_who_is_revoked_is_mended_by_copying_one_without_it(
    signed: Path, clipboard: Path
) -> None:
    async with opened(signed, (100, 30)) as pilot:
        with changed(signed) as records:
            orders = records.find("orders")
            with Seed.generate(Kind.USER) as seed:
                late = Issuing(records).add(seed, name="late", under=orders.id)
            with Seed.generate(Kind.USER) as seed:
                Issuing(records).add(seed, name="more", under=orders.id)
            recipe = Recipe("server", (orders.public,))
            records.configurations.note(recipe, "", bytes(32))
            Issuing(records).revoking.revoke(late.id)
        await until(pilot, lambda: records_of(pilot).by_public(late.public))
        await choose(pilot, "configuration-lets-in")
        assert "y on acme/orders copies it" in " ".join(drawn(pilot.app).split())
        await pilot.press("m")
        await sees(pilot, "Copy orders as", "Its users' block")


async def test_every_line_says_in_words_what_it_is_about(signed: Path) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await page(pilot)
        await pilot.press("end")
        screen = await sees(pilot, "may everything")
        lines = [line for line in screen.splitlines() if "  acme/" in line or "  shop" in line]
        signs = [line.partition("!")[2] for line in lines if "!" in line]
        assert len(signs) > 3
        assert all(words.startswith(" ") and not words.startswith("  ") for words in signs), screen
        await pilot.press("home")
        await sees(pilot, "signs by itself")


def test_what_mends_is_an_action_of_the_app() -> None:
    from wallet.app.actions import NAMED

    assert set(MENDS.values()) <= set(NAMED)


async def test_what_is_wrong_stands_under_the_list_where_lines_are_few(signed: Path) -> None:
    async with opened(signed, (60, 16)) as pilot:
        await page(pilot)
        await sees(pilot, "No recovery code opens the vault")
