"""`merge`: two versions of a vault, or two vaults, become one; the plan is told first."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run
from wallet.errors import ForkedError
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import HEADER, Header, KdfCost
from wallet.vault.vault import Vault

On = Callable[..., Done]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


@pytest.fixture
def apart(vault: Run, path: Path, tmp_path: Path) -> Path:
    """A copy of the vault on another machine: both have acme/orders/billing, acme/metrics, n1."""
    there = tmp_path / "there" / "vault.nkw"
    there.parent.mkdir()
    return Path(shutil.copy(path, there))


@pytest.fixture
def there(vault: Run, apart: Path) -> On:
    """Call a command on the other machine's copy."""
    return lambda *arguments: vault(*arguments, "--vault", str(apart))


def generation(path: Path) -> int:
    content = path.read_bytes()
    return Header.parse(content[:HEADER], len(content)).generation


def names(run: On) -> set[str]:
    return {key["path"] for key in run("list", "--json").json()}


def keys(run: On) -> dict[str, dict[str, object]]:
    return {key["path"]: key for key in run("list", "--json").json()}


BOTH = {"acme", "acme/orders", "acme/metrics", "acme/orders/billing", "n1"}


def test_keys_made_on_either_machine_are_in_both(vault: Run, there: On, apart: Path) -> None:
    assert vault("new", "user", "here", "--under", "acme/orders").status == 0
    assert there("new", "user", "there", "--under", "acme/orders").status == 0
    seed = there("seed", "acme/orders/there", "--yes").out
    done = vault("merge", str(apart))
    assert done.status == 0, done.err
    assert "acme/orders/there" in done.out
    assert names(vault) == BOTH | {"acme/orders/here", "acme/orders/there"}
    assert vault("seed", "acme/orders/there", "--yes").out == seed
    assert vault("check").status == 0


