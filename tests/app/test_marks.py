"""Keys are marked in the tree, and one action acts on all of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.hands import drawn, paste_text, type_text, until
from tests.app.test_main import (
    Hands,
    add,
    changed,
    closed,
    dialog,
    empty,
    filled_vault,
    find,
    opened,
    path,
    records_of,
    sees,
)
from tests.vault.support import make_fleet
from wallet.app.app import WalletApp
from wallet.app.widgets.tree.marking_tree import MarkingTree
from wallet.nats.nkeys import Kind
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

__all__ = ["empty", "path"]  # fixtures

WIDE = (160, 40)


def marked(pilot: Hands) -> list[str]:
    """The names of the marked keys, in the order in which they were marked."""
    keys = pilot.app.screen.query_one(MarkingTree).marks.keys(records_of(pilot))
    return [key.name for key in keys]


async def marks_are(pilot: Hands, names: list[str]) -> None:
    """Wait until the keys of these names are marked: keys wait for what the one before began."""
    await until(pilot, lambda: marked(pilot) == names, f"{names} marked")


async def filtered(pilot: Hands, text: str) -> None:
    """Type a filter, and go back to the tree with it in force."""
    await pilot.press("slash")
    await type_text(pilot, text)
    await sees(pilot, " found")
    await pilot.press("enter")
    await pilot.pause()


def lines_with(pilot: Hands, name: str) -> list[str]:
    return [line for line in drawn(pilot.app).splitlines() if name in line]


async def test_space_marks_a_key_with_a_sign_and_a_count_and_takes_the_mark_away(
    path: Path,
) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("space")
        await sees(pilot, "Keys · 1 marked", "Esc takes the marks away")
        assert any("*" in line for line in lines_with(pilot, "billing"))
        await pilot.press("down", "space")
        await sees(pilot, "Keys · 2 marked")
        await marks_are(pilot, ["billing", "reports"])
        await pilot.press("space")
        await sees(pilot, "Keys · 1 marked")
        await marks_are(pilot, ["billing"])


async def test_what_space_does_is_told_once(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("space")
        await sees(pilot, "Esc takes the marks away")
        await until(pilot, lambda: records_of(pilot).settings.get("told-of-marks", ""), "the note")
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("space")
        await sees(pilot, "1 marked")
        assert "takes the marks away" not in drawn(pilot.app)


async def test_escape_takes_the_marks_away_after_the_filter(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await filtered(pilot, "kind:user")
        await pilot.press("asterisk")
        await sees(pilot, "Marked 2")
        await pilot.press("escape")
        await sees(pilot, "metrics", "2 marked")
        await pilot.press("escape")
        await sees(pilot, "Marks taken away: 2.")
        await marks_are(pilot, [])
        assert "marked" not in lines_with(pilot, "Keys")[0]


async def test_a_range_grows_and_shrinks_with_shift_and_leaves_earlier_marks(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "reports")
        await pilot.press("space", "up", "up", "up")
        await pilot.press("J", "shift+down", "J")
        await marks_are(pilot, ["reports", "metrics", "orders", "billing"])
        await pilot.press("K", "K")
        await marks_are(pilot, ["reports", "metrics", "orders"])
        await pilot.press("K", "K")
        await marks_are(pilot, ["reports", "metrics", "acme"])


async def test_a_range_goes_on_when_another_program_saves_meanwhile(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "reports")
        await pilot.press("K", "K")
        both = ["reports", "billing", "orders"]
        await marks_are(pilot, both)
        with changed(path) as records:
            records.set_notes(records.find("billing").id, "changed elsewhere")
        await until(
            pilot,
            lambda: records_of(pilot).find("billing").notes == "changed elsewhere",
            "the news",
        )
        await pilot.press("J")
        await marks_are(pilot, both[:-1])


async def test_the_star_marks_what_the_filter_leaves_and_not_what_stands_above_it(
    path: Path,
) -> None:
    async with opened(path, WIDE) as pilot:
        await filtered(pilot, "billing")
        await pilot.press("asterisk")
        await sees(pilot, "Marked 1")
        await marks_are(pilot, ["billing"])
        await pilot.press("slash", "ctrl+u")
        await type_text(pilot, "kind:user")
        await pilot.press("enter", "asterisk")
        await marks_are(pilot, ["billing", "reports"])
        await pilot.press("asterisk")
        await marks_are(pilot, [])


async def test_the_star_leaves_out_what_is_folded_away(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await filtered(pilot, "r")
        await pilot.press("asterisk")
        everything = marked(pilot)
        assert {"orders", "reports", "metrics"} <= set(everything)
        await pilot.press("asterisk")
        await find_in_filter(pilot, "orders")
        await pilot.press("left", "asterisk")
        assert "reports" not in marked(pilot)
        assert "orders" in marked(pilot)


async def find_in_filter(pilot: Hands, name: str) -> None:
    tree = pilot.app.screen.query_one(MarkingTree)
    await pilot.press("home")
    for _ in range(20):
        if tree.selected is not None and tree.selected.name == name:
            return
        await pilot.press("down")
    raise AssertionError(f"{name} is not in the filtered tree")


async def test_without_a_filter_the_star_marks_the_keys_beside_the_selected(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("asterisk")
        await sees(pilot, "Marked 2: all of its kind beside it")
        await marks_are(pilot, ["billing", "reports"])


async def test_that_what_is_next_is_for_the_marked_is_not_said_where_none_is(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("space")
        await sees(pilot, "The keys below are for all that are marked now")
        await pilot.press("space")
        await until(pilot, lambda: not marked(pilot), "the mark gone")
        await pilot.pause()
        assert "The keys below are for" not in drawn(pilot.app)


async def test_a_group_is_not_marked(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "n1")
        await pilot.press("up", "space")
        await sees(pilot, "A group is no key")
        await marks_are(pilot, [])


async def test_marks_stay_over_a_change_elsewhere_but_for_a_key_that_goes(path: Path) -> None:
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("asterisk")
        with changed(path) as records:
            records.delete(records.find("billing").id)
            add(records, Kind.USER, "audit", records.find("orders").id)
        await sees(pilot, "audit", "Keys · 1 marked")
        await marks_are(pilot, ["reports"])


# --- acting on them -----------------------------------------------------------------------


@filled_vault
def fleet(records: Records) -> None:
    """acme/{orders,metrics} with their JWTs; billing, reports and till in orders; n1 alone."""
    make_fleet(Issuing(records))


async def test_what_is_broken_in_the_help_goes_on_in_the_column_of_its_text(fleet: Path) -> None:
    async with opened(fleet, (60, 24)) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, "question_mark", "Keys")
        await sees(pilot, "PgUp and PgDn by pages")
        rows = drawn(pilot.app).splitlines()
        at = next(n for n, row in enumerate(rows) if "PgUp and PgDn" in row)
        assert rows[at + 1].index("End to the ends") == rows[at].index("Move;")


async def test_the_way_of_a_rotation_that_is_chosen_has_a_mark_beside_its_colour(
    fleet: Path,
) -> None:
    async with opened(fleet) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "› Planned:")
        await pilot.press("down")
        await sees(pilot, "› Leaked:", "  Planned:")


async def test_that_a_key_is_to_be_selected_is_not_said_any_more_once_one_is(fleet: Path) -> None:
    async with opened(fleet) as pilot:
        await filtered(pilot, "no such key")
        await pilot.press("c")
        await sees(pilot, "Select a key first")
        await pilot.press("escape")
        await sees(pilot, "billing")
        assert "Select a key first" not in drawn(pilot.app)


async def test_renaming_says_before_that_the_jwt_is_signed_anew_and_what_becomes_of_creds(
    fleet: Path,
) -> None:
    async with opened(fleet) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "Rename")
        await sees(pilot, "Its JWT is signed anew with that name", "e writes new ones")
        await pilot.press("escape")
        await find(pilot, "metrics")
        await dialog(pilot, "R", "Rename")
        await sees(pilot, "it is brought to them: P.")


async def all_users(pilot: Hands) -> None:
    await filtered(pilot, "kind:user")
    await pilot.press("asterisk")
    await sees(pilot, "3 marked")


def names(pilot: Hands, kind: Kind = Kind.USER) -> list[str]:
    return [key.name for key in records_of(pilot).all(kind)]


async def test_c_copies_the_public_keys_one_a_line(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[tuple[str, str]] = []
    async with opened(fleet, WIDE) as pilot:
        monkeypatch.setattr(pilot.app, "copy_public", lambda *texts: copied.append(texts))
        await all_users(pilot)
        await pilot.press("c")
        users = records_of(pilot).all(Kind.USER)
        assert copied == [("\n".join(user.public for user in users), "3 public keys")]
        await sees(pilot, "3 marked")


async def test_u_retires_all_marked_after_one_question_in_one_save(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        before = records_of(pilot)
        await dialog(pilot, "u", "Retire 3 keys?", "acme/orders/billing", "acme/orders/till")
        generation = generation_of(pilot)
        await pilot.press("enter")
        await closed(pilot)
        await sees(pilot, "Retired: 3 keys")
        assert before is not records_of(pilot)
        assert {user.status for user in records_of(pilot).all(Kind.USER)} == {"retired"}
        assert generation_of(pilot) == generation + 1
        await marks_are(pilot, [])
        await pilot.press("asterisk")
        await dialog(pilot, "u", "Take 3 keys into use again?")
        await pilot.press("enter")
        await sees(pilot, "In use again: 3 keys")
        assert {user.status for user in records_of(pilot).all(Kind.USER)} == {"active"}


def generation_of(pilot: Hands) -> int:
    app = pilot.app
    assert isinstance(app, WalletApp)
    assert app.vault is not None
    return app.vault.generation


async def test_escape_in_the_question_changes_nothing_and_keeps_the_marks(fleet: Path) -> None:
    before = fleet.read_bytes()
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        for key in ("u", "a", "m", "d", "x"):
            await dialog(pilot, key, "acme/orders/reports")
            await pilot.press("escape")
            await closed(pilot)
        await sees(pilot, "3 marked")
    assert fleet.read_bytes() == before


async def test_a_tags_all_marked(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "a", "Tag 3 keys?")
        await type_text(pilot, "prod eu")
        await pilot.press("enter")
        await sees(pilot, "Tagged: 3 keys")
        assert {user.tags for user in records_of(pilot).all(Kind.USER)} == {("prod", "eu")}


async def test_what_is_typed_about_many_is_in_sight_where_lines_are_few(fleet: Path) -> None:
    with changed(fleet) as records:
        for number in range(4):
            add(records, Kind.USER, f"more-{number}", records.find("orders").id)
    async with opened(fleet, (60, 16)) as pilot:
        await filtered(pilot, "kind:user")
        await pilot.press("asterisk")
        for key in ("a", "m", "d"):
            await pilot.press(key)
            await sees(pilot, "7 keys?")
            await until(pilot, partial(has_the_focus_in_sight, pilot), f"the field of {key}")
            await pilot.press("escape")
            await closed(pilot)


def has_the_focus_in_sight(pilot: Hands) -> bool:
    """Whether a field has the focus, and can be seen."""
    field = pilot.app.focused
    fields = pilot.app.screen.query_one("#fields")
    return isinstance(field, Input) and fields.region.contains_region(field.region)


async def test_m_moves_all_marked_users(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "m", "Move 3 keys?")
        await pilot.press("ctrl+u")
        await type_text(pilot, "acme/metrics")
        await pilot.press("enter")
        await sees(pilot, "Moved: 3 keys")
        paths = {user.path for user in records_of(pilot).all(Kind.USER)}
        assert paths == {f"acme/metrics/{name}" for name in ("billing", "reports", "till")}


async def test_keys_that_cannot_move_together_are_named_and_nothing_moves(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "n1")
        await pilot.press("space")
        await all_users_and(pilot, 4)
        await pilot.press("m")
        await sees(pilot, "Users go together, or accounts.")


async def all_users_and(pilot: Hands, count: int) -> None:
    await filtered(pilot, "kind:user")
    await pilot.press("asterisk")
    await sees(pilot, f"{count} marked")


async def test_x_revokes_all_marked_users_with_one_jwt_of_their_account(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "x", "Revoke 3 keys?", "acme/orders")
        await pilot.press("enter")  # the focus is on Cancel
        await closed(pilot)
        assert not any(user.revoked for user in records_of(pilot).all(Kind.USER))
        await dialog(pilot, "x", "Revoke 3 keys?")
        await pilot.press("ctrl+s")
        await sees(pilot, "Revoked: 3 keys")
        assert all(user.revoked for user in records_of(pilot).all(Kind.USER))


async def test_x_revokes_none_where_a_marked_key_is_no_user(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "metrics")
        await pilot.press("space")
        await all_users_and(pilot, 4)
        await pilot.press("x")
        await sees(pilot, "Nothing was revoked: only users with a JWT", "acme/metrics")


async def test_a_key_that_is_for_one_alone_says_which_and_that_the_marked_are_left(
    fleet: Path,
) -> None:
    async with opened(fleet, (80, 24)) as pilot:
        await all_users(pilot)
        await find(pilot, "billing")
        for key in "pRry":
            await dialog(
                pilot, key, "Only billing", f"{key} is for one key", "3 marked keys are left"
            )
            await pilot.press("escape")
            await closed(pilot)


async def test_that_a_key_is_for_one_stands_in_the_place_of_what_marks_are_for(
    fleet: Path,
) -> None:
    async with opened(fleet, (80, 24)) as pilot:
        await find(pilot, "reports")
        await pilot.press("space")
        await sees(pilot, "The keys below are for")
        await pilot.press("up")
        await dialog(pilot, "p", "is for one key")
        assert "The keys below are for" not in drawn(pilot.app)


async def test_one_that_is_marked_and_selected_is_no_other(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "billing")
        await pilot.press("space")
        await dialog(pilot, "R", "billing")
        assert "Only billing" not in drawn(pilot.app)


async def test_d_deletes_all_marked_once_their_number_is_typed(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "till")
        await pilot.press("up", "space", "up", "space")
        assert sorted(marked(pilot)) == ["billing", "reports"]
        await dialog(pilot, "d", "Delete 2 keys?", "2 seeds go", "Type 2")
        await type_text(pilot, "3")
        await pilot.press("enter")
        await sees(pilot, "That is not 2")
        await pilot.press("backspace")
        await until(pilot, lambda: "That is not" not in drawn(pilot.app), "the end of that")
        await pilot.press("2", "enter")
        await sees(pilot, "Deleted: 2 keys")
        assert names(pilot) == ["till"]
        await marks_are(pilot, [])


async def test_what_hangs_beneath_a_marked_key_is_counted_once(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "orders")
        await pilot.press("space")
        await all_users_and(pilot, 4)
        await dialog(pilot, "d", "Delete 4 keys?", "and the 3 beneath them", "4 seeds go")
        await pilot.press("4", "enter")
        await sees(pilot, "Deleted: 4 keys")
        assert names(pilot) == []
        assert names(pilot, Kind.ACCOUNT) == ["metrics"]


async def test_a_deletion_of_marked_keys_that_would_cost_more_by_now_deletes_none(
    fleet: Path,
) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "metrics")
        await pilot.press("space", "down", "space")
        await dialog(pilot, "d", "Delete 5 keys?")
        with changed(fleet) as records:
            add(records, Kind.USER, "late", records.find("acme/metrics").id)
        await pilot.press("5", "enter")
        await sees(pilot, "Nothing was deleted")
        assert "billing" in names(pilot)


async def test_a_marked_key_that_goes_meanwhile_stops_the_change_of_all(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "u", "Retire 3 keys?")
        with changed(fleet) as records:
            records.delete(records.find("billing").id)
        await pilot.press("enter")
        await sees(pilot, "acme/orders/billing: deleted meanwhile. Nothing was changed")
        await pilot.press("escape")
        await sees(pilot, "2 marked")
        assert {user.status for user in records_of(pilot).all(Kind.USER)} == {"active"}


async def test_t_tests_the_marked_users_and_names_what_it_leaves_out(fleet: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await find(pilot, "n1")
        await pilot.press("space")
        await all_users_and(pilot, 4)
        await dialog(pilot, "t", "Test the 3 marked users", "No users: n1")


async def test_e_writes_the_marked_keys_into_a_directory(fleet: Path, tmp_path: Path) -> None:
    async with opened(fleet, WIDE) as pilot:
        await all_users(pilot)
        await dialog(pilot, "e", "Export 3 keys", "a directory")
        await pilot.press("ctrl+u")
        await paste_text(pilot, str(tmp_path / "out"))
        await pilot.press("enter")
        await sees(pilot, "3 files beneath")
    written = sorted(path.name for path in (tmp_path / "out").rglob("*.creds"))
    assert written == ["billing.creds", "reports.creds", "till.creds"]


async def test_marked_keys_are_not_changed_while_only_looking(fleet: Path) -> None:
    before = fleet.read_bytes()
    async with opened(fleet, WIDE) as pilot:
        await pilot.press("O")
        await all_users(pilot)
        await pilot.press("u")
        await sees(pilot, "You are only looking")
    assert fleet.read_bytes() == before
