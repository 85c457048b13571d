"""A vault that is only looked at: nothing of it changes, whatever is pressed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Button, Select

from tests.app.hands import drawn, focus_is, paste_text, until
from tests.app.inpty import in_pty
from tests.app.test_export import signed
from tests.app.test_main import PASSPHRASE, Hands, closed, empty, find, opened, records_of, sees
from tests.cli.conftest import Run, run
from wallet.app.screens.main import MainScreen
from wallet.errors import NotRecordedError, ReadOnlyError
from wallet.secrets.passphrase import Passphrase
from wallet.vault import disclosure
from wallet.vault.db.journal.kinds import What
from wallet.vault.vault import Vault

__all__ = ["empty", "run", "signed"]  # fixtures


def content(vault: Path) -> bytes:
    return vault.read_bytes()


async def rename(pilot: Hands, name: str) -> None:
    await pilot.press("R", "ctrl+u", *name, "enter")


async def test_what_would_change_is_refused_until_that_is_ended(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "billing")
        await pilot.press("O")
        await sees(pilot, "○ only looking", "nothing is changed")
        before = content(signed)
        await sees(pilot, "O Only looking")
        for key in "niRmpxraudP":
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(pilot.app.screen, MainScreen), key
        await sees(pilot, "You are only looking", "Press O to")
        await pilot.pause(0.3)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the palette")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "its end")
        assert content(signed) == before
        assert records_of(pilot).find("billing").status == "active"
        await pilot.press("O")
        await until(pilot, lambda: "only looking" not in drawn(pilot.app), "the end of it")
        await rename(pilot, "payment")
        await closed(pilot)
        await sees(pilot, "payment")
        assert content(signed) != before


async def test_the_footer_leaves_out_what_cannot_be_while_one_only_looks(signed: Path) -> None:
    async with opened(signed, (200, 30)) as pilot:
        for name in ("acme", "orders", "billing"):
            await find(pilot, name)
            footer = drawn(pilot.app).splitlines()[-1]
            assert " p May do " in footer, name
            await pilot.press("O")
            await sees(pilot, "O Only looking")
            footer = drawn(pilot.app).splitlines()[-1]
            for word in ("New", "May do", "Export", "Push", "Revoke", "Rotate", "Delete", "Tags"):
                assert word not in footer, name
            for word in ("c Copy", "Mark", "/ Filter", "? All keys"):
                assert word in footer, name
            await pilot.press("O")
            await until(pilot, lambda: "Only looking" not in drawn(pilot.app), "the end of it")


@pytest.mark.parametrize(
    ("key", "button"),
    [("e", "Write, without a note"), ("v", "Show for 15 seconds, without a note")],
)
async def test_that_a_secret_cannot_be_noted_is_said_before_a_form_is_filled(
    key: str, button: str, signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "billing")
        await pilot.press("O", key)
        await sees(pilot, "You are only looking, so it cannot be noted", "O ends that", button)
        if key == "e":
            await pilot.press("enter")
            await until(pilot, lambda: focus_is(pilot.app, "cancel"), "No first")
            assert not (tmp_path / "billing.creds").exists()
            await pilot.press("left", "enter")
            await sees(pilot, "Written: ")
            assert (tmp_path / "billing.creds").exists()


async def test_what_is_no_secret_is_written_as_always(
    signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "acme")
        await pilot.press("O", "e")
        await sees(pilot, "Export acme")
        assert "cannot be noted" not in drawn(pilot.app)
        pilot.app.screen.query_one("#form", Select).value = "nk"
        await sees(pilot, "cannot be noted", "Write, without a note")
        pilot.app.screen.query_one("#form", Select).value = "jwt"
        await until(pilot, lambda: "without a note" not in drawn(pilot.app), "the usual button")
        assert "cannot be noted" not in drawn(pilot.app)
        await pilot.press("enter")
        await sees(pilot, "Written: ")


async def test_its_end_takes_away_what_was_said_of_it(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await pilot.press("O", "n")
        await sees(pilot, "Only looking: nothing", "You are only looking: nothing")
        await pilot.press("O")
        shown = await sees(pilot, "Changes are saved again")
        assert "ooking" not in shown


async def test_it_lasts_over_a_lock(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await pilot.press("O", "L")
        await sees(pilot, "Passphrase")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await sees(pilot, "○ only looking")


def test_no_way_of_changing_a_vault_works(signed: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Passphrase("quite another one of these") as new:
        with Vault.unlock(signed, passphrase) as vault:
            vault.only_looking = True
            before = content(signed)
            with pytest.raises(ReadOnlyError, match="--read-only"), vault.change():
                pass
            with pytest.raises(ReadOnlyError), vault.change(minor=True):
                pass
            with pytest.raises(ReadOnlyError):
                vault.change_passphrase(passphrase, new)
            with pytest.raises(ReadOnlyError):
                vault.change_recovery(passphrase, None)
            backups = vault.backups()
            assert backups
            with pytest.raises(ReadOnlyError):
                vault.delete_backups(backups)
            assert vault.backups() == backups
            signed.rename(signed.with_name("elsewhere"))
            with pytest.raises(ReadOnlyError):
                vault.write_anew()
            signed.with_name("elsewhere").rename(signed)
            with pytest.raises(NotRecordedError):
                disclosure.record(vault, What.SEED_SHOWN, [vault.records.find("billing").public])
            assert content(signed) == before
            vault.only_looking = False
            with vault.change() as records:
                records.rename(records.find("billing").id, "payment")
        assert content(signed) != before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_the_flag_begins_so_and_is_the_apps_alone(signed: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "its.pass"
    file.write_text(PASSPHRASE + "\n", encoding="utf-8")
    arguments = ["-m", "wallet", "--vault", str(signed), "--passphrase-file", str(file)]
    with in_pty([*arguments, "--read-only"]) as child:
        child.expect("only looking")
    done = run("--read-only", "--vault", str(tmp_path / "none.nkw"))
    assert done.status in {2, 3}
    assert not list(tmp_path.glob("none*"))
    done = run("--read-only", "list")
    assert done.status == 2
    assert "--read-only is for the app" in done.err


async def test_the_vaults_page_and_what_is_shared_say_before_that_nothing_can_be_changed(
    signed: Path,
) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "orders")
        await pilot.press("O", "V")
        await sees(pilot, "The vault", "You are only looking")
        enabled = {button.id for button in pilot.app.screen.query(Button) if not button.disabled}
        assert enabled == {"check", "backups", "cancel"}
        await pilot.press("escape")
        await closed(pilot)
        await pilot.press("s")
        await sees(pilot, "What acme/orders shares", "You are only looking")
        footer = drawn(pilot.app).splitlines()[-1]
        for word in ("Share", "Export", "Import", "Map", "Take back", "Remove"):
            assert word not in footer, "no key is offered that cannot work"
        for key in ("n", "o", "i", "m", "d"):
            await pilot.press(key)
            await pilot.pause()
            assert "What acme/orders shares" in drawn(pilot.app), key
        assert "⏎ Close" in footer  # there is no list to go through
        await pilot.press("enter")
        await closed(pilot)
