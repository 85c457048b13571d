"""`check`: sound, with problems, or not to be opened; and that it changes and notes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from wallet.secrets.passphrase import Passphrase
from wallet.vault.db.soundness import Problem
from wallet.vault.file.container import HEADER, seal_body
from wallet.vault.records import Records
from wallet.vault.session.unlocked_state import open_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


def rewritten(path: Path, statement: str) -> None:
    """Change the tables behind the wallet's back, as who knows the passphrase can."""
    with Passphrase(PASSPHRASE) as passphrase:
        opened, _ = open_file(path, passphrase)
    with opened.records.database.question() as sql:
        for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
            sql.execute(f"PRAGMA {pragma}")
        sql.execute(statement)
    before = opened.header
    header, body = seal_body(
        opened.records.database.serialize(),
        opened.keys.body,
        before.vault_id,
        before.generation,
        before.slots,
    )
    path.write_bytes(header.pack() + bytes(body))


def test_a_sound_vault_is_said_to_be_sound(vault: Run, path: Path) -> None:
    before = path.read_bytes()
    done = vault("check")
    assert done.status == 0, done.err
    assert "5 keys" in done.out
    assert vault("check", "--json").json() == {"ok": True, "problems": []}
    assert path.read_bytes() == before


PROBLEMS = {
    "an account that is its own parent": (
        "UPDATE keys SET parent = id, branch = id WHERE name = 'orders'",
        "unreachable",
    ),
    "a user under a user": (
        "UPDATE keys SET (parent, branch) = (SELECT id, id FROM keys WHERE name = 'n1') "
        "WHERE name = 'billing'",
        "misplaced",
    ),
    "a seed of another key": (
        "UPDATE seeds SET cell = (SELECT cell FROM seeds ORDER BY key LIMIT 1) "
        "WHERE key = (SELECT id FROM keys WHERE name = 'billing')",
        "seed",
    ),
    "a JWT about another key": (
        "UPDATE tokens SET jwt = (SELECT jwt FROM tokens ORDER BY key LIMIT 1) "
        "WHERE key = (SELECT id FROM keys WHERE name = 'billing')",
        "jwt-subject",
    ),
    "a JWT that is none": (
        "UPDATE tokens SET jwt = 'ey' WHERE key = (SELECT id FROM keys WHERE name = 'billing')",
        "jwt",
    ),
}


@pytest.mark.parametrize("what", PROBLEMS)
def test_what_is_wrong_inside_is_named_and_ends_with_1(vault: Run, path: Path, what: str) -> None:
    statement, code = PROBLEMS[what]
    rewritten(path, statement)
    before = path.read_bytes()
    done = vault("check", "--json")
    assert done.status == 1, done.err
    assert not done.json()["ok"]
    assert code in [problem["code"] for problem in done.json()["problems"]]
    assert all(problem["why"] and problem["fix"] for problem in done.json()["problems"])
    assert vault("check").status == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:HEADER] + bytes([content[HEADER] ^ 1]) + content[HEADER + 1 :],
        lambda content: b"",
    ],
)
def test_what_cannot_be_opened_ends_with_3(
    vault: Run, path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(damage(path.read_bytes()))
    done = vault("check")
    assert (done.status, done.out) == (3, "")


def test_an_older_copy_is_checked_without_a_word_about_its_age(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(path, tmp_path / "copy.nkw"))
    vault("new", "server", "n2")
    assert vault("check", str(copy)).status == 0
    shutil.copy(copy, path)  # older than what was seen here
    assert vault("check").status == 0
    assert vault("list").status == 3


def test_a_file_with_another_passphrase_is_opened_with_its_own(
    vault: Run, tmp_path: Path, path: Path
) -> None:
    copy = Path(shutil.copy(path, tmp_path / "copy.nkw"))
    new = tmp_path / "new"
    new.write_text("another passphrase entirely", encoding="utf-8")
    assert vault("passphrase", "--new-passphrase-file", str(new)).status == 0
    old = tmp_path / "passphrase"
    own = tmp_path / "own"
    shutil.copy(old, own)
    shutil.copy(new, old)
    assert vault("check", str(copy)).status == 3
    assert vault("check", str(copy), "--file-passphrase-file", str(own)).status == 0
    assert vault("check").status == 0


def test_a_file_that_is_not_there_is_named(vault: Run, tmp_path: Path) -> None:
    done = vault("check", str(tmp_path / "nowhere.nkw"))
    assert done.status == 3
    assert "nowhere.nkw" in done.err


def test_a_file_of_another_passphrase_says_how_to_give_it(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.nkw"
    shutil.copyfile(path, copy)
    new = tmp_path / "new passphrase"
    new.write_text("quite another passphrase 17\n", encoding="utf-8")
    assert vault("passphrase", "--new-passphrase-file", str(new)).status == 0
    for command in (["check"], ["restore", "--yes"]):
        done = vault(*command, str(copy), "--passphrase-file", str(new))
        assert done.status == 3
        assert f"does not open {copy}" in done.err
        assert "--file-passphrase-file" in done.err


@pytest.mark.parametrize("what", PROBLEMS)
def test_nothing_is_saved_over_what_is_wrong_inside_until_told_to(
    vault: Run, path: Path, what: str
) -> None:
    rewritten(path, PROBLEMS[what][0])
    before = path.read_bytes()
    done = vault("new", "server", "more")
    assert (done.status, done.out) == (3, "")
    assert path.read_bytes() == before
    assert vault("--accept-damaged", "new", "server", "more").status == 0
    assert any(each["why"] == "damaged" for each in vault("backups", "--json").json())


def test_no_command_saves_over_a_damaged_seed_however_many_keys_there_are(
    vault: Run, path: Path, empty_home: Path
) -> None:
    assert vault("new", "server", "many", "--count", "2100").status == 0
    rewritten(path, PROBLEMS["a seed of another key"][0])
    for seen in empty_home.rglob("seen"):  # else it would be refused as a fork
        shutil.rmtree(seen)
    before = path.read_bytes()
    done = vault("new", "server", "another")
    assert done.status == 3, done.err
    assert "billing" in done.err
    assert path.read_bytes() == before


def test_a_vault_is_looked_through_once_and_not_before_each_change(
    vault: Run, monkeypatch: pytest.MonkeyPatch, empty_home: Path
) -> None:
    looked: list[int] = []
    look = Records.check_contents

    def counted(records: Records, *, alone: bool = False) -> list[Problem]:
        looked.append(records.count())
        return look(records, alone=alone)

    monkeypatch.setattr(Records, "check_contents", counted)
    for seen in empty_home.rglob("seen"):
        shutil.rmtree(seen)
    for number in range(3):
        assert vault("new", "server", f"extra-{number}").status == 0
    assert len(looked) == 1
    (memory,) = empty_home.rglob("*.sound")
    memory.write_text("nonsense\n")
    assert vault("new", "server", "extra-3").status == 0
    assert len(looked) == 2, "what no wallet writes counts as never looked through"
