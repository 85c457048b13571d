"""o shows the keys in another order, which the vault keeps; headings stay."""

from __future__ import annotations

from pathlib import Path

from tests.app.hands import drawn, until
from tests.app.test_main import changed, empty, find, opened, path, records_of, sees, selected

__all__ = ["empty", "path"]  # fixtures
WIDE = (120, 30)


def lines_of(screen: str, *names: str) -> list[str]:
    """The names, in the order in which they stand on the screen."""
    lines = [line[:48] for line in screen.splitlines()[1:]]
    return sorted(names, key=lambda name: next(n for n, one in enumerate(lines) if name in one))


async def test_o_goes_through_the_orders_and_the_next_window_has_the_last(path: Path) -> None:
    with changed(path) as records, records.database.change() as sql:
        sql.execute("UPDATE keys SET created = 1 WHERE name = 'reports'")
        sql.execute("UPDATE keys SET expires = 4000000000 WHERE name = 'reports'")
    async with opened(path, WIDE) as pilot:
        await find(pilot, "billing")
        assert lines_of(drawn(pilot.app), "billing", "reports") == ["billing", "reports"]
        await pilot.press("o")
        screen = await sees(pilot, "Keys · the oldest first")
        assert lines_of(screen, "billing", "reports", "orders") == ["orders", "reports", "billing"]
        assert selected(pilot) == "billing"
        await pilot.press("o")
        await sees(pilot, "Keys · the next to expire first")
        await until(
            pilot, lambda: records_of(pilot).settings.get("tree-order", "") == "expiry", "keeping"
        )
    async with opened(path, WIDE) as pilot:
        screen = await sees(pilot, "Keys · the next to expire first")
        assert lines_of(screen, "billing", "reports") == ["reports", "billing"]
        await pilot.press("o", "o")
        await until(pilot, lambda: "first" not in drawn(pilot.app).splitlines()[1], "by name")
        assert lines_of(drawn(pilot.app), "billing", "reports") == ["billing", "reports"]


async def test_while_only_looking_the_order_is_not_kept(path: Path) -> None:
    before = path.read_bytes()
    async with opened(path, WIDE) as pilot:
        await pilot.press("O", "o")
        await sees(pilot, "Keys · the oldest first")
        await find(pilot, "billing")
        await pilot.press("space")
        await sees(pilot, "Keys · 1 marked · the oldest first")
    assert path.read_bytes() == before
