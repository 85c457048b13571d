"""Importing in the app, driven by keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button, Input

from tests.app.hands import drawn, focus_is, paste_text, released, type_text, until
from tests.app.held_work import hold_until_esc
from tests.app.test_main import (
    Hands,
    changed,
    closed,
    dialog,
    empty,
    opened,
    path,
    records_of,
    sees,
)
from tests.exchange.made import Chain
from wallet.app.app import WalletApp
from wallet.app.screens.exchange.import_outcome import ImportedDialog
from wallet.app.screens.exchange.import_plan import PlanDialog
from wallet.app.screens.exchange.import_sources import ImportDialog, _paths
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.secrets.secret_paste import SecretPaste
from wallet.nats.nkeys import Kind, Seed

__all__ = ["empty", "path"]  # fixtures

CHAIN = Chain()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A directory with a chain of JWTs, all its seeds, and one broken file."""
    where = tmp_path / "some keys"
    where.mkdir()
    for name, token in (
        ("corp", CHAIN.operator_jwt()),
        ("sales", CHAIN.account_jwt()),
        ("till", CHAIN.user_jwt()),
    ):
        (where / f"{name}.jwt").write_text(token)
    for seed in (CHAIN.operator, CHAIN.account, CHAIN.user):
        (where / f"{seed.public.text}.nk").write_bytes(seed.encode())
    (where / "broken.creds").write_text("-----BEGIN NATS USER JWT-----\n")
    return where


async def asked(pilot: Hands) -> None:
    await dialog(pilot, "i", "File or directory", "Or paste it here")
    await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the path's field")


async def paste(pilot: Hands, text: str) -> None:
    pilot.app.screen.query_one(SecretPaste).focus()
    await pilot.pause()
    pilot.app.post_message(events.Paste(text))
    await sees(pilot, "hidden")


async def press_button(pilot: Hands, label: str) -> None:
    """Go to a button by Tab and press it."""
    await released(pilot)
    for _ in range(12):
        focused = pilot.app.focused
        if isinstance(focused, Button) and label in str(focused.label):
            await pilot.press("enter")
            return
        await pilot.press("tab")
    raise AssertionError(f"Tab never came to {label}:\n{drawn(pilot.app)}")


async def planned(pilot: Hands) -> PlanDialog:
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanDialog), "the plan")
    await until(pilot, lambda: isinstance(pilot.app.focused, Button), "its button")
    await pilot.pause()  # until what the dialog above it ended with has arrived
    await released(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, PlanDialog)
    return screen


async def done(pilot: Hands) -> ImportedDialog:
    await until(pilot, lambda: isinstance(pilot.app.screen, ImportedDialog), "the result")
    await until(pilot, lambda: isinstance(pilot.app.focused, Button), "its button")
    screen = pilot.app.screen
    assert isinstance(screen, ImportedDialog)
    return screen


async def test_a_directory_is_looked_at_shown_and_imported(path: Path, keys: Path) -> None:
    async with opened(path, (100, 40)) as pilot:
        before = records_of(pilot).count()
        await asked(pilot)
        await paste_text(pilot, str(keys))
        await pilot.press("enter")
        await planned(pilot)
        await sees(pilot, "to add", "1 not readable", "broken.creds", "cut off", "corp/sales")
        assert records_of(pilot).count() == before
        await pilot.press("enter")
        await done(pilot)
        await sees(pilot, "5 added", "broken.creds", "seeds in plain text")
        assert records_of(pilot).count() == before + 5
        till = records_of(pilot).find("corp/sales/till")
        assert till.has_seed
        assert till.has_jwt
        await pilot.press("escape")
        await closed(pilot)
        await sees(pilot, "corp", "till")


async def test_a_pasted_seed_is_never_on_the_screen(empty: Path) -> None:
    async with opened(empty) as pilot:
        await asked(pilot)
        text = bytes(CHAIN.user.encode()).decode()
        await paste(pilot, f"{text}\n{CHAIN.user_jwt()}\n")
        screen = await sees(pilot, "characters in 3 lines, hidden")
        assert text[:12] not in screen
        await pilot.press("ctrl+s")
        await planned(pilot)
        screen = await sees(pilot, "account-1/till", "with seed, with JWT")
        assert text[:12] not in screen
        await pilot.press("enter")
        await done(pilot)
        with pilot.app.vault.open_seed(CHAIN.user.public) as seed:  # type: ignore[attr-defined]
            assert seed.encode() == text.encode()


async def test_what_is_no_key_is_refused_in_a_sentence(empty: Path) -> None:
    async with opened(empty) as pilot:
        await asked(pilot)
        await pilot.press("enter")
        await sees(pilot, "Name a file or directory, or paste a key")
        await paste_text(pilot, "/nowhere/at-all")
        await pilot.press("enter")
        await sees(pilot, "There is no /nowhere/at-all. Mend the path")
        await pilot.press("escape")
        await closed(pilot)


