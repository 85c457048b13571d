"""The test that says how a key stands, in SQL: of the many that a key has, one."""

from __future__ import annotations


def last_test_of(key: str) -> str:
    """The end of a SELECT over `l`, the test that says how a key stands; `key` is SQL for its id.

    It is the newest of those that are each the last at their server, one where the key was judged
    before one where it was not: no answer, at an address that may be mistyped, or nothing checked.
    """
    newest = "max(at * 1000000000 + id)"  # of one second the one that was noted later
    return (
        f"FROM (SELECT *, {newest} FROM tests WHERE key = {key} GROUP BY server) AS l "  # noqa: S608
        "ORDER BY l.verdict IN ('accepted', 'refused') DESC, l.at DESC, l.id DESC LIMIT 1"
    )
