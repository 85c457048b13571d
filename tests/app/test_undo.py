"""z undoes what this window changed last, Z does it again, and both say what that was."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import TextArea

from tests.app.hands import paste_text, type_text, until
from tests.app.test_keys_in_turn import at_once, slow_threads
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    changed,
    closed,
    dialog,
    empty,
    find,
    opened,
    records_of,
    sees,
)
from tests.app.test_marks import all_users, fleet, generation_of, names
from wallet.nats.nkeys import Kind

__all__ = ["empty", "fleet"]  # fixtures
WIDE = (160, 40)


async def delete(pilot: Hands, name: str) -> None:
    await find(pilot, name)
    await dialog(pilot, "d", f"Type {name}", "z may undo that")
    await type_text(pilot, name)
    await pilot.press("enter")
    await sees(pilot, f"Deleted {name}")


async def test_a_deletion_is_undone_and_after_a_question_done_again(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        public = records_of(pilot).find("billing").public
        await delete(pilot, "billing")
        await pilot.press("z")
        await sees(pilot, "Undid: deletion of billing", "It has a new JWT")
        assert records_of(pilot).find("billing").public == public
        await dialog(pilot, "Z", "Do again: deletion of billing?", "The seed goes with that")
        await pilot.press("enter")  # on Cancel
        await closed(pilot)
        assert "billing" in names(pilot)
        await dialog(pilot, "Z", "Do again: deletion of billing?")
        await pilot.press("ctrl+s")
        await sees(pilot, "Did again: deletion of billing")
        assert "billing" not in names(pilot)
        await pilot.press("z")
        await until(pilot, lambda: "billing" in names(pilot), "its return")


async def test_the_deletion_of_all_marked_is_one_change_and_one_undo(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "d", "Delete 3 keys?", "z may undo that")
        await pilot.press("3", "enter")
        await sees(pilot, "Deleted: 3 keys")
        generation = generation_of(pilot)
        await pilot.press("z")
        await sees(pilot, "Undid: deletion of 3 keys", "They have new JWTs")
        assert sorted(names(pilot)) == ["billing", "reports", "till"]
        assert generation_of(pilot) == generation + 1
        assert not any(user.revoked for user in records_of(pilot).all(Kind.USER))


def is_retired(pilot: Hands, name: str) -> bool:
    return records_of(pilot).find(name).status == "retired"


async def test_z_twice_at_once_undoes_two_changes(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        for name in ("n1", "till"):
            await find(pilot, name)
            await pilot.press("u")
            await until(pilot, partial(is_retired, pilot, name), "retiring")
        await pilot.press("z", "z")
        await sees(pilot, "Undid: retirement of n1")
        assert {key.status for key in records_of(pilot).all()} == {"active"}
        await pilot.press("z")
        await sees(pilot, "There is nothing more to undo")
        await pilot.press("Z", "Z")
        await until(pilot, lambda: is_retired(pilot, "till"), "doing again")
        await pilot.press("Z")
        await sees(pilot, "There is nothing more to do again")


async def test_what_another_process_changed_since_stays_and_the_rest_is_undone(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("u")
        await until(pilot, lambda: records_of(pilot).find("billing").status == "retired", "it")
        with changed(fleet) as records:
            records.set_notes(records.find("billing").id, "from a script")
        await pilot.press("z")
        await until(pilot, lambda: records_of(pilot).find("billing").status == "active", "undoing")
        assert records_of(pilot).find("billing").notes == "from a script"


async def test_what_another_process_deleted_since_is_told_and_stays_so(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "n1")
        await pilot.press("u")
        await until(pilot, partial(is_retired, pilot, "n1"), "retiring")
        with changed(fleet) as records:
            records.delete(records.find("n1").id)
        await pilot.press("z")
        await sees(pilot, "n1 (it is gone): changed since")
        assert names(pilot, Kind.SERVER) == []


async def test_a_revocation_stays_and_z_says_so(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "till")
        await dialog(pilot, "x", "Revoke till?")
        await pilot.press("ctrl+s")
        await closed(pilot)
        await pilot.press("z")
        await sees(pilot, "A revocation is not undone")
        assert records_of(pilot).find("till").revoked


async def test_a_new_key_goes_only_after_a_question(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "n", "New key")
        await type_text(pilot, "fresh")
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "fresh" in names(pilot), "it")
        await dialog(pilot, "z", "Undo: making of fresh?", "The seed goes with that: fresh")
        await pilot.press("ctrl+s")
        await sees(pilot, "Undid: making of fresh")
        assert "fresh" not in names(pilot)
        await pilot.press("Z")
        await sees(pilot, "Did again: making of fresh")
        record = records_of(pilot).find("fresh")
        assert record.has_seed
        assert not record.revoked


async def test_what_is_typed_after_z_is_for_its_question_and_no_command(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(fleet, WIDE) as pilot:
        await dialog(pilot, "n", "How many")
        await type_text(pilot, "fresh")
        await pilot.press("ctrl+s")
        await closed(pilot)
        slow_threads(monkeypatch, 0.3)
        at_once(pilot, "zdx")  # d deletes and x revokes, were they too early
        await sees(pilot, "Undo: making of fresh?")
        assert len(pilot.app.screen_stack) == 3  # nothing but the question was opened
        await pilot.press("escape")
        await closed(pilot)
        assert records_of(pilot).find("fresh").has_seed


async def test_a_lock_forgets_what_could_be_undone(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await delete(pilot, "n1")
        await pilot.press("L")
        await sees(pilot, "Passphrase")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await sees(pilot, "Keys")
        await pilot.press("z")
        await sees(pilot, "There is nothing to undo")
        assert names(pilot, Kind.SERVER) == []


async def test_nothing_is_undone_while_only_looking(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await delete(pilot, "n1")
        await pilot.press("O", "z")
        await sees(pilot, "You are only looking")
        assert names(pilot, Kind.SERVER) == []
        await pilot.press("O", "z")
        await until(pilot, lambda: names(pilot, Kind.SERVER) == ["n1"], "its return")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_an_export_is_not_undone_and_what_was_before_it_is(
    fleet: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(fleet, size) as pilot:
        await find(pilot, "till")
        await pilot.press("u")
        await until(pilot, lambda: records_of(pilot).find("till").status == "retired", "it")
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing")
        await pilot.press("ctrl+u")
        await paste_text(pilot, str(tmp_path / "billing.creds"))
        await pilot.press("enter")
        await closed(pilot)
        await pilot.press("z")
        await sees(pilot, "An export is not undone")
        await pilot.press("z")
        await until(pilot, lambda: records_of(pilot).find("till").status == "active", "undoing")


async def test_whom_a_mixed_change_revoked_comes_back_revoked(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await delete(pilot, "billing")
        await find(pilot, "orders")
        await dialog(pilot, "p", "may do")
        await pilot.click("#switch")
        area = pilot.app.screen.query_one(TextArea)
        nats = json.loads(area.text)
        nats["revocations"] = {"*": int(time.time())}
        nats["limits"]["conn"] = 5
        area.text = json.dumps(nats)
        await pilot.press("ctrl+s")
        await closed(pilot)
        await pilot.press("z")
        await sees(pilot, "Undid: what orders may do")
        await pilot.press("z")
        await sees(pilot, "Undid: deletion of billing", "It was revoked since")
        assert records_of(pilot).find("billing").revoked