async def test_a_conflict_is_asked_about_and_settled(path: Path) -> None:
    async with opened(path) as pilot:
        with Seed.generate(Kind.SERVER) as other:
            await asked(pilot)
            await paste(pilot, f"n1 {other.encode().decode()}")
            await pilot.press("ctrl+s")
            screen = await planned(pilot)
            await sees(pilot, "1 to settle", "Settle 1 conflict", "Another key is already called")
            await pilot.press("enter")
            await sees(pilot, "k Keep what is here", "b Both, as NAME-2")
            await pilot.press("escape")
            await planned(pilot)
            await sees(pilot, "1 to settle")
            await pilot.press("enter")
            await sees(pilot, "k Keep what is here")
            await pilot.press("b")
            await planned(pilot)
            await sees(pilot, "1 to add", "n1-2")
            assert not screen.plan.open_conflicts
            await pilot.press("enter")
            await done(pilot)
            assert records_of(pilot).find("n1-2").public == other.public.text


async def test_one_answer_can_be_for_all_conflicts(path: Path) -> None:
    async with opened(path) as pilot:
        with Seed.generate(Kind.SERVER) as one, Seed.generate(Kind.OPERATOR) as two:
            await asked(pilot)
            await paste(pilot, f"n1 {one.encode().decode()}\nacme {two.encode().decode()}\n")
            await pilot.press("ctrl+s")
            await planned(pilot)
            await sees(pilot, "2 to settle")
            await pilot.press("enter")
            await sees(pilot, "the same for the 1 that follow")
            await until(pilot, lambda: focus_is(pilot.app, "keep"), "the first answer")
            await pilot.press("shift+tab", "space", "k")
            await planned(pilot)
            await sees(pilot, "2 left out")
            assert pilot.app.screen.query_one("#accept", Button).disabled


async def test_leaving_the_plan_changes_nothing_and_forgets_the_seeds(
    path: Path, keys: Path
) -> None:
    async with opened(path) as pilot:
        before = [record.public for record in records_of(pilot).all()]
        await asked(pilot)
        await paste_text(pilot, str(keys))
        await pilot.press("enter")
        screen = await planned(pilot)
        await pilot.press("escape")
        await closed(pilot)
        assert [record.public for record in records_of(pilot).all()] == before
        item = next(item for item in screen.plan.items if item.candidate.cell is not None)
        with pytest.raises(Exception, match="locked"):
            screen.plan.findings.open(item.candidate.cell or b"", item.candidate.public)


