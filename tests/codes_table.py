"""Write the table of cause codes for people from the registry: `python -m tests.codes_table`."""

from __future__ import annotations

from pathlib import Path

import wallet
from wallet.codes import Code

PATH = Path(wallet.__file__).parent / "CODES.md"
HEAD = """\
# Cause codes

Every reason that `test` (of a key, or with `--config` of a configuration) and `inspect` give,
with `code` in their `--json`. Programs may go by the codes: more may come, and none is renamed.
What was the case, and what to do about it, stands beside the code in `why` and `fix`.

| code | meaning |
| --- | --- |
"""


def table() -> str:
    """The whole text, the codes by their names."""
    return HEAD + "".join(f"| `{code}` | {code.meaning} |\n" for code in sorted(Code))


if __name__ == "__main__":
    PATH.write_text(table(), encoding="utf-8")
