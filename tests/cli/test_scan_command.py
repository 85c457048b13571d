"""`scan`: for a hook before a commit; with a vault it says what is known of each key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet.nats.nkeys import Kind, Seed


@pytest.fixture
def seed() -> tuple[str, str]:
    with Seed.generate(Kind.ACCOUNT) as made:
        return made.encode().decode(), made.public.text


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "tree"
    path.mkdir()
    (path / "readme").write_text("nothing\n")
    return path


def test_a_clean_tree_is_0_and_one_with_a_seed_1_without_any_vault(
    run: Run, tree: Path, seed: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    text, public = seed
    clean = run("scan", str(tree))
    assert (clean.status, clean.out) == (0, "")
    assert run("scan", str(tree), "--json").json() == []
    (tree / "a.env").write_text(f"A=1\nSEED={text}\n")
    dirty = run("scan", str(tree))
    assert dirty.status == 1
    assert f"{tree / 'a.env'}:2" in dirty.out
    assert public in dirty.out
    assert text not in dirty.out + dirty.err
    (one,) = run("scan", str(tree), "--json").json()
    assert one == {
        "path": str(tree / "a.env"),
        "line": 2,
        "commit": None,
        "kind": "account",
        "public": public,
        "known": None,
        "status": None,
        "key": None,
    }
    assert run("scan", str(tree), "--ignore", public).status == 0
    assert run("scan", str(tree), "--ignore", text).status == 2


def test_what_git_keeps_for_itself_is_counted_apart(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    git = ["git", "-C", str(tree), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "readme"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    for flags in ([], ["--git"]):
        done = run("scan", *flags, str(tree))
        assert done.status == 0
        assert done.err.startswith("1 file, and "), done.err
        assert " of git's own: seeds of no key." in done.err
        assert ("Not looked into: 1 git history." in done.err) is not bool(flags)


def test_a_vault_tells_whose_seed_it_is_and_whether_it_is_revoked(
    vault: Run, tree: Path, seed: tuple[str, str]
) -> None:
    ours = vault("seed", "billing", "--yes").out
    (tree / "a.creds").write_text(ours)
    (tree / "b.creds").write_text(seed[0])
    found = {one["path"][-7:]: one for one in vault("scan", str(tree), "--json").json()}
    assert [found["a.creds"][name] for name in ("known", "status", "key")] == [
        True,
        "active",
        "acme/orders/billing",
    ]
    assert [found["b.creds"][name] for name in ("known", "status")] == [False, None]
    assert vault("revoke", "billing").status == 0
    said = vault("scan", str(tree))
    assert said.status == 1
    assert "acme/orders/billing, revoked" in said.out
    assert "not in this vault" in said.out
    assert ours.strip() not in said.out + said.err


def test_no_vault_is_opened_where_nothing_is_found(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", str(tree / "gone"))
    assert run("scan", str(tree)).status == 0


def test_what_could_not_be_looked_at_is_2_and_no_clean_answer(run: Run, tree: Path) -> None:
    assert run("scan", str(tree / "gone")).status == 2
    assert run("scan", str(tree), "--git").status == 2
    (tree / "loop").symlink_to("loop")
    answer = run("scan", str(tree), str(tree / "loop"))
    assert answer.status == 2
    assert "not looked at" in answer.err


def test_what_is_piped_is_looked_at(
    run: Run, seed: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, public = seed
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    piped = subprocess.run(
        [sys.executable, "-m", "wallet", "scan", "-", "--json"],
        input=f"+++ b/a\n+SEED={text}\n".encode(),
        capture_output=True,
        check=False,
    )
    (one,) = json.loads(piped.stdout)
    assert (one["path"], one["line"], one["public"]) == ("standard input", 2, public)
    assert piped.returncode == 1
    assert run("scan", "-", "--git").status == 2
    monkeypatch.setenv("NKEY_WALLET_PASSPHRASE_FILE", "-")
    assert run("scan", "-").status == 2
