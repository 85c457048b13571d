"""A secret that leaves the app is noted in the vault first, or the person is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Select

from tests.app.hands import drawn, focus_is, until
from tests.app.test_export import signed
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    clipboard,
    closed,
    dialog,
    empty,
    find,
    opened,
    path,
    records_of,
    sees,
)
from wallet.app.screens.exchange.copy_as import CopyAsDialog
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

__all__ = ["clipboard", "empty", "path", "signed"]  # the fixtures


def whats(path: Path) -> list[str]:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        noted = [event.what for event in vault.records.history.events()]
        return [what for what in noted if what not in {"made", "issued", "signed"}]


def events(path: Path) -> list[tuple[str, str | None]]:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        noted = [(event.what, event.public) for event in vault.records.history.events()]
        return [each for each in noted if each[0] not in {"made", "issued", "signed"}]


def unwritable(path: Path) -> None:
    """From now on nothing is saved: what every writer takes first is no file."""
    lock = path.with_name(path.name + ".lock")
    lock.unlink(missing_ok=True)
    lock.mkdir()


def shown(pilot: Hands) -> bool:
    return any(each.shown for each in pilot.app.screen.query(SecretText))


async def test_a_seed_is_noted_before_it_is_shown(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "v", "Whoever sees this seed")
        assert whats(path) == []
        pilot.app.screen.query_one("#accept").focus()
        await pilot.press("enter")
        await until(pilot, lambda: shown(pilot), "the seed")
        assert whats(path) == ["seed-shown"]
        await pilot.press("escape")
        await closed(pilot)


@pytest.mark.parametrize(
    ("name", "form", "what"),
    [("n1", "seed", "seed-copied"), ("billing", "creds", "creds-copied")],
)
async def test_a_copied_secret_is_noted(
    signed: Path, clipboard: Path, name: str, form: str, what: str
) -> None:
    async with opened(signed, (100, 30)) as pilot:
        await find(pilot, name)
        await dialog(pilot, "y", f"Copy {name} as")
        screen = pilot.app.screen
        assert isinstance(screen, CopyAsDialog)
        await pilot.press(*["down"] * list(screen.formats).index(form))
        await pilot.press("enter")
        await until(pilot, lambda: focus_is(pilot.app, "accept"), "the button")
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        public = records_of(pilot).find(name).public
        assert events(signed) == [(what, public)]


async def test_over_ssh_it_is_told_before_that_no_seed_is_copied_and_none_is_noted(
    signed: Path, clipboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    async with opened(signed, (100, 30)) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, "y", "Copy n1 as")
        await pilot.press("end")
        await sees(pilot, "Not here: over SSH", "Press v to show it, or e to")
        await pilot.press("enter")
        await until(pilot, lambda: focus_is(pilot.app, "accept"), "the button")
        await pilot.press("enter")
        await sees(pilot, "Not copied: over SSH")
        assert events(signed) == []
        assert not clipboard.exists() or not clipboard.read_text()


async def test_a_copied_public_key_is_no_event(path: Path, clipboard: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        before = path.read_bytes()
        await find(pilot, "n1")
        await pilot.press("c")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        await sees(pilot, "Copied")
    assert path.read_bytes() == before, "when the app has ended, and all that it does with it"


async def test_where_it_cannot_be_noted_the_person_is_asked(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        unwritable(path)
        await dialog(pilot, "v", "Whoever sees this seed")
        button = pilot.app.screen.query_one("#accept")
        button.focus()
        await pilot.press("enter")
        await sees(pilot, "could not be noted", "without a note")
        assert not shown(pilot)
        # The careful answer comes first.
        await until(pilot, lambda: focus_is(pilot.app, "cancel"), "the focus on Close")
        # Textual's button takes no second Enter as long as it shows that it was pressed.
        await until(pilot, lambda: not button.has_class("-active"), "the end of the press")
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: shown(pilot), "the seed")
        await pilot.press("escape")
        await closed(pilot)


async def test_an_export_of_secrets_is_noted_and_asked_about_where_it_cannot_be(
    path: Path, tmp_path: Path
) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing")
        pilot.app.screen.query_one("#form", Select).value = "nk"
        await pilot.pause()
        pilot.app.screen.query_one("#to", Input).value = str(tmp_path / "one")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (tmp_path / "one").exists(), "the file")
        await closed(pilot)
        assert whats(path) == ["exported"]
        unwritable(path)
        await dialog(pilot, "e", "Export billing")
        pilot.app.screen.query_one("#form", Select).value = "nk"
        await pilot.pause()
        pilot.app.screen.query_one("#to", Input).value = str(tmp_path / "two")
        await pilot.press("ctrl+s")
        await sees(pilot, "could not be noted", "without a note")
        assert not (tmp_path / "two").exists()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (tmp_path / "two").exists(), "the file")
        assert "Traceback" not in drawn(pilot.app)
