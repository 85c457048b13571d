"""The tree widget: keys, mouse, and lines that are drawn only when they are on screen."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tests.app.hands import drawn, until
from tests.vault.many import Cells, many
from wallet.app.widgets.tree import key_tree
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.vault.records import Records


def add(records: Records, kind: Kind, name: str, under: int | None = None) -> int:
    with Seed.generate(kind) as seed:
        return records.add(seed, name=name, under=under).id


def filled(users: int) -> Records:
    """acme/orders with so many users, and a server that stands alone."""
    records = Records.empty(Cells())
    acme = add(records, Kind.OPERATOR, "acme")
    orders = add(records, Kind.ACCOUNT, "orders", acme)
    records.add_many(generate_many(Kind.USER, users), stem="device", under=orders)
    add(records, Kind.SERVER, "n1")
    return records


class Host(App[None]):
    """Nothing but the tree, and what it said."""

    def __init__(self, records: Records | None) -> None:
        super().__init__()
        self.records = records
        self.chosen: list[str] = []
        self.searched: list[tuple[int, bool]] = []

    def compose(self) -> ComposeResult:
        yield KeyTree(self.records)

    def on_key_tree_selected(self, event: KeyTree.Selected) -> None:
        self.chosen.append(event.row.key.name if event.row.key else event.row.group or "")

    def on_key_tree_searched(self, event: KeyTree.Searched) -> None:
        self.searched.append((event.matches, event.complete))


Shown = tuple[Pilot[None], KeyTree]


@asynccontextmanager
async def shown(records: Records | None, size: tuple[int, int] = (60, 12)) -> AsyncIterator[Shown]:
    async with Host(records).run_test(size=size) as pilot:
        tree = pilot.app.query_one(KeyTree)
        tree.focus()
        await pilot.pause()
        yield pilot, tree


def name(tree: KeyTree) -> str:
    return tree.selected.name if tree.selected else ""


async def test_up_down_home_end_and_pages_move_the_cursor() -> None:
    async with shown(filled(50)) as (pilot, tree):
        assert name(tree) == "acme"
        await pilot.press("down", "j")
        assert name(tree) == "device-1"
        await pilot.press("up", "k", "k")
        assert name(tree) == "acme"
        await pilot.press("end")
        assert name(tree) == "n1"
        await pilot.press("pageup")
        assert name(tree).startswith("device-4")
        await pilot.press("home", "pagedown")
        assert name(tree).startswith("device-")
        await pilot.press("G", "g")
        assert name(tree) == "acme"


async def test_left_folds_and_goes_up_and_right_unfolds_and_goes_down() -> None:
    async with shown(filled(3)) as (pilot, tree):
        await pilot.press("down", "down")
        assert name(tree) == "device-1"
        await pilot.press("left")
        assert name(tree) == "orders"
        await pilot.press("h")
        assert "device-1" not in drawn(pilot.app)
        await pilot.press("l")
        assert "device-1" in drawn(pilot.app)
        await pilot.press("right")
        assert name(tree) == "device-1"
        await pilot.press("left", "left")
        assert "device-1" not in drawn(pilot.app)
        await pilot.press("left", "left", "left")
        assert "orders" not in drawn(pilot.app)


async def test_minus_folds_all_and_the_equals_sign_unfolds_all_and_the_cursor_stays() -> None:
    async with shown(filled(3)) as (pilot, tree):
        await pilot.press("down", "down", "down")
        assert name(tree) == "device-2"
        await pilot.press("minus")
        lines = [line.split() for line in drawn(pilot.app).splitlines() if line.strip()]
        assert [words[-1] for words in lines] == ["operator", "Standalone"]
        assert name(tree) == "acme", "what hides the key"
        await pilot.press("equals_sign")
        assert name(tree) == "acme"
        assert "device-3" in drawn(pilot.app)
        await pilot.press("down", "down", "equals_sign")
        assert name(tree) == "device-1"
        await pilot.press("end", "minus")
        (under_cursor,) = (line for line in drawn(pilot.app).splitlines() if "›" in line)
        assert "Standalone" in under_cursor


async def test_enter_chooses_the_line() -> None:
    async with shown(filled(3)) as (pilot, _):
        await pilot.press("enter", "end", "up", "enter")
        app = pilot.app
        assert isinstance(app, Host)
        assert app.chosen == ["acme", "Standalone"]


async def test_a_click_selects_and_a_click_on_the_arrow_folds() -> None:
    async with shown(filled(3)) as (pilot, tree):
        await pilot.click(KeyTree, offset=(12, 3))
        assert name(tree) == "device-2"
        arrow = drawn(pilot.app).splitlines()[1].index("▾")
        await pilot.click(KeyTree, offset=(arrow, 1))
        await until(pilot, lambda: "device-2" not in drawn(pilot.app), "the fold")
        assert "▸" in drawn(pilot.app).splitlines()[1]


async def test_the_wheel_scrolls() -> None:
    async with shown(filled(50)) as (pilot, tree):
        first = drawn(pilot.app)
        tree.scroll_down(animate=False)
        tree.scroll_down(animate=False)
        await pilot.pause()
        assert drawn(pilot.app) != first


async def test_a_filter_moves_to_the_first_match_and_clearing_keeps_the_key() -> None:
    async with shown(filled(30)) as (pilot, tree):
        tree.filter("device-27")
        await pilot.pause()
        assert name(tree) == "device-27"
        app = pilot.app
        assert isinstance(app, Host)
        await until(pilot, lambda: app.searched, "the count")
        assert app.searched[-1] == (1, True)
        tree.filter("")
        await pilot.pause()
        assert name(tree) == "device-27"
        tree.filter("no such key")
        await pilot.pause()
        assert tree.selected is None
        assert "No key" in drawn(pilot.app)


async def test_new_records_keep_the_cursor_on_its_key() -> None:
    records = filled(30)
    async with shown(records) as (pilot, tree):
        await pilot.press("end", "up", "up")
        before = name(tree)
        again = Records.load(records.database.serialize(), Cells())
        orders = again.find("acme/orders").id
        add(again, Kind.USER, "a-new-one", orders)
        tree.load(again)
        await pilot.pause()
        assert name(tree) == before
        assert tree.select(again.find("a-new-one").id)
        await pilot.pause()
        assert name(tree) == "a-new-one"
        assert "a-new-one" in drawn(pilot.app)
        again.delete(again.find("a-new-one").id)
        tree.load(again)
        await pilot.pause()
        assert name(tree) != "a-new-one"
        assert not tree.select(10**6)


async def test_without_keys_it_says_so_and_takes_every_key() -> None:
    for records in (None, Records.empty(Cells())):
        async with shown(records) as (pilot, tree):
            assert tree.selected is None
            if records is not None:
                assert "No keys yet." in drawn(pilot.app)
            await pilot.press("down", "up", "left", "right", "enter", "space", "end", "pagedown")
            assert tree.selected is None


@pytest.mark.parametrize("bad", ["\x1b[31mred", "a\u202eb", "tab\tbed"])
async def test_a_name_that_would_move_the_cursor_never_reaches_the_screen(bad: str) -> None:
    """Such a name is refused when it is made; one that came in otherwise is still drawn safely."""
    records = filled(1)
    with records.database.question() as sql:
        sql.execute("PRAGMA ignore_check_constraints = 1")
        sql.execute("UPDATE keys SET name = ? WHERE name = 'n1'", (bad,))
    async with shown(records) as (pilot, _):
        screen = drawn(pilot.app)
        assert not any(character in screen for character in "\x1b\u202e\t")


async def test_wide_names_are_cut_by_their_cells() -> None:
    records = filled(1)
    server = records.find("n1").id
    records.rename(server, "鍵" * 60)
    with records.database.change() as sql:
        sql.execute("DELETE FROM seeds WHERE key = ?", (server,))
    async with shown(records, (40, 12)) as (pilot, _):
        line = next(text for text in drawn(pilot.app).splitlines() if "鍵" in text)
        assert line.rstrip().endswith("no seed")
        assert sum(2 if character == "鍵" else 1 for character in line) <= 40


async def test_a_retired_key_is_told_by_sign_and_word() -> None:
    records = filled(1)
    records.set_status(records.find("n1").id, "retired")
    async with shown(records) as (pilot, _):
        line = next(text for text in drawn(pilot.app).splitlines() if "n1" in text)
        assert "– n1" in line
        assert "retired" in line


@pytest.mark.parametrize("width", [28, 60])
async def test_every_state_has_a_sign_and_a_word_that_no_width_cuts(width: int) -> None:
    records = filled(7)
    now = datetime.now(UTC)
    keys = {name: records.find(f"device-{number}") for number, name in enumerate(STATES, 1)}
    with records.database.change() as sql:
        for name, ends in (("expired", -60), ("2 d left", 180_000), ("ends today", 3_600)):
            sql.execute(
                "UPDATE keys SET expires = ?, name = 'a-name-that-is-cut-' || id WHERE id = ?",
                (int(now.timestamp()) + ends, keys[name].id),
            )
        sql.execute("UPDATE keys SET revoked = 1 WHERE id = ?", (keys["revoked"].id,))
        sql.execute("DELETE FROM seeds WHERE key = ?", (keys["no seed"].id,))
    for name, ok, verdict in (("refused", False, "refused"), ("✓ 2 h ago", True, "accepted")):
        at = now - timedelta(hours=2, minutes=1)
        records.results.add(keys[name].public, "nats://n1:4222", ok, verdict, "", at)
    async with shown(records, (width, 14)) as (pilot, _):
        lines = drawn(pilot.app).splitlines()
        for name, sign in STATES.items():
            line = next(line for line in lines if name in line)
            assert line.split()[0] == sign, line


@pytest.mark.parametrize("name", ["device-1", "a-longer-name"])
async def test_a_state_has_one_word_in_the_tree_whatever_the_length_of_the_name(name: str) -> None:
    records = filled(1)
    records.rename(records.find("device-1").id, name)
    for width in (60, 34):
        async with shown(records, (width, 14)) as (pilot, _):
            line = next(line for line in drawn(pilot.app).splitlines() if name in line)
            assert line.rstrip().endswith("untested"), line


async def test_a_narrow_tree_shows_a_name_whole_before_it_says_untested() -> None:
    records = filled(1)
    records.rename(records.find("device-1").id, "a-longer-name")
    async with shown(records, (28, 14)) as (pilot, _):
        line = next(line for line in drawn(pilot.app).splitlines() if "a-longer-name" in line)
        assert line.rstrip().endswith("a-longer-name"), line


async def test_the_words_of_a_good_state_give_way_before_a_name_does() -> None:
    records = filled(1)
    user = records.find("device-1")
    at = datetime.now(UTC) - timedelta(minutes=1, seconds=5)
    records.results.add(user.public, "nats://n1:4222", True, "accepted", "", at)
    records.rename(records.find("n1").id, "a-server-of-munich-ea")
    for name, width, words in (
        ("device-1", 28, "✓ 1 min ago"),
        ("worker-in-1", 28, "✓ 1 min"),
        ("worker-of-berlin-1", 28, "✓"),
        ("a-server-of-munich-ea", 28, "a-server-of-munich-ea"),
    ):
        if name not in {"device-1", "a-server-of-munich-ea"}:
            records.rename(user.id, name)
        async with shown(records, (width, 14)) as (pilot, _):
            line = next((line for line in drawn(pilot.app).splitlines() if name in line), "")
            assert line.rstrip().endswith(words), drawn(pilot.app)


async def test_an_account_that_is_new_keeps_its_name_beside_its_signs() -> None:
    records = filled(1)
    account = records.find("orders").id
    records.rename(account, "shop-of-berlin")
    with records.database.change() as sql:
        sql.execute("INSERT INTO deliveries (key, changed, written) VALUES (?, 1, 0)", (account,))
    for width, words in ((60, "↑ to deploy ?"), (28, "↑ ?")):
        async with shown(records, (width, 14)) as (pilot, _):
            line = next(line for line in drawn(pilot.app).splitlines() if "shop-of-berlin" in line)
            assert words in line, line


STATES = {
    "revoked": "⊘",
    "expired": "○",
    "2 d left": "◔",
    "ends today": "◔",
    "no seed": "◌",
    "refused": "✗",
    "✓ 2 h ago": "●",
}


async def test_a_paint_fetches_only_what_is_on_screen_at_any_size() -> None:
    counts = []
    for users in (100, 5000):
        records = filled(users)
        async with shown(records) as (pilot, tree):
            await pilot.press("down", "right", "pagedown")
            asked: list[str] = []
            with records.database.question() as sql:
                sql.set_trace_callback(asked.append)
            await pilot.press("pagedown")
            await pilot.pause()
            with records.database.question() as sql:
                sql.set_trace_callback(None)
            assert name(tree).startswith("device-")
            counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("users_each", [10, 100_000])
async def test_100_000_keys_are_walked_and_filtered_as_100_are(users_each: int) -> None:
    fetched = [await walk(users, users_each) for users in (100, 100_000)]
    assert sum(fetched[1]) <= sum(fetched[0]) + 2 * 24
    assert max(fetched[1]) <= 2 * 24  # an id and a key for each line on screen


async def walk(users: int, users_each: int) -> list[int]:
    """Move, go to the end, filter; check what is on screen. The rows fetched for each move."""
    records = many(users, max(1, users // users_each))
    async with shown(records, (60, 24)) as (pilot, tree):
        host = pilot.app
        assert isinstance(host, Host)
        rows = count_rows(records)
        await pilot.press("home", "down", "right", "home")
        await pilot.app.workers.wait_for_complete()  # what the filter searches is fetched once
        await pilot.pause()
        fetched = []
        for key in ("down", "pagedown", "up", "home", "end"):
            rows[0] = 0
            await pilot.press(key)
            await pilot.pause()
            fetched.append(rows[0])
            cursor = next(line for line in drawn(pilot.app).splitlines() if "›" in line)
            assert name(tree) in cursor.split()

        tree.filter(f"device-{users}")
        await pilot.pause()
        assert name(tree) == f"device-{users}"
        assert drawn(pilot.app).split()[:2] == ["▾", "acme"]
        tree.filter("device")
        await until(pilot, lambda: host.searched[-1:] == [(users, True)], "all matches")
        assert name(tree).startswith("device-")
    return fetched


def count_rows(records: Records) -> list[int]:
    """A count that goes up with every row that is fetched."""
    rows = [0]

    def row(_cursor: sqlite3.Cursor, values: tuple[object, ...]) -> tuple[object, ...]:
        rows[0] += 1
        return values

    with records.database.question() as sql:
        sql.row_factory = row
    return rows


async def test_what_a_filter_finds_out_of_sight_paints_little_of_what_is_in_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users, paints, slices = 5_000, [0], [0]
    refresh, look = KeyTree.refresh, KeyTree._look_further

    def painting(tree: KeyTree, *regions: Region, **options: bool) -> KeyTree:
        paints[0] += not regions
        return refresh(tree, *regions, **options)

    def looking(tree: KeyTree) -> None:
        slices[0] += 1
        look(tree)

    monkeypatch.setattr(key_tree, "_SLICE", 0)
    async with shown(many(users)) as (pilot, tree):
        await pilot.app.workers.wait_for_complete()
        monkeypatch.setattr(KeyTree, "refresh", painting)
        monkeypatch.setattr(KeyTree, "_look_further", looking)
        tree.filter("device")
        await until(pilot, lambda: tree._tree is not None and tree._tree.complete)
        await pilot.pause()
        assert slices[0] > 50
        assert paints[0] < slices[0] / 2, "each of them paints every line"
        await pilot.press("end")
        assert name(tree) in drawn(pilot.app)


async def test_a_step_in_an_account_just_unfolded_paints_two_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, refresh = [0], KeyTree.refresh

    def painting(tree: KeyTree, *regions: Region, **options: bool) -> KeyTree:
        whole[0] += not regions
        return refresh(tree, *regions, **options)

    async with shown(many(100_000)) as (pilot, tree):
        await pilot.press("down", "right")
        await pilot.pause()
        monkeypatch.setattr(KeyTree, "refresh", painting)
        await pilot.press("down")
        assert name(tree) == "device-1"
        assert whole == [0]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "solarized-light"])
async def test_the_cursor_and_the_status_show_without_colour(theme: str) -> None:
    records = filled(2)
    records.set_status(records.find("n1").id, "retired")
    async with shown(records) as (pilot, _):
        pilot.app.theme = theme
        await pilot.press("end")
        await pilot.pause()
        cursor = next(text for text in drawn(pilot.app).splitlines() if "›" in text)
        assert "– n1" in cursor
        assert sum("›" in text for text in drawn(pilot.app).splitlines()) == 1


async def test_the_focused_cursor_looks_different_from_the_left_one() -> None:
    async with shown(filled(2)) as (pilot, tree):

        def background() -> object:
            style = tree.render_line(0)._segments[0].style
            return None if style is None else style.bgcolor

        focused = background()
        pilot.app.set_focus(None)
        await pilot.pause()
        assert background() != focused


async def test_records_that_close_under_the_tree_are_told_and_nothing_breaks() -> None:
    records = filled(50)
    failed: list[str] = []

    class Listening(Host):
        def on_key_tree_failed(self, event: KeyTree.Failed) -> None:
            failed.append(str(event.error))

    async with Listening(records).run_test(size=(60, 12)) as pilot:
        tree = pilot.app.query_one(KeyTree)
        tree.focus()
        await pilot.pause()
        records.close()
        await pilot.press("pagedown", "end", "left", "right", "space", "enter")
        tree.filter("device")
        await pilot.pause()
        assert any("locked" in text for text in failed)
        assert tree.selected is None
        assert "device" not in drawn(pilot.app)
