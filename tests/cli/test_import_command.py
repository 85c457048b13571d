"""`import` as scripts call it."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import AtTerminal, Run
from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed

pexpect = pytest.importorskip("pexpect")

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


@pytest.fixture
def fresh(run: Run) -> Run:
    """An empty vault."""
    assert run("init", "--cost", "light").status == 0
    return run


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A directory with an operator's and an account's JWT and seeds, and a user's creds."""
    where = tmp_path / "chain"
    where.mkdir()
    with (
        Seed.generate(Kind.OPERATOR) as operator,
        Seed.generate(Kind.ACCOUNT) as account,
        Seed.decode(SEED) as user,
    ):
        made = [
            (operator, operator, {}, "corp"),
            (operator, account, unlimited_account(), "sales"),
            (account, user, unlimited_user(), "till"),
        ]
        for signer, key, nats, name in made:
            token = jwt.issue(signer, key.public, nats, issued=1_700_000_000, name=name)
            (where / f"{name}.jwt").write_text(token)
            (where / f"{key.public.text}.nk").write_bytes(key.encode())
        (where / "till.creds").write_bytes(write_creds(token, user))
    return where


def test_a_directory_goes_in_with_its_names_jwts_and_places(fresh: Run, chain: Path) -> None:
    done = fresh("import", str(chain))
    assert done.status == 0, done.err
    assert f"corp/sales/till  {PUBLIC}" in done.out
    listed = {key["path"]: key for key in fresh("list", "--json").json()}
    for path in ("corp", "corp/sales", "corp/sales/till"):
        assert listed[path]["has_seed"]
        assert listed[path]["has_jwt"]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(fresh: Run, chain: Path) -> None:
    before = fresh("list").out
    done = fresh("import", str(chain), "--dry-run", "--json")
    assert done.status == 0
    assert done.json()["dry_run"] is True
    assert {key["what"] for key in done.json()["keys"]} == {"add"}
    assert fresh("list").out == before


def test_importing_twice_changes_nothing_more(fresh: Run, chain: Path) -> None:
    fresh("import", str(chain))
    before = fresh("list", "--json").out
    done = fresh("import", str(chain), "--json")
    assert {key["what"] for key in done.json()["keys"]} == {"same"}
    assert fresh("list", "--json").out == before


def test_one_bad_file_is_reported_and_the_rest_go_in(fresh: Run, chain: Path) -> None:
    (chain / "broken.creds").write_text("-----BEGIN NATS USER JWT-----\neyJ")
    done = fresh("import", str(chain))
    assert done.status == 1
    assert "broken.creds: A part of these creds begins and does not end" in done.err
    assert fresh("public", "corp/sales/till").out.strip() == PUBLIC


def test_all_or_nothing_imports_nothing_when_one_file_is_bad(fresh: Run, chain: Path) -> None:
    (chain / "broken.creds").write_text("-----BEGIN NATS USER JWT-----\neyJ")
    before = fresh("list").out
    done = fresh("import", str(chain), "--all-or-nothing")
    assert done.status == 1
    assert "broken.creds" in done.err
    assert fresh("list").out == before


def test_a_name_that_is_taken_is_asked_about_and_never_taken_away(
    fresh: Run, tmp_path: Path
) -> None:
    fresh("new", "user", "till")
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    refused = fresh("import", str(file))
    assert refused.status == 2
    assert "Another key is already called till" in refused.err
    assert "--on-conflict" in refused.err
    assert fresh("import", str(file), "--on-conflict", "keep").status == 0
    assert fresh("public", PUBLIC).status == 4
    assert fresh("import", str(file), "--on-conflict", "both").status == 0
    assert fresh("public", "till-2").out.strip() == PUBLIC


def test_a_key_given_a_place_under_an_operator_has_a_jwt_at_once(
    vault: Run, tmp_path: Path
) -> None:
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    assert vault("import", str(file), "--under", "acme/orders").status == 0
    shown = vault("show", "acme/orders/till", "--json").json()
    assert shown["has_jwt"]


def test_a_public_key_goes_in_and_its_seed_fills_it_in_later(fresh: Run, tmp_path: Path) -> None:
    file = tmp_path / "till.txt"
    file.write_text(PUBLIC)
    assert fresh("import", str(file)).status == 0
    assert json.loads(fresh("show", "till", "--json").out)["has_seed"] is False
    file.write_text(SEED)
    done = fresh("import", str(file), "--json")
    assert done.json()["keys"][0]["steps"] == ["seed"]
    assert json.loads(fresh("show", "till", "--json").out)["has_seed"] is True


# --- on a terminal ---------------------------------------------------------------------------


