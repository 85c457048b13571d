"""A vault is joined, or put back, while other processes write to it: no key of theirs is gone."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.forks import Ended, Forks
from wallet.cli.vault import backup, merge, restore
from wallet.vault.vault import Vault

EACH = 4  # keys that each of the writers makes


def publics(run: Run, *flags: str) -> set[str]:
    return {key["public"] for key in run("list", "--json", *flags).json()}


def saves_and_has_not_noted_it(forks: Forks) -> bool:
    """Let a process save, as seen in the instant before it notes which save was seen last."""
    return forks.run("new", "user", "more", "--under", "acme/orders", killed="after").returncode < 0


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


def test_a_save_of_another_while_a_file_is_joined_is_no_parting(
    vault: Run, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.nkw"
    assert vault("backup", str(other)).status == 0
    assert vault("delete", "billing", "--yes").status == 0
    open_copy = restore.open_copy

    def open_while_another_saves(*given: Any) -> Any:
        """Called between the opening of the vault and what is told of it."""
        assert saves_and_has_not_noted_it(forks)
        return open_copy(*given)

    monkeypatch.setattr(merge, "open_copy", open_while_another_saves)
    joined = vault("merge", str(other), "--yes")
    assert (joined.status, "apart" in joined.err) == (0, False), joined.err


def test_a_save_of_another_while_a_vault_is_checked_is_no_parting(
    vault: Run, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock = Vault.unlock

    def unlock_before_another_saves(*given: Any, **how: Any) -> Vault:
        opened = unlock(*given, **how)
        monkeypatch.setattr(Vault, "unlock", unlock)
        assert saves_and_has_not_noted_it(forks)
        return opened

    monkeypatch.setattr(Vault, "unlock", unlock_before_another_saves)
    checked = vault("check")
    assert (checked.status, checked.err) == (0, "")


def test_a_backup_is_told_of_as_what_it_holds_also_where_another_saved_meanwhile(
    vault: Run, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up = Vault.back_up

    def copy_after_another_saves(self: Vault, to: Path) -> Any:
        for name in ("more", "and-more"):
            made = forks.run("new", "user", name, "--under", "acme/orders")
            assert made.returncode == 0, made.notes
        return back_up(self, to)

    monkeypatch.setattr(Vault, "back_up", copy_after_another_saves)
    copy = tmp_path / "copy.nkw"
    done = vault("backup", str(copy))
    held = vault("check", str(copy)).out
    said = re.search(r"save \d+, \d+ keys", held)
    assert said is not None
    assert said[0] in done.err, done.err


@pytest.mark.parametrize("at", ["before it is noted", "before it is made"])
def test_a_backup_of_a_vault_that_got_new_keys_meanwhile_says_so_and_leaves_no_copy(
    vault: Run, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    place, name = (backup, "copy_vault") if at == "before it is noted" else (Vault, "back_up")
    copies = getattr(place, name)

    def copy_after_new_keys(*given: Any) -> Any:
        renewed = forks.run("passphrase", "--cost", "light")
        assert renewed.returncode == 0, renewed.notes
        return copies(*given)

    monkeypatch.setattr(place, name, copy_after_new_keys)
    copy = tmp_path / "copy.nkw"
    done = vault("backup", str(copy))
    assert (done.status, copy.exists()) == (3, False)
    assert "changed in another window or program" in done.err


def test_a_backup_that_was_interrupted_is_noted_as_no_copy(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Vault, to: Path) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "back_up", interrupted)
        assert vault("backup", str(tmp_path / "copy.nkw")).status == 130
    assert "No copy of the vault at another place is known here" in vault("health").out


def test_what_a_vault_held_before_a_restore_is_where_it_was_said_to_be_also_after_later_saves(
    vault: Run, tmp_path: Path
) -> None:
    copy, path = tmp_path / "copy.nkw", tmp_path / "keys" / "vault.nkw"
    assert vault("backup", str(copy)).status == 0
    assert vault("delete", "billing", "--yes").status == 0
    before = path.read_bytes()
    told = vault("restore", str(copy), "--yes").err
    for name in ("more", "and-more"):  # others, in the same instant perhaps
        assert vault("new", "user", name, "--under", "acme/orders").status == 0
    said = re.search(r"What it held before is in (.*\.bak)\.", told)
    assert said is not None
    assert Path(said[1]).read_bytes() == before
