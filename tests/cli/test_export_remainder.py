"""An export says once, of each kind, what its files have no place for and only the wallet keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

STAYS = " files have no place for what the wallet keeps: "


def stays(run: Run, *words: str, exits: int = 0) -> str:
    done = run("export", *words)
    assert done.status == exits, done.err
    (line,) = [line for line in done.err.splitlines() if STAYS in line] or [""]
    return line


@pytest.fixture
def annotated(vault: Run) -> Run:
    for user in ("old", "reports"):
        vault("new", "user", user, "--under", "acme/orders")
    assert vault("tag", "billing", "--add", "prod").status == 0
    assert vault("note", "acme/orders/reports", "of the payments team").status == 0
    assert vault("retire", "acme/orders/old").status == 0
    return vault


def test_an_nsc_store_lacks_tags_notes_retired_marks_and_the_history(
    annotated: Run, tmp_path: Path
) -> None:
    line = stays(annotated, "acme", "--as", "nsc", "--to", str(tmp_path / "store"))
    assert line == (
        f"These nsc{STAYS}tags of acme/orders/billing (nkey-wallet tag acme/orders/billing --add "
        "prod --sign puts them into the JWT); notes on acme/orders/reports; that acme/orders/old "
        "is retired; the history, with earlier JWTs and tests."
    )


def test_tags_that_the_jwt_says_are_not_missing(annotated: Run, tmp_path: Path) -> None:
    assert annotated("tag", "billing", "--add", "prod", "--sign").status == 0
    for form, to in (("nsc", "store"), ("creds", "b.creds"), ("jwt", "b.jwt"), ("context", "c")):
        line = stays(annotated, "billing", "--as", form, "--to", str(tmp_path / to))
        assert "tags" not in line, form


@pytest.mark.parametrize("form", ["nk", "public"])
def test_a_file_without_a_jwt_has_no_tags_at_all(annotated: Run, tmp_path: Path, form: str) -> None:
    assert annotated("tag", "billing", "--add", "prod", "--sign").status == 0
    line = stays(annotated, "billing", "--as", form, "--to", str(tmp_path / "out"))
    assert line == f"These {form}{STAYS}tags of acme/orders/billing."


@pytest.mark.parametrize("form", ["creds", "jwt", "context", "systemd", "docker", "kubernetes"])
def test_each_form_with_a_jwt_tells_of_tags_outside_it(
    annotated: Run, tmp_path: Path, form: str
) -> None:
    line = stays(annotated, "billing", "--as", form, "--to", str(tmp_path / "out"))
    assert line.startswith(f"These {form}{STAYS}tags of acme/orders/billing (nkey-wallet tag ")


def test_a_seed_alone_on_standard_output_tells_it_too(annotated: Run) -> None:
    assert "notes on acme/orders/reports" in stays(
        annotated, "acme/orders/reports", "--as", "nk", "--to", "-"
    )


def test_of_many_keys_the_number_is_said(annotated: Run, tmp_path: Path) -> None:
    assert annotated("tag", "acme/orders/reports", "--add", "eu").status == 0
    line = stays(annotated, "acme/orders", "--as", "creds", "--to", str(tmp_path / "out"))
    assert "tags of 2 keys (nkey-wallet tag REF --add TAG --sign puts them" in line


def test_nothing_is_said_where_nothing_stays(vault: Run, tmp_path: Path) -> None:
    assert stays(vault, "billing", "--as", "creds", "--to", str(tmp_path / "b.creds")) == ""


def test_a_name_that_the_jwt_does_not_say_is_told(annotated: Run, tmp_path: Path) -> None:
    assert annotated("revoke", "billing").status == 0
    assert annotated("rename", "billing", "invoices").status == 0
    for form, to in (("creds", "b.creds"), ("nsc", "store")):
        line = stays(annotated, "invoices", "--as", form, "--to", str(tmp_path / to))
        assert "the name of acme/orders/invoices, for the JWT says another" in line, form


def test_servers_and_rotations_have_no_place_in_an_nsc_store(
    annotated: Run, tmp_path: Path
) -> None:
    assert annotated("servers", "add", "prod", "--url", "nats://localhost:4222").status == 0
    assert annotated("rotate", "billing", "--as", "planned", "--yes").status == 0
    line = stays(annotated, "acme", "--as", "nsc", "--to", str(tmp_path / "store"), exits=1)
    assert "what is still open of rotations; the names of servers; the history" in line


def test_creds_alone_tell_it_too(annotated: Run, tmp_path: Path) -> None:
    assert annotated("note", "billing", "of the payments team").status == 0
    exported = stays(annotated, "billing", "--as", "creds", "--to", str(tmp_path / "b.creds"))
    assert "tags of acme/orders/billing" in exported
    assert "notes on acme/orders/billing" in exported
    for words in (["--to", str(tmp_path / "c.creds")], ["--yes"]):
        done = annotated("creds", "billing", *words)
        assert exported in done.err.splitlines()
        assert STAYS not in done.out
    assert STAYS not in annotated("creds", "billing", "--for", "5m", "--yes").err