@pytest.fixture
def spawn(at_terminal: AtTerminal) -> AtTerminal:
    """Start the wallet on a terminal, its vault and passphrase named by the environment."""
    return partial(at_terminal, dimensions=(24, 200))


def test_on_a_terminal_conflicts_are_asked_about_one_by_one(
    fresh: Run, tmp_path: Path, spawn: AtTerminal
) -> None:
    fresh("new", "user", "till")
    fresh("new", "user", "cash")
    lines = []
    for name in ("till", "cash"):
        with Seed.generate(Kind.USER) as seed:
            lines.append(f"{name} {seed.public.text}")
    file = tmp_path / "keys.txt"
    file.write_text("\n".join(lines))
    child = spawn("import", str(file))
    child.expect("Conflict 1 of 2: cash. Another key is already called")
    child.expect("k: keep what is here, b: both")
    child.sendline("x")
    child.expect("k: keep what is here, b: both")
    child.sendline("b")
    child.expect("Conflict 2 of 2: till")
    child.sendline("k")
    child.expect("1 added, 1 left out")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    paths = {key["path"] for key in fresh("list", "--json").json()}
    assert "cash-2" in paths
    assert "till-2" not in paths


def test_q_at_a_conflict_imports_nothing(fresh: Run, tmp_path: Path, spawn: AtTerminal) -> None:
    fresh("new", "user", "till")
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    child = spawn("import", str(file))
    child.expect("Conflict 1 of 1")
    child.sendline("q")
    child.expect("Nothing was imported")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert fresh("public", PUBLIC).status == 4


def test_ctrl_c_leaves_with_130_and_nothing_is_changed(
    fresh: Run, tmp_path: Path, spawn: AtTerminal
) -> None:
    fresh("new", "user", "till")
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    child = spawn("import", str(file))
    child.expect("Conflict 1 of 1")
    child.sendintr()
    child.expect("interrupted; nothing half done is kept")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert fresh("public", PUBLIC).status == 4


def test_a_paste_on_the_terminal_is_not_shown(fresh: Run, spawn: AtTerminal) -> None:
    child = spawn("import", "-")
    child.logfile_read = shown = io.StringIO()  # `before` is only what came after the last match
    child.expect("it is not shown")
    assert not child.getecho(), "it stops before it is said"
    child.send(f"till {SEED}\n")
    child.send("\x04")
    child.expect("1 added")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "it is not shown" in shown.getvalue()
    assert SEED not in shown.getvalue()
    assert fresh("public", "till").out.strip() == PUBLIC


def test_plain_files_are_offered_for_deletion_and_only_those_said_yes_to_go(
    fresh: Run, chain: Path, spawn: AtTerminal
) -> None:
    child = spawn("import", str(chain))
    child.expect("3 added")
    child.expect("4 files hold seeds in plain text that are in the vault now. List them?")
    child.sendline("y")
    child.expect("till.creds")
    child.expect("Delete them, one question each, after a verified backup?")
    child.sendline("y")
    child.expect("every seed and JWT read back out of it")
    child.expect("Copies may live on")
    for answer in ("n", "y", "n", "q"):
        child.expect("Delete .* a: all that follow, q: stop")
        child.sendline(answer)
    child.expect("Deleted 1 of 4")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert len(list(chain.iterdir())) == 6


def test_ctrl_c_at_the_last_question_says_that_the_import_is_saved(
    fresh: Run, tmp_path: Path, spawn: AtTerminal
) -> None:
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    child = spawn("import", str(file))
    child.expect("1 added")
    child.expect("plain text")
    child.sendintr()
    child.expect("interrupted; what was imported is saved, and stays")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert fresh("public", PUBLIC).status == 0
    assert file.exists()


def test_a_dry_run_shows_which_line_gave_which_key(fresh: Run, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text(f"# mine\n{PUBLIC} {SEED}\n")
    done = fresh("import", str(tmp_path / "keys.txt"), "--dry-run")
    assert done.status == 0
    (line,) = done.out.splitlines()
    assert PUBLIC in line
    assert "seed" in line
    assert line.endswith("keys.txt, line 2")


def test_a_script_is_asked_nothing_and_nothing_is_deleted(fresh: Run, chain: Path) -> None:
    before = sorted(chain.iterdir())
    done = fresh("import", str(chain))
    assert "List them" not in done.err
    assert sorted(chain.iterdir()) == before


def test_standard_input_holds_either_the_passphrase_or_the_keys(fresh: Run) -> None:
    done = fresh("import", "-", "--passphrase-file", "-")
    assert done.status == 2
    assert "cannot hold both" in done.err