async def test_esc_stops_an_import_that_runs_and_nothing_is_changed(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tmp_path / "many.txt"
    lines = []
    for number in range(300):
        with Seed.generate(Kind.USER) as seed:
            lines.append(b"u%d " % number + bytes(seed.encode()))
    many.write_bytes(b"\n".join(lines))
    async with opened(empty) as pilot:
        await asked(pilot)
        await paste_text(pilot, str(many))
        await pilot.press("enter")
        screen = await planned(pilot)
        await sees(pilot, "300 to add")
        hold_until_esc(monkeypatch)
        await pilot.press("enter")
        await sees(pilot, "of 300 done · Esc stops")
        await pilot.press("escape")
        await sees(pilot, "Stopped. Nothing was imported.")
        assert not screen._working
        assert records_of(pilot).count() == 0
        await released(pilot)
        await pilot.press("enter")
        await done(pilot)
        assert records_of(pilot).count() == 300


async def test_locking_while_a_paste_is_typed_forgets_it(empty: Path) -> None:
    async with opened(empty) as pilot:
        await asked(pilot)
        await paste(pilot, bytes(CHAIN.user.encode()).decode())
        field = pilot.app.screen.query_one(SecretPaste)
        app = pilot.app
        assert isinstance(app, WalletApp)
        app.lock()
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock")
        await until(pilot, lambda: not any(field._buffer), "the end of what was pasted")


async def test_plain_files_are_deleted_one_question_each_after_a_backup(
    empty: Path, keys: Path
) -> None:
    async with opened(empty, (100, 30)) as pilot:
        await asked(pilot)
        await paste_text(pilot, str(keys))
        await pilot.press("enter")
        await planned(pilot)
        await pilot.press("enter")
        await done(pilot)
        there = set(os.listdir(keys))
        await press_button(pilot, "Go through")
        await sees(pilot, "Delete this file?", "was read back out of", "2 more follow")
        assert set(os.listdir(keys)) == there
        await press_button(pilot, "Delete")
        await sees(pilot, "1 more follow")
        await press_button(pilot, "Keep")
        await until(pilot, lambda: "more follow" not in drawn(pilot.app), "the last question")
        await pilot.press("escape")
        await sees(pilot, "1 file was deleted")
        assert len(there - set(os.listdir(keys))) == 1
        assert list(empty.parent.glob("*.bak"))


async def test_a_file_with_more_than_the_vault_has_is_shown_with_the_reason_and_not_offered(
    empty: Path, tmp_path: Path
) -> None:
    path = tmp_path / "till.nk"
    path.write_bytes(bytes(CHAIN.user.encode()) + b"\nthe code of the safe\n")
    async with opened(empty, (100, 30)) as pilot:
        await asked(pilot)
        await paste_text(pilot, str(path))
        await pilot.press("enter")
        await planned(pilot)
        await sees(pilot, "till.nk, line 1")
        await pilot.press("enter")
        await done(pilot)
        await sees(pilot, "seed in plain text, to stay", "It also holds other text")
        assert "Go through" not in drawn(pilot.app)


async def test_the_paste_field_takes_no_more_than_a_megabyte(empty: Path) -> None:
    async with opened(empty) as pilot:
        await asked(pilot)
        field = pilot.app.screen.query_one(SecretPaste)
        field.focus()
        await pilot.pause()
        pilot.app.post_message(events.Paste("x" * (2 << 20)))
        await sees(pilot, "longer than 1 MiB")
        assert field.empty
        await type_text(pilot, "abc")
        await sees(pilot, "3 characters in 1 line, hidden")
        await pilot.press("left", "home", "delete", "backspace", "ctrl+c")
        await sees(pilot, "2 characters in 1 line", "Nothing is ever copied from here")
        await pilot.press("ctrl+u")
        assert field.empty
        assert isinstance(pilot.app.screen, ImportDialog)


async def test_locking_before_a_plan_is_carried_out_forgets_its_seeds(
    empty: Path, keys: Path
) -> None:
    async with opened(empty) as pilot:
        await asked(pilot)
        await paste_text(pilot, str(keys))
        await pilot.press("enter")
        plan = (await planned(pilot)).plan
        item = next(item for item in plan.items if item.candidate.cell is not None)
        app = pilot.app
        assert isinstance(app, WalletApp)
        app.lock()
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock")
        await until(pilot, lambda: plan.findings._box._key is None, "the end of the seeds")
        with pytest.raises(Exception, match="locked"):
            plan.findings.open(item.candidate.cell or b"", item.candidate.public)


def test_paths_are_read_as_they_are_and_several_as_a_shell_would(
    tmp_path: Path, empty_home: Path
) -> None:
    blanks = tmp_path / "some keys"
    blanks.mkdir()
    assert _paths(f"  {blanks} ") == [blanks]
    assert _paths(f"'{blanks}' ~/b.nk") == [blanks, empty_home / "b.nk"]
    assert _paths("it's") == [Path("it's")]
    assert _paths(" ") == []


async def test_esc_stops_the_reading(
    path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_until_esc(monkeypatch)  # as a directory of very many files would take
    async with opened(path) as pilot:
        await asked(pilot)
        await paste_text(pilot, str(keys))
        await pilot.press("enter")
        await sees(pilot, "1 files read · Esc stops")
        await pilot.press("escape")
        await sees(pilot, "Stopped. Nothing was changed.")
        await pilot.press("escape")
        await closed(pilot)


async def test_the_plan_goes_by_what_was_put_in_elsewhere_while_the_dialog_was_open(
    path: Path, tmp_path: Path
) -> None:
    with Seed.generate(Kind.SERVER) as seed:
        (tmp_path / "late.nk").write_bytes(seed.encode())
        async with opened(path) as pilot:
            await asked(pilot)
            with changed(path) as records:
                records.add(seed, name="late")
            await paste_text(pilot, str(tmp_path / "late.nk"))
            await pilot.press("enter")
            await planned(pilot)
            await sees(pilot, "1 here already")


async def test_the_outcome_says_which_keys_were_put_in_elsewhere_since_the_plan(
    path: Path, tmp_path: Path
) -> None:
    with Seed.generate(Kind.SERVER) as seed:
        (tmp_path / "late.nk").write_bytes(seed.encode())
        async with opened(path) as pilot:
            await asked(pilot)
            await paste_text(pilot, str(tmp_path / "late.nk"))
            await pilot.press("enter")
            await planned(pilot)
            await sees(pilot, "1 to add")
            with changed(path) as records:
                records.add(seed, name="late")
            await pilot.press("enter")
            await done(pilot)
            await sees(pilot, "0 added", "1 changed elsewhere", "late: nothing to do any more")
            await sees(pilot, "put in meanwhile")


async def test_what_was_wrong_with_a_path_goes_away_as_that_is_typed_anew(path: Path) -> None:
    async with opened(path) as pilot:
        await asked(pilot)
        await paste_text(pilot, "/no/such/place")
        await pilot.press("enter")
        await sees(pilot, "There is no /no/such/place")
        await pilot.press("ctrl+u")
        await until(pilot, lambda: "There is no" not in drawn(pilot.app), "the sentence to go")
