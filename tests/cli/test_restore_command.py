"""`restore`: what is told first, what counts afterwards, and what is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from tests.vault.test_soundness import OWN_PARENT, damaged
from wallet.errors import VaultExistsError
from wallet.secrets.passphrase import Passphrase
from wallet.vault.copies.vault_copy import Standing, VaultCopy, restore_alone
from wallet.vault.file.container import HEADER, Header

NEW = "another passphrase for these tests"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


@pytest.fixture
def copy(vault: Run, path: Path, tmp_path: Path) -> Path:
    """A copy from before: acme/orders/billing, acme/metrics, n1."""
    return Path(shutil.copy(path, tmp_path / "copy.nkw"))


def generation(path: Path) -> int:
    content = path.read_bytes()
    return Header.parse(content[:HEADER], len(content)).generation


def names(run: Run) -> set[str]:
    return {key["name"] for key in run("list", "--json").json()}


def test_the_contents_of_a_copy_become_the_next_save(vault: Run, copy: Path, path: Path) -> None:
    seed = vault("seed", "billing", "--yes").out
    vault("new", "user", "newer", "--under", "acme/orders")
    vault("new", "server", "n2")
    before = generation(path)
    done = vault("restore", str(copy), "--yes")
    assert done.status == 0, done.err
    assert "goes" in done.out
    assert "acme/orders/newer" in done.out
    assert generation(path) == before + 1
    assert names(vault) == {"acme", "orders", "metrics", "billing", "n1"}
    assert vault("seed", "billing", "--yes").out == seed


def test_what_a_restore_replaces_is_kept_as_a_backup(vault: Run, copy: Path, path: Path) -> None:
    vault("new", "server", "n2")
    replaced = path.read_bytes()
    assert vault("restore", str(copy), "--yes").status == 0
    assert replaced in [file.read_bytes() for file in path.parent.glob("*.bak")]


def test_a_key_deleted_since_comes_back_and_a_revocation_stays(
    vault: Run, copy: Path, path: Path
) -> None:
    vault("revoke", "billing")
    public = vault("public", "billing").out.strip()
    done = vault("restore", str(copy), "--yes")
    assert f"stays revoked  {public}" in done.out
    (billing,) = [key for key in vault("list", "--json").json() if key["name"] == "billing"]
    assert billing["revoked"]


def test_what_a_restore_would_do_is_shown_without_a_terminal_and_nothing_changed(
    vault: Run, copy: Path, path: Path
) -> None:
    vault("new", "server", "n2")
    before = path.read_bytes()
    done = vault("restore", str(copy), "--dry-run")
    assert done.status == 0
    assert "goes  n2" in done.out
    assert "Nothing was changed" in done.err
    assert path.read_bytes() == before
    path.write_bytes(b"gone")
    done = vault("restore", str(copy), "--dry-run")
    assert done.status == 0
    assert "keys" in done.err
    assert path.read_bytes() == b"gone"


def test_without_a_terminal_nothing_is_replaced_unless_yes_is_said(
    vault: Run, copy: Path, path: Path
) -> None:
    vault("new", "server", "n2")
    before = path.read_bytes()
    done = vault("restore", str(copy))
    assert done.status == 2
    assert "--yes" in done.err
    assert "--dry-run" in done.err
    assert path.read_bytes() == before


def test_the_passphrase_of_now_stays_when_the_copy_has_an_older_one(
    vault: Run, copy: Path, path: Path, tmp_path: Path
) -> None:
    """A leaked old passphrase must not come back with an old backup."""
    (tmp_path / "new").write_text(NEW, encoding="utf-8")
    assert vault("passphrase", "--new-passphrase-file", str(tmp_path / "new")).status == 0
    old = tmp_path / "passphrase"
    new = ["--passphrase-file", str(tmp_path / "new")]
    before = path.read_bytes()
    done = vault(*new, "restore", str(copy), "--yes")
    assert done.status == 3  # its own passphrase is not known
    assert path.read_bytes() == before
    done = vault(*new, "restore", str(copy), "--yes", "--file-passphrase-file", str(old))
    assert done.status == 0, done.err
    assert vault("list").status == 3
    assert vault(*new, "seed", "billing", "--yes").status == 0


def test_a_copy_of_another_vault_is_refused(vault: Run, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.nkw"
    assert vault("--vault", str(other), "init", "--cost", "light").status == 0
    before = path.read_bytes()
    done = vault("restore", str(other), "--yes")
    assert done.status == 2
    assert "another vault" in done.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["gone", "empty", "header", "body", "cut", "longer", "text"])
def test_where_the_vault_cannot_be_opened_the_copys_passphrase_counts(
    vault: Run, copy: Path, path: Path, damage: str
) -> None:
    vault("new", "server", "n2")
    saved = generation(path)
    content = path.read_bytes()
    broken = {
        "empty": b"",
        "header": content[:100] + b"\xff" + content[101:],
        "body": content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
        "cut": content[:-7],
        "longer": content + b"x",
        "text": b"what is this",
    }
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(broken[damage])
    done = vault("restore", str(copy), "--yes")
    assert done.status == 0, done.err
    assert f"opens with the passphrase of {copy}" in done.err
    assert names(vault) == {"acme", "orders", "metrics", "billing", "n1"}
    assert generation(path) > saved
    if damage != "gone":
        kept = [file.read_bytes() for file in path.parent.iterdir() if file != path]
        assert broken[damage] in kept


def test_a_wrong_passphrase_is_no_damage(
    vault: Run, copy: Path, path: Path, tmp_path: Path
) -> None:
    before = path.read_bytes()
    (tmp_path / "passphrase").write_text("not this vault's passphrase", encoding="utf-8")
    own = tmp_path / "own"
    own.write_text(PASSPHRASE, encoding="utf-8")
    done = vault("restore", str(copy), "--yes", "--file-passphrase-file", str(own))
    assert done.status == 3
    assert path.read_bytes() == before


def test_a_damaged_copy_changes_nothing(vault: Run, copy: Path, path: Path) -> None:
    before = path.read_bytes()
    copy.write_bytes(copy.read_bytes()[:-1])
    assert vault("restore", str(copy), "--yes").status == 3
    copy.unlink()
    assert vault("restore", str(copy), "--yes").status == 3
    assert path.read_bytes() == before


def test_a_revocation_stays_where_the_vault_that_holds_it_is_damaged(
    vault: Run, copy: Path, path: Path, tmp_path: Path
) -> None:
    """It opens, so what it revokes is known, and its passphrase is not the copy's."""
    new = ["--passphrase-file", str(tmp_path / "new")]
    (tmp_path / "new").write_text(NEW, encoding="utf-8")
    public = vault("public", "billing").out.strip()
    assert vault("revoke", "billing").status == 0
    vault("new", "server", "n2")
    assert vault("passphrase", "--new-passphrase-file", str(tmp_path / "new")).status == 0
    damaged(path, OWN_PARENT, text=NEW)
    broken = path.read_bytes()
    assert vault(*new, "list").status == 3
    own = ["--file-passphrase-file", str(tmp_path / "passphrase")]
    done = vault(*new, "restore", str(copy), "--yes", *own)
    assert done.status == 0, done.err
    assert f"stays revoked  {public}" in done.out
    assert "n2" in done.out  # which goes
    assert vault("list").status == 3
    (billing,) = [k for k in vault(*new, "list", "--json").json() if k["name"] == "billing"]
    assert billing["revoked"]
    kept = [file.name for file in path.parent.glob("*.restore.bak") if file.read_bytes() == broken]
    assert kept


