"""Exporting in the app, driven by keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, Select
from textual.widgets._select import SelectOverlay

from tests.app.hands import drawn, until
from tests.app.held_work import hold_until_esc
from tests.app.test_main import (
    Hands,
    changed,
    clipboard,
    closed,
    dialog,
    empty,
    filled_vault,
    find,
    goto,
    opened,
    records_of,
    sees,
)
from tests.app.test_main_dialogs import problem_of
from tests.vault.support import issue
from wallet.app.screens.exchange import export
from wallet.app.screens.exchange.export import ExportDialog
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.nats import creds
from wallet.nats.nkeys import Kind
from wallet.system.natsserver import LocalServer
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

__all__ = ["clipboard", "empty"]  # fixtures
SIZE = (100, 30)


@filled_vault
def signed(records: Records) -> None:
    """A vault with acme/orders/{billing,reports} with their JWTs, shop/till without, and n1."""
    issuing = Issuing(records)
    add = partial(issue, issuing)
    orders = add(Kind.ACCOUNT, "orders", add(Kind.OPERATOR, "acme"))
    add(Kind.USER, "billing", orders)
    add(Kind.USER, "reports", orders)
    add(Kind.USER, "till", add(Kind.ACCOUNT, "shop"))
    add(Kind.SERVER, "n1")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[list[LocalServer]]:
    """Servers that are put in here are stopped at the end."""
    running: list[LocalServer] = []
    yield running
    for one in running:
        one.stop()


async def asked(pilot: Hands, name: str, form: str, to: Path) -> None:
    """Open the dialog on a key, and say what goes where."""
    await find(pilot, name)
    await dialog(pilot, "e", f"Export {name}", "write over")
    screen = pilot.app.screen
    assert isinstance(screen, ExportDialog)
    chooser = screen.query_one("#form", Select)
    chooser.value = form
    ending = export._suggested(screen.keys, form)
    field = screen.query_one("#to", Input)
    await until(pilot, lambda: field.value == ending, "the place that is suggested")
    field.value = str(to)
    field.focus()
    await pilot.pause()


async def test_creds_of_a_user_are_written_for_the_owner_only(signed: Path, tmp_path: Path) -> None:
    to = tmp_path / "billing.creds"
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "billing", "creds", to)
        await sees(pilot, "unencrypted")
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "Written:")
        found = creds.read_creds(to.read_bytes())
        with found.seed as seed:
            assert seed.public.text == records_of(pilot).find("billing").public
            assert seed.encode().decode() not in drawn(pilot.app)
    assert to.stat().st_mode & 0o777 == 0o600


async def test_what_a_file_has_no_place_for_is_told_when_it_is_written(
    signed: Path, tmp_path: Path
) -> None:
    with changed(signed) as records:
        records.set_tags(records.find("billing").id, ["prod"])
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "billing", "creds", tmp_path / "billing.creds")
        await pilot.press("enter")
        await closed(pilot)
        stays = (
            "These creds files have no place for what the wallet keeps: tags of acme/orders/billing"
        )
        await until(pilot, lambda: stays in " ".join(drawn(pilot.app).split()), stays)


async def test_what_is_there_is_written_over_only_with_the_box_ticked(
    signed: Path, tmp_path: Path
) -> None:
    to = tmp_path / "till.nk"
    to.write_text("mine")
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "till", "nk", to)
        await pilot.press("enter")
        await until(pilot, lambda: problem_of(pilot.app), "the refusal")
        assert "Tick the box" in problem_of(pilot.app)
        assert to.read_text() == "mine"
        await goto(pilot, "overwrite")
        await pilot.press("space", "ctrl+s")
        await closed(pilot)
    assert to.read_text().startswith("SU")


async def test_without_a_place_or_with_one_that_cannot_be_written_it_says_so(
    signed: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "n1", "public", Path())
        pilot.app.screen.query_one("#to", Input).value = " "
        await pilot.press("enter")
        await until(pilot, lambda: "Where to?" in problem_of(pilot.app), "the question")
        pilot.app.screen.query_one("#to", Input).value = str(tmp_path / "file" / "n1.pub")
        await pilot.press("enter")
        await until(pilot, lambda: str(tmp_path / "file") in problem_of(pilot.app), "the reason")
        await pilot.press("escape")
        await closed(pilot)


async def test_the_place_that_is_suggested_follows_the_form_and_a_typed_one_stays(
    signed: Path,
) -> None:
    async with opened(signed, SIZE) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing", "billing.creds")
        chooser = pilot.app.screen.query_one("#form", Select)
        chooser.value = "jwt"
        await sees(pilot, "billing.jwt")
        pilot.app.screen.query_one("#to", Input).value = "mine"
        chooser.value = "nk"
        await sees(pilot, "nk (the seed)", "mine", "unencrypted")


async def test_letters_go_to_the_form_that_begins_so_and_the_footer_says_so(signed: Path) -> None:
    async with opened(signed, SIZE) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing", "billing.creds")
        await pilot.press("shift+tab", "enter")
        await sees(pilot, "a letter Go to what begins so", "esc Close the list")

        def chosen() -> str:
            values = pilot.app.screen.query_one(SelectOverlay)
            return str(values.get_option_at_index(values.highlighted or 0).prompt)

        await pilot.press("f")  # only inside of others
        assert chosen() == "creds (JWT and seed)"
        for form in ("nk (the seed)", "nats CLI context", "nsc store of its operator"):
            await pilot.press("n")
            assert chosen() == form
        await pilot.press("enter")
        await sees(pilot, "billing-nsc", "⏎ Open")


@pytest.mark.parametrize(("name", "user"), [("acme", "billing"), ("shop", "till")])
async def test_a_server_starts_with_the_configuration_and_takes_the_users(
    signed: Path, tmp_path: Path, serve: list[LocalServer], name: str, user: str
) -> None:
    """An operator's with its accounts as JWTs, an account's without one with users by key."""
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, name, "configuration", tmp_path)
        await pilot.press("enter")
        await closed(pilot)
        directory = tmp_path / "server"
        directory.mkdir()
        serve.append(LocalServer(directory, (tmp_path / "nats-server.conf").read_text()))
        await find(pilot, user)
        await dialog(pilot, "t", "F5 Test")
        pilot.app.screen.query_one(Input).value = serve[0].url
        await pilot.press("enter")
        await sees(pilot, "ACCEPTED", "as this key")


async def test_an_operator_without_a_system_account_has_no_full_resolver(
    signed: Path, tmp_path: Path
) -> None:
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "acme", "full", tmp_path / "full.conf")
        await pilot.press("enter")
        await until(pilot, lambda: "system account" in problem_of(pilot.app), "the reason")
    assert not (tmp_path / "full.conf").exists()


async def test_creds_of_all_users_beneath_an_operator_are_written_and_counted(
    signed: Path, tmp_path: Path
) -> None:
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "acme", "creds", tmp_path / "out")
        await sees(pilot, "For every user beneath acme")
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "2 files beneath")
    written = sorted(path.name for path in (tmp_path / "out").rglob("*.creds"))
    assert written == ["billing.creds", "reports.creds"]


async def test_a_store_for_nsc_holds_the_whole_operator(signed: Path, tmp_path: Path) -> None:
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "billing", "nsc", tmp_path / "store")
        await pilot.press("enter")
        await closed(pilot)
    home = tmp_path / "store"
    assert (home / "acme/accounts/orders/users/reports.jwt").exists()
    assert len(list(home.rglob("*.nk"))) == 4


async def test_esc_stops_the_writing_of_many(
    signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file waits until Esc was heard, so that the second is never begun."""
    held = hold_until_esc(monkeypatch)
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "acme", "creds", tmp_path / "out")
        await pilot.press("enter")
        await until(pilot, lambda: held, "the first file")
        await sees(pilot, "1 of 2 written")
        await pilot.press("escape")
        await closed(pilot)
        await sees(pilot, "Stopped: 1 of 2")
    assert len(list((tmp_path / "out").rglob("*.creds"))) == 1


