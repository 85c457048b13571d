"""Files with seeds that an import leaves behind, and deleting them only when that is safe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import PASSPHRASE, new_vault, plan_of
from wallet.errors import SaveFailedError, UsageError
from wallet.exchange import leftovers
from wallet.exchange.plan.import_execution import apply
from wallet.exchange.plan.import_plan import Choice, Choices
from wallet.exchange.readers.material import Findings, PlainFile
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

CHAIN = Chain()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with new_vault(tmp_path) as vault:
        yield vault


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    where = tmp_path / "keys"
    where.mkdir()
    (where / "till.nk").write_bytes(CHAIN.user.encode())
    (where / "till.creds").write_bytes(CHAIN.creds())
    (where / "sales.jwt").write_text(CHAIN.account_jwt())
    return where


def imported(vault: Vault, place: Path, choice: Choice | None = None) -> Findings:
    plan = plan_of(vault, place, choices=Choices(choice))
    with vault.change() as records:
        apply(records, plan)
    return plan.findings


def names(files: list[PlainFile]) -> set[str]:
    return {Path(file.path).name for file in files}


def test_files_whose_seeds_are_in_the_vault_are_listed_and_no_others(
    vault: Vault, keys: Path
) -> None:
    with imported(vault, keys) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"till.nk", "till.creds"}


def test_a_file_whose_key_was_left_out_is_not_listed(vault: Vault, keys: Path) -> None:
    other = Chain()
    (keys / "more.txt").write_bytes(b"sales " + other.account.encode())
    with imported(vault, keys / "sales.jwt"):
        pass
    with imported(vault, keys, Choice.KEEP) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"till.nk", "till.creds"}


def test_a_file_is_deleted_after_its_seed_came_back_out_of_a_backup(
    vault: Vault, keys: Path
) -> None:
    with imported(vault, keys) as findings:
        left = leftovers.leftovers(vault.records, findings)
        backup = leftovers.verified_backup(vault, left)
        for file in left:
            leftovers.delete(file, findings)
    assert sorted(os.listdir(keys)) == ["sales.jwt"]
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.name.endswith(".verified.bak")
    assert backup.stat().st_ino != vault.path.stat().st_ino
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(backup, passphrase) as copy,
        copy.open_seed(CHAIN.user.public) as seed,
    ):
        assert seed.encode() == CHAIN.user.encode()


def test_a_seed_that_does_not_come_back_keeps_every_file(vault: Vault, keys: Path) -> None:
    with imported(vault, keys) as findings:
        left = leftovers.leftovers(vault.records, findings)
        with vault.change() as records:
            records.delete(records.find("till").id)
        with pytest.raises(SaveFailedError, match="does not come back"):
            leftovers.verified_backup(vault, left)


def rewritten(path: Path) -> None:
    path.write_bytes(Chain().user.encode())


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def replaced(path: Path) -> None:
    copy = path.with_suffix(".new")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def linked(path: Path) -> None:
    moved = path.with_suffix(".moved")
    path.rename(moved)
    path.symlink_to(moved)


@pytest.mark.parametrize("change", [rewritten, grown, replaced, linked, Path.unlink])
def test_a_file_that_is_not_the_one_imported_is_left_alone(
    vault: Vault, keys: Path, change: object
) -> None:
    with imported(vault, keys / "till.nk") as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        assert callable(change)
        change(keys / "till.nk")
        there = sorted(os.listdir(keys))
        with pytest.raises(UsageError, match="was not deleted"):
            leftovers.delete(file, findings)
        assert sorted(os.listdir(keys)) == there


class Person:
    """Answers questions in turn, and remembers them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "gone"),
    [
        ([""], set()),
        (["y", ""], set()),
        (["y", "y", "y", ""], {"till.creds"}),
        (["y", "y", "", "y"], {"till.nk"}),
        (["y", "y", "a"], {"till.creds", "till.nk"}),
        (["y", "y", "q"], set()),
        (["y", "y", "yes please", "n"], set()),
    ],
)
def test_nothing_is_deleted_but_what_was_said_yes_to_one_question_at_a_time(
    vault: Vault, keys: Path, answers: list[str], gone: set[str]
) -> None:
    person = Person(*answers)
    before = set(os.listdir(keys))
    with imported(vault, keys) as findings:
        deleted = leftovers.offer(vault, findings, person.ask, person.told.append)
    assert before - set(os.listdir(keys)) == gone
    assert deleted == len(gone)
    assert not person.answers
    if len(answers) > 1:
        assert any("till.nk" in line for line in person.told)


def test_all_that_follow_go_without_a_question_and_what_was_kept_before_stays(
    vault: Vault, keys: Path
) -> None:
    for name in ("u.nk", "v.nk"):
        shutil.copy(keys / "till.nk", keys / name)
    person = Person("y", "y", "n", "a")
    before = set(os.listdir(keys))
    with imported(vault, keys) as findings:
        left = leftovers.leftovers(vault.records, findings)
        whose = [leftovers.whose(vault.records, file) for file in left]
        assert leftovers.offer(vault, findings, person.ask, person.told.append) == 3
    assert len(left) == 4
    assert before - set(os.listdir(keys)) == names(left[1:])
    for question, file, name in zip(person.asked[2:], left[:2], whose[:2], strict=True):
        assert question.startswith(f"Delete {file.path}, {name}?")


def test_nothing_is_asked_when_nothing_is_left(vault: Vault, keys: Path) -> None:
    person = Person()
    with imported(vault, keys / "sales.jwt") as findings:
        assert leftovers.offer(vault, findings, person.ask, person.told.append) == 0
    assert not person.asked