@pytest.mark.parametrize("statement", [OWN_PARENT, "UPDATE tokens SET jwt = 'x.y.z'"])
@pytest.mark.parametrize("cut", [0, 7])
def test_a_copy_whose_contents_are_damaged_is_put_in_no_vaults_place(
    vault: Run, copy: Path, path: Path, statement: str, cut: int
) -> None:
    damaged(copy, statement, text=PASSPHRASE)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut])
    before = path.read_bytes()
    assert vault("restore", str(copy), "--yes").status == 3
    assert path.read_bytes() == before


def test_a_vault_that_nobody_could_open_is_kept_for_good_when_it_is_replaced(
    vault: Run, copy: Path, path: Path
) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    broken = path.read_bytes()
    done = vault("restore", str(copy), "--yes")
    assert done.status == 0, done.err
    assert "revoked" in done.err  # what came after the copy is told to be lost
    assert vault("backups", "--number", "0", "--days", "0").status == 0
    for name in ("one", "two"):
        assert vault("new", "server", name).status == 0
    assert broken in [file.read_bytes() for file in path.parent.glob("*.bak")]


def test_a_vault_that_came_back_meanwhile_is_not_replaced(vault: Run, copy: Path) -> None:
    """A window that was open may have written it anew while the question stood there."""
    path = copy.with_name("keys") / "vault.nkw"
    whole = path.read_bytes()
    path.unlink()
    there = Standing.at(path)
    path.write_bytes(whole)
    with (
        Passphrase(PASSPHRASE) as own,
        VaultCopy.open(copy, own) as opened,
        pytest.raises(VaultExistsError),
    ):
        restore_alone(there, opened)
    assert path.read_bytes() == whole


def test_a_restore_tells_who_stays_let_in_and_which_servers_go(vault: Run, tmp_path: Path) -> None:
    """Neither was told: a user that went was in no list, and servers took its creds as before."""
    assert vault("servers", "add", "old", "--url", "nats://old:4222").status == 0
    copy = str(tmp_path / "copy.nkw")
    assert vault("backup", copy).status == 0
    public = vault("new", "user", "later", "--under", "acme/orders").out.split()[1]
    assert vault("servers", "add", "new", "--url", "nats://new:4222").status == 0
    assert vault("servers", "add", "old", "--url", "nats://elsewhere:4222").status == 0
    done = vault("restore", copy, "--yes")
    assert done.status == 0, done.err
    assert f"stays let in  acme/orders/later  {public}" in done.out
    assert re.search("goes +server new", done.out)
    assert re.search("changes +server old", done.out)
    assert "Tests and settings" in done.err
    assert vault("revoke", public, "--under", "acme/orders").status == 0
    assert public in vault("jwt", "acme/orders", "--words").out


def test_a_restore_names_nobody_as_let_in_whom_servers_refuse(vault: Run, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.nkw")
    assert vault("backup", copy).status == 0
    assert vault("new", "user", "later", "--under", "acme/orders").status == 0
    assert vault("revoke", "later").status == 0
    assert vault("new", "server", "n2").status == 0
    done = vault("restore", copy, "--dry-run")
    assert "goes" in done.out
    assert "stays let in" not in done.out