def test_joining_the_same_file_again_does_nothing(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    there("new", "server", "n2")
    assert vault("merge", str(apart)).status == 0
    before = path.read_bytes()
    again = vault("merge", str(apart))
    assert again.status == 0
    assert "holds nothing" in again.err
    assert path.read_bytes() == before


def test_a_backup_from_before_a_deletion_brings_nothing_and_says_what_was_deleted(
    vault: Run, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.nkw"
    assert vault("backup", str(backup)).status == 0
    assert vault("delete", "n1", "--yes").status == 0
    told = vault("merge", str(backup), "--dry-run").err
    assert "Deleted there since: n1." in told
    assert f"nkey-wallet restore {backup}" in told
    assert "holds nothing" not in told


def test_who_saw_either_file_takes_the_joined_one_for_a_successor(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    vault("new", "server", "n2")
    there("new", "server", "n3")
    there("new", "server", "n4")
    assert vault("merge", str(apart)).status == 0
    assert generation(path) > generation(apart)
    shutil.copy(path, apart)  # the other machine had seen its own save there
    seen = there("list")
    assert seen.status == 0, seen.err
    assert "n2" in seen.out


def test_a_dry_run_tells_and_changes_nothing(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    there("new", "server", "n2")
    before = path.read_bytes()
    done = vault("merge", str(apart), "--dry-run", "--json")
    assert done.status == 0
    (item,) = done.json()
    assert item.keys() == {"public", "path", "action", "why"}
    assert (item["path"], item["action"]) == ("n2", "add")
    assert path.read_bytes() == before


def test_a_user_revoked_on_one_machine_is_revoked_in_both_whatever_the_other_did(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    vault("revoke", "billing")
    there("edit", "billing", "--allow-pub", "a.>")  # unaware of it, and later
    there("edit", "acme/orders", "--limit", "conn=5")
    done = vault("merge", str(apart))
    assert done.status == 0, done.err
    assert keys(vault)["acme/orders/billing"]["revoked"]
    told = json.loads(vault("jwt", "acme/orders", "--json").out)
    assert "5" in json.dumps(told)
    assert there("merge", str(path)).status == 0
    assert keys(there)["acme/orders/billing"]["revoked"]


def test_a_key_that_the_other_deleted_goes_where_nobody_changed_it(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    there("delete", "n1", "--yes")
    vault("new", "server", "n2")
    before = path.read_bytes()
    refused = vault("merge", str(apart))
    assert refused.status == 2
    assert "--yes" in refused.err
    assert path.read_bytes() == before
    done = vault("merge", str(apart), "--yes")
    assert done.status == 0, done.err
    assert "delete  n1" in done.out
    assert names(vault) == (BOTH - {"n1"}) | {"n2"}


def test_a_key_that_the_other_deleted_stays_where_it_was_changed_since(
    vault: Run, there: On, apart: Path
) -> None:
    there("delete", "n1", "--yes")
    vault("note", "n1", "still in use")
    done = vault("merge", str(apart), "--yes")
    assert done.status == 0, done.err
    assert "keep" in done.out
    assert "n1" in names(vault)


def test_a_conflict_ends_with_1_and_nothing_is_written(
    vault: Run, there: On, apart: Path, path: Path
) -> None:
    vault("edit", "acme/orders", "--limit", "conn=5")
    there("edit", "acme/orders", "--limit", "conn=7")
    before = path.read_bytes()
    done = vault("merge", str(apart), "--yes")
    assert done.status == 1
    assert "conn 5" in done.out
    assert "conn 7" in done.out
    assert path.read_bytes() == before
    assert vault("merge", str(apart), "--yes", "--on-conflict", "theirs").status == 0
    assert '"conn": 7' in vault("jwt", "acme/orders", "--json").out


def test_a_fork_is_joined_with_the_file_that_was_seen(
    vault: Run, there: On, apart: Path, path: Path, tmp_path: Path
) -> None:
    """A sync service put the other machine's file in the vault's place, and ours beside."""
    vault("new", "server", "mine")
    there("new", "server", "theirs")
    conflict_copy = path.with_name("vault (conflicted copy).nkw")
    path.rename(conflict_copy)
    shutil.copy(apart, path)
    assert vault("list").status == ForkedError.exit_code
    done = vault("merge", str(conflict_copy), "--yes")
    assert done.status == 0, done.err
    assert names(vault) == BOTH | {"mine", "theirs"}
    assert vault("list").status == 0


def test_a_fork_is_not_joined_with_a_file_that_does_not_hold_what_was_seen(
    vault: Run, there: On, apart: Path, path: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copy(path, tmp_path / "older.nkw"))
    vault("new", "server", "mine")
    there("new", "server", "theirs")
    shutil.copy(apart, path)
    before = path.read_bytes()
    done = vault("merge", str(other), "--yes")
    assert done.status == ForkedError.exit_code
    assert path.read_bytes() == before


def test_another_vault_with_another_passphrase_is_joined_and_deletes_nothing(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    other, word = tmp_path / "other.nkw", tmp_path / "other-passphrase"
    word.write_text("quite another passphrase\n", encoding="utf-8")
    with Passphrase("quite another passphrase") as passphrase:
        Vault.create(other, passphrase, KdfCost.MINIMUM).lock()
    flags = ("--vault", str(other), "--passphrase-file", str(word))
    assert vault("new", "server", "n1", *flags).status == 0
    done = vault("merge", str(other), "--file-passphrase-file", str(word))
    assert done.status == 0, done.err
    assert names(vault) == BOTH | {"n1-2"}
    assert vault("check").status == 0


def test_git_joins_two_versions_by_one_line(vault: Run, there: On, apart: Path, path: Path) -> None:
    """%O is what both came from, %A ours, %B theirs: the result is left in %A."""
    ancestor = Path(shutil.copy(path, path.with_name("ancestor")))
    there("new", "server", "theirs")
    there("delete", "n1", "--yes")
    vault("new", "server", "mine")
    ours = path.parent.parent / "git" / ".merge_file_a"
    ours.parent.mkdir()
    shutil.copy(path, ours)
    line = ("merge", str(apart), "--base", str(ancestor), "--output", str(ours), "--yes")
    done = vault(*line, "--vault", str(ours))
    assert done.status == 0, done.err
    assert [file.name for file in ours.parent.iterdir()] == [ours.name]
    shutil.copy(ours, path)
    assert names(vault) == (BOTH - {"n1"}) | {"mine", "theirs"}
    there("edit", "acme/orders", "--limit", "conn=7")
    vault("edit", "acme/orders", "--limit", "conn=5")
    shutil.copy(path, ours)
    before = ours.read_bytes()
    assert vault(*line, "--vault", str(ours)).status == 1
    assert ours.read_bytes() == before


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_itself_runs_the_line_and_leaves_a_conflict_as_it_was(
    vault: Run, there: On, apart: Path, path: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "repository"
    file = repository / "vault.nkw"

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        names = ("-c", "user.name=ana", "-c", "user.email=ana@example.com")
        driver = (
            f"{shlex.quote(sys.executable)} -m wallet merge %B --base %O --output %A --yes "
            "--vault %A"
        )
        line = ("git", "-C", str(repository), *names, "-c", f"merge.nkew.driver={driver}")
        return subprocess.run([*line, *words], capture_output=True, text=True, timeout=120)

    def commit(version: Path) -> None:
        shutil.copy(version, file)
        assert git("commit", "--all", "--message", "a version").returncode == 0

    repository.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    (repository / ".gitattributes").write_text("*.nkw merge=nkew\n", encoding="utf-8")
    shutil.copy(path, file)
    git("add", "--all")
    commit_all = git("commit", "--message", "what both came from")
    assert commit_all.returncode == 0, commit_all.stderr
    git("checkout", "--quiet", "-b", "other")
    there("new", "server", "theirs")
    commit(apart)
    git("checkout", "--quiet", "main")
    vault("new", "server", "mine")
    commit(path)
    joined = git("merge", "other", "--message", "joined")
    assert joined.returncode == 0, joined.stderr
    shutil.copy(file, path)
    assert names(vault) == BOTH | {"mine", "theirs"}
    there("edit", "acme/orders", "--limit", "conn=7")
    git("checkout", "--quiet", "other")
    commit(apart)
    git("checkout", "--quiet", "main")
    vault("edit", "acme/orders", "--limit", "conn=5")
    commit(path)
    before = file.read_bytes()
    refused = git("merge", "other", "--message", "joined")
    assert refused.returncode == 1
    assert "CONFLICT" in refused.stdout
    assert file.read_bytes() == before


@pytest.mark.parametrize("rotated_here", [True, False])
def test_the_new_key_of_a_user_that_the_other_revoked_is_told(
    vault: Run, there: On, apart: Path, rotated_here: bool
) -> None:
    rotating, revoking = (vault, there) if rotated_here else (there, vault)
    assert rotating("rotate", "billing", "--as", "planned", "--yes").status in {0, 1}
    assert revoking("revoke", "billing").status == 0
    done = vault("merge", str(apart), "--yes", "--json")
    assert done.status == 0, done.err
    (told,) = (item for item in done.json() if "takes the place of" in item["why"])
    assert (told["action"], told["path"]) == ("open", "acme/orders/billing")
    assert "nkey-wallet revoke acme/orders/billing" in told["why"]
    status = {path: key["status"] for path, key in keys(vault).items()}
    assert status["acme/orders/billing"] == "active"
    assert status["acme/orders/billing-old"] == "revoked"


@pytest.mark.parametrize("how", ["rotated", "moved"])
@pytest.mark.parametrize("moved_here", [True, False])
def test_a_user_whom_one_revoked_stays_out_in_the_account_that_the_other_took_it_to(
    vault: Run, there: On, path: Path, apart: Path, moved_here: bool, how: str
) -> None:
    assert vault("new", "account", "next", "--under", "acme").status == 0
    shutil.copy(path, apart)
    moving, revoking = (vault, there) if moved_here else (there, vault)
    if how == "rotated":
        assert moving("rotate", "acme/orders", "--as", "planned", "--yes").status in {0, 1}
    else:
        assert moving("move", "acme/orders/billing", "acme/next", "--yes").status == 0
    assert revoking("rotate", "acme/orders/billing", "--as", "leaked", "--yes").status in {0, 1}
    user = moving("show", "billing", "--json").json()["public"]
    done = vault("merge", str(apart), "--yes", "--json")
    assert done.status == 0, done.err
    told = [item["why"] for item in done.json() if item["public"] == user]
    assert any("revoked when joined" in why for why in told), told
    assert vault("show", user, "--json").json()["status"] == "revoked"
