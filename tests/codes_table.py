"""Write the tables of codes for people from the registry: `python -m tests.codes_table`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import wallet
from wallet.codes import Code, HealthCode

PATH = Path(wallet.__file__).parent / "CODES.md"
HEAD = """\
# Cause codes

Every reason that `test` (of a key, or with `--config` of a configuration) and `inspect` give,
with `code` in their `--json`. Programs may go by the codes: more may come, and none is renamed.
What was the case, and what to do about it, stands beside the code in `why` and `fix`.

| code | meaning |
| --- | --- |
"""


HEALTH = """
# What health tells

What `health` tells of keys, and of the vault, with `code` in its `--json`, in the same manner.

| code | meaning |
| --- | --- |
"""


def table() -> str:
    """The whole text, the codes by their names."""
    return HEAD + _rows(Code) + HEALTH + _rows(HealthCode)


def _rows(codes: Iterable[Code | HealthCode]) -> str:
    return "".join(f"| `{code.value}` | {code.meaning} |\n" for code in sorted(codes, key=str))


if __name__ == "__main__":
    PATH.write_text(table(), encoding="utf-8")
