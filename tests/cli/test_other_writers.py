"""A vault is joined, or put back, while other processes write to it: no key of theirs is gone."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.forks import Ended, Forks

EACH = 4  # keys that each of the writers makes


def publics(run: Run, *flags: str) -> set[str]:
    return {key["public"] for key in run("list", "--json", *flags).json()}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["merge", "restore"])
def test_what_others_wrote_meanwhile_is_in_the_vault_or_in_a_save_before(
    vault: Run, forks: Forks, tmp_path: Path, what: str
) -> None:
    here = Path(os.environ["NKEY_WALLET_VAULT"])
    other = tmp_path / "other.nkw"
    assert vault("new", "user", "theirs", "--under", "acme/metrics").status == 0
    assert vault("backup", str(other)).status == 0
    assert vault("delete", "theirs", "--yes").status == 0
    made: list[Ended] = []

    def writes(name: str) -> None:
        for number in range(EACH):
            made.append(forks.run("new", "user", f"{name}-{number}", "--under", "acme/orders"))

    writers = [threading.Thread(target=writes, args=(name,)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    done = [forks.run(what, str(other), "--yes") for _ in range(2)]
    for writer in writers:
        writer.join()
    assert [one.returncode for one in done] == [0, 0], [one.notes for one in done]
    assert [one.returncode for one in made] == [0] * 2 * EACH, [one.notes for one in made]
    assert vault("check").status == 0
    kept = publics(vault)
    if what == "restore":
        for save in here.parent.glob("*.bak"):
            kept |= publics(vault, "--vault", str(save), "--accept-older")
    assert {one.output.split()[1] for one in made} <= kept
