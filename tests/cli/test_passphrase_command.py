"""`passphrase`: what opens the vault afterwards, what does not, and what a refusal leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, AtTerminal, Done, Run
from wallet.system.disk import files
from wallet.vault.file import kdf
from wallet.vault.file.container import HEADER, Header
from wallet.vault.file.kdf import KdfCost
from wallet.vault.file.slots import cost_of

NEW = "another passphrase for these tests"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


def change(vault: Run, tmp_path: Path, *arguments: str, new: str = NEW) -> Done:
    """Change the passphrase to `new`, given in a file."""
    file = tmp_path / "new-passphrase"
    file.write_text(new + "\n", encoding="utf-8")
    return vault("passphrase", "--new-passphrase-file", str(file), *arguments)


def opened_with(vault: Run, tmp_path: Path, passphrase: str, *arguments: str) -> Done:
    file = tmp_path / "tried"
    file.write_text(passphrase, encoding="utf-8")
    return vault("--passphrase-file", str(file), *arguments)


def cost(path: Path) -> KdfCost:
    content = path.read_bytes()
    return cost_of(Header.parse(content[:HEADER], len(content)).slots[0])


def test_the_new_passphrase_opens_everything_and_the_old_one_nothing(
    vault: Run, tmp_path: Path
) -> None:
    seed = vault("seed", "billing", "--yes").out
    done = change(vault, tmp_path)
    assert done.status == 0, done.err
    assert opened_with(vault, tmp_path, PASSPHRASE, "list").status == 3
    assert opened_with(vault, tmp_path, NEW, "seed", "billing", "--yes").out == seed
    assert NEW not in done.out + done.err


def test_what_is_saved_after_the_change_does_not_open_with_an_old_files_keys(
    vault: Run, tmp_path: Path, path: Path
) -> None:
    """Who has an old backup and its passphrase has its keys: they must open nothing newer."""
    old = tmp_path / "old.nkw"
    shutil.copy(path, old)
    assert change(vault, tmp_path).status == 0
    new = path.read_bytes()
    # The old file's ways in before the new body, as one does who knows the old passphrase.
    old_header = Header.parse(old.read_bytes()[:HEADER], old.stat().st_size)
    new_header = Header.parse(new[:HEADER], len(new))
    mixed = Header(
        *(new_header.vault_id, new_header.generation, new_header.body_length),
        *(new_header.body_nonce, old_header.slots),
    )
    path.write_bytes(mixed.pack() + new[HEADER:])
    done = opened_with(vault, tmp_path, PASSPHRASE, "list")
    assert (done.status, done.out) == (3, "")
    assert "changed" in done.err


def test_a_weak_new_passphrase_is_refused_and_changes_nothing(
    vault: Run, tmp_path: Path, path: Path
) -> None:
    before = path.read_bytes()
    done = change(vault, tmp_path, new="password1234567")
    assert done.status == 2
    assert path.read_bytes() == before


def test_the_present_passphrase_is_no_new_one(vault: Run, tmp_path: Path, path: Path) -> None:
    before = path.read_bytes()
    done = change(vault, tmp_path, new=PASSPHRASE)
    assert done.status == 2
    assert "present one" in done.err
    assert path.read_bytes() == before


def test_a_wrong_old_passphrase_changes_nothing(vault: Run, tmp_path: Path, path: Path) -> None:
    before = path.read_bytes()
    (tmp_path / "passphrase").write_text("not the passphrase at all", encoding="utf-8")
    assert change(vault, tmp_path).status == 3
    assert path.read_bytes() == before


def test_the_cost_of_a_guess_is_changed_with_the_passphrase_or_alone(
    vault: Run, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kdf.COSTS, "light", KdfCost.LIGHT)  # as it is, and not as for other tests
    assert cost(path) == KdfCost.MINIMUM
    done = change(vault, tmp_path, "--cost", "standard")
    assert done.status == 0, done.err
    assert cost(path) == KdfCost.STANDARD
    (tmp_path / "passphrase").write_text(NEW, encoding="utf-8")
    slot = Header.parse(path.read_bytes()[:HEADER], path.stat().st_size).slots[0]
    done = vault("passphrase", "--cost", "light")
    assert done.status == 0, done.err
    assert cost(path) == KdfCost.LIGHT
    assert Header.parse(path.read_bytes()[:HEADER], path.stat().st_size).slots[0] != slot
    assert vault("public", "billing").status == 0


def test_both_passphrases_from_standard_input_are_refused(vault: Run) -> None:
    done = vault("passphrase", "--passphrase-file", "-", "--new-passphrase-file", "-")
    assert done.status == 2
    assert "standard input" in done.err


@pytest.fixture
def on_a_terminal(at_terminal: AtTerminal) -> AtTerminal:
    def start(path: Path, *arguments: str) -> Any:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NKEY_WALLET_PASS")}
        return at_terminal("--vault", str(path), *arguments, env=environment)

    return start


def backups_of(path: Path) -> list[Path]:
    return list(path.parent.glob("*.bak"))


@pytest.mark.parametrize(
    ("typed", "told"),
    [(NEW, r"Deleted \d+ of \d+"), ("not the new one", "were kept"), ("", "were kept")],
)
def test_old_backups_go_only_after_the_new_passphrase_opened_the_file(
    vault: Run, path: Path, typed: str, told: str, on_a_terminal: AtTerminal
) -> None:
    before = backups_of(path)
    child = on_a_terminal(path, "passphrase")
    child.expect("Passphrase for")
    child.sendline(PASSPHRASE)
    for prompt in ("New passphrase", "The same again"):
        child.expect(prompt)
        child.sendline(NEW)
    child.expect("Which")
    child.sendline("")
    for _ in range(3 if typed == "not the new one" else 1):
        child.expect("once more")
        child.sendline(typed)
    child.expect(told)
    child.expect("\r\n")
    child.close()
    assert bool(backups_of(path)) is (typed != NEW)
    if typed != NEW:
        assert set(backups_of(path)) >= set(before)


def test_another_vaults_backups_stay_when_this_ones_are_deleted(
    vault: Run, path: Path, tmp_path: Path, on_a_terminal: AtTerminal
) -> None:
    other = path.with_name("vault.nkw.2026-01-01T000000Z.bak")
    assert vault("--vault", str(tmp_path / "o" / "o.nkw"), "init", "--cost", "light").status == 0
    shutil.copy(tmp_path / "o" / "o.nkw", other)
    child = on_a_terminal(path, "passphrase")
    for prompt, answer in (
        *(("Passphrase for", PASSPHRASE), ("New passphrase", NEW), ("The same again", NEW)),
        *(("Which", ""), ("once more", NEW)),
    ):
        child.expect(prompt)
        child.sendline(answer)
    child.expect(r"Deleted \d+")
    child.close()
    assert backups_of(path) == [other]


def test_a_text_of_the_vault_is_refused_as_its_passphrase(vault: Run, tmp_path: Path) -> None:
    public = vault("public", "billing").out.strip()
    for text in ("acme/orders/billing", public, f"{public[:30]}"):
        file = tmp_path / "new"
        file.write_text(text, encoding="utf-8")
        done = vault("passphrase", "--new-passphrase-file", str(file))
        assert done.status == 2, text
        assert text not in done.err
    assert vault("list").status == 0


@pytest.mark.parametrize("joined", [False, True])
def test_a_version_that_was_never_joined_is_named_before_the_backups_are_deleted(
    vault: Run, path: Path, tmp_path: Path, joined: bool
) -> None:
    """Else keys that only it holds go with them, and nobody has said that they are there."""
    there = tmp_path / "there.nkw"
    shutil.copy(path, there)
    assert vault("--vault", str(there), "new", "server", "only-there").status == 0
    for name in ("here", "here-too"):
        assert vault("new", "server", name).status == 0
    before = path.with_name("vault.nkw.bak").read_bytes()
    shutil.copy(there, path)
    assert vault("--accept-older", "tag", "only-there", "--add", "seen").status == 0
    kept = path.parent.glob("*.fork.bak")
    (fork,) = (file for file in kept if file.read_bytes() == before)
    if joined:
        assert vault("merge", str(fork), "--yes").status == 0
    said = change(vault, tmp_path).err
    assert (f"never joined with it: {fork}" in said) is not joined


class Interrupted(files.System):
    """Is interrupted by Ctrl+C before or behind the rename that puts a save in its place."""

    def __init__(self, *, behind: bool) -> None:
        self.behind = behind

    def replace(self, old: Path, new: Path) -> None:
        super().replace(old, new)
        if new.name == "vault.nkw":
            raise KeyboardInterrupt

    def link(self, old: Path, new: Path) -> None:
        if not self.behind:
            raise KeyboardInterrupt
        super().link(old, new)


@pytest.mark.parametrize("behind", [True, False])
def test_an_interruption_says_whether_anything_may_be_saved_by_then(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files, "system", Interrupted(behind=behind))
        done = change(vault, tmp_path)
    assert done.status == 130
    assert ("what was saved before that" in done.err) is behind
    assert ("nothing half done" in done.err) is not behind
    assert opened_with(vault, tmp_path, NEW if behind else PASSPHRASE, "list").status == 0