async def test_locking_with_the_dialog_open_leaves_nothing_of_it(
    signed: Path, tmp_path: Path
) -> None:
    async with opened(signed, SIZE) as pilot:
        await asked(pilot, "billing", "creds", tmp_path / "x.creds")
        pilot.app.lock()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        assert "billing" not in drawn(pilot.app)
    assert not (tmp_path / "x.creds").exists()


# --- copying the same -----------------------------------------------------------------------


TOLD = (
    ("acme", "operator", "operator: eyJ"),
    ("orders", "account", "resolver_preload: {"),
    ("shop", "account", "accounts {"),
    ("billing", "jwt", "eyJ"),
)
"""A key, a row of what can be copied of it, and how that begins."""


async def test_what_servers_are_told_of_a_key_is_copied(signed: Path, clipboard: Path) -> None:
    async with opened(signed, SIZE) as pilot:
        for name, row, beginning in TOLD:
            clipboard.unlink(missing_ok=True)
            await find(pilot, name)
            await dialog(pilot, "y", f"Copy {name} as")
            rows = list(pilot.app.screen.formats)  # type: ignore[attr-defined]
            await pilot.press(*["down"] * rows.index(row))
            await sees(pilot, beginning)
            await pilot.press("enter")
            await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
            assert clipboard.read_text().startswith(beginning), name
            await closed(pilot)


async def test_creds_are_copied_only_after_the_button_and_never_shown(
    signed: Path, clipboard: Path
) -> None:
    async with opened(signed, SIZE) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "y", "Creds (secret)")
        rows = list(pilot.app.screen.formats)  # type: ignore[attr-defined]
        await pilot.press(*["down"] * rows.index("creds"))
        screen = await sees(pilot, "for 20 seconds")
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "accept", "the button")
        assert not clipboard.exists()
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        with creds.read_creds(clipboard.read_text()).seed as seed:
            assert seed.public.text == records_of(pilot).find("billing").public
            assert seed.encode().decode() not in screen + drawn(pilot.app)
        await pilot.press("L")
        await until(pilot, lambda: "SEED" not in clipboard.read_text(), "the end of the secret")
